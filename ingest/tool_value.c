/*
 * What a column or a word of a line may be, and its text as a value. Called for every column of
 * every row: nothing is copied before the whole line fits.
 */
#include "ingest/tool.h"
#include "ingest/walltime.h"

#include <ctype.h>
#include <string.h>

static const struct {
	const char *name;
	enum hu_tool_type type;
} roles[HU_ROLE_COUNT_OF] = {
	[HU_ROLE_SKIP] = {"skip", HU_TYPE_WORD},
	[HU_ROLE_TIME] = {"time", HU_TYPE_TIME},
	[HU_ROLE_STAMP] = {"stamp", HU_TYPE_QUANTITY},
	[HU_ROLE_COMM] = {"comm", HU_TYPE_TEXT},
	[HU_ROLE_PID] = {"pid", HU_TYPE_NUMBER},
	[HU_ROLE_TID] = {"tid", HU_TYPE_NUMBER},
	[HU_ROLE_CPU] = {"cpu", HU_TYPE_NUMBER},
	[HU_ROLE_OTHER_COMM] = {"other_comm", HU_TYPE_TEXT},
	[HU_ROLE_OTHER_TID] = {"other_tid", HU_TYPE_NUMBER},
	[HU_ROLE_FUNCTION] = {"function", HU_TYPE_WORD},
	[HU_ROLE_CALLER] = {"caller", HU_TYPE_TEXT},
	[HU_ROLE_LOCK] = {"lock", HU_TYPE_TEXT},
	[HU_ROLE_ADDRESS] = {"address", HU_TYPE_HEX},
	[HU_ROLE_DURATION] = {"duration", HU_TYPE_QUANTITY},
	[HU_ROLE_MAX] = {"max", HU_TYPE_QUANTITY},
	[HU_ROLE_AVERAGE] = {"average", HU_TYPE_QUANTITY},
	[HU_ROLE_TOTAL] = {"total", HU_TYPE_QUANTITY},
	[HU_ROLE_COUNT] = {"count", HU_TYPE_NUMBER},
	[HU_ROLE_UNIT] = {"unit", HU_TYPE_WORD},
	[HU_ROLE_KEY] = {"key", HU_TYPE_TEXT},
	[HU_ROLE_KIND] = {"kind", HU_TYPE_WORD},
	[HU_ROLE_DETAIL] = {"detail", HU_TYPE_TEXT},
	[HU_ROLE_CALL] = {"call", HU_TYPE_TEXT},
	[HU_ROLE_RESULT] = {"result", HU_TYPE_WORD},
	[HU_ROLE_SECTOR] = {"sector", HU_TYPE_NUMBER},
	[HU_ROLE_BYTES] = {"bytes", HU_TYPE_NUMBER},
	[HU_ROLE_RATE] = {"rate", HU_TYPE_NUMBER},
	[HU_ROLE_STACK] = {"stack", HU_TYPE_NONE},
	[HU_ROLE_OTHER_STACK] = {"other_stack", HU_TYPE_NONE},
};

const char *hu_role_name(enum hu_tool_role role)
{
	return roles[role].name;
}

bool hu_role_by_name(struct hu_str name, enum hu_tool_role *ret)
{
	for (int i = 0; i < HU_ROLE_COUNT_OF; i++) {
		if (!hu_str_is(name, roles[i].name))
			continue;
		*ret = (enum hu_tool_role)i;
		return true;
	}
	return false;
}

enum hu_tool_type hu_role_type(enum hu_tool_role role)
{
	return roles[role].type;
}

int hu_tool_unit(struct hu_str text)
{
	static const struct {
		const char *text;
		int digits;
	} units[] = {
		{"ns", 0},   {"nsecs", 0}, {"nsec", 0}, {"us", 3},  {"usecs", 3}, {"usec", 3},
		{"ms", 6},   {"msecs", 6}, {"msec", 6}, {"s", 9},   {"secs", 9},  {"sec", 9},
		{"(ns)", 0}, {"(us)", 3},  {"(ms)", 6}, {"(s)", 9},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (hu_str_is(text, units[i].text))
			return units[i].digits;
	return -1;
}

struct parsed {
	bool whole; /* `number` holds */
	int64_t number;
	hu_ns ns;
};

/* "12.34", "1.2 ms", "12 us", "3.1 m", "1.0 h" (klockstat's own). */
static bool quantity(struct hu_str text, struct hu_str unit, struct parsed *ret)
{
	size_t n = text.len && text.at[0] == '-';

	while (n < text.len && (isdigit((unsigned char)text.at[n]) || text.at[n] == '.'))
		n++;
	struct hu_str number = {text.at, n}, behind = hu_str_trim(hu_str_skip(text, n));
	int64_t any;
	if (!hu_str_fixed(number, 0, &any))
		return false;
	if (behind.len)
		unit = behind;
	ret->whole = !memchr(number.at, '.', number.len);
	ret->number = any;
	ret->ns = HU_OPEN;
	int digits = hu_tool_unit(unit);
	if (digits >= 0)
		return hu_str_fixed(number, digits, &ret->ns) && ret->ns >= 0;
	int64_t of = hu_str_is(unit, "m") ? 60 : hu_str_is(unit, "h") ? 3600 : 0;
	if (of)
		return hu_str_fixed(number, 9, &ret->ns) &&
		       !__builtin_mul_overflow(ret->ns, of, &ret->ns) && ret->ns >= 0;
	return !behind.len;
}

static bool time_of(struct hu_str text, struct parsed *ret)
{
	ret->whole = false;
	if (memchr(text.at, ':', text.len)) {
		ret->number = 'd';
		return hu_wall_clock(text, &ret->ns);
	}
	ret->number = 's';
	return text.len && isdigit((unsigned char)text.at[0]) && hu_str_fixed(text, 9, &ret->ns);
}

static bool parse(enum hu_tool_role role, struct hu_str text, struct hu_str unit,
		  struct parsed *ret)
{
	uint64_t address;

	*ret = (struct parsed){.ns = HU_OPEN};
	if (!text.len || text.len > HU_TOOL_STACK_BYTES)
		return false;
	switch (roles[role].type) {
	case HU_TYPE_TEXT:
		return true;
	case HU_TYPE_WORD:
		return !memchr(text.at, ' ', text.len) && !memchr(text.at, '\t', text.len);
	case HU_TYPE_NUMBER:
		ret->whole = hu_str_i64(text, &ret->number);
		return ret->whole;
	case HU_TYPE_QUANTITY:
		return quantity(text, unit, ret);
	case HU_TYPE_HEX:
		if (!hu_str_u64(text, 16, &address))
			return false;
		memcpy(&ret->number, &address, sizeof(address));
		return ret->whole = true;
	case HU_TYPE_TIME:
		return time_of(text, ret);
	case HU_TYPE_NONE:
		break;
	}
	return false;
}

bool hu_tool_fits(enum hu_tool_role role, struct hu_str text, struct hu_str unit)
{
	struct parsed p;

	return parse(role, text, unit, &p);
}

bool hu_tool_value(struct hu_tool_values *v, enum hu_tool_role role, struct hu_str text,
		   struct hu_str unit)
{
	struct parsed p;

	if (!parse(role, text, unit, &p))
		return false;
	if (role == HU_ROLE_SKIP)
		return true;
	if (role == HU_ROLE_KEY && v->set[role]) { /* several columns */
		hu_out_puts(&v->text[role], ", ");
		hu_out_str(&v->text[role], text);
		return true;
	}
	/* Python's "b'khugepaged+0x68'". */
	if (role == HU_ROLE_CALLER && text.len > 3 && hu_str_starts(text, "b'") &&
	    hu_str_ends(text, "'"))
		text = (struct hu_str){text.at + 2, text.len - 3};
	v->set[role] = true;
	v->number[role] = p.number;
	v->ns[role] = p.ns;
	hu_out_clear(&v->text[role]);
	hu_out_str(&v->text[role], text);
	return true;
}

void hu_tool_values_clear(struct hu_tool_values *v)
{
	memset(v->set, 0, sizeof(v->set));
	for (int i = 0; i < HU_ROLE_COUNT_OF; i++)
		hu_out_clear(&v->text[i]);
	for (int i = 0; i < 2; i++)
		hu_out_clear(&v->frames[i]);
	v->user_frames = 0;
	v->deeper = false;
	v->ts = HU_OPEN;
	v->ts_is_start = false;
	v->low = v->high = HU_OPEN;
	v->pos = 0;
}

void hu_tool_values_deinit(struct hu_tool_values *v)
{
	for (int i = 0; i < HU_ROLE_COUNT_OF; i++)
		hu_out_deinit(&v->text[i]);
	for (int i = 0; i < 2; i++)
		hu_out_deinit(&v->frames[i]);
}
