#!/bin/sh
# The container: its entrypoint in a folder that holds what the image holds and nothing else, by chroot; and
# the image itself, built by buildah from the Dockerfile's last stage, where buildah is installed.
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || { skip "the container" "needs root" && done_testing; }
! ldd "$ACME_BIN" 2>/dev/null | grep -q '=>' || { skip "the container" "the program is not static" && done_testing; }
pebble_start
R=$T/image
ok "the image's files" env CA_BUNDLE="$T/minica.pem" sh "$TOP/tests/image.sh" "$ACME_BIN" "$R"

# --- by chroot --------------------------------------------------------------------------------------
# what a container engine adds
mkdir "$R/dev"
echo "127.0.0.1 localhost" >"$R/etc/hosts"
if ! mknod -m 666 "$R/dev/null" c 1 3 || ! chroot "$R" /acme --version >/dev/null 2>&1; then
	skip "the entrypoint" "no chroot here"
	done_testing
fi
settings=$(sed -n '/^ENV/,/[^\\]$/p' "$TOP/Dockerfile" | sed 's/^ENV//; s/\\$//' | tr '\n' ' ')
# inside PROGRAM ARGUMENTS...: as docker run and docker exec start it
inside() {
	# shellcheck disable=SC2086 # NAME=value words
	timeout 60 env -i $settings chroot "$R" "$@"
}
D=$R/acme.sh/box.test_ecc
ok "issue" inside /acme --issue -d box.test --standalone --httpport "$HTTP_PORT" --server "$SERVER"
like "$out" "Your cert is in: /acme.sh/box.test_ecc/box.test.cer" "in the volume"
chain_ok "the chain is good" "$D/fullchain.cer"
exits 2 "acme.sh before the command" inside /acme acme.sh --issue -d box.test --standalone --server "$SERVER"
ok "a command's name as a program" inside /usr/local/bin/--list
like "$out" "box.test" "which lists it"
ok "found in PATH" inside acme.sh --info
exits 0 "the health check" inside /acme --health
ok "a word" inside /acme version
fails "a reload needs a shell" inside /acme --install-cert -d box.test --fullchain-file /acme.sh/x.pem --reloadcmd true
like "$err" "cannot run '/bin/sh'" "which is said"

sed -i '/^Acme_/d; s/^Le_NextRenewTime=.*/Le_NextRenewTime=1000000000/; /^Le_ReloadCmd/d' "$D/box.test.conf"
rm "$D/box.test.cer"
# shellcheck disable=SC2086 # NAME=value words
spawn daemon env -i $settings chroot "$R" /acme daemon
ok "daemon" wait_for 20 test -s "$D/box.test.cer"
ok "renews and waits" wait_for 20 grep -q "The next round is at" "$T/daemon.log"
kill "$pid"
wait "$pid"
is $? 0 "SIGTERM ends it"

# --- the image ----------------------------------------------------------------------------------------
if ! command -v buildah >/dev/null; then
	skip "the image" "no buildah"
	done_testing
fi
# The first stage needs Debian's image from a registry; what it makes is there already.
mkdir "$T/context"
rm -r "${R:?}/dev" "${R:?}/acme.sh"
rm "$R/etc/hosts"
mkdir "$R/acme.sh"
mv "$R" "$T/context/image"
{ echo 'ARG BASE=scratch' && sed -n '/^FROM [$]/,$ { s/--from=build //; p; }' "$TOP/Dockerfile"; } >"$T/context/Dockerfile"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$T/policy.json"
box() {
	command=$1
	shift
	buildah --root "$T/storage" --runroot "$T/run" --storage-driver vfs "$command" "$@"
}
run box bud --isolation chroot --signature-policy "$T/policy.json" --format docker -t acme "$T/context"
if [ "$status" != 0 ]; then
	skip "the image" "buildah cannot build here: $(printf '%s' "$err" | tail -n 1)"
	done_testing
fi
pass "buildah builds it"
ok "it is described" box inspect --type image acme
like "$out" '"Entrypoint": \[' "it has an entrypoint"
like "$out" '"/acme.sh": \{\}' "and the volume"
like "$out" 'LE_CONFIG_HOME=/acme.sh' "and the settings"
container=$(box from --signature-policy "$T/policy.json" localhost/acme)
ok "a container of it" box mount "$container"
root=$out
ok "runs" chroot "$root" /acme --version
is "$(cd "$root" && find . -type f | sort | tr '\n' ' ')" "./acme ./etc/ssl/certs/ca-certificates.crt " "it has two files"
box umount "$container" >/dev/null
done_testing
