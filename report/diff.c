/* Reads the tables of a comparison, and words what all forms share. */
#include "report/diff.h"

#include <math.h>

#include "db/rows.h"

static void read_row(struct hu_page *page, struct hu_rows *r, const char *types,
		     struct hu_diff_row *to)
{
	size_t text = 0, number = 0, real = 0;

	for (int i = 0; types[i]; i++)
		if (types[i] == 's')
			to->text[text++] = hu_page_text(page, r, i);
		else if (types[i] == 'i')
			to->number[number++] = hu_page_int(r, i);
		else
			to->real[real++] = hu_page_number(r, i);
}

static struct hu_err *read_rows(struct hu_page *page, struct hu_store *store, const char *sql,
				const char *types, struct hu_diff_rows *to)
{
	struct hu_rows *r = hu_rows_open(store, sql);

	while (hu_rows_next(r))
		read_row(page, r, types, HU_PAGE_MORE(page, to->at, to->count));
	return hu_rows_close(r);
}

static struct hu_err *read_all(struct hu_diff *d, struct hu_store *store)
{
	struct hu_diff_rows sides = {0}, verdict = {0};
	struct hu_err *err = read_rows(
		d->page, store,
		"SELECT name, sha256, hostname, kernel, kernel_base, kernel_vendor, outcome, "
		"sentence, wall_from, cpus, memory_bytes, threshold_ns, duration_ns, lossy, "
		"losses, causes, kswapd_ns, direct_ns, slabs_scanned, scanned_pages, "
		"psi_memory_some_max FROM diff_side ORDER BY side DESC",
		"sssssssssiiiiiiiiiiid", &sides);

	if (!err)
		err = read_rows(d->page, store,
				"SELECT answer, sure, sentence, why_sure FROM diff_verdict", "ssss",
				&verdict);
	if (!err)
		err = read_rows(
			d->page, store,
			"SELECT name, recorded_by, state, before_count, before_stalled, "
			"before_bursts, before_recorded_ns, before_p50_ns, before_p90_ns, "
			"before_p99_ns, before_worst_ns, after_count, after_stalled, "
			"after_bursts, after_recorded_ns, after_p50_ns, after_p90_ns, "
			"after_p99_ns, after_worst_ns, difference, low, high, p_value, p_adjusted, "
			"bursts_p_value, ranks_p_value, longer FROM diff_operation ORDER BY rank",
			"sssiiiiiiiiiiiiiiiidddddddd", &d->operations);
	if (!err)
		err = read_rows(
			d->page, store,
			"SELECT state, signature, matched_by, text, before_id, before_title, "
			"before_lock, before_holder, before_fix, before_fix_applies, after_id, "
			"after_title, after_lock, after_holder, after_fix, after_fix_applies, "
			"before_hold_ns, before_stalled, before_operations, before_worst_ns, "
			"after_hold_ns, after_stalled, after_operations, after_worst_ns, p_value "
			"FROM diff_incident ORDER BY rank",
			"ssssssssssssssssiiiiiiiid", &d->incidents);
	if (!err)
		err = read_rows(d->page, store,
				"SELECT weight, text FROM diff_reason ORDER BY rank", "ss",
				&d->reasons);
	if (err)
		return err;
	if (sides.count != 2 || verdict.count != 1)
		return hu_err(HU_ERR_BUG, "a comparison without its two sides");
	d->before = sides.at[0];
	d->after = sides.at[1];
	d->answer = verdict.at[0].text[0];
	d->sure = verdict.at[0].text[1];
	d->sentence = verdict.at[0].text[2];
	d->why_sure = verdict.at[0].text[3];
	return NULL;
}

struct hu_err *hu_report_diff(struct hu_store *store, enum hu_report_format format, bool colour,
			      struct hu_out *to)
{
	HU_CLEANUP(hu_page_closep) struct hu_page *page = hu_alloc(sizeof(*page));
	struct hu_diff d = {.page = page};
	struct hu_err *err = read_all(&d, store);

	if (err)
		return hu_err_in(err, "while composing the comparison");
	switch (format) {
	case HU_REPORT_HTML:
		hu_diff_html(&d, to);
		break;
	case HU_REPORT_MARKDOWN:
		hu_diff_markdown(&d, to);
		break;
	case HU_REPORT_JSON:
		hu_diff_json(&d, to);
		break;
	case HU_REPORT_TEXT:
	case HU_REPORT_PLAIN: /* a comparison has one form of text */
		hu_diff_text(&d, colour && format == HU_REPORT_TEXT, to);
		break;
	}
	return NULL;
}

const char *hu_diff_outcome(const struct hu_diff *d, enum hu_tone *tone)
{
	static const struct {
		const char *answer, *says, *probably, *perhaps;
		enum hu_tone tone;
	} all[] = {
		{"helped", "HELPED", "PROBABLY HELPED", "MAY HAVE HELPED", HU_TONE_GOOD},
		{"worse", "WORSE", "PROBABLY WORSE", "MAYBE WORSE", HU_TONE_BAD},
		{"mixed", "BETTER AND WORSE", "BETTER AND WORSE", "BETTER AND WORSE", HU_TONE_WARN},
		{"not_shown", "NO DIFFERENCE SHOWN", NULL, NULL, HU_TONE_WARN},
		{"identical", "THE SAME BUNDLE", NULL, NULL, HU_TONE_DIM},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (hu_str_is(d->answer, all[i].answer)) {
			*tone = all[i].tone;
			return hu_str_is(d->sure, "medium") ? all[i].probably
			       : hu_str_is(d->sure, "low")  ? all[i].perhaps
							    : all[i].says;
		}
	*tone = HU_TONE_WARN;
	return "NOT COMPARABLE";
}

enum hu_tone hu_diff_tone(struct hu_str state)
{
	if (hu_str_is(state, "gone") || hu_str_is(state, "better"))
		return HU_TONE_GOOD;
	if (hu_str_is(state, "new") || hu_str_is(state, "worse"))
		return HU_TONE_BAD;
	return hu_str_is(state, "same") ? HU_TONE_DIM : HU_TONE_WARN;
}

const char *hu_diff_state(struct hu_str state)
{
	static const char *const words[] = {"gone", "new", "better", "worse", "same"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (hu_str_is(state, words[i]))
			return words[i];
	return "not comparable";
}

void hu_diff_stalled(struct hu_out *to, int64_t stalled, int64_t of)
{
	if (stalled == HU_OPEN)
		return;
	hu_out_grouped(to, stalled);
	if (of == HU_OPEN || !of)
		return;
	hu_out_puts(to, " of ");
	hu_out_grouped(to, of);
	double percent = (double)stalled / (double)of * 100;
	hu_out_printf(to, percent >= 10 ? " (%.0f %%)" : " (%.2g %%)", percent);
}

void hu_diff_points(struct hu_out *to, double share)
{
	hu_out_printf(to, fabs(share) >= 0.0995 ? "%+.0f" : "%+.2g", share * 100);
}

void hu_diff_p(struct hu_out *to, double p)
{
	if (isnan(p))
		return;
	hu_out_printf(to, p < 1e-4 ? "%.0e" : p < 0.01 ? "%.4f" : "%.2f", p);
}
