/*
 * What is known of a CTF trace before the library sees it: where its packets have their sizes, and
 * which bytes of a stream are packets.
 */
#include "ingest/ctf_packet.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/* As LTTng 2.13 writes it, without the events. */
static const char lttng[] =
	"/* CTF 1.8 */\n"
	"typealias integer { size = 8; align = 8; signed = false; } := uint8_t;\n"
	"typealias integer { size = 32; align = 8; signed = false; } := uint32_t;\n"
	"typealias integer { size = 64; align = 8; signed = false; } := uint64_t;\n"
	"typealias integer { size = 64; align = 8; signed = false; } := unsigned long;\n"
	"trace { major = 1; minor = 8; uuid = \"00112233-4455-6677-8899-aabbccddeeff\"; byte_order "
	"= "
	"le;\n"
	"	packet.header := struct { uint32_t magic; uint8_t  uuid[16]; uint32_t stream_id; "
	"uint64_t stream_instance_id; }; };\n"
	"env { hostname = \"a } b\"; };\n"
	"clock { name = \"monotonic\"; freq = 1000000000; /* Frequency, in Hz */ offset = 23; };\n"
	"typealias integer { size = 64; align = 8; signed = false; map = clock.monotonic.value; } "
	":= uint64_clock_monotonic_t;\n"
	"struct packet_context { uint64_clock_monotonic_t timestamp_begin; "
	"uint64_clock_monotonic_t timestamp_end; uint64_t content_size; uint64_t packet_size; "
	"uint64_t packet_seq_num; unsigned long events_discarded; uint32_t cpu_id; };\n"
	"stream { id = 0; event.header := struct event_header_compact; packet.context := struct "
	"packet_context; };\n";

static void use(const char *text, struct hu_ctf_meta *ret)
{
	hu_out_puts(&ret->text, text);
	hu_ctf_layout(ret);
}

static void layout(void)
{
	HU_CLEANUP(hu_ctf_meta_close) struct hu_ctf_meta meta = {0};

	use(lttng, &meta);
	CHECK(meta.laid_out && !meta.big_endian && meta.has_uuid);
	CHECK_INT(meta.magic.at, 0);
	CHECK_INT(meta.uuid.at, 4);
	CHECK_INT(meta.stream_id.at, 20);
	CHECK_INT(meta.uuid_bytes[1], 0x11);
	CHECK_INT(meta.uuid_bytes[15], 0xff);
	if (!CHECK_INT(meta.heads, 1))
		return;
	CHECK_INT(meta.head[0].begin.at, 32);
	CHECK_INT(meta.head[0].end.at, 40);
	CHECK_INT(meta.head[0].content_size.at, 48);
	CHECK_INT(meta.head[0].packet_size.at, 56);
	CHECK_INT(meta.head[0].cpu.at, 80);
	CHECK_INT(meta.head[0].bytes, 84);
}

/* What is not understood is left to the library, never guessed. */
static void strange_layouts(void)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"uint32_t magic;", ""},
		{"uint64_t packet_size;", ""},
		{"uint64_t packet_size;", "string packet_size;"},
		{"uint64_t packet_size;", "uint65_t packet_size;"},
		{"uint64_t packet_size;", "integer { size = 0; } packet_size;"},
		{"uint64_t packet_size;", "integer { size = 63; } packet_size;"},
		{"uint64_t content_size;", "enum : uint8_t { A } x; uint64_t content_size;"},
		{"struct packet_context; };", "struct nobody; };"},
		{"stream {", "stream"},
		{"id = 0;", "id = x;"},
		{"uint8_t  uuid[16];", "uint8_t uuid[n];"},
		{"struct packet_context {", "struct packet_context "},
	};

	TEST_EACH(i, cases)
	{
		HU_CLEANUP(hu_ctf_meta_close) struct hu_ctf_meta meta = {0};
		HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
		const char *at = strstr(lttng, cases[i].from);
		TEST_CASE("%s for %s", cases[i].to, cases[i].from);
		if (!CHECK(at))
			continue;
		hu_out_bytes(&text, lttng, (size_t)(at - lttng));
		hu_out_puts(&text, cases[i].to);
		hu_out_puts(&text, at + strlen(cases[i].from));
		use(text.at, &meta);
		CHECK(!meta.laid_out);
	}
	TEST_CASE("%s", "");
}

static void put_number(struct hu_out *out, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		hu_out_putc(out, i < 8 ? (char)(value >> 8 * i) : 0);
}

/* A packet of the layout above: `bytes` of them, its size said to be `said`. */
static void put_packet(struct hu_out *out, uint64_t bytes, uint64_t said, uint64_t begin)
{
	size_t end = out->len + bytes;

	put_number(out, HU_CTF_MAGIC, 4);
	for (int i = 0; i < HU_CTF_UUID; i++)
		hu_out_putc(out, (char)(i * 0x11));
	put_number(out, 0, 12);
	put_number(out, begin, 8);
	put_number(out, begin + 7, 8);
	put_number(out, (said - 3) * 8, 8);
	put_number(out, said * 8, 8);
	put_number(out, 0, 16);
	put_number(out, 5, 4); /* CPU */
	while (out->len < end)
		hu_out_putc(out, 'e');
}

static void packets(void)
{
	HU_CLEANUP(hu_ctf_meta_close) struct hu_ctf_meta meta = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out file = {0};
	struct hu_ctf_packets found = {0};

	use(lttng, &meta);
	put_packet(&file, 128, 128, 1000);
	put_packet(&file, 256, 256, 2000);
	hu_ctf_packets_scan(hu_out_view(&file), &meta, &found);
	CHECK_INT(found.flaws, 0);
	CHECK_INT(found.pieces, 1); /* in a row */
	CHECK_INT(found.piece[0].bytes, 384);
	hu_ctf_packets_deinit(&found);

	TEST_CASE("bytes between packets");
	hu_out_puts(&file, "nothing of ours");
	put_packet(&file, 128, 128, 3000);
	hu_ctf_packets_scan(hu_out_view(&file), &meta, &found);
	if (CHECK_INT(found.flaws, 1) && CHECK_INT(found.pieces, 2)) {
		CHECK_INT(found.flaw[0].bytes, 15);
		CHECK_INT(found.flaw[0].from, 2007);
		CHECK_INT(found.flaw[0].to, 3000);
		CHECK_INT(found.flaw[0].cpu, 5);
		CHECK_INT(found.flaw[0].kind, HU_LOSS_UNPARSED);
		CHECK_INT(found.piece[1].at, 399);
	}
	hu_ctf_packets_deinit(&found);

	TEST_CASE("a size that leads over the next packet and out of the file");
	hu_out_clear(&file);
	put_packet(&file, 128, UINT32_MAX, 1000);
	put_packet(&file, 128, 128, 2000);
	hu_ctf_packets_scan(hu_out_view(&file), &meta, &found);
	if (CHECK_INT(found.flaws, 1) && CHECK_INT(found.pieces, 2)) {
		CHECK_INT(found.piece[0].bytes, 128);
		CHECK_INT(found.piece[0].content_bits, 1024);
		CHECK_INT(found.flaw[0].kind, HU_LOSS_UNPARSED);
		CHECK_INT(found.piece[1].at, 128);
	}
	hu_ctf_packets_deinit(&found);

	/* Every cut: what is kept and what is missing add up, and the rest is untouched. */
	hu_out_clear(&file);
	put_packet(&file, 128, 128, 1000);
	put_packet(&file, 128, 128, 2000);
	for (size_t len = 0; len < file.len; len++) {
		TEST_CASE("cut at %zu", len);
		hu_ctf_packets_scan((struct hu_str){file.at, len}, &meta, &found);
		uint64_t kept = 0;
		for (size_t i = 0; i < found.pieces; i++)
			kept += found.piece[i].bytes;
		CHECK(kept <= len);
		CHECK_INT(found.flaws, len % 128 != 0);
		if (found.flaws)
			CHECK_INT(found.flaw[0].kind, HU_LOSS_TRUNCATED);
		if (len % 128 >= 84)
			CHECK_INT(kept, len);
		hu_ctf_packets_deinit(&found);
	}
	TEST_CASE("%s", "");
}

int main(void)
{
	layout();
	strange_layouts();
	packets();
	return test_end();
}
