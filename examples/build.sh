#!/bin/sh
# Branch on how a build ended: done, failed, or stopped by somebody's key.
# Usage: build.sh COMMAND [ARG]...
if parl compile -- "$@"; then
    echo "built"
elif [ $? -eq 130 ]; then
    echo "stopped by a key; nothing is left running"
else
    echo "failed" >&2
    exit 1
fi
