/* idn.h against the samples of RFC 3492 section 7.1 and names that are registered. */
#include "idn.h"

#include "arena.h"
#include "error.h"
#include "tap.h"

static const struct {
	const char *name, *ascii;
} rows[] = {
	{ "example.com", "example.com" },
	{ "*.Example.COM", "*.example.com" },
	{ "XN--BCHER-KVA.example", "xn--bcher-kva.example" },
	{ "2001:DB8::1", "2001:db8::1" },
	{ "", "" },
	{ "b\u00fccher.example", "xn--bcher-kva.example" },
	{ "B\u00dcCHER.example", "xn--bcher-kva.example" },
	{ "*.b\u00fccher.example", "*.xn--bcher-kva.example" },
	{ "\u00fc", "xn--tda" },
	{ "fa\u00df.de", "xn--fa-hia.de" },
	{ "FA\u1e9e.de", "xn--fa-hia.de" },
	{ "\u03b2\u03cc\u03bb\u03bf\u03c2.com", "xn--nxasmm1c.com" },
	{ "\u0392\u038c\u039b\u039f\u03c2.com", "xn--nxasmm1c.com" },
	{ "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "xn--e1afmkfd.xn--p1ai" },
	{ "\u041f\u0420\u0418\u041c\u0415\u0420.\u0420\u0424", "xn--e1afmkfd.xn--p1ai" },
	{ "\u0404\u0410", "xn--80a5e" },
	{ "\u010c\u0160\u017d", "xn--bea2o7c" },
	{ "\u010d\u0161\u017e", "xn--bea2o7c" },
	{ "\u0178", "xn--wda" },
	{ "\u4f8b\u5b50.\u6d4b\u8bd5", "xn--fsqu00a.xn--0zwm56d" },
	{ "\u307b\u3093\u3068\u3046\u306b\u306a\u304c\u3044", "xn--n8jds4ilf3iqi" },
	/* RFC 3492 section 7.1: (A) Arabic, (B) Chinese, (D) Czech, (E) Hebrew, (J) Spanish,
	 * (K) Vietnamese, (L) and (R) Japanese with ASCII inside. */
	{ "\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648"
	  "\u0634\u0639\u0631\u0628\u064a\u061f",
	    "xn--egbpdaj6bu4bxfgehfvwxn" },
	{ "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587",
	    "xn--ihqwcrb4cv8a8dqg056pqjye" },
	{ "Pro\u010dprost\u011bnemluv\u00ed\u010desky", "xn--proprostnemluvesky-uyb24dma41a" },
	{ "\u05dc\u05de\u05d4\u05d4\u05dd\u05e4\u05e9\u05d5\u05d8\u05dc\u05d0"
	  "\u05de\u05d3\u05d1\u05e8\u05d9\u05dd\u05e2\u05d1\u05e8\u05d9\u05ea",
	    "xn--4dbcagdahymbxekheh6e0a7fei0b" },
	{ "Porqu\u00e9nopuedensimplementehablarenEspa\u00f1ol",
	    "xn--porqunopuedensimplementehablarenespaol-fmd56a" },
	{ "T\u1ea1isaoh\u1ecdkh\u00f4ngth\u1ec3ch\u1ec9n\u00f3iti\u1ebfngVi\u1ec7t",
	    "xn--tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g" },
	{ "3\u5e74b\u7d44\u91d1\u516b\u5148\u751f", "xn--3b-ww4c5e180e575a65lsy2b" },
	{ "\u305d\u306e\u30b9\u30d4\u30fc\u30c9\u3067", "xn--d9juau41awczczp" },
	{ "\xf0\x9f\x92\xa9.la", "xn--ls8h.la" },
};

/* Capital letters of the whole table against their small ones. */
static void fold(struct arena *a)
{
	static const char *const pairs[][2] = { { "\u00c0", "\u00e0" }, { "\u00de", "\u00fe" },
		{ "\u0100", "\u0101" }, { "\u012e", "\u012f" }, { "\u0136", "\u0137" },
		{ "\u0139", "\u013a" }, { "\u0147", "\u0148" }, { "\u014a", "\u014b" },
		{ "\u0176", "\u0177" }, { "\u0179", "\u017a" }, { "\u01a0", "\u01a1" },
		{ "\u01af", "\u01b0" }, { "\u0218", "\u0219" }, { "\u0386", "\u03ac" },
		{ "\u0388", "\u03ad" }, { "\u038f", "\u03ce" }, { "\u03a9", "\u03c9" },
		{ "\u03a3", "\u03c3" }, { "\u040f", "\u045f" }, { "\u0410", "\u0430" },
		{ "\u042f", "\u044f" }, { "\u0490", "\u0491" }, { "\u04c0", "\u04cf" },
		{ "\u04c1", "\u04c2" }, { "\u1ea0", "\u1ea1" } };
	bool good = true;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const char *want = idn_to_ascii(a, pairs[i][1]);
		const bool same = strcmp(idn_to_ascii(a, pairs[i][0]), want) == 0;
		if (!same)
			printf("# U+ pair %zu\n", i);
		good = good && same;
	}
	ok(good, "capital letters become small");
	static const char *const kept[][2] = { { "\u00d7", "xn--rca" }, { "\u00f7", "xn--oda" },
		{ "\u03c2", "xn--3xa" }, { "\u0138", "xn--jfa" }, { "\u0148", "xn--zfa" },
		{ "\u00ff", "xn--wda" } };
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		is_str(idn_to_ascii(a, kept[i][0]), kept[i][1], "others are left alone");
}

static void refused(struct arena *a)
{
	ok(!idn_to_ascii(a, "a\xff.example"), "not UTF-8");
	is_str(arena_error(a)->what, "name 'a?.example' is not UTF-8");
	error_clear(a);
	const char *l63 = "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0";
	is_str(idn_to_ascii(a, l63), l63, "63 bytes");
	ok(!idn_to_ascii(a, arena_fmt(a, "%sx.b", l63)) && failed(a), "64 bytes");
	error_clear(a);
	ok(!idn_to_ascii(a, arena_fmt(a, "%.60s\u00fc", l63)) && failed(a), "64 bytes as Punycode");
	error_clear(a);
	const char *l253 = arena_fmt(a, "%s.%s.%s.%.61s", l63, l63, l63, l63);
	is_str(idn_to_ascii(a, l253), l253, "253 bytes");
	ok(!idn_to_ascii(a, arena_fmt(a, "%sx", l253)) && failed(a), "254 bytes");
	error_clear(a);
	ok(!idn_to_ascii(a, arena_fmt(a, "%05000d", 0)) && failed(a), "a very long label");
	error_clear(a);
	char *many = arena_alloc(a, 1001);
	memcpy(many, "\xf4\x8f\xbf\xbf", 4);
	for (size_t i = 4; i < 1000; i += 4)
		memcpy(many + i, i % 8 ? "\xc2\x80\xc2\x81" : "\xf4\x8f\xbf\xbf", 4);
	ok(!idn_to_ascii(a, many) && failed(a), "the widest deltas");
	error_clear(a);
}

int main(void)
{
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_str(idn_to_ascii(a, rows[i].name), rows[i].ascii, rows[i].ascii);
	fold(a);
	refused(a);
	arena_drop(a);
	return done();
}
