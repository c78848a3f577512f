/*
 * Call chains to stacks. A profile repeats itself: a chain that was seen before costs its hash and
 * one look. The kernel's part lies on top, leaf first, as perf script prints it; below it lie the
 * program's frames, named so that no kernel function can be meant.
 */
#include "ingest/perfdata_parts.h"
#include "ingest/symtab.h"
#include "ingest/vocabulary_private.h"

#include <stdlib.h>

/* PERF_CONTEXT_*, include/uapi/linux/perf_event.h */
#define CONTEXT(n) ((uint64_t) - (n))
enum { FRAMES_MAX = 1024, CHAINS_MAX = 1 << 20 };

enum space { KERNEL, USER, DEFERRED, GUEST, NOWHERE };

static enum space space_of(uint64_t marker)
{
	switch (marker) {
	case CONTEXT(128):
		return KERNEL;
	case CONTEXT(512):
		return USER;
	case CONTEXT(640): /* the user part comes in a CALLCHAIN_DEFERRED; a cookie follows */
		return DEFERRED;
	case CONTEXT(2048):
	case CONTEXT(2176):
	case CONTEXT(2560):
		return GUEST;
	default:
		return NOWHERE;
	}
}

static bool is_marker(uint64_t ip)
{
	return ip >= CONTEXT(4095);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static struct hu_perf_chain *chain_place(struct hu_perf_stacks *stacks, uint64_t hash)
{
	if (stacks->count * 2 >= stacks->room) {
		struct hu_perf_stacks grown = {.room = stacks->room && stacks->count < CHAINS_MAX
							       ? stacks->room * 2
						       : stacks->room ? stacks->room
								      : 1024};
		grown.at = hu_alloc(grown.room * sizeof(*grown.at));
		for (size_t i = 0; i < stacks->room && grown.room > stacks->room; i++) {
			if (!stacks->at[i].hash)
				continue;
			size_t at = (size_t)stacks->at[i].hash & (grown.room - 1);
			while (grown.at[at].hash)
				at = (at + 1) & (grown.room - 1);
			grown.at[at] = stacks->at[i];
			grown.count++;
		}
		free(stacks->at);
		*stacks = grown;
	}
	size_t at = (size_t)hash & (stacks->room - 1);
	while (stacks->at[at].hash && stacks->at[at].hash != hash)
		at = (at + 1) & (stacks->room - 1);
	return &stacks->at[at];
}

void hu_perf_stacks_deinit(struct hu_perf_stacks *stacks)
{
	free(stacks->at);
}

static hu_stack push_kernel(struct hu_perf_job *job, hu_stack caller, uint64_t ip)
{
	struct hu_address *address = hu_vocabulary_resolve(job->words, ip);
	struct hu_symbol symbol;

	if (!address->module && !(job->symbols && hu_symtab_find(job->symbols, ip, &symbol)))
		address->module = hu_intern(job->to, hu_perf_kernel_module(job->kernel, ip));
	return hu_push_frame(job->to, caller, address->symbol, address->module);
}

static hu_stack push_user(struct hu_perf_job *job, hu_stack caller, int32_t pid, uint64_t ip)
{
	struct hu_perf_frame frame;

	hu_perf_maps_user(job->maps, pid, ip, &frame);
	hu_name symbol = hu_intern(job->to, frame.symbol);
	return hu_push_frame(job->to, caller, symbol, hu_intern(job->to, frame.module));
}

struct frame {
	uint64_t ip;
	enum space space;
};

/* The frames of a chain, leaf first. */
static size_t frames_of(struct hu_perf_job *job, const struct hu_perf_sample *sample,
			enum space space, struct frame ret[FRAMES_MAX])
{
	bool swap = job->head.swap;
	size_t count = 0;

	for (size_t at = 0; at + 8 <= sample->chain.len && count < FRAMES_MAX; at += 8) {
		uint64_t ip = hu_load64(sample->chain.at + at, swap);
		if (is_marker(ip)) {
			space = space_of(ip);
			job->deferred += space == DEFERRED;
			job->guest += space == GUEST;
		} else if (space == KERNEL || space == USER) {
			ret[count++] = (struct frame){ip, space};
		}
	}
	return count;
}

hu_stack hu_perf_stack(struct hu_perf_job *job, const struct hu_perf_sample *sample, uint16_t misc)
{
	unsigned mode = misc & HU_PERF_CPUMODE;
	enum space space = mode == HU_PERF_CPUMODE_KERNEL ? KERNEL
			   : mode == HU_PERF_CPUMODE_USER ? USER
							  : NOWHERE;
	struct frame frame[FRAMES_MAX] HU_UNSET;
	size_t count;
	uint64_t hash = mix(0, sample->chain.len + space);
	bool user = space == USER;

	if (!sample->chained)
		hash = mix(hash, sample->ip);
	for (size_t at = 0; at + 8 <= sample->chain.len; at += 8) {
		uint64_t ip = hu_load64(sample->chain.at + at, job->head.swap);
		user |= ip == CONTEXT(512);
		hash = mix(hash, ip);
	}
	if (user) /* the same addresses are other places in another program */
		hash = mix(hash, hu_perf_maps_version(job->maps, sample->pid));
	hash += !hash;
	struct hu_perf_chain *chain = chain_place(&job->stacks, hash);
	if (chain->hash)
		return chain->stack;

	if (sample->chained) {
		count = frames_of(job, sample, space, frame);
	} else {
		frame[0] = (struct frame){sample->ip, space};
		count = space != NOWHERE && sample->ip;
	}
	hu_stack stack = 0;
	for (size_t i = count; i-- > 0;)
		stack = frame[i].space == KERNEL ? push_kernel(job, stack, frame[i].ip)
						 : push_user(job, stack, sample->pid, frame[i].ip);
	*chain = (struct hu_perf_chain){hash, stack};
	job->stacks.count++;
	return stack;
}
