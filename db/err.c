/* Errors as chains of sentences. */
#include "db/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hu_err {
	enum hu_err_code code;
	char *text; /* the whole chain: "innermost: because; in outer" */
};

static char *format(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		hu_no_memory();
	return text;
}

static struct hu_err *make(enum hu_err_code code, char *text)
{
	struct hu_err *err = hu_alloc(sizeof(*err));

	err->code = code;
	err->text = text;
	return err;
}

struct hu_err *hu_err(enum hu_err_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = format(fmt, ap);
	va_end(ap);
	return make(code, text);
}

struct hu_err *hu_err_os(int errnum, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *what = format(fmt, ap);
	va_end(ap);

	char *text = NULL;
	if (asprintf(&text, "%s: %s", what, strerror(errnum)) < 0)
		hu_no_memory();
	free(what);
	return make(HU_ERR_OS, text);
}

struct hu_err *hu_err_in(struct hu_err *err, const char *fmt, ...)
{
	if (!err)
		return NULL;

	va_list ap;
	va_start(ap, fmt);
	char *where = format(fmt, ap);
	va_end(ap);

	char *text = NULL;
	if (asprintf(&text, "%s, %s", err->text, where) < 0)
		hu_no_memory();
	free(where);
	free(err->text);
	err->text = text;
	return err;
}

enum hu_err_code hu_err_code(const struct hu_err *err)
{
	return err->code;
}

const char *hu_err_text(const struct hu_err *err)
{
	return err->text;
}

void hu_err_free(struct hu_err *err)
{
	if (!err)
		return;
	free(err->text);
	free(err);
}

void hu_err_freep(struct hu_err **err)
{
	hu_err_free(*err);
	*err = NULL;
}
