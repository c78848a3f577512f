/*
 * Is this text a kernel log? Asked about the first 4 KiB of every file, so most answers are no.
 */
#include "ingest/kframe.h"
#include "ingest/kmsg_log.h"
#include "ingest/reader.h"

#include <string.h>

struct evidence {
	unsigned lines, stamped, tagged, other, web, openers, frames, details;
};

static void weigh(struct evidence *e, struct hu_kmsg_calendar *calendar, struct hu_str physical)
{
	struct hu_kmsg_line line;
	struct hu_kmsg_report opens;
	struct hu_kframe frame;

	if (!hu_str_trim(physical).len)
		return;
	hu_kmsg_unstamp(calendar, physical, &line);
	if (line.property)
		return;
	e->lines++;
	bool wall = line.wall != HU_OPEN;
	if (line.other_program)
		e->other++;
	else if (wall && line.host.len)
		e->tagged++;
	else if (line.printk != HU_OPEN || wall)
		e->stamped++;
	/* Apache's error log has dmesg -T's stamp, and always a bracket behind it. */
	e->web += wall && line.printk == HU_OPEN && !line.host.len && hu_str_starts(line.text, "[");
	if (line.printk != HU_OPEN || wall)
		return;
	if (hu_kmsg_find_stamp(physical) > 0) {
		e->stamped++;
		return;
	}
	struct hu_str text = hu_str_trim(line.text);
	hu_kmsg_classify(text, &opens);
	e->openers += opens.what != HU_KMSG_PLAIN && opens.what != HU_KMSG_OOM_KILL &&
		      opens.what != HU_KMSG_OOPS_DETAIL && opens.what != HU_KMSG_CONTEXT;
	e->frames += hu_str_find(text, "+0x") > 0 && hu_kframe_parse(text, &frame);
	e->details += hu_kmsg_is_detail(text) || (text.len && text.at[0] == '<');
}

enum hu_match hu_kmsg_probe(const struct hu_probe *in)
{
	struct hu_kmsg_calendar calendar = {0};
	struct evidence e = {0};
	struct hu_str rest = in->head, line;

	if (in->is_dir)
		return HU_MATCH_NO;
	while (rest.len) {
		/* The head may end inside a line. */
		if (!memchr(rest.at, '\n', rest.len) && in->head.len >= HU_PROBE_BYTES && e.lines)
			break;
		if (!hu_str_line(&rest, &line))
			break;
		weigh(&e, &calendar, line);
	}
	if (e.web && e.web == e.stamped)
		return HU_MATCH_NO;
	if (e.stamped && (e.stamped * 2 >= e.lines || (e.stamped >= 5 && e.stamped * 4 >= e.lines)))
		return HU_MATCH_LIKELY;
	if (e.tagged && (e.tagged + e.other) * 5 >= e.lines * 4)
		return HU_MATCH_LIKELY;
	/* A pasted report without stamps, or a kernel with printk.time=0. */
	if (e.openers && e.frames >= 3 && (e.openers + e.frames + e.details) * 2 >= e.lines)
		return HU_MATCH_LIKELY;
	return HU_MATCH_NO;
}
