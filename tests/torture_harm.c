/*
 * What accidents do to captures. Each case is a function of seed, capture, harm and number alone,
 * so that one can be repeated without those before it, and a campaign that was cut short goes on
 * where it was. Members are broken where they lie: a run costs more than writing some megabytes.
 */
#include "tests/torture.h"

#include <archive.h>
#include <archive_entry.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support.h"

const char *const hu_harm_names[HU_HARMS] = {"cut",	"flip",	 "zero", "swap",   "double",
					     "missing", "twice", "copy", "renamed"};
const char *const hu_harm_titles[HU_HARMS] = {"cut short",
					      "one bit flipped",
					      "a block of zeros",
					      "two blocks exchanged",
					      "a block twice",
					      "a member missing",
					      "a member twice, same name",
					      "a member's copy beside it",
					      "a member renamed"};

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t state_of(const struct hu_capture *c, const struct hu_case *k, bool numbered)
{
	uint64_t state = k->seed ^ (uint64_t)k->harm << 32;

	for (const char *p = c->name; *p; p++)
		state = state * 131 + (unsigned char)*p;
	if (numbered)
		state ^= (k->n + 1) * UINT64_C(0xd1342543de82ef95);
	next_random(&state);
	return state;
}

size_t hu_case_count(const struct hu_capture *c, enum hu_harm harm, size_t places)
{
	if (harm >= HU_HARM_MISSING)
		return c->single || c->count < 2 ? 0 : c->count < places ? c->count : places;
	/* A small one is cut at each of its bytes. */
	if (harm == HU_HARM_CUT && c->count == 1 && c->bytes < places)
		return c->bytes;
	return c->bytes ? places : 0;
}

/*
 * The n-th place of a sequence that is evenly spread however early it is left (the golden ratio's
 * multiples). Half of the places are spread over the bytes of all members, half over the members.
 */
static size_t place(const struct hu_capture *c, struct hu_case *k)
{
	uint64_t offset = state_of(c, k, false);
	double spread = fmod(
		(double)(offset % 1000003) / 1000003 + (double)(k->n + 1) * 0.61803398874989485, 1);
	size_t at;

	if (k->harm == HU_HARM_CUT && c->count == 1 && c->members[0].bytes.len < 1000) {
		k->member = 0;
		return k->n % (c->bytes ? c->bytes : 1);
	}
	if (k->n % 2 && c->count > 1) {
		k->member = (k->n / 2) % c->count;
		at = (size_t)(spread * (double)c->members[k->member].bytes.len);
	} else {
		at = (size_t)(spread * (double)c->bytes);
		for (k->member = 0; k->member + 1 < c->count; k->member++) {
			if (at < c->members[k->member].bytes.len)
				break;
			at -= c->members[k->member].bytes.len;
		}
	}
	size_t len = c->members[k->member].bytes.len;
	return at < len ? at : len ? len - 1 : 0;
}

/* 64 bytes, a sector, a page or sixteen; less in small files. */
static size_t block_size(uint64_t *random, size_t len)
{
	static const size_t sizes[] = {64, 512, 4096, 65536};
	size_t size = sizes[next_random(random) % 4];

	while (size > 1 && size > len / 3)
		size /= 2;
	return size;
}

static void exchange(struct hu_out *bytes, size_t a, size_t b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char kept = bytes->at[a + i];
		bytes->at[a + i] = bytes->at[b + i];
		bytes->at[b + i] = kept;
	}
}

static void break_bytes(struct hu_case *k, size_t at, uint64_t random, struct hu_str good,
			struct hu_out *ret)
{
	size_t size = block_size(&random, good.len), blocks = size ? good.len / size : 0, other;

	if (k->harm == HU_HARM_CUT) {
		hu_out_bytes(ret, good.at, at);
		/* A JSON record says itself where it ends. */
		k->at_line = at == 0 || good.at[at - 1] == '\n' ||
			     (good.at[at - 1] == '}' && good.at[at] == '\n');
		hu_out_printf(&k->what, "cut at byte %zu of %zu", at, good.len);
		return;
	}
	hu_out_bytes(ret, good.at, good.len);
	if (k->harm == HU_HARM_FLIP) {
		int bit = (int)(next_random(&random) % 8);
		if (good.len)
			ret->at[at] = (char)(ret->at[at] ^ 1 << bit);
		hu_out_printf(&k->what, "bit %d of byte %zu of %zu flipped", bit, at, good.len);
		return;
	}
	if (!blocks)
		return;
	at = at / size < blocks ? at / size * size : (blocks - 1) * size;
	switch (k->harm) {
	case HU_HARM_ZERO:
		memset(ret->at + at, 0, size);
		hu_out_printf(&k->what, "%zu zeros from byte %zu of %zu", size, at, good.len);
		break;
	case HU_HARM_SWAP:
		other = next_random(&random) % blocks * size;
		exchange(ret, at, other, size);
		hu_out_printf(&k->what, "the %zu bytes from %zu and from %zu of %zu exchanged",
			      size, at, other, good.len);
		break;
	default:
		ret->len = at;
		hu_out_bytes(ret, good.at + at, size);
		hu_out_bytes(ret, good.at + at, good.len - at);
		hu_out_printf(&k->what, "the %zu bytes from %zu of %zu twice", size, at, good.len);
	}
}

static char *path_of(const struct hu_capture *c, size_t member)
{
	return c->single ? hu_strdup(hu_str(c->bundle))
			 : hu_test_format("%s/%s", c->bundle, c->members[member].path);
}

static void add_entry(struct archive *out, const char *name, const struct hu_out *bytes)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)bytes->len);
	if (archive_write_header(out, entry) != ARCHIVE_OK ||
	    (bytes->len &&
	     archive_write_data(out, bytes->at, bytes->len) != (la_ssize_t)bytes->len))
		printf("%s: %s\n", name, archive_error_string(out));
	archive_entry_free(entry);
}

/* A tar that has the member twice; the second time behind all others. */
static void pack_twice(const struct hu_capture *c, struct hu_case *k)
{
	struct archive *out = archive_write_new();

	k->bundle = hu_test_format("%s/twice.tar", c->root);
	archive_write_set_format_pax_restricted(out);
	archive_write_open_filename(out, k->bundle);
	for (size_t i = 0; i < c->count; i++)
		add_entry(out, c->members[i].path, &c->members[i].bytes);
	add_entry(out, c->members[k->member].path, &c->members[k->member].bytes);
	archive_write_close(out);
	archive_write_free(out);
}

static char *other_name(const struct hu_capture *c, const struct hu_case *k, const char *mark)
{
	const char *path = c->members[k->member].path, *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path + 1) : 0;

	return hu_test_format("%s/%.*s%s%s", c->bundle, folder, path, mark, path + folder);
}

static void treat_member(const struct hu_capture *c, struct hu_case *k)
{
	k->member = k->n % c->count;
	char *from = path_of(c, k->member), *to = NULL;

	hu_out_printf(&k->what, "%s %s", c->members[k->member].path, hu_harm_names[k->harm]);
	switch (k->harm) {
	case HU_HARM_MISSING:
		unlink(from);
		break;
	case HU_HARM_TWICE:
		pack_twice(c, k);
		break;
	case HU_HARM_COPY:
		to = other_name(c, k, "copy-of-");
		hu_test_spew(to, hu_out_view(&c->members[k->member].bytes));
		break;
	default:
		to = other_name(c, k, "renamed-");
		if (rename(from, to) < 0)
			printf("cannot rename %s\n", from);
	}
	free(from);
	free(to);
}

void hu_case_do(const struct hu_capture *c, struct hu_case *k)
{
	if (k->harm >= HU_HARM_MISSING) {
		treat_member(c, k);
		return;
	}
	struct hu_out bytes HU_CLEANUP(hu_out_deinit) = {0};
	size_t at = place(c, k);
	char *path = path_of(c, k->member);

	if (!c->single)
		hu_out_printf(&k->what, "%s: ", c->members[k->member].path);
	hu_out_puts(&k->what, "");
	break_bytes(k, at, state_of(c, k, true), hu_out_view(&c->members[k->member].bytes), &bytes);
	hu_test_spew(path, hu_out_view(&bytes));
	free(path);
}

void hu_case_undo(const struct hu_capture *c, struct hu_case *k)
{
	char *path = path_of(c, k->member), *other = NULL;

	if (k->harm == HU_HARM_COPY || k->harm == HU_HARM_RENAMED) {
		other = other_name(c, k, k->harm == HU_HARM_COPY ? "copy-of-" : "renamed-");
		unlink(other);
	}
	if (k->bundle)
		unlink(k->bundle);
	if (k->harm != HU_HARM_TWICE && k->harm != HU_HARM_COPY)
		hu_test_spew(path, hu_out_view(&c->members[k->member].bytes));
	free(path);
	free(other);
	free(k->bundle);
	hu_out_deinit(&k->what);
}
