/*
 * The changelog of a kernel package: Debian's changelog.Debian and what `rpm -q --changelog`
 * prints. Up to 70,000 lines and 5 MB, newest version first. One aggregate row per entry: the table
 * is "changelog 6.1.187-1", the key is the entry's text, its lines joined.
 */
#include "db/text.h"
#include "ingest/mapped.h"
#include "ingest/reader.h"

#include <ctype.h>
#include <string.h>

/* No entry that people write is as long as 2 KiB, and no kernel has an eighth as much of them. */
enum { LONGEST_VERSION = 100, LONGEST_ITEM = 2000, LONGEST_LINE = 8192, MOST_STORED = 32 << 20 };

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "6.1.187-1", "4.18.0-513.el8": three numbers at least, the first below 100. */
static bool kernel_version(struct hu_str s)
{
	int numbers = 0;
	size_t i = 0, first = 0;

	while (i < s.len && digit(s.at[i])) {
		size_t from = i;
		while (i < s.len && digit(s.at[i]))
			i++;
		first = numbers++ ? first : i - from;
		if (i + 1 >= s.len || s.at[i] != '.')
			break;
		i++;
	}
	for (size_t k = 0; k < s.len; k++)
		if (!isalnum((unsigned char)s.at[k]) && !strchr(".-+~_:", s.at[k]))
			return false;
	return numbers >= 3 && first <= 2;
}

struct entry {
	struct hu_str package, version;
};

/* deb-changelog(5): "linux (6.1.187-1) bookworm-security; urgency=high" */
static bool debian_head(struct hu_str line, struct entry *ret)
{
	static const char *const packages[] = {"linux", "proxmox-kernel", "pve-kernel"};
	struct hu_str rest = line;
	struct hu_str package = hu_str_word(&rest), version = hu_str_word(&rest);
	bool kernel = false;

	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++)
		kernel |= hu_str_starts(package, packages[i]);
	if (!kernel || version.len < 3 || version.at[0] != '(' ||
	    version.at[version.len - 1] != ')' || hu_str_find(rest, "; urgency=") < 0)
		return false;
	*ret = (struct entry){package, {version.at + 1, version.len - 2}};
	return ret->version.len <= LONGEST_VERSION;
}

static bool one_of(struct hu_str word, const char *three_letters)
{
	for (; word.len == 3 && *three_letters; three_letters += 3)
		if (!memcmp(word.at, three_letters, 3))
			return true;
	return false;
}

/*
 * "* Tue Sep 18 2018 Name <mail> [4.14.0-113.el7a]", "… <mail> - 5.10.0-182.0.0.95"; SUSE and
 * Amazon write no version there.
 */
static bool rpm_head(struct hu_str line, struct entry *ret)
{
	struct hu_str rest = line;
	uint64_t day, year;

	if (!hu_str_is(hu_str_word(&rest), "*") ||
	    !one_of(hu_str_word(&rest), "MonTueWedThuFriSatSun") ||
	    !one_of(hu_str_word(&rest), "JanFebMarAprMayJunJulAugSepOctNovDec") ||
	    !hu_str_u64(hu_str_word(&rest), 10, &day) || day > 31 ||
	    !hu_str_u64(hu_str_word(&rest), 10, &year) || year < 1990 || year > 2999)
		return false;
	struct hu_str version = hu_str_last_word(&rest);
	if (version.len > 2 && version.at[0] == '[' && version.at[version.len - 1] == ']')
		version = (struct hu_str){version.at + 1, version.len - 2};
	*ret = (struct entry){{NULL, 0}, {NULL, 0}};
	if (version.len <= LONGEST_VERSION && kernel_version(version))
		ret->version = version;
	return true;
}

struct walk {
	struct hu_sink *to;
	bool debian;
	hu_name table; /* names the version */
	struct hu_out version;
	bool open;	    /* Debian: inside an entry that its " -- " line has not ended */
	struct hu_out item; /* being put together from its lines */
	size_t indent;	    /* of its first line */
	uint64_t outer;	    /* bit n: it is below a bullet that stands n columns in */
	uint64_t pos, item_at, items, cut, stored;
	uint64_t strange, first_strange; /* lines that stand further left than what they go on */
};

static void walk_deinit(struct walk *w)
{
	hu_out_deinit(&w->version);
	hu_out_deinit(&w->item);
}

static void end_item(struct walk *w)
{
	if (!w->item.len)
		return;
	if (w->item.len > LONGEST_ITEM) {
		w->item.len = LONGEST_ITEM;
		w->cut++;
	}
	const struct hu_aggregate row = {
		.ts = HU_OPEN,
		.pos = w->item_at,
		.low = HU_OPEN,
		.high = HU_OPEN,
		.count = HU_UNCOUNTED,
		.total = HU_NONE,
		.table = w->table,
		.key = hu_intern(w->to, hu_out_view(&w->item)),
	};
	hu_put_aggregate(w->to, &row);
	w->stored += w->item.len;
	w->items++;
	hu_out_clear(&w->item);
}

/* Words joined by one blank each, so that a subject broken over two lines is one again. */
static void add_words(struct walk *w, struct hu_str text)
{
	struct hu_str word;

	while ((word = hu_str_word(&text)).len) {
		if (w->item.len)
			hu_out_putc(&w->item, ' ');
		if (w->item.len <= LONGEST_ITEM)
			hu_out_str(&w->item, word);
	}
}

static void begin_version(struct walk *w, const struct entry *e)
{
	end_item(w);
	hu_out_clear(&w->version);
	hu_out_puts(&w->version, "changelog ");
	hu_out_str(&w->version, e->version);
	w->table = hu_intern(w->to, hu_str_trim(hu_out_view(&w->version)));
	w->open = w->debian;
	w->indent = 0;
	w->outer = 0;
}

static bool is_bullet(struct hu_str trimmed)
{
	return trimmed.len > 2 && strchr("*-+", trimmed.at[0]) && trimmed.at[1] == ' ';
}

static void begin_bullet(struct walk *w, size_t indent)
{
	enum { DEEPEST = 62 };

	if (indent < w->indent)
		w->outer &= indent < DEEPEST ? (UINT64_C(1) << indent) - 1 : UINT64_MAX;
	else if (indent > w->indent && w->indent && w->indent < DEEPEST)
		w->outer |= UINT64_C(1) << w->indent;
	w->indent = indent;
}

/* Further in than its bullet; or, after the bullets below it, two columns in from an outer one. */
static bool goes_on(const struct walk *w, size_t indent)
{
	return indent > w->indent || (indent >= 2 && indent < 64 && w->outer >> (indent - 2) & 1);
}

static void take_line(struct walk *w, struct hu_str line)
{
	struct hu_str text = hu_str_trim(line);
	struct entry e;

	if (w->debian && line.len && line.at[0] != ' ' && debian_head(line, &e)) {
		begin_version(w, &e);
	} else if (!w->debian && line.len && line.at[0] == '*' && rpm_head(line, &e)) {
		begin_version(w, &e);
	} else if (w->debian && hu_str_starts(line, " -- ")) {
		end_item(w);
		w->open = false;
	} else if (!text.len || hu_str_starts(text, "http") ||
		   (w->debian && hu_str_starts(text, "[ ") && hu_str_ends(text, " ]"))) {
		end_item(w);
	} else if (is_bullet(text)) {
		end_item(w);
		w->item_at = w->pos;
		begin_bullet(w, (size_t)(text.at - line.at));
		add_words(w, hu_str_skip(text, 2));
	} else if (w->item.len) {
		if (w->debian && !goes_on(w, (size_t)(text.at - line.at)) && !w->strange++)
			w->first_strange = w->pos;
		add_words(w, text);
	}
}

static void put_losses(const struct walk *w, bool full)
{
	struct hu_gap gap = {.from = HU_OPEN,
			     .to = HU_OPEN,
			     .count = 1,
			     .cpu = HU_NONE,
			     .kind = HU_LOSS_TRUNCATED,
			     .pos = w->pos};

	if (full)
		hu_put_loss(w->to, &gap,
			    "the changelog is larger than %d MiB: its oldest entries are left out",
			    MOST_STORED >> 20);
	if (w->strange) {
		struct hu_gap odd = gap;
		odd.kind = HU_LOSS_UNPARSED;
		odd.count = (int64_t)w->strange;
		odd.pos = w->first_strange;
		hu_put_loss(w->to, &odd,
			    "lines that go on with an entry, and stand further left than it: %llu, "
			    "the first is line %llu",
			    (unsigned long long)w->strange, (unsigned long long)w->first_strange);
	}
	if (w->cut) {
		gap.count = (int64_t)w->cut;
		hu_put_loss(w->to, &gap, "lines and entries too long for a changelog, cut: %llu",
			    (unsigned long long)w->cut);
	}
}

static bool put_head(struct walk *w, struct hu_str line)
{
	struct entry first;

	w->debian = debian_head(line, &first);
	if (!w->debian && !rpm_head(line, &first))
		return false;
	if (first.package.len)
		hu_put_fact(w->to, "changelog.package", first.package);
	if (first.version.len)
		hu_put_fact(w->to, "changelog.newest", first.version);
	return true;
}

static struct hu_err *changelog_read(const char *path, struct hu_sink *to)
{
	struct hu_mapped file HU_CLEANUP(hu_mapped_close) = {0};
	struct walk w HU_CLEANUP(walk_deinit) = {.to = to};
	struct hu_err *err = hu_mapped_open(path, &file);

	if (err)
		return err;
	struct hu_str rest = file.text, line;
	while (w.stored <= MOST_STORED && hu_str_line(&rest, &line)) {
		w.pos++;
		if (line.len > LONGEST_LINE) {
			w.cut++;
			line.len = LONGEST_LINE;
		}
		if (!w.table && hu_str_trim(line).len && !put_head(&w, line))
			return hu_err(HU_ERR_BAD_INPUT,
				      "line %llu begins no entry of a kernel's changelog",
				      (unsigned long long)w.pos);
		take_line(&w, line);
	}
	bool full = rest.len > 0, cut = w.open && !full;
	/* What a cut file ends with may be half a subject: that is no entry. */
	if (cut || (file.text.len && file.text.at[file.text.len - 1] != '\n'))
		hu_out_clear(&w.item);
	end_item(&w);
	put_losses(&w, full);
	if (w.items)
		hu_put_event_count(to, hu_str("changelog entry"), w.items, true);
	hu_put_totals(to, w.items, file.text.len);
	if (!w.items)
		return hu_err(HU_ERR_BAD_INPUT, "holds no entry of a changelog");
	if (cut)
		return hu_err(HU_ERR_BAD_INPUT, "the file ends inside the entries of %s",
			      w.version.at);
	return NULL;
}

/* Does an entry of the head speak of a part of the kernel? "- [mm] …", "- mm/slab: …" */
static bool kernel_item(struct hu_str text)
{
	static const char *const parts[] = {
		"mm",	      "net",	   "fs",    "x86",    "arm64", "powerpc",  "s390",
		"scsi",	      "nvme",	   "kvm",   "drm",    "xfs",   "ext4",	   "nfs",
		"netdrv",     "block",	   "sched", "kernel", "bpf",   "usb",	   "pci",
		"acpi",	      "cgroup",	   "perf",  "crypto", "iommu", "redhat",   "btrfs",
		"netfilter",  "rcu",	   "memcg", "vfs",    "smb",   "cifs",	   "ceph",
		"infiniband", "ib",	   "rdma",  "kvm",    "dm",    "md",	   "gpu",
		"wifi",	      "bluetooth", "tcp",   "ipv4",   "ipv6",  "io_uring", "linux",
		"rds",	      "uek-rpm"};

	if (!is_bullet(text))
		return false;
	text = hu_str_skip(text, 2);
	if (text.len && text.at[0] == '[')
		text = hu_str_skip(text, 1);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t n = strlen(parts[i]);
		if (text.len > n && strchr("]:/", text.at[n]) && !strncasecmp(text.at, parts[i], n))
			return true;
	}
	return false;
}

static enum hu_match changelog_probe(const struct hu_probe *in)
{
	struct hu_str rest = in->head, line;
	struct entry e;

	if (in->is_dir)
		return HU_MATCH_NO;
	do {
		if (!hu_str_line(&rest, &line))
			return HU_MATCH_NO;
	} while (!hu_str_trim(line).len);
	if (debian_head(line, &e))
		return kernel_version(e.version) ? HU_MATCH_LIKELY : HU_MATCH_NO;
	if (!rpm_head(line, &e))
		return HU_MATCH_NO;
	/* An rpm changelog does not say of which package it is. */
	while (hu_str_line(&rest, &line))
		if (kernel_item(hu_str_trim(line)))
			return HU_MATCH_LIKELY;
	return HU_MATCH_NO;
}

const struct hu_reader_ops hu_reader_changelog = {
	.name = "changelog",
	.reads = "the changelog of a kernel package: changelog.Debian, rpm -q --changelog",
	.clock = HU_CLOCK_NONE,
	.probe = changelog_probe,
	.read = changelog_read,
};
