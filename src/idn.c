/* Internationalised names to ASCII: Punycode (RFC 3492) and the lower-casing that IDNA leaves to
 * the application. The name is taken to be composed (NFC), as what is typed nearly always is. */
#include "idn.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "text.h"

/* Unicode's simple case folding of capital letters, but for those that IDNA 2008 keeps apart (the
 * Turkish dotted I) and historic ones. Step 2: capitals and small letters take turns. */
static const struct {
	uint16_t first, last;
	int16_t delta;
	uint8_t step;
} folds[] = {
	{ 'A', 'Z', 32, 1 },
	{ 0x00c0, 0x00d6, 32, 1 },
	{ 0x00d8, 0x00de, 32, 1 },
	{ 0x0100, 0x012e, 1, 2 },
	{ 0x0132, 0x0136, 1, 2 },
	{ 0x0139, 0x0147, 1, 2 },
	{ 0x014a, 0x0176, 1, 2 },
	{ 0x0178, 0x0178, -121, 1 },
	{ 0x0179, 0x017d, 1, 2 },
	{ 0x018f, 0x018f, 202, 1 },
	{ 0x01a0, 0x01a4, 1, 2 },
	{ 0x01af, 0x01af, 1, 1 },
	{ 0x01cd, 0x01db, 1, 2 },
	{ 0x01de, 0x01ee, 1, 2 },
	{ 0x01f8, 0x021e, 1, 2 },
	{ 0x0222, 0x0232, 1, 2 },
	{ 0x0386, 0x0386, 38, 1 },
	{ 0x0388, 0x038a, 37, 1 },
	{ 0x038c, 0x038c, 64, 1 },
	{ 0x038e, 0x038f, 63, 1 },
	{ 0x0391, 0x03a1, 32, 1 },
	{ 0x03a3, 0x03ab, 32, 1 },
	{ 0x0400, 0x040f, 80, 1 },
	{ 0x0410, 0x042f, 32, 1 },
	{ 0x0460, 0x0480, 1, 2 },
	{ 0x048a, 0x04be, 1, 2 },
	{ 0x04c0, 0x04c0, 15, 1 },
	{ 0x04c1, 0x04cd, 1, 2 },
	{ 0x04d0, 0x052e, 1, 2 },
	{ 0x1e00, 0x1e94, 1, 2 },
	{ 0x1e9e, 0x1e9e, -7615, 1 },
	{ 0x1ea0, 0x1efe, 1, 2 },
};

enum { longest_name = 253, longest_label = 63 };

static uint32_t lower(uint32_t c)
{
	for (size_t i = 0; i < sizeof folds / sizeof *folds && c >= folds[i].first; i++)
		if (c <= folds[i].last && (c - folds[i].first) % folds[i].step == 0)
			return (uint32_t)((int32_t)c + folds[i].delta);
	return c;
}

/* RFC 3492 section 6.1 with the parameters of section 5. */
enum { base = 36, tmin = 1, tmax = 26, skew = 38, damp = 700, first_bias = 72, first_n = 128 };

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;
	delta /= first ? damp : 2;
	for (delta += delta / points; delta > (base - tmin) * tmax / 2; k += base)
		delta /= base - tmin;
	return k + (base - tmin + 1) * delta / (delta + skew);
}

/* delta as a variable-length integer, section 6.3. */
static void add_integer(struct buf *out, uint32_t delta, uint32_t bias)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	for (uint32_t k = base;; k += base) {
		const uint32_t t = k <= bias ? tmin : k >= bias + tmax ? tmax : k - bias;
		if (delta < t)
			break;
		buf_byte(out, digits[t + (delta - t) % (base - t)]);
		delta = (delta - t) / (base - t);
	}
	buf_byte(out, digits[delta]);
}

/* The label's A-label. 32 bits hold each delta: (0x10ffff + 1) * (253 + 1) is the most. */
static void add_label(struct buf *out, const uint32_t *c, size_t count)
{
	uint32_t plain = 0, n = first_n, delta = 0, bias = first_bias;
	for (size_t i = 0; i < count; i++)
		plain += c[i] < first_n;
	if (plain < count)
		buf_str(out, "xn--");
	for (size_t i = 0; i < count; i++)
		if (c[i] < first_n)
			buf_byte(out, (int)c[i]);
	if (plain > 0 && plain < count)
		buf_byte(out, '-');
	for (uint32_t done = plain; done < count; delta++, n++) {
		uint32_t next = UINT32_MAX;
		for (size_t i = 0; i < count; i++)
			if (c[i] >= n && c[i] < next)
				next = c[i];
		delta += (next - n) * (done + 1);
		n = next;
		for (size_t i = 0; i < count; i++) {
			delta += c[i] < n;
			if (c[i] == n) {
				add_integer(out, delta, bias);
				bias = adapt(delta, done + 1, done == plain);
				delta = 0;
				done++;
			}
		}
	}
}

char *idn_to_ascii(struct arena *a, const char *name)
{
	struct buf out = buf_new(a, longest_name);
	uint32_t label[longest_name] = { 0 };
	size_t count = 0, start = 0;
	for (const char *s = name;;) {
		if (*s == '.' || *s == '\0') {
			add_label(&out, label, count);
			if (out.over || out.len - start > longest_label)
				break;
			if (*s == '\0')
				return arena_str(a, buf_text(&out));
			buf_byte(&out, *s++);
			start = out.len;
			count = 0;
			continue;
		}
		const size_t n = text_utf8(s, &label[count]);
		if (n == 0)
			return fail_null(a, "name '%s' is not UTF-8", text_safe(a, name, 260));
		label[count] = lower(label[count]);
		s += n;
		if (++count == longest_name)
			break;
	}
	return fail_null(a, "name '%s' is too long in ASCII: at most %d bytes, %d between dots",
	    text_safe(a, name, 260), longest_name, longest_label);
}
