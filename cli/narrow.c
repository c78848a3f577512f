/*
 * The options that narrow an analysis. A time is taken as case time ("70.08", as trace-cmd prints
 * it), from the window's start ("+3.8s") or as wall time with its zone; analyzers get it from the
 * window's start.
 */
#include "cli/cli.h"

#include <time.h>

#include "db/rows.h"

enum when_kind { WHEN_NONE, WHEN_RELATIVE, WHEN_CASE, WHEN_WALL };

struct when {
	enum when_kind kind;
	hu_ns ns;
};

static bool number(struct hu_str *s, size_t digits, char behind, int *ret)
{
	uint64_t value;

	if (s->len < digits || !hu_str_u64((struct hu_str){s->at, digits}, 10, &value))
		return false;
	*s = hu_str_skip(*s, digits);
	if (behind) {
		if (!s->len || (*s->at | 32) != (behind | 32))
			return false;
		*s = hu_str_skip(*s, 1);
	}
	*ret = (int)value;
	return true;
}

/* "2026-11-22T01:04:47.375Z", or with +01:00 for the Z; a blank may stand for the T. */
static bool parse_wall(struct hu_str s, hu_ns *ret)
{
	struct tm tm = {0};
	int64_t fraction = 0;
	int hours = 0, minutes = 0;
	hu_ns ns;

	if (!number(&s, 4, '-', &tm.tm_year) || !number(&s, 2, '-', &tm.tm_mon) ||
	    !number(&s, 2, 0, &tm.tm_mday) || !s.len || ((*s.at | 32) != 't' && *s.at != ' '))
		return false;
	s = hu_str_skip(s, 1);
	if (!number(&s, 2, ':', &tm.tm_hour) || !number(&s, 2, ':', &tm.tm_min) ||
	    !number(&s, 2, 0, &tm.tm_sec))
		return false;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	if (s.len && *s.at == '.') {
		size_t n = 1;
		while (n < s.len && s.at[n] >= '0' && s.at[n] <= '9')
			n++;
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		hu_out_putc(&text, '0');
		hu_out_bytes(&text, s.at, n);
		if (n < 2 || !hu_str_fixed(hu_out_view(&text), 9, &fraction))
			return false;
		s = hu_str_skip(s, n);
	}
	if (s.len == 1 && (*s.at | 32) == 'z') {
		s = hu_str_skip(s, 1);
	} else if (s.len && (*s.at == '+' || *s.at == '-')) {
		int sign = *s.at == '-' ? -1 : 1;
		s = hu_str_skip(s, 1);
		if (!number(&s, 2, ':', &hours) || !number(&s, 2, 0, &minutes))
			return false;
		hours *= sign;
		minutes *= sign;
	} else {
		return false; /* without a zone it names 27 different moments */
	}
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (s.len || __builtin_mul_overflow((int64_t)timegm(&tm) - hours * 3600 - minutes * 60,
					    HU_NS_PER_S, &ns))
		return false;
	*ret = ns + fraction;
	return true;
}

static bool parse_when(const char *text, struct when *ret)
{
	struct hu_str s = hu_str(text);

	if (hu_str_starts(s, "+")) {
		ret->kind = WHEN_RELATIVE;
		s = hu_str_skip(s, 1);
		return hu_str_duration(s, &ret->ns) || hu_str_fixed(s, 9, &ret->ns);
	}
	ret->kind = WHEN_CASE;
	if (hu_str_fixed(s, 9, &ret->ns))
		return true;
	ret->kind = WHEN_WALL;
	return parse_wall(s, &ret->ns);
}

static int read_when(const struct cli_input *in, const char *option, struct when *ret)
{
	const char *text = cli_value(in, option);

	*ret = (struct when){0};
	if (!text || parse_when(text, ret))
		return CLI_DONE;
	return cli_usage(in->command,
			 "--%s %s is no time: give case time in seconds (70.08), time from the "
			 "window's start (+3.8s) or wall time with its zone "
			 "(2026-11-22T01:04:47Z)",
			 option, text);
}

static int read_options(const struct cli_input *in, struct hu_options *ret, struct when when[2])
{
	const char *threshold = cli_value(in, "threshold");

	*ret = (struct hu_options){.threshold = 100 * HU_NS_PER_MS,
				   .from = HU_OPEN,
				   .to = HU_OPEN,
				   .task = cli_value(in, "task"),
				   .lock = cli_value(in, "lock")};
	if (threshold &&
	    (!hu_str_duration(hu_str(threshold), &ret->threshold) || ret->threshold <= 0))
		return cli_usage(
			in->command,
			"--threshold %s is no duration: give a number with ns, us, ms or s "
			"behind it",
			threshold);
	int status = read_when(in, "from", &when[0]);
	if (!status)
		status = read_when(in, "to", &when[1]);
	if (!status && when[0].kind && when[0].kind == when[1].kind && when[0].ns >= when[1].ns)
		status = cli_usage(in->command, "--to must lie after --from");
	return status;
}

int cli_narrow_check(const struct cli_input *in)
{
	struct hu_options options;
	struct when when[2];

	return read_options(in, &options, when);
}

/* Where the axis of a finished store begins: the window of an analysis without limits says so. */
struct axis {
	hu_ns window; /* case time of the window's start */
	bool wall_known;
	hu_ns wall; /* wall time minus case time */
};

static struct hu_err *read_axis(const char *path, struct axis *ret)
{
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	const struct hu_options whole = {
		.threshold = 100 * HU_NS_PER_MS, .from = HU_OPEN, .to = HU_OPEN};
	struct hu_err *err = hu_store_open(path, false, &store);

	if (!err)
		err = hu_analyze(store, &whole);
	if (err)
		return err;
	struct hu_rows *rows = hu_rows_open(store, "SELECT window_case FROM verdict");
	bool known = hu_rows_next(rows);
	ret->window = known ? hu_rows_int(rows, 0) : 0;
	err = hu_rows_close(rows);
	if (err)
		return err;
	if (!known)
		return hu_err(HU_ERR_UNSUPPORTED, "this bundle has no time axis to cut from");
	rows = hu_rows_open(store, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = "
				   "'case.realtime_minus_case_ns'");
	ret->wall_known = hu_rows_next(rows);
	ret->wall = ret->wall_known ? hu_rows_int(rows, 0) : 0;
	return hu_rows_close(rows);
}

static struct hu_err *place(const struct when *when, const struct axis *axis, hu_ns *ret)
{
	hu_ns ns = when->ns;

	if (when->kind == WHEN_NONE)
		return NULL;
	if (when->kind == WHEN_WALL && !axis->wall_known)
		return hu_err(
			HU_ERR_UNSUPPORTED,
			"no source of this bundle ties its clock to the wall clock: give --from "
			"and --to in case time");
	if ((when->kind == WHEN_WALL && __builtin_sub_overflow(ns, axis->wall, &ns)) ||
	    (when->kind != WHEN_RELATIVE && __builtin_sub_overflow(ns, axis->window, &ns)))
		return hu_err(HU_ERR_USAGE, "--from or --to is too far away from the capture");
	*ret = ns;
	return NULL;
}

int cli_narrow(const struct cli_input *in, const char *store, struct hu_options *ret)
{
	struct hu_options options;
	struct axis axis = {0};
	struct hu_err *err = NULL;
	struct when when[2];

	int status = read_options(in, &options, when);
	if (status)
		return status;
	if (when[0].kind > WHEN_RELATIVE || when[1].kind > WHEN_RELATIVE)
		err = read_axis(store, &axis);
	if (!err)
		err = place(&when[0], &axis, &options.from);
	if (!err)
		err = place(&when[1], &axis, &options.to);
	if (err)
		return cli_fail(err, NULL);
	if (options.to <= 0 || (options.from != HU_OPEN && options.from >= options.to))
		return cli_usage(in->command, "there is nothing between --from and --to");
	*ret = options;
	return CLI_DONE;
}

bool cli_narrow_needs_store(const struct cli_input *in)
{
	struct hu_options options;
	struct when when[2];

	return !read_options(in, &options, when) &&
	       (when[0].kind > WHEN_RELATIVE || when[1].kind > WHEN_RELATIVE);
}
