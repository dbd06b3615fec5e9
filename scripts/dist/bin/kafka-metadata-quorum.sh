#!/bin/sh
# Apache's flags and texts; `kedge metadata-quorum --help` lists what is there.
exec "$(dirname "$(readlink -f "$0")")/kedge" metadata-quorum "$@"
