#!/bin/sh
# The deploy hook openstack against Keystone and Barbican themselves (Debian's python3-keystone and
# python3-barbican, of the system or unpacked in build/tools/openstack), each in a plain WSGI server with
# SQLite.
. "$(dirname "$0")/../lib.sh"
tree=$TOP/build/tools/openstack
python=/usr/bin/python3
[ -x $python ] || python=$tree$python
cat >"$T/python" <<END
#!/bin/sh
export PYTHONPATH=$tree/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$tree/usr/lib/$(uname -m)-linux-gnu
exec $python -W ignore "\$@"
END
chmod +x "$T/python"
"$T/python" -c 'import keystone.server.wsgi, barbican.api.app' 2>/dev/null ||
	{ skip "openstack" "no Keystone and Barbican here" && done_testing; }
keystone=127.0.0.1:$(port)
barbican=127.0.0.1:$(port)
url=http://$keystone/v3

# --- the servers ----------------------------------------------------------------------------------
mkdir -m 700 "$T/fernet" "$T/credential"
cat >"$T/keystone.conf" <<END
[DEFAULT]
use_stderr = true
[database]
connection = sqlite:///$T/keystone.db
[fernet_tokens]
key_repository = $T/fernet
[fernet_receipts]
key_repository = $T/fernet
[credential]
key_repository = $T/credential
[cache]
enabled = false
END
# What it calls itself in secret_ref is not where it is, as behind a proxy.
cat >"$T/barbican.conf" <<END
[DEFAULT]
host_href = http://barbican.internal:9311
sql_connection = sqlite:///$T/barbican.db
db_auto_create = true
[secretstore]
enabled_secretstore_plugins = store_crypto
[crypto]
enabled_crypto_plugins = simple_crypto
[simple_crypto_plugin]
kek = '$(printf %032d 7 | base64)'
[keystone_authtoken]
auth_url = $url
auth_type = password
interface = public
username = admin
password = adminpw
project_name = admin
user_domain_id = default
project_domain_id = default
[queue]
enable = false
END
cat >"$T/serve_keystone.py" <<'END'
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import make_server, WSGIServer
address, folder = sys.argv[1], sys.argv[2]
sys.argv = ["keystone", "--config-file", folder + "/keystone.conf"]
from keystone.server import wsgi
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
host, port = address.split(":")
make_server(host, int(port), wsgi.initialize_public_application(), server_class=Server).serve_forever()
END
cat >"$T/serve_barbican.py" <<'END'
import sys
from wsgiref.simple_server import make_server
from wsgiref.util import shift_path_info
address, folder = sys.argv[1], sys.argv[2]
from barbican.common import config
config.parse_args(config.CONF, args=["--config-file", folder + "/barbican.conf"])
from barbican.api import app
from barbican.api.middleware import context
from keystonemiddleware import auth_token
api = context.ContextMiddleware(app.create_main_app({}))
api = auth_token.AuthProtocol(api, {"oslo_config_config": config.CONF})
def v1(environ, start):
    shift_path_info(environ)
    return api(environ, start)
host, port = address.split(":")
make_server(host, int(port), v1).serve_forever()
END
manage() { "$T/python" -c 'from keystone.cmd.manage import main; main()' --config-file "$T/keystone.conf" "$@"; }
me="--keystone-user $(id -un) --keystone-group $(id -gn)"
# shellcheck disable=SC2086 # words
{
	manage db_sync
	manage fernet_setup $me
	manage credential_setup $me
	manage bootstrap --bootstrap-password adminpw --bootstrap-region-id One --bootstrap-public-url "$url"
} >"$T/manage.log" 2>&1
spawn keystone "$T/python" "$T/serve_keystone.py" "$keystone" "$T"
wait_for 60 curl -sf "$url" || give_up "Keystone is there"
spawn barbican "$T/python" "$T/serve_barbican.py" "$barbican" "$T"
wait_for 60 curl -s "http://$barbican/v1/secrets" || give_up "Barbican is there"

# api URL [JSON]: a request by the administrator
api() { curl -s -H "X-Auth-Token: $token" -H 'Content-Type: application/json' ${2:+-d "$2"} "$1"; }
token=$(curl -s -D - -o "$T/token" -H 'Content-Type: application/json' -d '{"auth":{"identity":{"methods":["password"],
	"password":{"user":{"name":"admin","domain":{"id":"default"},"password":"adminpw"}}},
	"scope":{"project":{"name":"admin","domain":{"id":"default"}}}}}' "$url/auth/tokens" |
	tr -d '\r' | sed -n 's/^X-Subject-Token: //p')
user=$(sed -n 's/.*"user": {[^}]*}, "id": "\([0-9a-f]*\)".*/\1/p' "$T/token")
service=$(api "$url/services" '{"service":{"type":"key-manager","name":"barbican"}}' |
	sed -n 's/.*"id": "\([0-9a-f]*\)".*/\1/p')

# --- the hook -------------------------------------------------------------------------------------
mkdir -p "$H/www.example.com_ecc"
for pair in key:www.example.com.key cert:www.example.com.cer chain:ca.cer; do
	cp "$TOP/tests/deploy/${pair%%:*}.pem" "$H/www.example.com_ecc/${pair#*:}"
done
cat "$TOP/tests/deploy/cert.pem" "$TOP/tests/deploy/chain.pem" >"$H/www.example.com_ecc/fullchain.cer"
printf '%s\n' "Le_Domain='www.example.com'" "Le_Alt='no'" "Le_Keylength='ec-256'" >"$H/www.example.com_ecc/www.example.com.conf"
deploy() { timeout -k 5 60 env "$@" HOME="$H" "$ACME_BIN" --home "$H" --deploy -d www.example.com --ecc --deploy-hook openstack; }
secrets() { api "http://$barbican/v1/secrets?name=$1" | grep -o '"secret_ref": "[^"]*"' | sed 's,.*/\(.*\)",\1,'; }

as_admin="OS_AUTH_URL=http://$keystone OS_USERNAME=admin OS_PROJECT_NAME=admin"
# shellcheck disable=SC2086 # words
{
	fails "no key manager in the catalog" deploy $as_admin OS_PASSWORD=adminpw
	like "$err" "no public endpoint of a key manager" "is told"
	api "$url/endpoints" '{"endpoint":{"service_id":"'"$service"'","interface":"public","region_id":"One",
		"url":"http://'"$barbican"'/"}}' >/dev/null
	fails "a wrong password" deploy $as_admin OS_PASSWORD=no
	like "$err" "login: 401 The request you have made requires authentication" "is told in Keystone's words"
	api "http://$barbican/v1/secrets" '{"name":"example.com.","payload":"x","payload_content_type":"text/plain"}' >/dev/null
	ok "with a password" deploy $as_admin OS_PASSWORD=adminpw
}
first=$(secrets www.example.com.)
is "$(echo "$first" | grep -cE "^[0-9a-f-]{36}$")" 1 "one secret of that name"
curl -s -H "X-Auth-Token: $token" -H 'Accept: application/octet-stream' -o "$T/pfx" "http://$barbican/v1/secrets/$first/payload"
ok "it is PKCS#12 without a password" openssl pkcs12 -in "$T/pfx" -passin pass: -nodes -out "$T/pem"
is "$(grep -c 'BEGIN CERTIFICATE' "$T/pem")" 2 "with certificate and chain"
is "$(openssl pkey -in "$T/pem" -pubout)" "$(openssl x509 -in "$TOP/tests/deploy/cert.pem" -noout -pubkey)" "and the key"
ok "again, with what was saved" deploy A=a
second=$(secrets www.example.com.)
is "$(echo "$second" | wc -l)" 1 "still one secret of that name"
isnt "$second" "$first" "the new one"
is "$(secrets example.com. | wc -l)" 1 "others stay"

credential=$(api "$url/users/$user/application_credentials" '{"application_credential":{"name":"acme","secret":"appsecret"}}' |
	sed -n 's/^{"application_credential": {"id": "\([0-9a-f]*\)".*/\1/p')
ok "with an application credential" deploy "OS_AUTH_URL=$url" OS_AUTH_TYPE=v3applicationcredential \
	"OS_APPLICATION_CREDENTIAL_ID=$credential" OS_APPLICATION_CREDENTIAL_SECRET=appsecret
isnt "$(secrets www.example.com.)" "$second" "stored"
hasnt "$H/account.conf" OS_PASSWORD "the password is forgotten"
done_testing
