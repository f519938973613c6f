#!/bin/sh
# Hooks: their order, environment and failures; what is owed is done again; deploy and notification
# programs.
. "$(dirname "$0")/../lib.sh"
pebble_start
D=$H/h.test_ecc
issue() { acme --issue -d h.test --standalone --httpport "$HTTP_PORT" "$@"; }
log() { tr '\n' ' ' <"$T/log"; : >"$T/log"; }
: >"$T/log"

ok "issue with hooks" issue --pre-hook "echo pre-\$Le_Domain >>$T/log" --post-hook "echo post >>$T/log" \
	--renew-hook "echo renew >>$T/log" --reloadcmd "echo reload >>$T/log"
is "$(log)" "pre-h.test reload post " "in acme.sh's order; no renew hook at issue"
ok "renew" acme --renew -d h.test --force
is "$(log)" "pre-h.test reload post renew " "and the renew hook"
has "$D/h.test.conf" "^Le_PreHook='__ACME_BASE64__START_.*__ACME_BASE64__END_'$" "kept as acme.sh keeps them"
exits 2 "skipped: no hook runs" acme --renew -d h.test
is "$(log)" "" "none"

# a pre-hook that fails stops the attempt, the post-hook runs
exits 1 "a pre-hook that fails" acme --renew -d h.test --force --pre-hook "echo no >>$T/log; exit 9"
is "$(log)" "no post " "post-hook only"
like "$err" "pre hook.*exit code 9" "told with its exit code"
ok "nothing of the failed run is kept" sh -c "! grep -q \$(printf 'echo no' | base64 | cut -c1-8) $D/h.test.conf"

# a reload that fails: the certificate is in place, the reload is owed
before=$(openssl x509 -in "$D/h.test.cer" -noout -serial)
exits 1 "a reload that fails" acme --renew -d h.test --force --reloadcmd "test -e $T/up && echo late >>$T/log"
isnt "$(openssl x509 -in "$D/h.test.cer" -noout -serial)" "$before" "the new certificate is in place"
has "$D/h.test.conf" "^Acme_Owed='install'$" "what is owed is recorded"
is "$(log)" "pre-h.test post renew " "the other hooks ran"
exits 1 "still owed" acme --cron
is "$(log)" "" "nothing else is run again"
touch "$T/up"
exits 0 "and done when it can be" acme --cron
is "$(log)" "late " "once"
hasnt "$D/h.test.conf" "^Acme_Owed" "nothing is owed any more"

# options that acme.sh ignores at --renew are honoured, and kept when it went well
mkdir "$T/www"
ok "a new reload command at --renew" acme --renew -d h.test --force --reloadcmd "echo new >>$T/log"
log >/dev/null
ok "is kept" acme --renew -d h.test --force
like "$(log)" "new " "and runs"
forget
exits 1 "a webroot that does not work" acme --renew -d h.test --force -w "$T/www"
has "$D/h.test.conf" "^Le_Webroot='no'$" "is not kept"
ok "another key length at --renew" acme --renew -d h.test --force --ecc -k ec-384
has "$D/h.test.conf" "^Le_Keylength='ec-384'$" "is kept"
is "$(openssl x509 -in "$D/h.test.cer" -noout -text | grep -c P-384)" 1 "and in the certificate"

# hooks that hang, values that look like shell
ok "values travel in the environment" acme --renew -d h.test --force --reloadcmd 'printf "%s\n" "$CERT_PATH" >"$LE_WORKING_DIR/where"'
is "$(cat "$H/where")" "$D/h.test.cer" "as they are"
ok "no descriptors of ours reach a hook" acme --renew -d h.test --force --reloadcmd "ls /proc/self/fd | wc -l >$T/fds"
ok "but the three" test "$(cat "$T/fds")" -le 4

# deploy programs
mkdir -p "$H/deploy" "$H/notify"
printf '#!/bin/sh\necho "$# $1 $2 $5" >>%s/log\n' "$T" >"$H/deploy/mine"
printf '#!/bin/sh\nexit 4\n' >"$H/deploy/broken.sh"
printf 'theirs_deploy() { :; }\n' >"$H/deploy/theirs.sh"
chmod +x "$H"/deploy/*
log >/dev/null
exits 1 "no such deploy hook" acme --deploy -d h.test --deploy-hook nobody
like "$err" "$H/deploy" "says where to put it"
exits 1 "a hook for acme.sh's shell" acme --deploy -d h.test --deploy-hook theirs
like "$err" "acme.sh's shell" "says so"
printf 'localcopy_deploy() { exit 9; }\n' >"$H/deploy/localcopy.sh"
ok "one that is built in, too" with DEPLOY_LOCALCOPY_FULLCHAIN="$T/full" DEPLOY_LOCALCOPY_CERTKEY="$T/key" \
	acme --deploy -d h.test --deploy-hook localcopy
ok "is the built-in one" cmp "$T/full" "$D/fullchain.cer"
is "$(stat -c %a "$T/key")" 600 "which keeps the key to its owner"
has "$D/h.test.conf" "^SAVED_DEPLOY_LOCALCOPY_FULLCHAIN='$T/full'$" "and its settings with the certificate"
ok "the same a second time, with settings of its own" with DEPLOY_LOCALCOPY_FULLCHAIN__two="$T/two" \
	acme --deploy -d h.test --deploy-hook localcopy --deploy-hook localcopy:two
ok "is another one" cmp "$T/two" "$D/fullchain.cer"
rm "$T/full" "$T/two"
ok "both at a renewal" acme --renew -d h.test --force
ok "the first" cmp "$T/full" "$D/fullchain.cer"
ok "and the second" cmp "$T/two" "$D/fullchain.cer"
printf '#!/bin/sh\necho "own $#" >>%s/log\n' "$T" >"$H/deploy/localcopy.sh"
chmod +x "$H/deploy/localcopy.sh"
log >/dev/null
ok "a program of that name" acme --deploy -d h.test --deploy-hook localcopy
is "$(log)" "own 5 " "goes before it"
rm "$H/deploy/localcopy.sh"
exits 1 "a setting that is missing" with SLACK_CHANNEL=x acme --set-notify --notify-hook slack
like "$err" "Slack: .*SLACK_WEBHOOK_URL \(address" "is named"
exits 1 "a name that climbs" acme --deploy -d h.test --deploy-hook ../../x
ok "deploy" acme --deploy -d h.test --deploy-hook mine
is "$(log)" "5 h.test $D/h.test.key $D/fullchain.cer " "gets its facts as arguments"
has "$D/h.test.conf" "^Le_DeployHook='mine,'$" "is kept"
ok "renew" acme --renew -d h.test --force
like "$(log)" "5 h.test" "runs it again"
ok "issue --deploy-hook is kept too" acme --issue -d h2.test --standalone --httpport "$HTTP_PORT" --deploy-hook mine
has "$H/h2.test_ecc/h2.test.conf" "^Le_DeployHook='mine,'$" "in the conf"
{
	printf '#!/bin/sh\necho large >>%s/log; exit\n' "$T"
	head -c 1500000 /dev/zero
} >"$H/deploy/large"
chmod +x "$H/deploy/large"
log >/dev/null
ok "a large program" acme --deploy -d h2.test --deploy-hook large
is "$(log)" "large " "is none of acme.sh's and runs"
exits 1 "a deploy hook that fails" acme --renew -d h.test --force --deploy-hook mine --deploy-hook broken
has "$D/h.test.conf" "^Acme_Owed='deploy'$" "is owed"
like "$(log)" "5 h.test" "the other one ran"

# what is wrong with a stored hook or target keeps no certificate from being renewed
exits 1 "a deploy hook that is not there, given now" acme --renew -d h2.test --force --deploy-hook nobody
mv "$H/deploy/large" "$H/deploy/gone"
before=$(openssl x509 -in "$H/h2.test_ecc/h2.test.cer" -noout -serial)
exits 1 "a deploy hook that has gone" acme --renew -d h2.test --force
isnt "$(openssl x509 -in "$H/h2.test_ecc/h2.test.cer" -noout -serial)" "$before" "the certificate is renewed"
like "$err" "no deploy hook 'large'" "what is missing is told"
has "$H/h2.test_ecc/h2.test.conf" "^Acme_Owed='deploy'$" "and owed"
mv "$H/deploy/gone" "$H/deploy/large"
mkdir "$T/gone"
ok "a target" acme --install-cert -d h2.test --cert-file "$T/gone/cert.pem"
rm -r "$T/gone"
exits 1 "whose folder has gone" acme --renew -d h2.test --force
like "$err" "$T/gone" "is told"
has "$H/h2.test_ecc/h2.test.conf" "^Acme_Owed='install'$" "and owed"
mkdir "$T/gone"
ok "and done when it can be" acme --renew -d h2.test --force
ok "there it is" cmp "$T/gone/cert.pem" "$H/h2.test_ecc/h2.test.cer"

# notifications
printf '#!/bin/sh\nprintf "%%s|%%s|%%s\\n" "$1" "$2" "$3" >>%s/mail\n' "$T" >"$H/notify/mail"
chmod +x "$H/notify/mail"
exits 1 "set-notify with a hook that is not there" acme --set-notify --notify-hook nobody
hasnt "$H/account.conf" "NOTIFY_HOOK" "is not kept"
exits 1 "a level that there is not" acme --set-notify --notify-level 9
ok "set-notify" acme --set-notify --notify-hook mail --notify-source here --notify-level 2
has "$T/mail" "^Hello, this is a notification.* by here" "sends a test message"
has "$H/account.conf" "^NOTIFY_HOOK='mail'$" "and is kept"
: >"$T/mail"
run acme --cron
has "$T/mail" "Renew Error.* by here" "the daily run tells of a failure"
has "$T/mail" "    h.test" "and which"
printf '#!/bin/sh\n:\n' >"$H/deploy/broken.sh"
run acme --cron
: >"$T/mail"
exits 0 "nothing to tell" acme --cron
ok "nothing is told" test ! -s "$T/mail"
: >"$T/mail"
run acme --renew -d h.test
run env NOTIFY_LEVEL=3 HOME="$H" "$ACME_BIN" --home "$H" --renew -d h.test
is "$(cat "$T/mail")" "Renew h.test skipped by here|Good, the cert is skipped.|2" "a single renewal that is skipped, at level 3"
: >"$T/mail"
ok "a single renewal" acme --renew -d h.test --force
run acme --renew -d h.test --force --pre-hook false
is "$(cut -d'|' -f1,3 "$T/mail" | tr '\n' ' ')" "Renew h.test success by here|0 Renew h.test error by here|1 " "and one that fails"
ok "--notify-hook beats NOTIFY_HOOK" env NOTIFY_HOOK=gone HOME="$H" "$ACME_BIN" --home "$H" --set-notify --notify-hook mail

# a hook that fails keeps none of the others from being tried
printf '#!/bin/sh\necho "no line to the pager" >&2\nexit 7\n' >"$H/notify/pager"
chmod +x "$H/notify/pager"
for mode in 0 1; do
	: >"$T/mail"
	run env NOTIFY_HOOK=pager,mail,gone NOTIFY_LEVEL=3 NOTIFY_MODE=$mode HOME="$H" "$ACME_BIN" --home "$H" --cron
	is "$status" 1 "mode $mode: a notification that cannot be sent"
	has "$T/mail" "Renew.*by here" "the hook behind it has sent its own"
	is "$(printf %s "$err" | grep -c "notify.pager")" 1 "the failure is told once"
	like "$err" "gone" "and that of the last one"
done
ok "no notifications any more" acme --set-notify --notify-hook no
hasnt "$H/account.conf" "NOTIFY_HOOK" "indeed"
done_testing
