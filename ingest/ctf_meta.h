/*
 * ingest/ctf_meta.h - the metadata of a CTF trace before a library sees it: as plain text that ends
 * where a block ends, with the little that has to be known to check packets, which is where their
 * header has its sizes. What events mean is libbabeltrace2's to find out.
 */
#ifndef HU_CTF_META_H
#define HU_CTF_META_H

#include "db/text.h"

#define HU_CTF_MAGIC UINT32_C(0xc1fc1fc1)
#define HU_CTF_METADATA_MAGIC UINT32_C(0x75d11d57)

enum { HU_CTF_UUID = 16 };

struct hu_ctf_slot {	    /* a number in a packet's head */
	uint32_t at, bytes; /* 0 bytes: there is none */
};

/* The head of the packets of one class of streams: header and context, up to the first event. */
struct hu_ctf_head {
	uint64_t id; /* of the class */
	struct hu_ctf_slot packet_size, content_size, begin, end, cpu;
	uint32_t bytes;
};

struct hu_ctf_meta {
	struct hu_out text; /* TSDL, NUL-terminated; empty if it is CTF 2 */
	bool json;	    /* CTF 2: a sequence of JSON texts, not looked into */
	bool big_endian;
	bool laid_out; /* `head` can be believed */
	struct hu_ctf_slot magic, uuid, stream_id;
	bool has_uuid;
	unsigned char uuid_bytes[HU_CTF_UUID];
	struct hu_ctf_head *head;
	size_t heads;
	size_t events; /* described */
	struct hu_out
		damage; /* what is wrong with it, if it can be used all the same; else empty */
};

/* Reads and checks; an error means that nothing can be done with the trace. */
HU_MUST_CHECK struct hu_err *hu_ctf_meta_open(const char *path, struct hu_ctf_meta *ret);
void hu_ctf_meta_close(struct hu_ctf_meta *meta); /* a zeroed one is fine */

/* Do these first bytes of a file open a CTF metadata file? */
bool hu_ctf_meta_begins(struct hu_str head);

/* Fills magic, uuid, stream_id and head out of the text (ctf_layout.c). */
void hu_ctf_layout(struct hu_ctf_meta *meta);

/* A number of 1 to 8 bytes. */
uint64_t hu_ctf_number(const char *at, uint32_t bytes, bool big_endian);

#endif
