#!/bin/sh
# image.sh PROGRAM FOLDER: what the container's image holds: the program, root certificates, and links to the
# program: acme.sh and acme, and one for each command, because with acme.sh's image people write
# "docker exec acme.sh --list".
set -eu
program=$1
image=$2
bin=$image/usr/local/bin
mkdir -p "$bin" "$image/etc/ssl/certs" "$image/acme.sh" "$image/tmp"
chmod 1777 "$image/tmp"
cp "$program" "$image/acme"
cp "${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}" "$image/etc/ssl/certs/ca-certificates.crt"
ln -s /acme "$bin/acme.sh"
ln -s /acme "$bin/acme"
# the commands of --help stand before the options, the first of which is -d
"$program" --help | sed -n '/^  -d/q; s/^  \(--[a-z0-9-]*\).*/\1/p' | while read -r command; do
	ln -s /acme "$bin/$command"
done
