# shellcheck shell=sh disable=SC2154 # $out, $err, $pid and the like are lib.sh's
# What nginx.t and apache.t have in common; sourced by them after lib.sh. They set
#   WAY     words: the option under test and --httpport
#   CONFS   folder of the server's configuration files
#   SITE    the file in it for plain.test, www.plain.test and fresh.test, which is not proven before
#   ENTRY   what Le_Webroot has for it
# and define stop_server, workers (prints what tells one generation of workers from the next) and
# snippet THUMBPRINT, which makes the server answer by itself. A client that never stops asks for what
# must not change: $T/wrong has every answer that was not as it should be.

# client ROOT: asks for plain.test's page and redirect.test's redirect, over and over
client() {
	cat >"$T/client.pl" <<-'END'
		use IO::Socket::INET;
		my ($port, $want, $wrong, $count) = @ARGV;
		my @asked = (['plain.test', qr/^HTTP\/1\.1 200 .*\r\n\r\n$want\n$/s],
			['redirect.test', qr/^HTTP\/1\.1 301 .*Location: https:\/\/redirect\.test\//s]);
		my $n = 0;
		$SIG{TERM} = sub { open my $f, '>', $count; print $f "$n\n"; exit };
		while (1) {
			my ($host, $good) = @{$asked[$n++ % 2]};
			my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 5);
			my $answer = $c ? '' : "no connection: $!";
			print $c "GET /index.html HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n" if $c;
			while ($c and sysread $c, my $block, 65536) { $answer .= $block }
			if ($answer !~ $good) { open my $f, '>>', $wrong; print $f "$host: $answer\n" }
			select undef, undef, undef, 0.005;
		}
	END
	: >"$T/wrong"
	spawn client perl "$T/client.pl" "$HTTP_PORT" "$1" "$T/wrong" "$T/asked"
	CLIENT=$pid
}

no_downtime() {
	stop "$CLIENT"
	wait_for 5 test -s "$T/asked"
	# shellcheck disable=SC2015 # pass() does not fail
	[ "$(cat "$T/asked")" -gt 50 ] && pass "the client has asked" || flunk "the client has asked" "$(cat "$T/asked")"
	is "$(cat "$T/wrong")" "" "none of its requests was refused or answered wrongly"
}

# What the configuration is, byte for byte, owner, mode and links with it.
state() { (cd "$CONFS" && find . -type l -printf '%p %l\n' -o -type f -printf '%p %u %m ' -exec sha256sum {} \; | sort); }
untouched() { is "$(state)" "$STATE" "$1"; }
answers() { # HOST: does the server answer validations?
	curl -s -m 5 -H "Host: $1" "http://127.0.0.1:$HTTP_PORT/.well-known/acme-challenge/x" | grep -q '^x\.'
}
# begin NAME: an --issue in the background; returns when the server answers, with the CA stopped
begin() {
	forget
	# shellcheck disable=SC2086 # lists of words
	spawn cut env HOME="$H" "$ACME_BIN" --home "$H" $ACME_ARGS --issue $WAY -d "$1"
	cut=$pid
	wait_for 10 grep -qr '# acme ' "$CONFS" || flunk "nothing was edited"
	kill -STOP "$PB_PID" # so that it does not come to its end
	wait_for 10 answers "$1"
}
children() { grep -l "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status 2>/dev/null | sort; }
workers_changed() { [ "$(workers)" != "$workers" ]; }

scenario() {
	# shellcheck disable=SC2086 # lists of words
	ok "issued again" acme --issue $WAY -d plain.test --force
	chain_ok "its chain" "$H/plain.test_ecc/fullchain.cer"
	ok "renewed" acme --renew -d plain.test --force
	untouched "the files are as they were"
	ok "nothing answers validations any more" wait_for 5 eval '! answers plain.test'
	fails "no journal is left" test -e "$H/.webserver.journal"
	if acme --help | grep -q -e --dry-run; then
		# shellcheck disable=SC2086
		ok "a dry run" acme --issue $WAY -d plain.test --dry-run
		untouched "leaves the files too"
	fi

	rm -rf "$H"/*_ecc
	due one.test "Le_Webroot='$ENTRY'"
	due two.test "Le_Webroot='$ENTRY'"
	ok "two at the same time" acme --cron --parallel 2
	like "$out" "2 renewed, 0 skipped, 0 failed" "both are renewed"
	untouched "and the files as they were"

	spawn turn flock "$H/.webserver.lock" sleep 2
	# shellcheck disable=SC2086
	ok "while another run has its turn" acme --issue $WAY -d turn.test
	like "$out" "Waiting for another run that proves names by a web server" "it is waited for"

	begin www.plain.test
	kill -TERM "$cut"
	kill -CONT "$PB_PID"
	wait "$cut"
	isnt $? 0 "told to end in the middle, it fails"
	untouched "but not before the files are as they were"
	ok "and reloaded" wait_for 5 eval '! answers www.plain.test'

	begin www.plain.test
	kill -9 "$cut"
	kill -CONT "$PB_PID"
	wait "$cut" 2>/dev/null
	ok "killed in the middle: the server answers still" wait_for 5 answers www.plain.test
	echo "# meanwhile" >>"$SITE"
	ok "the next daily run, which has nothing to renew" acme --cron
	like "$out" "An earlier run was cut short: its lines are taken away from .*$(basename "$SITE")" "tells"
	has "$SITE" "^# meanwhile$" "keeps what others wrote meanwhile"
	sed -i '/^# meanwhile$/d' "$SITE"
	untouched "and takes its own away"
	ok "and reloads" wait_for 5 eval '! answers www.plain.test'
	ok "the one after it" acme --cron
	unlike "$out" "An earlier run" "has nothing to tell"

	cp -p "$SITE" "$T/site"
	echo 'nonsense here;' >>"$SITE"
	broken=$(state)
	# shellcheck disable=SC2086
	fails "a configuration that is broken" acme --issue $WAY -d broken.test
	like "$err" "before anything is changed: .*nonsense.*it was broken before this run" "is told with the server's words"
	is "$(state)" "$broken" "and left as it is"
	cp -p "$T/site" "$SITE"
	no_downtime

	# shellcheck disable=SC2086
	fails "a port that nobody asks at" acme --issue $WAY --httpport 9 -d plain.test
	like "$err" "port 9; the CA asks at port 80.*--httpport" "is told, with the way out"

	thumb=$(acme --register-account | sed -n "s/.*ACCOUNT_THUMBPRINT='\(.*\)'.*/\1/p")
	snippet "$thumb"
	ok "a server that answers by itself" wait_for 5 answers plain.test
	sleep 1
	workers=$(workers) STATE=$(state)
	# shellcheck disable=SC2086
	ok "needs no edit" acme --issue $WAY -d fresh.test
	like "$out" "answers validations by itself: its configuration stays as it is" "which is told"
	untouched "the files are as they were"
	fails "and no reload" workers_changed

	stop_server
	# shellcheck disable=SC2086
	fails "a server that does not run" acme --issue $WAY -d down.test
	like "$err" "is not running .*; start it, or use --standalone" "is told"
	fails "and not started" listening "$HTTP_PORT"
}
