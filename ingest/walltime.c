/*
 * Dates without the C library's locale and zone tables: a capture must read the same on every
 * machine. Zone names other than UTC's are ambiguous ("CST" is three of them), so they stay local
 * time.
 */
#include "ingest/walltime.h"

#include <string.h>

bool hu_wall_days(int64_t year, int64_t month, int64_t day, int64_t *ret)
{
	static const int64_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (day > length[month - 1] + (month == 2 && leap))
		return false;
	/* Years begin in March, so that the leap day is the last one. */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t yday = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	*ret = y * 365 + y / 4 - y / 100 + y / 400 + yday - 719468;
	return true;
}

/* Takes 1 to `most` digits off *s. */
static bool digits(struct hu_str *s, size_t most, int64_t *ret)
{
	size_t n = 0;
	int64_t value = 0;

	while (n < s->len && n < most && s->at[n] >= '0' && s->at[n] <= '9')
		value = value * 10 + (s->at[n++] - '0');
	if (!n)
		return false;
	*s = hu_str_skip(*s, n);
	*ret = value;
	return true;
}

static bool take(struct hu_str *s, char c)
{
	if (!s->len || *s->at != c)
		return false;
	*s = hu_str_skip(*s, 1);
	return true;
}

static bool date_off(struct hu_str *s, int64_t *days)
{
	struct hu_str rest = *s;
	int64_t y, m, d;

	if (!digits(&rest, 4, &y) || !take(&rest, '-') || !digits(&rest, 2, &m) ||
	    !take(&rest, '-') || !digits(&rest, 2, &d) || !hu_wall_days(y, m, d, days))
		return false;
	*s = rest;
	return true;
}

static bool clock_off(struct hu_str *s, hu_ns *ret)
{
	struct hu_str rest = *s;
	int64_t h, m, sec, fraction = 0;

	if (!digits(&rest, 2, &h) || !take(&rest, ':') || !digits(&rest, 2, &m) ||
	    !take(&rest, ':') || !digits(&rest, 2, &sec) || h > 23 || m > 59 || sec > 60)
		return false;
	if (rest.len > 1 && (*rest.at == '.' || *rest.at == ',') && rest.at[1] >= '0' &&
	    rest.at[1] <= '9') {
		int64_t scale = HU_NS_PER_S;
		for (rest = hu_str_skip(rest, 1); rest.len && *rest.at >= '0' && *rest.at <= '9';
		     rest = hu_str_skip(rest, 1)) {
			scale /= 10;
			fraction += (*rest.at - '0') * scale;
		}
	}
	*ret = (h * 3600 + m * 60 + sec) * HU_NS_PER_S + fraction;
	*s = rest;
	return true;
}

bool hu_wall_date(struct hu_str text, int64_t *days)
{
	int64_t value;

	if (!date_off(&text, &value) || text.len)
		return false;
	*days = value;
	return true;
}

bool hu_wall_clock(struct hu_str text, hu_ns *ret)
{
	hu_ns value;

	if (!clock_off(&text, &value) || text.len)
		return false;
	*ret = value;
	return true;
}

bool hu_wall_is_utc(struct hu_str zone)
{
	return hu_str_is(zone, "UTC") || hu_str_is(zone, "GMT") || hu_str_is(zone, "Z") ||
	       hu_str_is(zone, "UCT") || hu_str_is(zone, "Universal") || hu_str_is(zone, "Zulu");
}

static bool zone_name(struct hu_str zone)
{
	if (zone.len < 2 || zone.len > 6)
		return false;
	for (size_t i = 0; i < zone.len; i++)
		if (zone.at[i] < 'A' || zone.at[i] > 'Z')
			return false;
	return true;
}

/* The zone with which a stamp ends: nothing, "Z", "UTC", "+01:00", "+0100", "-03", "CET". */
static bool apply_zone(struct hu_str zone, struct hu_wall *wall)
{
	zone = hu_str_trim(zone);
	wall->clock = HU_CLOCK_LOCAL_TIME;
	if (!zone.len)
		return true;
	if (hu_wall_is_utc(zone)) {
		wall->clock = HU_CLOCK_REALTIME;
		return true;
	}
	if (*zone.at != '+' && *zone.at != '-')
		return zone_name(zone);
	bool west = *zone.at == '-';
	int64_t h, m = 0;
	zone = hu_str_skip(zone, 1);
	if (!digits(&zone, 2, &h) || h > 18)
		return false;
	(void)take(&zone, ':');
	if (zone.len && (!digits(&zone, 2, &m) || m > 59))
		return false;
	if (zone.len)
		return false;
	hu_ns off = (h * 3600 + m * 60) * HU_NS_PER_S;
	wall->ns += west ? off : -off;
	wall->clock = HU_CLOCK_REALTIME;
	return true;
}

static int month_of(struct hu_str word)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (word.len == 3 && !memcmp(word.at, names + (ptrdiff_t)3 * i, 3))
			return i + 1;
	return 0;
}

static bool weekday(struct hu_str word)
{
	static const char names[] = "SunMonTueWedThuFriSat";

	if (word.len && word.at[word.len - 1] == ',')
		word.len--;
	for (int i = 0; i < 7; i++)
		if (word.len == 3 && !memcmp(word.at, names + (ptrdiff_t)3 * i, 3))
			return true;
	return false;
}

/* "Sun Nov 22 01:04:43 UTC 2026", "Sun Nov 22 01:04:43 AM UTC 2026", "Sun 22 Nov 2026 01:04:43
 * UTC", "Sun, 22 Nov 2026 01:04:43 +0000". */
static bool named_month(struct hu_str text, struct hu_wall *ret)
{
	int64_t day = 0, month = 0, year = 0, days;
	hu_ns clock = HU_OPEN;
	int half = 0; /* 1 AM, 2 PM */
	struct hu_str zone = {"", 0};

	for (int i = 0; i < 8; i++) {
		struct hu_str word = hu_str_word(&text);
		int64_t number;
		hu_ns value;

		if (!word.len)
			break;
		if (i == 0 && weekday(word))
			continue;
		if (hu_str_i64(word, &number)) {
			if (*word.at != '-' && word.len <= 2 && !day)
				day = number;
			else if (*word.at != '-' && word.len == 4 && !year)
				year = number;
			else if (*word.at == '-' && !zone.len)
				zone = word;
			else
				return false;
		} else if (!month && month_of(word)) {
			month = month_of(word);
		} else if (clock == HU_OPEN && hu_wall_clock(word, &value)) {
			clock = value;
		} else if (!half && (hu_str_is(word, "AM") || hu_str_is(word, "PM"))) {
			half = *word.at == 'A' ? 1 : 2;
		} else if (!zone.len && clock != HU_OPEN) {
			zone = word;
		} else {
			return false;
		}
	}
	if (hu_str_trim(text).len || clock == HU_OPEN || !hu_wall_days(year, month, day, &days))
		return false;
	if (half) {
		int64_t hour = clock / (3600 * HU_NS_PER_S);
		if (hour < 1 || hour > 12)
			return false;
		clock += ((half == 2 ? 12 : 0) - (hour == 12 ? 12 : 0)) * 3600 * HU_NS_PER_S;
	}
	ret->ns = days * 86400 * HU_NS_PER_S + clock;
	return apply_zone(zone, ret);
}

bool hu_wall_stamp(struct hu_str text, struct hu_wall *ret)
{
	struct hu_wall wall = {0};
	int64_t days;
	hu_ns clock;

	text = hu_str_trim(text);
	struct hu_str rest = text;
	if (!date_off(&rest, &days)) {
		if (!named_month(text, &wall))
			return false;
		*ret = wall;
		return true;
	}
	if (!take(&rest, 'T') && !take(&rest, ' ') && !take(&rest, '_'))
		return false;
	if (!clock_off(&rest, &clock))
		return false;
	wall.ns = days * 86400 * HU_NS_PER_S + clock;
	if (!apply_zone(rest, &wall))
		return false;
	*ret = wall;
	return true;
}
