#!/bin/sh
# Style and structure, one TAP line a rule. A mistake that was made twice gets a rule here.
# Results of clang-tidy are kept in build/lint/, keyed by the preprocessed text.
set -u
cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL
# shellcheck source=tests/apt.sh
. tests/apt.sh

lint=build/lint
mkdir -p $lint
# One run at a time in one tree; what make told its children is not for the makes called here.
exec 9>$lint/lock
flock 9
unset MAKEFLAGS MFLAGS MAKELEVEL
tests=0
failed=0
jobs=$(nproc 2>/dev/null || echo 2)

# rule NAME FILE: good when FILE is empty; else its text says what is wrong and where
rule() {
	tests=$((tests + 1))
	if [ -s "$2" ]; then
		failed=$((failed + 1))
		echo "not ok $tests - $1"
		head -n "${LINT_LINES:-40}" "$2" | sed 's/^/# /'
		more=$(($(wc -l <"$2") - ${LINT_LINES:-40}))
		[ $more -le 0 ] || echo "# ... and $more lines more in $2"
	else
		echo "ok $tests - $1"
	fi
}

# files PATTERN...: those that exist
files() {
	for one; do
		[ ! -f "$one" ] || echo "$one"
	done
}

# code FILE...: every line as file:line:text, without comments and without what texts say
code() {
	awk '
		FNR == 1 { comment = 0 }
		{
			line = $0
			gsub(/\\./, "", line)
			gsub(/"[^"]*"/, "\"\"", line)
			if (comment && !sub(/^.*\*\//, "", line))
				next
			comment = 0
			gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", line)
			if (sub(/\/\*.*/, "", line))
				comment = 1
			sub(/\/\/.*/, "", line)
			print FILENAME ":" FNR ":" line
		}' "$@"
}

ours=$(files acme.c acme.h src/*.[ch] dnsapi/*.[ch] deploy/*.[ch] notify/*.[ch])
sources=$(files acme.c src/*.c dnsapi/*.c deploy/*.c notify/*.c)
headers=$(files acme.h src/*.h)
c_tests=$(files tests/*.[ch] tests/unit/*.[ch] tests/fuzz/*.[ch])
shell=$(files tests/*.sh tests/*/*.sh tests/*.t tests/*/*.t install.sh)
drivers=$(files dnsapi/*.c deploy/*.c notify/*.c)

# shellcheck disable=SC2086 # the lists are words
{
	make -s layers >$lint/layers 2>&1
	rule "includes go downwards only (make layers)" $lint/layers

	clang-format --dry-run --Werror $ours $c_tests >$lint/format 2>&1
	rule "clang-format would change nothing (make format)" $lint/format

	flags=$(make -s MODE=debug cppflags)
	eval "set -- $flags"
	warn=$(make -s warnings)

	printf '%s\n' $sources $c_tests | grep '\.c$' | grep -v '^tests/fuzz/replay_main' |
		xargs -r -P "$jobs" -n 4 clang -std=c11 -fsyntax-only -Itests "$@" $warn -DCORPUS='""' \
			>$lint/clang 2>&1
	rule "clang has no warning" $lint/clang

	for one in $headers; do
		case $one in */mbedtls_config.h) continue ;; esac
		echo "#include \"$one\"" | gcc -std=c11 -fsyntax-only "$@" $warn -x c - 2>&1
	done >$lint/headers
	rule "each header compiles alone" $lint/headers

	mkdir -p $lint/cppcheck
	# uninitvar, ctuuninitvar: it does not follow arrays through pointers; clang's analyzer does
	cppcheck -q -j "$jobs" --std=c11 --enable=warning,portability,performance --inline-suppr \
		--suppress=missingIncludeSystem --suppress='*:build/*' --suppress=uninitvar --suppress=ctuuninitvar \
		-I"$(sed -n 's/^CJSON := //p' build/deps/ready.mk)" --cppcheck-build-dir=$lint/cppcheck \
		-D__linux__ -DACME_VERSION='"x"' -DACME_RELEASE_URL='""' -I. -Isrc $sources \
		>$lint/cppcheck.out 2>&1
	rule "cppcheck" $lint/cppcheck.out

	# One clang-tidy a file; a stamp named by the digest of what it would read skips it.
	mkdir -p $lint/tidy
	for one in $sources; do
		sum=$({
			clang -E -P "$@" "$one" 2>/dev/null
			cat "$one" .clang-tidy
		} | sha256sum | cut -c1-40)
		[ -f "$lint/tidy/$sum" ] || printf '%s %s\n' "$one" "$lint/tidy/$sum"
	done >$lint/tidy.todo
	# shellcheck disable=SC2016 # for the inner shell
	TIDY_FLAGS=$flags xargs -r -P "$jobs" -L 1 sh -c '
		eval "clang-tidy --quiet \"$1\" -- -std=c11 $TIDY_FLAGS" >"$2.out" 2>/dev/null &&
			mv "$2.out" "$2"' tidy <$lint/tidy.todo
	cat $lint/tidy/*.out >$lint/tidy.out 2>/dev/null
	rm -f $lint/tidy/*.out
	rule "clang-tidy" $lint/tidy.out

	shellcheck -x -s sh -e SC1090,SC1091,SC2154,SC2034,SC2016 $shell >$lint/shell 2>&1
	[ ! -f .ci/run ] || shellcheck -x .ci/run >>$lint/shell 2>&1
	rule "shellcheck" $lint/shell

	code $ours >$lint/code
	grep -E '(^|[^[:alnum:]_>.])(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|atof|alloca|system|popen|mktemp|tmpnam|tempnam|tmpfile|rand|srand|random|localtime|gmtime|ctime|asctime|gethostbyname|inet_ntoa|setjmp|longjmp|vfork)[[:space:]]*\(' \
		<$lint/code >$lint/banned
	rule "no banned function" $lint/banned

	grep -E '(^|[^[:alnum:]_>.])(v?[fd]?printf|f?puts|putchar|f?putc|perror)[[:space:]]*\(' \
		<$lint/code | grep -v '^src/log\.c:' >$lint/print
	rule "only src/log.c prints" $lint/print

	wc -l $ours | awk '$1 > 600 && $2 != "total" { print $2 ": " $1 " lines, more than 600" }' >$lint/long
	rule "no file is longer than 600 lines" $lint/long

	awk '/^\{/ { start = FNR }
		/^\}/ && start {
			if (FNR - start > 60) print FILENAME ":" start ": function of " FNR - start " lines"
			start = 0
		}' $ours >$lint/functions
	rule "no function is longer than 60 lines" $lint/functions

	: >$lint/driver
	[ -z "$drivers" ] || grep -nE '^[[:space:]]*#[[:space:]]*include' $drivers |
		grep -vE 'include (<[a-z_/]+\.h>|"\.\./acme\.h"|"[a-z0-9_]+\.h")' >>$lint/driver
	[ -z "$drivers" ] || grep -nE 'include <(mbedtls|psa|sys/socket|netdb|stdio)' $drivers >>$lint/driver
	rule "drivers and hooks know acme.h only" $lint/driver

	for one in $drivers; do
		case $one in dnsapi/dns_* | deploy/* | notify/*) ;; *) continue ;; esac
		set -- "tests/${one%.c}".*
		name=$(basename "${one%.c}") # or a real server
		[ -e "$1" ] || grep -qw "$name" tests/e2e/*.t || echo "$one: no fixture tests/${one%.c}.*"
	done >$lint/fixtures
	rule "each driver and hook has a fixture" $lint/fixtures

	# tests/docs.sh BINARY FOLDER writes the generated pages below FOLDER.
	: >$lint/docs
	if [ -f tests/docs.sh ] && [ -x build/release/acme ]; then
		rm -rf $lint/pages
		sh tests/docs.sh build/release/acme $lint/pages >$lint/docs 2>&1
		(cd $lint/pages && find . -type f) | while read -r page; do
			cmp -s "$lint/pages/$page" "$page" || echo "$page is stale: make docs"
		done >>$lint/docs
	fi
	rule "generated pages are up to date" $lint/docs

	: >$lint/man
	! command -v groff >/dev/null || groff -mandoc -ww -Tutf8 docs/acme.1 >/dev/null 2>$lint/man
	rule "the man page has no mistake" $lint/man

	grep -oE '[a-z0-9_-]+\.[tc]\b' docs/from-acme.sh.md | sort -u | while read -r one; do
		[ -f "tests/e2e/$one" ] || [ -f "tests/unit/$one" ] || echo "$one: there is no such test"
	done >$lint/from
	rule "docs/from-acme.sh.md names tests that there are" $lint/from

	# tests/options.tsv: NAME, TEST. A name counts as mentioned by any of its spellings.
	: >$lint/options
	if [ -x build/release/acme ]; then
		build/release/acme --print options | while read -r kind names; do
			row=
			for name in $names; do
				[ -n "$row" ] || row=$(grep -e "^$name	" tests/options.tsv)
			done
			test=$(printf '%s' "$row" | cut -f2)
			case $test in
			'') echo "$kind $names: no row in tests/options.tsv" ;;
			-) [ -n "$(printf '%s' "$row" | cut -f3)" ] || echo "$names: no test, and no reason" ;;
			spelling.t) echo "$names: spelling.t shows no effect" ;;
			*)
				words=$(printf '%s' "$names" | sed 's/ /|/g')
				grep -qE -e "(^|[^[:alnum:]-])($words)([^[:alnum:]-]|\$)" "tests/e2e/$test" 2>/dev/null ||
					echo "$names: tests/e2e/$test does not mention it"
				;;
			esac
		done >$lint/options
		build/release/acme --print options | tr ' ' '\n' >$lint/names
		grep -v '^#' tests/options.tsv | cut -f1 | grep -vxFf $lint/names |
			sed 's/$/: in tests\/options.tsv, but not known to the parser/' >>$lint/options
	fi
	rule "each command and option has a test" $lint/options

	# The address of this machine's package archive has no place in the sources, nor have its paths.
	git ls-files -co --exclude-standard >$lint/files 2>/dev/null ||
		find . \( -path ./build -o -path ./.git \) -prune -o -type f -print >$lint/files
	for base in $(apt_bases); do
		host=${base#*://}
		xargs -r grep -nIF "${host%%/*}" <$lint/files
	done >$lint/machine
	xargs -r grep -nIF "$PWD/" <$lint/files >>$lint/machine
	rule "nothing of this machine in the sources" $lint/machine
}

echo "1..$tests"
[ $failed = 0 ]
