/*
 * The time and the tags at the front of a kernel log line, in the forms that printk, dmesg(1),
 * journalctl(1), syslog daemons and /dev/kmsg give them. One pass over a few dozen bytes per line.
 */
#include "ingest/kmsg_scan.h"
#include "ingest/walltime.h"

void hu_kmsg_skip_delta(struct hu_str *s)
{
	struct hu_str rest = hu_str_skip(*s, blanks(*s));

	if (rest.len == s->len)
		return;
	if (literal(&rest, '<')) {
		rest = hu_str_skip(rest, blanks(rest));
		rest = hu_str_skip(rest, digits(rest));
		if (!literal(&rest, '.'))
			return;
		rest = hu_str_skip(rest, digits(rest));
		literal(&rest, '*'); /* journalctl: across a boot */
		rest = hu_str_skip(rest, blanks(rest));
		if (!literal(&rest, '>'))
			return;
	}
	if (rest.len && rest.at[0] == ']')
		*s = rest;
}

/* "[%5lu.%06lu]": kernel/printk/printk.c, print_time(). */
bool hu_kmsg_printk_stamp(struct hu_str *s, hu_ns *ret)
{
	struct hu_str rest = *s;

	if (!literal(&rest, '['))
		return false;
	size_t pad = blanks(rest), whole = digits(hu_str_skip(rest, pad));
	if (!whole || pad + whole < 5 || whole > 10)
		return false;
	struct hu_str value = {rest.at + pad, whole + 7};
	rest = hu_str_skip(rest, pad + whole);
	if (rest.len < 8 || rest.at[0] != '.' || digits(hu_str_skip(rest, 1)) != 6 ||
	    !hu_str_fixed(value, 9, ret))
		return false;
	rest = hu_str_skip(rest, 7);
	hu_kmsg_skip_delta(&rest);
	if (!literal(&rest, ']') || (rest.len && rest.at[0] != ' ' && rest.at[0] != '['))
		return false;
	*s = rest;
	return true;
}

ptrdiff_t hu_kmsg_find_stamp(struct hu_str s)
{
	for (size_t at = 1; at < s.len; at++) {
		const char *hit = memchr(s.at + at, '[', s.len - at);
		if (!hit)
			return -1;
		at = (size_t)(hit - s.at);
		struct hu_str rest = hu_str_skip(s, at);
		hu_ns ts;
		if (hu_kmsg_printk_stamp(&rest, &ts))
			return (ptrdiff_t)at;
	}
	return -1;
}

/* "[  T123]" or "[    C1]": who printed it (CONFIG_PRINTK_CALLER). */
static void caller_id(struct hu_str *s, struct hu_kmsg_line *line)
{
	struct hu_str rest = *s;
	int64_t id;

	if (hu_str_starts(rest, " ["))
		rest = hu_str_skip(rest, 1);
	if (!literal(&rest, '['))
		return;
	rest = hu_str_skip(rest, blanks(rest));
	char kind = rest.len ? rest.at[0] : 0;
	rest = hu_str_skip(rest, 1);
	size_t n = digits(rest);
	if ((kind != 'T' && kind != 'C') || !n || n > 9 || n >= rest.len || rest.at[n] != ']' ||
	    !hu_str_i64((struct hu_str){rest.at, n}, &id))
		return;
	*(kind == 'T' ? &line->tid : &line->cpu) = (int32_t)id;
	line->caller = true;
	*s = hu_str_skip(rest, n + 1);
}

/* What follows a bracketed stamp: caller, one blank, the text; short-monotonic puts "host kernel:
 * " there. */
void hu_kmsg_after_printk(struct hu_str s, struct hu_kmsg_line *line)
{
	caller_id(&s, line);
	literal(&s, ' ');
	struct hu_str rest = s, host = hu_str_split(&rest, ' ');
	if (host.len && hu_str_starts(rest, "kernel: ")) {
		line->host = host;
		s = hu_str_skip(rest, 8);
	}
	line->text = s;
}

/* "6,1234,12345678,-;text", "6,1234,12345678,-,caller=T123;text":
 * Documentation/ABI/testing/dev-kmsg
 */
static bool dev_kmsg(struct hu_str s, struct hu_kmsg_line *line)
{
	ptrdiff_t end = hu_str_find((struct hu_str){s.at, s.len < 96 ? s.len : 96}, ";");
	int64_t value[3];

	if (end < 0 || !digit(s.at[0]))
		return false;
	struct hu_str head = {s.at, (size_t)end};
	for (int i = 0; i < 3; i++)
		if (!hu_str_i64(hu_str_split(&head, ','), &value[i]) || value[i] < 0)
			return false;
	if (value[0] > 0x7ff || value[2] > INT64_MAX / HU_NS_PER_US || !head.len)
		return false;
	line->level = (int32_t)(value[0] & 7);
	line->sequence = value[1];
	line->printk = value[2] * HU_NS_PER_US;
	while (head.len) {
		struct hu_str word = hu_str_split(&head, ',');
		int64_t id;
		if (!hu_str_starts(word, "caller=") || word.len < 9 || word.len > 17 ||
		    !hu_str_i64(hu_str_skip(word, 8), &id))
			continue;
		*(word.at[7] == 'T' ? &line->tid : &line->cpu) = (int32_t)id;
		line->caller = true;
	}
	line->text = hu_str_skip(s, (size_t)end + 1);
	return true;
}

/* dmesg -x: "kern  :info  : " */
static void decoded_level(struct hu_str *s, struct hu_kmsg_line *line)
{
	static const char *const facilities[] = {"kern",     "user", "mail",  "daemon", "auth",
						 "syslog",   "lpr",  "news",  "uucp",	"cron",
						 "authpriv", "ftp",  "local", "res"};
	static const char *const levels[] = {"emerg", "alert",	"crit", "err",
					     "warn",  "notice", "info", "debug"};
	struct hu_str rest = *s;
	int facility, level;

	if (!one_of(&rest, facilities, sizeof(facilities) / sizeof(facilities[0]), &facility))
		return;
	rest = hu_str_skip(rest, digits(rest));
	rest = hu_str_skip(rest, blanks(rest));
	if (!literal(&rest, ':') || !one_of(&rest, levels, 8, &level))
		return;
	rest = hu_str_skip(rest, blanks(rest));
	if (!literal(&rest, ':') || !literal(&rest, ' '))
		return;
	line->level = level;
	*s = rest;
}

/* "<6>" in front, as the console of a serial log daemon or pstore keeps it. */
static void numeric_level(struct hu_str *s, struct hu_kmsg_line *line)
{
	size_t n = s->len && s->at[0] == '<' ? digits(hu_str_skip(*s, 1)) : 0;
	int64_t value;

	if (!n || n > 3 || n + 1 >= s->len || s->at[n + 1] != '>' ||
	    !hu_str_i64((struct hu_str){s->at + 1, n}, &value))
		return;
	line->level = (int32_t)(value & 7);
	*s = hu_str_skip(*s, n + 2);
}

/* Whether "01:04:29" stands in it. */
static bool has_clock(struct hu_str s)
{
	for (size_t i = 0; i + 8 <= s.len; i++)
		if (digits(hu_str_skip(s, i)) == 2 && s.at[i + 2] == ':' &&
		    digits(hu_str_skip(s, i + 3)) == 2 && s.at[i + 5] == ':' &&
		    digits(hu_str_skip(s, i + 6)) == 2)
			return true;
	return false;
}

/*
 * What wrote a console to a file put its own time in front: "[2026-11-22 01:04:29] [   12.345678]
 * …", "01:04:29 [   12.345678] …".
 */
static bool logged(struct hu_str s, struct hu_kmsg_line *line)
{
	enum { PREFIX = 64 };
	ptrdiff_t at = hu_kmsg_find_stamp((struct hu_str){s.at, s.len < PREFIX ? s.len : PREFIX});

	if (at <= 0)
		return false;
	struct hu_str prefix = hu_str_trim((struct hu_str){s.at, (size_t)at});
	if (!has_clock(prefix))
		return false;
	while (prefix.len && strchr("[(<", prefix.at[0]))
		prefix = hu_str_skip(prefix, 1);
	while (prefix.len && strchr("])>:|", prefix.at[prefix.len - 1]))
		prefix.len--;
	struct hu_wall when;
	if (hu_wall_stamp(prefix, &when)) {
		line->wall = when.ns;
		line->wall_clock = when.clock;
		line->wall_unit = HU_NS_PER_S;
	}
	s = hu_str_skip(s, (size_t)at);
	if (!hu_kmsg_printk_stamp(&s, &line->printk))
		return false;
	hu_kmsg_after_printk(s, line);
	return true;
}

void hu_kmsg_unstamp(struct hu_kmsg_calendar *calendar, struct hu_str line,
		     struct hu_kmsg_line *ret)
{
	const struct hu_kmsg_line none = {
		.printk = HU_OPEN,
		.wall = HU_OPEN,
		.wall_clock = HU_CLOCK_NONE,
		.sequence = HU_NONE,
		.level = HU_NONE,
		.tid = HU_NONE,
		.cpu = HU_NONE,
	};
	struct hu_kmsg_line got = none;
	bool after_dev_kmsg = calendar->dev_kmsg;
	struct hu_str s = line;

	calendar->dev_kmsg = false;
	if (!s.len) {
		*ret = none;
		return;
	}
	numeric_level(&s, &got);
	decoded_level(&s, &got);
	if (hu_kmsg_printk_stamp(&s, &got.printk)) {
		hu_kmsg_after_printk(s, &got);
	} else if (dev_kmsg(s, &got)) {
		calendar->dev_kmsg = true;
	} else if (hu_kmsg_wall(calendar, s, &got) || logged(s, &got)) {
		;
	} else {
		int32_t level = got.level;
		got = none;
		got.level = level;
		got.text = level == HU_NONE ? line : s;
		caller_id(&got.text, &got); /* dmesg -t */
		/* A record's dictionary: " SUBSYSTEM=acpi" */
		if (after_dev_kmsg && line.at[0] == ' ' && hu_str_find(line, "=") > 1) {
			got.property = true;
			calendar->dev_kmsg = true;
		}
	}
	*ret = got;
}
