/*
 * BTF, the kernel's description of its own types (/sys/kernel/btf/vmlinux, 3 to 7 MB; of a module
 * some KB): read for the functions and variables that it names, which say what this kernel has
 * where its kallsyms is missing. One walk over 10^5 types; nothing follows a type to another, so a
 * circle of them does no harm. libbpf would check nothing of what such a file says of its own
 * layout before version 1.3 (github.com/libbpf/libbpf/issues/617), so the few fields are read here.
 *
 * Layout: Documentation/bpf/btf.rst, include/uapi/linux/btf.h. Which functions are listed:
 * tools/lib/bpf and pahole's btf_encoder.c. Those whose prototype differs between objects, or that
 * the compiler changed (.isra, .constprop), are left out, and of variables nearly always all that
 * are not per CPU: what is listed is there, what is not listed may be there all the same.
 */
#include "db/text.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"

#include <string.h>

enum { HEADER_BYTES = 24, LAYOUT_HEADER_BYTES = 32, NAME_MAX_BYTES = 512 };
enum { KIND_FUNC = 12, KIND_VAR = 14, KINDS = 20 };

/* What follows the 12 bytes of every type: so many bytes, and so many for each member. */
static const struct {
	uint8_t fixed, each;
} behind[KINDS] = {
	[1] = {4, 0},	     /* INT */
	[3] = {12, 0},	     /* ARRAY */
	[4] = {0, 12},	     /* STRUCT */
	[5] = {0, 12},	     /* UNION */
	[6] = {0, 8},	     /* ENUM */
	[13] = {0, 8},	     /* FUNC_PROTO */
	[KIND_VAR] = {4, 0}, /* VAR */
	[15] = {0, 12},	     /* DATASEC */
	[17] = {4, 0},	     /* DECL_TAG */
	[19] = {0, 12},	     /* ENUM64 */
};

struct btf {
	bool big_endian;
	struct hu_str types, strings; /* what the file has of them */
	struct hu_str layout;	      /* since 7.1: how long types of each kind are */
	uint64_t missing; /* bytes that the header promises and the file does not have */
	uint64_t base;	  /* length of the kernel's strings, for a module's */
	struct hu_str base_strings;
};

static uint32_t number(const struct btf *btf, const char *at)
{
	const unsigned char *b = (const void *)at;

	return btf->big_endian ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
					 (uint32_t)b[3]
			       : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 |
					 (uint32_t)b[0];
}

/* Magic 0xeb9f, version 1, no flags. */
static bool begins(struct hu_str head, bool *big_endian)
{
	if (head.len < 4 || head.at[2] != 1 || head.at[3] != 0)
		return false;
	*big_endian = !memcmp(head.at, "\xeb\x9f", 2);
	return *big_endian || !memcmp(head.at, "\x9f\xeb", 2);
}

/* A part that lies at `offset` behind the header; as much of it as is there. */
static struct hu_str part(struct btf *btf, struct hu_str file, uint32_t header, uint32_t offset,
			  uint32_t len)
{
	uint64_t at = (uint64_t)header + offset, end = at + len;

	if (end > file.len) {
		btf->missing += end - (at > file.len ? at : file.len);
		end = file.len;
	}
	return at < end ? (struct hu_str){file.at + at, (size_t)(end - at)}
			: (struct hu_str){NULL, 0};
}

static struct hu_err *open_parts(struct hu_str file, struct btf *ret)
{
	if (!begins(file, &ret->big_endian) || file.len < HEADER_BYTES)
		return hu_err(HU_ERR_BAD_INPUT, "the file ends inside its header");
	uint32_t header = number(ret, file.at + 4);
	if (header < HEADER_BYTES)
		return hu_err(HU_ERR_BAD_INPUT, "its header says that it is %u bytes long", header);
	ret->types = part(ret, file, header, number(ret, file.at + 8), number(ret, file.at + 12));
	ret->strings =
		part(ret, file, header, number(ret, file.at + 16), number(ret, file.at + 20));
	if (header >= LAYOUT_HEADER_BYTES && file.len >= LAYOUT_HEADER_BYTES)
		ret->layout = part(ret, file, header, number(ret, file.at + 24),
				   number(ret, file.at + 28));
	return NULL;
}

static bool is_name(struct hu_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool digit = c >= '0' && c <= '9';
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
		      c == '$' || (digit && i)))
			return false;
	}
	return name.len && name.len <= NAME_MAX_BYTES;
}

/*
 * The string at `offset`; false where there is no name. Every name is a whole string: one that
 * begins in the middle of another shows that the offsets count from elsewhere, as they do with the
 * strings of another kernel.
 */
static bool name_at(const struct btf *btf, uint64_t offset, struct hu_str *ret)
{
	struct hu_str in = btf->strings;

	if (offset < btf->base)
		in = btf->base_strings;
	else
		offset -= btf->base;
	if (offset >= in.len || (offset && in.at[offset - 1]))
		return false;
	const char *at = in.at + offset, *nul = memchr(at, '\0', in.len - offset);
	*ret = (struct hu_str){at, nul ? (size_t)(nul - at) : 0};
	return nul && is_name(*ret);
}

struct walk {
	uint64_t types, functions, variables, nameless;
	struct hu_err *err;
};

static void take(const struct btf *btf, const char *at, bool variable, struct walk *w,
		 struct hu_sink *to)
{
	struct hu_str name;

	if (!name_at(btf, number(btf, at), &name)) {
		w->nameless++;
		return;
	}
	if (to)
		hu_put_symbol(to, 0, variable ? 'D' : 'T', name);
	w->functions += !variable;
	w->variables += variable;
}

/* Bytes of a type of this kind with so many members; 0: nobody says. */
static uint64_t size_of(const struct btf *btf, uint32_t kind, uint32_t members)
{
	uint64_t fixed, each;

	if (kind && kind < KINDS) {
		fixed = behind[kind].fixed;
		each = behind[kind].each;
	} else if (kind && btf->layout.len / 4 > kind) { /* struct btf_layout */
		fixed = (unsigned char)btf->layout.at[kind * 4];
		each = (unsigned char)btf->layout.at[kind * 4 + 1];
	} else {
		return 0;
	}
	return 12 + fixed + each * members;
}

/*
 * `to` NULL: only counts. The word behind the name has the number of members in its low 16 bits and
 * the kind in bits 24 to
 * 28. The bits next to either were always zero; since 7.2 they belong to these two.
 */
static void walk_types(const struct btf *btf, struct walk *w, struct hu_sink *to)
{
	struct hu_str left = btf->types;

	while (left.len >= 12) {
		uint32_t info = number(btf, left.at + 4), kind = info >> 24 & 0x7f;
		uint64_t size = size_of(btf, kind, info & 0xffffff);
		w->types++;
		if (!size) {
			w->err = hu_err(HU_ERR_BAD_INPUT,
					"type %llu is of kind %u, which is not known here, so the "
					"types behind it cannot be found",
					(unsigned long long)w->types, kind);
			return;
		}
		if (size > left.len)
			break;
		if (kind == KIND_FUNC || kind == KIND_VAR)
			take(btf, left.at, kind == KIND_VAR, w, to);
		left = hu_str_skip(left, (size_t)size);
	}
	if (left.len && !btf->missing)
		w->err = hu_err(HU_ERR_BAD_INPUT, "its types end inside one of them");
}

/* A module's names count on from the end of the kernel's. */
static struct hu_err *find_base(const struct hu_surroundings *around, struct hu_mapped *file,
				struct btf *btf)
{
	static const char *const paths[] = {"btf/vmlinux", "vmlinux"};
	struct btf base = {0};

	for (size_t i = 0; around->file && !file->text.len && i < 2; i++) {
		const char *path = around->file(around->with, paths[i]);
		if (path)
			hu_err_free(hu_mapped_open(path, file));
	}
	struct hu_err *err = open_parts(file->text, &base);
	bool fits = !err && !base.missing && base.big_endian == btf->big_endian &&
		    base.strings.len && !base.strings.at[0];
	hu_err_free(err);
	if (!fits)
		return hu_err(HU_ERR_BAD_INPUT,
			      "a module's, whose names count on from the kernel's own: without "
			      "/sys/kernel/btf/vmlinux beside it they cannot be found");
	btf->base = base.strings.len;
	btf->base_strings = base.strings;
	struct walk w = {0};
	walk_types(btf, &w, NULL);
	hu_err_free(w.err);
	return w.nameless && !btf->missing
		       ? hu_err(HU_ERR_BAD_INPUT,
				"a module's, and not of the kernel whose BTF lies beside it: "
				"its names do not count on from that one's")
		       : NULL;
}

static void put_number(struct hu_sink *to, const char *key, uint64_t value)
{
	struct hu_out text HU_CLEANUP(hu_out_deinit) = {0};

	hu_out_printf(&text, "%llu", (unsigned long long)value);
	hu_put_fact(to, key, hu_out_view(&text));
}

static void put_losses(const struct btf *btf, const struct walk *w, struct hu_sink *to)
{
	struct hu_gap gap = {.from = HU_OPEN, .to = HU_OPEN, .count = HU_NONE, .cpu = HU_NONE};

	if (btf->missing) {
		gap.kind = HU_LOSS_TRUNCATED;
		hu_put_loss(to, &gap, "its header promises %llu bytes that the file does not have",
			    (unsigned long long)btf->missing);
	}
	if (w->nameless) {
		gap.kind = HU_LOSS_UNPARSED;
		gap.count = (int64_t)w->nameless;
		hu_put_loss(to, &gap, "functions and variables whose names are not there: %llu",
			    (unsigned long long)w->nameless);
	}
}

static struct hu_err *btf_read(const char *path, const struct hu_surroundings *around,
			       struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct hu_mapped base HU_CLEANUP(hu_mapped_close) = {0};
	struct btf btf = {0};
	struct walk w = {0};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (!err)
		err = open_parts(file.text, &btf);
	/* tools/lib/bpf/btf.c, btf_parse_str_sec(): only a kernel's strings begin with an empty one
	 */
	bool module = !err && btf.strings.len && btf.strings.at[0];
	if (module)
		err = find_base(around, &base, &btf);
	if (err)
		return err;
	walk_types(&btf, &w, to);
	put_losses(&btf, &w, to);
	uint64_t listed = w.functions + w.variables;
	if (listed) {
		hu_put_fact(to, "btf.of", hu_str(module ? "module" : "kernel"));
		put_number(to, "btf.functions", w.functions);
		put_number(to, "btf.variables", w.variables);
	}
	if (w.functions)
		hu_put_event_count(to, hu_str("FUNC"), w.functions, true);
	if (w.variables)
		hu_put_event_count(to, hu_str("VAR"), w.variables, true);
	if (w.types > listed)
		hu_put_event_count(to, hu_str("other type"), w.types - listed, false);
	hu_put_totals(to, w.types, file.text.len);
	if (w.err)
		return w.err;
	if (btf.missing)
		return hu_err(HU_ERR_BAD_INPUT, "the file ends early: what follows is missing");
	/* The first kernels with BTF (4.18 to 5.2) listed types alone. */
	return listed ? NULL : hu_err(HU_ERR_BAD_INPUT, "it names no function and no variable");
}

static enum hu_match btf_probe(const struct hu_probe *in)
{
	bool big_endian;

	return !in->is_dir && begins(in->head, &big_endian) ? HU_MATCH_CERTAIN : HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_btf = {
	.name = "btf",
	.binary = true,
	.reads = "/sys/kernel/btf/vmlinux: which functions the kernel has",
	.clock = HU_CLOCK_NONE,
	.probe = btf_probe,
	.read_among = btf_read,
};
