#!/usr/bin/env bash
# A Debian package from the drop-in tree of scripts/dist.sh.
#
#   scripts/deb.sh [DIR]      writes DIR/kedge_VERSION_ARCH.deb (by default target/dist)
#
# KEDGE_BIN names a binary that is built already; without it cargo builds a release.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
out="${1:-${CARGO_TARGET_DIR:-$here/target}/dist}"
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml")
arch=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tree="$work/tree"
"$here/scripts/dist.sh" "$tree" >&2
root="$work/root"
install -d -m 755 "$root/DEBIAN" "$root/usr/lib/kedge/bin" "$root/etc/kedge" "$root/var/lib/kedge" "$root/usr/share/kedge"
install -D -m 755 "$tree/bin/kedge" "$root/usr/bin/kedge"
install -m 755 "$tree"/bin/*.sh "$root/usr/lib/kedge/bin/"
# systemd starts and stops the packaged node; the tree's own way to do so needs a tree of its own.
rm "$root/usr/lib/kedge/bin/kafka-server-start.sh" "$root/usr/lib/kedge/bin/kafka-server-stop.sh"
ln -s /usr/bin/kedge "$root/usr/lib/kedge/bin/kedge"
install -D -m 644 "$tree/systemd/kedge.service" "$root/usr/lib/systemd/system/kedge.service"
sed 's#^log.dirs=.*#log.dirs=/var/lib/kedge#' "$tree/config/server.properties" >"$root/etc/kedge/server.properties"
cp -R "$tree/config" "$root/usr/share/kedge/config"
install -D -m 644 "$here/LICENSE" "$root/usr/share/doc/kedge/copyright"
install -m 755 "$here/scripts/dist/debian/postinst" "$here/scripts/dist/debian/prerm" "$root/DEBIAN/"
install -m 644 "$here/scripts/dist/debian/conffiles" "$root/DEBIAN/"
size_kib=$(du -sk "$root" | cut -f 1)
sed "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE_KIB@/$size_kib/" "$here/scripts/dist/debian/control.in" >"$root/DEBIAN/control"

mkdir -p "$out"
package="$out/kedge_${version}_$arch.deb"
# Files belong to root, whoever builds it; a debug binary of a test need not be pressed hard.
dpkg-deb --root-owner-group -Zgzip -z1 --build "$root" "$package" >&2
echo "$package"
