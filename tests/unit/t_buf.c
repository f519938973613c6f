/* buf.h: growth, the ceiling, formatted text, eating. */
#include "buf.h"

#include "arena.h"
#include "tap.h"

static void growth(struct arena *a)
{
	struct buf b = buf_new(a, 0);
	is_str(buf_text(&b), "", "empty");
	buf_eat(&b, 3);
	is_int((long long)b.len, 0, "nothing to eat");
	ok(buf_add(&b, NULL, 0) == 0, "no bytes are added");
	for (int i = 0; i < 100000; i++)
		buf_byte(&b, 'a' + i % 26);
	is_int((long long)b.len, 100000, "length");
	is_int((long long)strlen(buf_text(&b)), 100000, "NUL-terminated");
	bool good = true;
	for (int i = 0; i < 100000; i++)
		good = good && b.data[i] == 'a' + i % 26;
	ok(good, "content");
	buf_eat(&b, 99998);
	is_str(buf_text(&b), "cd", "eaten");
	buf_eat(&b, 99);
	is_str(buf_text(&b), "", "all eaten");
	ok(buf_str(&b, "x") == 0 && buf_fmt(&b, "%d/%s", 7, "y") == 0, "added");
	is_str(b.data, "x7/y", "after eating");
	b = buf_new(a, 0);
	buf_str(&b, "ab");
	buf_add(&b, b.data, b.len);
	is_str(b.data, "abab", "its own bytes");
	const char long_text[] = "0123456789";
	for (int i = 0; i < 40; i++)
		buf_fmt(&b, "%s", long_text);
	is_str(b.data + 4 + 390, long_text, "formatted text that has to grow");
	ok(buf_add(&b, long_text, (size_t)-1) == -1 && b.over, "a length that overflows");
}

static void ceiling(struct arena *a)
{
	struct buf b = buf_new(a, 5);
	ok(buf_str(&b, "abc") == 0 && !b.over, "below");
	ok(buf_str(&b, "def") == -1 && b.over, "above");
	is_str(buf_text(&b), "abc", "nothing of it is added");
	ok(buf_fmt(&b, "%s", "def") == -1, "formatted");
	ok(!buf_room(&b, 3), "no room");
	ok(buf_str(&b, "de") == 0, "to the last byte");
	is_str(buf_text(&b), "abcde", "full");
	ok(b.over, "still over");
	ok(buf_byte(&b, 'f') == -1 && buf_add(&b, "", 0) == 0, "full is full");
	b = buf_new(a, 0);
	ok(buf_room(&b, 16 << 20) && !buf_room(&b, (16 << 20) + 1), "16 MiB unless told");
}

static void room(struct arena *a)
{
	struct buf b = buf_new(a, 0);
	char *to = buf_room(&b, 300);
	memset(to, 'x', 300);
	b.len += 300;
	is_int((long long)strlen(buf_text(&b)), 300, "text after room");
	buf_eat(&b, 298);
	to = buf_room(&b, 3);
	*to = 'y';
	b.len++;
	is_str(b.data, "xxy", "NUL-terminated after room and eating");
}

int main(void)
{
	struct arena *a = arena_new();
	growth(a);
	ceiling(a);
	room(a);
	arena_drop(a);
	return done();
}
