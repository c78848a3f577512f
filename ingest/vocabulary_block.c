/* The table, part 5: include/trace/events/block.h, what requests the disks got. */
#include "ingest/vocabulary_private.h"

enum { DEVICE, SECTOR, SECTORS, BYTES, KIND };

/* LTTng has the kernel's letters as bits (RWBS_FLAG_* of its block.h). */
static hu_name kind_of_bits(struct hu_vocabulary *v, uint64_t bits)
{
	enum { WRITE = 1, DISCARD = 2, READ = 4, AHEAD = 8, BARRIER = 16, SYNC = 32 };
	enum { META = 64, SECURE = 128, FLUSH = 256, FUA = 512, PREFLUSH = 1024 };
	/* in the order of blk_fill_rwbs(), kernel/trace/blktrace.c */
	static const struct {
		uint64_t bits;
		char letter;
	} letters[] = {
		{FLUSH | PREFLUSH, 'F'},
		{WRITE, 'W'},
		{DISCARD, 'D'},
		{SECURE, 'E'},
		{READ, 'R'},
		{FUA, 'F'},
		{AHEAD, 'A'},
		{SYNC, 'S'},
		{META, 'M'},
		{BARRIER, 'B'},
	};
	char text[sizeof(letters) / sizeof(letters[0])];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (bits & letters[i].bits)
			text[len++] = letters[i].letter;
	return hu_intern(v->to, (struct hu_str){text, len});
}

static void see_request(struct hu_vocabulary *v, struct hu_event_kind *kind,
			struct hu_event_view *view)
{
	struct hu_io row = {
		.at = view->at,
		.bytes = hu_slot_or(kind, view, BYTES, HU_NONE),
		.step = (uint32_t)kind->means->arg,
	};
	uint64_t device, bits;
	int64_t sectors = hu_slot_or(kind, view, SECTORS, HU_NONE);

	if (!hu_slot(kind, view, DEVICE, &device) || !hu_slot(kind, view, SECTOR, &row.sector))
		return;
	row.device = (uint32_t)device;
	/* A flush has no place on the disk and no sectors. */
	if (sectors >= 0 && sectors < INT64_MAX / 512 && row.bytes <= 0)
		row.bytes = sectors * 512;
	row.kind = hu_intern(v->to, hu_slot_text(kind, view, KIND));
	if (!row.kind && hu_slot(kind, view, KIND, &bits))
		row.kind = kind_of_bits(v, bits);
	hu_put_io(v->to, &row);
	kind->used++;
}

#define FIELDS                                                                                     \
	{                                                                                          \
		"dev", "sector", "nr_sector", "bytes", "rwbs"                                      \
	}

const struct hu_meaning hu_meanings_block[] = {
	{"block_rq_issue", see_request, HU_BEGIN, FIELDS},
	{"block_rq_complete", see_request, HU_END, FIELDS},
	{0},
};
