#!/bin/sh
# Fits worker_processes to the limits of the container, if asked to.
[ -n "${NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE:-}" ] || exit 0
sed -i 's/^worker_processes.*/worker_processes 1;/' /etc/nginx/nginx.conf
