#!/bin/sh
# Starts Kedge: kafka-server-start.sh [-daemon] [-name NAME] [-loggc] server.properties [--override key=value]...
if [ $# -lt 1 ]; then
    echo "USAGE: $0 [-daemon] server.properties [--override property=value]*"
    exit 1
fi
bin=$(dirname "$(readlink -f "$0")")
LOG_DIR=${LOG_DIR:-$bin/../logs}
name=kafkaServer
daemon=
# Apache passes its own flags through this variable; -loggc asks for a log that only Java writes.
# shellcheck disable=SC2086 # words, as Apache takes them
set -- ${EXTRA_ARGS:-} "$@"
while :; do
    case $1 in
        -daemon) daemon=yes; shift ;;
        -name) name=$2; shift 2 ;;
        -loggc) shift ;;
        *) break ;;
    esac
done
mkdir -p "$LOG_DIR" "$bin/../logs" || exit 1
# kafka-server-stop.sh finds the node by this file. It lies outside LOG_DIR, which the stopping shell may not know.
run='bin=$1; shift
    rm -f "$bin/../logs/kedge-$$.pid"
    readlink -f -- "$1" >"$bin/../logs/kedge-$$.pid" || true
    exec "$bin/kedge" server "$@"'
if [ -n "$daemon" ]; then
    setsid sh -c "$run" kedge "$bin" "$@" >"$LOG_DIR/$name.out" 2>&1 </dev/null &
else
    exec sh -c "$run" kedge "$bin" "$@"
fi
