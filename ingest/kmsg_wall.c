/*
 * Dates at the front of a kernel log line: dmesg -T and its kin, journalctl, syslog daemons, and
 * whatever wrote a console to a file. One pass over a few dozen bytes per line.
 */
#include "ingest/kmsg_scan.h"
#include "ingest/walltime.h"

static bool month_name(struct hu_str *s, int *month)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	if (!one_of(s, names, 12, month))
		return false;
	++*month;
	return true;
}

static bool weekday_name(struct hu_str *s)
{
	static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	int day;

	return one_of(s, names, 7, &day);
}

struct civil {
	int year, month, day, hour, minute, second;
	hu_ns fraction, unit;
};

/* The day counts from the first of its month: 29 February is one in a year without it, too. */
static hu_ns civil_ns(const struct civil *c)
{
	int64_t days = 0;

	hu_wall_days(c->year, c->month, 1, &days);
	int64_t hours = (days + c->day - 1) * 24 + c->hour;
	return ((hours * 60 + c->minute) * 60 + c->second) * HU_NS_PER_S + c->fraction;
}

static bool civil_ok(const struct civil *c)
{
	return c->year >= 1970 && c->year < 2200 && c->month >= 1 && c->month <= 12 &&
	       c->day >= 1 && c->day <= 31 && c->hour < 24 && c->minute < 60 && c->second < 61;
}

/* "01:04:29", with a fraction of up to nine digits where there is one. */
static bool clock_time(struct hu_str *s, struct civil *c)
{
	if (!number(s, 2, &c->hour) || !literal(s, ':') || !number(s, 2, &c->minute) ||
	    !literal(s, ':') || !number(s, 2, &c->second))
		return false;
	c->fraction = 0;
	c->unit = HU_NS_PER_S;
	if (s->len > 1 && (s->at[0] == '.' || s->at[0] == ',') && digit(s->at[1])) {
		struct hu_str rest = hu_str_skip(*s, 1);
		size_t n = digits(rest);
		for (size_t i = 0; i < 9; i++) {
			c->fraction = c->fraction * 10 + (i < n ? rest.at[i] - '0' : 0);
			if (i < n)
				c->unit /= 10;
		}
		*s = hu_str_skip(rest, n);
	}
	return true;
}

/* "2026-11-22T01:04:29,208321+00:00"; false in *zone: it names none. */
static bool iso_time(struct hu_str *s, struct civil *c, hu_ns *east, bool *zone)
{
	if (!number(s, 4, &c->year) || !literal(s, '-') || !number(s, 2, &c->month) ||
	    !literal(s, '-') || !number(s, 2, &c->day) || (!literal(s, 'T') && !literal(s, ' ')) ||
	    !clock_time(s, c) || !civil_ok(c))
		return false;
	*east = 0;
	*zone = literal(s, 'Z');
	if (!*zone && s->len && (s->at[0] == '+' || s->at[0] == '-')) {
		int sign = s->at[0] == '-' ? -1 : 1, hours, minutes;
		*s = hu_str_skip(*s, 1);
		if (!number(s, 2, &hours))
			return false;
		literal(s, ':');
		if (!number(s, 2, &minutes) || hours > 15 || minutes > 59)
			return false;
		*east = sign * (hours * 60 + minutes) * 60 * HU_NS_PER_S;
		*zone = true;
	}
	return true;
}

/*
 * "host kernel: text", "host kernel[0]: text", "host systemd[1]: text"; and without "kernel:" where
 * the kernel's own stamp follows: "10.0.0.5 [   12.345678] text" is netconsole through a syslog
 * daemon, "[   12.345678] text" a console through a container's log.
 */
static void after_wall(struct hu_str s, struct hu_kmsg_line *line)
{
	struct hu_str rest = s, bare = s, host = hu_str_split(&rest, ' ');

	if (hu_kmsg_printk_stamp(&bare, &line->printk)) {
		hu_kmsg_after_printk(bare, line);
		return;
	}
	bare = rest;
	if (hu_kmsg_printk_stamp(&bare, &line->printk)) {
		hu_kmsg_after_printk(bare, line);
		line->host = host;
		return;
	}
	ptrdiff_t colon = hu_str_find(rest, ": ");

	if (colon < 0 && hu_str_ends(rest, ":"))
		colon = (ptrdiff_t)rest.len - 1;
	struct hu_str tag = {rest.at, colon < 0 ? 0 : (size_t)colon};
	line->host = host;
	line->text = s;
	if (!hu_str_is(tag, "kernel") && !hu_str_starts(tag, "kernel[")) {
		line->other_program = true;
		return;
	}
	rest = hu_str_skip(rest, tag.len + 2);
	line->text = rest;
	struct hu_str stamped = rest;
	if (hu_kmsg_printk_stamp(&stamped, &line->printk))
		hu_kmsg_after_printk(stamped, line);
}

static void wall(struct hu_kmsg_line *line, const struct civil *c, hu_ns east, bool zone)
{
	line->wall = civil_ns(c) - east;
	line->wall_unit = c->unit;
	line->wall_clock = zone ? HU_CLOCK_REALTIME : HU_CLOCK_LOCAL_TIME;
}

/* A stamp without a year is counted from 1 January 1970; the log may run over New Year. */
static void yearless(struct hu_kmsg_calendar *calendar, struct hu_kmsg_line *line, struct civil *c)
{
	if (calendar->month && c->month < calendar->month - 6 && calendar->years < 100)
		calendar->years++;
	else if (calendar->years && c->month > calendar->month + 6)
		calendar->years--; /* a late line of last December */
	calendar->month = c->month;
	c->year = 1970 + calendar->years;
	wall(line, c, 0, false);
	line->no_year = true;
}

/* "[Sun Nov 22 01:04:29 2026] ", "[Nov22 01:04] ", "[  +0.000123] " */
static bool dmesg_wall(struct hu_kmsg_calendar *calendar, struct hu_str s,
		       struct hu_kmsg_line *line)
{
	struct civil c = {.unit = HU_NS_PER_S};

	if (!literal(&s, '['))
		return false;
	struct hu_str rest = s;
	if (weekday_name(&rest)) {
		if (!literal(&rest, ' ') || !month_name(&rest, &c.month) || !literal(&rest, ' ') ||
		    !number(&rest, 2, &c.day) || !literal(&rest, ' ') || !clock_time(&rest, &c) ||
		    !literal(&rest, ' ') || !number(&rest, 4, &c.year) || !civil_ok(&c))
			return false;
		hu_kmsg_skip_delta(&rest);
		if (!literal(&rest, ']'))
			return false;
		wall(line, &c, 0, false);
	} else if (month_name(&rest, &c.month)) {
		c.year = 1970;
		c.unit = 60 * HU_NS_PER_S;
		if (!number(&rest, 2, &c.day) || !literal(&rest, ' ') ||
		    !number(&rest, 2, &c.hour) || !literal(&rest, ':') ||
		    !number(&rest, 2, &c.minute) || !literal(&rest, ']') || !civil_ok(&c))
			return false;
		yearless(calendar, line, &c);
		calendar->reltime = line->wall;
		calendar->has_reltime = true;
	} else {
		hu_ns delta;
		rest = hu_str_skip(rest, blanks(rest));
		if (!calendar->has_reltime || !literal(&rest, '+'))
			return false;
		ptrdiff_t end = hu_str_find(rest, "]");
		if (end < 1 || end > 12 ||
		    !hu_str_fixed((struct hu_str){rest.at, (size_t)end}, 9, &delta))
			return false;
		rest = hu_str_skip(rest, (size_t)end + 1);
		if (__builtin_add_overflow(calendar->reltime, delta, &calendar->reltime))
			return false;
		line->wall = calendar->reltime;
		line->wall_clock = HU_CLOCK_LOCAL_TIME;
		line->wall_unit = 60 * HU_NS_PER_S;
		line->no_year = true;
	}
	if (rest.len && rest.at[0] != ' ' && rest.at[0] != '[')
		return false;
	hu_kmsg_after_printk(rest, line);
	return true;
}

/* "Nov 22 01:04:29 host …", "Nov 22 01:04:29.123456 host …", "Nov 22 2026 01:04:29 host …" */
static bool syslog_wall(struct hu_kmsg_calendar *calendar, struct hu_str s,
			struct hu_kmsg_line *line)
{
	struct civil c = {.year = 1970};

	if (!month_name(&s, &c.month) || !literal(&s, ' ') || !number(&s, 2, &c.day) ||
	    !literal(&s, ' '))
		return false;
	struct hu_str rest = s;
	int year;
	bool dated = number(&rest, 4, &year) && literal(&rest, ' ');
	if (dated) {
		c.year = year;
		s = rest;
	}
	if (!clock_time(&s, &c) || !literal(&s, ' ') || !civil_ok(&c))
		return false;
	if (dated)
		wall(line, &c, 0, false);
	else
		yearless(calendar, line, &c);
	after_wall(s, line);
	return true;
}

/* journalctl -o short-full: "Sun 2026-11-22 01:04:29 UTC host …"; short-unix: "1795313388.128675
 * host …" */
static bool journal_wall(struct hu_str s, struct hu_kmsg_line *line)
{
	struct hu_str rest = s;
	struct civil c = {0};
	hu_ns east;
	bool zone;

	if (weekday_name(&rest)) {
		if (!literal(&rest, ' ') || !iso_time(&rest, &c, &east, &zone) ||
		    !literal(&rest, ' '))
			return false;
		struct hu_str name = hu_str_split(&rest, ' ');
		wall(line, &c, 0, hu_str_is(name, "UTC") || hu_str_is(name, "GMT"));
		after_wall(rest, line);
		return true;
	}
	if (digits(s) != 10 || s.len < 19 || s.at[10] != '.' || digits(hu_str_skip(s, 11)) != 6 ||
	    s.at[17] != ' ')
		return false;
	line->wall_clock = HU_CLOCK_REALTIME;
	line->wall_unit = HU_NS_PER_US;
	if (!hu_str_fixed((struct hu_str){s.at, 17}, 9, &line->wall))
		return false;
	after_wall(hu_str_skip(s, 18), line);
	return true;
}

/* dmesg --time-format iso has a comma before the fraction and no host; journalctl and syslog have
 * both. */
static bool iso_wall(struct hu_str s, struct hu_kmsg_line *line)
{
	struct civil c;
	hu_ns east;
	bool zone, comma = s.len > 19 && s.at[19] == ',';

	if (!s.len || !digit(s.at[0]) || !iso_time(&s, &c, &east, &zone))
		return false;
	if (comma && !zone)
		return false; /* some program's log */
	wall(line, &c, east, zone);
	if (comma) {
		hu_kmsg_after_printk(s, line);
		return true;
	}
	if (!literal(&s, ' '))
		return false;
	after_wall(s, line);
	return true;
}

/* RFC 5424, behind its "<6>": "1 2026-11-22T01:04:29.208321+00:00 host kernel - - - text" */
static bool protocol_wall(struct hu_str s, struct hu_kmsg_line *line)
{
	struct civil c;
	hu_ns east;
	bool zone;

	if (line->level == HU_NONE || !hu_str_starts(s, "1 "))
		return false;
	s = hu_str_skip(s, 2);
	if (!iso_time(&s, &c, &east, &zone) || !literal(&s, ' '))
		return false;
	wall(line, &c, east, zone);
	line->host = hu_str_split(&s, ' ');
	line->other_program = !hu_str_is(hu_str_split(&s, ' '), "kernel");
	for (int i = 0; i < 3; i++) /* process, message id, structured data */
		hu_str_split(&s, ' ');
	line->text = s;
	if (hu_kmsg_printk_stamp(&s, &line->printk))
		hu_kmsg_after_printk(s, line);
	return true;
}

bool hu_kmsg_wall(struct hu_kmsg_calendar *calendar, struct hu_str s, struct hu_kmsg_line *line)
{
	if (!s.len)
		return false;
	if (s.at[0] == '[')
		return dmesg_wall(calendar, s, line);
	return iso_wall(s, line) || syslog_wall(calendar, s, line) || journal_wall(s, line) ||
	       protocol_wall(s, line);
}
