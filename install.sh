#!/bin/sh
# Installs acme: fetches the release for this machine, verifies it, and hands over to
# `acme --install "$@"`. In a checkout (or where no release address is known) it builds from the
# source instead. For `curl ... | sh` and for `./install.sh`; needs no root.
#
# ACME_RELEASE_URL   the address of the releases, instead of the one below
# ACME_RELEASE_KEY   a PEM file with the public key that they are signed with
#
# All of it stands between braces, so that nothing of a download that is cut off is run.
{
RELEASE_URL=''
RELEASE_KEY=''

say() { printf '%s\n' "install.sh: $*" >&2; }

die() {
	say "$*"
	exit 1
}

# get URL FILE
get() {
	if command -v curl >/dev/null 2>&1; then
		curl -fsSL --connect-timeout 15 --max-time 300 -o "$2" "$1"
	elif command -v wget >/dev/null 2>&1; then
		wget -q -T 30 -t 2 -O "$2" "$1"
	else
		die "needs curl or wget to download; install one of them, or run this in a checkout"
	fi || die "cannot download $1"
}

# The folder of this script when it stands in a checkout.
checkout() {
	case $0 in */install.sh | install.sh) ;; *) return 1 ;; esac
	here=$(cd "$(dirname "$0")" 2>/dev/null && pwd) || return 1
	[ -f "$here/acme.c" ] && [ -f "$here/Makefile" ] && echo "$here"
}

build() {
	say "building from the checkout in $1"
	(cd "$1" && sh tests/need.sh build && make -s) >&2 || die "the build failed"
	program=$1/build/release/acme
}

# The signature is checked with openssl; a machine without it relies on HTTPS, and is told so.
check_signature() {
	key=${ACME_RELEASE_KEY-}
	if [ -z "$key" ] && [ -n "$RELEASE_KEY" ]; then
		key=$tmp/key.pem
		printf -- '-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n' "$RELEASE_KEY" >"$key"
	fi
	[ -n "$key" ] || die "no release key is known; set ACME_RELEASE_KEY to its file"
	if ! command -v openssl >/dev/null 2>&1; then
		say "there is no openssl here, so that the signature cannot be checked; the download relies on HTTPS"
		return
	fi
	openssl dgst -sha256 -verify "$key" -signature "$tmp/SHA256SUMS.sig" "$tmp/SHA256SUMS" >/dev/null 2>&1 ||
		die "the signature of $1/SHA256SUMS is wrong; nothing was installed"
}

fetch() {
	url=$1/latest
	os=$(uname -s | tr '[:upper:]' '[:lower:]')
	name=acme-$os-$(uname -m)
	get "$url/SHA256SUMS" "$tmp/SHA256SUMS"
	get "$url/SHA256SUMS.sig" "$tmp/SHA256SUMS.sig"
	check_signature "$url"
	grep -q "  $name\$" "$tmp/SHA256SUMS" ||
		die "there is no release for this machine ($name); build it from a checkout"
	get "$url/$name" "$tmp/$name"
	(cd "$tmp" && grep "  $name\$" SHA256SUMS | sha256sum -c) >/dev/null 2>&1 ||
		die "$url/$name is not what was signed; nothing was installed"
	chmod +x "$tmp/$name" || die "cannot make $tmp/$name executable"
	program=$tmp/$name
}

main() {
	set -u
	url=${ACME_RELEASE_URL:-$RELEASE_URL}
	tmp=$(mktemp -d) || die "cannot make a temporary folder"
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' HUP INT TERM
	if [ -z "${ACME_RELEASE_URL-}" ] && source=$(checkout); then
		build "$source"
	elif [ -n "$url" ]; then
		fetch "$url"
	else
		die "no release address is known yet (ACME_RELEASE_URL names one); run this in a checkout to build it"
	fi
	"$program" --install "$@"
}

main "$@"
exit
}
