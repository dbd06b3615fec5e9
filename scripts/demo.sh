#!/usr/bin/env bash
# Runs what Kedge does today, with all the set-up that it needs: three nodes under load, each killed in turn, judged by an
# oracle. Exit code 0 only if nothing was lost, duplicated or reordered.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/setup.sh
kedge_setup
echo "building kedge"
cargo build --quiet --package kedge-server --bin kedge
cargo run --quiet --package kedge-compat-tests --features real-parts --example demo
