#!/bin/sh
# Deploy hooks of appliances, as far as there are real programs for them: UniFi's keystore is read by
# openssl, TrueNAS's API is spoken over another implementation of WebSockets (Debian's python3-websockets, of
# the system or in build/tools/openstack).
. "$(dirname "$0")/../lib.sh"
pebble_start
ok "issue" acme --issue -d h.test --standalone --httpport "$HTTP_PORT"
D=$H/h.test_ecc

# --- UniFi
mkdir "$T/unifi"
echo old >"$T/unifi/keystore"
printf 'is_default=true\n' >"$T/unifi/system.properties"
DEPLOY_UNIFI_KEYSTORE=$T/unifi/keystore DEPLOY_UNIFI_RELOAD="echo reload >>$T/log"
export DEPLOY_UNIFI_KEYSTORE DEPLOY_UNIFI_RELOAD
ok "unifi" acme --deploy -d h.test --deploy-hook unifi
unset DEPLOY_UNIFI_KEYSTORE DEPLOY_UNIFI_RELOAD
is "$(cat "$T/log")" reload "the reload command ran"
is "$(cat "$T/unifi/keystore_original")" old "what was there is kept"
has "$T/unifi/system.properties" "^unifi.https.ciphers=ECDHE-ECDSA" "ciphers for an EC key"
# Java reads PKCS#12 under each name of a keystore's type.
ok "the keystore" openssl pkcs12 -in "$T/unifi/keystore" -passin pass:aircontrolenterprise -nodes -out "$T/unifi/all"
has "$T/unifi/all" "friendlyName: unifi$" "the entry is called unifi"
is "$(grep -c 'BEGIN PRIVATE KEY' "$T/unifi/all") $(grep -c 'BEGIN CERTIFICATE' "$T/unifi/all")" "1 2" \
	"a key and the whole chain"
ok "unifi again, with what was saved" acme --deploy -d h.test --deploy-hook unifi
is "$(tr '\n' ' ' <"$T/log")" "reload reload " "the same command"
is "$(grep -c unifi.https "$T/unifi/system.properties")" 2 "the settings stand there once"

# --- TrueNAS
cat >"$T/nas.py" <<'END'
import asyncio, http, json, sys
import websockets
port, cert, key = sys.argv[1:]
jobs, calls = {}, []
async def serve(ws):
    async for text in ws:
        q = json.loads(text)
        m, p = q["method"], q["params"]
        calls.append([m, p])
        r = {"auth.login_with_api_key": p == ["1-key"],
            "system.general.config": {"ui_certificate": {"id": 7, "name": "acme_1"}, "pad": "x" * 200000},
            "certificate.create": 1, "certificate.delete": 2, "app.query": [],
            "core.get_jobs": [{"state": "SUCCESS", "result": {"id": 8}}],
            "ftp.config": {"ssltls_certificate": None}}.get(m)
        if m == "system.general.update" and p != [{"ui_certificate": 8}]:
            sys.exit("update")
        await ws.ping()
        await ws.send(json.dumps({"jsonrpc": "2.0", "method": "collection_update", "params": {}}))
        await ws.send(json.dumps({"jsonrpc": "2.0", "id": q["id"], "result": r}))
        json.dump(calls, open(sys.argv[2] + ".calls", "w"))
        if m == "system.general.ui_restart":
            await ws.close(1001, "restarting")
async def path(where, headers):
    if where != "/api/current":
        return http.HTTPStatus.NOT_FOUND, [], b""
async def main():
    import ssl
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(cert, key)
    async with websockets.serve(serve, "127.0.0.1", int(port), ssl=c, process_request=path, max_size=None):
        await asyncio.Future()
asyncio.run(main())
END
tree=$TOP/build/tools/openstack
python3=/usr/bin/python3
[ -x $python3 ] || python3=$tree$python3
python() { PYTHONPATH=$tree/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$tree/usr/lib/$(uname -m)-linux-gnu "$python3" "$@"; }
if python -c 'import websockets' 2>/dev/null; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/nas.key" -out "$T/nas.pem" \
		-subj /CN=nas -addext subjectAltName=DNS:nas.example -days 2 2>/dev/null
	P=$(port)
	spawn nas env PYTHONPATH="$tree/usr/lib/python3/dist-packages" "$python3" "$T/nas.py" "$P" "$T/nas.pem" "$T/nas.key"
	wait_for 10 openssl s_client -connect "127.0.0.1:$P" </dev/null
	DEPLOY_TRUENAS_APIKEY=1-key DEPLOY_TRUENAS_HOSTNAME=127.0.0.1 DEPLOY_TRUENAS_PORT=$P
	export DEPLOY_TRUENAS_APIKEY DEPLOY_TRUENAS_HOSTNAME DEPLOY_TRUENAS_PORT
	fails "truenas_ws: its first certificate is not trusted" acme --deploy -d h.test --deploy-hook truenas_ws
	like "$err" "DEPLOY_TRUENAS_INSECURE=1" "and what helps"
	DEPLOY_TRUENAS_INSECURE=1
	export DEPLOY_TRUENAS_INSECURE
	ok "truenas_ws" acme --deploy -d h.test --deploy-hook truenas_ws
	is "$(python -c 'import json, sys; print(*[m for m, p in json.load(open(sys.argv[1]))])' "$T/nas.pem.calls")" \
		"auth.login_with_api_key system.general.config certificate.create core.get_jobs system.general.update ftp.config app.query certificate.delete core.get_jobs system.general.ui_restart" \
		"the calls, in order"
	is "$(python -c 'import json, sys; print(json.load(open(sys.argv[1]))[2][1][0]["privatekey"], end="")' "$T/nas.pem.calls")" \
		"$(cat "$D/h.test.key")" "the key"
	unlike "$err" "1-key" "the API key is not shown"
	DEPLOY_TRUENAS_APIKEY=2-key
	fails "truenas_ws with a wrong key" acme --deploy -d h.test --deploy-hook truenas_ws
	like "$err" "check DEPLOY_TRUENAS_APIKEY" "is told"
else
	skip "truenas_ws" "no python3-websockets"
fi
done_testing
