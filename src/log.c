/* Everything that the program tells. A line is formatted, freed of secrets and control characters,
 * then goes whole, in one write, to each place that wants it: children and workers share these
 * descriptors, and half lines would mix. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "log_redact.h"
#include "text.h"

#define RED "\033[1;31m"
#define GREEN "\033[1;32m"
#define PLAIN "\033[0m"
#define PROGRESS_WIDTH 79

struct channel {
	int fd;
	int priority; /* of syslog */
	const char *color;
};

static const struct channel information = { STDOUT_FILENO, LOG_INFO, NULL };
static const struct channel good_news = { STDOUT_FILENO, LOG_INFO, GREEN };
static const struct channel warning = { STDERR_FILENO, LOG_WARNING, NULL };
static const struct channel error = { STDERR_FILENO, LOG_ERR, RED };
static const struct channel debugging_line = { STDERR_FILENO, LOG_DEBUG, NULL };

static struct {
	struct log_settings is;
	struct arena *mem; /* NULL until log_setup() */
	int file;          /* descriptor of the log file, or -1 */
	const char *about; /* NULL: nothing special */
	bool color[STDERR_FILENO + 1];
	bool stdout_lost, file_lost;
	bool progress; /* a progress line stands on the terminal */
} to = { .file = -1 };

static bool is_on(const char *variable)
{
	const char *value = getenv(variable);
	return !text_empty(value) && !text_is(value, "0");
}

static bool wants_color(int fd)
{
	if (to.is.color)
		return to.is.color > 0;
	if (is_on("ACME_FORCE_COLOR"))
		return true;
	if (is_on("ACME_NO_COLOR") || !text_empty(getenv("NO_COLOR")))
		return false;
	return isatty(fd) && !text_is(getenv("TERM"), "dumb");
}

static int put(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EAGAIN)
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 1000);
		else if (done < 0 && errno != EINTR)
			return -1;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

/* A place that takes no more text is told once and not fatal: a certificate that is due must be
 * renewed although the disk with the log is full. */
static void lose(bool *lost, const char *what)
{
	int why = errno;
	if (*lost)
		return;
	*lost = true;

	struct arena *a = arena_new();
	const char *text = arena_fmt(a, "cannot write to %s: %s\n", what, strerror(why));
	put(STDERR_FILENO, text, strlen(text));
	arena_drop(a);
}

static void put_terminal(int fd, const struct buf *b)
{
	static const char away[] = "\r\033[K";

	if (to.progress)
		put(STDOUT_FILENO, away, sizeof(away) - 1);
	to.progress = false;
	if (put(fd, b->data, b->len) != 0 && fd == STDOUT_FILENO)
		lose(&to.stdout_lost, "standard output");
}

static void put_file(const struct buf *b)
{
	if (to.file >= 0 && put(to.file, b->data, b->len) != 0)
		lose(&to.file_lost, to.is.file);
}

static struct buf without_secrets(struct arena *a, const char *text)
{
	size_t len = strlen(text);
	struct buf b = buf_new(a, 2 * len + 64); /* "[hidden]" may be longer than what it hides */
	if (to.is.show_secrets)
		buf_add(&b, text, len);
	else
		redact(&b, text, len);
	return b;
}

/* Control characters in text from outside could rewrite the terminal, and so fake a line. Line ends
 * at the end go as well. */
static void tame(char *text)
{
	const char *start = text;
	char *to_keep = text;
	uint32_t c;

	for (size_t n; *text; text += n) {
		n = text_utf8(text, &c);
		bool bad =
		    n == 0 || (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
		if (n == 0)
			n = 1;
		if (*text == '\r')
			continue;
		memmove(to_keep, bad ? "?" : text, bad ? 1 : n);
		to_keep += bad ? 1 : n;
	}
	while (to_keep > start && to_keep[-1] == '\n')
		to_keep--;
	*to_keep = 0;
}

static void add_stamp(struct buf *b)
{
	if (!to.is.no_timestamp)
		buf_fmt(b, "[%s] ", clock_local(b->mem, clock_now()));
}

static void ready(void)
{
	if (!to.mem)
		log_setup(&to.is);
}

/* level: of a debug line, else 0. */
static void line(const struct channel *c, int level, const char *format, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void line(const struct channel *c, int level, const char *format, va_list ap)
{
	int saved = errno;
	struct arena *a = arena_new();

	ready();
	struct buf clean = without_secrets(a, arena_vfmt(a, format, ap));
	char *text = clean.data; /* never NULL: an empty text was added at least */
	tame(text);
	const char *about = to.about ? arena_fmt(a, "%s: %s", to.about, text) : text;
	const size_t room = strlen(about) + 128;
	struct buf out = buf_new(a, room), file = buf_new(a, room);
	int fd = to.is.json ? STDERR_FILENO : c->fd;
	const char *color = to.color[fd] ? c->color : NULL;

	add_stamp(&file);
	buf_add(&out, file.data, file.len);
	buf_fmt(&file, "%s\n", about);
	buf_fmt(&out, "%s%s%s\n", color ? color : "", text, color ? PLAIN : "");
	if (level <= to.is.debug && !(to.is.quiet && c->priority == LOG_INFO))
		put_terminal(fd, &out);
	if (level <= to.is.file_level || !level)
		put_file(&file);
	if (to.is.syslog >= c->priority + (level ? level - 1 : 0))
		syslog(LOG_USER | c->priority, "%s", about);
	arena_drop(a);
	errno = saved;
}

/* Text as it stands, with a newline behind unless it ends in one. */
static void bare(int fd, const char *text)
{
	int saved = errno;
	struct arena *a = arena_new();

	ready();
	struct buf b = without_secrets(a, text);
	if (!text_ends(text, "\n"))
		buf_byte(&b, '\n');
	put_terminal(fd, &b);
	arena_drop(a);
	errno = saved;
}

/* printf(3)-like functions differ only in where they send the line. */
#define LINE(channel, level, format) \
	do { \
		va_list ap; \
		va_start(ap, format); \
		line(&(channel), level, format, ap); \
		va_end(ap); \
	} while (0)

void info(const char *format, ...)
{
	LINE(information, 0, format);
}

void success(const char *format, ...)
{
	LINE(good_news, 0, format);
}

void warn(const char *format, ...)
{
	LINE(warning, 0, format);
}

void complain(const char *format, ...)
{
	LINE(error, 0, format);
}

void info_value(const char *key, const char *value)
{
	info("%s='%s'", key, value ? value : "");
}

void debug(int level, const char *format, ...)
{
	if (debugging(level))
		LINE(debugging_line, level, format);
}

bool debugging(int level)
{
	return level <= to.is.debug || (to.file >= 0 && level <= to.is.file_level) ||
	    to.is.syslog >= LOG_DEBUG + level - 1;
}

void print(const char *format, ...)
{
	struct arena *a = arena_new();
	va_list ap;
	va_start(ap, format);
	bare(to.is.json ? STDERR_FILENO : STDOUT_FILENO, arena_vfmt(a, format, ap));
	va_end(ap);
	arena_drop(a);
}

void usage(const char *format, ...)
{
	struct arena *a = arena_new();
	va_list ap;
	va_start(ap, format);
	char *text = arena_vfmt(a, format, ap);
	va_end(ap);
	ready();
	tame(text);
	bare(STDERR_FILENO, to.color[STDERR_FILENO] ? arena_fmt(a, RED "%s" PLAIN, text) : text);
	arena_drop(a);
}

void print_json(const char *text)
{
	bare(STDOUT_FILENO, text);
}

bool log_is_json(void)
{
	return to.is.json;
}

static void event(const char *name, const struct log_field *fields)
{
	struct arena *a = arena_new();
	struct buf b = buf_new(a, 0);

	buf_str(&b, "{\"event\":");
	redact_json_string(&b, name);
	buf_fmt(&b, ",\"time\":\"%s\"", clock_rfc3339(a, clock_now()));
	for (const struct log_field *f = fields; f && f->name; f++) {
		if (!f->value)
			continue;
		buf_byte(&b, ',');
		redact_json_string(&b, f->name);
		buf_byte(&b, ':');
		redact_json_string(&b, f->value);
	}
	buf_byte(&b, '}');
	print_json(buf_text(&b));
	arena_drop(a);
}

void say(const char *name, const struct log_field *fields, const char *format, ...)
{
	if (to.is.json)
		event(name, fields);
	LINE(information, 0, format);
}

void say_error(const char *name, const struct log_field *fields, const char *format, ...)
{
	if (to.is.json)
		event(name, fields);
	LINE(error, 0, format);
}

void progress(const char *format, ...)
{
	struct arena *a = arena_new();
	struct buf nothing = buf_new(a, 1);
	va_list ap;

	ready();
	put_terminal(STDOUT_FILENO, &nothing); /* takes the one before away */
	if (format && !to.is.json && !to.is.quiet && isatty(STDOUT_FILENO)) {
		va_start(ap, format);
		char *text = arena_vfmt(a, format, ap);
		va_end(ap);
		tame(text);
		struct buf b = without_secrets(a, text_safe(a, text, PROGRESS_WIDTH));
		put_terminal(STDOUT_FILENO, &b);
		to.progress = true;
	}
	arena_drop(a);
}

int countdown(const char *what, int64_t ms)
{
	const int64_t end = clock_ms() + ms;
	int result = 0;

	for (int64_t left = ms; left > 0 && result == 0; left = end - clock_ms()) {
		progress("%s: %lld s left", what, (long long)(left + 999) / 1000);
		result = clock_sleep(left % 1000 ? left % 1000 : 1000);
	}
	progress(NULL);
	return result;
}

void log_about(const char *what)
{
	ready();
	to.about = arena_str(to.mem, what);
}

void log_copy(int fd, const char *p, size_t n)
{
	ready();
	put_terminal(fd, &(struct buf){ .data = (char *)(uintptr_t)p, .len = n });
}

void secret(const char *value)
{
	redact_add(value);
}

bool log_broken(void)
{
	return to.stdout_lost || to.file_lost;
}

int log_setup(const struct log_settings *settings)
{
	struct arena *old = to.mem;

	to.mem = arena_new();
	to.about = NULL;
	to.is = *settings;
	to.is.file = arena_str(to.mem, settings->file);
	to.is.no_timestamp = settings->no_timestamp || is_on("NO_TIMESTAMP");
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		to.color[fd] = wants_color(fd);
	if (old) /* only now: settings may point into it */
		arena_drop(old);
	if (to.file >= 0)
		close(to.file);
	to.file = -1;
	closelog();
	if (to.is.syslog)
		openlog("acme.sh", LOG_PID, LOG_USER);
	if (text_empty(to.is.file))
		return 0;
	to.file = open(to.is.file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	return to.file < 0 ? -1 : 0;
}
