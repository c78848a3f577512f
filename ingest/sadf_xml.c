/*
 * sadf -x: tens of megabytes for a day, gone through once. Its elements are JSON's groups under the
 * same names, with a few more around them; values are attributes, or the text of an element. No
 * general XML: no entities but the five, nothing outside is fetched, and nothing is kept but the
 * path of open elements.
 *
 * Source: sysstat's xml_stats.c.
 */
#include "ingest/sadf.h"

#include <stdio.h>
#include <string.h>

enum { MOST_OPEN = 16, MOST_NAME = 64, MOST_VALUE = 256 };

struct element {
	char name[MOST_NAME];
	bool group; /* its name has a rule for its columns */
};

struct xml {
	struct hu_sadf *s;
	struct element open[MOST_OPEN];
	size_t depth;
	struct hu_str text; /* since the last tag */
};

static void copy(char *to, size_t size, struct hu_str from)
{
	size_t n = from.len < size - 1 ? from.len : size - 1;

	if (n)
		memcpy(to, from.at, n);
	to[n] = '\0';
}

/* Text without its entities. */
static void unescape(char *to, size_t size, struct hu_str from)
{
	static const struct {
		const char *entity, *is;
	} entities[] = {
		{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}};
	size_t n = 0;

	while (from.len && n + 1 < size) {
		size_t took = 1;
		to[n] = *from.at;
		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
			if (hu_str_starts(from, entities[i].entity)) {
				to[n] = *entities[i].is;
				took = strlen(entities[i].entity);
			}
		n++;
		from = hu_str_skip(from, took);
	}
	to[n] = '\0';
}

/* The next `name="value"` off *tag. */
static bool attribute(struct hu_str *tag, struct hu_str *name, struct hu_str *value)
{
	*tag = hu_str_trim(*tag);
	ptrdiff_t at = hu_str_find(*tag, "=");
	if (at <= 0)
		return false;
	*name = hu_str_trim((struct hu_str){tag->at, (size_t)at});
	*tag = hu_str_trim(hu_str_skip(*tag, (size_t)at + 1));
	if (!tag->len || (*tag->at != '"' && *tag->at != '\''))
		return false;
	char quote = *tag->at;
	*tag = hu_str_skip(*tag, 1);
	*value = hu_str_split(tag, quote);
	return true;
}

static bool named(struct hu_str tag, const char *name, struct hu_str *ret)
{
	struct hu_str key;

	while (attribute(&tag, &key, ret))
		if (hu_str_is(key, name))
			return true;
	return false;
}

/* The innermost element that is a group; else the one around. */
static const char *group_of(const struct xml *x)
{
	for (size_t i = x->depth; i-- > 0;)
		if (x->open[i].group)
			return x->open[i].name;
	return x->depth > 1 ? x->open[x->depth - 2].name : "";
}

static bool inside(const struct xml *x, const char *name)
{
	for (size_t i = 0; i < x->depth; i++)
		if (!strcmp(x->open[i].name, name))
			return true;
	return false;
}

static void put(struct xml *x, struct hu_str key, struct hu_str value, const char *device)
{
	struct hu_sadf *s = x->s;
	char name[MOST_NAME];
	double number;
	char unit;

	copy(name, sizeof(name), key);
	if (!hu_sar_number(value, &number, &unit) || unit) {
		hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
		return;
	}
	hu_out_clear(&s->name);
	hu_out_puts(&s->name, "sar.");
	hu_sadf_column(&s->name, group_of(x), name);
	if (device && *device) {
		hu_out_putc(&s->name, '.');
		hu_out_puts(&s->name, device);
	}
	hu_put_counter(s->to, &(struct hu_counter){s->ts, s->pos, number,
						   hu_intern(s->to, hu_out_view(&s->name)), 0});
}

/* <irq intr="24" cpu="0" value="0.00"/>: a column per CPU, as sar has it; older ones have no CPU.
 */
static bool interrupt(struct xml *x, struct hu_str tag)
{
	struct hu_str intr, cpu, value;
	char device[MOST_VALUE], column[MOST_NAME];

	if (!named(tag, "intr", &intr) || !named(tag, "cpu", &cpu) || !named(tag, "value", &value))
		return false;
	unescape(device, sizeof(device), intr);
	if (hu_str_is(cpu, "all"))
		snprintf(column, sizeof(column), "all");
	else
		snprintf(column, sizeof(column), "CPU%.*s", (int)(cpu.len < 16 ? cpu.len : 16),
			 cpu.at);
	put(x, hu_str(column), value, device);
	return true;
}

static void values(struct xml *x, struct hu_str tag)
{
	static const char *const about[] = {"number",	  "intr",	"dev",	  "iface",
					    "line",	  "fch",	"fsname", "name",
					    "mountpoint", "bus_number", "cpu"};
	static const char *const ignored[] = {"per", "unit", "xmlns", "nr", "device", "mountp"};
	struct hu_str key, value, rest = tag;
	char device[MOST_VALUE] = "";
	bool first = true;

	if (!strcmp(x->open[x->depth - 1].name, "irq") && interrupt(x, tag))
		return;
	for (; attribute(&rest, &key, &value); first = false) {
		bool skip = false;
		for (size_t i = 0; first && !skip && i < sizeof(about) / sizeof(about[0]); i++)
			if ((skip = hu_str_is(key, about[i])))
				unescape(device, sizeof(device), value);
		for (size_t i = 0; !skip && i < sizeof(ignored) / sizeof(ignored[0]); i++)
			skip = hu_str_is(key, ignored[i]);
		if (!skip)
			put(x, key, value, device);
	}
}

static void stamp(struct hu_sadf *s, struct hu_str tag)
{
	struct hu_str date, time, zone = {"", 0}, utc = {"", 0};
	struct hu_wall wall = {0};
	int64_t days;
	hu_ns clock;

	bool valid = named(tag, "date", &date) && named(tag, "time", &time) &&
		     hu_wall_date(date, &days) && hu_wall_clock(time, &clock);
	bool is_utc = (named(tag, "tz", &zone) && hu_wall_is_utc(zone)) ||
		      (named(tag, "utc", &utc) && hu_str_is(utc, "1"));
	if (valid)
		wall = (struct hu_wall){days * 86400 * HU_NS_PER_S + clock,
					is_utc ? HU_CLOCK_REALTIME : HU_CLOCK_LOCAL_TIME};
	hu_sadf_stamp(s, valid, &wall);
}

static void fact(struct hu_sadf *s, const char *name, struct hu_str text)
{
	static const struct {
		const char *xml, *fact;
	} facts[] = {{"release", "kernel.release"},
		     {"machine", "kernel.arch"},
		     {"number-of-cpus", "cpus"}};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (!strcmp(name, facts[i].xml) && s->since_host == 1)
			hu_put_fact(s->to, facts[i].fact, text);
}

static void opened(struct xml *x, struct hu_str name, struct hu_str tag)
{
	struct hu_sadf *s = x->s;
	struct hu_str node;

	copy(x->open[x->depth].name, MOST_NAME, name);
	x->open[x->depth].group = hu_sadf_knows(x->open[x->depth].name);
	x->depth++;
	if (hu_str_is(name, "host")) {
		if (!s->since_host++ && named(tag, "nodename", &node))
			hu_put_fact(s->to, "hostname", node);
	} else if (hu_str_is(name, "timestamp")) {
		stamp(s, tag);
	} else if (hu_str_is(name, "boot")) {
		s->restarts++;
	} else if (inside(x, "timestamp") && inside(x, "statistics")) {
		values(x, tag);
	}
}

static void closed(struct xml *x)
{
	struct hu_str text = hu_str_trim(x->text);
	const char *name = x->open[x->depth - 1].name;

	if (text.len && inside(x, "statistics") && inside(x, "timestamp"))
		put(x, hu_str(name), text, NULL);
	else if (text.len && !inside(x, "statistics"))
		fact(x->s, name, text);
	x->depth--;
}

static void count_lines(struct hu_sadf *s, struct hu_str text)
{
	for (size_t i = 0; i < text.len; i++)
		s->pos += text.at[i] == '\n';
}

/* A tag without its brackets. false: deeper than sadf ever goes. */
static bool one_tag(struct xml *x, struct hu_str tag)
{
	bool single = hu_str_ends(tag, "/");

	if (!tag.len || *tag.at == '?' || *tag.at == '!')
		return true;
	if (*tag.at == '/') {
		if (x->depth)
			closed(x);
		x->text = (struct hu_str){"", 0};
		return true;
	}
	if (x->depth == MOST_OPEN)
		return false;
	if (single)
		tag.len--;
	struct hu_str rest = tag, name = hu_str_word(&rest);
	opened(x, name, rest);
	x->text = (struct hu_str){"", 0};
	if (single)
		x->depth--;
	return true;
}

void hu_sadf_xml(struct hu_sadf *s, struct hu_str text)
{
	struct xml x = {.s = s};
	bool ended = false;

	while (text.len) {
		ptrdiff_t at = hu_str_find(text, "<");
		if (at < 0)
			break;
		x.text = (struct hu_str){text.at, (size_t)at};
		count_lines(s, x.text);
		text = hu_str_skip(text, (size_t)at);
		bool comment = hu_str_starts(text, "<!--");
		at = hu_str_find(text, comment ? "-->" : ">");
		if (at < 0) {
			s->cut_pos = s->pos;
			return;
		}
		struct hu_str tag = {text.at + 1, (size_t)at - 1};
		if (!comment && !one_tag(&x, tag)) {
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
			return;
		}
		ended |= hu_str_is(tag, "/sysstat");
		count_lines(s, tag);
		text = hu_str_skip(text, (size_t)at + (comment ? 3 : 1));
	}
	if (!ended)
		s->cut_pos = s->pos;
}
