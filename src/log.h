/* Everything that the program tells: terminal, log file, syslog and JSON events. The only file
 * that prints.
 *
 * Human text goes as acme.sh sends it: information to stdout, errors to stderr, both behind
 * "[date] ". With json set, stdout carries one JSON object a line and human text goes to stderr.
 * Each byte that leaves here has the registered secrets replaced by "[hidden]". */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_settings {
	int debug;        /* 0..3: debug lines on stderr up to this level */
	const char *file; /* log file, appended; NULL: none */
	int file_level;   /* debug level that the file gets; 1, 2 or 3 */
	int syslog;       /* 0 none, 3 errors, 6 information, 7 debug (acme.sh's numbers) */
	bool json;
	bool no_timestamp;
	bool show_secrets; /* --output-insecure */
	bool quiet;        /* information lines only to file and syslog */
	int color;         /* -1 never, 0 on a terminal, 1 always */
};

/* Takes effect at once; may be called again. -1 and errno when the log file cannot be opened. */
int log_setup(const struct log_settings *settings);

/* Information, a warning, an error: a line each. */
void info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Information in green on a terminal, as acme.sh prints "Cert success." */
void success(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* An information line KEY='value', as acme.sh prints what scripts grep for. */
void info_value(const char *key, const char *value);
/* Bare stdout without prefix: --list, --info, --help, PEM. Here and below a newline is added unless
 * the text ends in one. With json set it goes to stderr. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Bare stderr, red on a terminal: usage lines. */
void usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Debug lines: level 1 what is done, 2 requests and replies, 3 everything. */
void debug(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool debugging(int level); /* whether someone reads lines of this level */

/* A notable event: the text as an information line, and with json set before it the object
 * {"event":NAME,"time":RFC 3339,fields...} on stdout. EVENT_FIELDS(...) lists {name, value} pairs;
 * a NULL value is left out. */
struct log_field {
	const char *name;
	const char *value;
};
#define EVENT_FIELDS(...) ((const struct log_field[]){ __VA_ARGS__, { 0 } })
void say(const char *event, const struct log_field *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same as an error: the text goes where complain() goes. */
void say_error(const char *event, const struct log_field *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* One finished JSON document on stdout, as it stands (redacted). */
void print_json(const char *text);
bool log_is_json(void);

/* What this process is about, where several write to one log: stands before each line in the log file
 * and in syslog. */
void log_about(const char *what);
/* Output of another process of ours, byte for byte; fd: STDOUT_FILENO or STDERR_FILENO. */
void log_copy(int fd, const char *p, size_t n);

/* A line on the terminal that is rewritten in place (countdowns, waits); nothing where stdout is
 * no terminal. NULL takes it away. */
void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* clock_sleep() with such a line, which counts down. */
int countdown(const char *what, int64_t ms);

/* From now on value and its derived forms (URL-escaped, base64, JSON-escaped) print as [hidden].
 * Values of fewer than 5 bytes are not registered. */
void secret(const char *value);

/* Whether something could not be written (closed stdout, full disk; told once on stderr): the
 * program then ends with 1 although its work is done. */
bool log_broken(void);

#endif
