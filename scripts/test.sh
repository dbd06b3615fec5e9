#!/usr/bin/env bash
# Kedge's tests, with all the set-up that they need.
#
#   scripts/test.sh           what CI runs: style, fast tests, then the tests on real ZooKeeper and real Apache Kafka
#   scripts/test.sh --fast    style and fast tests; needs nothing but cargo
#   scripts/test.sh --long    the whole, and the tests that CI has no time for
#   scripts/test.sh --setup   only fetches the real parts (see scripts/lib/setup.sh); KEDGE_LONG=1: those of --long too
#
# Each stage writes its output to a log in target/test-logs; the end of it is shown if the stage fails. The time of every
# stage is printed at the end. A run that passes its limit of minutes (KEDGE_TEST_MINUTES) is stopped and fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/stages.sh
source scripts/lib/setup.sh

mode=full
case "${1:-}" in
    "") ;;
    --fast | --long | --setup) mode=${1#--} ;;
    *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

if [ "$mode" = setup ]; then
    kedge_setup
    exit
fi
if [ "$mode" = long ]; then stages_begin "${KEDGE_TEST_MINUTES:-240}"; else stages_begin "${KEDGE_TEST_MINUTES:-60}"; fi

# Tests on real parts are compiled by a feature of their crate: clippy sees them in every mode, only the full run runs them.
crates_with_real_parts=()
clippy_features=kedge-compat-tests/long
for manifest in $(grep -l '^real-parts = ' broker/*/Cargo.toml metadata/*/Cargo.toml migration/Cargo.toml); do
    crate=$(sed -n 's/^name = "\(.*\)"$/\1/p' "$manifest" | head -n 1)
    crate_features=real-parts
    # `long` of a crate includes its `real-parts`.
    if grep -q '^long = ' "$manifest"; then
        clippy_features+=",$crate/long"
        if [ "$mode" = long ]; then crate_features=long; fi
    fi
    crates_with_real_parts+=("$crate $crate_features")
    clippy_features+=",$crate/real-parts"
done

stage format cargo fmt --all --check
# The differential test compiles a second, far larger codec: only the full run does that.
fast=(--workspace --exclude kedge-codec-differential)
stage clippy cargo clippy "${fast[@]}" --all-targets --features "$clippy_features" -- -D warnings
stage tidy cargo xtask tidy
stage codegen cargo xtask codegen --check
stage build-tests cargo test "${fast[@]}" --no-run
stage fast-tests cargo test "${fast[@]}"

if [ "$mode" = long ]; then export KEDGE_LONG=1; fi
if [ "$mode" != fast ]; then
    stage set-up bash -c 'set -euo pipefail; source scripts/lib/setup.sh; kedge_setup'
    # Crash points do nothing unless a test's environment arms them.
    stage build-kedge cargo build --package kedge-server --features crash-points --bin kedge
    KEDGE_BIN="$target_dir/debug/kedge"
    export KEDGE_BIN
    features=real-parts
    if [ "$mode" = long ]; then features=long; fi
    stage codec-differential cargo test --package kedge-codec-differential
    for crate_and_features in "${crates_with_real_parts[@]}"; do
        read -r crate crate_features <<<"$crate_and_features"
        stage "real-parts-$crate" cargo test --package "$crate" --features "$crate_features" --tests -- --test-threads=1
    done
    stage build-compat cargo test --package kedge-compat-tests --features "$features" --no-run
    # One at a time: each may have three Java brokers of its own. A file named long_*.rs waits for --long.
    for test_file in compat-tests/tests/*.rs; do
        test_name=$(basename "$test_file" .rs)
        if [[ $test_name == long_* && $mode != long ]]; then continue; fi
        stage_attempts=2 stage "compat-$test_name" cargo test --package kedge-compat-tests --features "$features" \
            --test "$test_name" -- --test-threads=1
    done
fi
stages_end
