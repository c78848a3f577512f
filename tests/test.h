/*
 * tests/test.h - a page of macros, for one executable per file. A failing check prints file:line,
 * the case it is in and both values, and the program goes on: one run shows all that is wrong.
 *
 *	static const struct { const char *in; int64_t want; } cases[] = { … };
 *	TEST_EACH(i, cases) {
 *		TEST_CASE("%s", cases[i].in);
 *		CHECK_INT(f(cases[i].in), cases[i].want);
 *	}
 *	…
 *	int main(void) { numbers(); return test_end(); }
 */
#ifndef HU_TEST_H
#define HU_TEST_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "db/base.h"

/* One of each for a program, however many of its files check something. */
__attribute__((weak)) size_t test_checks, test_failures;
/* What the checks below are about; cut, it is only for people. */
__attribute__((weak)) char test_case_name[256];

#define TEST_EACH(i, table)                                                                        \
	for (size_t i = 0, i##_count = sizeof(table) / sizeof(*(table)); i < i##_count; i++)
#define TEST_CASE(...) snprintf(test_case_name, sizeof(test_case_name), __VA_ARGS__)

#define CHECK(cond) test_bool(__FILE__, __LINE__, #cond, (cond))
#define CHECK_INT(got, want) test_int(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_NEAR(got, want, by) test_near(__FILE__, __LINE__, #got, (got), (want), (by))
/* C strings; NULL equals only NULL. */
#define CHECK_STR(got, want) test_str(__FILE__, __LINE__, #got, (got), (want))
#define CHECK_HAS(text, part) test_has(__FILE__, __LINE__, #text, (text), (part))
/* struct hu_str against a C string */
#define CHECK_STR_IS(got, want) test_hu_str(__FILE__, __LINE__, #got, (got), (want))
/* A struct hu_err * that must be NULL; takes it. */
#define CHECK_OK(err) test_ok(__FILE__, __LINE__, #err, (err))
/* A struct hu_err * that must be there, with `part` in its text; takes it. */
#define CHECK_ERR(err, part) test_err(__FILE__, __LINE__, #err, (err), (part))

static inline bool test_fail(const char *file, int line, const char *fmt, ...) HU_PRINTF(3, 4);
static inline bool test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	test_failures++;
	printf("%s:%d: ", file, line);
	if (test_case_name[0])
		printf("[%s] ", test_case_name);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return false;
}

static inline bool test_bool(const char *file, int line, const char *what, bool got)
{
	test_checks++;
	return got || test_fail(file, line, "%s is false", what);
}

static inline bool test_int(const char *file, int line, const char *what, int64_t got, int64_t want)
{
	test_checks++;
	return got == want ||
	       test_fail(file, line, "%s is %" PRId64 ", not %" PRId64, what, got, want);
}

static inline bool test_near(const char *file, int line, const char *what, double got, double want,
			     double by)
{
	test_checks++;
	return (got >= want - by && got <= want + by) ||
	       test_fail(file, line, "%s is %.17g, not within %g of %.17g", what, got, by, want);
}

static inline bool test_str(const char *file, int line, const char *what, const char *got,
			    const char *want)
{
	test_checks++;
	if (got == want || (got && want && strcmp(got, want) == 0))
		return true;
	return test_fail(file, line, "%s is\n\t\"%s\", not\n\t\"%s\"", what, got ? got : "(null)",
			 want ? want : "(null)");
}

static inline bool test_has(const char *file, int line, const char *what, const char *text,
			    const char *part)
{
	test_checks++;
	return (text && strstr(text, part)) ||
	       test_fail(file, line, "%s has no \"%s\" in it:\n\t%s", what, part,
			 text ? text : "(null)");
}

static inline bool test_hu_str(const char *file, int line, const char *what, struct hu_str got,
			       const char *want)
{
	size_t len = strlen(want);

	test_checks++;
	if (got.len == len && (len == 0 || memcmp(got.at, want, len) == 0))
		return true;
	return test_fail(file, line, "%s is\n\t\"%.*s\", not\n\t\"%s\"", what, (int)got.len,
			 got.at ? got.at : "", want);
}

static inline bool test_ok(const char *file, int line, const char *what, struct hu_err *err)
{
	bool ok = !err;

	test_checks++;
	if (err)
		test_fail(file, line, "%s: %s", what, hu_err_text(err));
	hu_err_free(err);
	return ok;
}

static inline bool test_err(const char *file, int line, const char *what, struct hu_err *err,
			    const char *part)
{
	bool ok = err && strstr(hu_err_text(err), part);

	test_checks++;
	if (!err)
		test_fail(file, line, "%s is no error", what);
	else if (!ok)
		test_fail(file, line, "%s says\n\t\"%s\", without\n\t\"%s\"", what,
			  hu_err_text(err), part);
	hu_err_free(err);
	return ok;
}

/* The summary line; the status for main(). A program that checked nothing has failed. */
static inline int test_end(void)
{
	printf("%zu checks, %zu failed\n", test_checks, test_failures);
	return test_failures || !test_checks;
}

#endif
