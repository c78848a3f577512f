/*
 * db/sink.h - the writing end that a reader gets for one source: one typed put per word of
 * db/words.h.
 *
 * This is the sandbox border. A sink fills pointer-free batches of fixed-size rows (db/batch.h) and
 * hands each full batch to whoever created it: today the store in the same process, tomorrow a
 * pipe. Nothing a reader does can reach past the batch: ids are this source's own, and the other
 * side checks them all.
 *
 * Puts do not fail; what goes wrong is remembered and told by hu_store_end().
 */
#ifndef HU_SINK_H
#define HU_SINK_H

#include "db/base.h"
#include "db/words.h"

struct hu_sink;

/* Copies text. The same text gives the same name for the life of the sink. Empty text is name 0. */
hu_name hu_intern(struct hu_sink *to, struct hu_str text);
hu_name hu_internz(struct hu_sink *to, const char *text);
/*
 * A stack is built from its outermost frame: start with caller 0, end with the leaf, which stands
 * for the whole. `symbol` is the bare function ("down_write", no offset), or "0xffffffff93f10791"
 * where nothing resolved it: settling asks the bundle's kallsyms. `module` is 0 for the kernel
 * itself. The same frame on the same caller is the same stack.
 */
hu_stack hu_push_frame(struct hu_sink *to, hu_stack caller, hu_name symbol, hu_name module);

void hu_put_switch(struct hu_sink *to, const struct hu_switch *row);
void hu_put_wakeup(struct hu_sink *to, const struct hu_wakeup *row);
void hu_put_lock(struct hu_sink *to, const struct hu_lock_event *row);
void hu_put_syscall(struct hu_sink *to, const struct hu_syscall *row);
void hu_put_reclaim(struct hu_sink *to, const struct hu_reclaim *row);
void hu_put_shrink(struct hu_sink *to, const struct hu_shrink *row);
void hu_put_io(struct hu_sink *to, const struct hu_io *row);
void hu_put_span(struct hu_sink *to, const struct hu_span *row);
void hu_put_sample(struct hu_sink *to, const struct hu_sample *row);
void hu_put_snapshot(struct hu_sink *to, const struct hu_snapshot *row);
void hu_put_counter(struct hu_sink *to, const struct hu_counter *row);
void hu_put_aggregate(struct hu_sink *to, const struct hu_aggregate *row);
void hu_put_message(struct hu_sink *to, const struct hu_message *row);
void hu_put_task(struct hu_sink *to, const struct hu_task *row);
/* `fmt` says what was lost, in a sentence without the path: "12,147 events dropped by the tracer".
 */
void hu_put_loss(struct hu_sink *to, const struct hu_gap *gap, const char *fmt, ...)
	HU_PRINTF(3, 4);
/* Was a loss of this kind put, at this place or behind it? 0: anywhere. */
bool hu_sink_lost(const struct hu_sink *sink, enum hu_loss kind, uint64_t from);
void hu_put_clock(struct hu_sink *to, const struct hu_reading *row);
/* Which clock this source's stamps are in, and how that is known ("TRACECLOCK option says mono").
 */
void hu_put_source_clock(struct hu_sink *to, enum hu_clock clock, const char *how);
/*
 * A fact about the host, at most once per key and source. Keys: "hostname", "kernel.release",
 * "kernel.version", "kernel.arch", "os.pretty_name", "os.id", "os.version_id", "cpus",
 * "memory_bytes", "cmdline", "lock.NAME.address" … (docs/store.md). The analyzers take the first in
 * order of sources.
 */
void hu_put_fact(struct hu_sink *to, const char *key, struct hu_str value);
/* One line of kallsyms. Order does not matter; an address of 0 is kept as "present, address
 * hidden". With the letter HU_SYMBOL_CUT it is none: the list was cut there, and from that address
 * to the next symbol's there may be any other. */
enum { HU_SYMBOL_CUT = '!' };
void hu_put_symbol(struct hu_sink *to, uint64_t address, char letter, struct hu_str name);
/* How many records of this name the source has; `used`: they became rows of the vocabulary. Once
 * per name, at the end. */
void hu_put_event_count(struct hu_sink *to, struct hu_str event, uint64_t count, bool used);
/*
 * Records read so far, as the real tool counts them, and the bytes consumed. Call it once at the
 * end. Without it the store counts its own rows.
 */
void hu_put_totals(struct hu_sink *to, uint64_t records, uint64_t bytes);

#endif
