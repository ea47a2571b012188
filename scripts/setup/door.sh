#!/bin/sh
# Runs a door: door.sh X runs scripts/X.ts, or the bundle that `make setup` has made of it, as long as no source is newer.
set -eu
: "${DARTAGNAN:=.}"
doors=$DARTAGNAN/node_modules/.cache/doors
newer=$(cd "$DARTAGNAN" && find scripts package-lock.json \( -name '*.ts' -o -name '*.json' \) -newer node_modules/.cache/doors/stamp -print -quit 2>&1) || :
if [ -z "$newer" ]; then exec node "$doors/$1.mjs"; fi
exec node "$DARTAGNAN/scripts/$1.ts"
