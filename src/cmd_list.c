/* --list, --info, --list-profiles. */
#include "cmd.h"

#include <string.h>

#include "buf.h"
#include "ca.h"
#include "clock.h"
#include "due.h"
#include "error.h"
#include "file.h"
#include "json.h"
#include "log.h"

enum { COLUMNS = 7 };

static const char *const heading[COLUMNS] = { "Main_Domain", "KeyLength", "SAN_Domains", "Profile",
	"CA", "Created", "Renew" };

/* All rows are gathered, since the columns are as wide as their widest cell. */
struct table {
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

static int list_row(void *ctx, struct arena *a, struct store *store)
{
	struct table *t = ctx;
	const struct conf *c = store->conf;
	struct spec s = { 0 };

	spec_load(c, &s);
	if (t->json) {
		struct arena *before = arena_use(a);

		print_json(json_text(a, json(js("domain", store->domain), js("keylength", s.keylength),
		    js("alt", text_is(s.alt, "no") ? NULL : s.alt), js("profile", s.profile),
		    js("server", s.api), js("created", conf_get(c, "Le_CertCreateTimeStr")),
		    js("renew", conf_get(c, "Le_NextRenewTimeStr")), jb("ecc", store->ecc),
		    js("path", store->dir))));
		arena_use(before);
		return 0;
	}
	add_row(t, (const char *const[COLUMNS]){ s.domain ? s.domain : store->domain,
	    arena_fmt(a, "\"%s\"", s.keylength ? s.keylength : ""), s.alt ? s.alt : "no", s.profile,
	    ca_name(s.api), conf_get(c, "Le_CertCreateTimeStr"), conf_get(c, "Le_NextRenewTimeStr") });
	return 0;
}

static void print_table(struct arena *a, const struct table *t, bool raw)
{
	size_t width[COLUMNS] = { 0 };

	for (size_t i = 0; i < t->n; i++)
		for (size_t j = 0; j < COLUMNS; j++)
			if (strlen(t->rows[i][j]) > width[j])
				width[j] = strlen(t->rows[i][j]);
	for (size_t i = 0; i < t->n; i++) {
		struct buf line = buf_new(a, 0);

		for (size_t j = 0; j < COLUMNS; j++) {
			buf_str(&line, t->rows[i][j]);
			if (j + 1 == COLUMNS)
				break;
			if (raw)
				buf_byte(&line, '|');
			else
				buf_fmt(&line, "%*s", (int)(width[j] - strlen(t->rows[i][j]) + 2), "");
		}
		print("%s\n", buf_text(&line));
	}
}

int cmd_list(struct run *r, struct options *o)
{
	struct table t = { .mem = r->mem, .json = log_is_json() };
	struct store store;

	if (o->domains.n) {
		if (cmd_open(r, o, true, &store, NULL))
			return -1;
		print("%s", conf_text(r->mem, store.conf));
		return 0;
	}
	add_row(&t, heading);
	if (store_each(r->mem, &r->home, list_row, &t))
		return -1;
	if (!t.json)
		print_table(r->mem, &t, o->listraw);
	return 0;
}

static void info_home(struct run *r)
{
	struct strs odd = conf_odd_lines(r->mem, r->home.conf);

	print("LE_WORKING_DIR=%s\n", r->home.dir);
	print("LE_CONFIG_HOME=%s\n", r->home.config);
	print("%s", conf_text(r->mem, r->home.conf));
	for (size_t i = 0; i < odd.n; i++)
		warn("%s, %s: this line is not a setting and is not run", conf_path(r->home.conf),
		    odd.v[i]);
}

static void print_fact(const char *name, const char *value)
{
	if (!text_empty(value))
		print("%s=%s\n", name, value);
}

/* What the settings do not tell: the stored certificate, and when and why it is renewed next. */
static void info_facts(struct run *r, const struct store *store, const struct spec *s)
{
	struct arena *a = arena_new();
	struct due_facts facts;
	struct cert leaf;
	struct due due;

	if (store_cert(a, store, &leaf) == 0) {
		print_fact("Names", text_join(a, leaf.names, ","));
		print_fact("Key", leaf.key_length);
		print_fact("Issuer", leaf.issuer);
		print_fact("Serial", leaf.serial_hex);
		print_fact("NotBefore", clock_rfc3339(a, leaf.not_before));
		print_fact("NotAfter", clock_rfc3339(a, leaf.not_after));
	}
	due_read_store(store, s, clock_now(), &facts);
	due = due_compute(&facts);
	if (store_issued(store))
		print("NextRenewal=%s (%s)\n", due.never ? "never" : clock_rfc3339(a, due.when), due.why);
	arena_drop(a);
	(void)r;
}

int cmd_info(struct run *r, struct options *o)
{
	struct store store;
	struct spec s = { 0 };
	struct strs keys;

	if (!o->domains.n) {
		info_home(r);
		return 0;
	}
	if (cmd_open(r, o, true, &store, NULL))
		return -1;
	print("DOMAIN_CONF=%s\n", store.conf_path);
	keys = conf_keys(r->mem, store.conf);
	for (size_t i = 0; i < keys.n; i++)
		print("%s=%s\n", keys.v[i], conf_get(store.conf, keys.v[i]));
	spec_load(store.conf, &s);
	info_facts(r, &store, &s);
	return 0;
}

int cmd_list_profiles(struct run *r, struct options *o)
{
	const char *directory = run_directory(r, r->mem, NULL, false);

	(void)o;
	if (!directory || !run_keeper(r, r->mem) || run_wire(r, r->mem, directory, false))
		return -1;
	if (!r->wire.dir.profiles || !r->wire.dir.profiles->child) {
		info("%s offers no profiles.", directory);
		return 0;
	}
	print("name  info\n");
	for (const cJSON *p = r->wire.dir.profiles->child; p; p = p->next)
		print("%s  %s\n", text_safe(r->mem, p->string, 100),
		    text_safe(r->mem, cJSON_IsString(p) ? p->valuestring : "", 300));
	return 0;
}
