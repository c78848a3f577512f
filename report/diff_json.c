/* Schema "holdup.diff.v1" (docs/diff.md). */
#include "report/diff.h"
#include "report/json_writer.h"

static void side(struct hu_json *j, const char *key, const struct hu_diff_row *s)
{
	static const char *const texts[] = {"name",    "sha256",      "hostname",
					    "kernel",  "kernel_base", "kernel_vendor",
					    "outcome", "sentence",    "from"};
	static const char *const numbers[] = {
		"cpus",	  "memory_bytes", "threshold_ns", "duration_ns",   NULL,	   "losses",
		"causes", "kswapd_ns",	  "direct_ns",	  "slabs_scanned", "scanned_pages"};

	hu_json_begin(j, key, '{');
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hu_json_text(j, texts[i], s->text[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i])
			hu_json_integer(j, numbers[i], s->number[i]);
		else
			hu_json_boolean(j, "lossy", s->number[i]);
	hu_json_number(j, "psi_memory_some_max", s->real[0]);
	hu_json_end(j, '}');
}

static void operation(struct hu_json *j, const struct hu_diff_row *o)
{
	static const char *const sides[] = {"before", "after"};
	static const char *const numbers[] = {"count",	"stalled", "bursts", "recorded_ns",
					      "p50_ns", "p90_ns",  "p99_ns", "worst_ns"};
	static const char *const reals[] = {"difference",    "low",	   "high",
					    "p_value",	     "p_adjusted", "bursts_p_value",
					    "ranks_p_value", "longer"};

	hu_json_begin(j, NULL, '{');
	hu_json_text(j, "name", o->text[OP_NAME]);
	hu_json_text(j, "recorded_by", o->text[OP_BY]);
	hu_json_text(j, "state", o->text[OP_STATE]);
	for (int s = 0; s < 2; s++) {
		if (o->number[s * OP_AFTER] == HU_OPEN) {
			hu_json_null(j, sides[s]);
			continue;
		}
		hu_json_begin(j, sides[s], '{');
		for (int i = 0; i < OP_AFTER; i++)
			hu_json_integer(j, numbers[i], o->number[s * OP_AFTER + i]);
		hu_json_end(j, '}');
	}
	for (int i = 0; i < 8; i++)
		hu_json_number(j, reals[i], o->real[i]);
	hu_json_end(j, '}');
}

static void incident(struct hu_json *j, const struct hu_diff_row *in)
{
	static const char *const sides[] = {"before", "after"};
	static const char *const texts[] = {"id",     "title",	   "lock",
					    "holder", "known_fix", "known_fix_applies"};
	static const char *const numbers[] = {"longest_hold_ns", "stalled", "operations",
					      "worst_ns"};

	hu_json_begin(j, NULL, '{');
	hu_json_text(j, "state", in->text[IN_STATE]);
	hu_json_text(j, "signature", in->text[IN_SIGNATURE]);
	hu_json_text(j, "matched_by", in->text[IN_MATCHED]);
	for (int s = 0; s < 2; s++) {
		if (!in->text[IN_ID + s * IN_AFTER_TEXTS].at) {
			hu_json_null(j, sides[s]);
			continue;
		}
		hu_json_begin(j, sides[s], '{');
		for (int i = 0; i < IN_AFTER_TEXTS; i++)
			hu_json_text(j, texts[i], in->text[IN_ID + s * IN_AFTER_TEXTS + i]);
		for (int i = 0; i < IN_AFTER; i++)
			hu_json_integer(j, numbers[i], in->number[s * IN_AFTER + i]);
		hu_json_end(j, '}');
	}
	hu_json_number(j, "p_value", in->real[0]);
	hu_json_text(j, "text", in->text[IN_TEXT]);
	hu_json_end(j, '}');
}

void hu_diff_json(const struct hu_diff *d, struct hu_out *to)
{
	struct hu_json json = {.to = to}, *j = &json;

	hu_json_begin(j, NULL, '{');
	hu_json_text(j, "schema", hu_str("holdup.diff.v1"));
	hu_json_begin(j, "generator", '{');
	hu_json_text(j, "name", hu_str("holdup"));
	hu_json_text(j, "version", hu_str(HU_VERSION));
	hu_json_end(j, '}');
	hu_json_text(j, "answer", d->answer);
	hu_json_text(j, "sure", d->sure);
	hu_json_text(j, "sentence", d->sentence);
	hu_json_text(j, "why_sure", d->why_sure);
	side(j, "before", &d->before);
	side(j, "after", &d->after);
	hu_json_begin(j, "operations", '[');
	for (size_t i = 0; i < d->operations.count; i++)
		operation(j, &d->operations.at[i]);
	hu_json_end(j, ']');
	hu_json_begin(j, "incidents", '[');
	for (size_t i = 0; i < d->incidents.count; i++)
		incident(j, &d->incidents.at[i]);
	hu_json_end(j, ']');
	hu_json_begin(j, "reasons", '[');
	for (size_t i = 0; i < d->reasons.count; i++) {
		hu_json_begin(j, NULL, '{');
		hu_json_text(j, "weight", d->reasons.at[i].text[0]);
		hu_json_text(j, "text", d->reasons.at[i].text[1]);
		hu_json_end(j, '}');
	}
	hu_json_end(j, ']');
	hu_json_end(j, '}');
	hu_out_putc(to, '\n');
}
