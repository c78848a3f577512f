/* From the wire format up; no more of it than a timeline of ours uses. */
#include "tests/timeline.h"

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

static void copy(struct bytes b, char *to, size_t size)
{
	size_t n = (size_t)(b.end - b.at);

	if (n >= size)
		n = size - 1;
	if (n)
		memcpy(to, b.at, n);
	to[n] = '\0';
}

static struct decoded_track *track_of(struct decoded *d, uint64_t id)
{
	for (size_t i = d->track_count; i > 0; i--)
		if (d->tracks[i - 1].id == id)
			return &d->tracks[i - 1];
	return NULL;
}

static void descriptor(struct decoded *d, struct bytes b)
{
	struct decoded_track t = {.tid = -1};
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
	struct decoded_track *t = track_of(d, id);
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

void timeline_decode(struct hu_str trace, struct decoded *d)
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

int64_t timeline_slices(const struct decoded *d, const char *category)
{
	for (size_t i = 0; i < d->category_count; i++)
		if (!strcmp(d->categories[i].name, category))
			return d->categories[i].slices;
	return 0;
}

int64_t timeline_instants(const struct decoded *d, const char *category)
{
	for (size_t i = 0; i < d->category_count; i++)
		if (!strcmp(d->categories[i].name, category))
			return d->categories[i].instants;
	return 0;
}
