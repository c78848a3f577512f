/* Chapters about the whole window: memory pressure, what was checked, what could not be. */
#include <inttypes.h>
#include <math.h>

#include "report/pen.h"

void hu_pen_pressure(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {{"Measure", HU_CELL_TEXT},
						   {"Value", HU_CELL_NUMBER}};
	static const struct hu_column by_task[] = {
		{"Task", HU_CELL_TEXT},	   {"Shrinker", HU_CELL_CODE},
		{"Calls", HU_CELL_NUMBER}, {"Longest", HU_CELL_NUMBER},
		{"At", HU_CELL_NUMBER},	   {"In all", HU_CELL_NUMBER}};
	const struct hu_page_pressure *p = &pen->page->pressure;
	struct hu_out *o = &pen->scratch;

	hu_pen_heading(pen, 2, "Memory pressure", "", "pressure");
	if (!p->there) {
		hu_pen_para(pen, hu_str("Nothing in the bundle tells of memory pressure."),
			    HU_TONE_PLAIN);
		return;
	}
	hu_pen_para(pen, p->sentence, HU_TONE_PLAIN);
	struct hu_sheet s = hu_pen_sheet(pen, "Over the whole window", columns, 2);
	const struct {
		const char *label;
		int64_t ns, n;
	} spans[] = {
		{"kswapd awake", p->kswapd_ns, p->kswapd_sessions},
		{"Direct reclaim, all tasks", p->direct_ns, p->direct_sessions},
		{"Longest direct reclaim", p->longest_direct_ns, HU_OPEN},
	};
	for (size_t i = 0; i < 3; i++) {
		if (spans[i].ns == HU_OPEN && spans[i].n == HU_OPEN)
			continue;
		hu_pen_cell(&s, hu_str(spans[i].label));
		if (spans[i].ns != HU_OPEN)
			hu_phrase_duration(o, spans[i].ns);
		if (spans[i].n != HU_OPEN)
			hu_out_printf(o, "%s%" PRId64 " session%s", o->len ? ", " : "", spans[i].n,
				      spans[i].n == 1 ? "" : "s");
		hu_pen_written(&s);
	}
	const struct {
		const char *label;
		int64_t n;
	} counts[] = {{"Tasks in direct reclaim", p->direct_tasks},
		      {"Pages scanned", p->scanned_pages},
		      {"Pages reclaimed", p->stolen_pages},
		      {"Slab objects scanned", p->slabs_scanned}};
	for (size_t i = 0; i < 4; i++) {
		if (counts[i].n == HU_OPEN)
			continue;
		hu_pen_cell(&s, hu_str(counts[i].label));
		hu_pen_count(&s, counts[i].n);
	}
	const struct {
		const char *label;
		double value;
	} psi[] = {{"PSI memory, some, highest 10 s average", p->psi_some},
		   {"PSI memory, full, highest 10 s average", p->psi_full}};
	for (size_t i = 0; i < 2; i++) {
		if (isnan(psi[i].value))
			continue;
		hu_pen_cell(&s, hu_str(psi[i].label));
		hu_out_printf(o, fabs(psi[i].value) < 1000 ? "%.1f %%" : "%.3g %%", psi[i].value);
		hu_pen_written(&s);
	}
	hu_pen_table(&s);
	if (p->in_stalled != HU_OPEN) {
		hu_out_puts(o, "Do stalls come with reclaim? ");
		hu_out_printf(o,
			      "%" PRId64 " of %" PRId64 " operations that overlap reclaim "
			      "stalled, and %" PRId64 " of %" PRId64 " of the others",
			      p->in_stalled, p->in_stalled + p->in_other, p->out_stalled,
			      p->out_stalled + p->out_other);
		if (isfinite(p->risk_ratio)) {
			hu_out_puts(o, "; risk ratio ");
			hu_phrase_number(o, p->risk_ratio);
			if (isfinite(p->risk_low) && isfinite(p->risk_high))
				hu_out_printf(o, " (95 %% interval %.3g to %.3g)", p->risk_low,
					      p->risk_high);
		}
		if (isfinite(p->p_value))
			hu_out_printf(o, "; p = %.2g, Fisher's exact test, two-sided", p->p_value);
		if (p->basis.len) {
			hu_out_puts(o, ". When reclaim ran is taken from: ");
			hu_out_str(o, p->basis);
		}
		hu_out_putc(o, '.');
		hu_pen_say(pen, HU_TONE_PLAIN);
	}
	size_t n = hu_pen_least(pen->page->shrinker_count, pen->detail.shrinkers);
	s = hu_pen_sheet(pen, "Shrinkers by time spent", by_task, 6);
	for (size_t i = 0; i < n; i++) {
		const struct hu_page_shrinker *k = &pen->page->shrinkers[i];
		hu_phrase_task(o, k->comm, k->tid);
		hu_pen_written(&s);
		hu_pen_cell(&s, k->function);
		hu_pen_count(&s, k->calls);
		hu_pen_duration(&s, k->longest_ns);
		hu_pen_stamp(&s, k->longest_at_ns);
		hu_pen_duration(&s, k->total_ns);
	}
	hu_pen_table(&s);
	hu_pen_left_out(pen, pen->page->shrinker_count, n, "shrinkers");
}

void hu_pen_questions(struct hu_pen *pen)
{
	static const struct hu_column columns[] = {
		{"Question", HU_CELL_TEXT}, {"Answer", HU_CELL_TAG}, {"Why", HU_CELL_TEXT}};
	struct hu_page *page = pen->page;
	size_t open = 0;

	hu_pen_heading(pen, 2, "What was checked", "", "checked");
	struct hu_sheet s =
		hu_pen_sheet(pen, "Every question that was put to this bundle", columns, 3);
	for (size_t i = 0; i < page->analyzer_count; i++) {
		const struct hu_page_analyzer *a = &page->analyzers[i];
		if (hu_str_is(a->outcome, "not_assessed")) {
			open++;
			continue;
		}
		hu_pen_cell(&s, a->asks)->small = a->name;
		bool found = hu_str_is(a->outcome, "found");
		hu_pen_cell(&s, hu_str(found ? "found" : "clear"))->tone =
			found ? HU_TONE_BAD : HU_TONE_GOOD;
		hu_pen_cell(&s, a->why);
	}
	hu_pen_table(&s);
	if (!s.table.count)
		hu_pen_para(pen, hu_str("No question could be answered from this bundle."),
			    HU_TONE_WARN);
	if (page->notes[HU_NOTE_RULED_OUT].count) {
		hu_pen_para(pen, hu_str("Ruled out:"), HU_TONE_DIM);
		hu_pen_list(pen, &page->notes[HU_NOTE_RULED_OUT], false);
	}

	hu_pen_heading(pen, 2, "What was not assessed", "", "not-assessed");
	if (!open)
		hu_pen_para(pen, hu_str("Every question had what it needs."), HU_TONE_PLAIN);
	static const struct hu_column unanswered[] = {
		{"Question", HU_CELL_TEXT}, {"Why not, and what to capture", HU_CELL_TEXT}};
	s = hu_pen_sheet(pen, "Questions that this bundle cannot answer", unanswered, 2);
	for (size_t i = 0; i < page->analyzer_count; i++) {
		const struct hu_page_analyzer *a = &page->analyzers[i];
		if (!hu_str_is(a->outcome, "not_assessed"))
			continue;
		hu_pen_cell(&s, a->asks)->small = a->name;
		hu_pen_cell(&s, a->why);
	}
	hu_pen_table(&s);
	if (page->notes[HU_NOTE_CAPTURE].count) {
		hu_pen_para(pen, hu_str("To capture next time:"), HU_TONE_DIM);
		hu_pen_list(pen, &page->notes[HU_NOTE_CAPTURE], false);
	}
}
