/*
 * Stacks of ftrace text. A capture has a few hundred different ones a hundred thousand times, so
 * what a stack says of its event, and its number, are kept by its frames; a frame by its text
 * (hu_text_known()). What is too much to keep is begun anew.
 */
#include "ingest/ftext_stack.h"

#include <stdlib.h>
#include <string.h>

enum {
	FRAMES_MAX = 512,
	TOP_FRAMES = 16, /* say whose a stack is that nobody wants */
	KEPT_MAX = 1 << 13,
	PLACES = KEPT_MAX * 2,
};

struct stack { /* all that is asked of one */
	uint64_t hash;
	const struct hu_text_known **known; /* its frames */
	size_t frames;
	struct hu_stack_top top;
	hu_stack name;
	bool has_top, has_name;
};

struct hu_ftext_stack {
	struct hu_text_events *events;
	bool wanted;
	struct hu_text_frame frame[FRAMES_MAX];
	const struct hu_text_known *known[FRAMES_MAX];
	size_t frames, unknown;
	uint64_t hash;
	struct stack *now; /* NULL: not looked up yet */
	struct stack odd;  /* one that is not kept */
	struct stack *kept[PLACES];
	size_t count;
	uint64_t cut;
};

struct hu_ftext_stack *hu_ftext_stack_create(struct hu_text_events *events)
{
	struct hu_ftext_stack *s = hu_alloc(sizeof(*s));

	s->events = events;
	return s;
}

static void forget(struct hu_ftext_stack *s)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (!s->kept[i])
			continue;
		free(s->kept[i]->known);
		free(s->kept[i]);
		s->kept[i] = NULL;
	}
	s->count = 0;
}

void hu_ftext_stack_destroy(struct hu_ftext_stack *s)
{
	if (!s)
		return;
	forget(s);
	free(s);
}

void hu_ftext_stack_begin(struct hu_ftext_stack *s, bool wanted)
{
	s->wanted = wanted;
	s->frames = s->unknown = 0;
	s->hash = 0;
	s->now = NULL;
}

void hu_ftext_stack_frame(struct hu_ftext_stack *s, struct hu_str text)
{
	if (s->frames == (s->wanted ? FRAMES_MAX : TOP_FRAMES))
		return;
	const struct hu_text_known *known = hu_text_known(s->events, text);
	struct hu_text_frame *frame = &s->frame[s->frames];
	if (known)
		*frame = known->frame;
	if (known ? !known->is_frame : !hu_text_frame(text, frame)) {
		if (!hu_str_starts(text, "["))
			return;
		/* "[FTRACE TRAMPOLINE]": stands where a function would */
		*frame = (struct hu_text_frame){.symbol = known ? known->text : text};
	}
	s->known[s->frames++] = known;
	s->unknown += !known;
	s->hash = (s->hash ^ (uintptr_t)known >> 4) * UINT64_C(0x9e3779b97f4a7c15);
	s->hash ^= s->hash >> 32;
}

void hu_ftext_stack_bytes(struct hu_ftext_stack *s, struct hu_str body)
{
	ptrdiff_t at = hu_str_find(body, "ARRAY[");
	uint64_t address = 0, byte;
	unsigned bytes = 0;

	if (at < 0 || !s->wanted)
		return;
	int64_t told;
	struct hu_str size = hu_str_word(&(struct hu_str){body.at, body.len});
	bool sized = hu_str_starts(size, "size=") && hu_str_i64(hu_str_skip(size, 5), &told);
	body = hu_str_skip(body, (size_t)at + 6);
	if (body.len && body.at[body.len - 1] == ']')
		body.len--;
	while (body.len && s->frames < FRAMES_MAX) {
		if (!hu_str_u64(hu_str_trim(hu_str_split(&body, ',')), 16, &byte) || byte > 0xff)
			return;
		address |= byte << 8 * bytes++;
		if (bytes < 8)
			continue;
		if (address == UINT64_MAX)
			return;
		s->frame[s->frames++] = (struct hu_text_frame){.address = address};
		s->unknown++;
		address = bytes = 0;
	}
	s->cut += sized && told > (int64_t)s->frames;
}

uint64_t hu_ftext_stack_cut(const struct hu_ftext_stack *s)
{
	return s->cut;
}

static bool same(const struct hu_ftext_stack *s, const struct stack *kept)
{
	return kept->hash == s->hash && kept->frames == s->frames &&
	       !memcmp(kept->known, s->known, s->frames * sizeof(s->known[0]));
}

static struct stack *now(struct hu_ftext_stack *s)
{
	if (s->now)
		return s->now;
	if (s->unknown || !s->frames) {
		s->odd = (struct stack){.frames = s->frames};
		return s->now = &s->odd;
	}
	if (s->count == KEPT_MAX)
		forget(s);
	size_t at = s->hash % PLACES;
	while (s->kept[at] && !same(s, s->kept[at]))
		at = (at + 1) % PLACES;
	if (!s->kept[at]) {
		struct stack *kept = hu_alloc(sizeof(*kept));
		kept->hash = s->hash;
		kept->frames = s->frames;
		kept->known = hu_alloc(s->frames * sizeof(s->known[0]));
		memcpy(kept->known, s->known, s->frames * sizeof(s->known[0]));
		s->kept[at] = kept;
		s->count++;
	}
	return s->now = s->kept[at];
}

const struct hu_stack_top *hu_ftext_stack_top(struct hu_ftext_stack *s)
{
	struct stack *stack = now(s);

	for (size_t i = 0; i < s->frames && !stack->has_top; i++)
		if (!hu_stack_top_see(&stack->top, hu_text_frame_name(s->events, &s->frame[i])))
			break;
	stack->has_top = true;
	return &stack->top;
}

hu_stack hu_ftext_stack_name(struct hu_ftext_stack *s)
{
	struct stack *stack = now(s);

	if (!stack->has_name)
		stack->name = hu_text_stack(s->events, s->frame, s->frames);
	stack->has_name = true;
	return stack->name;
}
