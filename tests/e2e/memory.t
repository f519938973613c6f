#!/bin/sh
# Private keys stay in the keeper process: during an order that the CA is made to hold up, the
# memory of each of our processes is searched for the keys' bytes.
. "$(dirname "$0")/../lib.sh"
PB_SLEEP=15 PB_RETRY_AFTER=5
pebble_start

# find PID KEYFILE: how often forms of the private key (the number in both byte orders, DER, PEM) stand in
# the memory of a process
cat >"$T/find.pl" <<'END'
use strict;
my ($pid, $file) = @ARGV;
my $text = `openssl pkey -in $file -noout -text`;
$text =~ /priv:\s*\n((?:\s+[0-9a-f:]+\n)+)/ or die "no private part in $file";
(my $hex = $1) =~ s/[\s:]//g;
my $number = substr(pack('H*', $hex), -32);
my $pem = `grep -v -- ---- $file | head -n 1`;
chomp $pem;
my @forms = ($number, scalar reverse($number), $pem);
my $count = 0;
open my $maps, '<', "/proc/$pid/maps" or die "maps of $pid: $!";
open my $mem, '<:raw', "/proc/$pid/mem" or die "mem of $pid: $!";
while (<$maps>) {
	my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) r/ or next;
	no warnings 'portable';
	($from, $to) = (hex $from, hex $to);
	next if $to - $from > 256 << 20;
	sysseek $mem, $from, 0 or next;
	my ($bytes, $got, $all) = ('', 0, $to - $from);
	while ($got < $all) {
		my $n = sysread $mem, $bytes, $all - $got, $got;
		last if !$n;
		$got += $n;
	}
	for my $form (@forms) {
		my $at = -1;
		$count++ while ($at = index($bytes, $form, $at + 1)) >= 0;
	}
}
print "$count\n";
END
find() { perl "$T/find.pl" "$@"; }

children() { cat "/proc/$1/task/$1/children"; }

run acme --register-account
run acme --create-domain-key -d mem.test
spawn issue env HOME="$H" "$ACME_BIN" --home "$H" --server "$SERVER" --ca-bundle "$T/minica.pem" \
	--issue -d mem.test --standalone --httpport "$HTTP_PORT"
main=$pid
ok "the order is on its way" wait_for 20 grep -q Verifying "$T/issue.log"
# The search takes longer than the CA may sleep, so the processes are held, too.
kill -STOP "$main"
key=$H/mem.test_ecc/mem.test.key
account=$H/ca/localhost/dir/account.key
is "$(children "$main" | wc -w)" 2 "main has two children: keeper and responder"
is "$(find "$main" "$key")" 0 "main does not hold the certificate's key"
is "$(find "$main" "$account")" 0 "main does not hold the account's key"
keepers=0 account_keepers=0
for one in $(children "$main"); do
	[ "$(find "$one" "$key")" = 0 ] || keepers=$((keepers + 1))
	[ "$(find "$one" "$account")" = 0 ] || account_keepers=$((account_keepers + 1))
done
is $keepers 1 "exactly one other process holds the certificate's key"
is $account_keepers 1 "exactly one holds the account's key"
kill -CONT "$main"
ok "the order ends well" wait_for 60 grep -q "Cert success" "$T/issue.log"
wait "$main"

# a deploy hook reads the key in a process of its own
DEPLOY_LOCALCOPY_CERTKEY=$T/copy DEPLOY_LOCALCOPY_RELOADCMD="touch $T/up; sleep 60"
export DEPLOY_LOCALCOPY_CERTKEY DEPLOY_LOCALCOPY_RELOADCMD
spawn deploy env HOME="$H" "$ACME_BIN" --home "$H" --deploy -d mem.test --deploy-hook localcopy
main=$pid
ok "a deploy hook is at work" wait_for 20 test -e "$T/up"
kill -STOP "$main"
is "$(find "$main" "$key")" 0 "main does not hold the key"
holders=0
for one in $(children "$main"); do
	[ "$(find "$one" "$key")" = 0 ] || holders=$((holders + 1))
done
is "$(children "$main" | wc -w) $holders" "2 1" "of keeper and hook the hook's process does"
kill -CONT "$main"
kill "$main"
done_testing
