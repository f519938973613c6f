#!/bin/sh
# --install and --uninstall: the program, its second name, env files, rc files, account.conf, the
# crontab in all its moods.
. "$(dirname "$0")/../lib.sh"
U=$T/user
mkdir "$U" "$T/bin" "$T/empty"
touch "$U/.bashrc" "$U/.cshrc"

# A crontab program of ours: keeps its table in a file, fails when told to.
cat >"$T/bin/crontab" <<E2
#!/bin/sh
[ ! -e $T/cron.killed ] || kill -9 \$\$
[ ! -e $T/cron.broken ] || { echo "cannot reach the spool" >&2; exit 2; }
case \$1 in
-l) [ -e $T/cron ] || { echo "no crontab for user" >&2; exit 1; }; cat $T/cron ;;
-) cat >$T/cron.new && mv $T/cron.new $T/cron ;;
esac
E2
chmod +x "$T/bin/crontab"
me() { env -i HOME="$U" SHELL=/bin/bash PATH="$T/bin:/usr/bin:/bin" "$ACME_BIN" "$@"; }

ok "install" me --install -m me@example.com
A=$U/.acme.sh
is "$(stat -c %a "$A")" 700 "the home is for its owner only"
ok "the program is there" cmp "$ACME_BIN" "$A/acme"
is "$(readlink "$A/acme.sh")" acme "acme.sh is its second name"
is "$(env -i HOME="$U" "$A/acme.sh" --version | tail -n 1)" "$("$ACME_BIN" --version | tail -n 1)" "which runs"
has "$A/account.conf" "^ACCOUNT_EMAIL='me@example.com'$" "account.conf has the address"
has "$A/account.conf" '^#LOG_FILE="' "and acme.sh's hints"
is "$(stat -c %a "$A/account.conf" "$A/acme.sh.env" | tr '\n' ' ')" "600 600 " "both are private"
has "$A/acme.sh.env" "^export LE_WORKING_DIR=\"$A\"$" "the env file names the home"
has "$A/acme.sh.env" "^alias acme.sh=\"$A/acme.sh\"$" "and the alias"
is "$(grep -c acme.sh.env "$U/.bashrc")" 1 "bash reads it"
has "$U/.cshrc" "acme.sh.csh" "csh too"
has "$T/cron" "^[0-9]+ [0-9]+ \* \* \* \"$A\"/acme.sh --cron --home \"$A\" > /dev/null$" "the cron line is acme.sh's"
for sh in dash bash; do
	run $sh -c ". $A/acme.sh.env && printf %s \"\$LE_WORKING_DIR\""
	is "$out$err" "$A" "$sh reads the env file"
done
ok "completions" test -s "$A/completions/acme.bash" -a -s "$A/completions/acme.fish" -a -s "$A/completions/_acme"
ok "bash reads its completion" bash -n "$A/completions/acme.bash"

cp "$T/cron" "$T/cron.before"
cp "$U/.bashrc" "$T/bashrc.before"
ok "install again" me --install
ok "no second cron line" cmp "$T/cron" "$T/cron.before"
ok "no second rc line" cmp "$U/.bashrc" "$T/bashrc.before"
has "$A/account.conf" "^ACCOUNT_EMAIL='me@example.com'$" "the address stays"

# uninstall takes away what was added and nothing else
mkdir "$A/keep.test"
echo mine >>"$U/.bashrc"
printf 'MAILTO=me\n# note\n0 0 * * * other job\n' | cat - "$T/cron" >"$T/c" && mv "$T/c" "$T/cron"
ok "uninstall" me --uninstall
is "$(cat "$T/cron")" "$(printf 'MAILTO=me\n# note\n0 0 * * * other job')" "other cron lines stay"
is "$(cat "$U/.bashrc")" mine "other rc lines stay"
ok "the program is gone" test ! -e "$A/acme" -a ! -e "$A/acme.sh" -a ! -e "$A/acme.sh.env" -a ! -e "$A/completions"
ok "settings and certificates stay" test -e "$A/account.conf" -a -d "$A/keep.test"

# a crontab that cannot be listed is not overwritten
touch "$T/cron.broken"
cp "$T/cron" "$T/cron.before"
exits 1 "a crontab that cannot be listed" me --install
like "$err" "cannot reach the spool" "its own words are told"
ok "it is left alone" cmp "$T/cron" "$T/cron.before"
ok "--nocron does not need it" me --install --nocron
rm "$T/cron.broken"
touch "$T/cron.killed"
exits 1 "nor one whose program ends without a word" me --install-cronjob
rm "$T/cron.killed"
ok "it is left alone, too" cmp "$T/cron" "$T/cron.before"
ok "install-cronjob" me --install-cronjob
is "$(grep -c 'acme.sh --cron' "$T/cron")" 1 "adds the line"
ok "uninstall-cronjob" me --uninstall-cronjob
is "$(grep -c 'acme.sh --cron' "$T/cron")" 0 "takes it away"
exits 1 "no crontab, no systemd" env -i HOME="$U" PATH="$T/empty" "$ACME_BIN" --install-cronjob
like "$err" "acme.sh --cron --home" "the line to add is printed"

# other places
ok "other homes" me --install --home "$T/h 1" --config-home "$T/c 1" --cert-home "$T/certs" --noprofile
has "$T/cron" "\"$T/h 1\"/acme.sh --cron --home \"$T/h 1\" --config-home \"$T/c 1\" > /dev/null" "the cron line has them"
has "$T/c 1/account.conf" "^CERT_HOME='$T/certs'$" "the certificates' home is kept"
has "$T/h 1/acme.sh.env" "^export LE_CONFIG_HOME=\"$T/c 1\"$" "the env file too"
is "$(grep -c "h 1" "$U/.bashrc")" 0 "--noprofile leaves the rc file alone"
line=$(grep "h 1" "$T/cron" | cut -d' ' -f6-)
ok "the cron line runs" env -i HOME="$U" PATH=/usr/bin:/bin sh -c "$line"

# each home has a line of its own
ok "the first home's line besides" me --install-cronjob
is "$(grep -c 'acme.sh --cron' "$T/cron")" 2 "two homes, two lines"
ok "uninstall the other home" me --uninstall --home "$T/h 1" --config-home "$T/c 1"
has "$T/cron" "\"$A\"/acme.sh --cron" "leaves the first home's line"
is "$(grep -c 'acme.sh --cron' "$T/cron")" 1 "and takes its own"
ok "install-cronjob for a home without a program" me --install-cronjob --home "$T/bare"
has "$T/cron" "\* \"$ACME_BIN\" --cron --home \"$T/bare\" > /dev/null$" "has this one run"
ok "uninstall-cronjob" me --uninstall-cronjob --home "$T/bare"
hasnt "$T/cron" "$T/bare" "finds it again"

# no crontab: a systemd timer for each home, in a view of the file system that only these commands have
mkdir "$T/sd" "$T/units" "$T/sdbin"
cat >"$T/sdbin/systemctl" <<E2
#!/bin/sh
echo "\$*" >>$T/systemctl
[ ! -e $T/sd.broken ] || { echo "no bus" >&2; exit 1; }
E2
chmod +x "$T/sdbin/systemctl"
cat >"$T/booted" <<E2
mount -t tmpfs none /run && mount -t tmpfs none /etc && mkdir -p /run/systemd/system /etc/systemd/system &&
mount --bind $T/units /etc/systemd/system || exit 99
exec env -i HOME=$U PATH=$T/sdbin $ACME_BIN "\$@"
E2
booted() { unshare -m sh "$T/booted" "$@"; }
if booted --version >/dev/null 2>&1; then
	ok "a timer where there is no crontab" booted --install-cronjob
	has "$T/units/acme.service" "^ExecStart=\"$A/acme\" --cron --home \"$A\"$" "runs the daily job"
	has "$T/units/acme.timer" "^OnCalendar=daily$" "daily"
	is "$(tr '\n' ';' <"$T/systemctl")" "--system daemon-reload;--system enable --now acme.timer;" "and is switched on"
	ok "another home" booted --install-cronjob --home "$T/sd"
	other=$(cd "$T/units" && echo acme-*.timer)
	has "$T/units/${other%.timer}.service" "--home \"$T/sd\"" "has a timer of its own"
	has "$T/units/acme.service" "--home \"$A\"" "beside the first"
	touch "$T/sd.broken"
	exits 1 "a systemctl that fails" booted --uninstall-cronjob --home "$T/sd"
	like "$err" "systemctl disable ended with exit code 1: no bus" "is told"
	rm "$T/sd.broken"
	ok "uninstall-cronjob" booted --uninstall-cronjob --home "$T/sd"
	is "$(cd "$T/units" && echo *)" "acme.service acme.timer" "takes its own away"
	ok "and the first one" booted --uninstall-cronjob
	is "$(ls "$T/units")" "" "too"
else
	skip "the systemd timer" "no view of the file system of one's own"
fi

# homes whose path has what cron and shells take for theirs
export odd version
version=$("$ACME_BIN" --version)
mkdir -p "$U/.config/fish"
# in_shell NAME COMMAND...: that shell has the variables and can run both names
in_shell() {
	name=$1
	shift
	command -v "$1" >/dev/null || { skip "$name" "no $1" && return; }
	run env -i HOME="$U" PATH="$PATH" odd="$odd" "$@"
	is "$out" "$odd
$odd/conf
$version
$version" "$name${err:+: $err}"
}
show="printf '%s\n' \"\$LE_WORKING_DIR\" \"\$LE_CONFIG_HOME\"
acme --version
acme.sh --version"
for odd in 'a b' 'a$b' 'a`b' 'a"b' "a'b" 'a\b' 'a%b' 'a!b' 'a&b;c' '$HOME' '\%$`"'"' !"; do
	odd="$T/$odd"
	rm -f "$T/cron" "$U/.bashrc" "$U/.config/fish/config.fish"
	touch "$U/.bashrc"
	: >"$U/.cshrc"
	ok "install into $odd" me --install --home "$odd" --config-home "$odd/conf"
	line=$(cut -d' ' -f6- "$T/cron" | sed 's/\\%/%/g; s, > /dev/null$,,')
	run env -i HOME="$U" PATH=/usr/bin:/bin sh -c "$line --info"
	like "$out" "LE_CONFIG_HOME=" "its cron line finds $odd"
	for sh in dash bash zsh; do
		[ $sh = bash ] && opt='-O expand_aliases' || opt=''
		printf '%s\n' "$show" | cat "$U/.bashrc" - >"$T/show"
		# shellcheck disable=SC2086 # no word, or two
		in_shell "$sh: $odd" $sh $opt "$T/show"
	done
	printf '%s\n' "$show" | cat "$U/.cshrc" - >"$T/show"
	in_shell "tcsh: $odd" tcsh -f "$T/show"
	printf '%s\n' "$show" >"$T/show"
	in_shell "fish: $odd" fish "$T/show"
	ok "uninstall" me --uninstall --home "$odd" --config-home "$odd/conf"
	is "$(cat "$T/cron" "$U/.bashrc" "$U/.cshrc" "$U/.config/fish/config.fish")" "" "nothing of it stays"
done
exits 1 "a home with a newline" me --install --home "$T/a
b"
like "$err" "control character" "is refused"
ok "and not made" test ! -e "$T/a
b"

# taking over a home of acme.sh
mkdir "$T/old"
tar -xzf "$TOP/tests/fixtures/acmesh-home.tar.gz" -C "$T/old"
old=$(dirname "$(find "$T/old" -name account.conf | head -n 1)")
printf '#!/bin/sh\necho the script\n' >"$old/acme.sh"
chmod 755 "$old/acme.sh"
find "$old" -name '*.conf' -o -name '*.key' -o -name '*.cer' | sort | xargs cksum >"$T/sums"
ok "install over acme.sh" me --install --home "$old" --nocron --noprofile
like "$out" "Taking over .*: 3 certificates" "says what it found"
ok "nothing of it is changed" sh -c "find '$old' -name '*.conf' -o -name '*.key' -o -name '*.cer' | sort | xargs cksum | cmp - '$T/sums'"
is "$(sh "$old/acme.sh.script")" "the script" "the script is kept"
is "$(env -i HOME="$U" "$old/acme.sh" --home "$old" --list --listraw | grep -c '^one.example|')" 1 "its name is ours now"

ok "uninstall" me --uninstall --home "$old" --no-cron
is "$(sh "$old/acme.sh")" "the script" "puts the script back"
like "$out" "script is back: $old/acme.sh" "and says so"
ok "nothing else is changed" sh -c "find '$old' -name '*.conf' -o -name '*.key' -o -name '*.cer' | sort | xargs cksum | cmp - '$T/sums'"

echo x >"$T/file"
exits 1 "a home that cannot be made" me --install --home "$T/file/x" --nocron
like "$err" "$T/file" "is named"
done_testing
