#!/bin/sh
# A home that acme.sh 3.1.4 wrote (tests/fixtures/acmesh-home.tar.gz) goes on with us, and what we
# write can be sourced by a shell as acme.sh does.
. "$(dirname "$0")/../lib.sh"
pebble_start
tar -xzf "$TOP/tests/fixtures/acmesh-home.tar.gz" -C "$T"
rm -rf "$H"
mv "$T/.acme.sh" "$H" 2>/dev/null || mv "$(dirname "$(find "$T" -name account.conf | head -n 1)")" "$H"
# The paths in it begin with /home/user, also inside base64; its CA was on another port.
rewrite() {
	perl -MMIME::Base64 -i -pe '
		s{__ACME_BASE64__START_(.*?)__ACME_BASE64__END_}{my $t = decode_base64($1); $t =~ s(/home/user)('"$T"')g;
			"__ACME_BASE64__START_" . encode_base64($t, "") . "__ACME_BASE64__END_"}ge;
		s{/home/user}{'"$T"'}g; s{https://localhost:14000/dir}{'"$SERVER"'}g' "$@"
}
rewrite "$H"/*.conf "$H"/*/*.conf
find "$H/ca" -name ca.conf | while read -r one; do rewrite "$one"; done
mkdir -p "$T/ssl"
ours() { HOME=$T timeout 60 "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" "$@"; }

ok "list" ours --list --listraw
like "$out" '^one.example\|"ec-256"\|no\|' "one.example"
like "$out" '^rsa.example\|"2048"\|www.rsa.example\|' "rsa.example"
like "$out" '^web.example\|"ec-384"\|www.web.example\|' "web.example"
ok "info" ours --info -d rsa.example
like "$out" "^Le_PreHook=[^_]" "its hooks are decoded"
cp "$H/rsa.example/rsa.example.conf" "$T/before.conf"
rm -f "$H"/*/http.header
sed -i "s/^Le_HTTPPort=.*/Le_HTTPPort='$HTTP_PORT'/" "$H"/*/*.conf
grep -q Le_HTTPPort "$H/rsa.example/rsa.example.conf" || echo "Le_HTTPPort='$HTTP_PORT'" >>"$H/rsa.example/rsa.example.conf"
echo "# a note of mine" >>"$H/rsa.example/rsa.example.conf"
echo "SAVED_MY_THING='keep'" >>"$H/rsa.example/rsa.example.conf"
ok "renew the RSA certificate" ours --renew -d rsa.example --force
chain_ok "openssl verifies it" "$H/rsa.example/fullchain.cer"
has "$H/rsa.example/rsa.example.conf" "^# a note of mine$" "comments are kept"
has "$H/rsa.example/rsa.example.conf" "^SAVED_MY_THING='keep'$" "and keys that we do not know"
has "$H/rsa.example/rsa.example.conf" "^Le_RenewalDays='45'$" "and --days"
keys() { sed -n 's/^\([A-Za-z_0-9]*\)=.*/\1/p' "$1" | grep -v ^Acme_ | sort -u; }
keys "$T/before.conf" >"$T/k1"
keys "$H/rsa.example/rsa.example.conf" >"$T/k2"
is "$(comm -23 "$T/k1" "$T/k2" | tr '\n' ' ')" "" "no key that acme.sh reads is lost"
# acme.sh sources the file: a shell must read the same values
run sh -c '. "$1"; printf "%s" "$Le_Domain $Le_Alt $Le_Keylength"' - "$H/rsa.example/rsa.example.conf"
is "$out" "rsa.example www.rsa.example 2048" "a shell sources what we write"
is "$(openssl x509 -in "$H/rsa.example/rsa.example.cer" -noout -text | grep -o '(2048 bit)')" "(2048 bit)" "it stays RSA"
ok "the installed copy is the new one" cmp "$H/rsa.example/fullchain.cer" "$(sed -n "s/^Le_RealFullChainPath='\(.*\)'/\1/p" "$H/rsa.example/rsa.example.conf")"
ok "renew the EC certificate" ours --renew -d one.example --force
ok "its PKCS#12 is made anew" openssl pkcs12 -in "$H/one.example_ecc/one.example.pfx" -nokeys -passin "pass:p@ss w0rd"
exits 2 "and then nothing is due" ours --renew -d one.example
ok "install" ours --install-cert -d one.example --key-file "$T/ssl/one.key"
ok "revoke" ours --revoke -d one.example
ok "remove" ours --remove -d one.example
done_testing
