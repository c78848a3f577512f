/*
 * Samples: the fields of fixed size by the places that their event's layout gives, the rest in the
 * order in which the kernel writes it (kernel/events/core.c, perf_output_sample()).
 */
#include "ingest/perfdata_bits.h"
#include "ingest/perfdata_parts.h"

static struct hu_str take_numbers(struct hu_bytes *from, uint64_t count)
{
	if (count > from->left.len / 8) {
		from->bad = true;
		return (struct hu_str){NULL, 0};
	}
	return hu_bytes_take(from, count * 8);
}

/* What a sample read from its counters: one, or all of its group. */
static struct hu_str take_values(const struct hu_perf_event *event, struct hu_bytes *from)
{
	uint64_t format = event->read_format;
	uint64_t times = !!(format & TOTAL_ENABLED) + !!(format & TOTAL_RUNNING);
	uint64_t each = 1 + !!(format & WITH_ID) + !!(format & LOST);
	struct hu_bytes start = *from;

	if (!(format & GROUP))
		return take_numbers(from, times + each);
	uint64_t count = hu_bytes_u64(from);
	if (from->bad || count > from->left.len / 8) {
		from->bad = true;
		return (struct hu_str){NULL, 0};
	}
	take_numbers(from, times);
	take_numbers(from, count * each);
	start.left.len -= from->left.len;
	return start.left;
}

bool hu_perf_value_next(const struct hu_perf_event *event, bool swap, struct hu_str *values,
			bool *started, struct hu_perf_value *ret)
{
	uint64_t format = event->read_format;
	size_t times = !!(format & TOTAL_ENABLED) + !!(format & TOTAL_RUNNING);
	size_t each = 1 + !!(format & WITH_ID) + !!(format & LOST);

	*ret = (struct hu_perf_value){0};
	if (!(format & GROUP)) { /* value, times, id, lost */
		if (values->len < (times + each) * 8)
			return false;
		ret->value = hu_load64(values->at, swap);
		if (format & WITH_ID)
			ret->id = hu_load64(values->at + (1 + times) * 8, swap);
		*values = (struct hu_str){NULL, 0};
		return true;
	}
	if (!*started) { /* count, times, and then {value, id, lost} of each */
		*started = true;
		*values = hu_str_skip(*values, (1 + times) * 8);
	}
	if (values->len < each * 8)
		return false;
	ret->value = hu_load64(values->at, swap);
	if (format & WITH_ID)
		ret->id = hu_load64(values->at + 8, swap);
	*values = hu_str_skip(*values, each * 8);
	return true;
}

static void take_branches(const struct hu_perf_event *event, struct hu_bytes *from,
			  struct hu_perf_sample *ret)
{
	uint64_t count = hu_bytes_u64(from);

	if (event->branch_type & BRANCH_INDEX)
		hu_bytes_u64(from);
	if (count > from->left.len / 24) {
		from->bad = true;
		return;
	}
	hu_bytes_take(from, count * 24);
	if (event->branch_type & BRANCH_COUNTERS)
		take_numbers(from, count);
	ret->branches = count;
}

static void take_registers(struct hu_bytes *from, uint64_t mask)
{
	if (hu_bytes_u64(from)) /* the ABI; 0: none were there */
		take_numbers(from, (uint64_t)__builtin_popcountll(mask));
}

/* What stands behind the fields of fixed size, in the order of the kernel's perf_output_sample().
 */
static bool take_rest(const struct hu_perf_event *event, struct hu_bytes *from,
		      struct hu_perf_sample *ret)
{
	uint64_t type = event->sample_type;

	if (type & READ)
		ret->values = take_values(event, from);
	ret->chained = type & CALLCHAIN;
	if (type & CALLCHAIN)
		ret->chain = take_numbers(from, hu_bytes_u64(from));
	if (type & RAW)
		ret->raw = hu_bytes_take(from, hu_bytes_u32(from));
	if (type & BRANCH_STACK)
		take_branches(event, from, ret);
	if (type & REGS_USER)
		take_registers(from, event->regs_user);
	if (type & STACK_USER) {
		uint64_t size = hu_bytes_u64(from);
		ret->user_stack = size;
		hu_bytes_take(from, size);
		if (size)
			hu_bytes_u64(from); /* how much of it is meant */
	}
	if (type & (WEIGHT | WEIGHT_STRUCT))
		hu_bytes_u64(from);
	if (type & DATA_SRC)
		hu_bytes_u64(from);
	if (type & TRANSACTION)
		hu_bytes_u64(from);
	if (type & REGS_INTR)
		take_registers(from, event->regs_intr);
	take_numbers(from, (uint64_t)__builtin_popcountll(
				   type & (PHYS_ADDR | CGROUP | DATA_PAGE_SIZE | CODE_PAGE_SIZE)));
	if (type & AUX) {
		ret->aux = hu_bytes_u64(from);
		hu_bytes_take(from, ret->aux);
	}
	return !from->bad;
}

static int32_t thread_of(const char *at, bool swap)
{
	int32_t id = (int32_t)hu_load32(at, swap);

	return id < 0 ? HU_NONE : id;
}

bool hu_perf_sample_parse(const struct hu_perf_event *event, bool swap, struct hu_str body,
			  struct hu_perf_sample *ret)
{
	const struct hu_perf_layout *at = &event->at;

	*ret = (struct hu_perf_sample){
		.pid = HU_NONE, .tid = HU_NONE, .cpu = HU_NONE, .period = event->period};
	if (body.len < (size_t)at->fixed)
		return false;
	if (at->ip >= 0)
		ret->ip = hu_load64(body.at + at->ip, swap);
	if (at->tid >= 0) {
		ret->pid = thread_of(body.at + at->tid, swap);
		ret->tid = thread_of(body.at + at->tid + 4, swap);
	}
	if (at->time >= 0)
		ret->time = hu_load64(body.at + at->time, swap);
	if (at->id >= 0)
		ret->id = hu_load64(body.at + at->id, swap);
	if (at->cpu >= 0)
		ret->cpu = thread_of(body.at + at->cpu, swap);
	if (at->period >= 0)
		ret->period = hu_load64(body.at + at->period, swap);
	struct hu_bytes rest = {.left = hu_str_skip(body, (size_t)at->fixed), .swap = swap};
	/* Bits of a kernel newer than this: what they add stands at the end. */
	return take_rest(event, &rest, ret);
}

void hu_perf_trailer_parse(const struct hu_perf_event *event, bool swap, struct hu_str *body,
			   struct hu_perf_sample *ret)
{
	*ret = (struct hu_perf_sample){.pid = HU_NONE, .tid = HU_NONE, .cpu = HU_NONE};
	if (!event || body->len < (size_t)event->at.trailer)
		return;
	const struct hu_perf_layout *at = &event->at;
	const char *end = body->at + body->len;
	if (at->end_tid) {
		ret->pid = thread_of(end - at->end_tid, swap);
		ret->tid = thread_of(end - at->end_tid + 4, swap);
	}
	if (at->end_time)
		ret->time = hu_load64(end - at->end_time, swap);
	if (at->end_id)
		ret->id = hu_load64(end - at->end_id, swap);
	if (at->end_cpu)
		ret->cpu = thread_of(end - at->end_cpu, swap);
	body->len -= (size_t)at->trailer;
}
