#!/bin/sh
# The deploy hook docker against a real engine: Podman, whose service speaks the same API.
. "$(dirname "$0")/../lib.sh"
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
# It and its containers have namespaces of their own and end with it.
podman_start() {
	E=$T/engine
	mkdir -p "$E/home/.config/containers" "$E/image/bin" "$T/box1" "$T/box2"
	echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$E/home/.config/containers/policy.json"
	printf '[storage]\ndriver = "vfs"\nrunroot = "%s/run"\ngraphroot = "%s/storage"\n' "$E" "$E" >"$E/storage.conf"
	usr=$(dirname "$(tail -n 1 "$(command -v podman)" | cut -d' ' -f2- | awk '{ print $1 }')")/..
	for one in crun conmon; do
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' \
			"$(find "$usr/lib" -name '*.so.*' -exec dirname {} + | sort -u | tr '\n' ':')" "$usr/bin/$one" >"$E/$one"
		chmod +x "$E/$one"
	done
	cat >"$E/containers.conf" <<-END
		[containers]
		cgroups = "disabled"
		netns = "host"
		default_sysctls = []
		default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
		log_driver = "k8s-file"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		runtime = "crun"
		conmon_path = ["$E/conmon"]
		[engine.runtimes]
		crun = ["$E/crun"]
	END
	for one in /bin/sh /bin/sleep /bin/touch; do
		cp "$one" "$E/image/bin"
		ldd "$one" | grep -o '/[^ ]*' | while read -r lib; do
			mkdir -p "$E/image$(dirname "$lib")"
			cp "$lib" "$E/image$lib"
		done
	done
	tar -C "$E/image" -cf "$E/image.tar" .
	cat >"$E/start" <<-'END'
		umount -R /sys/fs/cgroup
		mount -t cgroup2 none /sys/fs/cgroup || exit
		podman import "$E/image.tar" localhost/box || exit
		for n in 1 2; do
			podman run -d --label test=box$n --label test.all --name box$n -v "$T/box$n:/data" \
				localhost/box /bin/sleep 600 || exit
		done
		podman run -d --label test.all --name gone localhost/box /bin/sleep 0 || exit
		exec podman system service -t 0 "unix://$E/docker.sock"
	END
	export E T
	HOME=$E/home CONTAINERS_CONF=$E/containers.conf CONTAINERS_STORAGE_CONF=$E/storage.conf \
		spawn podman unshare -mpf --mount-proc --kill-child sh "$E/start"
	wait_for 30 test -S "$E/docker.sock"
}
if [ "$(id -u)" != 0 ] || ! unshare -mpf --mount-proc true 2>/dev/null; then
	skip "Docker" "needs root and namespaces" && done_testing
elif ! command -v podman >/dev/null || ! podman_start; then
	skip "Docker" "no podman here: $(tail -n 1 "$T/podman.log" 2>/dev/null)" && done_testing
fi
pass "an engine with containers"
mode() { stat -c %a "$1"; }
# labelled LABEL [SETTING...]
labelled() {
	label=$1
	shift
	hook docker DOCKER_HOST="unix://$T/engine/docker.sock" DEPLOY_DOCKER_CONTAINER_LABEL="$label" "$@"
}
printf old >"$T/box1/there.pem"
chmod 640 "$T/box1/there.pem"
ok "one container" labelled test=box1 DEPLOY_DOCKER_CONTAINER_KEY_FILE=/data/there.pem \
	DEPLOY_DOCKER_CONTAINER_FULLCHAIN_FILE=/data/some/where/full.pem \
	DEPLOY_DOCKER_CONTAINER_CA_FILE=/data/ca.pem DEPLOY_DOCKER_CONTAINER_CERT_FILE=/data/some/cert.pem \
	DEPLOY_DOCKER_CONTAINER_RELOAD_CMD="/bin/touch /data/reloaded"
B=$T/box1
is "$(cat "$B/there.pem" "$B/some/where/full.pem" "$B/some/cert.pem" "$B/ca.pem")" \
	"$(cat "$key" "$full" "$full")" "has its files"
is "$(mode "$B/there.pem")" 640 "one that was there keeps its mode"
is "$(stat -c %a:%u:%g "$B/some/where/full.pem" "$B/some/where" "$B/some" | tr '\n' ' ')" \
	"644:0:0 755:0:0 755:0:0 " "what is new is root's"
ok "and is reloaded" test -e "$B/reloaded"
ok "the other one is left alone" test -z "$(ls "$T/box2")"
ok "all with a label" labelled test.all DEPLOY_DOCKER_CONTAINER_KEY_FILE=/data/all.pem \
	DEPLOY_DOCKER_CONTAINER_FULLCHAIN_FILE=/data/all.pem DEPLOY_DOCKER_CONTAINER_CA_FILE='' \
	DEPLOY_DOCKER_CONTAINER_RELOAD_CMD='echo "$HOSTNAME again" >/data/said && echo fine'
is "$(cat "$T/box1/all.pem" "$T/box2/all.pem")" "$(cat "$key" "$full" "$key" "$full")" "in one file"
is "$(mode "$T/box1/all.pem")" 600 "which is its owner's"
has "$T/box2/said" "again$" "by a shell where one is needed"
exits 1 "a command that fails" labelled test=box2 DEPLOY_DOCKER_CONTAINER_RELOAD_CMD="echo no >&2; exit 9"
like "$err" "container box2: .*exit code 9: no" "says so"
exits 1 "a program that is not there" labelled test=box2 DEPLOY_DOCKER_CONTAINER_RELOAD_CMD="nginx -s reload"
like "$err" "nginx" "says so"
exits 1 "a folder that is a file" labelled test=box2 DEPLOY_DOCKER_CONTAINER_KEY_FILE=/data/all.pem/key.pem
like "$err" "container box2: " "is the container's error"
exits 1 "no such container" labelled test=nobody
like "$err" "label test=nobody: none is running" "says so"
exits 1 "no engine" hook docker DOCKER_HOST="unix://$T/none" DEPLOY_DOCKER_CONTAINER_LABEL=x
like "$err" "connecting to $T/none" "says so"
done_testing
