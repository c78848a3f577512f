/*
 * The exported timeline, read back by a decoder that shares nothing with the encoder: slices nest
 * and end, flows have both ends, stamps do not go back, and what is on the tracks is what the
 * store's rows say. Field numbers are written out here once more, from Perfetto's .proto files.
 */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/export.h"
#include "tests/scene.h"
#include "tests/test.h"

struct bytes {
	const unsigned char *at, *end;
	bool broken;
};

static uint64_t varint(struct bytes *b)
{
	uint64_t value = 0;

	for (int shift = 0; shift < 64; shift += 7) {
		if (b->at == b->end)
			break;
		unsigned char byte = *b->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	b->broken = true;
	return 0;
}

struct field {
	uint32_t number, wire;
	uint64_t value;
	struct bytes inside;
};

static bool next(struct bytes *b, struct field *f)
{
	if (b->at == b->end || b->broken)
		return false;
	uint64_t tag = varint(b);
	*f = (struct field){.number = (uint32_t)(tag >> 3), .wire = tag & 7};
	size_t left = (size_t)(b->end - b->at);
	if (f->wire == 0) {
		f->value = varint(b);
	} else if (f->wire == 1 && left >= 8) {
		for (int i = 7; i >= 0; i--)
			f->value = f->value << 8 | b->at[i];
		b->at += 8;
	} else if (f->wire == 2) {
		uint64_t len = varint(b);
		if (len > (uint64_t)(b->end - b->at)) {
			b->broken = true;
			return false;
		}
		f->inside = (struct bytes){b->at, b->at + len, false};
		b->at += len;
	} else {
		b->broken = true;
	}
	return !b->broken;
}

struct track {
	uint64_t id, last, open[64];
	size_t depth;
	bool counter;
	int64_t tid;
	char name[80];
};

struct flow {
	uint64_t id, out_at, in_at;
	int outs, ins;
};

struct decoded {
	struct track *tracks;
	size_t track_count;
	struct flow flows[4096];
	size_t flow_count;
	struct {
		char name[40];
		int64_t slices, instants;
	} categories[40];
	size_t category_count;
	int64_t packets, slices, ends, instants, values, switches, wakeups, bundles_back;
	uint64_t cpu_last[64];
	bool first_clears, sequence_missing;
	uint64_t boot, real;
	char release[64];
};

static void copy(struct bytes b, char *to, size_t size)
{
	size_t n = (size_t)(b.end - b.at);

	if (n >= size)
		n = size - 1;
	memcpy(to, b.at, n);
	to[n] = '\0';
}

static struct track *track_of(struct decoded *d, uint64_t id)
{
	for (size_t i = d->track_count; i > 0; i--)
		if (d->tracks[i - 1].id == id)
			return &d->tracks[i - 1];
	return NULL;
}

static void descriptor(struct decoded *d, struct bytes b)
{
	struct track t = {.tid = -1};
	struct field f, g;

	while (next(&b, &f)) {
		if (f.number == 1)
			t.id = f.value;
		if (f.number == 2)
			copy(f.inside, t.name, sizeof(t.name));
		if (f.number == 5)
			CHECK(track_of(d, f.value) != NULL); /* parents come first */
		if (f.number == 8)
			t.counter = true;
		while (f.number == 4 && next(&f.inside, &g))
			if (g.number == 2)
				t.tid = (int64_t)g.value;
	}
	CHECK(!b.broken && t.id);
	CHECK(track_of(d, t.id) == NULL);
	d->tracks = hu_realloc(d->tracks, (d->track_count + 1) * sizeof(t));
	d->tracks[d->track_count++] = t;
}

static void flow(struct decoded *d, uint64_t id, uint64_t at, bool ends)
{
	size_t i = 0;

	while (i < d->flow_count && d->flows[i].id != id)
		i++;
	if (i == d->flow_count)
		d->flows[d->flow_count++].id = id;
	d->flows[i].outs += !ends;
	d->flows[i].ins += ends;
	*(ends ? &d->flows[i].in_at : &d->flows[i].out_at) = at;
}

static void count_category(struct decoded *d, const char *name, bool slice)
{
	size_t i = 0;

	while (i < d->category_count && strcmp(d->categories[i].name, name) != 0)
		i++;
	if (i == d->category_count)
		snprintf(d->categories[d->category_count++].name, 40, "%s", name);
	d->categories[i].slices += slice;
	d->categories[i].instants += !slice;
}

static void event(struct decoded *d, struct bytes b, uint64_t at)
{
	uint64_t type = 0, id = 0;
	char category[40] = "";
	struct field f;
	bool value = false;

	while (next(&b, &f)) {
		if (f.number == 9)
			type = f.value;
		if (f.number == 11)
			id = f.value;
		if (f.number == 22)
			copy(f.inside, category, sizeof(category));
		if (f.number == 44)
			value = f.wire == 1;
		if (f.number == 47 || f.number == 48) {
			CHECK_INT(f.wire, 1);
			flow(d, f.value, at, f.number == 48);
		}
	}
	struct track *t = track_of(d, id);
	if (!t || b.broken) {
		test_fail(__FILE__, __LINE__, "an event on no track, or broken");
		return;
	}
	CHECK(at >= t->last);
	t->last = at;
	CHECK(t->counter == (type == 4));
	switch (type) {
	case 1:
		d->slices++;
		count_category(d, category, true);
		if (t->depth < 64)
			t->open[t->depth++] = at;
		break;
	case 2:
		d->ends++;
		CHECK(t->depth > 0);
		t->depth -= t->depth > 0;
		break;
	case 3:
		d->instants++;
		count_category(d, category, false);
		break;
	case 4:
		CHECK(value);
		d->values++;
		break;
	default:
		test_fail(__FILE__, __LINE__, "an event of type %d", (int)type);
	}
}

static void bundle(struct decoded *d, struct bytes b)
{
	struct field f, g;
	uint64_t cpu = 64;

	while (next(&b, &f)) {
		if (f.number == 1)
			cpu = f.value;
		while (f.number == 2 && next(&f.inside, &g)) {
			if (g.number == 1 && cpu < 64) {
				d->bundles_back += g.value < d->cpu_last[cpu];
				d->cpu_last[cpu] = g.value;
			}
			d->switches += g.number == 4;
			d->wakeups += g.number == 17 || g.number == 20 || g.number == 114;
		}
	}
	CHECK(!b.broken && cpu < 64);
}

static void system_info(struct decoded *d, struct bytes b)
{
	struct field f, g;

	while (next(&b, &f))
		while (f.number == 1 && next(&f.inside, &g))
			if (g.number == 3)
				copy(g.inside, d->release, sizeof(d->release));
}

static void clocks(struct decoded *d, struct bytes b)
{
	struct field f, g;

	while (next(&b, &f)) {
		uint64_t id = 0, time = 0;
		while (f.number == 1 && next(&f.inside, &g)) {
			id = g.number == 1 ? g.value : id;
			time = g.number == 2 ? g.value : time;
		}
		d->boot = id == 6 ? time : d->boot;
		d->real = id == 1 ? time : d->real;
	}
}

static void decode(struct hu_str trace, struct decoded *d)
{
	struct bytes all = {(const unsigned char *)trace.at,
			    (const unsigned char *)trace.at + trace.len, false};
	struct field packet, f;

	while (next(&all, &packet)) {
		CHECK_INT(packet.number, 1);
		uint64_t at = 0;
		bool sequence = false;
		for (struct bytes b = packet.inside; next(&b, &f);) {
			sequence |= f.number == 10 && f.value == 1;
			at = f.number == 8 ? f.value : at;
			if (f.number == 13 && !d->packets)
				d->first_clears = f.value == 1;
			if (f.number == 6)
				clocks(d, f.inside);
			if (f.number == 11)
				event(d, f.inside, at);
			if (f.number == 45)
				system_info(d, f.inside);
			if (f.number == 60)
				descriptor(d, f.inside);
			if (f.number == 1)
				bundle(d, f.inside);
		}
		d->sequence_missing |= !sequence;
		d->packets++;
	}
	CHECK(!all.broken);
	/* The importer skips track events of a sequence whose state was not cleared. */
	CHECK(d->first_clears);
	CHECK(!d->sequence_missing);
	CHECK_INT(d->slices, d->ends);
	CHECK_INT(d->bundles_back, 0);
	for (size_t i = 0; i < d->track_count; i++)
		CHECK_INT(d->tracks[i].depth, 0);
	for (size_t i = 0; i < d->flow_count; i++) {
		CHECK_INT(d->flows[i].outs, 1);
		CHECK_INT(d->flows[i].ins, 1);
		CHECK(d->flows[i].out_at <= d->flows[i].in_at);
	}
}

static int64_t slices_of(const struct decoded *d, const char *category)
{
	for (size_t i = 0; i < d->category_count; i++)
		if (!strcmp(d->categories[i].name, category))
			return d->categories[i].slices;
	return 0;
}

static int64_t instants_of(const struct decoded *d, const char *category)
{
	for (size_t i = 0; i < d->category_count; i++)
		if (!strcmp(d->categories[i].name, category))
			return d->categories[i].instants;
	return 0;
}

static struct hu_err *keep(void *to, struct hu_str bytes)
{
	hu_out_str(to, bytes);
	return NULL;
}

static struct decoded *export(struct hu_store *store, struct hu_export wanted, struct hu_out *bytes)
{
	struct decoded *d = hu_alloc(sizeof(*d));
	struct hu_exported done;

	hu_out_clear(bytes);
	wanted.write = keep;
	wanted.to_whom = bytes;
	CHECK_OK(hu_export_perfetto(store, &wanted, &done));
	decode(hu_out_view(bytes), d);
	CHECK_INT(d->slices, done.slices);
	CHECK_INT(d->instants, done.instants);
	CHECK_INT(d->values, done.counters);
	CHECK_INT(d->flow_count, done.flows);
	CHECK_INT(d->switches, done.switches);
	CHECK_INT(d->track_count, done.tracks);
	return d;
}

static void drop(struct decoded *d)
{
	free(d->tracks);
	free(d);
}

static const struct hu_export whole = {.from = HU_OPEN, .to = HU_OPEN};

static int64_t ask(struct hu_store *store, const char *sql)
{
	struct hu_rows *rows = hu_rows_open(store, sql);
	int64_t n = hu_rows_next(rows) ? hu_rows_int(rows, 0) : -1;

	CHECK_OK(hu_rows_close(rows));
	return n;
}

static void name(struct scene *s, int32_t tid, const char *comm)
{
	struct hu_task row = {.at = scene_at(s, 0, 0, tid, 0),
			      .tgid = tid,
			      .parent = HU_NONE,
			      .step = HU_TASK_NAMED,
			      .comm = hu_internz(s->sink, comm)};

	hu_put_task(s->sink, &row);
}

/*
 * Two readers hold a lock, from 1.0 s to 3.2 s and from 1.1 s to 3.0 s; a mount wants to write it
 * from 1.2 s to 3.201 s. It is the longer reader's release that ended the wait.
 */
static void by_hand(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0}, again = {0};
	struct scene s;

	TEST_CASE("by hand");
	scene_begin(&s);
	name(&s, 45, "kswapd0");
	name(&s, 46, "kswapd1");
	name(&s, 222, "<b>\033[31m");
	scene_lock(&s, 1000, 45, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1000, 45, "down_read_trylock", 1, true);
	scene_lock(&s, 1100, 46, HU_LOCK_TRY, "down_read_trylock", LOCK, NULL);
	scene_returned(&s, 1100, 46, "down_read_trylock", 1, true);
	scene_call(&s, 1199, 222, HU_BEGIN, "mount");
	scene_lock(&s, 1200, 222, HU_LOCK_ASK, "down_write", LOCK, NULL);
	scene_lock(&s, 3000, 46, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_lock(&s, 3200, 45, HU_LOCK_RELEASE, "up_read", LOCK, NULL);
	scene_returned(&s, 3201, 222, "down_write", 0, false);
	scene_lock(&s, 3202, 222, HU_LOCK_RELEASE, "up_write", LOCK, NULL);
	scene_call(&s, 3203, 222, HU_END, "mount");
	scene_analyze(&s);
	CHECK_INT(ask(s.store, "SELECT count(*) FROM task_release"), 1);
	CHECK_INT(ask(s.store, "SELECT tid FROM task_release"), 45);
	CHECK_INT(ask(s.store, "SELECT at_ns + window_case FROM task_release, verdict"), 3200 * MS);
	CHECK_INT(ask(s.store, "SELECT h.to_ns - h.from_ns FROM task_release JOIN task_interval h "
			       "ON h.rowid = hold"),
		  2200 * MS);
	struct decoded *d = export(s.store, whole, &bytes);
	CHECK_INT(slices_of(d, "operation"), 1);
	CHECK_INT(slices_of(d, "wait"), 1);
	CHECK_INT(slices_of(d, "hold"), 3); /* 45, 46, and 222 for a millisecond */
	CHECK_INT(slices_of(d, "lock.wait"), 1);
	CHECK_INT(slices_of(d, "lock.hold"), 3);
	CHECK_INT(slices_of(d, "incident"), 1);
	CHECK_INT(slices_of(d, "verdict"), 1);
	CHECK_INT(d->flow_count, 1);
	CHECK_INT(d->flows[0].out_at, 3200 * MS);
	CHECK_INT(d->flows[0].in_at, 3201 * MS);
	CHECK_INT(d->boot, 0); /* nobody knows what the wall showed */
	CHECK(memmem(bytes.at, bytes.len, "\033", 1) == NULL);
	drop(d);
	drop(export(s.store, whole, &again));
	CHECK(hu_str_eq(hu_out_view(&bytes), hu_out_view(&again)));
	/* The wait alone: the other reader's track goes along, for it held that lock. */
	d = export(s.store, (struct hu_export){.from = HU_OPEN, .to = HU_OPEN, .task = "<b>*"},
		   &again);
	CHECK_INT(slices_of(d, "hold"), 3);
	drop(d);
	d = export(s.store, (struct hu_export){.from = HU_OPEN, .to = HU_OPEN, .task = "nobody"},
		   &again);
	CHECK_INT(slices_of(d, "hold") + slices_of(d, "wait") + slices_of(d, "lock.wait"), 0);
	drop(d);
	/* Up to 1.15 s, then from 3.15 s on. */
	d = export(s.store, (struct hu_export){.from = HU_OPEN, .to = 1150 * MS}, &again);
	CHECK_INT(slices_of(d, "hold"), 2);
	CHECK_INT(slices_of(d, "wait"), 0);
	CHECK_INT(d->flow_count, 0);
	drop(d);
	d = export(s.store, (struct hu_export){.from = 3150 * MS, .to = HU_OPEN}, &again);
	CHECK_INT(slices_of(d, "hold"), 2); /* 46 had released */
	CHECK_INT(slices_of(d, "wait"), 1);
	CHECK_INT(d->flow_count, 1);
	drop(d);
	scene_end(&s);
}

static void nothing(void)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0};
	struct scene s;

	TEST_CASE("an empty store");
	scene_begin(&s);
	scene_analyze(&s);
	struct decoded *d = export(s.store, whole, &bytes);
	CHECK_INT(d->slices, 1); /* the verdict, that nothing was assessed */
	CHECK_INT(d->values + d->switches, 0);
	drop(d);
	scene_end(&s);
}

static bool sh(const char *command)
{
	return system(command) == 0;
}

/* A capture of a real stall, through the program; and protoc as a second reader, where it is. */
static void real(const char *incident)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out bytes = {0}, piped = {0}, command = {0};
	HU_CLEANUP(hu_store_closep) struct hu_store *store = NULL;
	const struct hu_options options = {100 * MS, HU_OPEN, HU_OPEN, NULL, NULL};
	char part[65536];

	TEST_CASE("%s", incident);
	hu_out_printf(&command,
		      "\"$H\" analyze '" FIXTURES "/incidents/%s/bundle.tar.zst' -q -o out "
		      ">/dev/null && \"$H\" export out --perfetto out.pftrace 2>said && \"$H\" "
		      "export out --perfetto - -q | cmp - out.pftrace",
		      incident);
	if (!CHECK(sh(command.at)) || !CHECK_OK(hu_store_open("out/store.db", false, &store)))
		return;
	CHECK_OK(hu_analyze(store, &options));
	struct decoded *d = export(store, whole, &bytes);
	FILE *f = fopen("out.pftrace", "rb");
	for (size_t n; f && (n = fread(part, 1, sizeof(part), f)) > 0;)
		hu_out_bytes(&piped, part, n);
	if (f)
		fclose(f);
	CHECK(hu_str_eq(hu_out_view(&bytes), hu_out_view(&piped)));
	struct hu_rows *rows =
		hu_rows_open(store, "SELECT kind, count(*) FROM task_interval GROUP BY kind");
	while (hu_rows_next(rows)) {
		HU_CLEANUP(hu_freep) char *kind = hu_strdup(hu_rows_str(rows, 0));
		CHECK_INT(slices_of(d, kind), hu_rows_int(rows, 1));
	}
	CHECK_OK(hu_rows_close(rows));
	static const char locks[] = "SELECT count(*) FROM task_interval WHERE coalesce(address, "
				    "lock) NOT NULL AND kind = ";
	HU_CLEANUP(hu_out_deinit) struct hu_out sql = {0};
	hu_out_printf(&sql, "%s'wait'", locks);
	CHECK_INT(slices_of(d, "lock.wait"), ask(store, sql.at));
	hu_out_clear(&sql);
	hu_out_printf(&sql, "%s'hold'", locks);
	CHECK_INT(slices_of(d, "lock.hold"), ask(store, sql.at));
	CHECK_INT(d->flow_count, ask(store, "SELECT count(*) FROM task_release"));
	CHECK_INT(slices_of(d, "incident") + instants_of(d, "incident"),
		  ask(store, "SELECT count(*) FROM incident"));
	CHECK_INT(instants_of(d, "evidence"), ask(store, "SELECT count(*) FROM incident_evidence"));
	CHECK_INT(instants_of(d, "loss") + slices_of(d, "loss"),
		  ask(store, "SELECT count(*) FROM loss"));
	CHECK_INT(instants_of(d, "log"),
		  ask(store, "SELECT count(*) FROM message JOIN source ON source.id = source WHERE "
			     "copy_of IS NULL AND ts + offset_ns NOT NULL"));
	CHECK_INT(d->values,
		  ask(store, "SELECT count(*) FROM counter JOIN source ON source.id = source WHERE "
			     "copy_of IS NULL AND ts + offset_ns NOT NULL"));
	/* No source of these bundles saw every switch at the same time as another. */
	CHECK_INT(d->switches,
		  ask(store, "SELECT count(*) FROM switch JOIN source ON source.id = source WHERE "
			     "copy_of IS NULL AND path IN (SELECT source FROM task_time WHERE "
			     "running_ns NOT NULL)"));
	CHECK_INT(d->real - d->boot,
		  ask(store, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = "
			     "'case.realtime_minus_case_ns'"));
	drop(d);
	if (sh("command -v protoc >/dev/null"))
		CHECK(sh("protoc --decode_raw <out.pftrace >/dev/null"));
	else
		puts("skipped: no protoc here");
	sh("rm -rf out out.pftrace");
}

static void usage(void)
{
	TEST_CASE("usage");
	CHECK(sh("\"$H\" export >/dev/null 2>&1; test $? = 2"));
	CHECK(sh("\"$H\" export nowhere.db >/dev/null 2>&1; test $? = 2"));
	CHECK(sh("\"$H\" export nowhere.db --perfetto x >/dev/null 2>&1; test $? -ne 0"));
	CHECK(sh("test ! -e x"));
	CHECK(sh("\"$H\" export --help | grep -q perfetto"));
}

int main(void)
{
	char folder[] = "/tmp/perfetto-test.XXXXXX", self[PATH_MAX], program[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return 1;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(program, sizeof(program), "%s/../holdup", self);
	if (!mkdtemp(folder) || chdir(folder) != 0 || setenv("H", program, 1) != 0 ||
	    setenv("TMPDIR", folder, 1) != 0)
		return 1;
	by_hand();
	nothing();
	usage();
	real("s1-shrinker-rwsem-kswapd");
	real("s6-memcg-formats-lost-events");
	sh("rm -rf \"$TMPDIR\"");
	return test_end();
}
