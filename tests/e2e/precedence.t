#!/bin/sh
# Who wins: the command line over the environment over the certificate's conf over account.conf. A run
# that fails keeps nothing; one that goes well keeps what it was given.
. "$(dirname "$0")/../lib.sh"
PB_PROFILES='default=7776000 short=518400'
pebble_start
D=$H/p.test_ecc
wrong=$(port)
# plain VARIABLE=VALUE... -- ARGUMENTS...: without --server
plain() {
	env=
	while [ "$1" != -- ]; do
		env="$env $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	env $env HOME="$H" timeout 60 "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" "$@"
}
conf() { sed -n "s/^$1='\(.*\)'$/\1/p" "$D/p.test.conf"; }
account() { sed -n "s/^$1='\(.*\)'$/\1/p" "$H/account.conf"; }
decoded() { conf "$1" | sed 's/__ACME_BASE64__START_//; s/__ACME_BASE64__END_//' | base64 -d; }

# --- a port, in all four places ----------------------------------------------------------------------
ok "issue" plain -- --issue -d p.test --standalone --httpport "$HTTP_PORT" --server "$SERVER" --cert-profile default
is "$(conf Le_HTTPPort)" "$HTTP_PORT" "the port of the command line is kept"
ok "the conf's port serves the renewal" plain -- --renew -d p.test --force
forget
exits 1 "the environment comes before the conf" plain Le_HTTPPort="$wrong" -- --renew -d p.test --force
is "$(conf Le_HTTPPort)" "$HTTP_PORT" "what failed is not kept"
ok "the command line comes before the environment" plain Le_HTTPPort="$wrong" -- --renew -d p.test --force \
	--httpport "$HTTP_PORT"
sed -i "s/^Le_HTTPPort=.*/Le_HTTPPort='$wrong'/" "$D/p.test.conf"
ok "what the environment gave" plain Le_HTTPPort="$HTTP_PORT" -- --renew -d p.test --force
is "$(conf Le_HTTPPort)" "$HTTP_PORT" "is kept when it went well"
echo "Le_HTTPPort='$wrong'" >>"$H/account.conf"
ok "account.conf has nothing to say about a certificate" plain -- --renew -d p.test --force
sed -i /Le_HTTPPort/d "$H/account.conf"

# --- the CA ----------------------------------------------------------------------------------------------
echo "DEFAULT_ACME_SERVER='https://localhost:$wrong/default'" >>"$H/account.conf"
ok "a certificate's CA comes before the default one" plain -- --renew -d p.test --force
exits 1 "the environment's before that" plain ACME_DIRECTORY="https://localhost:$wrong/env" -- --renew -d p.test --force
like "$err" "localhost:$wrong/env" "indeed"
ok "the command line's before all" plain ACME_DIRECTORY="https://localhost:$wrong/env" -- --renew -d p.test --force \
	--server "$SERVER"
is "$(conf Le_API)" "$SERVER" "a failed switch keeps the CA"
exits 1 "the default is for new ones" plain -- --issue -d q.test --standalone
like "$err" "localhost:$wrong/default" "indeed"
exits 1 "the environment comes before it" plain ACME_DIRECTORY="https://localhost:$wrong/env" -- --issue -d q.test --standalone
like "$err" "localhost:$wrong/env" "indeed"
ok "nothing is left of q.test" test ! -e "$H/q.test_ecc/q.test.conf"
sed -i /DEFAULT_ACME/d "$H/account.conf"

# --- days, in three places ------------------------------------------------------------------------------------
next() { echo $((($(conf Le_NextRenewTime) - $(conf Le_CertCreateTime)) / 86400)); }
echo "DEFAULT_RENEW='9'" >>"$H/account.conf"
export NO_ARI=1
ok "account.conf's days" plain -- --renew -d p.test --force
is "$(next)" 8 "hold where nobody says more"
ok "the environment's" plain DEFAULT_RENEW=11 -- --renew -d p.test --force
is "$(next)" 10 "come before them"
ok "the command line's" plain DEFAULT_RENEW=11 Le_RenewalDays=12 -- --renew -d p.test --force --days 20
is "$(next)" 19 "before all"
ok "and then those of the conf" plain DEFAULT_RENEW=11 -- --renew -d p.test --force
is "$(next)" 19 "before account.conf's"
ok "Le_RenewalDays of the environment" plain Le_RenewalDays=12 -- --renew -d p.test --force
is "$(next)" 11 "comes before the conf's"
unset NO_ARI
sed -i /DEFAULT_RENEW/d "$H/account.conf"

# --- a run that fails keeps nothing ---------------------------------------------------------------------------
# what acme.sh would find: all but the record of the failure
state() { cat "$H/account.conf"; grep -v '^Acme_' "$D/p.test.conf"; cksum "$D"/p.test.cer "$D"/*.key "$D"/ca.cer "$D"/fullchain.cer; }
state >"$T/before"
# fails_with NAME ARGUMENTS...
fails_with() {
	name=$1
	shift
	exits 1 "$name" plain -- "$@"
	is "$(state | diff "$T/before" -)" "" "  keeps nothing"
}
fails_with "a wrong port" --renew -d p.test --force --httpport "$wrong" --reloadcmd "echo x" --days 3 --pre-hook true \
	--post-hook true --renew-hook true --useragent broken --log "$T/x.log" --log-level 3 --syslog 3 --auto-upgrade \
	--request-v4 --always-force-new-domain-key --ocsp --extended-key-usage serverAuth --preferred-chain x \
	--dnssleep 3 --key-file "$T/k.pem" --fullchain-file "$T/f.pem" --deploy-hook none --challenge-alias x.test
ok "no file is installed" test ! -e "$T/k.pem" -a ! -e "$T/f.pem"
fails_with "another key length and a wrong port" --renew -d p.test --force -k ec-384 --ecc --httpport "$wrong"
fails_with "a profile that there is not" --renew -d p.test --force --cert-profile nope
fails_with "another CA that is not there" --renew -d p.test --force --server "https://localhost:$wrong/dir"
fails_with "a pre-hook that fails" --renew -d p.test --force --pre-hook false
fails_with "another name and a wrong port" --issue -d p.test -d bad.p.test --standalone --httpport "$wrong"
fails_with "other ways to prove" --issue -d p.test -d bad.p.test -w "$T" --force
fails_with "a target without a folder" --install-cert -d p.test --key-file "$T/no/where"
fails_with "a hook that there is not" --deploy -d p.test --deploy-hook none
fails_with "notifications through nothing" --set-notify --notify-hook none --notify-level 3
fails_with "a CA that nobody knows" --set-default-ca --server nowhere --useragent broken
fails_with "--insecure and a wrong port" --insecure --renew -d p.test --force --httpport "$wrong"

# --- one that goes well keeps all of it --------------------------------------------------------------------------
ok "a renewal with everything" plain -- --renew -d p.test --force -k ec-384 --ecc --cert-profile short --days 2 \
	--pre-hook "echo pre" --post-hook "echo post" --renew-hook "echo renew" --reloadcmd "echo 'a reload'" \
	--key-file "$T/k.pem" --fullchain-file "$T/f.pem" --useragent mine --always-force-new-domain-key --insecure
is "$(conf Le_Keylength) $(conf Le_Certificate_Profile) $(conf Le_RenewalDays) $(conf Le_ForceNewDomainKey)" \
	"ec-384 short 2 1" "settings are kept"
is "$(decoded Le_PreHook)|$(decoded Le_PostHook)|$(decoded Le_RenewHook)|$(decoded Le_ReloadCmd)" \
	"echo pre|echo post|echo renew|echo 'a reload'" "hooks are kept"
is "$(conf Le_RealKeyPath) $(conf Le_RealFullChainPath)" "$T/k.pem $T/f.pem" "targets are kept"
is "$(account USER_AGENT)" mine "the program's settings are kept"
is "$(grep -ri insecure "$H"/account.conf "$D"/p.test.conf)" "" "--insecure is not"
ok "and the next renewal uses them" plain -- --renew -d p.test --force
like "$out" "^pre$" "the hook ran"
ok "the target is the new certificate" cmp "$D/fullchain.cer" "$T/f.pem"
ok "--always-force-new-domain-key 0" plain -- --renew -d p.test --force --always-force-new-domain-key 0
is "$(conf Le_ForceNewDomainKey)" "" "takes it back"
done_testing
