#!/bin/sh
# Apache's flags and texts; `kedge consume --help` lists what is there.
exec "$(dirname "$(readlink -f "$0")")/kedge" consume "$@"
