/*
 * The forms that a line of sar has in the locales of this world: strftime's %x and %X decide date
 * and time, the C library's LC_NUMERIC the decimal point (sysstat: common.c, sa_common.c). Names of
 * columns are never translated.
 */
#include "ingest/sar.h"

#include <string.h>

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes one or two digits off *s. */
static bool two(struct hu_str *s, int32_t *ret)
{
	if (!s->len || !digit(*s->at))
		return false;
	int32_t value = *s->at - '0';
	size_t n = 1;
	if (s->len > 1 && digit(s->at[1]))
		value = value * 10 + (s->at[n++] - '0');
	*s = hu_str_skip(*s, n);
	*ret = value;
	return true;
}

/* Between hours and minutes: ":", "." or the word of a CJK locale ("時", "시 "). */
static bool separator(struct hu_str *s)
{
	size_t n = 0;

	if (s->len && (*s->at == ':' || *s->at == '.')) {
		*s = hu_str_skip(*s, 1);
		return true;
	}
	while (n < s->len && n < 6 && (unsigned char)s->at[n] >= 0x80)
		n++;
	if (!n)
		return false;
	if (n < s->len && s->at[n] == ' ')
		n++;
	*s = hu_str_skip(*s, n);
	return true;
}

static enum hu_sar_half half_of(struct hu_str word)
{
	static const struct {
		const char *text;
		enum hu_sar_half half;
	} marks[] = {
		{"AM", HU_SAR_AM},   {"PM", HU_SAR_PM},	  {"am", HU_SAR_AM},   {"pm", HU_SAR_PM},
		{"a.m.", HU_SAR_AM}, {"p.m.", HU_SAR_PM}, {"A.M.", HU_SAR_AM}, {"P.M.", HU_SAR_PM},
		{"上午", HU_SAR_AM}, {"下午", HU_SAR_PM}, {"午前", HU_SAR_AM}, {"午後", HU_SAR_PM},
		{"오전", HU_SAR_AM}, {"오후", HU_SAR_PM},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (hu_str_is(word, marks[i].text))
			return marks[i].half;
	/* A word in another script behind the time is a mark of the half day that we don't know. */
	if (word.len && (unsigned char)*word.at >= 0x80)
		return HU_SAR_HALF_UNKNOWN;
	return HU_SAR_24H;
}

bool hu_sar_time(struct hu_str line, struct hu_sar_time *ret)
{
	struct hu_str rest = line;
	int32_t h, m, s;

	/* A pasted table may be indented. */
	while (rest.len && (*rest.at == ' ' || *rest.at == '\t'))
		rest = hu_str_skip(rest, 1);

	if (!two(&rest, &h) || !separator(&rest) || !two(&rest, &m) || !separator(&rest) ||
	    !two(&rest, &s) || h > 23 || m > 59 || s > 60)
		return false;
	/* "秒": the word behind the seconds. */
	while (rest.len && (unsigned char)*rest.at >= 0x80)
		rest = hu_str_skip(rest, 1);
	if (rest.len && *rest.at != ' ' && *rest.at != '\t')
		return false;
	struct hu_str behind = rest;
	enum hu_sar_half half = half_of(hu_str_word(&behind));
	if (half != HU_SAR_24H)
		rest = behind;
	if (half == HU_SAR_AM || half == HU_SAR_PM) {
		if (h < 1 || h > 12)
			return false;
		h = h % 12 + (half == HU_SAR_PM ? 12 : 0);
	}
	*ret = (struct hu_sar_time){h * 3600 + m * 60 + s, HU_OPEN, half, rest};
	return true;
}

bool hu_sar_banner(struct hu_str line, struct hu_sar_banner *ret)
{
	struct hu_sar_banner banner = {0};

	line = hu_str_trim(line);
	if (!hu_str_starts(line, "Linux "))
		return false;
	line = hu_str_skip(line, 6);
	banner.release = hu_str_word(&line);
	if (!banner.release.len || !digit(*banner.release.at))
		return false;
	line = hu_str_trim(line);
	if (!line.len || *line.at != '(')
		return false;
	line = hu_str_skip(line, 1);
	ptrdiff_t close = hu_str_find(line, ")");
	if (close < 0)
		return false;
	banner.host = (struct hu_str){line.at, (size_t)close};
	line = hu_str_trim(hu_str_skip(line, (size_t)close + 1));
	banner.date = line;
	for (struct hu_str rest = line; rest.len;) {
		struct hu_str word = hu_str_word(&rest);
		if (word.len > 2 && word.at[0] == '_' && word.at[word.len - 1] == '_') {
			banner.arch = (struct hu_str){word.at + 1, word.len - 2};
		} else if (word.len > 1 && *word.at == '(' &&
			   hu_str_starts(hu_str_trim(rest), "CPU)")) {
			banner.cpus = hu_str_skip(word, 1);
		} else {
			continue;
		}
		if (banner.date.len == line.len)
			banner.date =
				hu_str_trim((struct hu_str){line.at, (size_t)(word.at - line.at)});
	}
	bool number = false;
	for (size_t i = 0; i < banner.date.len; i++)
		number |= digit(banner.date.at[i]);
	if (!number)
		return false;
	*ret = banner;
	return true;
}

bool hu_sar_date(struct hu_str date, const struct hu_sar_hints *hints, int64_t *days,
		 const char **how)
{
	int64_t part[3] = {0};
	size_t len[3], at = 0;
	char sep = 0;

	for (int i = 0; i < 3; i++) {
		size_t from = at;
		part[i] = 0;
		while (at < date.len && digit(date.at[at]) && at - from < 4)
			part[i] = part[i] * 10 + (date.at[at++] - '0');
		len[i] = at - from;
		if (!len[i])
			return false;
		if (i == 2)
			break;
		if (!sep && at < date.len)
			sep = date.at[at];
		while (at < date.len && !digit(date.at[at]))
			at++;
	}
	/* The word for "day" may follow ("日"), a month in letters may not have come before. */
	for (size_t i = at; i < date.len; i++)
		if ((unsigned char)date.at[i] < 0x80 && date.at[i] != '.' && date.at[i] != '/')
			return false;
	int64_t y = part[2], m, d;
	if (len[0] == 4) {
		y = part[0], m = part[1], d = part[2];
		*how = "read as year, month, day";
	} else if (sep != '/') {
		d = part[0], m = part[1];
		*how = "read as day, month, year, as its separator says";
	} else if (part[0] > 12) {
		d = part[0], m = part[1];
		*how = "read as day/month/year: the first number is no month";
	} else if (part[1] > 12) {
		m = part[0], d = part[1];
		*how = "read as month/day/year: the second number is no month";
	} else if (part[0] == part[1]) {
		m = part[0], d = part[1];
		*how = "read as month/day/year, which is the same as day/month/year here";
	} else if (hints->twelve_hours) {
		m = part[0], d = part[1];
		*how = "ambiguous, read as month/day/year because the clock has 12 hours";
	} else if (hints->decimal_comma) {
		d = part[0], m = part[1];
		*how = "ambiguous, read as day/month/year because the numbers have a decimal comma";
	} else {
		m = part[0], d = part[1];
		*how = "ambiguous, assumed to be month/day/year as in the C locale";
	}
	if (y < 100)
		y += 2000;
	return hu_wall_days(y, m, d, days);
}

bool hu_sar_stamp(struct hu_str text, const struct hu_sar_hints *hints, struct hu_wall *ret,
		  const char **how)
{
	struct hu_str rest = hu_str_trim(text), date = hu_str_word(&rest);
	struct hu_sar_time time;
	int64_t days;

	if (hu_wall_stamp(hu_str_trim(text), ret)) {
		*how = "read as year, month, day";
		return true;
	}
	if (!hu_sar_date(date, hints, &days, how) || !hu_sar_time(rest, &time) ||
	    hu_str_trim(time.rest).len || time.half == HU_SAR_HALF_UNKNOWN)
		return false;
	*ret = (struct hu_wall){(days * 86400 + time.second) * HU_NS_PER_S, HU_CLOCK_LOCAL_TIME};
	return true;
}

bool hu_sar_number(struct hu_str text, double *ret, char *unit)
{
	char letter = 0;
	int64_t value;

	if (text.len > 1 && !digit(text.at[text.len - 1])) {
		letter = text.at[--text.len];
		if (!strchr("%BkMGTPE", letter))
			return false;
	}
	if (hu_str_i64(text, &value))
		*ret = (double)value;
	else if (hu_str_fixed(text, 4, &value))
		*ret = (double)value / 1e4;
	else
		return false;
	*unit = letter;
	return true;
}

/* What a number with a unit letter (sar -h) is in the unit that its column has without one. */
bool hu_sar_scale(struct hu_str column, char unit, double *value)
{
	static const char powers[] = "BkMGTPE";

	if (!unit || (unit == '%' && hu_str_find(column, "%") >= 0))
		return true;
	/* "areq-sz": the size of a request, in KiB. */
	char base = hu_str_starts(column, "kb") || hu_str_find(column, "kB") >= 0 ||
				    hu_str_ends(column, "req-sz")
			    ? 'k'
		    : hu_str_starts(column, "MB") ? 'M'
						  : 0;
	if (!base || unit == '%')
		return false;
	long steps = (long)(strchr(powers, unit) - strchr(powers, base));
	for (; steps > 0; steps--)
		*value *= 1024;
	for (; steps < 0; steps++)
		*value /= 1024;
	return true;
}

/* "Average:", "Durchschn.:", "Moyenne :", "平均时间:": sar's own means over all rows. */
bool hu_sar_is_average(struct hu_str line)
{
	struct hu_str word = hu_str_word(&line);

	return hu_str_ends(word, ":") || hu_str_ends(word, "\xef\xbc\x9a") ||
	       hu_str_is(hu_str_word(&line), ":");
}
