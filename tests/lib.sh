# shellcheck shell=sh disable=SC2034 # what is set here is for the tests that source this
# Tests in POSIX sh against the real program and real servers: sourced first by tests/e2e/*.t.
# Checks print the Test Anything Protocol; every wait has a deadline; every process that a test
# starts is ended when the test ends, every file is under $T, every port is its own.
#
#   ok NAME COMMAND...          the command succeeds      (afterwards: $status, $out, $err)
#   fails NAME COMMAND...       it fails, and does not crash or run out of time
#   exits CODE NAME COMMAND...  it ends with that code
#   run COMMAND...              just run it and set $status, $out, $err
#   is GOT WANT NAME / isnt     equal texts
#   like TEXT REGEX NAME / unlike   extended regular expression, any line
#   has FILE REGEX NAME / hasnt     the same for a file
#   skip NAME WHY
#   done_testing                last line of every test
#
#   acme ARGUMENTS...           the program under test, its home in $H; with $ACME_ARGS before the
#                               arguments (pebble_start puts --server and --ca-bundle there)
#   with NAME=VALUE... acme ...   a command or function, acme too, with variables in its environment
#   due NAME [LINE...]          a certificate in $H that acme.sh should have renewed long ago, with more
#                               lines, or other ones, for its conf, whose path is in $conf
#   pebble_start                a private test CA and its DNS; see below what it obeys and sets
#   ct PATH JSON                challtestsrv's API;  mgmt PATH: Pebble's management API
#   port                        print a free port, ours until the test ends
#   spawn NAME COMMAND...       run in the background, output in $T/NAME.log, pid in $pid
#   web PORT ROOT [THUMBPRINT]  a web server: files below ROOT, where %h is the Host that was asked;
#                               with a thumbprint the answer of --stateless; pid in $pid
#   stop PID                    end it;  wait_for SECONDS COMMAND...: until the command succeeds
#   forget                      another account: no authorization of before is reused
#   chain_ok NAME FULLCHAIN [ROOT]   openssl verifies it;  names CERT: its SANs, one a line

set -u
TOP=$(cd "$(dirname "$0")" && while [ ! -f tests/lib.sh ] && [ "$PWD" != / ]; do cd ..; done && pwd)
ACME_BIN=${ACME_BIN:-$TOP/build/release/acme}
T=$(mktemp -d "${TMPDIR:-/tmp}/acme-test.XXXXXX") || exit 1
H=$T/home
mkdir "$H"
ACME_ARGS=
PATH=$TOP/build/tools/bin:$PATH
LC_ALL=C
export PATH LC_ALL
# The caller's settings are not the test's.
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY \
	CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR LE_WORKING_DIR LE_CONFIG_HOME HTTPS_INSECURE \
	NO_TIMESTAMP DEBUG LOG_FILE LOG_LEVEL SYS_LOG ACCOUNT_CONF_PATH ACCOUNT_KEY_PATH CERT_HOME \
	CA_HOME CA_PATH CURL_CA_BUNDLE ACME_DIRECTORY STAGE FORCE USER_AGENT AUTO_UPGRADE \
	ACCOUNT_EMAIL CA_EMAIL DEFAULT_RENEW NO_ARI NO_COLOR ACME_NO_COLOR ACME_FORCE_COLOR \
	ACME_USE_IPV4_REQUESTS ACME_USE_IPV6_REQUESTS ACME_HTTP_NO_REDIRECTS ACME_PARALLEL \
	ACME_RELEASE_URL ACME_RELEASE_KEY DOH_USE SUDO_UID SUDO_GID SUDO_USER SUDO_COMMAND \
	OUTPUT_INSECURE NOTIFY_HOOK NOTIFY_LEVEL NOTIFY_MODE NOTIFY_SOURCE 2>/dev/null || :

# --- TAP ----------------------------------------------------------------------------------------
tests=0
failed=0
pids=

pass() {
	tests=$((tests + 1))
	echo "ok $tests - $1"
}

# flunk NAME [TEXT...]
flunk() {
	tests=$((tests + 1))
	failed=$((failed + 1))
	echo "not ok $tests - $1"
	shift
	for text; do
		diag "$text"
	done
}

diag() { printf '%s\n' "$*" | head -n 60 | sed 's/^/# /'; }

skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

run() {
	status=0
	"$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
}

ok() {
	name=$1
	shift
	run "$@"
	if [ $status = 0 ]; then
		pass "$name"
	else
		flunk "$name" "exit code $status: $*" "$out" "$err"
	fi
}

with() (
	while case $1 in [A-Za-z_]*=*) ;; *) false ;; esac do
		# shellcheck disable=SC2163 # NAME=VALUE
		export "$1"
		shift
	done
	"$@"
)

# 124 is the code of timeout; above it are signals and what sanitizers end with
fails() {
	name=$1
	shift
	run "$@"
	if [ $status != 0 ] && [ $status -lt 124 ] && ! crashed; then
		pass "$name"
	else
		flunk "$name" "should fail, exit code $status: $*" "$out" "$err"
	fi
}

exits() {
	want=$1
	name=$2
	shift 2
	run "$@"
	if [ $status = "$want" ] && ! crashed; then
		pass "$name"
	else
		flunk "$name" "exit code $status, not $want: $*" "$out" "$err"
	fi
}

crashed() { grep -q -e 'ERROR: [A-Za-z]*Sanitizer' -e ': runtime error:' "$T/err"; }

is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		flunk "$3" " got: $1" "want: $2"
	fi
}

isnt() {
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		flunk "$3" "should not be: $1"
	fi
}

like() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		pass "$3"
	else
		flunk "$3" "does not match $2:" "$1"
	fi
}

unlike() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		flunk "$3" "should not match $2:" "$1"
	else
		pass "$3"
	fi
}

has() {
	if [ -f "$1" ] && grep -Eq -e "$2" "$1"; then
		pass "$3"
	else
		flunk "$3" "$1 has no line matching $2:" "$(cat "$1" 2>&1)"
	fi
}

hasnt() {
	if [ -f "$1" ] && ! grep -Eq -e "$2" "$1"; then
		pass "$3"
	else
		flunk "$3" "$1 should have no line matching $2:" "$(cat "$1" 2>&1)"
	fi
}

done_testing() {
	echo "1..$tests"
	[ $failed = 0 ]
	exit
}

# give_up WHY: the test cannot go on
give_up() {
	flunk "$1"
	echo "1..$tests"
	exit 1
}

# --- processes, ports, waiting -------------------------------------------------------------------
spawn() {
	log=$T/$1.log
	shift
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
}

# stop PID: politely, then not
stop() {
	kill "$1" 2>/dev/null || return 0
	wait_for 5 gone "$1" || kill -9 "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# A process that has ended but was not waited for has state Z.
gone() { ! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status" 2>/dev/null; }

# wait_for SECONDS COMMAND...
wait_for() {
	tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# listening PORT: does a process take TCP connections there?
listening() { grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6; }

web() {
	cat >"$T/web.pl" <<-'END'
		use IO::Socket::INET;
		my ($port, $root, $thumb) = @ARGV;
		my $door = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port,
			Listen => 50, ReuseAddr => 1) or die "port $port: $!";
		$SIG{CHLD} = 'IGNORE';
		while (my $c = $door->accept) {
			next if fork;
			sysread $c, my $head, 8192;
			my ($path) = $head =~ m{^GET (/[\w./-]+) } and $head !~ /\.\./ or exit;
			my ($host) = $head =~ m{\nHost: *([\w.-]+)}i;
			my ($token) = $path =~ m{^/\.well-known/acme-challenge/([\w-]+)$};
			(my $file = $root . $path) =~ s/%h/$host/;
			my $body;
			if ($thumb) {
				$body = "$token.$thumb" if $token;
			} elsif (-f $file && open my $f, '<', $file) {
				local $/;
				$body = <$f> // '';
			}
			print $c defined $body ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 404 No\r\n",
				"Connection: close\r\nContent-Length: ", length($body // ''), "\r\n\r\n", $body // '';
			exit;
		}
	END
	spawn web perl "$T/web.pl" "$@"
	wait_for 10 listening "$1" || give_up "no web server at port $1"
}

# Ports below the range that the kernel gives to outgoing connections. A link named after the port
# and pointing to our pid is the lock; a dead owner's is taken over.
port() {
	locks=${TMPDIR:-/tmp}/acme-test-ports.$(id -u)
	mkdir -p "$locks"
	n=$((20000 + $$ * 7 % 12000))
	while :; do
		n=$((n < 31999 ? n + 1 : 20000))
		if owner=$(readlink "$locks/$n"); then
			[ ! -d "/proc/$owner" ] || continue
			rm -f "$locks/$n"
		fi
		ln -s $$ "$locks/$n" 2>/dev/null || continue
		if cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null |
			grep -qi ":$(printf %04X "$n") [0-9A-F]*:[0-9A-F]* "; then
			rm -f "$locks/$n"
			continue
		fi
		echo "$n"
		return
	done
}

cleanup() {
	code=$?
	trap - EXIT
	for one in $pids; do
		kill "$one" 2>/dev/null
	done
	for one in $pids; do
		stop "$one"
	done
	if [ $failed != 0 ] || [ $code != 0 ]; then
		for one in "$T"/*.log; do
			[ ! -s "$one" ] || diag "--- $(basename "$one"), last lines:" "$(tail -n 25 "$one")"
		done
	fi
	for one in "${TMPDIR:-/tmp}/acme-test-ports.$(id -u)"/*; do
		[ "$(readlink "$one")" != $$ ] || rm -f "$one"
	done
	if [ -n "${KEEP-}" ]; then
		diag "kept $T"
	else
		rm -rf "$T"
	fi
	exit $code
}
trap cleanup EXIT
trap 'exit 130' HUP INT TERM

# --- the program under test ----------------------------------------------------------------------
acme() {
	args=$ACME_ARGS
	case " $* " in *" --server "*) args= ;; esac
	# shellcheck disable=SC2086 # a list of words
	HOME=$H timeout -k 5 "${ACME_TIMEOUT:-60}" "$ACME_BIN" --home "$H" $args "$@"
}

due() {
	conf=$H/$1_ecc/$1.conf
	mkdir -p "$H/$1_ecc"
	cat >"$conf" <<-END
		Le_Domain='$1'
		Le_Alt='no'
		Le_Webroot='no'
		Le_API='$SERVER'
		Le_Keylength='ec-256'
		Le_HTTPPort='$HTTP_PORT'
		Le_CertCreateTime='1700000000'
		Le_NextRenewTime='1702000000'
	END
	shift
	for line; do
		sed -i "/^${line%%=*}=/d" "$conf"
		echo "$line" >>"$conf"
	done
}

# --- the test CA ---------------------------------------------------------------------------------
# Obeys, when set before the call:
#   PB_STRICT=0         without -strict          PB_NONCE_REJECT=30  per cent of good nonces refused
#   PB_AUTHZ_REUSE=100  per cent                 PB_CHAIN=2          intermediates
#   PB_ALTERNATES=2     more roots               PB_KEY=rsa          the CA's key type, else ecdsa
#   PB_EAB='kid=base64url ...'  external account binding required, with these MAC keys
#   PB_PROFILES='name=seconds ...'   else one profile "default" of 90 days
#   PB_RETRY_AFTER=n    Retry-After of authorizations and orders, else 1
#   PB_BLOCK='name ...' blocked names            PB_ALWAYS_VALID=1   no validation at all
#   PB_SLEEP=n          random sleep up to n s before validation, else none
#   PB_DNS=host:port    DNS server that Pebble asks, else challtestsrv
#   CT_ANSWERS=1        challtestsrv answers http-01 and tls-alpn-01 too; else the test does that
# Sets: SERVER (directory URL), PB_URL, PB_MGMT, CT_URL, HTTP_PORT and TLS_PORT (where the CA looks),
#   DNS_ADDR (challtestsrv's resolver: every name is 127.0.0.1), PB_PID, CT_PID, ACME_ARGS.
# Files: $T/minica.pem (the CA server's TLS certificate), $T/root.pem (the root it issues from).
# Logs: $T/pebble.log, $T/challtestsrv.log.
pebble_start() {
	command -v pebble >/dev/null || give_up "no pebble: run sh tests/need.sh test"
	PB_PORT=$(port) mgmt_port=$(port) HTTP_PORT=$(port) TLS_PORT=$(port)
	dns_port=$(port) ct_port=$(port)
	DNS_ADDR=127.0.0.1:$dns_port
	CT_URL=http://127.0.0.1:$ct_port
	PB_URL=https://localhost:$PB_PORT
	PB_MGMT=https://localhost:$mgmt_port
	SERVER=$PB_URL/dir
	challtestsrv_start
	[ -f "$T/minica.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 30 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
		-keyout "$T/minica.key" -out "$T/minica.pem" 2>/dev/null || give_up "openssl req failed"
	pebble_config >"$T/pebble.json"
	pebble_run
	ACME_ARGS="--server $SERVER --ca-bundle $T/minica.pem"
}

challtestsrv_start() {
	help=$(pebble-challtestsrv -h 2>&1)
	dns_flag=-dns01 doh=
	case $help in *-dnsserver*) dns_flag=-dnsserver ;; esac
	case $help in *"-doh "*) doh=-doh= ;; esac
	ct_http='' ct_tls=''
	[ -z "${CT_ANSWERS-}" ] || ct_http=127.0.0.1:$HTTP_PORT ct_tls=127.0.0.1:$TLS_PORT
	# shellcheck disable=SC2086 # $doh may be no word
	spawn challtestsrv pebble-challtestsrv $dns_flag "$DNS_ADDR" -management "127.0.0.1:$ct_port" \
		-defaultIPv4 127.0.0.1 -defaultIPv6 "" -http01 "$ct_http" -https01 "" \
		-tlsalpn01 "$ct_tls" $doh
	CT_PID=$pid
}

# list WORDS FORMAT: NAME=VALUE words as members of a JSON object, by a printf format of two texts
list() {
	comma=
	for word in $1; do
		printf '%s' "$comma"
		# shellcheck disable=SC2059 # the format is given
		printf "$2" "${word%%=*}" "${word#*=}"
		comma=,
	done
}

pebble_config() {
	cat <<-END
		{"pebble": {"listenAddress": "127.0.0.1:$PB_PORT",
		"managementListenAddress": "127.0.0.1:$mgmt_port",
		"certificate": "$T/minica.pem", "privateKey": "$T/minica.key",
		"httpPort": $HTTP_PORT, "tlsPort": $TLS_PORT, "ocspResponderURL": "",
		"externalAccountBindingRequired": $([ -n "${PB_EAB-}" ] && echo true || echo false),
		"externalAccountMACKeys": {$(list "${PB_EAB-}" '"%s": "%s"')},
		"domainBlocklist": [$(list "${PB_BLOCK-}" '"%s"%.0s')],
		"retryAfter": {"authz": ${PB_RETRY_AFTER:-1}, "order": ${PB_RETRY_AFTER:-1}},
		"keyAlgorithm": "${PB_KEY:-ecdsa}", "caaIdentities": ["pebble.test"],
		"certificateValidityPeriod": 7776000,
		"profiles": {$(list "${PB_PROFILES:-default=7776000}" \
			'"%s": {"description": "for tests", "validityPeriod": %s}')}}}
	END
}

# pebble_run: start Pebble with the configuration that pebble_start wrote (again, after a stop)
pebble_run() {
	PEBBLE_WFE_NONCEREJECT=${PB_NONCE_REJECT:-0}
	PEBBLE_AUTHZREUSE=${PB_AUTHZ_REUSE:-0}
	PEBBLE_CHAIN_LENGTH=${PB_CHAIN:-1}
	PEBBLE_ALTERNATE_ROOTS=${PB_ALTERNATES:-0}
	PEBBLE_VA_ALWAYS_VALID=${PB_ALWAYS_VALID:-0}
	PEBBLE_VA_SLEEPTIME=${PB_SLEEP:-0}
	PEBBLE_VA_NOSLEEP=$([ -n "${PB_SLEEP-}" ] || echo 1)
	export PEBBLE_WFE_NONCEREJECT PEBBLE_AUTHZREUSE PEBBLE_CHAIN_LENGTH PEBBLE_ALTERNATE_ROOTS \
		PEBBLE_VA_ALWAYS_VALID PEBBLE_VA_SLEEPTIME PEBBLE_VA_NOSLEEP
	strict=-strict
	[ "${PB_STRICT:-1}" = 1 ] || strict=
	# shellcheck disable=SC2086 # $strict may be no word
	spawn pebble pebble -config "$T/pebble.json" $strict -dnsserver "${PB_DNS:-$DNS_ADDR}"
	PB_PID=$pid
	wait_for 60 mgmt /roots/0 || give_up "Pebble did not start within 60 s"
	mgmt /roots/0 >"$T/root.pem"
	wait_for 10 curl -sf -m 5 --cacert "$T/minica.pem" "$SERVER" ||
		give_up "Pebble's directory did not appear"
	wait_for 10 ct /clear-request-history '{"host":"none.test","type":"http"}' ||
		give_up "challtestsrv did not start"
}

# forget: another account from here on. Pebble reuses one valid authorization in a hundred even at 0 per
# cent, so that a validation which is to fail may not take place; a new account has none to reuse.
forget() { rm -rf "$H/ca"; }

mgmt() { curl -sf -m 10 --cacert "$T/minica.pem" "$PB_MGMT$1"; }
ct() { curl -sf -m 10 -d "$2" "$CT_URL$1"; }

# --- certificates, by openssl --------------------------------------------------------------------
chain_ok() {
	ok "$1" openssl verify -CAfile "${3:-$T/root.pem}" -untrusted "$2" "$2"
}

names() {
	openssl x509 -in "$1" -noout -ext subjectAltName | tr , '\n' | sed -n 's/^ *\(DNS\|IP Address\)://p'
}
