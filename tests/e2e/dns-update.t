#!/bin/sh
# DNS updates (RFC 2136) with TSIG: dns_nsupdate and dns_knot against BIND and Knot. What came of it
# is read from the zone that the server transfers to dig, or by its own tools: not by ourselves.
. "$(dirname "$0")/../lib.sh"
for tool in named knotd dig; do
	command -v $tool >/dev/null || give_up "no $tool: run sh tests/need.sh test"
done

b64() { printf '%s' "$1" | openssl base64 -A; }
secret=$(b64 'a secret of thirty-two characters')
N=$T/named
mkdir -p "$N" "$T/knot/zones"

# One key an algorithm, and one that is allowed nothing.
for h in md5 sha1 sha224 sha256 sha384 sha512; do
	printf '// made by hand\nkey "k-%s" {\n\talgorithm hmac-%s;\n\tsecret "%s"; # shared\n};\n' \
		$h $h "$secret" >"$N/$h.key"
done
sed 's/k-sha256/idle/' "$N/sha256.key" >"$N/idle.key"
sed 's/k-sha256/unknown/' "$N/sha256.key" >"$N/unknown.key"
sed "s|$secret|$(b64 'quite another secret')|" "$N/sha256.key" >"$N/wrong.key"
printf 'k-md5. IN KEY 512 3 157 %s\n' "$secret" >"$N/Kk-md5.+157+00001.key"
printf 'Private-key-format: v1.3\n' >"$N/Kk-md5.+157+00001.private"

zone_file() {
	cat <<-END
		\$TTL 60
		@ SOA ns.$1. admin.$1. 1 3600 600 86400 60
		@ NS ns.$1.
		ns A 127.0.0.1
		_acme-challenge TXT "somebody else's"
		sub.delegated NS ns.elsewhere.test.
	END
}
zones="example.test deep.example.test open.test tcp.test"
{
	echo "options { directory \"$N\"; pid-file none; session-keyfile none; recursion no; notify no;"
	echo "listen-on port $(port | tee "$T/bport") { 127.0.0.1; }; listen-on-v6 { none; };"
	echo "dnssec-validation no; allow-transfer { any; }; };"
	echo 'controls { };'
	allowed=
	for h in md5 sha1 sha224 sha256 sha384 sha512; do
		cat "$N/$h.key"
		allowed="$allowed key k-$h;"
	done
	cat "$N/idle.key"
	for z in $zones; do
		zone_file "$z" >"$N/$z"
		who=$allowed
		[ "$z" != open.test ] || who="127.0.0.1;"
		echo "zone $z { type primary; file \"$z\"; allow-update { $who }; };"
	done
} >"$N/named.conf"
BPORT=$(cat "$T/bport")
spawn named named -g -n 1 -c "$N/named.conf"
NAMED=$pid

KPORT=$(port)
cat >"$T/knot/knot.conf" <<-END
	server:
	    listen: [ 127.0.0.1@$KPORT, ::1@$KPORT ]
	    rundir: "$T/knot"
	    udp-workers: 1
	    tcp-workers: 1
	    background-workers: 1
	log:
	  - target: stderr
	    any: info
	database:
	    storage: "$T/knot"
	key:
	  - id: acme
	    algorithm: hmac-sha512
	    secret: $secret
	  - id: idle
	    algorithm: hmac-sha256
	    secret: $secret
	acl:
	  - id: update
	    key: acme
	    action: update
	  - id: read
	    address: 127.0.0.0/8
	    action: transfer
	template:
	  - id: default
	    storage: "$T/knot/zones"
	    file: "%s"
	    zonefile-load: difference
	    acl: [ update, read ]
	zone:
	  - domain: knot.test
	  - domain: a.b.knot.test
END
for z in knot.test a.b.knot.test; do
	zone_file "$z" >"$T/knot/zones/$z"
done
spawn knotd knotd -c "$T/knot/knot.conf"
wait_for 20 listening "$BPORT" || give_up "named did not start"
wait_for 20 listening "$KPORT" || give_up "knotd did not start"

# txt PORT NAME: the values there, sorted, in one line
txt() {
	dig +short +norecurse +tries=1 +time=5 -p "$1" @127.0.0.1 "$2" TXT | tr -d '"' | sort | tr '\n' ' '
}
wait_for 20 dig +tries=1 +time=1 -p "$KPORT" @127.0.0.1 knot.test SOA

# change add|rm DRIVER NAME VALUE, settings in the environment
change() {
	acme "--dns-$1" --dns "$2" --dns-name "$3" --dns-value "$4"
}
clean() { rm -f "$H/account.conf"; }
V=-gDj0AL2BHzYyI0jJM7XSuJHL9AWpPj7yUEHMQjrJHw
W=q8hpFqPCUUXFsKXQ3b2oYm7QTVlfRBSdBu3qR_DrH_E

# --- BIND ---
export NSUPDATE_SERVER=127.0.0.1 NSUPDATE_SERVER_PORT="$BPORT"
for h in md5 sha1 sha224 sha256 sha384 sha512; do
	NSUPDATE_KEY=$N/$h.key
	export NSUPDATE_KEY
	ok "HMAC-$h: add" change add dns_nsupdate _acme-challenge.$h.example.test $V
	is "$(txt "$BPORT" _acme-challenge.$h.example.test)" "$V " "it is there"
	ok "HMAC-$h: rm" change rm dns_nsupdate _acme-challenge.$h.example.test $V
	is "$(txt "$BPORT" _acme-challenge.$h.example.test)" "" "it is gone"
done
export NSUPDATE_KEY="$N/sha256.key"
ok "a value beside another" change add dns_nsupdate _acme-challenge.example.test $V
ok "and one more" change add dns_nsupdate _acme-challenge.example.test $W
ok "once more the same" change add dns_nsupdate _acme-challenge.example.test $W
is "$(txt "$BPORT" _acme-challenge.example.test)" "$V $W somebody else's " "all are there"
ok "one is removed" change rm dns_nsupdate _acme-challenge.example.test $V
is "$(txt "$BPORT" _acme-challenge.example.test)" "$W somebody else's " "the others stay"
ok "what is not there can be removed" change rm dns_nsupdate _acme-challenge.example.test $V
ok "the other one is removed" change rm dns_nsupdate _acme-challenge.example.test $W
is "$(txt "$BPORT" _acme-challenge.example.test)" "somebody else's " "one that is not ours stays"

ok "a zone within a zone" change add dns_nsupdate _acme-challenge.deep.example.test $V
is "$(txt "$BPORT" _acme-challenge.deep.example.test)" "$V somebody else's " "has it"
long=$(printf '%0600d' 7)
ok "a long value, which goes by TCP" change add dns_nsupdate long.example.test "$long"
is "$(txt "$BPORT" long.example.test | tr -d ' ')" "$long" "is there in pieces"

has "$H/account.conf" "^SAVED_NSUPDATE_SERVER='127.0.0.1'$" "the server is saved"
has "$H/account.conf" "^SAVED_NSUPDATE_KEY='$N/sha256.key'$" "so is the key file"
saved() {
	unset NSUPDATE_SERVER NSUPDATE_SERVER_PORT NSUPDATE_KEY
	change "$@"
}
ok "what was saved serves" eval "(saved add dns_nsupdate saved.example.test $V)"
is "$(txt "$BPORT" saved.example.test)" "$V " "so it is there"

# opt NAME OPTIONS KEYFILE
opt() {
	clean
	ok "$1" eval "NSUPDATE_KEY='$3' NSUPDATE_OPT='$2' change add dns_nsupdate opt.tcp.test $V"
	is "$(txt "$BPORT" opt.tcp.test)" "$V " "it is there"
	ok "and goes" eval "NSUPDATE_KEY='$3' NSUPDATE_OPT='$2' change rm dns_nsupdate opt.tcp.test $V"
}
opt "by TCP" -v "$N/sha256.key"
opt "IPv4 and a port" "-4d -p $BPORT -t5" "$N/sha256.key"
opt "a key in the options" "-y hmac-sha512:k-sha512:$secret" ""
opt "a key in the options, of nsupdate's default" "-y k-md5:$secret" ""
opt "a key file in the options" "-vk $N/sha1.key" "$N/wrong.key"
opt "dnssec-keygen's files" "" "$N/Kk-md5.+157+00001.private"
clean
ok "two servers" eval "NSUPDATE_SERVER=127.0.0.1:$BPORT,localhost:$BPORT NSUPDATE_SERVER_PORT= \
	change add dns_nsupdate two.example.test $V"
ok "the zone given" eval "NSUPDATE_ZONE=example.test. change add dns_nsupdate given.example.test $V"
is "$(txt "$BPORT" given.example.test)" "$V " "it is there"
clean
ok "without a key, where that is allowed" eval "NSUPDATE_KEY= change add dns_nsupdate x.open.test $V"
is "$(txt "$BPORT" x.open.test)" "$V " "it is there"

# no NAME REGEX COMMAND: it fails with that text, and does not tell the secret
no() {
	clean
	fails "$1" eval "$3"
	like "$out$err" "$2" "says so: $2"
	unlike "$out$err" "$secret" "does not tell the secret"
}
add="change add dns_nsupdate x.example.test $V"
no "the server does not know the key" "BADKEY.*does not know key unknown .hmac-sha256." "NSUPDATE_KEY=$N/unknown.key $add"
no "another algorithm" "BADKEY" "NSUPDATE_KEY= NSUPDATE_OPT='-y hmac-sha1:k-sha256:$secret' $add"
no "another secret" "BADSIG.*another secret" "NSUPDATE_KEY=$N/wrong.key $add"
no "a key that may do nothing" "REFUSED.*allow-update" "NSUPDATE_KEY=$N/idle.key $add"
no "no key where one is needed" "REFUSED" "NSUPDATE_KEY= $add"
no "no such zone" "no zone" "change add dns_nsupdate x.other.test $V"
no "a delegated name" "has delegated sub.delegated.example.test to ns.elsewhere.test" \
	"change add dns_nsupdate x.sub.delegated.example.test $V"
no "a zone that is not there" "NOTAUTH.*primary" "NSUPDATE_ZONE=x.other.test change add dns_nsupdate x.other.test $V"
no "a zone that has not the name" "NSUPDATE_ZONE is other.test" "NSUPDATE_ZONE=other.test $add"
no "no server there" "Connection refused" "NSUPDATE_SERVER=127.0.0.1:$(port) $add"
no "one server of two" "Connection refused" "NSUPDATE_ZONE=example.test NSUPDATE_SERVER=127.0.0.1:$(port),127.0.0.1:$BPORT $add"
is "$(txt "$BPORT" x.example.test)" "$V " "the other server was told"
no "no key file" "nosuch.key: No such file" "NSUPDATE_KEY=$N/nosuch.key $add"
no "a file without key" "there is no TSIG key in it" "NSUPDATE_KEY=$N/example.test $add"
no "Kerberos" "-g cannot be honoured.*Kerberos" "NSUPDATE_OPT=-g $add"
no "an unknown option" "'-Q' is not known" "NSUPDATE_OPT=-Q $add"
no "an option without value" "-p wants a value" "NSUPDATE_OPT=-p $add"

# --- Knot ---
unset NSUPDATE_SERVER NSUPDATE_SERVER_PORT NSUPDATE_KEY
clean
export KNOT_SERVER="127.0.0.1:$KPORT" KNOT_KEY="hmac-sha512:acme:$secret"
ok "Knot: add" change add dns_knot _acme-challenge.www.knot.test $V
ok "Knot: a second value" change add dns_knot _acme-challenge.www.knot.test $W
is "$(txt "$KPORT" _acme-challenge.www.knot.test)" "$V $W " "both are there"
ok "Knot: rm" change rm dns_knot _acme-challenge.www.knot.test $V
is "$(txt "$KPORT" _acme-challenge.www.knot.test)" "$W " "the other one stays"
ok "Knot: a deeper zone" change add dns_knot _acme-challenge.a.b.knot.test $V
is "$(txt "$KPORT" _acme-challenge.a.b.knot.test)" "$V somebody else's " "has it"
ok "Knot: over IPv6, the key in words" eval "KNOT_SERVER='[::1]:$KPORT' KNOT_KEY='hmac-sha512:acme $secret' \
	change rm dns_knot _acme-challenge.a.b.knot.test $V"
is "$(txt "$KPORT" _acme-challenge.a.b.knot.test)" "somebody else's " "it is gone"
add="change add dns_knot x.knot.test $V"
no "Knot: a key that may do nothing" "BADKEY.*lets it do nothing" "KNOT_KEY=idle:$secret $add"
no "Knot: another secret" "BADSIG" "KNOT_KEY=hmac-sha512:acme:c2VjcmV0 $add"
no "Knot: an unknown key" "BADKEY" "KNOT_KEY=hmac-sha512:other:$secret $add"
no "Knot: no base64" "is not base64" "KNOT_KEY=hmac-sha512:acme:*** $add"
no "Knot: no algorithm" "'rsa' is no algorithm" "KNOT_KEY=rsa:acme:$secret $add"
no "Knot: through dns_nsupdate" "BADKEY" \
	"NSUPDATE_SERVER=::1 NSUPDATE_SERVER_PORT=$KPORT NSUPDATE_OPT='-6 -y hmac-sha512:none:$secret' change add dns_nsupdate x.knot.test $V"
done_testing
