#!/bin/sh
# --upgrade and install.sh against a local HTTPS server: good releases, and every bad one.
. "$(dirname "$0")/../lib.sh"
R=$T/releases
mkdir -p "$R/latest" "$H"
PORT=$(port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost -keyout "$T/tls.key" -out "$T/tls.pem" 2>/dev/null
openssl ecparam -name prime256v1 -genkey -noout -out "$T/sign.key"
openssl ecparam -name prime256v1 -genkey -noout -out "$T/other.key"
openssl pkey -in "$T/sign.key" -pubout -out "$T/sign.pub" 2>/dev/null
cd "$R" || exit 1
spawn https openssl s_server -accept "$PORT" -cert "$T/tls.pem" -key "$T/tls.key" -WWW -quiet
cd "$TOP" || exit 1
ok "a release server" wait_for 5 listening "$PORT"
export ACME_RELEASE_URL="https://localhost:$PORT" ACME_RELEASE_KEY="$T/sign.pub" CA_BUNDLE="$T/tls.pem"
program=acme-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)

# release FOLDER VERSION KEY: a release whose program tells that version
release() {
	mkdir -p "$R/$1"
	printf '#!/bin/sh\nprintf "acme\\nv%s\\n"\n' "$2" >"$R/$1/$program"
	(cd "$R/$1" && { echo "acme $2"; sha256sum "$program"; } >SHA256SUMS)
	openssl dgst -sha256 -sign "$3" -out "$R/$1/SHA256SUMS.sig" "$R/$1/SHA256SUMS"
}
up() { HOME=$H timeout 60 "$ACME_BIN" --home "$H" --upgrade "$@"; }
cp "$ACME_BIN" "$H/acme"
same() { cmp "$ACME_BIN" "$H/acme" && [ ! -e "$H/acme.new" ]; }
now=$("$ACME_BIN" --version | sed -n 's/^v//p')

release latest 99.0.0 "$T/other.key"
exits 1 "signed by somebody else" up
like "$err" "not signed" "says so"
ok "nothing was changed" same
release latest 99.0.0 "$T/sign.key"
echo tampered >>"$R/latest/$program"
exits 1 "a program that was changed" up
like "$err" "SHA-256" "says so"
ok "nothing was changed" same
release latest 99.0.0 "$T/sign.key"
sed -i 's/99/98/' "$R/latest/SHA256SUMS"
exits 1 "a list that was changed" up
ok "nothing was changed" same
release latest 99.0.0 "$T/sign.key"
head -c 10 "$R/latest/$program" >"$T/cut" && cp "$T/cut" "$R/latest/$program"
exits 1 "a program that is cut off" up
ok "nothing was changed" same
rm "$R/latest/$program"
exits 1 "a program that is not there" up
ok "nothing was changed" same
release latest 99.0.0 "$T/sign.key"
printf '#!/bin/sh\nexit 1\n' >"$R/latest/$program"
(cd "$R/latest" && { echo "acme 99.0.0"; sha256sum "$program"; } >SHA256SUMS)
openssl dgst -sha256 -sign "$T/sign.key" -out "$R/latest/SHA256SUMS.sig" "$R/latest/SHA256SUMS"
exits 1 "a program that does not run here" up
ok "nothing was changed" same

release latest "$now" "$T/sign.key"
exits 0 "the same version" up
like "$out" "Already up to date!" "says so"
ok "nothing was changed" same
release latest 0.0.1 "$T/sign.key"
exits 1 "an older version that somebody replays" up
like "$err" "older" "says so"
ok "nothing was changed" same

release latest 99.0.0 "$T/sign.key"
exits 0 "a good release" up
is "$("$H/acme" --version | tail -n 1)" "v99.0.0" "is in place"
ok "the old program is kept" cmp "$ACME_BIN" "$H/acme.old"
exits 0 "rollback" up --rollback
ok "puts it back" same
exits 1 "nothing to go back to any more" up --rollback
release v0.0.1 0.0.1 "$T/sign.key"
exits 0 "a tag, older, by force" up -b v0.0.1 --force
is "$("$H/acme" --version | tail -n 1)" "v0.0.1" "is in place"
exits 0 "auto-upgrade is kept" up --auto-upgrade
has "$H/account.conf" "^AUTO_UPGRADE='1'$" "in account.conf"
exits 0 "and taken back" up --auto-upgrade 0
has "$H/account.conf" "^AUTO_UPGRADE='0'$" "there too"
unset ACME_RELEASE_URL
exits 1 "no address is known" up
like "$err" "checkout" "the way out is named"

# make dist, and install.sh with what it made
BINARY=$ACME_BIN RELEASE_URL="https://localhost:$PORT" sh tests/dist.sh "$T/sign.key" "$R/latest" >/dev/null || flunk "dist.sh"
me() { env -i HOME="$T/user" SHELL=/bin/sh PATH="$PATH" ACME_RELEASE_KEY="$T/sign.pub" CURL_CA_BUNDLE="$T/tls.pem" \
	SSL_CERT_FILE="$T/tls.pem" "$@"; }
mkdir "$T/user" && touch "$T/user/.profile"
ok "curl | sh" me sh -c "cat '$R/latest/install.sh' | sh -s -- --nocron"
ok "installs the program of the release" cmp "$ACME_BIN" "$T/user/.acme.sh/acme"
rm -rf "$T/user/.acme.sh"
n=$(wc -c <"$R/latest/install.sh")
left=0
for cut in 2 3 4 5 6 7 8 9 10 12 15 20 50 100 500 1000; do
	me sh -c "head -c $((n - cut)) '$R/latest/install.sh' | sh -s -- --nocron" >/dev/null 2>&1
	[ ! -e "$T/user/.acme.sh" ] || left=$((left + 1))
done
is $left 0 "cut off anywhere, it runs nothing"
echo "# changed" >>"$R/latest/$program"
fails "install.sh: a wrong hash" me sh -c "cat '$R/latest/install.sh' | sh -s -- --nocron"
ok "installs nothing" test ! -e "$T/user/.acme.sh"
BINARY=$ACME_BIN RELEASE_URL="https://localhost:$PORT" sh tests/dist.sh "$T/other.key" "$R/latest" >/dev/null
fails "install.sh: a wrong signature" me sh -c "cat '$R/latest/install.sh' | sh -s -- --nocron"
like "$err" "signature" "says so"
ok "installs nothing" test ! -e "$T/user/.acme.sh"
sed "s|^RELEASE_URL=.*|RELEASE_URL=''|" "$R/latest/install.sh" >"$T/none.sh"
fails "install.sh: no address" me sh -c "cat '$T/none.sh' | sh"
like "$err" "checkout" "says what to do"
done_testing
