#!/bin/sh
# Apache's flags and texts; `kedge dump-log --help` lists what is there.
exec "$(dirname "$(readlink -f "$0")")/kedge" dump-log "$@"
