/*
 * A store as a Perfetto trace: what stands on it, from the verdict down to the switches. Every
 * SELECT has a total order, so that the same store gives the same bytes; SQLite sorts, and what is
 * read is written at once.
 */
#include <inttypes.h>

#include "report/escape.h"
#include "report/trace.h"

/* trace_packet.proto, clock_snapshot.proto, builtin_clock.proto, system_info.proto */
enum {
	PACKET_CLOCK_SNAPSHOT = 6,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_SYSTEM_INFO = 45,
	PACKET_FIRST = 87,
};
enum { STATE_CLEARED = 1 };
enum { SNAPSHOT_CLOCK = 1, CLOCK_ID = 1, CLOCK_TIME = 2, CLOCK_REALTIME_ID = 1, CLOCK_BOOT_ID = 6 };
enum { SYSTEM_UTSNAME = 1, SYSTEM_CPUS = 8 };
enum { UTS_SYSNAME = 1, UTS_VERSION = 2, UTS_RELEASE = 3, UTS_MACHINE = 4 };

static bool one(struct hu_trace *t, const char *sql, int64_t *ret)
{
	struct hu_rows *r = hu_rows_open(t->store, sql);
	bool there = hu_rows_next(r) && !hu_rows_null(r, 0);

	if (there)
		*ret = hu_rows_int(r, 0);
	hu_trace_close(t, r);
	return there;
}

static void clock(struct hu_trace *t, uint64_t id, hu_ns time)
{
	hu_proto_begin(&t->proto, SNAPSHOT_CLOCK);
	hu_proto_uint(&t->proto, CLOCK_ID, id);
	hu_proto_uint(&t->proto, CLOCK_TIME, (uint64_t)time);
	hu_proto_end(&t->proto);
}

static void uts(struct hu_trace *t, uint32_t field, const char *fact)
{
	struct hu_rows *r = hu_rows_open(
		t->store, "SELECT value FROM fact WHERE key = ?1 ORDER BY source LIMIT 1");

	hu_rows_bind_text(r, 1, hu_str(fact));
	if (hu_rows_next(r))
		hu_trace_text(t, field, hu_rows_str(r, 0));
	hu_trace_close(t, r);
}

/* Case time stands for the clock of the trace; what the wall showed then is told, if it is known.
 */
static void head(struct hu_trace *t)
{
	int64_t wall = 0, real = 0, cpus = 0;

	hu_trace_packet(t, HU_OPEN);
	hu_proto_uint(&t->proto, PACKET_SEQUENCE_FLAGS, STATE_CLEARED);
	hu_proto_uint(&t->proto, PACKET_FIRST, 1);
	if (one(t,
		"SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'case.realtime_minus_case_ns'",
		&wall) &&
	    !__builtin_add_overflow(wall, t->window - t->done->shift, &real) && real >= 0) {
		hu_proto_begin(&t->proto, PACKET_CLOCK_SNAPSHOT);
		clock(t, CLOCK_BOOT_ID, t->window);
		clock(t, CLOCK_REALTIME_ID, real);
		hu_proto_end(&t->proto);
	}
	hu_trace_packet_end(t);
	hu_trace_packet(t, HU_OPEN);
	hu_proto_begin(&t->proto, PACKET_SYSTEM_INFO);
	hu_proto_begin(&t->proto, SYSTEM_UTSNAME);
	hu_proto_bytes(&t->proto, UTS_SYSNAME, hu_str("Linux"));
	uts(t, UTS_VERSION, "kernel.version");
	uts(t, UTS_RELEASE, "kernel.release");
	uts(t, UTS_MACHINE, "kernel.arch");
	hu_proto_end(&t->proto);
	if (one(t, "SELECT CAST(value AS INTEGER) FROM fact WHERE key = 'cpus' ORDER BY source",
		&cpus) &&
	    cpus > 0)
		hu_proto_uint(&t->proto, SYSTEM_CPUS, (uint64_t)cpus);
	hu_proto_end(&t->proto);
	hu_trace_packet_end(t);
}

static void verdict(struct hu_trace *t, uint64_t root)
{
	struct hu_rows *r = hu_rows_open(
		t->store, "SELECT upper(outcome), sentence, threshold_ns, lossy, wall_from, "
			  "(SELECT value FROM meta WHERE key = 'case.clock'), (SELECT value FROM "
			  "meta WHERE key = 'bundle.name') FROM verdict");
	uint64_t track = hu_trace_track(t, root, hu_str("verdict"), 0, NULL);

	if (hu_rows_next(r)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
		hu_out_str(&name, hu_rows_str(r, 0));
		hu_out_puts(&name, ": ");
		hu_out_str(&name, hu_rows_str(r, 1));
		hu_trace_slice(t, track, 0, "verdict", hu_out_view(&name));
		hu_trace_note(t, "bundle", hu_rows_str(r, 6));
		hu_trace_note_int(t, "threshold_ns", hu_rows_int(r, 2));
		hu_trace_note_int(t, "events_lost", hu_rows_int(r, 3));
		hu_trace_note(t, "case_clock", hu_rows_str(r, 5));
		hu_trace_note(t, "wall_time", hu_rows_str(r, 4));
		if (t->done->shift)
			hu_trace_note_int(t, "times_are_later_by_ns", t->done->shift);
		hu_trace_event_end(t);
		hu_trace_slice_end(t, track, t->duration > 0 ? t->duration : 0);
	}
	hu_trace_close(t, r);
}

/* What has no time is not hidden: it stands where the window begins, and says so. */
static void untimed(struct hu_trace *t, uint64_t track, const char *category, struct hu_str name)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};

	hu_out_puts(&text, "(without a time) ");
	hu_out_str(&text, name);
	hu_trace_instant(t, track, 0, category, hu_out_view(&text), 0, false);
	t->done->untimed++;
}

static void incident_notes(struct hu_trace *t, struct hu_rows *r)
{
	hu_trace_note(t, "summary", hu_rows_str(r, 4));
	hu_trace_note(t, "signature", hu_rows_str(r, 5));
	hu_trace_note(t, "confidence", hu_rows_str(r, 6));
	hu_trace_note(t, "victim", hu_rows_str(r, 7));
	hu_trace_note_int(t, "stalled", hu_rows_int_or(r, 8, HU_OPEN));
	hu_trace_note_int(t, "operations", hu_rows_int_or(r, 9, HU_OPEN));
	hu_trace_note(t, "holder", hu_rows_str(r, 10));
	hu_trace_note(t, "holder_how", hu_rows_str(r, 11));
	hu_trace_note(t, "known_fix", hu_rows_str(r, 12));
	if (hu_rows_int(r, 13))
		hu_trace_note(t, "end", hu_str("the capture ended first"));
	hu_trace_event_end(t);
}

/* Of each incident the worst operation. */
static void incidents(struct hu_trace *t, uint64_t root)
{
	struct hu_rows *r = hu_rows_open(
		t->store,
		"SELECT id, title, victim_at_ns, worst_ns, summary, signature, confidence, "
		"victim_comm || coalesce(' (' || victim_tid || ')', ''), stalled, operations, "
		"(SELECT comm || coalesce(' (' || tid || ')', '') FROM incident_holder h WHERE "
		"h.incident = i.id ORDER BY rank LIMIT 1), (SELECT how FROM incident_holder h "
		"WHERE h.incident = i.id ORDER BY rank LIMIT 1), (SELECT id || ': ' || applies "
		"FROM incident_fix f WHERE f.incident = i.id ORDER BY rank LIMIT 1), worst_open "
		"FROM incident i ORDER BY victim_at_ns, worst_ns DESC, rank");
	struct hu_lanes lanes = {.trace = t,
				 .parent = root,
				 .name = hu_str("incidents: the worst of each"),
				 .rank = 1};

	while (hu_rows_next(r)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out name = {0};
		hu_ns from = hu_rows_int_or(r, 2, HU_OPEN), ns = hu_rows_int_or(r, 3, HU_OPEN);
		hu_out_str(&name, hu_rows_str(r, 0));
		hu_out_puts(&name, ": ");
		hu_out_str(&name, hu_rows_str(r, 1));
		if (from == HU_OPEN || ns == HU_OPEN || ns < 0)
			untimed(t, hu_lanes_moment(&lanes, 0), "incident", hu_out_view(&name));
		else
			hu_trace_slice(t, hu_lanes_take(&lanes, from, from + ns), from, "incident",
				       hu_out_view(&name));
		incident_notes(t, r);
	}
	hu_lanes_close(&lanes);
	hu_trace_close(t, r);
}

static void evidence(struct hu_trace *t, uint64_t root)
{
	struct hu_rows *r = hu_rows_open(
		t->store, "SELECT incident, e.rank, claim, source, location, time_ns, text, "
			  "event_table, event_row FROM incident_evidence e JOIN incident i ON "
			  "i.id = e.incident ORDER BY i.rank, time_ns, e.rank");
	HU_CLEANUP(hu_out_deinit) struct hu_out of = {0}, name = {0};
	uint64_t track = 0;
	int rank = 2;

	while (hu_rows_next(r)) {
		hu_ns at = hu_rows_int_or(r, 5, HU_OPEN);
		if (!track || !hu_str_eq(hu_out_view(&of), hu_rows_str(r, 0))) {
			hu_out_clear(&of);
			hu_out_str(&of, hu_rows_str(r, 0));
			hu_out_clear(&name);
			hu_out_puts(&name, "evidence of ");
			hu_out_str(&name, hu_rows_str(r, 0));
			track = hu_trace_track(t, root, hu_out_view(&name), rank, NULL);
		}
		hu_out_clear(&name);
		hu_out_printf(&name, "E%" PRId64 ": ", hu_rows_int(r, 1));
		hu_out_str(&name, hu_rows_str(r, 2));
		if (at == HU_OPEN)
			untimed(t, track, "evidence", hu_out_view(&name));
		else
			hu_trace_instant(t, track, at, "evidence", hu_out_view(&name), 0, false);
		hu_trace_note(t, "source", hu_rows_str(r, 3));
		hu_trace_note(t, "location", hu_rows_str(r, 4));
		hu_trace_note_lines(t, "text", hu_rows_str(r, 6));
		hu_trace_note(t, "table", hu_rows_str(r, 7));
		hu_trace_note_int(t, "row", hu_rows_int_or(r, 8, HU_OPEN));
		hu_trace_event_end(t);
	}
	hu_trace_close(t, r);
}

/* Where one end is not known the loss is drawn as a moment at the other. */
static void losses(struct hu_trace *t, uint64_t root)
{
	struct hu_rows *r = hu_rows_open(
		t->store, "SELECT source, kind, cpu, from_ns - v.window_case, to_ns - "
			  "v.window_case, count, text, pos FROM loss_v, verdict v ORDER BY "
			  "coalesce(from_ns, to_ns), to_ns DESC, event_row");
	struct hu_lanes lanes = {
		.trace = t, .parent = root, .name = hu_str("lost, or not read"), .rank = 3};

	while (hu_rows_next(r)) {
		hu_ns from = hu_rows_int_or(r, 3, HU_OPEN), to = hu_rows_int_or(r, 4, HU_OPEN);
		struct hu_str text = hu_rows_str(r, 6);
		if (from == HU_OPEN)
			from = to;
		if (from == HU_OPEN)
			untimed(t, hu_lanes_moment(&lanes, 0), "loss", text);
		else if (to == HU_OPEN || to <= from)
			hu_trace_instant(t, hu_lanes_moment(&lanes, from), from, "loss", text, 0,
					 false);
		else
			hu_trace_slice(t, hu_lanes_take(&lanes, from, to), from, "loss", text);
		hu_trace_note(t, "source", hu_rows_str(r, 0));
		hu_trace_note(t, "kind", hu_rows_str(r, 1));
		hu_trace_note_int(t, "cpu", hu_rows_int_or(r, 2, HU_OPEN));
		hu_trace_note_int(t, "count", hu_rows_int_or(r, 5, HU_OPEN));
		hu_trace_note_int(t, "position", hu_rows_int_or(r, 7, HU_OPEN));
		hu_trace_event_end(t);
	}
	hu_lanes_close(&lanes);
	hu_trace_close(t, r);
}

static void messages(struct hu_trace *t, uint64_t root)
{
	struct hu_rows *r = hu_rows_open(
		t->store,
		"SELECT m.ts + s.offset_ns - v.window_case AS at, n.text, m.level, s.path, m.pos "
		"FROM message m JOIN source s ON s.id = m.source JOIN name n ON n.id = m.text, "
		"verdict v WHERE s.copy_of IS NULL AND m.ts + s.offset_ns NOT NULL ORDER BY at, "
		"m.source, m.rowid");
	uint64_t track = 0;

	while (hu_rows_next(r)) {
		if (!hu_trace_in_window(t, hu_rows_int(r, 0)))
			continue;
		if (!track)
			track = hu_trace_track(t, root, hu_str("kernel log"), 5, NULL);
		hu_trace_instant(t, track, hu_rows_int(r, 0), "log", hu_rows_str(r, 1), 0, false);
		hu_trace_note_int(t, "level", hu_rows_int_or(r, 2, HU_OPEN));
		hu_trace_note(t, "source", hu_rows_str(r, 3));
		hu_trace_note_int(t, "line", hu_rows_int_or(r, 4, HU_OPEN));
		hu_trace_event_end(t);
	}
	hu_trace_close(t, r);
}

/*
 * Stamps of a trace are not negative: an axis that begins below zero is moved by whole seconds. Of
 * a kernel's log the first lines may lie some milliseconds below it, as clocks are related give or
 * take so much: they are drawn at zero.
 */
static void place(struct hu_trace *t)
{
	int64_t earliest = 0;

	one(t, "SELECT window_case FROM verdict", &t->window);
	one(t, "SELECT duration_ns FROM verdict", &t->duration);
	one(t,
	    "SELECT min(a) FROM (SELECT min(first_ts + offset_ns) AS a FROM source UNION ALL "
	    "SELECT min(coalesce(from_ts, to_ts) + offset_ns) FROM loss JOIN source ON source.id = "
	    "loss.source UNION ALL SELECT min(ts + offset_ns) FROM counter JOIN source ON "
	    "source.id "
	    "= counter.source UNION ALL SELECT min(ts + offset_ns) FROM message JOIN source ON "
	    "source.id = message.source UNION ALL SELECT window_case + min(0, coalesce((SELECT "
	    "min(from_ns) FROM task_interval), 0), coalesce((SELECT min(victim_at_ns) FROM "
	    "incident), 0), coalesce((SELECT min(time_ns) FROM incident_evidence), 0), "
	    "coalesce((SELECT min(at_ns) FROM task_release), 0)) FROM verdict)",
	    &earliest);
	if (earliest >= -HU_NS_PER_S)
		return;
	t->done->shift = (-(earliest + 1) / HU_NS_PER_S + 1) * HU_NS_PER_S;
	t->window += t->done->shift;
}

struct hu_err *hu_export_perfetto(struct hu_store *store, const struct hu_export *wanted,
				  struct hu_exported *ret)
{
	struct hu_trace t = {.store = store, .wanted = wanted, .done = ret};

	*ret = (struct hu_exported){0};
	place(&t);
	head(&t);
	uint64_t root = hu_trace_track(&t, 0, hu_str("holdup"), 0,
				       "What holdup concluded, and what it concluded it from.");
	verdict(&t, root);
	incidents(&t, root);
	evidence(&t, root);
	losses(&t, root);
	hu_trace_tasks(&t, root);
	hu_trace_locks(&t, root);
	messages(&t, root);
	hu_trace_counters(&t, root);
	hu_trace_switches(&t);
	if (!t.err && t.proto.out.len)
		t.err = wanted->write(wanted->to_whom, hu_out_view(&t.proto.out));
	hu_proto_deinit(&t.proto);
	hu_out_deinit(&t.scratch);
	return t.err;
}
