#!/usr/bin/env bash
# The drop-in tree: what an operator of Apache Kafka expects to unpack, with kedge in the place of Java.
#
#   scripts/dist.sh [DIR]     builds it into DIR (by default target/dist/kedge-VERSION)
#
# KEDGE_BIN names a binary that is built already; without it cargo builds a release.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml")
target_dir="${CARGO_TARGET_DIR:-$here/target}"
tree="${1:-$target_dir/dist/kedge-$version}"

if [ -z "${KEDGE_BIN:-}" ]; then
    cargo build --release --manifest-path "$here/Cargo.toml" --package kedge-server --bin kedge
    KEDGE_BIN="$target_dir/release/kedge"
fi
mkdir -p "$tree/bin" "$tree/config/kraft" "$tree/logs" "$tree/systemd"
# A running kedge keeps its file: the new one takes the name in one step.
install -m 755 "$KEDGE_BIN" "$tree/bin/kedge.new"
mv "$tree/bin/kedge.new" "$tree/bin/kedge"
install -m 755 "$here"/scripts/dist/bin/*.sh "$tree/bin/"
install -m 644 "$here"/scripts/dist/systemd/*.service "$tree/systemd/"
# An operator's own edits are kept.
for file in config/server.properties config/kraft/{server,broker,controller}.properties; do
    [ -e "$tree/$file" ] || install -m 644 "$here/scripts/dist/$file" "$tree/$file"
done
install -m 644 "$here/LICENSE" "$tree/"
echo "$tree"
