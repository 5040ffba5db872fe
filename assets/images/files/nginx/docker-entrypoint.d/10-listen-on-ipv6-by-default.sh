#!/bin/sh
# Lets the packaged default server listen on IPv6 too. These nodes have none.
ME=$(basename "$0")
if [ -z "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ]; then
    echo "$ME: info: ipv6 not available"
fi
