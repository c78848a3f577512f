/* SQL functions of the making of fleet.db. All are deterministic; rates end as integers. */
#include "fleet/functions.h"

#include <math.h>
#include <sqlite3.h>

#include "db/text.h"

static struct hu_str text_of(sqlite3_value *value)
{
	const char *at = (const char *)sqlite3_value_text(value);

	return (struct hu_str){at, at ? (size_t)sqlite3_value_bytes(value) : 0};
}

static void release(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct hu_str s = text_of(values[0]);
	int64_t parts[3] = {0};
	size_t part = 0, digits = 0;

	(void)count;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] >= '0' && s.at[i] <= '9') {
			if (++digits > 3)
				return; /* no release has a number over 999 */
			parts[part] = parts[part] * 10 + (s.at[i] - '0');
		} else if (s.at[i] == '.' && digits && part < 2) {
			part++;
			digits = 0;
		} else {
			break;
		}
	}
	if (!part || (part == 1 && !digits))
		return;
	sqlite3_result_int64(context, parts[0] * 1000000 + parts[1] * 1000 + parts[2]);
}

static int64_t ppm(double rate)
{
	return llround((rate < 0 ? 0 : rate > 1 ? 1 : rate) * 1e6);
}

static void share(sqlite3_context *context, int count, sqlite3_value **values)
{
	double k = sqlite3_value_double(values[0]), n = sqlite3_value_double(values[1]);

	(void)count;
	if (n > 0)
		sqlite3_result_int64(context, ppm(k / n));
}

static void wilson(sqlite3_context *context, int count, sqlite3_value **values)
{
	const double z = 1.959963984540054; /* the 97.5 % point of the normal distribution */
	double k = sqlite3_value_double(values[0]), n = sqlite3_value_double(values[1]);
	int side = sqlite3_value_int(values[2]);

	(void)count;
	if (!(n > 0))
		return;
	double p = k / n, scale = 1 + z * z / n;
	double middle = (p + z * z / (2 * n)) / scale;
	double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale;
	sqlite3_result_int64(context, ppm(!side ? p : middle + side * half));
}

static void digits(sqlite3_context *context, int count, sqlite3_value **values)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	struct hu_str s = text_of(values[0]);
	bool in = false;

	(void)count;
	if (!s.at)
		return;
	for (size_t i = 0; i < s.len; i++) {
		bool digit = s.at[i] >= '0' && s.at[i] <= '9';
		if (!digit || !in)
			hu_out_putc(&out, digit ? '#' : s.at[i]);
		in = digit;
	}
	sqlite3_result_text(context, out.at ? out.at : "", (int)out.len, SQLITE_TRANSIENT);
}

/* Of 128 bits, in two parts: SQLite's memory is aligned for 64. */
struct sum {
	uint64_t low;
	int64_t high;
	bool any;
};

static void sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct sum *sum = sqlite3_aggregate_context(context, (int)sizeof(*sum));

	(void)count;
	if (!sum) {
		sqlite3_result_error_nomem(context);
	} else if (sqlite3_value_type(values[0]) != SQLITE_NULL) {
		int64_t n = sqlite3_value_int64(values[0]);
		sum->high +=
			(n < 0 ? -1 : 0) + __builtin_add_overflow(sum->low, (uint64_t)n, &sum->low);
		sum->any = true;
	}
}

static void sum_final(sqlite3_context *context)
{
	const struct sum *sum = sqlite3_aggregate_context(context, 0);

	if (!sum || !sum->any)
		return;
	if (sum->high > 0 || (!sum->high && sum->low > INT64_MAX))
		sqlite3_result_int64(context, INT64_MAX);
	else if (sum->high < -1 || (sum->high && sum->low <= INT64_MAX))
		sqlite3_result_int64(context, INT64_MIN);
	else
		sqlite3_result_int64(context, (int64_t)sum->low);
}

struct hu_err *hu_fleet_functions(struct sqlite3 *db)
{
	static const struct {
		const char *name;
		int count;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
	} all[] = {
		{"hu_release", 1, release},
		{"hu_ppm", 2, share},
		{"hu_wilson", 3, wilson},
		{"hu_digits", 1, digits},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (sqlite3_create_function_v2(db, all[i].name, all[i].count,
					       SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
					       all[i].call, NULL, NULL, NULL) != SQLITE_OK)
			return hu_err(HU_ERR_STORE, "fleet.db: %s", sqlite3_errmsg(db));
	if (sqlite3_create_function_v2(db, "hu_sum", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
				       NULL, sum_step, sum_final, NULL) != SQLITE_OK)
		return hu_err(HU_ERR_STORE, "fleet.db: %s", sqlite3_errmsg(db));
	return NULL;
}
