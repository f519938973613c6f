#!/bin/sh
# --health for monitoring: 0 fine, 1 warning, 2 critical, a line a certificate; and --json.
. "$(dirname "$0")/../lib.sh"
pebble_start
exits 0 "no certificates" acme --health
is "$out" "" "nothing to tell"
ok "issue" acme --issue -d good.test --standalone --httpport "$HTTP_PORT"
exits 0 "a certificate" acme --health
like "$out" "^ok +good.test_ecc: the next renewal is at 20.*Z \(two thirds of its life\)$" "is fine"
ok "health, by a word without dashes" env HOME="$H" "$ACME_BIN" health --home "$H"
conf=$H/good.test_ecc/good.test.conf
cp "$conf" "$T/conf"

echo "Acme_Owed='install'" >>"$conf"
exits 1 "something was not done" acme --health
like "$out" "^warning +good.test_ecc: not done after the last renewal: install$" "which is a warning"
cp "$T/conf" "$conf"
printf "Acme_Failures='2'\nAcme_LastFailure='%s'\nAcme_LastError='no way'\n" "$(date +%s)" >>"$conf"
exits 1 "renewals have failed" acme --health
like "$out" "^warning +good.test_ecc: 2 renewals in a row have failed: no way$" "which is told"
exits 1 "as JSON" acme --health --json
like "$out" '^\{"event":"cert.health",.*"domain":"good.test".*"health":"warning","why":"2 renewals' "one object"
cp "$T/conf" "$conf"

# one that has expired, and one that is almost there
stale() {
	mkdir "$H/$1"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/x.key" -days "$2" \
		-subj "/CN=$1" -addext "subjectAltName=DNS:$1" -out "$H/$1/$1.cer" 2>/dev/null
	printf "Le_Domain='%s'\nLe_CertCreateTime='%s'\n" "$1" "$(date +%s)" >"$H/$1/$1.conf"
}
stale fresh.test 90
exits 0 "one of acme.sh, its dates in the file" acme --health
stale gone.test 90
rm "$H/gone.test/gone.test.cer"
exits 2 "one without a file" acme --health
like "$out" "^critical gone.test: .*gone.test.cer cannot be read" "is critical"
rm -r "$H/gone.test"
if command -v faketime >/dev/null; then
	exits 2 "in a hundred days" faketime -f +100d "$ACME_BIN" --home "$H" --health
	like "$out" "^critical good.test_ecc: it has expired at 20" "it has expired"
fi
echo "Le_Domain='new.test'" >"$T/new.conf"
mkdir "$H/new.test" && cp "$T/new.conf" "$H/new.test/new.test.conf"
exits 1 "one that was never issued" acme --health
rm -r "$H/new.test"

ok "a daily run" acme --cron
exits 0 "was made" acme --health
touch -d '3 days ago' "$H/.renew.lock"
exits 1 "none for three days" acme --health
like "$out" "^warning +the daily run: it ran last at 20" "is a warning"
exits 1 "in JSON too" acme --health --json
like "$out" '"event":"run.health".*"health":"warning"' "as an object of its own"
done_testing
