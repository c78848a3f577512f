/* What is lost of a trace, as its text says it or shows it, to the store. Per CPU, as the tracer
 * loses. */
#include "ingest/ftext_loss.h"
#include "ingest/stackowner.h"

#include <stdlib.h>

enum { SEAMS = 1000 }; /* that are told one by one, each with its end */

void hu_ftext_loss_strange(struct hu_ftext_loss *l, struct hu_str line, uint64_t pos)
{
	enum { SHOWN = 72 };

	if (l->strange < HU_FTEXT_EXAMPLES) {
		struct hu_out *out = &l->example[l->strange];
		line = hu_str_trim(line);
		for (size_t i = 0; i < line.len && i < SHOWN; i++)
			hu_out_putc(out, line.at[i] < ' ' || line.at[i] > '~' ? '?' : line.at[i]);
		if (line.len > SHOWN)
			hu_out_puts(out, "...");
		l->strange_first[l->strange] = pos;
	}
	l->strange++;
}

static struct hu_gap somewhere(enum hu_loss kind, uint64_t count)
{
	return (struct hu_gap){.from = HU_OPEN,
			       .to = HU_OPEN,
			       .count = (int64_t)count,
			       .cpu = HU_NONE,
			       .kind = kind};
}

static void put_strange(struct hu_ftext_loss *l)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	struct hu_gap gap = somewhere(HU_LOSS_UNPARSED, l->strange);

	if (!l->strange)
		return;
	gap.pos = l->strange_first[0];
	for (size_t i = 0; i < HU_FTEXT_EXAMPLES && i < l->strange; i++)
		hu_out_printf(&text, "%s line %" PRIu64 " \"%s\"", i ? ";" : "",
			      l->strange_first[i], l->example[i].len ? l->example[i].at : "");
	hu_put_loss(l->to, &gap, "%" PRIu64 " lines are not understood:%s", l->strange, text.at);
}

static struct hu_ftext_cpu *cpu_of(struct hu_ftext_loss *l, int32_t cpu)
{
	if (cpu < 0 || cpu >= HU_FTEXT_CPU_LIMIT)
		return NULL;
	if ((size_t)cpu >= l->cpus) {
		size_t count = (size_t)cpu + 16;
		l->cpu = hu_realloc(l->cpu, count * sizeof(*l->cpu));
		for (size_t i = l->cpus; i < count; i++)
			l->cpu[i] = (struct hu_ftext_cpu){.last = HU_OPEN, .first = HU_OPEN};
		l->cpus = count;
	}
	return &l->cpu[cpu];
}

static void put_lost(struct hu_ftext_loss *l, int32_t number, struct hu_ftext_cpu *cpu, hu_ns to)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	const struct hu_gap lost = {.from = cpu->last,
				    .to = to,
				    .count = cpu->lost_count,
				    .cpu = number,
				    .kind = HU_LOSS_DROPPED,
				    .pos = cpu->lost_line};

	if (cpu->lost_count > 0)
		hu_out_grouped(&text, cpu->lost_count);
	hu_put_loss(l->to, &lost,
		    cpu->lost_count > 0 ? "%s events dropped by the tracer"
					: "%sevents dropped by the tracer, nobody counted them",
		    text.len ? text.at : "");
	cpu->lost = false;
}

void hu_ftext_loss_told(struct hu_ftext_loss *l, const struct hu_ftext_line *line, uint64_t pos)
{
	struct hu_ftext_cpu *cpu = cpu_of(l, line->cpu);

	if (!cpu)
		return;
	if (cpu->lost)
		put_lost(l, line->cpu, cpu, HU_OPEN);
	cpu->lost = true;
	cpu->lost_count = line->count;
	cpu->lost_line = pos;
}

/* No printing tracer puts the records of one CPU out of order: the file is not as it was. */
static void put_seam(struct hu_ftext_loss *l, int32_t number, struct hu_ftext_cpu *cpu, hu_ns to)
{
	const struct hu_gap seam = {.from = cpu->low,
				    .to = to,
				    .count = HU_NONE,
				    .cpu = number,
				    .kind = HU_LOSS_UNPARSED,
				    .pos = cpu->back_line};

	hu_put_loss(l->to, &seam,
		    "the stamps of this CPU go back in line %" PRIu64
		    ": what happened there is not in order",
		    cpu->back_line);
	cpu->behind = false;
	l->seams++;
}

static bool see_order(struct hu_ftext_loss *l, int32_t number, struct hu_ftext_cpu *cpu, hu_ns ts,
		      uint64_t pos)
{
	if (cpu->behind && ts > cpu->high && l->seams < SEAMS)
		put_seam(l, number, cpu, ts);
	if (!cpu->seen || ts >= cpu->last)
		return true;
	if (!l->back++)
		l->back_line = pos;
	if (!cpu->behind) {
		cpu->low = cpu->high = cpu->last;
		cpu->back_line = pos;
	}
	cpu->behind = true;
	cpu->low = ts < cpu->low ? ts : cpu->low;
	return false;
}

bool hu_ftext_loss_time(struct hu_ftext_loss *l, const struct hu_ftext_line *line, uint64_t pos)
{
	struct hu_ftext_cpu *cpu = cpu_of(l, line->cpu);

	if (!cpu)
		return true;
	if (cpu->lost)
		put_lost(l, line->cpu, cpu, line->ts);
	const bool in_order = see_order(l, line->cpu, cpu, line->ts, pos);
	if (!cpu->seen)
		cpu->first = line->ts;
	cpu->seen = true;
	cpu->last = line->ts;
	return in_order;
}

void hu_ftext_loss_put(struct hu_ftext_loss *l, const struct hu_ftext_queue *queue,
		       const struct hu_ftext_lines *lines)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out number = {0};
	uint64_t refused_line, refused = hu_ftext_queue_refused(queue, &refused_line);
	uint64_t stray_line, strays = hu_ftext_queue_stray(queue, &stray_line);
	struct hu_gap loss;

	for (size_t i = 0; i < l->cpus; i++) {
		struct hu_ftext_cpu *cpu = &l->cpu[i];
		if (cpu->lost)
			put_lost(l, (int32_t)i, cpu, HU_OPEN);
		if (cpu->behind)
			put_seam(l, (int32_t)i, cpu, HU_OPEN);
	}
	if (l->overwritten) {
		hu_ns latest = HU_OPEN;
		for (size_t i = 0; i < l->cpus; i++)
			if (l->cpu[i].seen && (latest == HU_OPEN || l->cpu[i].first > latest))
				latest = l->cpu[i].first;
		hu_out_grouped(&number, (int64_t)l->overwritten);
		loss = somewhere(HU_LOSS_DROPPED, l->overwritten);
		loss.to = latest;
		hu_put_loss(l->to, &loss,
			    "%s events were written over before the trace was read: before this "
			    "moment, events of any CPU may be missing",
			    number.at);
	}
	if (refused) {
		loss = somewhere(HU_LOSS_UNPARSED, refused);
		loss.pos = refused_line;
		hu_put_loss(l->to, &loss,
			    "%" PRIu64
			    " events whose fields are cut or printed in an unknown form, "
			    "the first in line %" PRIu64,
			    refused, refused_line);
	}
	if (l->elsewhere) {
		loss = somewhere(HU_LOSS_UNPARSED, l->elsewhere);
		hu_put_loss(l->to, &loss,
			    "%" PRIu64
			    " records are of events that a second buffer has, too; those "
			    "of one buffer were used",
			    l->elsewhere);
	}
	if (strays) {
		loss = somewhere(HU_LOSS_MISSING, strays);
		loss.pos = stray_line;
		hu_put_loss(l->to, &loss, HU_STRAY_STACKS, strays, "line", stray_line);
	}
	if (hu_ftext_queue_cut(queue)) {
		loss = somewhere(HU_LOSS_MISSING, hu_ftext_queue_cut(queue));
		hu_put_loss(l->to, &loss,
			    "%" PRIu64 " stacks are printed only in part: raw fields end after as "
			    "many frames as the event's format declares",
			    hu_ftext_queue_cut(queue));
	}
	if (l->back) {
		loss = somewhere(HU_LOSS_MISSING, l->back);
		loss.pos = l->back_line;
		hu_put_loss(l->to, &loss,
			    "the stamps of a CPU go back %" PRIu64 " times, first in line %" PRIu64
			    ": kept as they are, and nothing is paired across",
			    l->back, l->back_line);
	}
	if (lines->cut) {
		loss = somewhere(HU_LOSS_TRUNCATED, 1);
		loss.pos = lines->pos;
		hu_put_loss(l->to, &loss,
			    "the last line has no end: it may be cut, and is not used");
	}
	put_strange(l);
}

void hu_ftext_loss_deinit(struct hu_ftext_loss *l)
{
	for (size_t i = 0; i < HU_FTEXT_EXAMPLES; i++)
		hu_out_deinit(&l->example[i]);
	free(l->cpu);
}
