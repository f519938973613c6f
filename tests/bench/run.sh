#!/bin/sh
# One certificate and a thousand that are not due: this program beside the other clients that Debian
# has, all measured in one run at the same private Pebble. Prints a table in Markdown. Nothing here passes or
# fails by time.
#
# Every client has an account already and proves one name by http-01; challtestsrv's web root is a
# folder that a small server of ours hands out, where the client has no server of its own.
. "$(dirname "$0")/../lib.sh"
ROUNDS=${ROUNDS:-5}
pebble_start
cc -O2 -o "$T/measure" "$TOP/tests/bench/measure.c" || give_up "no compiler for measure.c"
webroot=$T/www
mkdir -p "$webroot/.well-known/acme-challenge"

# one CLIENT SIZE COMMAND...: runs it ROUNDS times with $N counting up, prints the row of the medians
one() {
	client=$1
	size=$2
	shift 2
	: >"$T/rows"
	requests=0
	N=0
	while [ $N -lt "$ROUNDS" ]; do
		N=$((N + 1))
		before=$(asked)
		if ! "$@" >"$T/$client.out" 2>&1; then
			diag "$client failed:" "$(tail -n 5 "$T/$client.out")"
			return
		fi
		requests=$(($(asked) - before))
		cat "$T/m" >>"$T/rows"
	done
	printf '| %s | %s | %s | %s | %s | %s |\n' "$client" "$(median 1)" "$(median 2)" "$(median 3)" "$size" "$requests"
}
asked() { grep -cE ' (GET|HEAD|POST) /' "$T/pebble.log"; }
median() { cut -d' ' -f"$1" "$T/rows" | sort -n | sed -n "$(((ROUNDS + 1) / 2))p"; }
m() { "$T/measure" "$T/m" "$@"; }
# kib PACKAGE...: installed size of packages with all that they need beyond a bare system
kib() {
	for p; do dpkg-query -W -f '${Installed-Size}\n' "$p" 2>/dev/null; done | awk '{ n += $1 } END { print n }'
}
needs() { apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$1" 2>/dev/null |
	grep '^[a-z0-9]' | sort -u; }
# the packages that a client needs and a minimal Debian (priority required) does not have
with_needs() {
	# shellcheck disable=SC2046 # words
	kib $(needs "$1" | while read -r p; do
		case $(dpkg-query -W -f '${Priority}' "$p" 2>/dev/null) in required | '') ;; *) echo "$p" ;; esac
	done)
}

issue_acme() { m env HOME="$H" "$ACME_BIN" --home "$H" --server "$SERVER" --ca-bundle "$T/minica.pem" --issue \
	-d "acme$N.test" --standalone --httpport "$HTTP_PORT"; }
issue_uacme() { m env SSL_CERT_FILE="$T/minica.pem" uacme -y -a "$SERVER" -c "$T/uacme" -t EC -h "$T/hook" issue "uacme$N.test"; }
issue_dehydrated() { m dehydrated -f "$T/dehydrated/config" -c -d "deh$N.test"; }
issue_certbot() { m env REQUESTS_CA_BUNDLE="$T/minica.pem" certbot certonly --non-interactive --server "$SERVER" --config-dir "$T/cb" \
	--work-dir "$T/cb" --logs-dir "$T/cb" --standalone --http-01-port "$HTTP_PORT" --key-type ecdsa -d "certbot$N.test"; }
issue_lego() { m env LEGO_CA_CERTIFICATES="$T/minica.pem" lego --accept-tos --server "$SERVER" --email me@lego.test --path "$T/lego" --key-type ec256 \
	--http --http.port ":$HTTP_PORT" -d "lego$N.test" run; }

echo "One EC certificate by http-01, account at hand, validation sleep off; medians of $ROUNDS runs."
echo
echo "| client | wall ms | CPU ms | peak KiB | on disk KiB | requests |"
echo "|---|---|---|---|---|---|"
acme --register-account >/dev/null
one acme $(($(stat -c %s "$ACME_BIN") / 1024)) issue_acme
if command -v certbot >/dev/null; then
	REQUESTS_CA_BUNDLE=$T/minica.pem certbot register --non-interactive --agree-tos --register-unsafely-without-email --server "$SERVER" \
		--config-dir "$T/cb" --work-dir "$T/cb" --logs-dir "$T/cb" >/dev/null 2>&1
	one certbot "$(with_needs certbot)" issue_certbot
fi
if command -v lego >/dev/null; then
	N=0
	issue_lego >/dev/null 2>&1
	one lego "$(with_needs lego)" issue_lego
fi
web "$HTTP_PORT" "$webroot"
if command -v uacme >/dev/null; then
	cat >"$T/hook" <<-END
		#!/bin/sh
		[ "\$2" = http-01 ] || exit 1
		case \$1 in begin) printf %s "\$5" >"$webroot/.well-known/acme-challenge/\$4" ;; *) rm -f "$webroot/.well-known/acme-challenge/\$4" ;; esac
	END
	chmod +x "$T/hook"
	SSL_CERT_FILE=$T/minica.pem uacme -y -a "$SERVER" -c "$T/uacme" new >/dev/null 2>&1
	one uacme "$(with_needs uacme)" issue_uacme
fi
if command -v dehydrated >/dev/null; then
	mkdir "$T/dehydrated"
	cat >"$T/dehydrated/config" <<-END
		CA="$SERVER"
		BASEDIR="$T/dehydrated"
		WELLKNOWN="$webroot/.well-known/acme-challenge"
		KEY_ALGO=prime256v1
		CURL_OPTS="--cacert $T/minica.pem"
	END
	dehydrated -f "$T/dehydrated/config" --register --accept-terms >/dev/null 2>&1
	one dehydrated "$(with_needs dehydrated)" issue_dehydrated
fi

# A thousand certificates of which none is due: copies of the first one's folder.
n=1
while [ $n -le 1000 ]; do
	cp -R "$H/acme1.test_ecc" "$H/c$n.test_ecc"
	rm -f "$H/c$n.test_ecc"/.[a-z]*
	for f in key cer csr csr.conf conf; do mv "$H/c$n.test_ecc/acme1.test.$f" "$H/c$n.test_ecc/c$n.test.$f"; done
	sed -i "s/^Le_Domain=.*/Le_Domain='c$n.test'/" "$H/c$n.test_ecc/c$n.test.conf"
	echo "Acme_AriRetry='4102444800'" >>"$H/c$n.test_ecc/c$n.test.conf"
	n=$((n + 1))
done
echo
echo "\`--cron\` over 1,000 certificates that are not due (acme.sh 3.1.4: 0.43 s for each one)."
echo
echo "| client | wall ms | CPU ms | peak KiB |"
echo "|---|---|---|---|"
m env HOME="$H" "$ACME_BIN" --home "$H" --cron >"$T/cron.out" 2>&1
echo "| acme | $(sed 's/ / | /g' "$T/m") |"
skipped=$(grep -c "Skipping. Next" "$T/cron.out")
[ "$skipped" -ge 1000 ] || diag "only $skipped were looked at"
