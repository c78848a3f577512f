/*
 * Merges stacks into a tree and writes its widest frames. Shaped for some thousand distinct stacks
 * of some dozen frames.
 */
#include "analyzers/flame.h"

#include <stdlib.h>
#include <string.h>

/* A stranger's stacks may all differ; what comes later is counted where it joins. */
enum { MAX_NODES = 200000 };

struct hu_flame hu_flame_new(struct hu_model *m, const char *label)
{
	struct hu_flame f = {.m = m};

	HU_PUSH(&f.nodes, ((struct hu_flame_node){.label = label, .kind = "all"}));
	return f;
}

void hu_flame_deinit(struct hu_flame *f)
{
	free(f->leaves.at);
	free(f->nodes.at);
	*f = (struct hu_flame){0};
}

static uint32_t child_of(struct hu_flame *f, uint32_t parent, const char *label, const char *kind)
{
	uint32_t last = 0;

	for (uint32_t i = f->nodes.at[parent].child; i; i = f->nodes.at[i].next) {
		if (!strcmp(f->nodes.at[i].label, label))
			return i;
		last = i;
	}
	if (f->nodes.count >= MAX_NODES)
		return parent;
	uint32_t fresh = (uint32_t)f->nodes.count;
	HU_PUSH(&f->nodes,
		((struct hu_flame_node){.parent = parent, .label = label, .kind = kind}));
	if (last)
		f->nodes.at[last].next = fresh;
	else
		f->nodes.at[parent].child = fresh;
	return fresh;
}

static const char *kind_of(const char *frame)
{
	if (hu_is_lock_function(frame) || strstr(frame, "spin_lock") ||
	    strstr(frame, "lock_slowpath"))
		return "lock";
	return "frame";
}

/* The node of the stack's leaf. */
static uint32_t leaf_of(struct hu_flame *f, hu_stack_id stack)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	HU_VEC(const char *) frames = {0};
	bool known = stack > 0 && (size_t)stack < f->m->stacks.count;
	uint32_t at = 0;

	while (known && f->leaves.count <= (size_t)stack)
		HU_PUSH(&f->leaves, 0u);
	if (known && f->leaves.at[stack])
		return f->leaves.at[stack] - 1;
	hu_stack_text(&f->m->stacks, stack, "\n", &text);
	struct hu_str rest = text.len ? hu_out_view(&text) : (struct hu_str){NULL, 0}, line;
	while (hu_str_line(&rest, &line)) {
		const char *frame = hu_model_string(f->m, line);
		if (frame)
			HU_PUSH(&frames, frame);
	}
	for (size_t i = frames.count, depth = 1; i > 0 && depth < HU_FLAME_DEPTH; i--, depth++)
		at = child_of(f, at, frames.at[i - 1], kind_of(frames.at[i - 1]));
	free(frames.at);
	if (known)
		f->leaves.at[stack] = at + 1;
	return at;
}

void hu_flame_add(struct hu_flame *f, hu_stack_id stack, int64_t width, const char *on_top,
		  const char *above)
{
	if (width <= 0)
		return;
	uint32_t at = leaf_of(f, stack);
	for (uint32_t up = at; up; up = f->nodes.at[up].parent)
		f->nodes.at[up].width += width;
	f->nodes.at[0].width += width;
	const char *tops[] = {on_top, above};
	for (size_t i = 0; i < 2; i++) {
		if (!tops[i])
			continue;
		/* A function that an event named has no frame of a stack, and is one. */
		at = child_of(f, at, tops[i], !i && above ? "frame" : "none");
		f->nodes.at[at].width += width;
	}
}

static int widest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x > y ? -1 : x < y;
}

/* Frames of this width or more are at most so many, and wide enough to see. */
static int64_t least_width(const struct hu_flame *f)
{
	size_t n = f->nodes.count;
	int64_t *widths = hu_alloc(n * sizeof(*widths)), least = f->nodes.at[0].width / 1000;

	for (size_t i = 0; i < n; i++)
		widths[i] = f->nodes.at[i].width;
	qsort(widths, n, sizeof(*widths), widest_first);
	if (n > HU_FLAME_FRAMES && widths[HU_FLAME_FRAMES] >= least)
		least = widths[HU_FLAME_FRAMES] + 1;
	free(widths);
	return least > 0 ? least : 1;
}

struct put {
	const struct hu_flame *f;
	struct hu_conclusion *c;
	const char *incident;
	int64_t number, least;
};

static int by_width(const void *a, const void *b, void *flame)
{
	const struct hu_flame *f = flame;
	const struct hu_flame_node *x = &f->nodes.at[*(const uint32_t *)a],
				   *y = &f->nodes.at[*(const uint32_t *)b];
	bool nx = !strcmp(x->kind, "none"), ny = !strcmp(y->kind, "none");

	if (nx != ny) /* what no stack tells of stands right of all */
		return nx ? 1 : -1;
	if (x->width != y->width)
		return x->width > y->width ? -1 : 1;
	return strcmp(x->label, y->label);
}

static void put_node(struct put *p, uint32_t at, int64_t depth, int64_t start)
{
	const struct hu_flame_node *n = &p->f->nodes.at[at];
	HU_VEC(uint32_t) children = {0};

	if (n->width < p->least)
		return;
	hu_result(p->c->store, &p->c->err,
		  "INSERT INTO flame_frame (incident, flame, depth, start, width, kind, label) "
		  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		  "siiiiss", p->incident, p->number, depth, start, n->width, n->kind, n->label);
	for (uint32_t i = n->child; i; i = p->f->nodes.at[i].next)
		if (p->f->nodes.at[i].width >= p->least)
			HU_PUSH(&children, i);
	if (children.count)
		qsort_r(children.at, children.count, sizeof(children.at[0]), by_width,
			(void *)(uintptr_t)p->f);
	for (size_t i = 0; i < children.count; i++) {
		put_node(p, children.at[i], depth + 1, start);
		start += p->f->nodes.at[children.at[i]].width;
	}
	free(children.at);
}

void hu_flame_put(const struct hu_flame *f, struct hu_conclusion *c, const char *incident,
		  int64_t number, const char *kind, const char *title, const char *unit,
		  const char *basis)
{
	struct put p = {f, c, incident, number, least_width(f)};
	int64_t left_out = 0;

	for (size_t i = 0; i < f->nodes.count; i++)
		left_out += f->nodes.at[i].width < p.least;
	hu_result(c->store, &c->err,
		  "INSERT INTO flame (incident, flame, kind, title, unit, total, basis, left_out) "
		  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		  "sisssisi", incident, number, kind, title, unit, f->nodes.at[0].width, basis,
		  left_out);
	put_node(&p, 0, 0, 0);
}
