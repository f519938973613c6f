#!/bin/sh
# --apache: names proven through a running Apache whose virtual hosts have everything that may be in the
# way, without a request refused or answered wrongly meanwhile; what an earlier run left.
. "$(dirname "$0")/../lib.sh"
command -v apache2 >/dev/null || give_up "no apache2: run sh tests/need.sh test"
. "$TOP/tests/webserver.sh"
pebble_start
chmod 711 "$T"
A=$T/apache
MODULES=$TOP/build/tools/apache2/usr/lib/apache2/modules
mkdir -p "$A/run" "$A/sites" "$A/enabled" "$A/www" "$T/bin"
echo root >"$A/www/index.html"
BACK=$(port)
CONFS=$A SITE=$A/sites/plain ENTRY=apache
WAY="--apache --httpport $HTTP_PORT"
workers() { children "$APACHE"; }
snippet() { # THUMBPRINT: what --stateless tells to add
	sed -i "s|^.*ServerAlias.*|&\n<LocationMatch \"^/\\\\.well-known/acme-challenge/(?<challenge>[-_a-zA-Z0-9]+)\$\">\n\
		RewriteEngine On\n	RewriteRule ^ - [L,R=200]\n	ErrorDocument 200 \"%{ENV:MATCH_CHALLENGE}.$1\"\n</LocationMatch>|" "$SITE"
	kill -USR1 "$APACHE"
}

# Debian's own control program, with its variables leading to ours.
cp "$TOP/build/tools/apache2/usr/sbin/apache2ctl" "$T/bin/"
PATH=$T/bin:$PATH
APACHE_CONFDIR=$A APACHE_RUN_DIR=$A/run APACHE_LOCK_DIR=$A/run
APACHE_RUN_USER=$(id -un) APACHE_HTTPD=$(command -v apache2)
export APACHE_CONFDIR APACHE_RUN_DIR APACHE_LOCK_DIR APACHE_RUN_USER APACHE_HTTPD

modules() {
	for one in mpm_event authz_core "$@"; do
		echo "LoadModule ${one}_module $MODULES/mod_$one.so"
	done
}
common() {
	cat <<-END
		ServerRoot "$A"
		PidFile run/apache2.pid
		Listen 127.0.0.1:$HTTP_PORT
		ServerName main.test
		ErrorLog $T/apache-error.log
		Mutex file:$A/run default
		$([ "$(id -u)" != 0 ] || printf 'User nobody\nGroup nogroup\n')
		DocumentRoot "$A/www"
	END
}
site() { # NAME: from stdin, linked to as Debian does it
	cat >"$A/sites/$1"
	ln -s "../sites/$1" "$A/enabled/$1.conf"
}
V="<VirtualHost 127.0.0.1:$HTTP_PORT>"
{
	modules access_compat authn_core authn_file authz_user authz_host auth_basic alias rewrite proxy proxy_http macro
	common
	echo 'IncludeOptional enabled/*.conf'
} >"$A/apache2.conf"
site 000-default <<END
$V
	ServerName default.test
</VirtualHost>
END
site plain <<END
	$V
		ServerName plain.test
		ServerAlias www.plain.test *.wild.test fresh.test
	</virtualhost>
END
printf '<VirtualHost \\\r\n  127.0.0.1:%s>\r\nServerName crlf.test\r\n</VirtualHost>' "$HTTP_PORT" | site crlf
site redirect <<END
$V
	ServerName redirect.test
	Redirect permanent / https://redirect.test/
</VirtualHost>
$V
	ServerName rewrite.test
	RewriteEngine On
	RewriteCond %{HTTPS} off
	RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]
</VirtualHost>
$V
	ServerName off.test
	RewriteEngine Off
	Redirect / https://off.test/
</VirtualHost>
END
site denied <<END
$V
	ServerName deny.test
	<Location />
		Require all denied
	</Location>
</VirtualHost>
$V
	ServerName olddeny.test
	<Location />
		Order deny,allow
		Deny from all
	</Location>
	ProxyPass / http://127.0.0.1:$BACK/
</VirtualHost>
$V
	ServerName auth.test
	ProxyPass / http://127.0.0.1:$BACK/
	<Location />
		AuthType Basic
		AuthName closed
		AuthUserFile $A/nobody
		Require valid-user
	</Location>
</VirtualHost>
END
: >"$A/nobody"
site macro <<END
<Macro Host \$name>
$V
	ServerName \$name
</VirtualHost>
</Macro>
Use Host macro.test
END
site proxied <<END
$V
	ServerName proxy.test
	ProxyPass / http://127.0.0.1:$BACK/
</VirtualHost>
$V
	ServerName rewriteproxy.test
	RewriteEngine On
	RewriteRule ^/(.*) http://127.0.0.1:$BACK/\$1 [P]
</VirtualHost>
$V
	ServerName location.test
	<Location />
		ProxyPass http://127.0.0.1:$BACK/
		RewriteEngine On
		RewriteRule . https://location.test/ [R=301]
	</Location>
</VirtualHost>
END
web "$BACK" "$A/www"
start() {
	spawn apache apache2 -d "$A" -DFOREGROUND
	APACHE=$pid
	wait_for 10 listening "$HTTP_PORT" || give_up "Apache does not start"
}
stop_server() { stop "$APACHE"; }
start
client root
STATE=$(state)

ok "whatever the virtual host says" acme --issue --apache --httpport "$HTTP_PORT" -d plain.test \
	-d www.plain.test -d a.wild.test -d crlf.test -d redirect.test -d rewrite.test -d off.test \
	-d deny.test -d olddeny.test -d auth.test -d proxy.test -d rewriteproxy.test -d location.test \
	-d unknown.test
chain_ok "its chain" "$H/plain.test_ecc/fullchain.cer"
is "$(names "$H/plain.test_ecc/plain.test.cer" | wc -l)" 14 "all names are in it"
has "$H/plain.test_ecc/plain.test.conf" "^Le_Webroot='apache'$" "the conf says how"
untouched "the files are as they were"
fails "a virtual host that comes from a macro" acme --issue --apache --httpport "$HTTP_PORT" -d macro.test
like "$err" "the virtual host of macro.test is made by a macro" "is told"
scenario

# --- other Apaches ---------------------------------------------------------------------------------
# other NAME: Apache with another main file
other() {
	export APACHE_HTTPD_CONF="$A/$1.conf"
	spawn "apache-$1" apache2 -d "$A" -f "$A/$1.conf" -DFOREGROUND
	APACHE=$pid
	wait_for 10 listening "$HTTP_PORT" || give_up "Apache does not start"
	STATE=$(state)
}
{
	modules alias proxy proxy_http
	common
	grep -v Rewrite "$A/sites/proxied"
} >"$A/small.conf"
other small
ok "without mod_rewrite" acme --issue --apache --httpport "$HTTP_PORT" -d proxy.test -d rewriteproxy.test
untouched "the files are as they were"
has "$H/account.conf" "^APACHE_HTTPD_CONF='$A/small.conf'$" "its main file is remembered"
stop_server

{
	modules rewrite alias
	common
	printf 'Redirect / https://main.test/'
} >"$A/main.conf"
other main
ok "without a virtual host, behind a redirect" acme --issue --apache --httpport "$HTTP_PORT" -d main.test
untouched "the files are as they were"
stop_server

{
	modules proxy proxy_http
	echo "Include $A/load.conf"
	common
	printf '%s\n' 'RewriteEngine On' 'RewriteRule ^ https://main.test/ [R]' "ProxyPass / http://127.0.0.1:$BACK/"
} >"$A/rewrite.conf"
modules alias rewrite | grep -e alias -e rewrite >"$A/load.conf"
other rewrite
ok "behind a rewrite, with modules loaded by another file" acme --issue --apache \
	--httpport "$HTTP_PORT" -d main2.test
untouched "the files are as they were"
stop_server

# The machine's own address, if it has one: "Listen" does not show in what Apache says.
address=$(hostname -I | tr ' ' '\n' | grep -m 1 -E '^[0-9.]+$')
if [ -n "$address" ]; then
	{
		modules alias
		common | sed "s/^Listen .*/Listen $address:$HTTP_PORT/"
		printf '<VirtualHost *:%s>\nServerName own.test\n</VirtualHost>\n' "$HTTP_PORT"
	} >"$A/own.conf"
	other own
	ct /add-a "{\"host\":\"own.test\",\"addresses\":[\"$address\"]}"
	ok "a port of one address" acme --issue --apache --httpport "$HTTP_PORT" -d own.test
	stop_server
else
	skip "a port of one address" "this machine has none"
fi

{
	modules rewrite
	common
} >"$A/poor.conf"
other poor
fails "without mod_alias" acme --issue --apache --httpport "$HTTP_PORT" -d poor.test
like "$err" "without mod_alias, which is needed here; load it" "is told"
done_testing
