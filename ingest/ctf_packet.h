/*
 * ingest/ctf_packet.h - one stream file of a CTF trace, packet by packet, looked at before a
 * library does: babeltrace 2.0 refuses a whole trace for one file that ends in a packet.
 */
#ifndef HU_CTF_PACKET_H
#define HU_CTF_PACKET_H

#include "ingest/ctf_meta.h"
#include "db/sink.h"

struct hu_ctf_piece { /* packets in a row that can be used as they are */
	uint64_t at, bytes;
	/* The one packet that it is gets these sizes written into its head; 0: nothing to mend. */
	uint64_t content_bits;
	const struct hu_ctf_head *head;
};

struct hu_ctf_flaw { /* what is missing between two pieces, or behind the last */
	uint64_t bytes;
	uint64_t from, to; /* cycles of the stream's clock: end of the packet before, begin of the
			      one behind; UINT64_MAX: not known */
	int32_t cpu;
	uint32_t kind; /* enum hu_loss */
	char *text;    /* a sentence about it; owned by whoever wrote it */
};

struct hu_ctf_packets {
	struct hu_ctf_piece *piece;
	size_t pieces;
	struct hu_ctf_flaw *flaw;
	size_t flaws;
};

/* Goes over the packets of `stream`. Without flaws the file can be used as it is. */
void hu_ctf_packets_scan(struct hu_str stream, const struct hu_ctf_meta *meta,
			 struct hu_ctf_packets *ret);
void hu_ctf_packets_deinit(struct hu_ctf_packets *packets);

#endif
