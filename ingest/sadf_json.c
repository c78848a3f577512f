/*
 * sadf -j: a day of all activities, tens of megabytes. The text is taken apart one time stamp at a
 * time, and only each piece goes through cJSON: memory does not grow with the file, and a cut one
 * keeps what it has.
 */
#include "ingest/jsonlen.h"
#include "ingest/sadf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DEPTH = 8 };

/* Groups whose keys are the columns of sar's own table, less what stands before and behind. */
static const struct {
	const char *group, *before, *behind;
} forms[] = {
	{"paging", "", "/s"},
	{"swap-pages", "", "/s"},
	{"process-and-context-switch", "", "/s"},
	{"io", "", ""},
	{"io-reads", "", "/s"},
	{"io-writes", "", "/s"},
	{"io-discard", "", "/s"},
	{"disk", "", ""},
	{"memory", "kb", ""},
	{"hugepages", "kb", ""},
	{"queue", "", ""},
	{"kernel", "", ""},
	{"interrupts", "", ""},
	{"int-global", "", ""}, /* of the XML */
	{"cpu-load", "%", ""},
	{"cpu-load-all", "%", ""},
	{"serial", "", "/s"},
	{"softnet", "", "/s"},
	{"filesystems", "", ""},
	{"cpu-frequency", "", ""},
	{"cpu-weighted-frequency", "", ""},
	{"net-sock", "", ""},
	{"net-sock6", "", ""},
	{"net-nfs", "nfs.", "/s"},
	/* All other tables of the network are rates. */
	{"net-", "", "/s"},
};

/* Keys that break the rule of their group. */
static const struct {
	const char *key, *column;
} exceptions[] = {
	{"rtps", "rtps"},
	{"wtps", "wtps"},
	{"dtps", "dtps"},
	{"inactive", "kbinact"},
	{"blg_len", "blg_len"},
	{"frequency", "MHz"},
	{"weighted-frequency", "wghMHz"},
	{"rkB", "rkB/s"},
	{"wkB", "wkB/s"},
	{"dkB", "dkB/s"},
};

/* sysstat's JSON leaves out "/s", "%" and "kb" (json_stats.c); sar's names are those that people
 * know. */
void hu_sadf_column(struct hu_out *out, const char *group, const char *key)
{
	struct hu_str k = hu_str(key), g = hu_str(group);

	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (hu_str_is(k, exceptions[i].key)) {
			hu_out_puts(out, exceptions[i].column);
			return;
		}
	if (hu_str_is(k, "value") && (hu_str_is(g, "interrupts") || hu_str_is(g, "int-global"))) {
		/* Before sysstat 12.5.6 one number for all CPUs. */
		hu_out_puts(out, "intr/s");
		return;
	}
	if (hu_str_starts(g, "psi-") &&
	    (hu_str_starts(k, "some_avg") || hu_str_starts(k, "full_avg"))) {
		/* "some_avg10" of "psi-mem" is sar's "%smem-10". */
		hu_out_printf(out, "%%%c%s", *key, group + 4);
		if (k.len > 8)
			hu_out_printf(out, "-%s", key + 8);
		return;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!hu_str_is(g, forms[i].group) &&
		    !(hu_str_is(hu_str(forms[i].group), "net-") && hu_str_starts(g, "net-")))
			continue;
		/* "vmeff-percent" is sar's "%vmeff". */
		if (hu_str_ends(k, "-percent")) {
			hu_out_putc(out, '%');
			hu_out_bytes(out, key, k.len - strlen("-percent"));
			return;
		}
		hu_out_printf(out, "%s%s%s", forms[i].before, key, forms[i].behind);
		return;
	}
	hu_out_printf(out, "%s.%s", group, key);
}

bool hu_sadf_knows(const char *group)
{
	struct hu_str g = hu_str(group);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (hu_str_is(g, forms[i].group))
			return true;
	return hu_str_starts(g, "net-") || hu_str_starts(g, "psi-");
}

static void put(struct hu_sadf *s, const char *device, double value)
{
	if (device) {
		hu_out_putc(&s->name, '.');
		hu_out_puts(&s->name, device);
	}
	hu_put_counter(s->to, &(struct hu_counter){s->ts, s->pos, value,
						   hu_intern(s->to, hu_out_view(&s->name)), 0});
}

/* mpstat's {"name": "LOC", "value": 428.00}, in a list of a CPU's interrupts. */
static bool put_named(struct hu_sadf *s, const cJSON *node, const char *device)
{
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(node, "name");
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(node, "value");

	if (!device || !cJSON_IsString(name) || !cJSON_IsNumber(value) ||
	    !isfinite(value->valuedouble))
		return false;
	hu_out_clear(&s->name);
	hu_out_puts(&s->name, s->json->family);
	hu_out_puts(&s->name, name->valuestring);
	hu_out_puts(&s->name, "/s");
	put(s, device, value->valuedouble);
	return true;
}

/* An object in a list (`listed`) begins with what it is about. */
static void walk(struct hu_sadf *s, const char *group, const cJSON *node, const char *device,
		 bool listed, int depth)
{
	char line[16], numbered[64];
	const cJSON *item;

	if (listed && put_named(s, node, device))
		return;
	if (!cJSON_IsArray(node))
		device = NULL;

	if (depth > MOST_DEPTH) {
		hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
		return;
	}
	cJSON_ArrayForEach(item, node)
	{
		const char *key = item->string;
		if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
			walk(s, key ? key : group, item, device, cJSON_IsArray(node), depth + 1);
		} else if (listed && item == node->child && cJSON_IsString(item)) {
			device = item->valuestring;
			/* mpstat -N: a node has the number of some CPU too. */
			if (key && !strcmp(key, "node") && strlen(device) < 32) {
				snprintf(numbered, sizeof(numbered), "node.%s", device);
				device = numbered;
			}
		} else if (listed && item == node->child && key && !strcmp(key, "line") &&
			   cJSON_IsNumber(item)) {
			/* The number of a serial line names it. */
			snprintf(line, sizeof(line), "%d", item->valueint);
			device = line;
		} else if (key && cJSON_IsNumber(item) && isfinite(item->valuedouble)) {
			hu_out_clear(&s->name);
			hu_out_puts(&s->name, s->json->family);
			s->json->column(&s->name, group, key);
			put(s, device, item->valuedouble);
		} else if (!key || (strcmp(key, "node") && strcmp(key, "socket") &&
				    strcmp(key, "core"))) { /* mpstat -T: where a CPU lies */
			hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
		}
	}
}

static bool stamp_of(struct hu_sadf *s, const cJSON *node, struct hu_wall *ret)
{
	const cJSON *date = cJSON_GetObjectItemCaseSensitive(node, "date");
	const cJSON *time = cJSON_GetObjectItemCaseSensitive(node, "time");
	const cJSON *utc = cJSON_GetObjectItemCaseSensitive(node, "utc");
	const cJSON *zone = cJSON_GetObjectItemCaseSensitive(node, "tz");
	int64_t days;
	hu_ns clock;

	if (!cJSON_IsString(date) || !cJSON_IsString(time) ||
	    !hu_wall_date(hu_str(date->valuestring), &days) ||
	    !hu_wall_clock(hu_str(time->valuestring), &clock))
		return false;
	(void)s;
	/* sysstat 12.7.3 and later name the zone instead. */
	bool is_utc = (cJSON_IsString(zone) && hu_wall_is_utc(hu_str(zone->valuestring))) ||
		      cJSON_IsTrue(utc) || (cJSON_IsNumber(utc) && utc->valueint == 1);
	*ret = (struct hu_wall){days * 86400 * HU_NS_PER_S + clock,
				is_utc ? HU_CLOCK_REALTIME : HU_CLOCK_LOCAL_TIME};
	return true;
}

const struct hu_sysstat_json hu_sadf_form = {"sar.", hu_sadf_column, stamp_of, false};

static void one_stamp(struct hu_sadf *s, struct hu_str text)
{
	struct hu_wall wall = {0};
	cJSON *root = cJSON_ParseWithLength(text.at, text.len);

	if (!root) {
		hu_sadf_count(&s->unread, &s->unread_pos, s->pos);
		return;
	}
	/* With -e, sadf closes its list with an empty object. */
	if (cJSON_IsObject(root) && !root->child) {
		cJSON_Delete(root);
		return;
	}
	cJSON *when = cJSON_DetachItemFromObjectCaseSensitive(root, "timestamp");
	if (s->json->since_boot && !s->since_host++) {
		s->boots++;
		cJSON_Delete(when);
		cJSON_Delete(root);
		return;
	}
	if (when || !s->json->since_boot) {
		hu_sadf_stamp(s, s->json->stamp(s, when, &wall), &wall);
	} else {
		s->ts = HU_OPEN; /* iostat without -t */
		s->stamps++;
	}
	walk(s, "", root, NULL, false, 0);
	cJSON_Delete(when);
	cJSON_Delete(root);
}

/* The value behind `"key":` in the lines above the statistics; empty if it is not there. */
static struct hu_str field(struct hu_str head, const char *key)
{
	ptrdiff_t at = hu_str_find(head, key);

	if (at < 0)
		return (struct hu_str){"", 0};
	struct hu_str rest = hu_str_trim(hu_str_skip(head, (size_t)at + strlen(key)));
	if (!rest.len || *rest.at != ':')
		return (struct hu_str){"", 0};
	rest = hu_str_trim(hu_str_skip(rest, 1));
	if (rest.len && *rest.at == '"') {
		rest = hu_str_skip(rest, 1);
		return hu_str_split(&rest, '"');
	}
	return hu_str_trim(hu_str_split(&rest, ','));
}

static void host_facts(struct hu_sadf *s, struct hu_str head)
{
	static const struct {
		const char *json, *fact;
	} facts[] = {{"\"nodename\"", "hostname"},
		     {"\"release\"", "kernel.release"},
		     {"\"machine\"", "kernel.arch"},
		     {"\"number-of-cpus\"", "cpus"}};

	if (s->told_facts)
		return;
	s->told_facts = true;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		hu_put_fact(s->to, facts[i].fact, field(head, facts[i].json));
}

static uint64_t newlines(struct hu_str text)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.at[i] == '\n';
	return n;
}

/* One host's statistics; *text is left behind them. false if they are cut. */
static bool statistics(struct hu_sadf *s, struct hu_str *text)
{
	while (text->len) {
		char c = *text->at;
		uint64_t lines = 0;
		size_t len = 1;

		if (c == ']') {
			*text = hu_str_skip(*text, 1);
			return true;
		}
		if (c == '{') {
			len = hu_json_object_len(*text, &lines);
			if (!len)
				return false;
			one_stamp(s, (struct hu_str){text->at, len});
		}
		s->pos += lines + (c == '\n');
		*text = hu_str_skip(*text, len);
	}
	return false;
}

void hu_sadf_json(struct hu_sadf *s, struct hu_str text)
{
	ptrdiff_t at;

	while ((at = hu_str_find(text, "\"statistics\"")) >= 0) {
		struct hu_str head = {text.at, (size_t)at};
		host_facts(s, head);
		s->since_host = 0;
		s->date = field(head, "\"date\"");
		s->last = -1;
		text = hu_str_skip(text, (size_t)at);
		s->pos += newlines(head);
		at = hu_str_find(text, "[");
		if (at < 0)
			break;
		s->pos += newlines((struct hu_str){text.at, (size_t)at});
		text = hu_str_skip(text, (size_t)at + 1);
		if (!statistics(s, &text)) {
			s->cut_pos = s->pos;
			return;
		}
	}
	for (struct hu_str rest = text; (at = hu_str_find(rest, "\"boot\"")) >= 0; s->restarts++)
		rest = hu_str_skip(rest, (size_t)at + 6);
	if (!hu_str_ends(hu_str_trim(text), "}"))
		s->cut_pos = s->pos + newlines(text);
}

bool hu_sysstat_stamp(struct hu_sadf *s, const cJSON *timestamp, struct hu_wall *ret)
{
	struct hu_sar_time time;
	int64_t days;

	if (!cJSON_IsString(timestamp))
		return false;
	struct hu_str text = hu_str(timestamp->valuestring);
	s->hints.twelve_hours |= hu_str_ends(text, "M");
	if (hu_sar_stamp(text, &s->hints, ret, &s->how))
		return true;
	if (!hu_sar_time(text, &time) || hu_str_trim(time.rest).len ||
	    time.half == HU_SAR_HALF_UNKNOWN)
		return false;
	/* A time of day: the date stands once, above all samples. */
	if (s->last < 0) {
		if (!hu_sar_date(s->date, &s->hints, &days, &s->how))
			return false;
		s->day = days;
	} else if (s->last - time.second > 12 * 3600) {
		s->day++;
	}
	s->last = time.second;
	*ret = (struct hu_wall){(s->day * 86400 + time.second) * HU_NS_PER_S, HU_CLOCK_LOCAL_TIME};
	return true;
}

bool hu_sysstat_json_begins(struct hu_str head, const char *key)
{
	head = hu_str_trim(head);
	if (!hu_str_starts(head, "{"))
		return false;
	head = hu_str_trim(hu_str_skip(head, 1));
	return hu_str_starts(head, "\"sysstat\"") && hu_str_find(head, "\"hosts\"") >= 0 &&
	       hu_str_find(head, key) >= 0;
}

struct hu_err *hu_sysstat_json_read(const struct hu_sysstat_json *form, const char *what,
				    struct hu_str text, struct hu_sink *to)
{
	struct hu_sadf s = {.to = to, .pos = 1, .json = form};

	hu_sadf_json(&s, text);
	return hu_sadf_finish(&s, what, text.len);
}
