/*
 * The store's side of the border: takes batches, believes nothing in them, maps the source's own
 * ids to the store's. Events that come by the million go into blocks of columns (intake_events.c),
 * all else is inserted: one prepared statement per word, one transaction per source, no index until
 * settling.
 */
#include "db/intake_parts.h"
#include "db/text.h"

#include <string.h>

static const char *const insert[HU_WORD_END] = {
	[HU_WORD_SNAPSHOT] =
		"INSERT INTO snapshot (source, ts, pos, cpu, tid, stack, context, kind, state, "
		"blocked_ns, blocker, blocker_comm, blocker_mode, lock_type, comm, text) VALUES "
		"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
	[HU_WORD_COUNTER] = "INSERT INTO counter (source, ts, pos, series, value, running) "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[HU_WORD_AGGREGATE] =
		"INSERT INTO aggregate (source, ts, pos, \"table\", key, unit, low, high, "
		"count, total) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[HU_WORD_MESSAGE] = "INSERT INTO message (source, ts, pos, level, tid, text, block) "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[HU_WORD_TASK] = "INSERT INTO task (source, ts, pos, tid, tgid, parent, step, comm) "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[HU_WORD_LOSS] = "INSERT INTO loss (source, pos, kind, cpu, from_ts, to_ts, count, text) "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[HU_WORD_CLOCK] = "INSERT INTO clock_reading (source, pos, a, ta, b, tb, slack_ns) "
			  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[HU_WORD_FACT] = "INSERT OR IGNORE INTO fact (source, key, value) VALUES (?1, ?2, ?3)",
	[HU_WORD_EVENT_COUNT] =
		"INSERT INTO event_count (source, event, count, used) VALUES (?1, ?2, ?3, ?4) "
		"ON CONFLICT DO UPDATE SET count = count + excluded.count",
};

static sqlite3_stmt *statement(struct hu_intake *in, enum hu_word word)
{
	struct hu_store *store = in->store;

	if (!store->put[word])
		store->put[word] = hu_store_prepare(store, insert[word]);
	return store->put[word];
}

/* Binding helpers: what is not known becomes NULL. */
static void bind_known(sqlite3_stmt *s, int n, bool known, int64_t value)
{
	if (known)
		sqlite3_bind_int64(s, n, value);
	else
		sqlite3_bind_null(s, n);
}

static void bind_time(sqlite3_stmt *s, int n, hu_ns ts)
{
	bind_known(s, n, ts != HU_OPEN, ts);
}

static void bind_id(sqlite3_stmt *s, int n, int64_t id)
{
	bind_known(s, n, id > 0, id);
}

static void bind_count(sqlite3_stmt *s, int n, int64_t value)
{
	bind_known(s, n, value >= 0 && value != HU_OPEN, value);
}

uint32_t hu_intake_name(struct hu_intake *in, hu_name local)
{
	if (!local)
		return 0;
	if (local > in->name_count) {
		if (in->name_count >= (uint64_t)in->store->caps.names)
			hu_census_over(&in->census, HU_OVER_NAMES);
		else
			in->refused++;
		return 0;
	}
	return in->names[local - 1];
}

uint32_t hu_intake_stack(struct hu_intake *in, hu_stack local)
{
	if (!local)
		return 0;
	if (local > in->stack_count) {
		if (in->stack_count >= (uint64_t)in->store->caps.stacks)
			hu_census_over(&in->census, HU_OVER_STACKS);
		else
			in->refused++;
		return 0;
	}
	return in->stacks[local - 1];
}

static void bind_name(struct hu_intake *in, sqlite3_stmt *s, int n, hu_name local)
{
	bind_id(s, n, hu_intake_name(in, local));
}

void hu_intake_seen(struct hu_intake *in, hu_ns ts)
{
	if (ts == HU_OPEN)
		return;
	if (in->first == HU_OPEN || ts < in->first)
		in->first = ts;
	if (in->last == HU_OPEN || ts > in->last)
		in->last = ts;
}

static void bind_head(struct hu_intake *in, sqlite3_stmt *s, hu_ns ts, uint64_t pos)
{
	hu_intake_seen(in, ts);
	sqlite3_bind_int64(s, 1, in->source);
	bind_time(s, 2, ts);
	bind_known(s, 3, pos && pos < (uint64_t)INT64_MAX, (int64_t)pos);
}

static void bind_where(struct hu_intake *in, sqlite3_stmt *s, const struct hu_where *at)
{
	bind_head(in, s, at->ts, at->pos);
	bind_count(s, 4, at->cpu);
	bind_count(s, 5, at->tid);
	bind_id(s, 6, hu_intake_stack(in, at->stack));
	bind_known(s, 7, at->context > 0 && at->context <= HU_CTX_NMI, at->context);
}

uint32_t hu_intake_within(struct hu_intake *in, uint32_t value, uint32_t last)
{
	if (value <= last)
		return value;
	in->refused++;
	return 0;
}

/* Text from a capture: no NULs, and bytes that are no UTF-8 become U+FFFD, so that every reader of
 * the store can trust it. */
static struct hu_str clean(struct hu_str s, struct hu_out *buffer)
{
	size_t i = 0;

	for (; i < s.len; i++)
		if ((unsigned char)s.at[i] >= 0x80 || !s.at[i])
			break;
	if (i == s.len)
		return s;
	hu_out_clear(buffer);
	for (i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.at[i];
		size_t n = c < 0x80		   ? 1
			   : c >= 0xc2 && c < 0xe0 ? 2
			   : c >= 0xe0 && c < 0xf0 ? 3
			   : c >= 0xf0 && c < 0xf5 ? 4
						   : 0;
		bool good = n && c && i + n <= s.len;
		for (size_t k = 1; good && k < n; k++)
			good = ((unsigned char)s.at[i + k] & 0xc0) == 0x80;
		if (good && n == 3) { /* overlong forms and surrogates */
			unsigned char d = (unsigned char)s.at[i + 1];
			good = !(c == 0xe0 && d < 0xa0) && !(c == 0xed && d >= 0xa0);
		}
		if (good && n == 4) {
			unsigned char d = (unsigned char)s.at[i + 1];
			good = !(c == 0xf0 && d < 0x90) && !(c == 0xf4 && d >= 0x90);
		}
		if (good) {
			hu_out_bytes(buffer, s.at + i, n);
			i += n;
		} else {
			hu_out_puts(buffer, "\xef\xbf\xbd");
			i++;
		}
	}
	return hu_out_view(buffer);
}

static void take_name(struct hu_intake *in, const struct hu_batch *batch, struct hu_text_ref ref)
{
	struct hu_str text = {"", 0};
	HU_CLEANUP(hu_out_deinit) struct hu_out buffer = {0};

	if (in->name_count >= (uint64_t)in->store->caps.names)
		return; /* who uses it is counted */
	if (ref.at <= batch->text_len && ref.len <= batch->text_len - ref.at)
		text = clean((struct hu_str){batch->text + ref.at, ref.len}, &buffer);
	else
		in->refused++;
	if (in->name_count == in->name_cap) {
		in->name_cap = in->name_cap ? in->name_cap * 2 : 256;
		in->names = hu_realloc(in->names, sizeof(*in->names) * in->name_cap);
	}
	const struct hu_texts *all = &in->store->texts;
	if (all->count >= in->store->caps.names ||
	    all->len + text.len > (uint64_t)in->store->caps.text_bytes) {
		hu_census_over(&in->census, HU_OVER_NAMES);
		text.len = 0;
	}
	in->names[in->name_count++] = hu_store_name(in->store, text);
}

static void take_frame(struct hu_intake *in, const struct hu_row_frame *f)
{
	if (in->stack_count >= (uint64_t)in->store->caps.stacks)
		return;
	/* A frame's caller came before it: that alone keeps cycles out. */
	uint32_t caller = hu_intake_stack(in, f->caller),
		 depth = caller ? in->depths[f->caller - 1] + 1u : 1;

	if (in->stack_count == in->stack_cap) {
		in->stack_cap = in->stack_cap ? in->stack_cap * 2 : 256;
		in->stacks = hu_realloc(in->stacks, sizeof(*in->stacks) * in->stack_cap);
		in->depths = hu_realloc(in->depths, sizeof(*in->depths) * in->stack_cap);
	}
	in->depths[in->stack_count] = (uint16_t)depth;
	bool deep = depth > in->store->caps.depth;
	if (deep || in->store->frames.count >= in->store->caps.stacks) {
		/* It stands for its callers alone. */
		hu_census_over(&in->census, deep ? HU_OVER_DEPTH : HU_OVER_STACKS);
		in->depths[in->stack_count] = (uint16_t)(depth - 1);
		in->stacks[in->stack_count++] = caller;
		return;
	}
	uint32_t symbol = hu_intake_name(in, f->symbol);
	if (!symbol)
		symbol = hu_store_name(in->store, hu_str("?"));
	in->stacks[in->stack_count++] = hu_store_frame(
		in->store,
		(struct hu_interned_frame){caller, symbol, hu_intake_name(in, f->module)});
}

static void take_snapshot(struct hu_intake *in, sqlite3_stmt *s, const struct hu_snapshot *r)
{
	bind_where(in, s, &r->at);
	sqlite3_bind_int64(s, 8, hu_intake_within(in, r->kind, HU_SNAP_ALLOC_FAIL));
	sqlite3_bind_int64(s, 9, hu_intake_within(in, r->state, HU_STATE_PARKED));
	bind_known(s, 10, r->blocked > 0 && r->blocked != HU_OPEN, r->blocked);
	bind_count(s, 11, r->blocker);
	bind_name(in, s, 12, r->blocker_comm);
	bind_known(s, 13, r->blocker_mode, hu_intake_within(in, r->blocker_mode, HU_MODE_WRITE));
	bind_known(s, 14, r->lock_type, hu_intake_within(in, r->lock_type, HU_LOCK_SEMAPHORE));
	bind_name(in, s, 15, r->comm);
	bind_name(in, s, 16, r->text);
}

static void take_task(struct hu_intake *in, sqlite3_stmt *s, const struct hu_task *r)
{
	bind_head(in, s, r->at.ts, r->at.pos);
	sqlite3_bind_int64(s, 4, r->at.tid);
	bind_count(s, 5, r->tgid);
	bind_count(s, 6, r->parent);
	sqlite3_bind_int64(s, 7, hu_intake_within(in, r->step, HU_TASK_EXITED));
	bind_name(in, s, 8, r->comm);
}

static void take_counter(struct hu_intake *in, sqlite3_stmt *s, const struct hu_counter *r)
{
	bind_head(in, s, r->ts, r->pos);
	sqlite3_bind_int64(s, 4, hu_intake_name(in, r->series));
	sqlite3_bind_double(s, 5, r->value);
	sqlite3_bind_int64(s, 6, r->running != 0);
}

static void take_aggregate(struct hu_intake *in, sqlite3_stmt *s, const struct hu_aggregate *r)
{
	bind_head(in, s, r->ts, r->pos);
	bind_name(in, s, 4, r->table);
	bind_name(in, s, 5, r->key);
	bind_name(in, s, 6, r->unit);
	bind_time(s, 7, r->low);
	bind_time(s, 8, r->high);
	bind_known(s, 9, r->count != HU_UNCOUNTED, r->count);
	bind_count(s, 10, r->total);
}

static void take_loss(struct hu_intake *in, sqlite3_stmt *s, const struct hu_row_loss *r)
{
	sqlite3_bind_int64(s, 1, in->source);
	bind_known(s, 2, r->gap.pos && r->gap.pos < (uint64_t)INT64_MAX, (int64_t)r->gap.pos);
	sqlite3_bind_int64(s, 3, hu_intake_within(in, r->gap.kind, HU_LOSS_MISSING));
	bind_count(s, 4, r->gap.cpu);
	bind_time(s, 5, r->gap.from);
	bind_time(s, 6, r->gap.to);
	bind_count(s, 7, r->gap.count);
	struct hu_str text = hu_texts_get(&in->store->texts, hu_intake_name(in, r->text));
	sqlite3_bind_text(s, 8, text.at, (int)text.len, SQLITE_TRANSIENT);
}

static void take_clock(struct hu_intake *in, sqlite3_stmt *s, const struct hu_reading *r)
{
	sqlite3_bind_int64(s, 1, in->source);
	bind_known(s, 2, r->pos != 0, (int64_t)r->pos);
	sqlite3_bind_text(s, 3, hu_clock_name(r->a), -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, r->ta);
	sqlite3_bind_text(s, 5, hu_clock_name(r->b), -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 6, r->tb);
	sqlite3_bind_int64(s, 7, r->slack < 0 ? 0 : r->slack);
}

static void bind_text_of(struct hu_intake *in, sqlite3_stmt *s, int n, hu_name local)
{
	struct hu_str text = hu_texts_get(&in->store->texts, hu_intake_name(in, local));

	sqlite3_bind_text(s, n, text.at, (int)text.len, SQLITE_TRANSIENT);
}

static void take_symbol(struct hu_intake *in, const struct hu_batch *batch,
			const struct hu_row_symbol *r)
{
	if (in->symbols.count >= (uint64_t)in->store->caps.names) {
		hu_census_over(&in->census, HU_OVER_NAMES);
		return;
	}
	if (r->text.at > batch->text_len || r->text.len > batch->text_len - r->text.at) {
		in->refused++;
		return;
	}
	struct hu_str text = {batch->text + r->text.at, r->text.len};
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] <= ' ' || (unsigned char)text.at[i] >= 0x7f)
			return;
	uint32_t letter = r->letter > ' ' && r->letter < 0x7f ? r->letter : '?';
	hu_symbols_add(&in->symbols, r->address, letter, text);
}

/* Words that define something for later rows, or say something of the whole source. False: an event
 * for a table. */
static bool take_definition(struct hu_intake *in, const struct hu_batch *batch,
			    const struct hu_row *row)
{
	switch ((enum hu_word)row->word) {
	case HU_WORD_NAME:
		take_name(in, batch, row->as.name);
		return true;
	case HU_WORD_FRAME:
		take_frame(in, &row->as.frame);
		return true;
	case HU_WORD_SYMBOL:
		take_symbol(in, batch, &row->as.symbol);
		in->rows++;
		return true;
	case HU_WORD_SOURCE_CLOCK:
		in->clock = hu_intake_within(in, row->as.source_clock.clock, HU_CLOCK_COUNT - 1);
		in->clock_how = hu_intake_name(in, row->as.source_clock.how);
		return true;
	case HU_WORD_TOTALS:
		in->totals = true;
		in->records = row->as.totals.records;
		in->bytes = row->as.totals.bytes;
		return true;
	default:
		return false;
	}
}

static void take_row(struct hu_intake *in, const struct hu_row *row)
{
	sqlite3_stmt *s = statement(in, row->word);

	if (!s)
		return;
	switch ((enum hu_word)row->word) {
	case HU_WORD_SNAPSHOT:
		take_snapshot(in, s, &row->as.snapshot);
		break;
	case HU_WORD_COUNTER:
		if (!hu_intake_name(in, row->as.counter.series))
			return;
		take_counter(in, s, &row->as.counter);
		break;
	case HU_WORD_AGGREGATE:
		take_aggregate(in, s, &row->as.aggregate);
		break;
	case HU_WORD_MESSAGE:
		if (!hu_intake_name(in, row->as.message.text))
			return;
		bind_head(in, s, row->as.message.ts, row->as.message.pos);
		bind_count(s, 4, row->as.message.level);
		bind_count(s, 5, row->as.message.tid);
		bind_name(in, s, 6, row->as.message.text);
		bind_id(s, 7, row->as.message.block);
		break;
	case HU_WORD_TASK:
		if (row->as.task.at.tid < 0)
			return;
		take_task(in, s, &row->as.task);
		break;
	case HU_WORD_LOSS:
		take_loss(in, s, &row->as.loss);
		break;
	case HU_WORD_CLOCK:
		if (row->as.clock.a >= HU_CLOCK_COUNT || row->as.clock.b >= HU_CLOCK_COUNT) {
			in->refused++;
			return;
		}
		take_clock(in, s, &row->as.clock);
		break;
	case HU_WORD_FACT:
		sqlite3_bind_int64(s, 1, in->source);
		bind_text_of(in, s, 2, row->as.fact.key);
		bind_text_of(in, s, 3, row->as.fact.value);
		break;
	case HU_WORD_EVENT_COUNT:
		sqlite3_bind_int64(s, 1, in->source);
		bind_text_of(in, s, 2, row->as.event_count.event);
		bind_known(s, 3, true, (int64_t)(row->as.event_count.count & INT64_MAX));
		sqlite3_bind_int64(s, 4, row->as.event_count.used != 0);
		break;
	default:
		return;
	}
	hu_store_step(in->store, s);
	in->rows += row->word != HU_WORD_LOSS && row->word != HU_WORD_EVENT_COUNT;
}

void hu_intake_take(struct hu_intake *in, const struct hu_batch *batch)
{
	uint32_t rows = batch->rows <= HU_BATCH_ROWS ? batch->rows : HU_BATCH_ROWS;

	if (batch->text_len > HU_BATCH_TEXT) {
		in->refused++;
		return;
	}
	for (uint32_t i = 0; i < rows; i++) {
		const struct hu_row *row = &batch->row[i];
		if (!row->word || row->word >= HU_WORD_END) {
			in->refused++;
			continue;
		}
		if (take_definition(in, batch, row) || !hu_census_admits(&in->census, row))
			continue;
		if (!hu_intake_event(in, row))
			take_row(in, row);
	}
}
