#!/usr/bin/env bash
# A live migration to be watched, with all the set-up that it needs: a cluster on ZooKeeper moves to a KRaft quorum, back, forward
# again and is finalized, under the load of real clients. Then a report (JSON and HTML). Exit code 0 only if nothing was lost,
# duplicated or different and no broker restarted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/setup.sh
kedge_setup
echo "building kedge"
cargo build --quiet --package kedge-server --bin kedge
cargo run --quiet --package kedge-compat-tests --features real-parts --example demo
