/*
 * report/proto.h - protocol buffers as bytes: the few wire types that a Perfetto trace needs
 * (https://protobuf.dev/programming-guides/encoding/). What is put lies in `out`; whoever writes
 * it away clears it between two whole messages.
 */
#ifndef HU_PROTO_H
#define HU_PROTO_H

#include "db/text.h"

enum { HU_PROTO_DEPTH = 6 };

struct hu_proto {
	struct hu_out out;
	size_t open[HU_PROTO_DEPTH]; /* where the lengths of the messages begin that are open */
	int depth;
};

void hu_proto_uint(struct hu_proto *p, uint32_t field, uint64_t value);
void hu_proto_int(struct hu_proto *p, uint32_t field, int64_t value); /* int32, int64 */
void hu_proto_fixed64(struct hu_proto *p, uint32_t field, uint64_t value);
void hu_proto_double(struct hu_proto *p, uint32_t field, double value);
void hu_proto_bytes(struct hu_proto *p, uint32_t field, struct hu_str s);
/* A message inside; its length takes four bytes, whatever it is. Less than 256 MiB. */
void hu_proto_begin(struct hu_proto *p, uint32_t field);
void hu_proto_end(struct hu_proto *p);
void hu_proto_deinit(struct hu_proto *p);

#endif
