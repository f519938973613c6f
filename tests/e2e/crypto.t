#!/bin/sh
# What the crypto modules write, checked with openssl (and Java's keytool when there is one): keys,
# requests, PKCS#12, the tls-alpn-01 certificate. The unit tests' programs do the writing.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mode=$(basename "$(dirname "$ACME_BIN")")
bins=$TOP/build/$mode/tests
make -s -C "$TOP" MODE="$mode" "build/$mode/tests/t_key" "build/$mode/tests/t_cert" \
	"build/$mode/tests/t_csr" "build/$mode/tests/t_pkcs12" >"$T/make.log" 2>&1 ||
	give_up "the helper programs cannot be built"
cd "$T" || exit 1

# --- keys: the bytes that openssl would have written ----------------------------------------------
for length in ec-256 ec-384 ec-521 2048; do
	case $length in ec-*) label='EC PRIVATE KEY' ;; *) label='RSA PRIVATE KEY' ;; esac
	ok "$length: made" "$bins/t_key" --make $length k
	is "$(sed -n 1p k.key)" "-----BEGIN $label-----" "$length: first line"
	openssl pkey -in k.key -traditional -out want.key 2>err
	ok "$length: as openssl writes it" cmp k.key want.key
	openssl pkcs8 -topk8 -nocrypt -in k.key -out want.p8 2>err
	ok "$length: PKCS#8 as openssl writes it" cmp k.p8 want.p8
	openssl pkey -in k.key -pubout -outform DER -out want.pub 2>err
	ok "$length: public key as openssl writes it" cmp k.pub want.pub
	ok "$length: openssl finds it consistent" openssl pkey -in k.p8 -check -noout
	for form in "pkcs8 -topk8 -nocrypt -in k.key" "pkey -in k.key -traditional -outform DER" \
		"pkey -in k.key -outform DER"; do
		# shellcheck disable=SC2086 # a list of words
		openssl $form -out other.key 2>err
		"$bins/t_key" --rewrite other.key >again.key
		ok "$length: read from '$form'" cmp k.key again.key
	done
done

# --- requests -------------------------------------------------------------------------------------
verify_csr() {
	ok "$1: openssl verifies it" openssl req -in r.csr -noout -verify
	text=$(openssl req -in r.csr -noout -text)
}
"$bins/t_csr" --make ec-256 example.com serverAuth,clientAuth yes \
	example.com '*.example.com' 192.0.2.7 2001:db8::1 www.example.com >r.csr
verify_csr "request with everything"
like "$text" 'Subject: CN *= *example.com$' "subject"
like "$text" 'DNS:example.com, DNS:\*.example.com, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:1, DNS:www.example.com$' \
	"names in the given order, addresses as addresses"
like "$text" 'TLS Web Server Authentication, TLS Web Client Authentication' "extended key usage"
like "$text" 'status_request' "must-staple"
like "$text" 'ecdsa-with-SHA256' "signature algorithm"
for length in ec-384 ec-521 2048; do
	"$bins/t_csr" --make $length - - no example.com >r.csr
	verify_csr "$length"
	like "$text" 'Subject: *$' "$length: empty subject"
	unlike "$text" 'Extended Key Usage|TLS Feature' "$length: nothing else"
done

# What openssl writes, we read.
printf '[req]\ndistinguished_name=dn\n[dn]\n' >req.cnf
for new in "ec -pkeyopt ec_paramgen_curve:P-384" "rsa:2048"; do
	# shellcheck disable=SC2086 # a list of words
	openssl req -new -config req.cnf -newkey $new -nodes -keyout other.key -subj /CN=a.test \
		-addext 'subjectAltName=DNS:A.test,IP:::1,DNS:b.test' -out other.csr 2>err
	like "$("$bins/t_csr" --show other.csr)" '^a.test\|(secp384r1|2048)\|a.test ::1 b.test$' \
		"openssl's request is read: $new"
done
openssl req -new -config req.cnf -newkey ed25519 -nodes -keyout other.key -subj /CN=a.test \
	-out other.csr 2>err
like "$("$bins/t_csr" --show other.csr)" 'neither RSA nor EC' "an Ed25519 request is refused"

# --- PKCS#12 --------------------------------------------------------------------------------------
p12() {
	kind=$1 password=$2 extra=$3
	ok "PKCS#12 $kind: made" "$bins/t_pkcs12" --make "$kind" "$password" 'Bücher #1' out.pfx
	# shellcheck disable=SC2086 # $extra may be no word
	ok "PKCS#12 $kind: openssl reads it" \
		openssl pkcs12 -in out.pfx -info -nodes -passin "pass:$password" $extra
	is "$(printf '%s\n' "$out" | grep -c 'BEGIN CERTIFICATE')" 2 "PKCS#12 $kind: two certificates"
	like "$out" 'BEGIN PRIVATE KEY' "PKCS#12 $kind: the key"
	like "$out" 'localKeyID: [0-9A-F]' "PKCS#12 $kind: localKeyID"
	like "$out" 'friendlyName: ' "PKCS#12 $kind: friendlyName"
	printf '%s\n' "$out" | openssl pkey -outform DER -out got.der 2>/dev/null
	like "$(openssl pkey -inform DER -in got.der -noout -text 2>&1)" 'c9:af:a9:d8:45:ba:75' \
		"PKCS#12 $kind: it is the same key"
	# shellcheck disable=SC2086
	fails "PKCS#12 $kind: another password does not open it" \
		openssl pkcs12 -in out.pfx -nodes -passin pass:other $extra
	if command -v keytool >/dev/null; then
		ok "PKCS#12 $kind: Java reads it" keytool -list -v -storetype PKCS12 -keystore out.pfx \
			-storepass "$password"
		like "$out" 'PrivateKeyEntry' "PKCS#12 $kind: Java finds the key"
		like "$out" 'chain length: 2' "PKCS#12 $kind: Java ties the chain to it"
	else
		skip "PKCS#12 $kind: Java" "no keytool"
	fi
}
p12 modern secret ''
openssl pkcs12 -in out.pfx -info -noout -passin pass:secret 2>info
has info 'MAC: sha256, Iteration 10000' "modern MAC"
has info 'PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256' "modern encryption"
p12 modern 'a password of more than thirty-one characters' ''
p12 legacy secret -legacy
openssl pkcs12 -in out.pfx -info -noout -passin pass:secret -legacy 2>info
has info 'MAC: sha1, Iteration 2048' "legacy MAC"
has info 'pbeWithSHA1And3-KeyTripleDES-CBC' "legacy encryption"
"$bins/t_pkcs12" --make modern secret '' out.pfx
ok "PKCS#12 without a name" openssl pkcs12 -in out.pfx -nodes -passin pass:secret
like "$out" 'localKeyID: [0-9A-F]' "PKCS#12 without a name: localKeyID"
unlike "$out" 'friendlyName' "PKCS#12 without a name: no friendlyName"
# Java takes ASCII passwords only.
for kind in modern legacy; do
	"$bins/t_pkcs12" --make $kind 'pässword €𝄞' x out.pfx
	ok "PKCS#12 $kind: password beyond ASCII" \
		openssl pkcs12 -in out.pfx -noout -passin 'pass:pässword €𝄞' -legacy
done

# --- the tls-alpn-01 certificate (RFC 8737 3) -----------------------------------------------------
for id in example.com 192.0.2.7 2001:db8::1; do
	"$bins/t_cert" --alpn $id >alpn.pem
	ok "tls-alpn-01 $id: openssl reads it" openssl x509 -in alpn.pem -noout -text
	like "$out" '1.3.6.1.5.5.7.1.31: critical$' "tls-alpn-01 $id: critical acmeIdentifier"
	like "$out" 'Version: 3' "tls-alpn-01 $id: version"
	is "$(names alpn.pem | wc -l | tr -d ' ')" 1 "tls-alpn-01 $id: one name"
	ok "tls-alpn-01 $id: self-signed, valid now" \
		openssl verify -ignore_critical -check_ss_sig -CAfile alpn.pem alpn.pem
done

done_testing
