#!/bin/sh
# Many renewals at once: CERTS certificates (200) that are due, renewed by cron with different numbers of
# workers at a private Pebble, and the daily run over 1,000 that are not due. Prints a table in Markdown;
# nothing here passes or fails by time.
. "$(dirname "$0")/../lib.sh"
CERTS=${CERTS:-200}
ACME_TIMEOUT=900
pebble_start
cc -O2 -o "$T/measure" "$TOP/tests/bench/measure.c" || give_up "no compiler for measure.c"
acme --register-account >"$T/out" 2>&1 || give_up "no account"

# make N NEXT: confs of N certificates, as acme.sh leaves them, to be renewed at that time
make() {
	n=0
	while [ $n -lt "$1" ]; do
		n=$((n + 1))
		rm -rf "$H/c$n.test_ecc"
		due "c$n.test" "Le_NextRenewTime='$2'"
	done
}
# row NAME ARGUMENTS...: one cron run, as "| name | wall s | CPU s | MiB | summary |"
row() {
	name=$1
	shift
	HOME=$H "$T/measure" "$T/m" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --cron "$@" \
		>"$T/cron.out" 2>"$T/cron.err" || diag "cron failed" "$(tail -n 3 "$T/cron.err")"
	awk -v name="$name" -v sum="$(grep -o '[0-9]* renewed.*' "$T/cron.out")" \
		'{ printf "| %s | %.2f | %.2f | %.1f | %s |\n", name, $1 / 1000, $2 / 1000, $3 / 1024, sum }' "$T/m"
}

echo "| run | wall s | CPU s | peak MiB of a process | result |"
echo "|---|---|---|---|---|"
for parallel in ${PARALLEL:-1 2 4 8}; do
	make "$CERTS" 1000000000
	row "$CERTS due, --parallel $parallel" --parallel "$parallel"
done
rm -rf "$H"/c*.test_ecc
make 1000 4000000000
NO_ARI=1
export NO_ARI
row "1000 not due"
row "1000 not due, again"
