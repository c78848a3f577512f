/*
 * What stands above the rows of sar's tables: the "Linux …" line with its date, the headers of
 * columns, and what the first lines say about the locale.
 */
#include "ingest/sar_parts.h"

#include <stdlib.h>
#include <string.h>

enum { SURVEY_ROWS = 1000 };

bool hu_sar_line_time(const struct hu_sar *s, struct hu_str line, struct hu_sar_time *ret)
{
	int64_t seconds;
	hu_ns epoch;

	if (s->dialect == &hu_pidstat_dialect) {
		struct hu_str rest = line, word = hu_str_word(&rest);
		if (word.len >= 9 && word.len <= 11 && hu_str_i64(word, &seconds) && seconds >= 0 &&
		    !__builtin_mul_overflow(seconds, HU_NS_PER_S, &epoch)) {
			*ret = (struct hu_sar_time){(int32_t)(seconds % 86400), epoch, HU_SAR_24H,
						    rest};
			return true;
		}
	}
	return hu_sar_time(line, ret);
}

/* Looks for what the numbers and the clock of the text say about its locale. */
void hu_sar_survey(struct hu_sar *s, struct hu_str text)
{
	struct hu_str line;
	int64_t day;
	const char *how;
	int timed = 0;

	for (struct hu_str rest = text; timed < SURVEY_ROWS && hu_str_line(&rest, &line);) {
		struct hu_sar_time time;
		if (!hu_sar_line_time(s, line, &time))
			continue;
		timed++;
		s->epoch |= time.epoch != HU_OPEN;
		s->hints.twelve_hours |= time.half != HU_SAR_24H;
		for (struct hu_str word; (word = hu_str_word(&time.rest)).len;)
			s->hints.decimal_comma |= word.len > 2 && word.at[0] >= '0' &&
						  word.at[0] <= '9' && hu_str_find(word, ",") > 0;
	}
	if (s->epoch) {
		hu_put_source_clock(s->to, HU_CLOCK_REALTIME,
				    "pidstat -H prints seconds since 1970");
		return;
	}
	struct hu_sar_banner banner;
	for (struct hu_str rest = text; !s->dated && hu_str_line(&rest, &line);)
		if (hu_sar_banner(line, &banner) &&
		    hu_sar_date(banner.date, &s->hints, &day, &how)) {
			struct hu_out out HU_CLEANUP(hu_out_deinit) = {0};
			hu_out_bytes(&out, s->dialect->family, strlen(s->dialect->family) - 1);
			hu_out_puts(&out, " prints the wall clock without a zone; date \"");
			hu_out_str(&out, banner.date);
			hu_out_printf(&out, "\" %s", how);
			hu_put_source_clock(s->to, HU_CLOCK_LOCAL_TIME, out.at);
			s->dated = true;
		}
	if (!s->dated)
		hu_put_source_clock(s->to, HU_CLOCK_NONE, "time of day without a date");
}

/* Another file follows: its tables start over. */
static void rewind_tables(struct hu_sar *s)
{
	for (size_t i = 0; i < s->table_count; i++) {
		s->tables[i].last = -1;
		s->tables[i].midnights = 0;
	}
	s->table = NULL;
}

void hu_sar_put_banner(struct hu_sar *s, const struct hu_sar_banner *banner, uint64_t pos)
{
	const char *how;

	rewind_tables(s);
	s->day = HU_SAR_UNDATED;
	if (!hu_sar_date(banner->date, &s->hints, &s->day, &how)) {
		s->day = HU_SAR_UNDATED;
		hu_put_loss(
			s->to,
			&(struct hu_gap){HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_UNPARSED, pos},
			"the date of the header in line %llu is not one we can read",
			(unsigned long long)pos);
	}
	if (s->told_fact)
		return;
	s->told_fact = true;
	hu_put_fact(s->to, "kernel.release", banner->release);
	if (banner->host.len)
		hu_put_fact(s->to, "hostname", banner->host);
	if (banner->arch.len)
		hu_put_fact(s->to, "kernel.arch", banner->arch);
	uint64_t cpus;
	if (hu_str_u64(banner->cpus, 10, &cpus))
		hu_put_fact(s->to, "cpus", banner->cpus);
}

static uint64_t signature_of(struct hu_str columns)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a over the words */

	for (struct hu_str word; (word = hu_str_word(&columns)).len;) {
		for (size_t i = 0; i < word.len; i++)
			hash = (hash ^ (unsigned char)word.at[i]) * UINT64_C(1099511628211);
		hash = (hash ^ ' ') * UINT64_C(1099511628211);
	}
	return hash;
}

hu_name hu_sar_series(struct hu_sar *s, struct hu_str column, struct hu_str device)
{
	/* NFS clients have a column that TCP has too. */
	bool nfs = s->column_count && hu_str_is(s->columns[0].name, "call/s");

	hu_out_clear(&s->name);
	hu_out_puts(&s->name, s->dialect->family);
	if (nfs)
		hu_out_puts(&s->name, "nfs.");
	hu_out_str(&s->name, column);
	if (device.len) {
		hu_out_putc(&s->name, '.');
		hu_out_str(&s->name, device);
	}
	return hu_intern(s->to, hu_out_view(&s->name));
}

/* "sar activity tps rtps": a table that we don't read, by what it prints. */
static char *skipped_name(struct hu_str columns)
{
	struct hu_out out = {0};

	hu_out_puts(&out, "sar activity");
	for (struct hu_str word; out.len < 80 && (word = hu_str_word(&columns)).len;) {
		hu_out_putc(&out, ' ');
		hu_out_str(&out, word);
	}
	return out.at;
}

static struct hu_sar_table *table_of(struct hu_sar *s, struct hu_str columns, int32_t second)
{
	uint64_t signature = signature_of(columns);
	bool known = s->dialect->is_header(columns) &&
		     (!s->dialect->reads || s->dialect->reads(columns));

	for (size_t i = 0; i < s->table_count; i++)
		if (s->tables[i].signature == signature) {
			if (s->tables[i].last < 0)
				s->tables[i].last = second;
			return &s->tables[i];
		}
	if (s->table_count == HU_SAR_TABLES)
		return &s->tables[HU_SAR_TABLES - 1];
	struct hu_sar_table *t = &s->tables[s->table_count++];
	*t = (struct hu_sar_table){.signature = signature, .last = second, .known = known};
	if (!known)
		t->name = skipped_name(columns);
	return t;
}

void hu_sar_put_header(struct hu_sar *s, struct hu_str columns, int32_t second)
{
	bool keyed = false;

	s->row_len = 0;
	s->table = table_of(s, columns, second);
	s->header_second = second;
	s->since_boot = false;
	s->column_count = 0;
	for (struct hu_str word;
	     s->column_count < HU_SAR_COLUMNS && (word = hu_str_word(&columns)).len;) {
		enum hu_sar_role role = s->dialect->role(word);
		if (role == HU_SAR_NODE && s->column_count)
			role = HU_SAR_IGNORED;
		s->columns[s->column_count++] = (struct hu_sar_column){word, role, 0};
		keyed |= role == HU_SAR_DEVICE || role == HU_SAR_NODE;
	}
	if (keyed)
		return;
	for (size_t i = 0; i < s->column_count; i++)
		s->columns[i].series = hu_sar_series(s, s->columns[i].name, (struct hu_str){"", 0});
}
