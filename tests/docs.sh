#!/bin/sh
# docs.sh BINARY [FOLDER]: writes the pages that are made from the program's own tables - the lists in
# README.md and docs/acme.1, and the README.md of dnsapi, deploy, notify - below FOLDER, or in place. `make docs` runs it;
# `make lint` compares what it writes with what is there.
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

# between FILE FIRST LAST WHAT: what `acme --print WHAT` says goes between two lines of FILE
between() {
	{
		sed "/^$2\$/q" "$1"
		"$acme" --print "$4"
		sed -n "/^$3\$/,\$p" "$1"
	} >"$new"
	put "$1"
}

between README.md '<!-- commands -->' '<!-- end -->' commands
between docs/acme.1 '\.\\" lists' '\.\\" end' man
for folder in dnsapi deploy notify; do
	"$acme" --print-table "${folder%api}" >"$new"
	put "$folder/README.md"
done
