/*
 * The store's side of the border: takes batches, believes nothing in them, maps the source's own
 * ids to the store's. Events that come by the million go into blocks of columns (db/events.c), all
 * else is inserted: one prepared statement per word, one transaction per source, no index until
 * settling.
 */
#include "db/store_private.h"
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

/* The same for events, which go into blocks. */
static void put(struct hu_cells *c, int column, int64_t value)
{
	c->value[column] = value;
}

static void put_known(struct hu_cells *c, int column, bool known, int64_t value)
{
	c->value[column] = known ? value : 0;
	c->null |= (uint32_t)!known << column;
}

static void put_count(struct hu_cells *c, int column, int64_t value)
{
	put_known(c, column, value >= 0 && value != HU_OPEN, value);
}

static uint32_t name(struct hu_intake *in, hu_name local)
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

static uint32_t stack(struct hu_intake *in, hu_stack local)
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
	bind_id(s, n, name(in, local));
}

static void put_name(struct hu_intake *in, struct hu_cells *c, int column, hu_name local)
{
	uint32_t id = name(in, local);

	put_known(c, column, id > 0, id);
}

static void seen(struct hu_intake *in, hu_ns ts)
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
	seen(in, ts);
	sqlite3_bind_int64(s, 1, in->source);
	bind_time(s, 2, ts);
	bind_known(s, 3, pos && pos < (uint64_t)INT64_MAX, (int64_t)pos);
}

static void bind_where(struct hu_intake *in, sqlite3_stmt *s, const struct hu_where *at)
{
	bind_head(in, s, at->ts, at->pos);
	bind_count(s, 4, at->cpu);
	bind_count(s, 5, at->tid);
	bind_id(s, 6, stack(in, at->stack));
	bind_known(s, 7, at->context > 0 && at->context <= HU_CTX_NMI, at->context);
}

static void put_where(struct hu_intake *in, struct hu_cells *c, const struct hu_where *at)
{
	uint32_t leaf = stack(in, at->stack);

	seen(in, at->ts);
	c->null = 0;
	put(c, HU_COL_SOURCE, in->source);
	put_known(c, HU_COL_TS, at->ts != HU_OPEN, at->ts);
	put_known(c, HU_COL_POS, at->pos && at->pos < (uint64_t)INT64_MAX, (int64_t)at->pos);
	put_count(c, HU_COL_CPU, at->cpu);
	put_count(c, HU_COL_TID, at->tid);
	put_known(c, HU_COL_STACK, leaf > 0, leaf);
	put_known(c, HU_COL_CONTEXT, at->context > 0 && at->context <= HU_CTX_NMI, at->context);
}

static uint32_t within(struct hu_intake *in, uint32_t value, uint32_t last)
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
	uint32_t caller = stack(in, f->caller), depth = caller ? in->depths[f->caller - 1] + 1u : 1;

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
	uint32_t symbol = name(in, f->symbol);
	if (!symbol)
		symbol = hu_store_name(in->store, hu_str("?"));
	in->stacks[in->stack_count++] = hu_store_frame(
		in->store, (struct hu_interned_frame){caller, symbol, name(in, f->module)});
}

static void put_lock(struct hu_intake *in, struct hu_cells *c, const struct hu_lock_event *r)
{
	put_where(in, c, &r->at);
	put(c, HU_LOCK_STEP, within(in, r->step, HU_LOCK_RELEASE_CONTENDED));
	put(c, HU_LOCK_MODE, within(in, r->mode, HU_MODE_WRITE));
	put(c, HU_LOCK_TYPE, within(in, r->type, HU_LOCK_SEMAPHORE));
	put(c, HU_LOCK_KNOWN, r->known & 15);
	put_known(c, HU_LOCK_RESULT, r->known & HU_KNOWS_RESULT, r->result);
	put_known(c, HU_LOCK_ADDRESS, r->address != 0, (int64_t)r->address);
	put_name(in, c, HU_LOCK_NAME, r->name);
	put_name(in, c, HU_LOCK_FUNCTION, r->function);
}

static void put_span(struct hu_intake *in, struct hu_cells *c, const struct hu_span *r)
{
	put_where(in, c, &r->at);
	put(c, HU_SPAN_DURATION, r->duration < 0 ? 0 : r->duration);
	put_known(c, HU_SPAN_ADDRESS, r->address != 0, (int64_t)r->address);
	put_name(in, c, HU_SPAN_LABEL, r->label);
	put_name(in, c, HU_SPAN_COMM, r->comm);
	put_name(in, c, HU_SPAN_FUNCTION, r->function);
	put_name(in, c, HU_SPAN_NAME, r->name);
	put(c, HU_SPAN_KNOWN, r->known & 15);
}

static void put_syscall(struct hu_intake *in, struct hu_cells *c, const struct hu_syscall *r)
{
	put_where(in, c, &r->at);
	put(c, HU_SYSCALL_STEP, within(in, r->step, HU_END));
	put_count(c, HU_SYSCALL_NUMBER, r->number);
	put_name(in, c, HU_SYSCALL_NAME, r->name);
	put_known(c, HU_SYSCALL_RESULT, r->step == HU_END, r->result);
	put_name(in, c, HU_SYSCALL_DETAIL, r->detail);
}

static void put_reclaim(struct hu_intake *in, struct hu_cells *c, const struct hu_reclaim *r)
{
	put_where(in, c, &r->at);
	put(c, HU_RECLAIM_KIND, within(in, r->kind, HU_RECLAIM_ALLOC_STALL));
	put(c, HU_RECLAIM_STEP, within(in, r->step, HU_END));
	put_count(c, HU_RECLAIM_PAGES, r->pages);
	put_count(c, HU_RECLAIM_ORDER, r->order);
	put_count(c, HU_RECLAIM_NODE_ID, r->node);
	put_known(c, HU_RECLAIM_CGROUP, r->memcg != 0, (int64_t)r->memcg);
}

static void put_shrink(struct hu_intake *in, struct hu_cells *c, const struct hu_shrink *r)
{
	put_where(in, c, &r->at);
	put(c, HU_SHRINK_STEP, within(in, r->step, HU_END));
	put_known(c, HU_SHRINK_SHRINKER, r->shrinker != 0, (int64_t)r->shrinker);
	put_count(c, HU_SHRINK_OBJECTS, r->objects);
	put_count(c, HU_SHRINK_NODE, r->node);
	put_name(in, c, HU_SHRINK_FUNCTION, r->function);
	put_known(c, HU_SHRINK_CGROUP, r->memcg != 0, (int64_t)r->memcg);
}

static void put_io(struct hu_intake *in, struct hu_cells *c, const struct hu_io *r)
{
	put_where(in, c, &r->at);
	put(c, HU_IO_STEP, within(in, r->step, HU_END));
	put_known(c, HU_IO_DEVICE, r->device != 0, r->device);
	put(c, HU_IO_SECTOR, (int64_t)r->sector);
	put_count(c, HU_IO_BYTES, r->bytes);
	put_name(in, c, HU_IO_KIND, r->kind);
}

static void take_snapshot(struct hu_intake *in, sqlite3_stmt *s, const struct hu_snapshot *r)
{
	bind_where(in, s, &r->at);
	sqlite3_bind_int64(s, 8, within(in, r->kind, HU_SNAP_ALLOC_FAIL));
	sqlite3_bind_int64(s, 9, within(in, r->state, HU_STATE_PARKED));
	bind_known(s, 10, r->blocked > 0 && r->blocked != HU_OPEN, r->blocked);
	bind_count(s, 11, r->blocker);
	bind_name(in, s, 12, r->blocker_comm);
	bind_known(s, 13, r->blocker_mode, within(in, r->blocker_mode, HU_MODE_WRITE));
	bind_known(s, 14, r->lock_type, within(in, r->lock_type, HU_LOCK_SEMAPHORE));
	bind_name(in, s, 15, r->comm);
	bind_name(in, s, 16, r->text);
}

static void take_task(struct hu_intake *in, sqlite3_stmt *s, const struct hu_task *r)
{
	bind_head(in, s, r->at.ts, r->at.pos);
	sqlite3_bind_int64(s, 4, r->at.tid);
	bind_count(s, 5, r->tgid);
	bind_count(s, 6, r->parent);
	sqlite3_bind_int64(s, 7, within(in, r->step, HU_TASK_EXITED));
	bind_name(in, s, 8, r->comm);
}

static void take_counter(struct hu_intake *in, sqlite3_stmt *s, const struct hu_counter *r)
{
	bind_head(in, s, r->ts, r->pos);
	sqlite3_bind_int64(s, 4, name(in, r->series));
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
	sqlite3_bind_int64(s, 3, within(in, r->gap.kind, HU_LOSS_MISSING));
	bind_count(s, 4, r->gap.cpu);
	bind_time(s, 5, r->gap.from);
	bind_time(s, 6, r->gap.to);
	bind_count(s, 7, r->gap.count);
	struct hu_str text = hu_texts_get(&in->store->texts, name(in, r->text));
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
	struct hu_str text = hu_texts_get(&in->store->texts, name(in, local));

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
		in->clock = within(in, row->as.source_clock.clock, HU_CLOCK_COUNT - 1);
		in->clock_how = name(in, row->as.source_clock.how);
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

/* The words that come by the million. False: another one. */
static bool take_block_event(struct hu_intake *in, const struct hu_row *row)
{
	struct hu_cells c;
	enum hu_event_table table;

	switch ((enum hu_word)row->word) {
	case HU_WORD_SWITCH:
		table = HU_EVENTS_SWITCH;
		put_where(in, &c, &row->as.sw.at);
		put_count(&c, HU_SWITCH_NEXT, row->as.sw.next);
		put(&c, HU_SWITCH_STATE, within(in, row->as.sw.state, HU_STATE_PARKED));
		break;
	case HU_WORD_WAKEUP:
		table = HU_EVENTS_WAKEUP;
		put_where(in, &c, &row->as.wakeup.at);
		put_count(&c, HU_WAKEUP_TARGET, row->as.wakeup.target);
		put(&c, HU_WAKEUP_STEP, within(in, row->as.wakeup.step, HU_WAKEUP_NEW));
		break;
	case HU_WORD_LOCK:
		table = HU_EVENTS_LOCK;
		put_lock(in, &c, &row->as.lock);
		break;
	case HU_WORD_SYSCALL:
		table = HU_EVENTS_SYSCALL;
		put_syscall(in, &c, &row->as.syscall);
		break;
	case HU_WORD_RECLAIM:
		table = HU_EVENTS_RECLAIM;
		put_reclaim(in, &c, &row->as.reclaim);
		break;
	case HU_WORD_SHRINK:
		table = HU_EVENTS_SHRINK;
		put_shrink(in, &c, &row->as.shrink);
		break;
	case HU_WORD_IO:
		table = HU_EVENTS_IO;
		put_io(in, &c, &row->as.io);
		break;
	case HU_WORD_SPAN:
		table = HU_EVENTS_SPAN;
		put_span(in, &c, &row->as.span);
		break;
	case HU_WORD_SAMPLE:
		table = HU_EVENTS_SAMPLE;
		put_where(in, &c, &row->as.sample.at);
		put_name(in, &c, HU_SAMPLE_EVENT, row->as.sample.event);
		put(&c, HU_SAMPLE_PERIOD, row->as.sample.period);
		break;
	default:
		return false;
	}
	hu_store_event(in->store, table, &c);
	in->rows++;
	return true;
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
		if (!name(in, row->as.counter.series))
			return;
		take_counter(in, s, &row->as.counter);
		break;
	case HU_WORD_AGGREGATE:
		take_aggregate(in, s, &row->as.aggregate);
		break;
	case HU_WORD_MESSAGE:
		if (!name(in, row->as.message.text))
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
		if (!take_block_event(in, row))
			take_row(in, row);
	}
}
