/*
 * A stream file is a row of packets (CTF 1.8.3, section 5); each says its size. A file that was
 * still written to, a full disk, a bad sector: then some packet is no packet, or ends behind the
 * file's end. What is sound around it is kept. Packets are found again by the magic and the trace's
 * UUID that open them.
 */
#include "ingest/ctf_packet.h"

#include <stdlib.h>
#include <string.h>

enum found { NO_PACKET, CUT_PACKET, PACKET };

struct packet {
	const struct hu_ctf_head *head;
	uint64_t bytes, content_bits;
	uint64_t begin, end;
	int32_t cpu;
};

struct job {
	const struct hu_ctf_meta *meta;
	struct hu_str all;
	struct hu_ctf_packets *to;
	struct packet last; /* the last one taken; head NULL: none yet */
};

static bool slot(const struct job *job, uint64_t at, struct hu_ctf_slot slot, uint64_t *ret)
{
	if (!slot.bytes || job->all.len - at < slot.at + slot.bytes)
		return false;
	*ret = hu_ctf_number(job->all.at + at + slot.at, slot.bytes, job->meta->big_endian);
	return true;
}

static const struct hu_ctf_head *head_of(const struct job *job, uint64_t at)
{
	const struct hu_ctf_meta *meta = job->meta;
	uint64_t id;

	if (!meta->stream_id.bytes)
		return &meta->head[0];
	for (size_t i = 0; slot(job, at, meta->stream_id, &id) && i < meta->heads; i++)
		if (meta->head[i].id == id)
			return &meta->head[i];
	return NULL;
}

static enum found look(const struct job *job, uint64_t at, struct packet *ret)
{
	const struct hu_ctf_meta *meta = job->meta;
	uint64_t left = job->all.len - at, magic, bits = 0, cpu;

	if (!slot(job, at, meta->magic, &magic))
		return CUT_PACKET;
	if (magic != HU_CTF_MAGIC)
		return NO_PACKET;
	if (meta->has_uuid && meta->uuid.bytes) {
		if (left < meta->uuid.at + HU_CTF_UUID)
			return CUT_PACKET;
		if (memcmp(job->all.at + at + meta->uuid.at, meta->uuid_bytes, HU_CTF_UUID) != 0)
			return NO_PACKET;
	}
	*ret = (struct packet){.begin = UINT64_MAX, .end = UINT64_MAX, .cpu = HU_NONE};
	if (meta->stream_id.bytes && left < meta->stream_id.at + meta->stream_id.bytes)
		return CUT_PACKET;
	ret->head = head_of(job, at);
	if (!ret->head)
		return NO_PACKET;
	if (left < ret->head->bytes) {
		ret->head = NULL;
		return CUT_PACKET;
	}
	slot(job, at, ret->head->packet_size, &bits);
	slot(job, at, ret->head->content_size, &ret->content_bits);
	slot(job, at, ret->head->begin, &ret->begin);
	slot(job, at, ret->head->end, &ret->end);
	if (slot(job, at, ret->head->cpu, &cpu) && cpu <= UINT16_MAX)
		ret->cpu = (int32_t)cpu;
	ret->bytes = bits / 8;
	if (bits % 8 || ret->content_bits > bits || ret->content_bits < ret->head->bytes * 8 ||
	    (ret->end != UINT64_MAX && ret->begin > ret->end))
		return NO_PACKET;
	return ret->bytes > left ? CUT_PACKET : PACKET;
}

/* The next place from `at` on where a packet begins; the end if there is none. */
static uint64_t find(const struct job *job, uint64_t at, struct packet *ret)
{
	char magic[4];

	for (int i = 0; i < 4; i++)
		magic[i] = (char)(HU_CTF_MAGIC >> (job->meta->big_endian ? 24 - 8 * i : 8 * i));
	while (at < job->all.len) {
		const char *hit = memmem(job->all.at + at, job->all.len - at, magic, sizeof(magic));
		if (!hit)
			break;
		at = (uint64_t)(hit - job->all.at);
		if (at >= job->meta->magic.at &&
		    look(job, at - job->meta->magic.at, ret) != NO_PACKET && ret->head)
			return at - job->meta->magic.at;
		at++;
	}
	return job->all.len;
}

static void keep(struct job *job, uint64_t at, const struct packet *packet, bool mend)
{
	struct hu_ctf_packets *to = job->to;
	struct hu_ctf_piece *last = to->pieces ? &to->piece[to->pieces - 1] : NULL;

	job->last = *packet;
	if (!mend && last && !last->content_bits && last->at + last->bytes == at) {
		last->bytes += packet->bytes;
		return;
	}
	if (!(to->pieces & (to->pieces - 1)))
		to->piece = hu_realloc(to->piece,
				       (to->pieces ? to->pieces * 2 : 1) * sizeof(*to->piece));
	to->piece[to->pieces++] = (struct hu_ctf_piece){
		.at = at,
		.bytes = packet->bytes,
		.content_bits = mend ? packet->content_bits : 0,
		.head = packet->head,
	};
}

static void flaw(struct job *job, enum hu_loss kind, uint64_t bytes, const struct packet *next)
{
	struct hu_ctf_packets *to = job->to;
	int32_t cpu = job->last.head ? job->last.cpu : next ? next->cpu : HU_NONE;

	if (!(to->flaws & (to->flaws - 1)))
		to->flaw =
			hu_realloc(to->flaw, (to->flaws ? to->flaws * 2 : 1) * sizeof(*to->flaw));
	to->flaw[to->flaws++] = (struct hu_ctf_flaw){
		.bytes = bytes,
		.from = job->last.head ? job->last.end : UINT64_MAX,
		.to = next ? next->begin : UINT64_MAX,
		.cpu = cpu,
		.kind = kind,
	};
}

/* A packet whose size leads out of the file: it ends where the next one begins, or at the end. */
static uint64_t cut(struct job *job, uint64_t at, struct packet *packet)
{
	struct packet behind;
	uint64_t head = packet->head ? packet->head->bytes : 1;
	uint64_t next = find(job, at + head, &behind), there = next - at;
	bool ends = next == job->all.len;
	uint64_t missing = packet->head ? packet->bytes - there : 0;

	if (!packet->head) {
		flaw(job, ends ? HU_LOSS_TRUNCATED : HU_LOSS_UNPARSED, there,
		     ends ? NULL : &behind);
		return next;
	}
	packet->bytes = there;
	if (packet->content_bits > there * 8)
		packet->content_bits = there * 8;
	keep(job, at, packet, true);
	job->last.end = packet->begin; /* what is missing is missing out of it */
	flaw(job, ends ? HU_LOSS_TRUNCATED : HU_LOSS_UNPARSED, ends ? missing : 0,
	     ends ? NULL : &behind);
	return next;
}

void hu_ctf_packets_scan(struct hu_str stream, const struct hu_ctf_meta *meta,
			 struct hu_ctf_packets *ret)
{
	struct job job = {.meta = meta, .all = stream, .to = ret};

	for (uint64_t at = 0; at < stream.len;) {
		struct packet packet = {0}, behind;
		enum found found = look(&job, at, &packet);
		if (found == PACKET) {
			keep(&job, at, &packet, false);
			at += packet.bytes;
		} else if (found == CUT_PACKET) {
			at = cut(&job, at, &packet);
		} else {
			uint64_t next = find(&job, at + 1, &behind);
			flaw(&job, HU_LOSS_UNPARSED, next - at, next < stream.len ? &behind : NULL);
			at = next;
		}
	}
}

void hu_ctf_packets_deinit(struct hu_ctf_packets *packets)
{
	free(packets->piece);
	free(packets->flaw);
	*packets = (struct hu_ctf_packets){0};
}
