/* The reader's end: fills batches. Interning happens here, so that a name crosses the border once.
 */
#include "db/batch.h"
#include "db/interner.h"
#include "db/sink.h"
#include "db/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hu_sink {
	void (*take)(void *to, const struct hu_batch *batch);
	void *to;
	struct hu_texts texts;
	struct hu_frames frames;
	uint64_t cut_texts;
	uint64_t last_loss[HU_LOSS_MISSING + 1]; /* by kind: the last place of one, and 1 */
	struct hu_batch batch;
};

struct hu_sink *hu_sink_create(void (*take)(void *to, const struct hu_batch *batch), void *to)
{
	struct hu_sink *sink = hu_alloc(sizeof(*sink));

	sink->take = take;
	sink->to = to;
	return sink;
}

void hu_sink_flush(struct hu_sink *sink)
{
	if (!sink->batch.rows)
		return;
	sink->take(sink->to, &sink->batch);
	sink->batch.rows = 0;
	sink->batch.text_len = 0;
}

void hu_sink_destroy(struct hu_sink *sink)
{
	if (!sink)
		return;
	hu_texts_deinit(&sink->texts);
	hu_frames_deinit(&sink->frames);
	free(sink);
}

uint64_t hu_sink_cut_texts(const struct hu_sink *sink)
{
	return sink->cut_texts;
}

void *hu_sink_owner(const struct hu_sink *sink)
{
	return sink->to;
}

static struct hu_row *next_row(struct hu_sink *sink, enum hu_word word)
{
	if (sink->batch.rows == HU_BATCH_ROWS)
		hu_sink_flush(sink);
	struct hu_row *row = &sink->batch.row[sink->batch.rows++];
	row->word = word;
	return row;
}

/* A row that brings text with it: both have to be in the same batch. */
static struct hu_row *next_text_row(struct hu_sink *sink, enum hu_word word, struct hu_str text,
				    struct hu_text_ref *ref)
{
	if (sink->batch.text_len + text.len > HU_BATCH_TEXT)
		hu_sink_flush(sink);
	struct hu_row *row = next_row(sink, word); /* may flush, too */
	memcpy(sink->batch.text + sink->batch.text_len, text.at, text.len);
	*ref = (struct hu_text_ref){sink->batch.text_len, (uint32_t)text.len};
	sink->batch.text_len += (uint32_t)text.len;
	return row;
}

hu_name hu_intern(struct hu_sink *to, struct hu_str text)
{
	bool fresh;

	if (text.len > HU_TEXT_MAX) {
		text.len = HU_TEXT_MAX;
		to->cut_texts++;
	}
	hu_name id = hu_texts_add(&to->texts, text, &fresh);
	if (fresh) {
		struct hu_text_ref ref;
		struct hu_row *row = next_text_row(to, HU_WORD_NAME, text, &ref);
		row->as.name = ref;
	}
	return id;
}

hu_name hu_internz(struct hu_sink *to, const char *text)
{
	return hu_intern(to, hu_str(text));
}

hu_stack hu_push_frame(struct hu_sink *to, hu_stack caller, hu_name symbol, hu_name module)
{
	bool fresh;
	hu_stack id = hu_frames_add(&to->frames, (struct hu_interned_frame){caller, symbol, module},
				    &fresh);

	if (fresh)
		next_row(to, HU_WORD_FRAME)->as.frame =
			(struct hu_row_frame){caller, symbol, module};
	return id;
}

#define HU_PUT(verb, type, WORD, member)                                                           \
	void hu_put_##verb(struct hu_sink *to, const struct type *row)                             \
	{                                                                                          \
		next_row(to, WORD)->as.member = *row;                                              \
	}

HU_PUT(switch, hu_switch, HU_WORD_SWITCH, sw)
HU_PUT(wakeup, hu_wakeup, HU_WORD_WAKEUP, wakeup)
HU_PUT(lock, hu_lock_event, HU_WORD_LOCK, lock)
HU_PUT(syscall, hu_syscall, HU_WORD_SYSCALL, syscall)
HU_PUT(reclaim, hu_reclaim, HU_WORD_RECLAIM, reclaim)
HU_PUT(shrink, hu_shrink, HU_WORD_SHRINK, shrink)
HU_PUT(io, hu_io, HU_WORD_IO, io)
HU_PUT(span, hu_span, HU_WORD_SPAN, span)
HU_PUT(sample, hu_sample, HU_WORD_SAMPLE, sample)
HU_PUT(snapshot, hu_snapshot, HU_WORD_SNAPSHOT, snapshot)
HU_PUT(counter, hu_counter, HU_WORD_COUNTER, counter)
HU_PUT(aggregate, hu_aggregate, HU_WORD_AGGREGATE, aggregate)
HU_PUT(message, hu_message, HU_WORD_MESSAGE, message)
HU_PUT(task, hu_task, HU_WORD_TASK, task)
HU_PUT(clock, hu_reading, HU_WORD_CLOCK, clock)

void hu_put_loss(struct hu_sink *to, const struct hu_gap *gap, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		hu_no_memory();
	va_end(ap);
	hu_name name = hu_internz(to, text);
	free(text);
	next_row(to, HU_WORD_LOSS)->as.loss = (struct hu_row_loss){*gap, name};
	if (gap->kind <= HU_LOSS_MISSING && to->last_loss[gap->kind] <= gap->pos)
		to->last_loss[gap->kind] = gap->pos + 1;
}

bool hu_sink_lost(const struct hu_sink *sink, enum hu_loss kind, uint64_t from)
{
	return sink->last_loss[kind] > from;
}

void hu_put_source_clock(struct hu_sink *to, enum hu_clock clock, const char *how)
{
	hu_name name = hu_internz(to, how);

	next_row(to, HU_WORD_SOURCE_CLOCK)->as.source_clock =
		(struct hu_row_source_clock){clock, name};
}

void hu_put_fact(struct hu_sink *to, const char *key, struct hu_str value)
{
	struct hu_row_fact fact = {hu_internz(to, key), hu_intern(to, value)};

	if (fact.key && fact.value)
		next_row(to, HU_WORD_FACT)->as.fact = fact;
}

void hu_put_symbol(struct hu_sink *to, uint64_t address, char letter, struct hu_str name)
{
	struct hu_text_ref ref;

	if (!name.len)
		return;
	if (name.len > HU_TEXT_MAX)
		name.len = HU_TEXT_MAX;
	struct hu_row *row = next_text_row(to, HU_WORD_SYMBOL, name, &ref);
	row->as.symbol = (struct hu_row_symbol){address, ref, (unsigned char)letter};
}

void hu_put_event_count(struct hu_sink *to, struct hu_str event, uint64_t count, bool used)
{
	hu_name name = hu_intern(to, event);

	next_row(to, HU_WORD_EVENT_COUNT)->as.event_count =
		(struct hu_row_event_count){count, name, used};
}

void hu_put_totals(struct hu_sink *to, uint64_t records, uint64_t bytes)
{
	next_row(to, HU_WORD_TOTALS)->as.totals = (struct hu_row_totals){records, bytes};
}
