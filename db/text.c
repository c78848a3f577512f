/* A growing text buffer; small appends are the usual case, so it doubles. */
#include "db/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void hu_out_deinit(struct hu_out *out)
{
	free(out->at);
	*out = (struct hu_out){0};
}

static void reserve(struct hu_out *out, size_t more)
{
	size_t need = out->len + more + 1;

	if (need <= out->cap)
		return;
	size_t cap = out->cap ? out->cap : 256;
	while (cap < need)
		cap *= 2;
	out->at = hu_realloc(out->at, cap);
	out->cap = cap;
}

void hu_out_clear(struct hu_out *out)
{
	reserve(out, 0);
	out->len = 0;
	out->at[0] = '\0';
}

void hu_out_bytes(struct hu_out *out, const char *at, size_t len)
{
	reserve(out, len);
	if (len)
		memcpy(out->at + out->len, at, len);
	out->len += len;
	out->at[out->len] = '\0';
}

void hu_out_str(struct hu_out *out, struct hu_str s)
{
	hu_out_bytes(out, s.at, s.len);
}

void hu_out_puts(struct hu_out *out, const char *text)
{
	hu_out_bytes(out, text, strlen(text));
}

void hu_out_putc(struct hu_out *out, char c)
{
	hu_out_bytes(out, &c, 1);
}

void hu_out_printf(struct hu_out *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	reserve(out, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(out->at + out->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	out->len += (size_t)n;
}

struct hu_str hu_out_view(const struct hu_out *out)
{
	return (struct hu_str){out->at ? out->at : "", out->len};
}

/* Writes n/unit with three significant digits, rounded half up, in integers. */
static void significant(struct hu_out *out, int64_t n, int64_t unit, const char *suffix)
{
	int64_t whole = n / unit;

	if (whole >= 100) {
		whole += (n % unit) * 2 >= unit;
		hu_out_grouped(out, whole);
		hu_out_printf(out, " %s", suffix);
		return;
	}
	int digits = whole >= 10 ? 1 : 2;
	int64_t scale = digits == 1 ? 10 : 100;
	int64_t fixed = whole * scale + ((n % unit) * scale + unit / 2) / unit;
	if (fixed % scale == 0)
		hu_out_printf(out, "%lld %s", (long long)(fixed / scale), suffix);
	else
		hu_out_printf(out, "%lld.%0*lld %s", (long long)(fixed / scale), digits,
			      (long long)(fixed % scale), suffix);
}

void hu_out_duration(struct hu_out *out, hu_ns ns)
{
	if (ns < 0) {
		hu_out_putc(out, '-');
		ns = -ns;
	}
	if (ns < HU_NS_PER_US)
		hu_out_printf(out, "%lld ns", (long long)ns);
	else if (ns < HU_NS_PER_MS)
		significant(out, ns, HU_NS_PER_US, "µs");
	else if (ns < HU_NS_PER_S)
		significant(out, ns, HU_NS_PER_MS, "ms");
	else if (ns < 120 * HU_NS_PER_S)
		significant(out, ns, HU_NS_PER_S, "s");
	else if (ns < 7200 * HU_NS_PER_S)
		hu_out_printf(out, "%lld min %lld s", (long long)(ns / (60 * HU_NS_PER_S)),
			      (long long)(ns / HU_NS_PER_S % 60));
	else if (ns < 172800 * HU_NS_PER_S)
		hu_out_printf(out, "%lld h %lld min", (long long)(ns / (3600 * HU_NS_PER_S)),
			      (long long)(ns / (60 * HU_NS_PER_S) % 60));
	else
		hu_out_printf(out, "%lld d %lld h", (long long)(ns / (86400 * HU_NS_PER_S)),
			      (long long)(ns / (3600 * HU_NS_PER_S) % 24));
}

void hu_out_stamp(struct hu_out *out, hu_ns ns)
{
	const char *sign = ns < 0 ? "-" : "";
	uint64_t n = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	hu_out_printf(out, "%s%llu.%06llu", sign, (unsigned long long)(n / 1000000000),
		      (unsigned long long)(n % 1000000000 / 1000));
}

void hu_out_rfc3339(struct hu_out *out, hu_ns realtime)
{
	int64_t seconds = realtime / HU_NS_PER_S, rest = realtime % HU_NS_PER_S;

	if (rest < 0) {
		seconds--;
		rest += HU_NS_PER_S;
	}
	time_t when = (time_t)seconds;
	struct tm tm;
	char text[32];
	if (!gmtime_r(&when, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	hu_out_printf(out, "%s.%09lldZ", text, (long long)rest);
}

void hu_out_grouped(struct hu_out *out, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu",
			   (unsigned long long)(n < 0 ? 0 - (uint64_t)n : (uint64_t)n));

	if (n < 0)
		hu_out_putc(out, '-');
	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			hu_out_putc(out, ',');
		hu_out_putc(out, digits[i]);
	}
}
