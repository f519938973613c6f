#!/bin/sh
# --nginx: names proven through a running nginx whose configuration has every kind of server block that
# may be in the way, without a request refused or answered wrongly meanwhile; what an earlier run left.
. "$(dirname "$0")/../lib.sh"
command -v nginx >/dev/null || give_up "no nginx: run sh tests/need.sh test"
. "$TOP/tests/webserver.sh"
pebble_start
NGX=$T/nginx
mkdir -p "$NGX/sites" "$NGX/enabled" "$NGX/www" "$T/bin"
echo root >"$NGX/www/index.html"
BACK=$(port)
CONFS=$NGX SITE=$NGX/sites/plain ENTRY=nginx:$NGX/nginx.conf
WAY="--nginx $NGX/nginx.conf --httpport $HTTP_PORT"
workers() { children "$NGINX"; }
snippet() { # THUMBPRINT: what --stateless tells to add
	sed -i "s|^	root .*|&\n	location ~ \"^/\\\\.well-known/acme-challenge/([-_a-zA-Z0-9]+)\$\" { return 200 \"\$1.$1\"; }|" "$SITE"
	kill -HUP "$NGINX"
}

# nginx writes to the log that it was built with before it reads where its log is.
cat >"$T/bin/nginx" <<END
#!/bin/sh
exec $(command -v nginx) -e \${NGX_LOG:-$T/nginx-error.log} "\$@"
END
chmod +x "$T/bin/nginx"
PATH=$T/bin:$PATH

cat >"$NGX/nginx.conf" <<END
# { not a block
user $(id -un);
worker_processes 2;
pid $NGX/nginx.pid;
events { worker_connections 200; }
http {
	access_log off;
	client_body_temp_path $NGX/b; proxy_temp_path $NGX/p; fastcgi_temp_path $NGX/f;
	uwsgi_temp_path $NGX/u; scgi_temp_path $NGX/s;
	log_format x '{"a": "\$uri }"}';
	map \$uri \$m { default "{"; '~^/x\}' 1; }
	upstream back { server 127.0.0.1:$BACK; }
	include enabled/*.conf;
	server { listen 127.0.0.1:$HTTP_PORT default_server; return 404; }
}
END
site() { # NAME: a block from stdin, linked to as Debian does it
	cat >"$NGX/sites/$1"
	ln -s "../sites/$1" "$NGX/enabled/$1.conf"
}
L="listen 127.0.0.1:$HTTP_PORT;"
site plain <<END
server {
	$L
	server_name plain.test www.plain.test
		more.test   # a comment }
		"quoted.test" fresh.test;
	root $NGX/www;
}
END
site redirect <<END
server { $L server_name redirect.test; return 301 https://\$host\$request_uri; }
server { $L server_name rewrite.test; rewrite ^ https://\$host\$request_uri? permanent; }
END
printf 'server\r\n{\r\n\t%s\r\n\tserver_name caret.test;\r\n\tlocation ^~ / { root %s; }\r\n}' "$L" "$NGX/www" | site caret
site denied <<END
server {$L
	server_name deny.test;
	deny all;
	location / { root $NGX/www; }
}
server {
	$L server_name auth.test;
	auth_basic "\${host}";
	auth_basic_user_file $NGX/nobody;
	root $NGX/www;
}
END
: >"$NGX/nobody"
site proxied <<END
server { $L server_name proxy.test; location / { proxy_pass http://back; } }
END
site names <<END
server { $L server_name "~^(?<x>r{1}egex)\.test\$"; root $NGX/www; return 302 /; }
server { $L server_name *.wild.test .dot.test; return 302 /; }
server { $L server_name tail.*; return 302 /; }
END
web "$BACK" "$NGX/www"
start() {
	spawn nginx nginx -c "$NGX/nginx.conf" -g 'daemon off;'
	NGINX=$pid
	wait_for 10 listening "$HTTP_PORT" || give_up "nginx does not start"
}
stop_server() { stop "$NGINX"; }
start
client root
STATE=$(state)

ok "whatever the server block says" acme --issue --nginx "$NGX/nginx.conf" --httpport "$HTTP_PORT" \
	-d plain.test -d www.plain.test -d more.test -d quoted.test -d redirect.test -d rewrite.test \
	-d caret.test -d deny.test -d auth.test -d proxy.test -d regex.test -d a.b.wild.test -d dot.test \
	-d x.dot.test -d tail.com -d unknown.test -d 127.0.0.1
chain_ok "its chain" "$H/plain.test_ecc/fullchain.cer"
is "$(names "$H/plain.test_ecc/plain.test.cer" | wc -l)" 17 "all names are in it"
has "$H/plain.test_ecc/plain.test.conf" "^Le_Webroot='nginx:$NGX/nginx.conf'$" "the conf says how"
untouched "the files are as they were"
scenario

# --- without root ----------------------------------------------------------------------------------
# What may be written is all that counts.
user='env'
[ "$(id -u)" != 0 ] || user='setpriv --reuid=65534 --regid=65534 --clear-groups'
user_acme() {
	# shellcheck disable=SC2086 # lists of words
	$user env NGX_LOG="$U/log" HOME="$U" timeout 60 "$ACME_BIN" --home "$U/home" $ACME_ARGS "$@"
}
take_rights() {
	if [ "$(id -u)" = 0 ]; then
		chown -R root "$U/conf"
	else
		chmod 444 "$U/conf/nginx.conf" && chmod 555 "$U/conf"
	fi
}
chmod 711 "$T"
U=$T/user
mkdir -p "$U/conf"
{
	grep -v '^user' "$NGX/nginx.conf" | sed "s|$NGX|$U|g; /^	include/d"
} >"$U/conf/nginx.conf"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$U"
if $user test -x "$ACME_BIN" && $user test -r "$T/minica.pem" && $user nginx -v 2>/dev/null; then
	# shellcheck disable=SC2086
	spawn user-nginx $user env NGX_LOG="$U/log" nginx -c "$U/conf/nginx.conf" -g 'daemon off;'
	NGINX=$pid
	wait_for 10 listening "$HTTP_PORT" || give_up "nginx does not start"
	was=$(sha256sum "$U/conf/nginx.conf")
	ok "the user who runs nginx" user_acme --issue --nginx "$U/conf/nginx.conf" --httpport "$HTTP_PORT" -d user.test
	is "$(sha256sum "$U/conf/nginx.conf")" "$was" "the file is as it was"
	take_rights
	fails "a configuration that may not be written" user_acme --renew -d user.test --force
	like "$err" "writing $U/conf/nginx.conf: Permission denied; run as its owner or as root, or let the server answer by itself \(--stateless\), or use -w" \
		"is told before the order, with the ways out"
	thumb=$(user_acme --register-account | sed -n "s/.*ACCOUNT_THUMBPRINT='\(.*\)'.*/\1/p")
	[ "$(id -u)" = 0 ] || chmod 755 "$U/conf" && chmod 644 "$U/conf/nginx.conf"
	SITE=$U/conf/nginx.conf
	sed -i 's|return 404;|\n	root /;\n|' "$SITE"
	snippet "$thumb"
	take_rights
	wait_for 5 answers user.test
	ok "need not be where nginx answers by itself" user_acme --renew -d user.test --force
	if [ "$(id -u)" = 0 ]; then
		fails "a configuration that the user may not even test" \
			user_acme --issue --nginx "$NGX/nginx.conf" --httpport "$HTTP_PORT" -d user.test --force
		like "$err" "Permission denied.*; run as its owner or as root, or let" "is told as such"
	fi
	stop_server
	chmod 755 "$U/conf"
else
	skip "without root" "the tree cannot be read by other users"
fi
done_testing
