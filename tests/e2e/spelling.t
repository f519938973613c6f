#!/bin/sh
# Every spelling of acme.sh 3.1.4 is understood: those of its help, its source and its old scripts.
. "$(dirname "$0")/../lib.sh"

# An option that is not known ends the parsing, so that only the one behind it may be complained about.
flags='--standalone --alpn --stateless --apache --nginx --dns --dns-persist --ecc --ocsp --ocsp-must-staple
	--always-force-new-domain-key --staging --test -f --force --insecure --listen-v4 --listen-v6 --debug
	--output-insecure --log --logfile --syslog --no-color --force-color --listraw -se --stop-renew-on-error
	--stopRenewOnError --stoprenewonerror --treat-skip-as-success --treatskipassuccess --no-cron --nocron
	--no-profile --noprofile --auto-upgrade --use-wget --request-v4 --request-v6 --dns-persist-wildcard
	--dnspersistwildcard --yes-I-know-dns-manual-mode-enough-go-ahead-please'
values='-d --domain -w --webroot --challenge-alias --domain-alias --dnssleep --httpport --tlsport --local-address
	--csr --dns-persist-ca-name --dnspersistcaname --dns-persist-days --dnspersistdays -k --keylength -ak
	--accountkeylength --extended-key-usage --cert-profile --certificate-profile --valid-from --valid-to
	--preferred-chain --days --password --cert-file --certpath --key-file --keypath --ca-file --capath
	--fullchain-file --fullchainpath --reloadcmd --reloadCmd --pre-hook --post-hook --renew-hook --deploy-hook
	--server -m --email --accountemail --accountkey --eab-kid --eab-hmac-key --ca-bundle --ca-path --useragent
	--openssl-bin --revoke-reason --home --config-home --cert-home --certhome --accountconf --log-level -b
	--branch --notify-hook --notify-level --notify-mode --notify-source'
commands='-h --help -v --version --install --install-online --uninstall --upgrade --issue --sign-csr --signcsr
	--show-csr --showcsr -r --renew --renew-all --renewAll --renewall --cron -i --install-cert --installcert
	--deploy --revoke --remove --list --list-profiles --info --to-pkcs12 --to-pkcs --toPkcs --to-pkcs8 --toPkcs8
	-cak --create-account-key --createAccountKey --createaccountkey -cdk --create-domain-key --createDomainKey
	--createdomainkey -ccr --create-csr --createCSR --createcsr --register-account --registeraccount
	--update-account --updateaccount --deactivate-account --deactivate --make-dns-persist-value
	--makednspersistvalue --install-cronjob --installcronjob --uninstall-cronjob --uninstallcronjob --set-notify
	--set-default-ca --set-default-chain'
bad=
for one in $flags; do
	run "$ACME_BIN" "$one" --nonsense
	case $status$err in 1*'Unknown parameter: --nonsense'*) ;; *) bad="$bad $one" ;; esac
done
is "$bad" "" "every option without a value"
bad=
for one in $values; do
	run "$ACME_BIN" "$one" x --nonsense
	case $status$err in 1*'Unknown parameter: --nonsense'*) ;; *) bad="$bad $one" ;; esac
	run "$ACME_BIN" "$one"
	case $status$err in 1*"$one: a value is missing"*) ;; *) bad="$bad $one-alone" ;; esac
done
is "$bad" "" "every option with a value"
bad=
for one in $commands; do
	run "$ACME_BIN" --help "$one"
	case $status$out in 0*"  -"* | 0*"--"*) ;; *) bad="$bad $one" ;; esac
	case $one in
	--*)
		run "$ACME_BIN" "${one#--}" --nonsense
		case $status$err$out in 1*'Unknown parameter: --nonsense'* | 0*'Usage: acme'* | 0*v[0-9]*) ;; *) bad="$bad ${one#--}" ;; esac
		;;
	esac
done
is "$bad" "" "every command, with dashes and without"

# Names of one meaning, as acme.sh's parser has them: they stand in one row of ours, so that they cannot mean
# anything else.
"$ACME_BIN" --print options >"$T/rows"
bad=
while read -r main others; do
	for one in $others; do
		grep -qE -e "^(command|option)( .*)? $main( .*)? $one( |\$)" -e "^(command|option)( .*)? $one( .*)? $main( |\$)" "$T/rows" ||
			bad="$bad $one"
	done
done <<'END'
--help -h
--version -v
--sign-csr --signcsr
--show-csr --showcsr
--renew -r
--renew-all --renewAll --renewall
--install-cert --installcert -i
--to-pkcs12 --to-pkcs --toPkcs
--to-pkcs8 --toPkcs8
--create-account-key --createAccountKey --createaccountkey -cak
--create-domain-key --createDomainKey --createdomainkey -cdk
--create-csr --createCSR --createcsr -ccr
--register-account --registeraccount
--update-account --updateaccount
--make-dns-persist-value --makednspersistvalue
--install-cronjob --installcronjob
--uninstall-cronjob --uninstallcronjob
--domain -d
--webroot -w
--keylength -k
--accountkeylength -ak
--ocsp-must-staple --ocsp
--cert-profile --certificate-profile
--dns-persist-wildcard --dnspersistwildcard
--dns-persist-ca-name --dnspersistcaname
--dns-persist-days --dnspersistdays
--cert-file --certpath
--key-file --keypath
--ca-file --capath
--fullchain-file --fullchainpath
--reloadcmd --reloadCmd
--staging --test
--email -m --accountemail
--cert-home --certhome
--log --logfile
--force -f
--stop-renew-on-error -se --stopRenewOnError --stoprenewonerror
--treat-skip-as-success --treatskipassuccess
--no-cron --nocron
--no-profile --noprofile
--branch -b
END
is "$bad" "" "names of one meaning mean the same"
for one in --log --debug --syslog --auto-upgrade --always-force-new-domain-key; do
	run acme "$one" --list
	is "$status" 0 "$one before another option takes no value"
done
done_testing
