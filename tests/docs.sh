#!/bin/sh
# docs.sh BINARY [FOLDER]: writes the pages that are made from the program's own tables - the command table
# of README.md, and dnsapi/README.md - below FOLDER, or in place. `make docs` runs it; `make lint`
# compares what it writes with what is there.
set -eu
cd "$(dirname "$0")/.."
acme=$1
out=${2-.}
new=$(mktemp)
trap 'rm -f "$new"' EXIT

# put FILE: the text in $new becomes FILE
put() {
	mkdir -p "$(dirname "$out/$1")"
	cmp -s "$new" "$out/$1" || cat "$new" >"$out/$1"
}

# The table goes between the two marks.
{
	sed '/^<!-- commands -->$/q' README.md
	"$acme" --print-command-table
	sed -n '/^<!-- end -->$/,$p' README.md
} >"$new"
put README.md
if "$acme" --print-dns-table >"$new" 2>/dev/null; then
	put dnsapi/README.md
fi
