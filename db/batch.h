/*
 * db/batch.h - what crosses the border between a reader and the store: fixed-size rows without
 * pointers, and the bytes of the texts they define. A batch is plain memory: it can be written to a
 * pipe as it is.
 *
 * Names and stacks are numbered by the source itself, in the order of their definition, from 1. The
 * receiving side (hu_intake) believes nothing: every id, length and enumeration is checked there.
 */
#ifndef HU_BATCH_H
#define HU_BATCH_H

#include "db/words.h"

enum hu_word {
	HU_WORD_NAME = 1,
	HU_WORD_FRAME,
	HU_WORD_SWITCH,
	HU_WORD_WAKEUP,
	HU_WORD_LOCK,
	HU_WORD_SYSCALL,
	HU_WORD_RECLAIM,
	HU_WORD_SHRINK,
	HU_WORD_IO,
	HU_WORD_SPAN,
	HU_WORD_SAMPLE,
	HU_WORD_SNAPSHOT,
	HU_WORD_COUNTER,
	HU_WORD_AGGREGATE,
	HU_WORD_MESSAGE,
	HU_WORD_TASK,
	HU_WORD_LOSS,
	HU_WORD_CLOCK,
	HU_WORD_SOURCE_CLOCK,
	HU_WORD_FACT,
	HU_WORD_SYMBOL,
	HU_WORD_EVENT_COUNT,
	HU_WORD_TOTALS,
	HU_WORD_END
};

struct hu_text_ref { /* bytes of this batch's text area */
	uint32_t at, len;
};

struct hu_row_frame {
	hu_stack caller;
	hu_name symbol, module;
};
struct hu_row_loss {
	struct hu_gap gap;
	hu_name text;
};
struct hu_row_symbol {
	uint64_t address;
	struct hu_text_ref text;
	uint32_t letter;
};
struct hu_row_fact {
	hu_name key, value;
};
struct hu_row_source_clock {
	uint32_t clock;
	hu_name how;
};
struct hu_row_event_count {
	uint64_t count;
	hu_name event;
	uint32_t used;
};
struct hu_row_totals {
	uint64_t records, bytes;
};

struct hu_row {
	uint32_t word; /* enum hu_word */
	union {
		struct hu_text_ref name;
		struct hu_row_frame frame;
		struct hu_switch sw;
		struct hu_wakeup wakeup;
		struct hu_lock_event lock;
		struct hu_syscall syscall;
		struct hu_reclaim reclaim;
		struct hu_shrink shrink;
		struct hu_io io;
		struct hu_span span;
		struct hu_sample sample;
		struct hu_snapshot snapshot;
		struct hu_counter counter;
		struct hu_aggregate aggregate;
		struct hu_message message;
		struct hu_task task;
		struct hu_row_loss loss;
		struct hu_reading clock;
		struct hu_row_source_clock source_clock;
		struct hu_row_fact fact;
		struct hu_row_symbol symbol;
		struct hu_row_event_count event_count;
		struct hu_row_totals totals;
	} as;
};

enum { HU_BATCH_ROWS = 512, HU_BATCH_TEXT = 65536, HU_TEXT_MAX = 16384 };

struct hu_batch {
	uint32_t rows, text_len;
	struct hu_row row[HU_BATCH_ROWS];
	char text[HU_BATCH_TEXT];
};

/*
 * The receiving end for one source (db/intake.c). hu_store_begin() makes one with a sink; these two
 * are for whoever has the batches from somewhere else: a reader in a process of its own.
 */
struct hu_intake;
struct hu_store;
struct hu_source_info;
HU_MUST_CHECK struct hu_err *hu_intake_begin(struct hu_store *store,
					     const struct hu_source_info *info,
					     struct hu_intake **ret);
void hu_intake_take(struct hu_intake *in, const struct hu_batch *batch);
/* A loss of the whole source, told by no reader. */
void hu_intake_loss(struct hu_intake *in, enum hu_loss kind, const char *text);
/* As hu_store_end(); `cut_texts` is what hu_sink_cut_texts() says over there. */
HU_MUST_CHECK struct hu_err *hu_intake_end(struct hu_intake *in, uint64_t cut_texts,
					   struct hu_err *why);

/* A sink that fills batches and gives each full one to `take`. Used by the store; readers never see
 * it. */
struct hu_sink *hu_sink_create(void (*take)(void *to, const struct hu_batch *batch), void *to);
void hu_sink_flush(struct hu_sink *sink);
void hu_sink_destroy(struct hu_sink *sink);
/* How many texts were longer than HU_TEXT_MAX and were cut. */
uint64_t hu_sink_cut_texts(const struct hu_sink *sink);
void *hu_sink_owner(const struct hu_sink *sink);

#endif
