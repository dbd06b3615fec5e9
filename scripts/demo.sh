#!/usr/bin/env bash
# The main job, with all the set-up that it needs: a live cluster moves from ZooKeeper to a quorum under load, back, again, for
# good, and ZooKeeper is stopped. Writes a report (HTML and JSON; KEDGE_REPORT names it without its ending). Exit code 0 only if
# nothing was lost, duplicated, moved, reordered or different, no broker restarted, and no client lost a connection.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/setup.sh
kedge_setup
echo "building kedge"
cargo build --quiet --package kedge-server --bin kedge
cargo run --quiet --package kedge-compat-tests --features real-parts --example demo
