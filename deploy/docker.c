/* Containers by a label, over the Docker Engine's API (docs.docker.com/reference/api/engine), which Podman
 * has, too: files as a tar archive (POSIX ustar), the reload command by an exec. */
#include "../acme.h"

enum { BLOCK = 512, FRAME = 8 };

struct container {
	struct api *a;
	const char *id;
};

/* --- the API -------------------------------------------------------------------------------- */

struct call {
	const char *method, *path, *type, *body;
	size_t len;
	bool may_miss; /* 404 is no error */
	/* The reply. */
	long long status;
	const char *said;
	size_t said_len;
	const cJSON *json;
};

/* unix:///run/docker.sock, tcp://127.0.0.1:2375, or a path. */
static const char *address(struct api *a)
{
	const char *host = cred(a, "DOCKER_HOST");

	if (text_starts(host, "unix://"))
		return host + strlen("unix://");
	if (text_starts(host, "tcp://"))
		return arena_strn(api_arena(a), host + 6, strcspn(host + 6, "/"));
	if (*host == '/')
		return host;
	fail(a, "DOCKER_HOST is %s", host);
	remedy(a, "only unix:///path and tcp://host:port (without TLS) are known here");
	return NULL;
}

/* HTTP/1.0: the reply ends with the connection, and there are no chunks in it. */
static int ask(struct api *a, struct call *c)
{
	const char *where = address(a), *end;
	struct buf b = buf_new(api_arena(a), 0);
	size_t n;

	buf_fmt(&b,
	    "%s %s HTTP/1.0\r\nHost: docker\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
	    c->method ? c->method : "GET", c->path, c->type ? c->type : "application/json", c->len);
	buf_add(&b, c->body, c->len);
	const char *reply = where ? talk(a, where, b.data, b.len, &n) : NULL;
	if (!reply)
		return -1;
	if (!text_starts(reply, "HTTP/1.") || !(end = strstr(reply, "\r\n\r\n")) ||
	    text_number(arena_strn(api_arena(a), reply + strlen("HTTP/1.1 "), 3), 100, 599,
	        &c->status))
		return fail(a, "what answers at %s is not Docker", where);
	c->said = end + 4;
	c->said_len = n - (size_t)(c->said - reply);
	c->json = json_parse(api_arena(a), c->said, c->said_len);
	if (c->status < 300 || (c->status == 404 && c->may_miss))
		return 0;
	const char *text = json_str(c->json, "message");
	return fail(a, "%lld %s", c->status, text_safe(api_arena(a), text ? text : c->said, 300));
}

static const cJSON *ask_json(struct api *a, const char *method, const char *path, const cJSON *body)
{
	struct call c = { .method = method, .path = path };

	if (body)
		c.len = strlen(c.body = json_text(api_arena(a), body));
	if (ask(a, &c))
		return NULL;
	if (!c.json)
		fail(a, "what answers to %s is no JSON", path);
	return c.json;
}

/* --- files ---------------------------------------------------------------------------------- */

/* A header of ustar. Numbers are octal digits with a NUL behind. */
struct head {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], kind, link[100],
	    magic[8], rest[BLOCK - 265];
};

static void put_octal(struct api *a, char *field, size_t size, unsigned long long n)
{
	memcpy(field, fmt(a, "%0*llo", (int)size - 1, n), size);
}

/* Fills in the rest of a header and adds it with n bytes of content. */
static void add_entry(struct api *a, struct buf *tar, struct head h, const void *p, size_t n)
{
	static const char zeros[BLOCK];
	unsigned sum = 0;

	put_octal(a, h.size, sizeof h.size, n);
	put_octal(a, h.mtime, sizeof h.mtime, (unsigned long long)clock_now());
	memcpy(h.magic, "ustar\00000", sizeof h.magic);
	memset(h.sum, ' ', sizeof h.sum);
	for (size_t i = 0; i < sizeof h; i++)
		sum += ((const unsigned char *)&h)[i];
	put_octal(a, h.sum, sizeof h.sum - 1, sum);
	buf_add(tar, &h, sizeof h);
	buf_add(tar, p, n);
	buf_add(tar, zeros, (BLOCK - n % BLOCK) % BLOCK);
}

static const char *archive(const struct container *c, const char *path)
{
	return fmt(c->a, "/containers/%s/archive%s", c->id, query(c->a, "path", path));
}

/* A file that is there keeps mode and owner (where Podman tells it: it says 0): the first header of its archive
 * that is none of pax's. */
static int keep_owner(const struct container *c, const char *path, struct head *h)
{
	struct call call = { .path = archive(c, path), .may_miss = true };
	const char *p;

	if (ask(c->a, &call))
		return -1;
	for (p = call.said; call.status == 200 && call.said_len >= BLOCK; p += BLOCK) {
		const struct head *there = (const void *)p;
		call.said_len -= BLOCK;
		if (there->kind == '0' && text_starts(there->magic, "ustar")) {
			memcpy(h->mode, there->mode, sizeof h->mode);
			memcpy(h->uid, there->uid, sizeof h->uid);
			memcpy(h->gid, there->gid, sizeof h->gid);
			break;
		}
	}
	return 0;
}

/* How much of path is there, as the length of a folder's name; -1: failed. */
static long existing(const struct container *c, const char *path)
{
	size_t n = strlen(path);
	struct call call = { .status = 404 };

	while (n > 1 && call.status == 404) {
		while (n && path[n - 1] != '/')
			n--;
		while (n > 1 && path[n - 1] == '/')
			n--;
		call = (struct call){ .method = "HEAD",
			.path = archive(c, arena_strn(api_arena(c->a), path, n)),
			.may_miss = true };
		if (ask(c->a, &call))
			return -1;
	}
	return (long)n;
}

static int copy(const struct container *c, const char *path, const void *p, size_t n, unsigned mode)
{
	struct buf tar = buf_new(api_arena(c->a), 0);
	struct head folder, file = { .kind = '0' };
	const long there = *path == '/' ? existing(c, path) : 0;
	const char *name = path;

	if (there < 0)
		return -1;
	name += there + (long)strspn(path + there, "/");
	if (!there || !*name || strlen(name) >= sizeof file.name)
		return fail(c->a, "%s is no path of a file that can be written", path);
	put_octal(c->a, file.mode, sizeof file.mode, mode);
	put_octal(c->a, file.uid, sizeof file.uid, 0);
	put_octal(c->a, file.gid, sizeof file.gid, 0);
	folder = file;
	folder.kind = '5';
	put_octal(c->a, folder.mode, sizeof folder.mode, 0755);
	if (keep_owner(c, path, &file))
		return -1;
	for (const char *s = name; (s = strchr(s, '/')); s++) {
		memcpy(folder.name, name, (size_t)(s - name) + 1);
		add_entry(c->a, &tar, folder, "", 0);
	}
	memcpy(file.name, name, strlen(name));
	add_entry(c->a, &tar, file, p, n);
	buf_add(&tar, (char[2 * BLOCK]){ 0 }, 2 * BLOCK);
	info("Copying to %s", path);
	return ask(c->a,
	    &(struct call){ .method = "PUT",
	        .path = fmt(c->a, "%s&noOverwriteDirNonDir=true",
	            archive(c, arena_strn(api_arena(c->a), path, (size_t)there))),
	        .type = "application/x-tar",
	        .body = tar.data,
	        .len = tar.len });
}

/* --- the reload command --------------------------------------------------------------------- */

/* Output of an exec comes in frames: stream, three zeros, length. */
static const char *frames_text(struct api *a, const char *p, size_t n)
{
	struct buf b = buf_new(api_arena(a), 0);

	while (n > FRAME) {
		const unsigned char *u = (const void *)p;
		size_t len = (size_t)u[4] << 24 | (size_t)u[5] << 16 | (size_t)u[6] << 8 | u[7];
		p += FRAME;
		n -= FRAME;
		len = len < n ? len : n;
		buf_add(&b, p, len);
		p += len;
		n -= len;
	}
	return text_trim(api_arena(a), buf_text(&b));
}

/* What is no plain list of words needs a shell, which not every container has. */
static cJSON *command(struct api *a, const char *line)
{
	struct strs list = text_split(api_arena(a), line, " \t");

	return strpbrk(line, "|&;<>()$`\\\"'*?[]#~%{}=\n")
	    ? json_list(js(NULL, "/bin/sh"), js(NULL, "-c"), js(NULL, line))
	    : texts_json(list);
}

static int reload(const struct container *c, const char *line)
{
	const cJSON *made, *after;
	struct call start = { .method = "POST", .body = "{\"Detach\":false,\"Tty\":false}" };
	const char *id;

	info("Running reload cmd: %s", line);
	made = ask_json(c->a, "POST", fmt(c->a, "/containers/%s/exec", c->id),
	    json(jb("AttachStdout", true), jb("AttachStderr", true),
	        jo("Cmd", command(c->a, line))));
	if (!made)
		return -1;
	if (!(id = json_str(made, "Id")))
		return fail(c->a, "Docker made no exec");
	start.path = fmt(c->a, "/exec/%s/start", id);
	start.len = strlen(start.body);
	if (ask(c->a, &start) ||
	    !(after = ask_json(c->a, NULL, fmt(c->a, "/exec/%s/json", id), NULL)))
		return -1;
	const char *said = frames_text(c->a, start.said, start.said_len);
	const long long code = json_int(after, "ExitCode", -1);
	return !code ? 0
	             : fail(c->a, "'%s' ended with exit code %lld%s%s", line, code,
	                   *said ? ": " : "", text_safe(api_arena(c->a), said, 300));
}

/* --- all of it ------------------------------------------------------------------------------ */

static int deploy_to(const struct container *c, const struct deployment *d)
{
	struct api *a = c->a;
	struct copy copies[] = {
		{ cred(a, "DEPLOY_DOCKER_CONTAINER_KEY_FILE"), d->key, 0600 },
		{ cred(a, "DEPLOY_DOCKER_CONTAINER_CERT_FILE"), d->cert, 0644 },
		{ cred(a, "DEPLOY_DOCKER_CONTAINER_CA_FILE"), d->chain, 0644 },
		{ cred(a, "DEPLOY_DOCKER_CONTAINER_FULLCHAIN_FILE"), d->fullchain, 0644 },
	};
	const size_t n = join_copies(a, copies, sizeof copies / sizeof *copies);
	const char *pfx = cred(a, "DEPLOY_DOCKER_CONTAINER_PFX_FILE"), *bytes;
	const char *line = cred(a, "DEPLOY_DOCKER_CONTAINER_RELOAD_CMD");
	size_t len;

	for (size_t i = 0; i < n; i++)
		if (copy(c, copies[i].path, copies[i].text, strlen(copies[i].text), copies[i].mode))
			return -1;
	if (pfx && !(bytes = api_file(a, d->pfx_path, &len)))
		return remedy(a, "acme --to-pkcs12 -d %s makes it", d->domain);
	if (pfx && copy(c, pfx, bytes, len, 0600))
		return -1;
	return line ? reload(c, line) : 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *label = cred(a, "DEPLOY_DOCKER_CONTAINER_LABEL");
	const char *filter = json_text(api_arena(a), json(jo("label", json_list(js(NULL, label)))));
	const cJSON *one, *list;
	struct error first = { 0 };

	api_step(a, "looking for containers with label %s", label);
	list = ask_json(a, NULL, fmt(a, "/containers/json%s", query(a, "filters", filter)), NULL);
	if (!list)
		return -1;
	if (!json_count(list, ""))
		return fail(a, "none is running");
	cJSON_ArrayForEach(one, list) {
		const struct container c = { a, json_str(one, "Id") };
		const char *name = json_str(one, "Names/0");

		name = name ? name + (*name == '/') : c.id;
		if (!c.id)
			return fail(a, "a container has no Id");
		api_step(a, "deploying to container %s", name);
		info("Deploying to container %s", name);
		if (deploy_to(&c, d))
			set_aside(a, &first);
	}
	return first_failure(a, &first);
}

const struct deploy_hook deploy_docker = {
	.svc = { .name = "docker",
	    .title = "Docker",
	    .site = "docker.com",
	    .docs = "https://docs.docker.com/reference/api/engine/",
	    .creds = { { "DEPLOY_DOCKER_CONTAINER_LABEL",
	                   "label of the containers, NAME or NAME=VALUE", 0, 0, NULL, NULL },
	        { "DEPLOY_DOCKER_CONTAINER_KEY_FILE", "file there for the key", OPTIONAL, 0, NULL,
	            NULL },
	        { "DEPLOY_DOCKER_CONTAINER_CERT_FILE", "file for the certificate", OPTIONAL, 0,
	            NULL, NULL },
	        { "DEPLOY_DOCKER_CONTAINER_CA_FILE", "file for the CA's certificates", OPTIONAL, 0,
	            NULL, NULL },
	        { "DEPLOY_DOCKER_CONTAINER_FULLCHAIN_FILE", "file for the full chain", OPTIONAL, 0,
	            NULL, NULL },
	        { "DEPLOY_DOCKER_CONTAINER_PFX_FILE", "file for the PKCS#12 of --to-pkcs12",
	            OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_DOCKER_CONTAINER_RELOAD_CMD", "command to run there then", OPTIONAL, 0,
	            NULL, NULL },
	        { "DOCKER_HOST", "the Engine's address", IN_ACCOUNT, 0,
	            "unix:///var/run/docker.sock", NULL } },
	    .notes = "All running containers with the label are served." },
	.deploy = deploy,
	.live = true,
};
