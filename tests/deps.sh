#!/bin/sh
# Fetch, verify and unpack the sources of the two libraries that acme is built from, into
# build/deps/. Prints what it did on standard error; build/deps/ready.mk tells make where they are.
#
# Looked for in this order: build/deps/src/, $ACME_DEPS_DIR, the upstream release address, the
# source packages of Debian. Whatever the way, a file counts only when its SHA-256 is the one below.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=tests/apt.sh
. tests/apt.sh

# library, version, SHA-256, file name in Debian, upstream address
list() {
	cat <<-'END'
		mbedtls 3.6.7 a7e8bcbec0e6f761b4af24f25677626b35f762f68eef79c08677a363212d11f6 mbedtls_3.6.7.orig.tar.bz2 https://github.com/Mbed-TLS/mbedtls/releases/download/mbedtls-3.6.7/mbedtls-3.6.7.tar.bz2
		mbedtls 3.6.6 8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a mbedtls_3.6.6.orig.tar.bz2 https://github.com/Mbed-TLS/mbedtls/releases/download/mbedtls-3.6.6/mbedtls-3.6.6.tar.bz2
		cjson 1.7.19 7fa616e3046edfa7a28a32d5f9eacfd23f92900fe1f8ccd988c1662f30454562 cjson_1.7.19.orig.tar.gz https://github.com/DaveGamble/cJSON/archive/refs/tags/v1.7.19.tar.gz
		cjson 1.7.18 3aa806844a03442c00769b83e99970be70fbef03735ff898f4811dd03b9f5ee5 cjson_1.7.18.orig.tar.gz https://github.com/DaveGamble/cJSON/archive/refs/tags/v1.7.18.tar.gz
	END
}

src=build/deps/src
tmp=build/deps/tmp.$$

note() { echo "deps: $*" >&2; }
die() {
	note "$*"
	exit 1
}

sum() { sha256sum "$1" 2>/dev/null | cut -d' ' -f1; }

# keep FILE SHA NAME: take FILE into $src when it is the right one
keep() {
	[ "$(sum "$1")" = "$2" ] || return 1
	[ "$1" = "$src/$3" ] || { cp "$1" "$src/.$3.$$" && mv "$src/.$3.$$" "$src/$3"; }
}

# have LIBRARY: set found=NAME and version when a verified file of it is in $src or $ACME_DEPS_DIR
have() {
	found=
	while read -r lib v sha name url; do
		[ "$lib" = "$1" ] || continue
		for f in "$src/$name" ${ACME_DEPS_DIR:+"$ACME_DEPS_DIR/$name" "$ACME_DEPS_DIR/${url##*/}"}; do
			[ -f "$f" ] || continue
			if keep "$f" "$sha" "$name"; then
				found=$name version=$v
				return 0
			fi
			[ -n "${told-}" ] || note "$f is not the file we want (SHA-256 differs), not used"
		done
	done <<-END
		$(list)
	END
	return 1
}

# download URL FILE: one quick try, by whatever the machine has
download() {
	if command -v curl >/dev/null; then
		curl -fsSL --connect-timeout 4 --max-time 120 -o "$2" "$1" 2>/dev/null
	elif command -v wget >/dev/null; then
		wget -q -t 1 --connect-timeout=4 --dns-timeout=4 --read-timeout=30 -O "$2" "$1" 2>/dev/null
	else
		return 1
	fi
}

# upstream LIBRARY: the newest pinned version from its release address. Only one address is tried:
# when that one cannot be reached, the others of the same host cannot either.
upstream() {
	[ -z "${offline-}" ] || return 1
	while read -r lib v sha name url; do
		[ "$lib" = "$1" ] || continue
		if ! download "$url" "$tmp"; then
			offline=1
			rm -f "$tmp"
			return 1
		fi
		keep "$tmp" "$sha" "$name" || {
			note "$url: SHA-256 differs, not used"
			rm -f "$tmp"
			continue
		}
		rm -f "$tmp"
		note "fetched $url"
		return 0
	done <<-END
		$(list)
	END
	return 1
}

# debian SUITE LIBRARY...: source packages of one suite. What is fetched is checked by its SHA-256,
# so a suite that this machine has no key for will do as well.
debian() {
	command -v apt-get >/dev/null || return 1
	suite=$1
	shift
	for base in $(apt_bases); do
		apt_open "$base" "$suite" deb-src || apt_open "$base" "$suite" deb-src unsigned || continue
		for one; do
			(cd "$src" && apt-get -qq -c "$OLDPWD/build/apt/$suite-deb-src/apt.conf" source \
				--download-only --tar-only "$one") >>"build/apt/$suite-deb-src/log" 2>&1 || continue
			have "$one" && note "fetched Debian $suite source package $one"
		done
		return 0
	done
	return 1
}

missing() {
	for one in mbedtls cjson; do
		have "$one" || printf ' %s' "$one"
	done
}

mkdir -p "$src"
want=$(missing)
told=1 # wrong files were named by this first look
for one in $want; do
	upstream "$one" || :
done
for suite in sid forky trixie; do
	want=$(missing)
	[ -n "$want" ] || break
	# shellcheck disable=SC2086 # a list of words
	debian "$suite" $want || :
done
rm -rf build/apt/*-deb-src
want=$(missing)
[ -z "$want" ] || die "cannot get the sources of$want: put the release files into build/deps/src/ or name their folder in ACME_DEPS_DIR"

# unpack LIBRARY PATH...: the named parts of the verified file, into build/deps/LIBRARY-VERSION
unpack() {
	have "$1"
	dir=build/deps/$1-$version
	case $found in
	*.bz2) command -v bzip2 >/dev/null || die "bzip2 is needed to unpack $found: run sh tests/need.sh build" ;;
	esac
	shift
	[ ! -d "$dir" ] || return 0 # it got its name when it was complete
	rm -rf "$tmp"
	mkdir -p "$tmp"
	tar -xf "$src/$found" -C "$tmp" --strip-components=1 --wildcards --no-wildcards-match-slash "$@"
	mv "$tmp" "$dir"
}

ready=build/deps/ready.$$
unpack mbedtls '*/library' '*/include' '*/LICENSE'
echo "MBEDTLS := $dir" >$ready
unpack cjson '*/cJSON.[ch]' '*/LICENSE'
echo "CJSON := $dir" >>$ready
mv $ready build/deps/ready.mk
