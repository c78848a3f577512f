/*
 * Lines of perf's text outputs: megabytes of them as a rule, so a line is borrowed from the mapped
 * file, and copied only if a terminal's colours or NULs have to be taken out.
 */
#include "ingest/perfscript_text.h"

#include "db/text.h"

#include <stdlib.h>
#include <string.h>

struct hu_err *hu_perf_text_open(struct hu_perf_text *text, const char *path)
{
	struct hu_err *err = hu_mapped_open(path, &text->file);

	if (err)
		return err;
	text->rest = text->file.text;
	if (hu_str_starts(text->rest, "\xef\xbb\xbf"))
		text->rest = hu_str_skip(text->rest, 3);
	text->cut = text->rest.len && text->rest.at[text->rest.len - 1] != '\n';
	return NULL;
}

void hu_perf_text_close(struct hu_perf_text *text)
{
	hu_mapped_close(&text->file);
	hu_freep(&text->clean);
}

/* ESC [ … letter, ESC ] … BEL, ESC and one more; of what begins with ESC. */
static size_t escape_len(struct hu_str s)
{
	size_t i = 2;

	if (s.len < 2)
		return s.len;
	if (s.at[1] == '[') {
		while (i < s.len && s.at[i] >= 0x20 && s.at[i] < 0x40)
			i++;
		return i < s.len ? i + 1 : i;
	}
	if (s.at[1] == ']') {
		while (i < s.len && s.at[i] != '\a' && s.at[i] != 27)
			i++;
		return i < s.len && s.at[i] == '\a' ? i + 1 : i;
	}
	return 2;
}

/* Returns the new length, never more than the old one. */
static size_t clean(struct hu_str line, char *to, uint64_t *nuls)
{
	size_t n = 0;

	while (line.len) {
		size_t skip = 1;
		if (*line.at == 27)
			skip = escape_len(line);
		else if (!*line.at)
			++*nuls;
		else
			to[n++] = *line.at;
		line = hu_str_skip(line, skip);
	}
	return n;
}

static bool is_plain(struct hu_str line)
{
	return !line.len || (!memchr(line.at, 27, line.len) && !memchr(line.at, 0, line.len));
}

static struct hu_str unreturned(struct hu_str line)
{
	while (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

bool hu_perf_text_line(struct hu_perf_text *text, struct hu_str *ret)
{
	struct hu_str line;

	if (!text->rest.len || (text->cut && !memchr(text->rest.at, '\n', text->rest.len)))
		return false;
	hu_str_line(&text->rest, &line);
	text->pos++;
	if (line.len > HU_PERF_LINE_MAX) {
		line.len = HU_PERF_LINE_MAX;
		text->long_lines++;
	}
	if (!is_plain(line)) {
		if (!text->clean)
			text->clean = hu_alloc(HU_PERF_LINE_MAX);
		line = (struct hu_str){text->clean, clean(line, text->clean, &text->nuls)};
	}
	*ret = unreturned(line);
	return true;
}

void hu_perf_text_odd(struct hu_perf_text *text, struct hu_str line)
{
	if (text->odd_lines < HU_PERF_EXAMPLES) {
		struct hu_perf_odd *odd = &text->odd[text->odd_lines];
		line = hu_str_trim(line);
		odd->pos = text->pos;
		odd->len = line.len < HU_PERF_EXAMPLE_LEN ? line.len : HU_PERF_EXAMPLE_LEN;
		memcpy(odd->at, line.at, odd->len);
	}
	text->odd_lines++;
}

static void put_odd(const struct hu_perf_text *text, struct hu_sink *to)
{
	struct hu_out examples HU_CLEANUP(hu_out_deinit) = {0};
	struct hu_gap gap = {HU_OPEN, HU_OPEN,		(int64_t)text->odd_lines,
			     HU_NONE, HU_LOSS_UNPARSED, text->odd[0].pos};
	uint64_t n = text->odd_lines < HU_PERF_EXAMPLES ? text->odd_lines : HU_PERF_EXAMPLES;

	for (uint64_t i = 0; i < n; i++) {
		hu_out_printf(&examples, "%s line %llu: ", i ? ";" : ":",
			      (unsigned long long)text->odd[i].pos);
		hu_out_bytes(&examples, text->odd[i].at, text->odd[i].len);
	}
	hu_put_loss(to, &gap, "%llu line%s not understood%.*s", (unsigned long long)text->odd_lines,
		    text->odd_lines == 1 ? " was" : "s were", (int)examples.len, examples.at);
}

struct hu_err *hu_perf_text_end(struct hu_perf_text *text, struct hu_sink *to)
{
	struct hu_gap gap = {HU_OPEN, HU_OPEN, HU_NONE, HU_NONE, HU_LOSS_UNPARSED, text->pos};

	if (text->odd_lines)
		put_odd(text, to);
	if (text->long_lines) {
		gap.count = (int64_t)text->long_lines;
		hu_put_loss(to, &gap,
			    "%llu lines of more than %d MiB: only their beginnings were "
			    "read",
			    (unsigned long long)text->long_lines, HU_PERF_LINE_MAX >> 20);
	}
	if (text->nuls) {
		gap.count = (int64_t)text->nuls;
		hu_put_loss(to, &gap, "%llu NUL bytes inside the text were left out",
			    (unsigned long long)text->nuls);
	}
	if (!text->cut)
		return NULL;
	gap = (struct hu_gap){HU_OPEN, HU_OPEN, 1, HU_NONE, HU_LOSS_TRUNCATED, text->pos + 1};
	hu_put_loss(to, &gap, "the file ends in the middle of line %llu, which was left out",
		    (unsigned long long)text->pos + 1);
	return hu_err(HU_ERR_BAD_INPUT, "it ends in the middle of line %llu",
		      (unsigned long long)text->pos + 1);
}

void hu_perf_head_init(struct hu_perf_head *head, struct hu_str bytes)
{
	if (hu_str_starts(bytes, "\xef\xbb\xbf"))
		bytes = hu_str_skip(bytes, 3);
	/* Binary data has NULs all over it; a text has a few where a disk lost a page. */
	uint64_t nuls = 0;
	for (size_t i = 0; i < bytes.len; i++)
		nuls += !bytes.at[i];
	head->rest = bytes;
	if (nuls > bytes.len / 4)
		head->rest = (struct hu_str){0};
}

bool hu_perf_head_line(struct hu_perf_head *head, struct hu_str *ret)
{
	uint64_t nuls = 0;

	if (!head->rest.len || !memchr(head->rest.at, '\n', head->rest.len))
		return false;
	hu_str_line(&head->rest, ret);
	if (!is_plain(*ret) && ret->len <= sizeof(head->room))
		*ret = (struct hu_str){head->room, clean(*ret, head->room, &nuls)};
	*ret = unreturned(*ret);
	return true;
}

bool hu_perf_is_chatter(struct hu_str line)
{
	static const char *const begins[] = {
		"No kallsyms or vmlinux with build-id",
		"build id event received for",
		"pmu capabilities not available",
		"Looking at the vmlinux_path",
		"Failed to open",
		"Failed to read max cpus",
		"failed to open",
		"Kernel address maps",
		"Couldn't record kernel reference relocation symbol",
		"Check /proc/kallsyms permission",
		"Symbol resolution may be skewed",
		"[kernel.kallsyms] with build id",
		"Warning:",
		"WARNING:",
		"Processed ",
		"Check IO/CPU overload!",
		"[ perf record: ",
		"Using CPUID",
		"symsrc__init:",
		"dso open failed",
		"overlapping maps",
		"addr2line:",
		"incomplete ",
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (hu_str_starts(line, begins[i]))
			return true;
	return false;
}

bool hu_perf_cpu(struct hu_str *s, int32_t *ret)
{
	struct hu_str rest = *s;
	uint64_t cpu;

	while (rest.len && *rest.at == ' ')
		rest = hu_str_skip(rest, 1);
	if (!rest.len || *rest.at != '[')
		return false;
	struct hu_str number = hu_str_skip(rest, 1);
	const char *end = memchr(number.at, ']', number.len < 8 ? number.len : 8);
	if (!end)
		return false;
	number.len = (size_t)(end - number.at);
	if (number.len < 3 || !hu_str_u64(number, 10, &cpu) || cpu > 65535)
		return false;
	*ret = (int32_t)cpu;
	*s = hu_str_skip(rest, number.len + 2);
	return true;
}

bool hu_perf_tid(struct hu_str word, int32_t *ret)
{
	int64_t tid;

	if (!hu_str_i64(word, &tid) || tid < -1 || tid > 1 << 22) /* PID_MAX_LIMIT */
		return false;
	*ret = tid < 0 ? HU_NONE : (int32_t)tid;
	return true;
}

bool hu_perf_task(struct hu_str s, struct hu_str *comm, int32_t *tid, int32_t *tgid)
{
	*tgid = HU_NONE;
	if (hu_str_is(s, "<idle>")) {
		*comm = hu_str("swapper");
		*tid = 0;
		return true;
	}
	if (s.len < 3 || s.at[s.len - 1] != ']')
		return false;
	size_t open = s.len - 1;
	while (open && s.at[open] != '[')
		open--;
	struct hu_str numbers = {s.at + open + 1, s.len - open - 2};
	struct hu_str first = hu_str_split(&numbers, '/');
	if (!hu_perf_tid(first, tid) || (numbers.len && !hu_perf_tid(numbers, tgid)))
		return false;
	*comm = (struct hu_str){s.at, open};
	/* ":253" is perf's word for a task whose name it never saw. */
	if (!open || *s.at == ':')
		*comm = (struct hu_str){0};
	return s.at[open] == '[';
}

void hu_perf_put_summary(struct hu_sink *to, const char *table, const char *of, hu_name key,
			 uint64_t pos, int64_t count, int64_t total)
{
	struct hu_out name HU_CLEANUP(hu_out_deinit) = {0};

	hu_out_printf(&name, "%s%s", table, of);
	hu_put_aggregate(to, &(struct hu_aggregate){
				     .ts = HU_OPEN,
				     .pos = pos,
				     .low = HU_OPEN,
				     .high = HU_OPEN,
				     .count = count,
				     .total = total,
				     .table = hu_intern(to, hu_out_view(&name)),
				     .key = key,
				     .unit = hu_internz(to, "ns"),
			     });
}
