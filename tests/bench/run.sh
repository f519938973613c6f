#!/bin/sh
# One certificate and a thousand that are not due: this program beside the other clients that Debian
# has, all measured in one run at the same private Pebble. Prints tables in Markdown. Nothing here passes
# or fails by time.
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
needs() {
	apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
		--no-enhances "$@" 2>/dev/null | grep '^[a-z0-9]' | sort -u
}
# size PACKAGE: KiB of a client with all that it needs and a Debian of essential packages does not have
size() {
	# shellcheck disable=SC2046 # words
	[ -s "$T/base" ] || needs $(dpkg-query -W -f '${Essential} ${Package}\n' | sed -n 's/^yes //p') >"$T/base"
	needs "$1" | comm -23 - "$T/base" | while read -r p; do
		if [ -d "$TOP/build/tools/$p" ]; then
			du -sk "$TOP/build/tools/$p" | cut -f1
		else
			apt-cache show "$p" 2>/dev/null | sed -n '/^Installed-Size: /{s///p;q}'
		fi
	done | awk '{ n += $1 } END { print n }'
}

issue_acme() { m env HOME="$H" "$ACME_BIN" --home "$H" --server "$SERVER" --ca-bundle "$T/minica.pem" --issue \
	-d "acme$N.test" --standalone --httpport "$HTTP_PORT"; }
# uacme trusts the system's bundle and takes no other: in a mount namespace that is our CA. It gives
# up where dns-persist-01 is offered, which has no token; for an address Pebble does not offer it.
alone() {
	unshare -m sh -c 'mount --bind "$0" /etc/ssl/certs/ca-certificates.crt && exec "$@"' "$T/minica.pem" "$@"
}
issue_uacme() { rm -rf "$T/uacme/127.0.0.1" && alone "$T/measure" "$T/m" uacme -y -a "$SERVER" -c "$T/uacme" -t EC -h "$T/hook" issue 127.0.0.1; }
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
	one certbot "$(size certbot)" issue_certbot
fi
if command -v lego >/dev/null; then
	N=0
	issue_lego >/dev/null 2>&1
	one lego "$(size lego)" issue_lego
fi
web "$HTTP_PORT" "$webroot"
if command -v uacme >/dev/null && alone true; then
	cat >"$T/hook" <<-END
		#!/bin/sh
		[ "\$2" = http-01 ] || exit 1
		case \$1 in begin) printf %s "\$5" >"$webroot/.well-known/acme-challenge/\$4" ;; *) rm -f "$webroot/.well-known/acme-challenge/\$4" ;; esac
	END
	chmod +x "$T/hook"
	alone uacme -y -a "$SERVER" -c "$T/uacme" new >/dev/null 2>&1
	one uacme "$(size uacme)" issue_uacme
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
	one dehydrated "$(size dehydrated)" issue_dehydrated
fi

# A thousand certificates of which none is due: copies of the first one's folder, which the CA has
# been asked about today.
n=1
while [ $n -le 1000 ]; do
	cp -R "$H/acme1.test_ecc" "$H/c$n.test_ecc"
	rm -f "$H/c$n.test_ecc"/.[a-z]*
	for f in key cer csr csr.conf conf; do mv "$H/c$n.test_ecc/acme1.test.$f" "$H/c$n.test_ecc/c$n.test.$f"; done
	sed -i "s/^Le_Domain=.*/Le_Domain='c$n.test'/; /^Acme_AriRetry=/d" "$H/c$n.test_ecc/c$n.test.conf"
	n=$((n + 1))
done
echo
echo "\`--cron\` over 1,000 certificates of which none is due."
echo
echo "| run | wall ms | CPU ms | peak KiB |"
echo "|---|---|---|---|"
# cron NAME: a row of it
cron() {
	: >"$T/rows"
	N=0
	while [ $N -lt "${2:-1}" ]; do
		N=$((N + 1))
		m env HOME="$H" "$ACME_BIN" --home "$H" --ca-bundle "$T/minica.pem" --cron >"$T/cron.out" 2>&1
		skipped=$(grep -c "] Skipped" "$T/cron.out")
		[ "$skipped" -ge 1000 ] || diag "only $skipped were looked at"
		cat "$T/m" >>"$T/rows"
	done
	ROUNDS=${2:-1}
	echo "| $1 | $(median 1) | $(median 2) | $(median 3) |"
}
cron "the first: the CA is asked for each one's renewal window (ARI)"
cron "the next ones, within six hours" 5
