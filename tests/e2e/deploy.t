#!/bin/sh
# Deploy hooks against the real thing: files and shell here, sshd, vsftpd, lighttpd, Exim.
. "$(dirname "$0")/../lib.sh"
PB_CHAIN=2
pebble_start
D=$H/h.test_ecc
ok "a certificate" acme --issue -d h.test --standalone --httpport "$HTTP_PORT"
key=$D/h.test.key cert=$D/h.test.cer full=$D/fullchain.cer
# hook NAME [SETTING=VALUE...]: deploy with these settings
hook() {
	which=$1
	shift
	with "$@" acme --deploy -d h.test --deploy-hook "$which"
}
# A place where the servers' users are known and /run is empty, which only root can have.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	{
		grep -v -e '^sshd:' -e '^Debian-exim:' -e '^ftp:' /etc/passwd
		echo "sshd:x:33333:33333::/:/bin/false"
		echo "ftp:x:33334:33334::$T:/bin/false"
		echo "Debian-exim:x:33335:33335::$T:/bin/false"
		echo "deployer:*:0:0::$T/there:/bin/sh"
	} >"$T/passwd"
	{
		grep -v '^Debian-exim:' /etc/group
		echo "Debian-exim:x:33335:"
	} >"$T/group"
	# shellcheck disable=SC2016 # for the inner shell
	spawn there unshare -m sh -c 'mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group &&
		mount -t tmpfs none /run && mkdir -m 755 /run/sshd && touch "$0/ready" && exec sleep 600' "$T"
	wait_for 5 test -e "$T/ready" && NS=$pid
fi
mode() { stat -c %a "$1"; }
same() { cmp "$1" "$2"; }

# --- files here -----------------------------------------------------------------------------------
mkdir "$T/copy"
C=$T/copy
ok "localcopy" hook localcopy DEPLOY_LOCALCOPY_CERTIFICATE="$C/both" DEPLOY_LOCALCOPY_FULLCHAIN="$C/both" \
	DEPLOY_LOCALCOPY_CERTKEY="$C/both" DEPLOY_LOCALCOPY_CA="$C/ca" DEPLOY_LOCALCOPY_RELOADCMD="
		echo \"\$Le_Domain\" 'two  words' >'$C/ran'"
is "$(cat "$C/both")" "$(cat "$full" "$key")" "the certificate is in the full chain already"
is "$(mode "$C/both") $(mode "$C/ca")" "600 644" "who may read them"
is "$(cat "$C/ran")" "h.test two  words" "a reload command of several lines"
has "$D/h.test.conf" "^SAVED_DEPLOY_LOCALCOPY_RELOADCMD='__ACME_BASE64__START_" "is kept as acme.sh keeps it"
chmod 640 "$C/both"
rm "$C/ran"
ok "renewed" acme --renew -d h.test --force
is "$(cat "$C/both" "$C/ran")" "$(cat "$full" "$key" && echo "h.test two  words")" "with the saved settings"
is "$(mode "$C/both")" 640 "a file that is there keeps its mode"
exits 1 "a reload that fails" hook localcopy DEPLOY_LOCALCOPY_RELOADCMD="echo the end >&2; exit 3"
like "$err" "exit code 3" "says so"
exits 1 "no PKCS#12" hook localcopy DEPLOY_LOCALCOPY_RELOADCMD=true DEPLOY_LOCALCOPY_PFX="$C/pfx"
like "$err" "acme --to-pkcs12 -d h.test" "says what makes it"
ok "make it" acme --to-pkcs12 -d h.test --password secret
ok "PKCS#12" hook localcopy DEPLOY_LOCALCOPY_RELOADCMD=true DEPLOY_LOCALCOPY_PFX="$C/pfx"
ok "is that" same "$D/h.test.pfx" "$C/pfx"
sed -i '/LOCALCOPY/d' "$D/h.test.conf"

# --- SSH ------------------------------------------------------------------------------------------
sshd_start() {
	mkdir -p "$T/there"
	ssh-keygen -q -t ed25519 -N '' -f "$T/host_key" && ssh-keygen -q -t ed25519 -N '' -f "$T/id" || return 1
	cp "$T/id.pub" "$T/authorized"
	SSH_PORT=$(port)
	cat >"$T/sshd_config" <<-END
		ListenAddress 127.0.0.1:$SSH_PORT
		HostKey $T/host_key
		AuthorizedKeysFile $T/authorized
		PidFile none
		PermitRootLogin yes
		StrictModes no
		UsePAM no
		Subsystem sftp internal-sftp
	END
	spawn sshd nsenter -t "$NS" -m "$(command -v sshd)" -D -e -f "$T/sshd_config"
	wait_for 10 listening "$SSH_PORT"
}
if [ -z "${NS-}" ]; then
	skip "SSH" "needs root and mount namespaces"
elif ! command -v ssh >/dev/null || ! command -v sshd >/dev/null || ! sshd_start; then
	skip "SSH" "no sshd here"
else
	echo "[127.0.0.1]:$SSH_PORT $(cut -d' ' -f1,2 "$T/host_key.pub")" >"$T/known"
	R=$T/there
	options="-F none -i $T/id -o UserKnownHostsFile=$T/known -o BatchMode=yes"
	# shellcheck disable=SC2016 # for the inner shell
	printf '#!/bin/sh\nprintf "%%s\\n" "$@" >>%s/arguments\nexec ssh "$@"\n' "$T" >"$T/spy"
	chmod +x "$T/spy"
	to() { hook ssh DEPLOY_SSH_USER=deployer DEPLOY_SSH_SERVER="127.0.0.1:$SSH_PORT" \
		DEPLOY_SSH_CMD="$T/spy -T $options" "$@"; }
	backups() { find "$R/.acme_ssh_deploy" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '; }
	before=$(umask)
	umask 022
	ok "ssh" to DEPLOY_SSH_KEYFILE="~/it's mine.pem" DEPLOY_SSH_FULLCHAIN="it's mine.pem" \
		DEPLOY_SSH_CERTFILE="$R/cert.pem" DEPLOY_SSH_CAFILE='~/ca.pem' \
		DEPLOY_SSH_REMOTE_CMD="echo told; cat >got; cat 'cert.pem' >copy"
	umask "$before"
	like "$out" "told" "what the command says is shown"
	is "$(cat "$R/it's mine.pem")" "$(cat "$key" "$full")" "one file of two, in the home"
	is "$(cat "$R/cert.pem" "$R/ca.pem")" "$(cat "$full")" "certificate and CA by themselves"
	is "$(cat "$R/copy" "$R/got")" "$(cat "$cert")" "the command runs last and gets no input"
	is "$(mode "$R/it's mine.pem") $(mode "$R/cert.pem") $(mode "$R/copy")" "600 644 644" "modes of new files"
	has "$T/arguments" "^deployer@127.0.0.1$" "the arguments were seen"
	hasnt "$T/arguments" "PRIVATE KEY|$(sed -n 2p "$key" | cut -c1-30)" "and no key among them"
	is "$(backups)" "$(cd "$R/.acme_ssh_deploy" && echo h.test-backup-20??-??-??-??:??:??) " "a folder for a backup"
	is "$(ls "$R"/.acme_ssh_deploy/*)" "" "with nothing in it: there was nothing"

	old=h.test-backup-2020-01-01-00:00:00
	mkdir -p "$R/.acme_ssh_deploy/$old" "$R/.acme_ssh_deploy/www.$old"
	touch -d '181 days ago' "$R/.acme_ssh_deploy/$old" "$R/.acme_ssh_deploy/www.$old"
	rm -r "$R"/.acme_ssh_deploy/h.test-backup-202[1-9]*
	cp "$R/it's mine.pem" "$T/first"
	chmod 640 "$R/it's mine.pem"
	ok "renewed" acme --renew -d h.test --force
	is "$(cat "$R/it's mine.pem")" "$(cat "$key" "$full")" "with the saved settings"
	ok "another one" test "$(cat "$T/first")" != "$(cat "$R/it's mine.pem")"
	is "$(mode "$R/it's mine.pem")" 640 "a file that is there keeps its mode"
	ok "the old file is in the backup" same "$T/first" "$(echo "$R"/.acme_ssh_deploy/h.test-*/it*)"
	is "$(mode "$R"/.acme_ssh_deploy/h.test-*)" 700 "which others cannot enter"
	unlike "$(backups)" "^$old| h.test-backup-2020" "one of 181 days ago is gone"
	like "$(backups)" "www.$old" "but not another certificate's"

	rm -rf "${R:?}"/* "$R/.acme_ssh_deploy"
	ok "step by step" to DEPLOY_SSH_MULTI_CALL=yes
	is "$(cat "$R/it's mine.pem" "$R/copy")" "$(cat "$key" "$full" "$cert")" "does the same"
	rm -rf "${R:?}"/* "$R/.acme_ssh_deploy"
	ok "by scp" to DEPLOY_SSH_USE_SCP=yes DEPLOY_SSH_MULTI_CALL=no DEPLOY_SSH_BACKUP=no \
		DEPLOY_SSH_SCP_CMD="$(command -v scp) -q $options"
	is "$(cat "$R/it's mine.pem" "$R/copy")" "$(cat "$key" "$full" "$cert")" "does the same"
	is "$(mode "$R/it's mine.pem") $(mode "$R/cert.pem")" "600 644" "modes of new files"
	ok "without a backup" test ! -e "$R/.acme_ssh_deploy"
	ok "nothing is left here" test ! -e "$D/deploy-ssh.pem"

	rm -rf "${R:?}"/*
	sed -i '/SSH_USE_SCP/d' "$D/h.test.conf"
	exits 1 "two servers, the first one away" to DEPLOY_SSH_REMOTE_CMD=true \
		DEPLOY_SSH_SERVER="127.0.0.1:1 127.0.0.1:$SSH_PORT"
	like "$err" "127.0.0.1:1: .*exit code 255: .*[Cc]onnection refused" "is the result"
	ok "the second one has its files" test -s "$R/it's mine.pem"
	exits 1 "a command that fails" to DEPLOY_SSH_REMOTE_CMD="echo no such service >&2; exit 6"
	like "$err" "exit code 6: no such service" "says so"
	exits 1 "a folder that is not there" to DEPLOY_SSH_CERTFILE=/nowhere/x DEPLOY_SSH_REMOTE_CMD="touch ran"
	like "$err" "/nowhere/x" "says so"
	ok "the command does not run then" test ! -e "$R/ran"
	exits 1 "a stranger" to DEPLOY_SSH_CERTFILE=cert.pem DEPLOY_SSH_CMD="ssh -T -F none -i $T/host_key \
		-o UserKnownHostsFile=$T/known -o BatchMode=yes"
	like "$err" "Permission denied" "is not let in"
	exits 1 "an unknown host" to DEPLOY_SSH_CMD="ssh -T -F none -i $T/id -o UserKnownHostsFile=/dev/null"
	like "$err" "Host key verification failed" "is not trusted"
	hasnt "$D/h.test.conf" "SAVED_DEPLOY_SSH_CMD=.*host_key" "what failed is not kept"
	sed -i '/DEPLOY_SSH/d' "$D/h.test.conf"
	exits 1 "nothing to do" to
	like "$err" "set DEPLOY_SSH_KEYFILE" "says what can be done"
	exits 1 "no user" hook ssh DEPLOY_SSH_SERVER=h
	like "$err" "set DEPLOY_SSH_USER" "is demanded"
	stop "$pid"
fi
sed -i '/DEPLOY_SSH/d' "$D/h.test.conf"

# --- servers whose files are here -----------------------------------------------------------------
# served PORT [S_CLIENT OPTION...]: the serial number of the certificate that is there
served() {
	at=$1
	shift
	openssl s_client -connect "127.0.0.1:$at" -servername h.test "$@" </dev/null 2>/dev/null |
		openssl x509 -noout -serial
}
serial() { openssl x509 -in "$cert" -noout -serial; }
# now_serves WHAT PORT [OPTION...]
now_serves() {
	what=$1
	shift
	wait_for 10 eval '[ "$(served '"$*"')" = "$(serial)" ]'
	is "$(served "$@" 2>&1)" "$(serial)" "$what serves the certificate"
}
if [ -z "${NS-}" ]; then
	skip "servers" "needs root and mount namespaces"
else
	ACME=$ACME_BIN
	printf '#!/bin/sh\nexec nsenter -t %s -m %s "$@"\n' "$NS" "$ACME" >"$T/acme"
	chmod +x "$T/acme"
	ACME_BIN=$T/acme
fi
if [ -n "${NS-}" ] && command -v lighttpd >/dev/null; then
	L=$(port)
	lighttpd=$(command -v lighttpd)
	cat >"$T/lighttpd.conf" <<-END
		server.modules = ("mod_openssl")
		server.bind = "127.0.0.1"
		server.port = $L
		server.document-root = "$T/copy"
		ssl.engine = "enable"
		ssl.pemfile = "$T/h.test.pem"
	END
	modules=$(dirname "$(find -L "$(dirname "$lighttpd")/.." -name mod_openssl.so 2>/dev/null | head -n 1)")
	hook lighttpd DEPLOY_LIGHTTPD_PEM_PATH="$T" >/dev/null
	spawn lighttpd "$lighttpd" -D -m "$modules" -f "$T/lighttpd.conf"
	wait_for 10 listening "$L"
	now_serves "lighttpd" "$L"
	is "$(mode "$T/h.test.pem")" 600 "from a file that is its owner's"
	is "$(cat "$T/h.test.pem.issuer")" "$(sed '1,/END CERT/d' "$full")" "with the CA's beside it"
	ok "renewed" acme --renew -d h.test --force
	ok "deploy with a reload" hook lighttpd DEPLOY_LIGHTTPD_RELOAD="kill -USR1 $pid"
	now_serves "after the reload it" "$L"
	stop "$pid"
else
	skip "lighttpd" "not here"
fi
if [ -n "${NS-}" ] && command -v vsftpd >/dev/null; then
	V=$(port)
	mkdir -m 755 "$T/ftp"
	cat >"$T/vsftpd.conf" <<-END
		listen=YES
		listen_address=127.0.0.1
		listen_port=$V
		background=NO
		anonymous_enable=YES
		anon_root=$T/ftp
		secure_chroot_dir=$T/ftp
		nopriv_user=nobody
		#rsa_cert_file=/none
	END
	spawn vsftpd nsenter -t "$NS" -m "$(command -v vsftpd)" "$T/vsftpd.conf"
	wait_for 10 listening "$V"
	ok "vsftpd" hook vsftpd DEPLOY_VSFTPD_CONF="$T/vsftpd.conf" DEPLOY_VSFTPD_FOLDER="$T/tls/ftp" \
		DEPLOY_VSFTPD_RELOAD="kill -HUP $pid"
	now_serves "vsftpd" "$V" -starttls ftp
	has "$D/backup/vsftpd.conf.bak" "^#rsa_cert_file=/none" "the file as it was is kept"
	before=$(cat "$T/vsftpd.conf")
	ok "renewed" acme --renew -d h.test --force
	now_serves "vsftpd" "$V" -starttls ftp
	is "$(cat "$T/vsftpd.conf")" "$before" "its file needs no second change"
	sed -i 's/^ssl_enable=.*/ssl_enable=NO/' "$T/vsftpd.conf"
	before=$(cat "$T/vsftpd.conf")
	exits 1 "a reload that fails" hook vsftpd DEPLOY_VSFTPD_RELOAD="grep -q ssl_enable=NO $T/vsftpd.conf"
	is "$(cat "$T/vsftpd.conf")" "$before" "the file becomes what it was"
	stop "$pid"
else
	skip "vsftpd" "not here"
fi
if [ -n "${NS-}" ] && command -v exim >/dev/null; then
	X=$(port)
	mkdir -m 755 "$T/spool"
	chown 33335:33335 "$T/spool"
	chmod 755 "$T"
	cat >"$T/exim.conf" <<-END
		primary_hostname = h.test
		daemon_smtp_ports = $X
		local_interfaces = 127.0.0.1
		spool_directory = $T/spool
		log_file_path = $T/spool/%slog
		pid_file_path = $T/spool/pid
		tls_advertise_hosts = *
		begin acl
		begin routers
		begin transports
	END
	ok "Exim" hook exim4 DEPLOY_EXIM4_CONF="$T/exim.conf" DEPLOY_EXIM4_FOLDER="$T/tls/mail" \
		DEPLOY_EXIM4_RELOAD="! test -e $T/spool/pid || kill \$(cat $T/spool/pid)
			$(command -v exim) -bd -C $T/exim.conf"
	wait_for 10 test -s "$T/spool/pid" && pids="$pids $(cat "$T/spool/pid")"
	now_serves "Exim" "$X" -starttls smtp
	is "$(stat -c %a:%g "$T/tls/mail/exim4.key")" 640:33335 "which may read the key"
	is "$(sed '/^begin/,$d' "$T/exim.conf" | tail -n 1)" "tls_privatekey=$T/tls/mail/exim4.key" "options stand before the sections"
	ok "renewed" acme --renew -d h.test --force
	pids="$pids $(cat "$T/spool/pid")"
	now_serves "Exim" "$X" -starttls smtp
	stop "$(cat "$T/spool/pid")"
else
	skip "Exim" "not here"
fi
# strongSwan's programs know their folders, which only the place has, with its daemon, whom both may ask.
swan_start() {
	swan=$(dirname "$(find -L "$(dirname "$(command -v swanctl)")/.." -path '*/lib/ipsec/starter' 2>/dev/null | head -n 1)")/../../..
	mkdir -p "$T/etc/up" "$T/etc/work"
	cat >"$T/strongswan.conf" <<-END
		charon {
			load = random nonce openssl pem pkcs1 pkcs8 x509 constraints pubkey stroke vici socket-default kernel-netlink
			port = 0
			port_nat_t = 0
			filelog { log { path = $T/charon.log
				flush_line = yes } }
		}
	END
	cat >"$T/swan" <<-'END'
		mount -t overlay none -o "lowerdir=$2/usr:/usr" /usr && mount -t tmpfs none "$1/etc" &&
			mkdir "$1/etc/up" "$1/etc/work" &&
			mount -t overlay none -o "lowerdir=$2/etc:/etc,upperdir=$1/etc/up,workdir=$1/etc/work" /etc &&
			mount -t tmpfs none /run && cp "$1/strongswan.conf" /etc && touch /etc/ipsec.conf || exit
		echo ": ECDSA h.test.key" >/etc/ipsec.secrets
		/usr/lib/ipsec/starter --nofork &
		until swanctl --stats >/dev/null 2>&1; do sleep 0.1; done
		touch "$1/swan.ready"
		exec sleep 600
	END
	spawn swan unshare -mn -pf --mount-proc --kill-child sh "$T/swan" "$T" "$swan"
	wait_for 10 test -e "$T/swan.ready"
	PLACE=$(pgrep -P "$pid")
}
if [ -n "${NS-}" ] && command -v swanctl >/dev/null && swan_start; then
	inside() { nsenter -t "$PLACE" -m -p "$@" 2>/dev/null; }
	printf '#!/bin/sh\nexec nsenter -t %s -m -p %s "$@"\n' "$PLACE" "$ACME" >"$T/acme"
	ok "strongSwan" hook strongswan
	ok "renewed" acme --renew -d h.test --force
	certs=$(inside swanctl --list-certs)
	like "$certs" "serial: *$(serial | tr A-F a-f | sed 's/serial=//; s/../&:/g; s/:$//')" "has the certificate"
	like "$certs" "has private key" "and its key"
	is "$(echo "$certs" | grep -c 'subject: *"CN=Pebble Inter')" 2 "and both of the CA's"
	is "$(inside cat /etc/ipsec.d/private/h.test.key /etc/ipsec.d/certs/h.test.cer /etc/ipsec.d/cacerts/ca.cer \
		/etc/ipsec.d/cacerts/ca-2.cer)" \
		"$(cat "$key" "$full")" "the older way, too"
	is "$(inside stat -c %a /etc/swanctl/private/h.test.key /etc/ipsec.d/private/h.test.key | tr '\n' ' ')" "600 600 " "keys are root's"
	has "$T/charon.log" "rereading ca certificates" "and the daemon was told"
	inside ipsec stop >/dev/null
	exits 1 "the daemon is away" hook strongswan
	like "$err" "strongSwan: deploying h.test: swanctl ended with exit code" "is told"
	stop "$pid"
else
	skip "strongSwan" "not here: $(tail -n 1 "$T/swan.log" 2>/dev/null)"
fi
ACME_BIN=${ACME:-$ACME_BIN}
sed -i '/DEPLOY_/d' "$D/h.test.conf"

# --- several hooks by a file ----------------------------------------------------------------------
# services LINE...: the file, of these lines; deploys
services() {
	printf '%s\n' "$@" >"$D/multideploy.yml"
	hook multideploy
}
rm -f "$C"/*
printf '#!/bin/sh\necho "$COLOR $1" >%s/own\n' "$C" >"$H/deploy-own"
mkdir -p "$H/deploy"
mv "$H/deploy-own" "$H/deploy/own"
chmod +x "$H/deploy/own"
ok "multideploy" services '# two of a kind, one in the form of a list, one of the user' '---' 'version: "1.0"' 'services:' \
	'  - name: "first"' '    hook: "localcopy" # the same' '    environment:' \
	"      DEPLOY_LOCALCOPY_CERTKEY: '$C/it''s'" "      DEPLOY_LOCALCOPY_RELOADCMD: \"echo \\\"\$Le_Domain\\\" >$C/\${Le_Domain}\"" '' \
	'  - name: second' '    hook: localcopy' '    environment:' \
	"      - DEPLOY_LOCALCOPY_FULLCHAIN: $C/\$DOMAIN_DIR#full.pem" \
	'  - hook: own' '    name: third' '    environment:' '    - COLOR: blue # a comment'
is "$(cat "$C/it's")" "$(cat "$key")" "the first one's file"
is "$(cat "$C/h.test")" "h.test" "variables of the file and of the shell"
is "$(cat "$C/h.test_ecc#full.pem")" "$(cat "$full")" "the second one's file"
is "$(cat "$C/own")" "blue h.test" "the third one's environment"
hasnt "$D/h.test.conf" "LOCALCOPY|COLOR" "settings of the file are not kept"
has "$D/h.test.conf" "^Le_DeployHook='multideploy,'$" "but the hook is"
rm "$C"/*
exits 1 "one that fails" services 'version: 1.0' 'services:' '- name: bad' '  hook: localcopy' '  environment:' \
	'    DEPLOY_LOCALCOPY_RELOADCMD: exit 5' '- name: good' '  hook: own'
like "$err" "service bad: .*exit code 5" "is told by its name"
has "$C/own" "^ h.test$" "the others are served, without its settings"
exits 1 "a hook that there is not" services 'version: 1.0' 'services:' '- name: x' '  hook: nobody'
like "$err" "service x: .*nobody" "says so"
exits 1 "itself" services 'version: 1.0' 'services:' '- name: x' '  hook: multideploy'
like "$err" "multideploy runs itself" "is refused"
# each of these lines, behind a service's environment, is told by its number
while read -r what line; do
	exits 1 "a file with $(printf '%s' "$what" | tr _ ' ')" services 'version: "1.0"' 'services:' '  - name: x' '    hook: own' \
		'    environment:' "$(printf '%b' "$line" | sed 's/^|//')"
	like "$err" "multideploy.yml, line 6: " "says where"
done <<'END'
a_tab |\t  A: b
an_open_quote |      A: "b
words_behind_a_quote |      A: "b" c
a_block |      A: |
an_anchor |      A: &x
a_flow_mapping |      A: { b: c }
a_mapping_within |      A: b: c
no_key |      just words
an_unknown_variable |      A: ${NOT_THERE}
an_open_variable |      A: "${x"
an_unknown_escape |      A: "\\x41"
another_section |configs: default
another_key |    color: blue
an_odd_indent |   A: b
END
exits 1 "another version" services 'version: "2.0"' 'services:' '- name: x' '  hook: own'
like "$err" "only version \"1.0\"" "says so"
exits 1 "no services" services 'version: "1.0"' 'services:'
like "$err" "no services" "says so"
exits 1 "no hook" services 'version: "1.0"' 'services:' '- name: x'
like "$err" "needs a name and a hook" "says so"
rm "$D/multideploy.yml"
exits 1 "no file" hook multideploy
like "$err" "$D/multideploy.yml" "says where it should be"
done_testing
