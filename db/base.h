/* db/base.h - the words every file uses: errors, borrowed text, time. */
#ifndef HU_BASE_H
#define HU_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HU_CLEANUP(fn) __attribute__((__cleanup__(fn), __unused__))
#define HU_PRINTF(f, a) __attribute__((__format__(__printf__, f, a)))
#define HU_MUST_CHECK __attribute__((__warn_unused_result__))
/* A large array in a function that is called often, and of which only what was filled is read: not
 * set to 0. */
#if defined(__has_attribute) && __has_attribute(uninitialized)
#define HU_UNSET __attribute__((uninitialized))
#else
#define HU_UNSET
#endif

#define HU_VERSION "0.1.0"

/* Nanoseconds in one named clock. Intervals are half open: [from, to). */
typedef int64_t hu_ns;

#define HU_NS_PER_US INT64_C(1000)
#define HU_NS_PER_MS INT64_C(1000000)
#define HU_NS_PER_S INT64_C(1000000000)

/* An end the capture never saw, or a time it does not say; stored as NULL. */
#define HU_OPEN INT64_MAX
/* A cpu, tid or result that is not known; stored as NULL. */
#define HU_NONE (-1)

/* Bytes that somebody else owns. A NUL after them is not promised; `at` may be NULL if len is 0. */
struct hu_str {
	const char *at;
	size_t len;
};

/* Borrows a C string; NULL becomes the empty string. */
static inline struct hu_str hu_str(const char *text)
{
	return (struct hu_str){text, text ? strlen(text) : 0};
}

static inline bool hu_str_eq(struct hu_str a, struct hu_str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

/* Here, because readers ask it of every word against lists of names: mostly the first byte decides.
 */
static inline bool hu_str_is(struct hu_str a, const char *b)
{
	return a.len ? a.at[0] == b[0] && hu_str_eq(a, hu_str(b)) : !*b;
}

static inline bool hu_str_starts(struct hu_str s, const char *prefix)
{
	size_t n;

	if (!*prefix)
		return true;
	if (!s.len || s.at[0] != *prefix)
		return false;
	n = strlen(prefix);
	return s.len >= n && !memcmp(s.at, prefix, n);
}

bool hu_str_ends(struct hu_str s, const char *suffix);
/* Index of `needle` in s, or -1. */
ptrdiff_t hu_str_find(struct hu_str s, const char *needle);
struct hu_str hu_str_trim(struct hu_str s);
/* s without its first n bytes (all of it if n is larger). */
static inline struct hu_str hu_str_skip(struct hu_str s, size_t n)
{
	if (n > s.len)
		n = s.len;
	return n ? (struct hu_str){s.at + n, s.len - n} : s;
}
/* Takes the bytes up to the next `sep` (or the end) off *s and returns them, without the separator.
 */
struct hu_str hu_str_split(struct hu_str *s, char sep);
/* The next line off *s, without "\n" or "\r\n"; false at the end. */
bool hu_str_line(struct hu_str *s, struct hu_str *ret);
/* From now on longer lines lose their rest, and are counted from 0. For whoever starts a reader. */
void hu_str_limit_lines(size_t max);
uint64_t hu_str_lines_cut(void);
/* The next word (run of non-blanks) off *s; an empty string at the end. */
struct hu_str hu_str_word(struct hu_str *s);
/* The last word of `s`, which is trimmed and cut before it. Empty at the end. */
struct hu_str hu_str_last_word(struct hu_str *s);
/* What stands before the first NUL; all of it if there is none. */
struct hu_str hu_until_nul(struct hu_str s);

/*
 * Whole of s as a number; false (and *ret untouched) if s is not one or does not fit. `base` 10 or
 * 16; "0x" is accepted in base 16.
 */
bool hu_str_u64(struct hu_str s, int base, uint64_t *ret);
bool hu_str_i64(struct hu_str s, int64_t *ret);
/* A decimal with an optional fraction ("70.081809123") times 10^digits, exact, no floating point;
 * more digits are cut. */
bool hu_str_fixed(struct hu_str s, int digits, int64_t *ret);
/* "12", "1.5" with a unit ns, us, ms, s, sec, m or min right behind it ("180ms") → nanoseconds;
 * false if there is no such unit. */
bool hu_str_duration(struct hu_str s, hu_ns *ret);

enum hu_err_code {
	HU_ERR_NOMEM = 1,
	HU_ERR_OS,	    /* errno is kept */
	HU_ERR_BAD_INPUT,   /* the capture is damaged, or not what it claims to be */
	HU_ERR_UNSUPPORTED, /* a sound capture, in a variant we do not read */
	HU_ERR_STORE,	    /* SQLite refused */
	HU_ERR_USAGE,	    /* the command line */
	HU_ERR_BUG,	    /* an invariant of ours broke */
};

/*
 * An error is a chain of sentences, innermost cause first. NULL is success.
 * Whoever receives one passes it up, adds to it, or frees it.
 */
struct hu_err;

struct hu_err *hu_err(enum hu_err_code code, const char *fmt, ...) HU_PRINTF(2, 3);
struct hu_err *hu_err_os(int errnum, const char *fmt, ...) HU_PRINTF(2, 3);

/* Adds where it happened: "in trace.dat, CPU 3". Takes err, returns it. NULL stays NULL. */
struct hu_err *hu_err_in(struct hu_err *err, const char *fmt, ...) HU_PRINTF(2, 3);

enum hu_err_code hu_err_code(const struct hu_err *err);
const char *hu_err_text(const struct hu_err *err); /* valid until freed */
void hu_err_free(struct hu_err *err);		   /* NULL is fine */
void hu_err_freep(struct hu_err **err);		   /* for HU_CLEANUP */

/*
 * Memory of one lifetime. Never returns NULL: on exhaustion the process ends with a sentence,
 * because nothing in here can go on without it (the one exception to "data never aborts the
 * program").
 */
void *hu_alloc(size_t bytes); /* zeroed */
void *hu_realloc(void *at, size_t bytes);
char *hu_strdup(struct hu_str s); /* NUL-terminated copy; free() it */
void hu_freep(void *at);	  /* for HU_CLEANUP on any pointer */
/* How the process ends then: for who gets memory elsewhere, as from asprintf(). */
_Noreturn void hu_no_memory(void);

#endif
