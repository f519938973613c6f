/* --list, --info, --list-profiles. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "describe.h"
#include "error.h"
#include "file.h"
#include "json.h"
#include "log.h"

enum { COLUMNS = 7 };

static const char *const heading[COLUMNS] = { "Main_Domain", "KeyLength", "SAN_Domains", "Profile",
	"CA", "Created", "Renew" };

/* All rows are gathered, since the columns are as wide as their widest cell. */
struct table {
	const struct run *run;
	struct arena *mem;
	const char *(*rows)[COLUMNS];
	size_t n, room;
	bool json;
};

static void add_row(struct table *t, const char *const cells[COLUMNS])
{
	if (t->n == t->room) {
		const char *(*more)[COLUMNS];

		t->room = t->room ? t->room * 2 : 16;
		more = arena_alloc(t->mem, t->room * sizeof *more);
		if (t->n)
			memcpy(more, t->rows, t->n * sizeof *more);
		t->rows = more;
	}
	for (size_t i = 0; i < COLUMNS; i++)
		t->rows[t->n][i] = arena_str(t->mem, cells[i] ? cells[i] : "");
	t->n++;
}

static void print_object(struct arena *a, const struct description *d, const char *event)
{
	struct arena *before = arena_use(a);

	json_event(a, event, describe_json(a, d));
	arena_use(before);
}

static int list_row(void *ctx, struct arena *a, struct store *store)
{
	struct table *t = ctx;
	const struct conf *c = store->conf;
	struct description d;
	const struct spec *s = &d.spec;

	describe(t->run, a, store, false, &d);
	if (t->json)
		print_object(a, &d, "cert.listed");
	else
		add_row(t,
		    (const char *const[COLUMNS]){ s->domain ? s->domain : store->domain,
		        arena_fmt(a, "\"%s\"", s->keylength ? s->keylength : ""),
		        s->alt ? s->alt : "no", s->profile, d.ca,
		        conf_get(c, "Le_CertCreateTimeStr"), conf_get(c, "Le_NextRenewTimeStr") });
	return 0;
}

/* Characters, of which UTF-8 has a first byte each. */
static size_t columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void print_table(struct arena *a, const struct table *t, bool raw)
{
	size_t width[COLUMNS] = { 0 };

	for (size_t i = 0; i < t->n; i++)
		for (size_t j = 0; j < COLUMNS; j++)
			if (columns(t->rows[i][j]) > width[j])
				width[j] = columns(t->rows[i][j]);
	for (size_t i = 0; i < t->n; i++) {
		struct buf line = buf_new(a, 0);

		for (size_t j = 0; j < COLUMNS; j++) {
			buf_str(&line, t->rows[i][j]);
			if (j + 1 == COLUMNS)
				break;
			if (raw)
				buf_byte(&line, '|');
			else
				buf_fmt(&line, "%*s", (int)(width[j] - columns(t->rows[i][j]) + 2),
				    "");
		}
		print("%s\n", buf_text(&line));
	}
}

/* The conf as it stands, less what is secret. */
static void print_conf(struct arena *a, const struct conf *c)
{
	struct strs keys = conf_keys(a, c);

	for (size_t i = 0; i < keys.n; i++)
		if (describe_is_secret(keys.v[i]))
			secret(conf_get(c, keys.v[i]));
	print("%s", conf_text(a, c));
}

/* --list -d: the RSA certificate, the EC one, or both. */
static int list_one(struct run *r, const struct options *o, struct table *t)
{
	struct store store;
	bool found = false;

	for (int ecc = o->set.ecc; ecc < 2; ecc++) {
		if (store_open(r->mem, &r->home, o->domains.v[0], ecc ? STORE_ECC : STORE_RSA,
		        &store))
			return -1;
		if (!store_exists(&store))
			continue;
		found = true;
		if (t->json)
			list_row(t, r->mem, &store);
		else
			print_conf(r->mem, store.conf);
	}
	return found ? 0 : cmd_open(r, o, true, &store, NULL);
}

int cmd_list(struct run *r, struct options *o)
{
	struct table t = { .run = r, .mem = r->mem, .json = log_is_json() };
	int result;

	if (o->domains.n)
		return list_one(r, o, &t);
	add_row(&t, heading);
	result = store_each(r->mem, &r->home, list_row, &t);
	if (t.json)
		return result;
	print_table(r->mem, &t, o->listraw);
	error_clear(r->mem); /* told on the spot */
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Settings one a line; secrets only with --output-insecure. */
static void print_settings(struct arena *a, const struct conf *c, const struct options *o)
{
	struct strs keys = conf_keys(a, c);

	for (size_t i = 0; i < keys.n; i++)
		print("%s=%s\n", keys.v[i],
		    describe_is_secret(keys.v[i]) && !o->output_insecure
		        ? "[hidden](please add '--output-insecure' to see this value)"
		        : conf_get(c, keys.v[i]));
}

static int info_home(struct run *r, const struct options *o)
{
	struct strs odd = conf_odd_lines(r->mem, r->home.conf);

	if (log_is_json()) {
		json_event(r->mem, "home",
		    json(js("home", r->home.dir), js("config_home", r->home.config),
		        js("cert_home", r->home.certs), js("account_conf", conf_path(r->home.conf)),
		        js("version", ACME_VERSION)));
		return 0;
	}
	print("LE_WORKING_DIR=%s\n", r->home.dir);
	print("LE_CONFIG_HOME=%s\n", r->home.config);
	print_settings(r->mem, r->home.conf, o);
	for (size_t i = 0; i < odd.n; i++)
		warn("%s, %s: this line is not a setting and is not run", conf_path(r->home.conf),
		    odd.v[i]);
	return 0;
}

int cmd_info(struct run *r, struct options *o)
{
	struct store store;
	struct description d;

	if (!o->domains.n)
		return info_home(r, o);
	if (cmd_open(r, o, true, &store, NULL))
		return -1;
	describe(r, r->mem, &store, true, &d);
	if (log_is_json()) {
		print_object(r->mem, &d, "cert.info");
		return 0;
	}
	print("DOMAIN_CONF=%s\n", store.conf_path);
	print_settings(r->mem, store.conf, o);
	describe_print(r->mem, &d);
	return 0;
}

int cmd_list_profiles(struct run *r, struct options *o)
{
	const char *directory = run_directory(r, r->mem, NULL, cmd_ecc(o));

	if (!directory || !run_keeper(r, r->mem) || run_wire(r, r->mem, directory, false))
		return -1;
	if (!r->wire.dir.profiles || !r->wire.dir.profiles->child) {
		info("%s offers no profiles.", directory);
		return 0;
	}
	print("name  info\n");
	for (const cJSON *p = r->wire.dir.profiles->child; p; p = p->next) {
		const char *name = text_safe(r->mem, p->string, 100);
		const char *about = text_safe(r->mem, cJSON_IsString(p) ? p->valuestring : "", 300);

		if (log_is_json())
			json_event(r->mem, "profile", json(js("name", name), js("info", about)));
		else
			print("%s  %s\n", name, about);
	}
	return 0;
}
