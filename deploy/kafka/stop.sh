#!/usr/bin/env bash
# stop.sh DIR
# Stops the broker that start.sh runs in DIR: asks it to end, kills it after 15 seconds.
# Its data and port stay. Done at once when none runs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/kafka/process.sh
. "$here/process.sh"

if [ $# -ne 1 ]; then
  printf 'usage: stop.sh DIR\n' >&2
  exit 2
fi
dir=$(cd "$1" 2>/dev/null && pwd) || { printf 'There is no folder %s.\n' "$1" >&2; exit 1; }

if pid=$(broker_pid "$dir"); then
  kill -TERM "$pid" 2>/dev/null || true
  for _ in {1..75}; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  kill -KILL "$pid" 2>/dev/null || true
fi
rm -f "$dir/pid"
