#!/usr/bin/env bash
# The main job, with all the set-up that it needs: a live cluster moves from ZooKeeper to a quorum under load, back, again, for
# good, and ZooKeeper is stopped. Writes a report (HTML and JSON; KEDGE_REPORT names it without its ending). Exit code 0 only if
# nothing was lost, duplicated, moved, reordered or different, no broker restarted, and no client lost a connection.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/setup.sh
kedge_setup
echo "building kedge"
# One command for both: two would compile what they share twice.
cargo build --quiet --package kedge-server --package kedge-compat-tests --features kedge-compat-tests/real-parts --bin kedge --example demo
"${CARGO_TARGET_DIR:-target}/debug/examples/demo"
