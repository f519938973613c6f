#!/bin/sh
# dist.sh KEYFILE [FOLDER]: makes a release folder (build/dist) of the binaries that this machine has
# built: the programs, install.sh, SHA256SUMS and its signature by the ECDSA P-256 key in KEYFILE.
# `make dist KEY=file` runs it.
set -eu
cd "$(dirname "$0")/.."
key=${1:?"dist: name the signing key: make dist KEY=file"}
out=${2:-build/dist}
binary=${BINARY:-build/release/acme}
[ -r "$key" ] || { echo "dist: cannot read the key $key" >&2; exit 1; }
[ -x "$binary" ] || { echo "dist: there is no $binary: make" >&2; exit 1; }
version=$("$binary" --version | sed -n 's/^v//p')
name=acme-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
mkdir -p "$out"
cp "$binary" "$out/$name"
sed "s|^RELEASE_URL=.*|RELEASE_URL='${RELEASE_URL-}'|; s|^RELEASE_KEY=.*|RELEASE_KEY='${RELEASE_KEY-}'|" \
	install.sh >"$out/install.sh"
cd "$out"
{
	echo "acme $version"
	sha256sum acme-* install.sh
} >SHA256SUMS
cd - >/dev/null
openssl dgst -sha256 -sign "$key" -out "$out/SHA256SUMS.sig" "$out/SHA256SUMS"
echo "$out: acme $version for $name, signed"
