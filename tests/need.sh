#!/bin/sh
# need.sh build|demo|test|lint|bench|asan|fuzz...: see to it that the tools of these jobs are here.
#
# Compilers and the like are installed by apt, only what is missing, when run as root or when sudo
# asks no question; else the one command to run is printed, and the exit code is 1. The test CA and
# the servers that tests start are unpacked into build/tools/ instead, so that nothing is set up or
# started on this machine.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=tests/apt.sh
. tests/apt.sh

tools=$PWD/build/tools

note() { echo "need: $*" >&2; }

# What a job wants, one a line: how to see that it is here (a command, a file) and the package.
wants() {
	case $1 in
	build)
		cat <<-'END'
			make make
			gcc gcc
			ar binutils
			musl-gcc musl-tools
			/usr/include/stdio.h libc6-dev
			bzip2 bzip2
		END
		;;
	test)
		wants build
		cat <<-'END'
			prove perl
			openssl openssl
			curl curl
		END
		[ ! -f tests/replay.c ] || echo /usr/include/pcre2.h libpcre2-dev
		;;
	demo)
		wants build
		echo openssl openssl
		;;
	lint)
		wants build
		cat <<-'END'
			clang clang
			clang-format clang-format
			clang-tidy clang-tidy
			cppcheck cppcheck
			shellcheck shellcheck
		END
		;;
	asan) wants test ;;
	fuzz)
		wants build
		echo clang clang
		;;
	bench)
		wants test
		;;
	esac
}

# missing JOB...: the packages that are not here
missing() {
	for job; do
		wants "$job"
	done | while read -r probe package; do
		case $probe in
		/*) [ -e "$probe" ] || echo "$package" ;;
		*) command -v "$probe" >/dev/null || echo "$package" ;;
		esac
	done | sort -u | tr '\n' ' '
}

# apt_install PACKAGE...
apt_install() {
	as_root=
	if [ "$(id -u)" != 0 ]; then
		as_root="sudo -n"
	fi
	command="apt-get install -y --no-install-recommends $*"
	if ! command -v apt-get >/dev/null; then
		note "please install: $*"
		exit 1
	elif [ -n "$as_root" ] && ! sudo -n true 2>/dev/null; then
		note "as root, please run: apt-get update && $command"
		exit 1
	fi
	note "installing $*"
	log=build/need.log
	mkdir -p build
	# The lists may be old or not there at all: then what they name cannot be fetched.
	# shellcheck disable=SC2086 # words on purpose
	if ! DEBIAN_FRONTEND=noninteractive $as_root $command >$log 2>&1 </dev/null; then
		$as_root apt-get update >>$log 2>&1 || note "apt-get update failed, see $log"
		DEBIAN_FRONTEND=noninteractive $as_root $command >>$log 2>&1 </dev/null || {
			tail -5 $log >&2
			note "could not install $*; the command was: $command"
			exit 1
		}
	fi
}

# runs DIRECTORY: does the Pebble in it run on this machine?
runs() { "$1/usr/bin/pebble-challtestsrv" -h 2>&1 | grep -q -- -management; }

# pebble: the newest test CA that runs here, from Debian's suites, into build/tools/bin
pebble() {
	[ ! -x "$tools/bin/pebble" ] || return 0
	# shellcheck disable=SC1091 # this machine's
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	for suite in sid forky trixie $codename; do
		for base in $(apt_bases); do
			apt_open "$base" "$suite" deb || continue
			rm -rf "$tools/pebble"
			mkdir -p "$tools/pebble" "$tools/bin"
			(cd "$tools/pebble" && apt-get -qq -c "../../apt/$suite-deb/apt.conf" download pebble) \
				>>"build/apt/$suite-deb/log" 2>&1 || continue
			dpkg-deb -x "$tools"/pebble/pebble_*.deb "$tools/pebble"
			runs "$tools/pebble" || continue
			ln -sf ../pebble/usr/bin/pebble-challtestsrv ../pebble/usr/bin/pebble "$tools/bin"
			(cd "$tools/pebble" && ls pebble_*.deb) >"$tools/pebble.version"
			note "unpacked $(cat "$tools/pebble.version") of $suite into build/tools"
			rm -rf build/apt
			return 0
		done
	done
	note "cannot get the test CA: apt has no package pebble of suite sid, trixie${codename:+ or $codename} that runs here"
	exit 1
}

# unpack NAME COMMAND PACKAGE...: packages of this machine's own suite and what they need that is
# not here, side by side in build/tools/NAME, and a wrapper build/tools/bin/COMMAND. Nothing is
# installed, no service started.
unpack() {
	[ ! -x "$tools/bin/$2" ] || return 0
	into=$tools/$1
	command=$2
	shift 2
	# shellcheck disable=SC1091 # this machine's
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME-sid}")
	if [ ! -f "build/apt/$suite-deb/apt.conf" ]; then
		for base in $(apt_bases); do
			! apt_open "$base" "$suite" deb || break
		done
	fi
	debs=build/apt/$suite-deb/cache/archives
	rm -f "$debs"/*.deb
	apt_suite "$suite-deb" install -y -qq --no-install-recommends --download-only "$@" \
		>>"build/apt/$suite-deb/log" 2>&1 || {
		tail -n 3 "build/apt/$suite-deb/log" >&2
		note "cannot get $*"
		exit 1
	}
	rm -rf "$into"
	mkdir -p "$into" "$tools/bin"
	for deb in "$debs"/*.deb; do
		dpkg-deb -x "$deb" "$into"
	done
	for folder in sbin bin usr/sbin usr/bin; do
		[ ! -e "$into/$folder/$command" ] || program=$folder/$command
	done
	libs=$(find "$into" -name '*.so.*' -exec dirname {} + | sort -u | tr '\n' ':')
	# What is written in Python finds its modules, and if need be its Python, beside it.
	python=
	if head -n 1 "$into/$program" | grep -aq python; then
		python=/usr/bin/python3
		[ -x $python ] || python=$into$python
	fi
	cat >"$tools/bin/$command" <<-END
		#!/bin/sh
		export LD_LIBRARY_PATH=$libs\${LD_LIBRARY_PATH-}
		${python:+export PYTHONPATH=$into/usr/lib/python3/dist-packages}
		exec $python $into/$program "\$@"
	END
	chmod +x "$tools/bin/$command"
	note "unpacked $* into build/tools"
}

[ $# != 0 ] || set -- build
for job; do
	[ -n "$(wants "$job")" ] || {
		note "no such job: $job (build, demo, test, lint, asan, fuzz, bench)"
		exit 1
	}
done
packages=$(missing "$@")
# shellcheck disable=SC2086 # words on purpose
[ -z "$packages" ] || apt_install $packages
for job; do
	case $job in
	demo | test | asan | bench) pebble ;;
	esac
	case $job in
	test | asan)
		unpack nginx nginx nginx
		unpack apache2 apache2 apache2 apache2-bin
		unpack bind9 named bind9
		unpack dig dig bind9-dnsutils
		unpack knot knotd knot
		unpack pdns pdns_server pdns-server pdns-backend-lmdb
		unpack haproxy haproxy haproxy
		unpack openstack keystone-manage python3-keystone python3-barbican python3-websockets
		unpack zsh zsh zsh
		unpack tcsh tcsh tcsh
		unpack fish fish fish
		unpack buildah buildah buildah
		unpack exim-mail exim exim4-daemon-light libnss-wrapper
		unpack openssh sshd openssh-server
		unpack lighttpd lighttpd lighttpd lighttpd-mod-openssl
		unpack vsftpd vsftpd vsftpd
		unpack podman podman podman crun
		unpack strongswan swanctl strongswan-swanctl strongswan-charon strongswan-starter \
			libstrongswan-standard-plugins
		rm -rf build/apt
		;;
	bench)
		unpack uacme uacme uacme
		unpack dehydrated dehydrated dehydrated
		unpack lego lego lego
		unpack certbot certbot certbot
		rm -rf build/apt
		;;
	esac
done
