/* Renewal information: windows that make sense and windows that do not, and the draw. */
#include <stdio.h>

#include "ari.h"
#include "clock.h"
#include "fakeca.h"
#include "rand.h"
#include "tap.h"

/* The certificate of RFC 9773 4.1's example, as far as it matters here. */
static const unsigned char aki[] = { 0x69, 0x88, 0x5b, 0x6b, 0x87, 0x46, 0x40, 0x41, 0xe1, 0xb3,
	0x7b, 0x84, 0x7b, 0xa0, 0xae, 0x2c, 0xde, 0x01, 0xc8, 0xd4 };
static const unsigned char serial[] = { 0x00, 0x87, 0x65, 0x43, 0x21 };
#define NOW 1793491200 /* 2026-11-01 */
static const struct cert example = { .serial_hex = "87654321",
	.aki = { aki, sizeof aki },
	.serial = { serial, sizeof serial },
	.not_before = NOW - 60 * 86400,
	.not_after = NOW + 30 * 86400 };
#define ARI "GET /ari/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
#define WINDOW(start, end) "{\"suggestedWindow\":{\"start\":\"" start "\",\"end\":\"" end "\"}}"
#define GOOD WINDOW("2026-11-10T00:00:00Z", "2026-11-12T00:00:00Z")
#define RETRY(s) "Retry-After: " s "\n"

static const struct {
	const char *title;
	struct step reply;
	const char *told;
	long long start, end, retry_after;
} replies[] = {
	{ "good", { ARI, 200, RETRY("21600"), GOOD }, NULL, 1794268800, 1794441600, 21600 },
	{ "fractions and offsets",
	    { ARI, 200, NULL,
	        WINDOW("2026-11-10T01:00:00.123456789+01:00", "2026-11-11T23:30:00.5-00:30") },
	    NULL, 1794268800, 1794441600, 21600 },
	{ "past", { ARI, 200, NULL, WINDOW("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z") }, NULL,
	    1577836800, 1577923200, 21600 },
	{ "longer than the certificate",
	    { ARI, 200, NULL, WINDOW("2026-11-10T00:00:00Z", "9999-12-31T00:00:00Z") }, NULL,
	    1794268800, NOW + 30 * 86400, 21600 },
	{ "upside down", { ARI, 200, NULL, WINDOW("2026-11-12T00:00:00Z", "2026-11-10T00:00:00Z") },
	    "ends before it begins", 0, 0, 21600 },
	{ "empty", { ARI, 200, NULL, WINDOW("2026-11-12T00:00:00Z", "2026-11-12T00:00:00Z") },
	    "ends before it begins", 0, 0, 21600 },
	{ "zero time", { ARI, 200, NULL, WINDOW("0001-01-01T00:00:00Z", "2026-11-12T00:00:00Z") },
	    "suggested window", 0, 0, 21600 },
	{ "1970", { ARI, 200, NULL, WINDOW("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z") },
	    "lies before any certificate", 0, 0, 21600 },
	{ "far future", { ARI, 200, NULL, WINDOW("2099-01-01T00:00:00Z", "2099-01-02T00:00:00Z") },
	    "begins when the certificate has ended", 0, 0, 21600 },
	{ "garbage", { ARI, 200, NULL, WINDOW("yester\\u001bday", "x") },
	    "from yester?day to x cannot be read", 0, 0, 21600 },
	{ "no window", { ARI, 200, RETRY("5"), "{\"suggestedWindow\":null}" },
	    "no suggested window", 0, 0, 60 },
	{ "no end",
	    { ARI, 200, NULL, "{\"suggestedWindow\":{\"start\":\"2026-11-12T00:00:00Z\"}}" },
	    "no suggested window", 0, 0, 21600 },
	{ "no JSON", { ARI, 200, RETRY("1000000"), "<html>" }, "no suggested window", 0, 0, 86400 },
	{ "empty reply", { ARI, 200, RETRY("soon"), "" }, "no suggested window", 0, 0, 21600 },
	{ "a date", { ARI, 200, RETRY("Sun, 01 Nov 2026 02:00:00 GMT"), GOOD }, NULL, 1794268800,
	    1794441600, 7200 },
	{ "a date that is over", { ARI, 200, RETRY("Sat, 31 Oct 2026 02:00:00 GMT"), GOOD }, NULL,
	    1794268800, 1794441600, 60 },
	{ "unknown certificate",
	    { ARI, 404, NULL, "{" TYPE("malformed") ",\"detail\":\"not found\"}" },
	    "404 not found (malformed)", 0, 0, 86400 },
	{ "refused for a while", { ARI, 429, RETRY("7200"), NULL }, "429", 0, 0, 7200 },
	{ "trouble", { ARI, 503, NULL, "<title>busy</title>" }, "503 busy", 0, 0, 21600 },
	{ "no connection", { ARI, 0, NULL, NULL }, "the connection failed", 0, 0, 21600 },
};

static void windows(void)
{
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		struct step script[2] = { replies[i].reply };
		struct arena *a = fake_open(script);
		struct ari ari;
		is_int(ari_fetch(&fake.wire, a, &example, &ari), replies[i].told ? -1 : 0,
		    replies[i].title);
		is_int(ari.start, replies[i].start);
		is_int(ari.end, replies[i].end);
		is_int(ari.retry_after, replies[i].retry_after);
		ok(fake_played() && (!replies[i].told || strstr(error_text(a), replies[i].told)),
		    error_text(a));
		arena_drop(a);
	}
}

static void others(void)
{
	static const struct step page[] = {
		{ ARI, 200, NULL,
		    "{\"explanationURL\":\"https://ca.test/why\\u0007\","
		    "\"suggestedWindow\":{\"start\":\"2026-11-10T00:00:00Z\",\"end\":\"2026-11-12T00:00:00Z\"}}" },
		{ ARI, 200, NULL, "{\"explanationURL\":\"javascript:alert(1)\"}" }, { 0 }
	};
	struct arena *a = fake_open(page);
	struct cert nameless = example;
	struct ari ari;

	is_int(ari_fetch(&fake.wire, a, &example, &ari), 0);
	is_str(ari.explanation, "https://ca.test/why?");
	ari_fetch(&fake.wire, a, &example, &ari);
	ok(!ari.explanation && fake_played());
	error_clear(a);
	nameless.aki.n = 0;
	is_int(ari_fetch(&fake.wire, a, &nameless, &ari), -1);
	ok(strstr(error_text(a), "does not name its issuer's key") && fake_played());
	error_clear(a);
	fake.wire.dir.renewal_info = CA "/ari/";
	static const struct step slash[] = { { ARI, 200, NULL, GOOD }, { 0 } };
	fake.script = slash;
	is_int(ari_fetch(&fake.wire, a, &example, &ari), 0, "a directory URL that ends in a slash");
	fake.wire.dir.renewal_info = NULL;
	is_int(ari_fetch(&fake.wire, a, &example, &ari), -1);
	ok(strstr(error_text(a), "no renewalInfo"));
	is_int(ari.retry_after, 21600);
	arena_drop(a);
}

/* xorshift: the same numbers in each run. */
static void numbers(void *p, size_t n)
{
	static uint64_t x = 88172645463325252U;
	for (unsigned char *byte = p; n--; byte++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*byte = (unsigned char)(x >> 24);
	}
}

static void draws(void)
{
	enum { DRAWS = 10000, BINS = 50 };
	const struct ari ari = { .start = NOW, .end = NOW + 2 * 86400 };
	int bins[BINS] = { 0 };
	bool inside = true;
	const double expected = (double)DRAWS / BINS;
	double chi = 0;

	rand_fake = numbers;
	for (int i = 0; i < DRAWS; i++) {
		int64_t t = ari_draw(&ari);
		inside = inside && t >= ari.start && t < ari.end;
		if (t >= ari.start && t < ari.end)
			bins[(t - ari.start) * BINS / (ari.end - ari.start)]++;
	}
	for (int i = 0; i < BINS; i++)
		chi += (bins[i] - expected) * (bins[i] - expected) / expected;
	ok(inside, "10,000 draws, all inside");
	printf("# chi square %.1f, 49 degrees of freedom\n", chi);
	ok(chi > 22 && chi < 85, "uniform: neither skewed nor too even");
	is_int(ari_draw(&(struct ari){ .start = 7, .end = 8 }), 7);
	is_int(ari_draw(&(struct ari){ .start = 7, .end = 7 }), 7);
	rand_fake = NULL;
}

int main(void)
{
	fake_start();
	clock_fake = NOW;
	windows();
	others();
	draws();
	fake_stop();
	return done();
}
