#!/bin/sh
# Stops the nodes that this tree's kafka-server-start.sh started, and nothing else:
# kafka-server-stop.sh [--process-role=ROLES | --node-id=ID]. SIGNAL names another signal than TERM. It does not wait for the end.
bin=$(dirname "$(readlink -f "$0")")
role=
id=
for flag in "$@"; do
    case $flag in
        --process-role=*) role=${flag#*=} ;;
        --node-id=*) id=${flag#*=} ;;
    esac
done
if [ -n "$role" ] && [ -n "$id" ]; then
    echo "When both node-id and process-role are provided, the value for node-id will take precedence"
    role=
fi

# value KEY FILE: the last word of a properties file on a key, without blanks around it.
value() { sed -n "s/^[[:blank:]]*$1[[:blank:]]*[=:][[:blank:]]*//p" "$2" 2>/dev/null | tail -n 1 | sed 's/[[:space:]]*$//'; }

kedge=$(readlink -f "$bin/kedge")
found=
for file in "$bin"/../logs/kedge-*.pid; do
    [ -e "$file" ] || continue
    pid=${file##*/kedge-}
    pid=${pid%.pid}
    # A number that the kernel has given to another program since, or nobody's: the file is old. An upgrade replaces the file
    # that a running node was started from.
    exe=$(readlink "/proc/$pid/exe") || exe=
    if [ "${exe% (deleted)}" != "$kedge" ]; then
        rm -f "$file"
        continue
    fi
    found=yes
    config=$(cat "$file")
    if [ -n "$id" ]; then
        node=$(value node\\.id "$config")
        [ "${node:-$(value broker\\.id "$config")}" = "$id" ] || continue
    fi
    if [ -n "$role" ]; then
        [ "$(value process\\.roles "$config")" = "$role" ] || continue
    fi
    kill -s "${SIGNAL:-TERM}" "$pid"
done
if [ -z "$found" ]; then
    echo "No kafka server to stop"
    exit 1
fi
