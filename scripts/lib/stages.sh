# Runs the stages of scripts/test.sh: a log for each, the time of each, one limit for all. Source it.

target_dir="${CARGO_TARGET_DIR:-target}"
mkdir -p "$target_dir"
target_dir="$(cd "$target_dir" && pwd)"
stage_logs="$target_dir/test-logs"
stage_names=()
stage_seconds=()
stage_pid=
FAILURE_TAIL_LINES=300

# stages_begin MINUTES: forgets earlier logs and starts the clock.
stages_begin() {
    rm -rf "$stage_logs"
    mkdir -p "$stage_logs"
    stages_limit_seconds=$(($1 * 60))
    stages_began=$SECONDS
    # A stage runs in a process group of its own, which an interrupt does not reach by itself.
    trap 'if [ -n "$stage_pid" ]; then kill -TERM "$stage_pid" 2>/dev/null || true; wait "$stage_pid" || true; fi; exit 130' INT TERM
}

# stage NAME COMMAND...: runs one stage; ends the whole run if it fails or if the time is up. With stage_attempts=2 before it a stage
# that failed is run once more, under the name NAME-again, and the first failure is shown all the same: for tests of a dozen real
# processes with deadlines, on a machine whose two cores others share.
stage() {
    local name=$1 began=$SECONDS status=0 left log attempts=${stage_attempts:-1}
    shift
    log="$stage_logs/$(printf '%02d' $((${#stage_names[@]} + 1)))-$name.log"
    left=$((stages_limit_seconds - (SECONDS - stages_began)))
    if [ "$left" -le 0 ]; then
        stages_table
        echo "FAILED: no time left for $name, the limit is $((stages_limit_seconds / 60)) minutes"
        exit 1
    fi
    echo "==> $name: $*"
    timeout --kill-after=20 "$left" "$@" >"$log" 2>&1 </dev/null &
    stage_pid=$!
    wait "$stage_pid" || status=$?
    stage_pid=
    stage_names+=("$name")
    stage_seconds+=($((SECONDS - began)))
    if [ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ "$status" -ne 137 ] && [ "$attempts" -gt 1 ]; then
        tail -n "$FAILURE_TAIL_LINES" "$log"
        echo "FAILED ONCE: $name ended with code $status, log: $log; it is run once more"
        stage_attempts=$((attempts - 1)) stage "$name-again" "$@"
        return
    fi
    if [ "$status" -ne 0 ]; then
        tail -n "$FAILURE_TAIL_LINES" "$log"
        stages_table
        if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
            echo "FAILED: $name was stopped at the limit of $((stages_limit_seconds / 60)) minutes, log: $log"
        else
            echo "FAILED: $name ended with code $status, log: $log"
        fi
        exit 1
    fi
}

stages_table() {
    local index
    echo
    echo "seconds  stage"
    for index in "${!stage_names[@]}"; do printf '%7d  %s\n' "${stage_seconds[$index]}" "${stage_names[$index]}"; done
    printf '%7d  total\n' $((SECONDS - stages_began))
    echo
}

# Prints the times, then cargo's closing line of every test program that ran a test.
stages_end() {
    local index log
    stages_table
    for index in "${!stage_names[@]}"; do
        log="$stage_logs/$(printf '%02d' $((index + 1)))-${stage_names[$index]}.log"
        if grep -q '^test result:' "$log"; then
            echo "${stage_names[$index]}:"
            grep '^test result:' "$log" | grep -v ' 0 passed; 0 failed' || true
        fi
    done
}
