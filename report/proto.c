/* Written front to back; a message's length is filled in when it ends. */
#include "report/proto.h"

#include <string.h>

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2 };

static void varint(struct hu_proto *p, uint64_t value)
{
	char bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	hu_out_bytes(&p->out, bytes, n);
}

static void tag(struct hu_proto *p, uint32_t field, enum wire wire)
{
	varint(p, (uint64_t)field << 3 | wire);
}

void hu_proto_uint(struct hu_proto *p, uint32_t field, uint64_t value)
{
	tag(p, field, VARINT);
	varint(p, value);
}

void hu_proto_int(struct hu_proto *p, uint32_t field, int64_t value)
{
	hu_proto_uint(p, field, (uint64_t)value);
}

void hu_proto_fixed64(struct hu_proto *p, uint32_t field, uint64_t value)
{
	char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (char)(value >> (8 * i));
	tag(p, field, FIXED64);
	hu_out_bytes(&p->out, bytes, sizeof(bytes));
}

void hu_proto_double(struct hu_proto *p, uint32_t field, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	hu_proto_fixed64(p, field, bits);
}

void hu_proto_bytes(struct hu_proto *p, uint32_t field, struct hu_str s)
{
	tag(p, field, BYTES);
	varint(p, s.len);
	hu_out_str(&p->out, s);
}

void hu_proto_begin(struct hu_proto *p, uint32_t field)
{
	tag(p, field, BYTES);
	p->open[p->depth++] = p->out.len;
	hu_out_bytes(&p->out, "\x80\x80\x80", 4);
}

void hu_proto_end(struct hu_proto *p)
{
	size_t at = p->open[--p->depth];
	size_t len = p->out.len - at - 4;

	for (int i = 0; i < 4; i++)
		p->out.at[at + (size_t)i] =
			(char)(((len >> (7 * i)) & 0x7f) | (size_t)(i < 3 ? 0x80 : 0));
}

void hu_proto_deinit(struct hu_proto *p)
{
	hu_out_deinit(&p->out);
}
