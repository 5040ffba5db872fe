#!/bin/sh
# Fills the variables of the environment into /etc/nginx/templates/*.template.
set -e

ME=$(basename "$0")
templates="${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}"
suffix="${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}"
output="${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}"

[ -d "$templates" ] || exit 0
if [ ! -w "$output" ]; then
    echo "$ME: ERROR: $templates exists, but $output is not writable"
    exit 0
fi
defined=$(env | cut -d= -f1 | sed 's/.*/${&}/')
for template in "$templates"/*"$suffix"; do
    [ -f "$template" ] || continue
    name=$(basename "$template" "$suffix")
    if [ -z "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ]; then
        echo "$ME: Running envsubst on $template to $output/$name"
    fi
    envsubst "$defined" < "$template" > "$output/$name"
done
