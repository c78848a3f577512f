/*
 * Asks every reader about the first bytes of a member. What no reader takes is looked up in one
 * table of formats that people do put into bundles, so that the report can say what it is and what
 * to do, not just "unrecognised".
 */
#include "ingest/probe.h"
#include "ingest/bundle_parts.h"
#include "ingest/ctf_meta.h"
#include "ingest/torntext.h"

#include <string.h>

const struct hu_left_out hu_left_out[] = {
#ifndef HU_HAVE_TRACECMD
	{"tracedat", "trace.dat as trace-cmd records it", "libtracecmd and libtraceevent"},
	{"perfdata", "perf.data as perf record writes it", "libtracecmd and libtraceevent"},
#endif
#ifndef HU_HAVE_BABELTRACE2
	{"ctf", "CTF traces: LTTng, perf data convert --to-ctf, babeltrace2", "libbabeltrace2"},
#endif
	{NULL, NULL, NULL},
};

/* Magic numbers of formats without a reader. `at` is where the magic lies. */
struct unread {
	size_t at;
	const char *magic;
	size_t len;
	const char *why;
};

#define MAGIC(bytes) bytes, sizeof(bytes) - 1

#ifdef HU_HAVE_BABELTRACE2
#define HU_CTF_METADATA                                                                            \
	"CTF metadata on its own: a trace is a folder, this file is called \"metadata\" in it "    \
	"and "                                                                                     \
	"lies beside the streams"
#define HU_CTF_STREAM                                                                              \
	"CTF event stream without its trace: it is read from the folder that also has the file "   \
	"\"metadata\""
#else
#define HU_CTF_METADATA "CTF metadata: this build lacks libbabeltrace2, which reads CTF traces"
#define HU_CTF_STREAM "CTF event stream: this build lacks libbabeltrace2, which reads CTF traces"
#endif

static const struct unread unread[] = {
#ifndef HU_HAVE_TRACECMD
	{0, MAGIC("PERFILE2"),
	 "perf.data: this build lacks libtraceevent, which its reader needs; give the output of "
	 "\"perf script\" too"},
	{0, MAGIC("\x17\x08\x44tracing"),
	 "trace.dat: this build lacks libtracecmd, which reads it"},
#endif
	{0, MAGIC("\xc1\x1f\xfc\xc1"), HU_CTF_STREAM},
	{0, MAGIC("\xc1\xfc\x1f\xc1"), HU_CTF_STREAM},
	{0, MAGIC("\xc1\xf1\xdc\xc1"),
	 "index of an LTTng stream: not needed, the packets of the stream say the same"},
	{0, MAGIC("LPKSHHRH"),
	 "systemd journal: not read; \"journalctl --file=FILE -k -o short-monotonic\" turns it "
	 "into "
	 "text"},
	{0, MAGIC("KDUMP   "), "kdump image of memory: not read"},
	{0, MAGIC("makedumpfile"), "makedumpfile image of memory: not read"},
	{0, MAGIC("SQLite format 3\0"), "SQLite database: not read as a capture"},
	{0, MAGIC("\xd4\xc3\xb2\xa1"), "network capture (pcap): not read"},
	{0, MAGIC("\xa1\xb2\xc3\xd4"), "network capture (pcap): not read"},
	{0, MAGIC("\x0a\x0d\x0d\x0a"), "network capture (pcapng): not read"},
	{0, MAGIC("\x89PNG\r\n\x1a\n"), "picture (PNG): not read"},
	{0, MAGIC("\xff\xd8\xff"), "picture (JPEG): not read"},
	{0, MAGIC("GIF8"), "picture (GIF): not read"},
	{0, MAGIC("%PDF-"), "PDF: not read; give the text that it was made from"},
	{0, MAGIC("\xff\xfe"),
	 "UTF-16 text: not read; \"iconv -f UTF-16 -t UTF-8\" turns it into text "
	 "that is"},
	{0, MAGIC("\xfe\xff"),
	 "UTF-16 text: not read; \"iconv -f UTF-16 -t UTF-8\" turns it into text "
	 "that is"},
};

static const char *elf(struct hu_str head)
{
	enum { TYPE_AT = 16, ENDIAN_AT = 5, ET_CORE = 4 };

	if (head.len < TYPE_AT + 2 || memcmp(head.at, "\177ELF", 4) != 0)
		return NULL;
	int low = head.at[ENDIAN_AT] == 2 ? TYPE_AT + 1 : TYPE_AT;
	return head.at[low] == ET_CORE ? "ELF core (a crash dump): not read"
				       : "ELF file (a program, a module or an object): not read";
}

/* struct file_magic of sysstat's sa.h: sysstat_magic 0xd596, then format_magic 0x21NN. */
static const char *sysstat(struct hu_str head)
{
	const unsigned char *at = (const void *)head.at;

	if (head.len < 4)
		return NULL;
	if ((at[0] == 0x96 && at[1] == 0xd5 && at[3] == 0x21) ||
	    (at[0] == 0xd5 && at[1] == 0x96 && at[2] == 0x21))
		return "sysstat's binary data (sadc, sa files): not read; \"sadf -j FILE -- -A\" "
		       "or "
		       "\"sar -A -f FILE\" turns it into text that is";
	return NULL;
}

/* UTF-16 without a mark: most of every second byte is zero, the others hardly ever. */
static bool is_utf16(struct hu_str head)
{
	size_t zeros[2] = {0, 0}, half = head.len / 2;

	if (half < 8)
		return false;
	for (size_t i = 0; i < 2 * half; i++)
		zeros[i % 2] += !head.at[i];
	return (zeros[0] * 10 >= half * 9 && !zeros[1]) || (zeros[1] * 10 >= half * 9 && !zeros[0]);
}

static const char *archive(struct hu_str head)
{
	bool readable;

	if (!hu_sniff_archive(head, &readable))
		return NULL;
	return "an archive inside the bundle: not read; unpack it, or give it as a bundle of its "
	       "own";
}

/* What a format without a reader is; NULL if these bytes prove nothing. */
static const char *unread_magic(struct hu_str head)
{
	for (size_t i = 0; i < sizeof(unread) / sizeof(unread[0]); i++) {
		const struct unread *u = &unread[i];
		if (head.len >= u->at + u->len && !memcmp(head.at + u->at, u->magic, u->len))
			return u->why;
	}
	const char *why = hu_ctf_meta_begins(head) ? HU_CTF_METADATA : elf(head);
	if (!why)
		why = sysstat(head);
	if (!why)
		why = archive(head);
	if (!why && is_utf16(head))
		why = "UTF-16 text without a mark: not read; \"iconv -f UTF-16LE -t UTF-8\" turns "
		      "it "
		      "into text that is";
	return why;
}

static const char unknown_text[] = "text of no known format";
static const char unknown_binary[] = "binary data of no known format";

/* Texts that people do put into bundles, by words that stand in their first lines. */
static const char *unread_text(struct hu_str head)
{
	static const struct {
		const char *words, *why;
	} known[] = {
		{"\n Usage: perf ", "perf's word on how to call it: the command failed"},
		{"[ perf record: ", "what \"perf record\" said: no capture"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (hu_str_find(head, known[i].words) >= 0)
			return known[i].why;
	return unknown_text;
}

/*
 * What trace-cmd leaves when it dies before it puts trace.dat together: pages of one CPU's ring
 * buffer in FILE.cpuN. A page begins with its stamp and, in the low 20 bits of the next word, how
 * much of it is used (include/linux/ring_buffer.h, rb "commit"). The form alone is weak, so the
 * name has to agree.
 */
static bool is_ring_pages(const struct hu_probe *in)
{
	struct hu_str path = hu_str(in->path);
	size_t digits = 0;
	uint64_t word;

	while (digits < path.len && path.at[path.len - 1 - digits] >= '0' &&
	       path.at[path.len - 1 - digits] <= '9')
		digits++;
	if (!digits || !hu_str_ends((struct hu_str){path.at, path.len - digits}, ".cpu") ||
	    in->head.len < HU_PROBE_BYTES)
		return false;
	memcpy(&word, in->head.at + 8, sizeof(word));
	return (word & 0xfffff) <= HU_PROBE_BYTES - 16;
}

bool hu_probe_is_text(struct hu_str head)
{
	for (size_t i = 0; i < head.len; i++) {
		unsigned char c = (unsigned char)head.at[i];
		if (c == 0x7f || (c < 0x20 && (c < '\a' || c > '\r') && c != 0x1b))
			return false;
	}
	return true;
}

static const char *no_format(const struct hu_probe *in)
{
	struct hu_str head = in->head;
	size_t zeros = 0;
	bool odd = !hu_probe_is_text(head);

	for (size_t i = 0; i < head.len; i++)
		zeros += !head.at[i];
	if (!head.len)
		return "an empty file";
	if (zeros == head.len)
		return "nothing but zeros: the data was never written";
	if (odd && is_ring_pages(in))
		return "one CPU's ring buffer, as trace-cmd leaves it when it dies: `trace-cmd "
		       "restore` makes a trace.dat of it";
	return odd ? unknown_binary : unread_text(head);
}

bool hu_probe_knows(const struct hu_probe *in)
{
	if (unread_magic(in->head))
		return true;
	const char *why = no_format(in);
	return why != unknown_text && why != unknown_binary;
}

struct hu_err *hu_read(const struct hu_reader_ops *reader, const char *path,
		       const struct hu_surroundings *around, struct hu_sink *to)
{
	static const struct hu_surroundings nothing;

	struct hu_err *err = reader->read_among
				     ? reader->read_among(path, around ? around : &nothing, to)
				     : reader->read(path, to);
	if (!reader->binary)
		hu_torn_text(path, reader->zeros, to);
	return err;
}

struct hu_err *hu_probe_checked(const struct hu_probe *in, const struct hu_reader_ops **ret,
				const char **why)
{
	const struct hu_reader_ops *certain = NULL, *likely = NULL, *second = NULL;

	for (size_t i = 0; hu_readers[i]; i++) {
		if (in->is_dir && !hu_readers[i]->folder_key)
			continue;
		enum hu_match match = hu_readers[i]->probe(in);
		if (match == HU_MATCH_CERTAIN && certain)
			second = hu_readers[i];
		else if (match == HU_MATCH_CERTAIN)
			certain = hu_readers[i];
		else if (match == HU_MATCH_LIKELY && !likely)
			likely = hu_readers[i];
	}
	/* A magic number outweighs a likeness also where nobody reads what it stands for. */
	const char *known = certain ? NULL : unread_magic(in->head);
	*ret = certain ? certain : known ? NULL : likely;
	*why = certain	? "it begins with the magic number of this format"
	       : known	? known
	       : likely ? "its first lines have the form of this format"
			: no_format(in);
	if (second)
		return hu_err(HU_ERR_BUG, "the readers %s and %s are both certain of %s",
			      certain->name, second->name, in->path);
	return NULL;
}

const struct hu_reader_ops *hu_probe(const struct hu_probe *in, const char **why)
{
	const struct hu_reader_ops *ops;

	/* Two certain readers: the first stands; whoever must know asks hu_probe_checked(). */
	hu_err_free(hu_probe_checked(in, &ops, why));
	return ops;
}
