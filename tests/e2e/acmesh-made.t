#!/bin/sh
# Homes as acme.sh and its users leave them, made by hand from what its versions have written: several CAs,
# RSA beside EC, hooks in plain text, old and missing keys, lines that people have edited or damaged.
. "$(dirname "$0")/../lib.sh"
pebble_start
ours() { HOME=$H timeout 60 "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" "$@"; }
b64() { printf "'__ACME_BASE64__START_%s__ACME_BASE64__END_'" "$(printf %s "$1" | base64 -w0)"; }

# An account as acme.sh keeps it, in the place that its first versions had: ca/HOST/, with an RSA key
mkdir -p "$H/ca/localhost"
openssl genrsa -traditional -out "$H/ca/localhost/account.key" 2048 2>/dev/null

# an older key in each certificate's folder, so that renewals have something to keep
# folder NAME FOLDER: its conf is read from stdin; an expired certificate is beside it
folder() {
	mkdir -p "$H/$2"
	cat >"$H/$2/$1.conf"
	case $2 in
	*_ecc) openssl ecparam -name prime256v1 -genkey -noout -out "$H/$2/$1.key" ;;
	*) openssl genrsa -traditional -out "$H/$2/$1.key" 2048 2>/dev/null ;;
	esac
	openssl req -x509 -new -key "$H/$2/$1.key" -subj "/CN=old" -addext "subjectAltName=DNS:$1" -days 1 \
		-out "$H/$2/$1.cer" 2>/dev/null
	cp "$H/$2/$1.cer" "$H/$2/fullchain.cer"
}

# written by acme.sh 2.x: no key length, no CA's name, hooks and reload in plain text, dates as date(1) prints
folder old.test old.test <<END
Le_Domain='old.test'
Le_Alt='no'
Le_Webroot='no'
Le_PreHook='echo plain pre >>$T/log'
Le_PostHook=''
Le_RenewHook=''
Le_API='$SERVER'
Le_LinkCert='https://localhost/cert/1'
Le_CertCreateTime='1490000000'
Le_CertCreateTimeStr='Mon Mar 20 08:53:20 UTC 2017'
Le_NextRenewTimeStr='Fri May 19 08:53:20 UTC 2017'
Le_NextRenewTime='1495184000'
Le_HTTPPort='$HTTP_PORT'
Le_RealCertPath=''
Le_RealCACertPath='no'
Le_RealKeyPath=''
Le_ReloadCmd='echo "plain reload" >>$T/log'
Le_RealFullChainPath='$T/old-full.pem'
END
# its address is that of Let's Encrypt's first protocol
folder v1.test v1.test <<END
Le_Domain='v1.test'
Le_Alt='www.v1.test'
Le_Webroot='$T/www'
Le_API='https://acme-v01.api.letsencrypt.org/directory'
Le_CertCreateTime='1490000000'
Le_NextRenewTime='1495184000'
END
# another CA, another way, credentials, a profile
folder zero.test zero.test_ecc <<END
Le_Domain='zero.test'
Le_Alt='*.zero.test'
Le_Webroot='dns_cf'
Le_PreHook=''
Le_PostHook=''
Le_RenewHook=''
Le_API='https://acme.zerossl.com/v2/DV90'
Le_Keylength='ec-256'
Le_Certificate_Profile='shortlived'
Le_CertCreateTime='1760000000'
Le_CertCreateTimeStr='2025-10-09T08:53:20Z'
Le_NextRenewTimeStr='2126-01-01T00:00:00Z'
Le_NextRenewTime='4922899200'
CF_Zone_ID='0123456789abcdef'
END
# an issue that never succeeded
folder never.test never.test_ecc <<END
Le_Domain='never.test'
Le_Alt='no'
Le_Webroot='no'
Le_API='$SERVER'
Le_Keylength='ec-256'
END
rm "$H/never.test_ecc"/*.key "$H/never.test_ecc"/*.cer
# deployed and installed; base64 of an empty text, as old versions wrote it
mkdir -p "$H/deploy"
printf '#!/bin/sh\necho "deployed $1 with $SAVED_NOTHING" >>%s/log\n' "$T" >"$H/deploy/mine.sh"
chmod +x "$H/deploy/mine.sh"
folder both.test both.test_ecc <<END
Le_Domain='both.test'
Le_Alt='www.both.test,x.both.test'
Le_Webroot='no'
Le_PreHook='__ACME_BASE64__START___ACME_BASE64__END_'
Le_PostHook=$(b64 "echo 'post' \"\$CERT_PATH\" >>$T/log")
Le_RenewHook=$(b64 "echo renewed >>$T/log")
Le_API='$SERVER'
Le_Keylength='ec-256'
Le_OrderFinalize='https://localhost/finalize/1'
Le_LinkOrder='https://localhost/order/1'
Le_LinkCert='https://localhost/cert/2'
Le_CertCreateTime='1690000000'
Le_CertCreateTimeStr='2023-07-22T04:26:40Z'
Le_NextRenewTimeStr='2023-09-20T04:26:40Z'
Le_NextRenewTime='1695184000'
Le_HTTPPort='$HTTP_PORT'
Le_RealCertPath=''
Le_RealCACertPath=''
Le_RealKeyPath='$T/both-key.pem'
Le_ReloadCmd=$(b64 "echo reload >>$T/log")
Le_RealFullChainPath='$T/both-full.pem'
Le_DeployHook='mine,'
SAVED_DEPLOY_MINE_HOST='host.test'
SAVED_DEPLOY_MINE_CMD=$(b64 "it's mine")
Le_PFXPassword='plain old password'
END
folder both.test both.test <<END
Le_Domain='both.test'
Le_Alt='no'
Le_Webroot='no'
Le_API='$SERVER'
Le_Keylength='4096'
Le_CertCreateTime='1690000000'
Le_NextRenewTime='4922899200'
Le_HTTPPort='$HTTP_PORT'
END
# what people do to files: other quotes, variables, comments, a line that they cut, shell code, no last newline
mkdir -p "$H/edited.test_ecc"
printf '%s\n' '# mine: do not touch' 'Le_Domain="edited.test"' "export Le_Alt='no'   " '' 'Le_Webroot=no # the built-in one' \
	"Le_API=\"$SERVER\"" "PORT=$HTTP_PORT" 'Le_HTTPPort="${PORT}"' "Le_Keylength='ec-384'" "Le_CertCreateTime=1690000000" \
	"Le_NextRenewTime=1695184000" "#MY_KEY='off'" 'if true; then FOO=bar; fi' "Le_RealKeyPath='$T/edited.pem'" \
	"Le_RenewalDays='30'" "Le_RenewalDays='45'" >"$H/edited.test_ecc/edited.test.conf"
printf "Le_PostHook='echo last line >>%s/log'" "$T" >>"$H/edited.test_ecc/edited.test.conf"
# acme.sh itself damages a value that has a quote in it
folder broken.test broken.test_ecc <<END
Le_Domain='broken.test'
Le_Alt='no'
Le_Webroot='no'
Le_API='$SERVER'
Le_Keylength='ec-256'
Le_ReloadCmd='echo it's broken'
Le_CertCreateTime='1690000000'
END
# names with an underscore and a wildcard
folder a_b.under.test a_b.under.test_ecc <<END
Le_Domain='a_b.under.test'
Le_Alt='no'
Le_Webroot='no'
Le_API='$SERVER'
Le_Keylength='ec-256'
Le_HTTPPort='$HTTP_PORT'
Le_CertCreateTime='1690000000'
END
folder '*.wild.test' '*.wild.test_ecc' <<END
Le_Domain='*.wild.test'
Le_Alt='no'
Le_Webroot='dns_cf'
Le_API='$SERVER'
Le_Keylength='ec-256'
Le_CertCreateTime='1690000000'
Le_NextRenewTime='4922899200'
END
# what else stands in a home
mkdir -p "$H/dnsapi" "$H/notify" "$H/backup.of.mine" "$H/removed.test_ecc"
echo "Le_Domain='removed.test'" >"$H/removed.test_ecc/removed.test.conf.removed"
echo '#!/bin/sh' >"$H/dnsapi/dns_cf.sh"
printf 'ACCOUNT_EMAIL="me@home.test"\nUPGRADE_HASH='"'abc'"'\nSAVED_CF_Token='"'secret-token'"'\n%s' \
	'export MY_VARIABLE=mine' >"$H/account.conf"
: >"$T/log"
log() { tr '\n' ' ' <"$T/log"; : >"$T/log"; }
keys() { sed -n 's/^\(export \)\{0,1\}\([A-Za-z_0-9]*\)=.*/\2/p' "$1" | grep -v ^Acme_ | sort -u; }

# --- reading ---------------------------------------------------------------------------------------------
exits 1 "list: one conf is damaged" ours --list --listraw
like "$err" "broken.test.conf.*Le_ReloadCmd" "it is named, with the line"
row() { printf '%s\n' "$out" | grep "^$1|"; }
is "$(row old.test | cut -d'|' -f1-5)" "old.test|\"2048\"|no||$SERVER" "no key length means RSA 2048"
is "$(row old.test | cut -d'|' -f7)" "Fri May 19 08:53:20 UTC 2017" "dates are shown as they stand"
is "$(row v1.test | cut -d'|' -f5)" "LetsEncrypt.org" "the CA's first address is known"
is "$(row zero.test | cut -d'|' -f2-5)" '"ec-256"|*.zero.test|shortlived|ZeroSSL.com' "another CA"
is "$(row both.test | wc -l)" 2 "RSA beside EC"
is "$(row edited.test | cut -d'|' -f1-3)" 'edited.test|"ec-384"|no' "other quotes"
is "$(row a_b.under.test | wc -l)$(row '\*.wild.test' | wc -l)$(row never.test | wc -l)" 111 "odd names, and one without a certificate"
is "$(printf '%s\n' "$out" | wc -l)" 10 "and nothing else"
ok "info of the EC one" ours --info -d both.test --ecc
like "$out" "^Le_PostHook=echo 'post' \"\\\$CERT_PATH\" >>$T/log$" "hooks are decoded"
like "$out" "^Le_PreHook=$" "an empty one too"
ok "info of the edited one" ours --info -d edited.test
like "$out" "^Le_HTTPPort=$HTTP_PORT$" "variables of the file are put in"
like "$out" "^Le_RenewalDays=45$" "the last line counts"

# --- renewing ----------------------------------------------------------------------------------------------
for one in both.test_ecc/both.test old.test/old.test edited.test_ecc/edited.test; do
	keys "$H/$one.conf" >"$T/keys.$(basename $one)"
	cp "$H/$one.conf" "$T/$(basename $one).conf"
done
ok "by the account of the old place" ours --renew -d old.test
ok "it was moved" test -e "$H/ca/localhost/dir/account.key" -a ! -e "$H/ca/localhost/account.key"
like "$(log)" "plain pre plain reload" "plain hooks run"
is "$(openssl x509 -in "$H/old.test/old.test.cer" -noout -text | grep -o '(2048 bit)')" "(2048 bit)" "it stays RSA"
has "$H/old.test/old.test.conf" "^Le_ReloadCmd='echo \"plain reload\" >>$T/log'$" "its lines stay as they were"
ok "renew both.test: the EC one" ours --renew -d both.test --ecc
like "$(log)" "reload post $H/both.test_ecc/both.test.cer renewed deployed both.test" "all its hooks ran, in acme.sh's order"
ok "the targets are filled" cmp "$H/both.test_ecc/fullchain.cer" "$T/both-full.pem"
ok "the PKCS#12 file too" openssl pkcs12 -in "$H/both.test_ecc/both.test.pfx" -nokeys -passin "pass:plain old password"
exits 2 "the RSA one is not due" ours --renew -d both.test
ok "but by force" ours --renew -d both.test --force -k 2048
is "$(openssl x509 -in "$H/both.test/both.test.cer" -noout -text | grep -c 'rsaEncryption')" 1 "it stays RSA"
is "$(openssl x509 -in "$H/both.test_ecc/both.test.cer" -noout -text | grep -c 'id-ecPublicKey')" 1 "the other one EC"
ok "renew the edited one" ours --renew -d edited.test
E=$H/edited.test_ecc/edited.test.conf
for line in '# mine: do not touch' 'Le_Domain="edited.test"' "export Le_Alt='no'   " 'Le_Webroot=no # the built-in one' \
	'if true; then FOO=bar; fi' "#MY_KEY='off'"; do
	is "$(grep -cFx "$line" "$E")" 1 "kept: $line"
done
like "$(log)" "last line" "its last line without a newline counts"
ok "its key is where it was wanted" cmp "$H/edited.test_ecc/edited.test.key" "$T/edited.pem"
for one in both.test_ecc/both.test old.test/old.test edited.test_ecc/edited.test; do
	keys "$H/$one.conf" >"$T/now"
	is "$(comm -23 "$T/keys.$(basename $one)" "$T/now" | tr '\n' ' ')" "" "$(basename $one): no key is lost"
done
# values FILE SHELL: what a shell that sources it reads, for the keys that a renewal leaves alone
values() {
	grep -vE 'Le_(OrderFinalize|LinkOrder|LinkCert|CertCreate|NextRenew|RenewalDays|Keylength|RealCACert)' "$1" >"$T/part"
	$2 -c ". '$T/part'; set" | grep -E '^(Le_|SAVED_)' | sort
}
for sh in dash bash; do
	command -v $sh >/dev/null || continue
	for one in both.test_ecc/both.test old.test/old.test; do
		values "$T/$(basename $one).conf" $sh >"$T/v1"
		values "$H/$one.conf" $sh >"$T/v2"
		is "$(diff "$T/v1" "$T/v2")" "" "$sh reads the same in $(basename $one).conf as before"
	done
done
exits 1 "a name with an underscore, which CAs refuse" ours --renew -d a_b.under.test --force
like "$err" "illegal character: '_'" "in the CA's own words"
exits 1 "one that never was issued, with a port that is not the CA's" ours --renew -d never.test
ok "and with the right one" ours --renew -d never.test --httpport "$HTTP_PORT" --force
has "$H/never.test_ecc/never.test.conf" "^Le_CertCreateTime='[0-9]*'$" "it is one now"
run env https_proxy=http://127.0.0.1:1 HOME="$H" "$ACME_BIN" --home "$H" --renew -d v1.test
like "$err" "LetsEncrypt.org|acme-v02" "the first protocol's certificate is renewed by the second one"
exits 1 "the damaged one is not renewed" ours --renew -d broken.test --force
like "$err" "broken.test.conf is damaged.*Le_ReloadCmd" "and says why"
has "$H/broken.test_ecc/broken.test.conf" "^Le_ReloadCmd='echo it's broken'$" "it is left alone"

# --- the rest of its life -------------------------------------------------------------------------------------
ok "install-cert" ours --install-cert -d old.test --key-file "$T/old-key.pem"
has "$H/old.test/old.test.conf" "^Le_RealFullChainPath=''$" "blanks the targets that it does not name, as acme.sh does"
ok "revoke the EC one" ours --revoke -d both.test --ecc
ok "its RSA brother stays" test -s "$H/both.test/both.test.cer"
ok "remove" ours --remove -d both.test --ecc
ok "as acme.sh does it" test -e "$H/both.test_ecc/both.test.conf.removed" -a ! -e "$H/both.test_ecc/both.test.conf"
rm -rf "$H/broken.test_ecc" "$H/v1.test" # Let's Encrypt is not to be asked
ok "cron" ours --cron
has "$H/account.conf" '^ACCOUNT_EMAIL="me@home.test"$' "account.conf: lines stay as they are"
has "$H/account.conf" '^export MY_VARIABLE=mine$' "the last one, without a newline, too"
has "$H/account.conf" "^SAVED_CF_Token='secret-token'$" "credentials too"
ok "the old hooks stay" test -e "$H/dnsapi/dns_cf.sh"
done_testing
