/* der and pem: what is written is read back, what is malformed is refused. */
#include "arena.h"
#include "b64.h"
#include "der.h"
#include "error.h"
#include "pem.h"
#include "tap.h"

static struct arena *a;

static void test_write(void)
{
	static const struct {
		uint64_t v;
		const char *hex;
	} numbers[] = {
		{ 0, "020100" },
		{ 127, "02017f" },
		{ 128, "02020080" },
		{ 256, "02020100" },
		{ UINT32_MAX, "020500ffffffff" },
		{ UINT64_MAX, "020900ffffffffffffffff" },
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct der d = der_uint(a, numbers[i].v);
		is_str(hex_encode(a, d.p, d.n), numbers[i].hex, numbers[i].hex);
	}
	static const struct {
		const char *dotted;
		const char *hex;
	} oids[] = {
		{ "1.2.840.113549.1.7.1", "06092a864886f70d010701" },
		{ "2.5.29.17", "0603551d11" },
		{ "2.999.3", "0603883703" },
		{ "0.0", "060100" },
		{ "1.3.6.1.4.1.4294967295", "060a2b060104018fffffff7f" },
		{ "", "" },
		{ "1", "" },
		{ "1.2.", "" },
		{ "1..2", "" },
		{ "1.40", "" },
		{ "3.1", "" },
		{ "1.2.03", "" },
		{ "1.2.x", "" },
		{ "1.2.99999999999999999999999", "" },
		{ "serverAuth", "" },
	};
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
		struct der d = der_oid(a, oids[i].dotted);
		is_str(hex_encode(a, d.p, d.n), oids[i].hex, oids[i].dotted);
	}
	struct der nested = DER_SEQUENCE(a, der_uint(a, 5), DER_SEQUENCE(a, der_bytes("", 0)));
	is_str(hex_encode(a, nested.p, nested.n), "30050201053000", "nested sequences");
	struct der bits = der_bits(a, der_bytes("\xaa", 1));
	is_str(hex_encode(a, bits.p, bits.n), "030200aa", "bit string");
}

/* Lengths around each change of form. */
static void test_lengths(void)
{
	static const struct {
		size_t n;
		const char *head;
	} lengths[] = {
		{ 0, "0400" },
		{ 127, "047f" },
		{ 128, "048180" },
		{ 255, "0481ff" },
		{ 256, "04820100" },
		{ 65536, "0483010000" },
	};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		const void *zeros = arena_alloc(a, lengths[i].n);
		struct der content, d = der_make(a, DER_OCTETS, der_bytes(zeros, lengths[i].n));
		is_str(hex_encode(a, d.p, d.n - lengths[i].n), lengths[i].head, lengths[i].head);
		ok(der_take(&d, DER_OCTETS, &content) && content.n == lengths[i].n && d.n == 0,
		    "read back");
	}
}

static void test_malformed(void)
{
	static const char *const bad[] = {
		"", "30", "3001", "300201", "3080", "30800000", /* cut off; indefinite length */
		"308100", "30817f", "30820010", "308200ff",     /* not the shortest form */
		"3085010000000000", "30ff", "3084ffffffff00",   /* too long */
		"1f0100", "bf8101",                             /* tags of several bytes */
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		size_t n;
		int tag;
		const void *p = hex_decode(a, bad[i], &n);
		struct der content, d = der_bytes(arena_dup(a, p ? p : "", p ? n : 0), p ? n : 0);
		size_t before = d.n;
		ok(!der_next(&d, &tag, &content) && d.n == before, bad[i]);
	}
	struct der content, d = der_bytes("\x02\x01\x05", 3);
	ok(!der_take(&d, DER_SEQ, &content) && d.n == 3, "another tag takes nothing");
	ok(der_take_whole(&d, DER_INT, &content) && content.n == 3 && d.n == 0, "whole element");
	d = der_bytes("\x03\x02\x01\xaa", 4);
	ok(!der_take_bits(&d, &content), "bit string with unused bits");
	d = der_bytes("\x03\x00", 2);
	ok(!der_take_bits(&d, &content), "empty bit string");
	ok(der_is_oid(der_bytes("\x55\x1d\x11", 3), "2.5.29.17"), "OID recognized");
	ok(!der_is_oid(der_bytes("\x55\x1d", 2), "2.5.29.17"), "shorter OID");
}

static void test_pem(void)
{
	struct pem block;
	char data[49];
	memset(data, 'x', sizeof data);
	char *text = pem_text(a, "TEST", der_bytes(data, sizeof data));
	is_str(text,
	    "-----BEGIN TEST-----\n"
	    "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\n"
	    "eA==\n"
	    "-----END TEST-----\n",
	    "lines of 64");
	const char *at = arena_fmt(a, "words\n%s\r\nmore %s", text, text);
	is_int(pem_next(a, &at, &block), 1, "first block");
	is_str(block.label, "TEST");
	is_mem(block.der.p, block.der.n, data, sizeof data, "its bytes");
	is_int(pem_next(a, &at, &block), 1, "second block");
	is_int(pem_next(a, &at, &block), 0, "no third");
	static const char *const bad[] = {
		"-----BEGIN TEST-----\nAAAA\n",
		"-----BEGIN TEST-----\nAAAA\n-----END OTHER-----\n",
		"-----BEGIN TEST-----\n!!!!\n-----END TEST-----\n",
		"-----BEGIN TEST\nAAAA\n-----END TEST-----\n",
		"-----BEGIN ",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		error_clear(a);
		at = bad[i];
		ok(pem_next(a, &at, &block) < 0 && failed(a), bad[i]);
	}
	at = "-----BEGIN K-----\r\nProc-Type: 4,ENCRYPTED\r\n\r\nAAAA\r\n-----END K-----";
	ok(pem_next(a, &at, &block) == 1 && block.headers && block.der.n == 0, "header lines");
	ok(!pem_is("plain text") && pem_is(text), "pem_is");
}

int main(void)
{
	a = arena_new();
	test_write();
	test_lengths();
	test_malformed();
	test_pem();
	arena_drop(a);
	return done();
}
