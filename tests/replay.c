/* Replays the fixtures of tests/dnsapi/, tests/deploy/ and tests/notify/ (tests/dnsapi/README.md) against
 * drivers and hooks, through the seams of the program, without sockets and programs. A DNS driver adds a
 * record, removes it with the credentials that the adding saved, and is then refused; a hook does its
 * work with the settings of the environment, does it again with what was saved, and is then refused.
 * Prints TAP.
 *
 *   replay [-v] [dns_cf] [haproxy] [dns_aws-keep] ...   all fixtures, or those of a name, or single ones
 *
 * -v shows the requests. With REPLAY_LOG=DIR each operation's requests are also written there, a
 * JSON object a line. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../acme.h"
#include "cert.h"
#include "conf.h"
#include "file.h"
#include "http.h"
#include "keeper.h"
#include "plugin.h"
#include "provider.h"
#include "replay_mock.h"
#include "tap.h"

enum { FIXTURE_MAX = 1 << 20, NOW = 1700000000 };

static struct {
	struct arena *mem; /* of the fixture */
	const cJSON *fixture;
	const char *name; /* "dns_cf-keep" */
	const char *dir;  /* {{dir}} */
	struct keeper *keeper;
	bool verbose;
} test;

/* Which of a fixture's operations is done, and how. */
struct op {
	const char *name;  /* "add", "rm", "deploy", "send" */
	bool from_conf;    /* the credentials that were saved, not the environment */
	const char *error; /* what came of it; NULL: success */
};

struct kind {
	const char *folder;
	const char *ops[3];
	int (*perform)(struct arena *a, const struct op *op, struct api_ask *ask);
};

/* --- what is done ---------------------------------------------------------------------------- */

static const char *hook_name(void)
{
	return json_str(test.fixture, "hook");
}

static int no_hook(struct arena *a)
{
	return fail(a, "there is no driver or hook %s", hook_name());
}

static int perform_dns(struct arena *a, const struct op *op, struct api_ask *ask)
{
	const struct dns_driver *d = plugin_find_dns(a, hook_name(), &ask->places.profile);
	const char *fqdn = json_str(test.fixture, "fulldomain"),
	           *value = json_str(test.fixture, "value");
	struct provider *p = d ? provider_open(a, d, ask) : NULL;
	const int code = !p           ? -1
	    : text_is(op->name, "rm") ? provider_rm(p, a, fqdn, value)
	                              : provider_add(p, a, fqdn, value);

	provider_close(p);
	return code;
}

static const char *pem(const char *name)
{
	return file_read(test.mem, fmt(test.mem, "tests/deploy/%s.pem", name), FIXTURE_MAX, NULL);
}

static int put(const char *path, const char *text, mode_t mode)
{
	return file_write(test.mem, path, text, strlen(text), mode, false);
}

static int perform_deploy(struct arena *a, const struct op *op, struct api_ask *ask)
{
	const struct deploy_hook *h = plugin_find_deploy(a, hook_name(), &ask->places.profile);
	const char *domain = json_str(test.fixture, "domain");
	struct chain chain;
	struct deployment d = { .domain = domain ? domain : "www.example.com",
		.ecc = true,
		.key = pem("key"),
		.cert = pem("cert"),
		.chain = pem("chain"),
		.folder = test.dir };

	if (chain_parse(a, d.cert, strlen(d.cert), &chain) == 0)
		d.not_after = chain.certs[0].not_after;
	d.name = text_replace(a, d.domain, "*", "_");
	strs_add(a, &d.names, d.domain);
	strs_add(a, &d.names, "example.com");
	d.fullchain = fmt(a, "%s%s", d.cert, d.chain);
	d.key_path = fmt(a, "%s/www.example.com.key", test.dir);
	d.cert_path = fmt(a, "%s/www.example.com.cer", test.dir);
	d.chain_path = fmt(a, "%s/ca.cer", test.dir);
	d.fullchain_path = fmt(a, "%s/fullchain.cer", test.dir);
	d.pfx_path = fmt(a, "%s/www.example.com.pfx", test.dir);
	(void)op;
	if (put(d.key_path, d.key, 0600) || put(d.cert_path, d.cert, 0644) ||
	    put(d.chain_path, d.chain, 0644) || put(d.fullchain_path, d.fullchain, 0644))
		return error_move(a, test.mem);
	return h ? plugin_run_deploy(a, ask, h, &d) : no_hook(a);
}

static int perform_notify(struct arena *a, const struct op *op, struct api_ask *ask)
{
	const struct notify_hook *h = plugin_find_notify(a, hook_name(), &ask->places.profile);
	const char *subject = json_str(test.fixture, "subject"),
	           *text = json_str(test.fixture, "text");
	const long long names = json_int(test.fixture, "names", 0);
	struct buf many = buf_new(test.mem, 0);
	struct notice n = { .subject = subject ? subject : "Renew Success by host.example",
		.text = text ? text : "Successful certs:\n    \"www.example.com\"\n",
		.kind = (int)json_int(test.fixture, "kind", NOTICE_GOOD),
		.host = "host.example",
		.email = "you@example.com" };

	for (long long i = 0; i < names; i++)
		buf_fmt(&many, "    host-%lld.example.com\n", i);
	if (names)
		n.text = fmt(test.mem, "Successful certs:\n%s", buf_text(&many));
	(void)op;
	return h ? plugin_run_notify(a, ask, h, &n) : no_hook(a);
}

static const struct kind kinds[] = {
	{ "tests/dnsapi", { "add", "rm" }, perform_dns },
	{ "tests/deploy", { "deploy" }, perform_deploy },
	{ "tests/notify", { "send" }, perform_notify },
};

/* --- one operation --------------------------------------------------------------------------- */

static void set_environment(bool on)
{
	const cJSON *e, *env = json_get(test.fixture, "env");

	cJSON_ArrayForEach(e, env)
		if (on)
			setenv(e->string, json_str(e, ""), 1);
		else
			unsetenv(e->string);
}

static struct conf *open_conf(const char *name, bool fill)
{
	struct conf *c =
	    conf_load(test.mem, file_join(test.mem, test.dir, fmt(test.mem, "%s.conf", name)));
	const cJSON *e, *list = json_get(json_get(test.fixture, "conf"), name);

	cJSON_ArrayForEach(e, list)
		if (fill)
			conf_set(c, e->string, json_str(e, ""));
	return c;
}

static void perform(const struct kind *k, struct op *op, const cJSON *rules)
{
	struct arena *a = arena_new();
	struct http *http = http_new(a, &(struct http_settings){ 0 });
	struct api_ask ask = { .http = http,
		.keeper = test.keeper,
		.places = { .account = open_conf("account", !op->from_conf),
		    .domain = open_conf("domain", !op->from_conf) } };

	mock_rules(rules);
	clock_fake = NOW;
	set_environment(!op->from_conf);
	const int code = k->perform(a, op, &ask);
	op->error = code ? arena_str(test.mem, error_text(a)) : NULL;
	set_environment(false);
	http_close(http);
	arena_drop(a);
}

/* The conf files after an operation. */
static const char *not_saved(void)
{
	static const char *const names[] = { "account", "domain" };

	for (size_t i = 0; i < 2; i++) {
		const struct conf *c = open_conf(names[i], false);
		const cJSON *e, *list = json_get(json_get(test.fixture, "saved"), names[i]);

		cJSON_ArrayForEach(e, list)
			if (!text_is(conf_get(c, e->string), json_str(e, "")))
				return fmt(test.mem, "%s.conf has %s='%s'", names[i], e->string,
				    conf_get(c, e->string));
	}
	return NULL;
}

/* The files that the hook was to write: their text, and who may read them. */
static const char *not_written(void)
{
	const cJSON *f, *files = json_get(test.fixture, "written");

	cJSON_ArrayForEach(f, files) {
		struct stat st;
		const char *path = file_join(test.mem, test.dir, f->string);
		const char *text = file_try(test.mem, path, FIXTURE_MAX, NULL, &(bool){ 0 });

		if (!text || stat(path, &st))
			return fmt(test.mem, "%s was not written", f->string);
		if (!mock_text_fits(json_str(f, ""), text))
			return fmt(test.mem, "%s is: %s", f->string, text);
		if (strstr(text, "PRIVATE KEY") && st.st_mode & 077)
			return fmt(test.mem, "%s has a key in it and may be read", f->string);
	}
	return NULL;
}

static void check(const struct kind *k, struct op *op, const char *what)
{
	const char *name = fmt(test.mem, "%s: %s%s", test.name, op->name, what);

	perform(k, op, json_get(test.fixture, "rules"));
	mock_log(fmt(test.mem, "%s.%s", test.name, op->name));
	const char *wrong =
	    mock_is_strict(op->name) && op->error ? op->error : mock_judge(op->name);
	if (!wrong && !text_is(op->name, "rm"))
		wrong = not_saved();
	if (!wrong)
		wrong = not_written();
	if (!tap_check(!wrong, __FILE__, __LINE__, name))
		printf("# %s\n%s%s%s", wrong, op->error ? "# error: " : "",
		    op->error ? op->error : "", op->error ? "\n" : "");
	if (wrong || test.verbose)
		mock_show();
}

/* What the service says when it refuses must be seen; removing may find that there is nothing to
 * send. */
static void check_refusal(const struct kind *k, struct op *op)
{
	const char *says = json_str(test.fixture, "fail/says");
	const char *name = fmt(test.mem, "%s: refusal of %s", test.name, op->name);

	op->from_conf = false;
	perform(k, op, json_get(test.fixture, "fail/rules"));
	const bool told = op->error && (!says || strstr(op->error, says));
	const bool good = told || (text_is(op->name, "rm") && !op->error && !mock_count());
	if (!tap_check(good, __FILE__, __LINE__, name))
		printf("# says \"%s\" is wanted\n", says);
	if (test.verbose || !good)
		printf("# error: %s\n", op->error ? op->error : "(none)"), mock_show();
}

static void check_all(const struct kind *k)
{
	struct op op = { 0 };
	const bool once = !k->ops[1];

	for (size_t i = 0; json_get(test.fixture, "rules") && k->ops[i]; i++) {
		op.name = k->ops[i];
		check(k, &op, "");
		op.from_conf = op.from_conf || !op.error;
	}
	if (once && op.from_conf)
		check(k, &op, " with what was saved");
	for (size_t i = 0; json_get(test.fixture, "fail") && k->ops[i]; i++) {
		op.name = k->ops[i];
		check_refusal(k, &op);
	}
}

/* --- one fixture ----------------------------------------------------------------------------- */

static int put_in(const char *name, const char *text)
{
	return put(file_join(test.mem, test.dir, name), text, 0600);
}

static int put_files(const struct kind *k)
{
	const cJSON *f, *files = json_get(test.fixture, "files");
	struct strs beside = { 0 };

	cJSON_ArrayForEach(f, files)
		if (put_in(f->string, json_str(f, "") ? json_str(f, "") : json_text(test.mem, f)))
			return -1;
	file_list(test.mem, k->folder, &beside);
	for (size_t i = 0; i < beside.n; i++) {
		const char *p = text_ends(beside.v[i], ".pem")
		    ? file_read(test.mem, file_join(test.mem, k->folder, beside.v[i]), FIXTURE_MAX,
		          NULL)
		    : NULL;
		if (p && put_in(beside.v[i], p))
			return -1;
	}
	return 0;
}

static void remove_dir(const char *dir)
{
	struct strs names = { 0 };

	file_list(test.mem, dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *path = file_join(test.mem, dir, names.v[i]);
		if (file_is_dir(path))
			remove_dir(path);
		else
			file_remove(test.mem, path);
	}
	rmdir(dir);
}

/* A text as it stands within a JSON string. */
static const char *inside(const char *text)
{
	const char *quoted_text = json_text(test.mem, js(NULL, text));

	return arena_strn(test.mem, quoted_text + 1, strlen(quoted_text) - 2);
}

/* The fixture with {{dir}}, {{key}}, {{cert}}, {{chain}}, {{fullchain}} filled in. */
static const cJSON *read_fixture(const char *path)
{
	static const char *const names[] = { "key", "cert", "chain" };
	const char *text = file_read(test.mem, path, FIXTURE_MAX, NULL);

	if (!text)
		return NULL;
	text = text_replace(test.mem, text, "{{dir}}", test.dir);
	text = text_replace(test.mem, text, "{{fullchain}}", "{{cert}}{{chain}}");
	for (size_t i = 0; i < 3; i++)
		text = text_replace(test.mem, text, fmt(test.mem, "{{%s}}", names[i]),
		    inside(pem(names[i])));
	return json_parse(test.mem, text, strlen(text));
}

static void replay(const struct kind *k, const char *path)
{
	char dir[] = "/tmp/replay.XXXXXX";

	test.dir = mkdtemp(dir);
	test.fixture = test.dir ? read_fixture(path) : NULL;
	mock_fixture(test.mem, test.fixture);
	if (!test.fixture || put_files(k))
		tap_check(false, __FILE__, __LINE__, fmt(test.mem, "%s: can be read", path));
	else
		check_all(k);
	remove_dir(dir);
}

static bool wanted(char **args, const char *name)
{
	for (char **w = args; *w; w++) {
		const size_t n = strlen(*w);
		if (strncmp(*w, name, n) == 0 && (!name[n] || name[n] == '-'))
			return true;
	}
	return !*args;
}

static void replay_folder(struct arena *a, const struct kind *k, char **args)
{
	struct strs names = { 0 };

	file_list(a, k->folder, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = arena_strn(a, names.v[i], strcspn(names.v[i], "."));
		if (!text_ends(names.v[i], ".json") || !wanted(args, name))
			continue;
		test.name = name;
		test.mem = arena_new();
		struct arena *before = arena_use(test.mem);
		replay(k, file_join(a, k->folder, names.v[i]));
		arena_use(before);
		arena_drop(test.mem);
	}
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new();

	(void)argc;
	argv++;
	test.keeper = keeper_start(a);
	if (*argv && strcmp(*argv, "-v") == 0) {
		test.verbose = true;
		argv++;
	}
	log_setup(&(struct log_settings){ .quiet = true });
	mock_install(test.verbose);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		replay_folder(a, &kinds[i], argv);
	keeper_stop(test.keeper);
	arena_drop(a);
	return done();
}
