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

# One selection of packages and features for every cargo command of a run, so that nothing is compiled twice. The differential test of
# the codec compiles a second, far larger codec: only the full run does that, by itself.
selection=(--workspace --exclude kedge-codec-differential)
features=kedge-server/crash-points
real_tests=()
fast_tests=()
for manifest in broker/*/Cargo.toml metadata/*/Cargo.toml migration/Cargo.toml migration/*/Cargo.toml scripts/*/Cargo.toml; do
    gated=$(awk '/^name = / { name = $3 } /^required-features = .*"real-parts"/ { gsub(/"/, "", name); print name }' "$manifest")
    if [ -n "$gated" ]; then features+=",$(awk '/^name = / { gsub(/"/, "", $3); print $3; exit }' "$manifest")/real-parts"; fi
    for file in "$(dirname "$manifest")"/tests/*.rs "$(dirname "$manifest")"/tests/*/main.rs; do
        [ -f "$file" ] || continue
        name=$(basename "${file%/main.rs}" .rs)
        if grep -qx -- "$name" <<<"$gated"; then real_tests+=("$name"); else fast_tests+=(--test "$name"); fi
    done
done
# Tests on real parts are compiled by a feature: clippy sees them in every mode, only the full run builds and runs them. Crash points do
# nothing unless a test's environment arms them.
clippy_features=$features,kedge-compat-tests/long
case "$mode" in
    fast) features=kedge-server/crash-points ;;
    full) features+=,kedge-compat-tests/real-parts ;;
    long) features=$clippy_features; export KEDGE_LONG=1 ;;
esac
selection+=(--features "$features")

stage format cargo fmt --all --check
stage clippy cargo clippy --workspace --exclude kedge-codec-differential --all-targets --features "$clippy_features" -- -D warnings
stage build-tests cargo test "${selection[@]}" --no-run
stage tidy "$target_dir/debug/xtask" tidy
stage codegen "$target_dir/debug/xtask" codegen --check
stage fast-tests cargo test "${selection[@]}" --lib --bins "${fast_tests[@]}"
stage doc-tests cargo test "${selection[@]}" --doc

if [ "$mode" != fast ]; then
    stage set-up bash -c 'set -euo pipefail; source scripts/lib/setup.sh; kedge_setup'
    # Built with the tests of its package.
    KEDGE_BIN="$target_dir/debug/kedge"
    export KEDGE_BIN
    stage codec-differential cargo test --package kedge-codec-differential
    # A test named long_* waits for --long.
    for name in "${real_tests[@]}"; do
        if [[ $name == long_* && $mode != long ]]; then continue; fi
        stage "real-parts-$name" cargo test "${selection[@]}" --test "$name" -- --test-threads=1
    done
    # One at a time: each may have three Java brokers of its own.
    for file in compat-tests/tests/*.rs; do
        name=$(basename "$file" .rs)
        if [[ $name == long_* && $mode != long ]]; then continue; fi
        stage_attempts=2 stage "compat-$name" cargo test "${selection[@]}" --test "$name" -- --test-threads=1
    done
fi
stages_end
