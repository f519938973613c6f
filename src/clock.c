/* Time: now, the forms in which it is written, and waiting (which a signal ends). */
#include "clock.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "text.h"

int64_t clock_fake;

int64_t clock_now(void)
{
	return clock_fake ? clock_fake : (int64_t)time(NULL);
}

int64_t clock_ms(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t))
		die("no monotonic clock");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Signals and waiting */

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t caught, hung_up;
static bool cleaning;

static void note(int number)
{
	if (caught && number == SIGINT)
		_exit(128 + SIGINT);
	if (!caught)
		caught = number;
}

static void let_pass(int number)
{
	(void)number;
}

static void note_hangup(int number)
{
	hung_up = number;
}

void clock_catch_hangup(void)
{
	const struct sigaction act = { .sa_handler = note_hangup };
	sigaction(SIGHUP, &act, NULL);
}

bool clock_hangup(void)
{
	const bool came = hung_up;
	hung_up = 0;
	return came;
}

void clock_catch_signals(void)
{
	struct sigaction act = { .sa_handler = note }, old;
	hung_up = 0;
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
		/* What was ignored when we came (nohup) stays so. */
		if (!sigaction(ending[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(ending[i], &act, NULL);
	/* A handler that does nothing, because SIG_IGN would be handed down to every program that
	 * we run. */
	act.sa_handler = let_pass;
	act.sa_flags = SA_RESTART;
	sigaction(SIGPIPE, &act, NULL);
}

void clock_cleaning(bool on)
{
	cleaning = on;
}

int clock_interrupted(void)
{
	return cleaning ? 0 : caught;
}

int clock_sleep(int64_t ms)
{
	const int64_t end = clock_ms() + (ms > 0 ? ms : 0);
	sigset_t block, old;
	sigemptyset(&block);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
		sigaddset(&block, ending[i]);
	/* Signals come in only while pselect waits: one before it would be slept over. */
	sigprocmask(SIG_BLOCK, &block, &old);
	for (int64_t left = ms; left > 0 && !clock_interrupted() && !hung_up;
	     left = end - clock_ms()) {
		const int64_t slice = left < 60000 ? left : 60000;
		const struct timespec t = { slice / 1000, slice % 1000 * 1000000 };
		pselect(0, NULL, NULL, NULL, &t, &old);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return clock_interrupted() ? -1 : 0;
}

/* Writing */

static const char weekdays[7][10] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
	"Friday", "Saturday" };
static const char months[12][10] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
	"Oct", "Nov", "Dec" };

/* Years 0 to 9999 are what the forms can write. */
static const int64_t first_time = -62167219200, last_time = 253402300799;

static time_t writable(int64_t t)
{
	return (time_t)(t < first_time ? first_time : t > last_time ? last_time : t);
}

static struct tm utc(int64_t t)
{
	const time_t seconds = writable(t);
	struct tm tm;
	if (!gmtime_r(&seconds, &tm))
		die("time %lld cannot be told as a date", (long long)t);
	return tm;
}

char *clock_rfc3339(struct arena *a, int64_t t)
{
	const struct tm c = utc(t);
	return arena_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.tm_year + 1900, c.tm_mon + 1,
	    c.tm_mday, c.tm_hour, c.tm_min, c.tm_sec);
}

char *clock_http_date(struct arena *a, int64_t t)
{
	const struct tm c = utc(t);
	return arena_fmt(a, "%.3s, %02d %s %04d %02d:%02d:%02d GMT", weekdays[c.tm_wday], c.tm_mday,
	    months[c.tm_mon], c.tm_year + 1900, c.tm_hour, c.tm_min, c.tm_sec);
}

char *clock_local(struct arena *a, int64_t t)
{
	const time_t seconds = writable(t);
	struct tm c;
	char zone[32] = "";
	tzset(); /* localtime_r need not do it */
	if (!localtime_r(&seconds, &c))
		die("time %lld cannot be told as a date", (long long)t);
	strftime(zone, sizeof zone, "%Z", &c);
	return arena_fmt(a, "%.3s %s %2d %02d:%02d:%02d %s %d", weekdays[c.tm_wday],
	    months[c.tm_mon], c.tm_mday, c.tm_hour, c.tm_min, c.tm_sec, zone, c.tm_year + 1900);
}

/* Reading */

/* Years from 1 March, so that the leap day is the last one; 400 of them are 146097 days. */
int64_t clock_days(int year, unsigned month, unsigned day)
{
	const int64_t y = (int64_t)year - (month <= 2);
	const int64_t era = (y >= 0 ? y : y - 399) / 400;
	const int64_t year_of_era = y - era * 400;
	const int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	    day_of_year - 719468;
}

struct civil {
	int year, month, day, hour, minute, second, weekday;
};

/* The fields of a date, by strptime's letters: a number of exactly `width` digits, or the place of
 * a name, of which at most `width` letters are written. */
static const struct field {
	char letter;
	unsigned char width;
	unsigned char names;
	const char (*name)[10];
	size_t offset;
} fields[] = {
	{ 'A', 9, 7, weekdays, offsetof(struct civil, weekday) },
	{ 'H', 2, 0, NULL, offsetof(struct civil, hour) },
	{ 'M', 2, 0, NULL, offsetof(struct civil, minute) },
	{ 'S', 2, 0, NULL, offsetof(struct civil, second) },
	{ 'Y', 4, 0, NULL, offsetof(struct civil, year) },
	{ 'a', 3, 7, weekdays, offsetof(struct civil, weekday) },
	{ 'b', 3, 12, months, offsetof(struct civil, month) },
	{ 'd', 2, 0, NULL, offsetof(struct civil, day) },
	{ 'e', 1, 0, NULL, offsetof(struct civil, day) },
	{ 'm', 2, 0, NULL, offsetof(struct civil, month) },
	{ 'y', 2, 0, NULL, offsetof(struct civil, year) },
};

/* Returns what follows the field, or NULL. */
static const char *read_field(const struct field *f, const char *s, int *value)
{
	for (int i = 0; i < f->names; i++) {
		const size_t len = strnlen(f->name[i], f->width);
		if (strncasecmp(s, f->name[i], len) == 0) {
			*value = i + 1;
			return s + len;
		}
	}
	if (f->names > 0)
		return NULL;
	*value = 0;
	for (int i = 0; i < f->width; i++, s++) {
		if (*s < '0' || *s > '9')
			return NULL;
		*value = *value * 10 + *s - '0';
	}
	return s;
}

/* As strptime(), which knows locales and is too lenient. Returns what follows, or NULL. */
static const char *scan(const char *s, const char *form, struct civil *c)
{
	for (; s && *form; form++) {
		if (*form != '%') {
			s = *s == *form ? s + 1 : NULL;
			continue;
		}
		const struct field *f = fields;
		for (form++; f->letter != *form;)
			f++;
		s = read_field(f, s, (int *)(void *)((char *)c + f->offset));
	}
	return s;
}

/* Seconds since 1970 of a date that exists; a leap second is the one after it. */
static int seconds_of(const struct civil *c, int64_t *t)
{
	if (c->month < 1 || c->month > 12 || c->day < 1 || c->hour > 23 || c->minute > 59 ||
	    c->second > 60)
		return -1;
	const int64_t first = clock_days(c->year, (unsigned)c->month, 1);
	const int64_t next = clock_days(c->year + c->month / 12, (unsigned)c->month % 12 + 1, 1);
	if (c->day > next - first)
		return -1;
	*t = (first + c->day - 1) * 86400 + c->hour * 3600 + c->minute * 60 + c->second;
	return 0;
}

int clock_parse_rfc3339(const char *s, int64_t *t)
{
	struct civil c, offset = { 0 };
	int sign = 0;
	int64_t local;
	if (!s || !(s = scan(s, "%Y-%m-%d", &c)) || !*s || !strchr("Tt ", *s) ||
	    !(s = scan(s + 1, "%H:%M:%S", &c)) || seconds_of(&c, &local))
		return -1;
	if (*s == '.') {
		const size_t n = strspn(s + 1, "0123456789");
		if (n == 0)
			return -1;
		s += 1 + n;
	}
	if (*s == '+' || *s == '-') {
		sign = *s == '+' ? 1 : -1;
		s = scan(s + 1, "%H:%M", &offset);
	} else {
		s = *s == 'Z' || *s == 'z' ? s + 1 : NULL;
	}
	if (!s || *s || offset.hour > 23 || offset.minute > 59)
		return -1;
	*t = local - sign * (offset.hour * 3600 + offset.minute * 60);
	return 0;
}

/* Two digits of a year are in the past when they would be more than 50 years ahead. */
static int full_year(int two_digits)
{
	const int now = utc(clock_now()).tm_year + 1900;
	const int year = now / 100 * 100 + two_digits;
	return year > now + 50 ? year - 100 : year;
}

int clock_parse_http_date(const char *s, int64_t *t)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT", /* what is sent today */
		"%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
		"%a %b %d %H:%M:%S %Y",      /* of asctime */
		"%a %b  %e %H:%M:%S %Y",
	};
	for (size_t i = 0; s && i < sizeof forms / sizeof *forms; i++) {
		struct civil c;
		const char *end = scan(s, forms[i], &c);
		if (!end || *end)
			continue;
		if (strstr(forms[i], "%y"))
			c.year = full_year(c.year);
		return seconds_of(&c, t);
	}
	return -1;
}

int64_t clock_retry_after(const char *s, int64_t dflt, int64_t min, int64_t max)
{
	long long seconds;
	int64_t date;
	if (text_empty(s))
		return dflt;
	if (s[strspn(s, "0123456789")] == '\0') {
		if (text_number(s, 0, INT64_MAX, &seconds))
			return max; /* more digits than a number has */
	} else if (clock_parse_http_date(s, &date) == 0) {
		seconds = date - clock_now();
	} else {
		return dflt;
	}
	return seconds < min ? min : seconds > max ? max : seconds;
}
