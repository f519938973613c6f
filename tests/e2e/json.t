#!/bin/sh
# --json: each line on stdout is an object of docs/json.md, with the fields and types that its
# tables promise, in good runs and bad ones.
. "$(dirname "$0")/../lib.sh"
PB_PROFILES='default=7776000 short=518400'
pebble_start

# check.pl PAGE: the lines on stdin against the page's tables; prints what is wrong, then the events' names
cat >"$T/check.pl" <<'END'
use strict;
use JSON::PP;
my (%page, $event, %wrong, @seen);
open my $f, '<', $ARGV[0] or die "$ARGV[0]: $!";
while (<$f>) {
	$event = $1, $page{$1} = {} if /^### (\S+)/;
	$page{$event} = { %{ $page{$1} } } if $event && /^.*: what `([\w.]+)` tells, and/;
	$page{$event}{$1} = $2 if $event && /^\| `(\w+)` \| (\w+\??) \|/;
}
my $plain = sub { my $t = encode_json([$_[0]]); $t =~ /^\["/ ? 'string' : 'number' };
my %is = (
	string => sub { !ref $_[0] && $plain->($_[0]) eq 'string' },
	number => sub { !ref $_[0] && $plain->($_[0]) eq 'number' },
	boolean => sub { JSON::PP::is_bool($_[0]) },
	strings => sub { ref $_[0] eq 'ARRAY' && !grep ref, @{ $_[0] } },
	object => sub { ref $_[0] eq 'HASH' },
);
while (<STDIN>) {
	my $j = eval { decode_json($_) };
	print("no JSON object: $_"), next if ref $j ne 'HASH';
	my $name = delete $j->{event} // '(none)';
	push @seen, $name;
	my $time = delete $j->{time} // '';
	print "$name: no time\n" if $time !~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
	my $fields = $page{$name};
	print("the page has no event $name\n"), next if !$fields;
	for (sort keys %$fields) {
		my ($type, $may) = $fields->{$_} =~ /(\w+)(\?)?/;
		if (!exists $j->{$_}) {
			print "$name: $_ is missing\n" if !$may;
		} elsif (!($is{$type} || die "type $type")->($j->{$_})) {
			print "$name: $_ is no $type: ", encode_json([$j->{$_}]), "\n";
		}
		delete $j->{$_};
	}
	print "$name: the page has no $_\n" for sort keys %$j;
}
print "events: @seen\n";
END

# json NAME EVENTS CODE ARGUMENTS...: what it prints is as the page says, and has these events in this order
json() {
	name=$1 events=$2 code=$3
	shift 3
	run acme "$@" --json
	is "$(perl "$T/check.pl" "$TOP/docs/json.md" <"$T/out")" "events: $events" "$name"
	is "$status" "$code" "  exit code $code"
}


json "the first issue" "account.registered name.verified name.verified cert.issued" 0 --issue --standalone \
	--httpport "$HTTP_PORT" -d a.test -d www.a.test --reloadcmd "echo out of a hook" --pre-hook "echo and another"
like "$err" "^out of a hook$" "what hooks print goes to stderr"
json "again: skipped" "cert.skipped" 2 --issue --standalone -d a.test -d www.a.test
json "renew: skipped" "cert.skipped" 2 --renew -d a.test
json "renew of what is not there" "cert.skipped" 2 --renew -d none.test
json "renew by force" "name.verified name.verified cert.issued" 0 --renew -d a.test --force
json "list" "cert.listed" 0 --list
json "list of one" "cert.listed" 0 --list -d a.test
json "info" "cert.info" 0 --info -d a.test
run acme --cron
json "info with a window" "cert.info" 0 --info -d a.test
like "$out" '"ari":\{"start":' "indeed"
json "info of the home" "home" 0 --info
json "health" "cert.health" 0 --health
json "cron, nothing due" "cert.skipped renew.done" 0 --cron
json "cron by force" "name.verified name.verified cert.issued cert.renewed renew.done" 0 --cron --force
json "profiles" "profile profile" 0 --list-profiles
json "version" "version" 0 --version
json "help" "" 0 --help

# errors: of the command line, of what is asked for, of the CA
json "an unknown option" "error" 1 --nonsense
json "a word that is no option" "error" 1 nonsense
run "$ACME_BIN" isue -d a.test --json
is "$(perl "$T/check.pl" "$TOP/docs/json.md" <"$T/out")" "events: error" "an unknown command"
is "$status" 127 "  exit code 127"
json "no command" "error" 1 -d a.test
json "a missing value" "error" 1 --issue -d
run acme --json --nonsense
is "$(perl "$T/check.pl" "$TOP/docs/json.md" <"$T/out")" "events: error" "--json before the mistake"
json "a bad name" "error" 1 --issue -d 'a b' --standalone
json "a bad home" "error" 1 --issue -d b.test --standalone --home /dev/null/x
json "a log file that cannot be opened" "error" 1 --list --log /dev/null/x
ct /set-servfail '{"host":"bad.test"}'
json "a failed issue" "error" 1 --issue -d bad.test --standalone --httpport "$HTTP_PORT"
like "$out" '"names":\["bad.test: ' "names the name"
json "a failing reload" "name.verified name.verified cert.issued error" 1 --renew -d a.test --force --reloadcmd "exit 3"
json "cron, something owed fails" "cert.failed renew.done" 1 --cron
like "$out" '"failed":1' "counts are numbers"
json "health then" "cert.health" 1 --health
json "a CA that is not there" "error" 1 --register-account --server "https://localhost:$(port)/dir"
json "revoke" "cert.revoked" 0 --revoke -d a.test
json "manual DNS" "dns.record error" 3 --issue -d m.test --dns \
	--yes-I-know-dns-manual-mode-enough-go-ahead-please
json "a persistent DNS record" "dns.record" 0 --make-dns-persist-value -d m.test
for list in dns:dns.provider deploy:deploy.hook notify:notify.hook; do
	json "--${list%:*}-list" "$(acme "--${list%:*}-list" | sed "s/.*/${list#*:}/" | tr '\n' ' ' | sed 's/ $//')" \
		0 "--${list%:*}-list"
done
printf "Le_Domain='c.test\n" >"$H/damaged.conf"
mkdir -p "$H/c.test" && printf "Le_Domain='c.test\n" >"$H/c.test/c.test.conf"
run acme --list --json
is "$(perl "$T/check.pl" "$TOP/docs/json.md" <"$T/out")" "events: cert.listed cert.listed error" "a damaged conf"
is "$status" 1 "  exit code 1"

# the page names all events, and no others
grep -hoE '((say|say_error|print_object|json_event)\(([^"(]*, *)?|\.event = )"[a-z.]+"' "$TOP"/acme.c "$TOP"/src/*.c |
	sed 's/.*"\(.*\)"/\1/' | sort -u >"$T/told"
sed -n 's/^### //p' "$TOP/docs/json.md" | sort -u >"$T/page"
is "$(diff "$T/told" "$T/page")" "" "docs/json.md has the events of the sources"
done_testing
