/* The chain as rows of the report, and in one sentence where it led to. */
#include "analyzers/chain.h"

#include <stdlib.h>
#include <string.h>

/* Of more the report would be no help. */
enum { MAX_TOLD = 8, MAX_SEATS = 3 };

static const char *state_of(const struct hu_link *link)
{
	switch (link->kind) {
	case HU_LINK_PART:
		switch (link->part.kind) {
		case HU_PART_LOCK:
		case HU_PART_SLEEP:
			return "waiting";
		case HU_PART_RUNNABLE:
			return "runnable";
		case HU_PART_RUNNING:
			return "running";
		case HU_PART_UNKNOWN:
			/* of the list of stuck tasks, by which it is in D */
			return link->part.frame ? "sleeping" : "unknown";
		}
		return "unknown";
	case HU_LINK_HOLDER:
	case HU_LINK_FELLOWS:
	case HU_LINK_CIRCLE:
		return "holding";
	case HU_LINK_SCAN:
	case HU_LINK_SEAT:
	case HU_LINK_QUIET:
	case HU_LINK_DEVICE:
	case HU_LINK_WORKER:
		return "running";
	default:
		return "unknown";
	}
}

static const char *how_of(const struct hu_chain *k, const struct hu_link *link)
{
	bool printed = k->op->begin.table && !strcmp(k->op->begin.table, "span");

	switch (link->kind) {
	case HU_LINK_FELLOWS:
	case HU_LINK_NOBODY:
	case HU_LINK_RCU:
	case HU_LINK_REST:
		return NULL;
	case HU_LINK_PART:
		/* A printed wait is its script's word, not an event's. */
		if (link->part.kind == HU_PART_UNKNOWN ||
		    (printed && link->part.kind == HU_PART_LOCK))
			return NULL;
		return hu_how_name(link->how);
	default:
		return hu_how_name(link->how);
	}
}

static void put_link(struct hu_chain *k, const struct hu_link *link, int64_t *rank)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out task = {0};
	HU_CLEANUP(hu_out_deinit) struct hu_out on = {0};

	hu_chain_say_task(k, link, &task);
	hu_chain_say(k, link, &on);
	hu_result(k->c->store, &k->c->err,
		  "INSERT INTO incident_link (incident, rank, depth, task, state, waits_on, how, "
		  "ns, share) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		  "siissssid", k->cause->id, ++*rank, link->depth, task.at, state_of(link),
		  on.len ? on.at : NULL, how_of(k, link), (int64_t)link->ns,
		  k->whole > 0 ? (double)link->ns / (double)k->whole : 0.0);
}

static int longest_first(const void *a, const void *b, void *chain)
{
	const struct hu_chain *k = chain;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (k->links.at[x].ns != k->links.at[y].ns)
		return k->links.at[x].ns > k->links.at[y].ns ? -1 : 1;
	if (k->links.at[x].part.kind != k->links.at[y].part.kind)
		return (int)k->links.at[x].part.kind - (int)k->links.at[y].part.kind;
	return x < y ? -1 : x > y;
}

typedef HU_VEC(size_t) link_list;

static link_list children_of(struct hu_chain *k, size_t parent)
{
	link_list list = {0};

	for (size_t i = parent == SIZE_MAX ? 0 : parent + 1; i < k->links.count; i++)
		if (k->links.at[i].parent == parent)
			HU_PUSH(&list, i);
	if (list.count)
		qsort_r(list.at, list.count, sizeof(list.at[0]), longest_first, k);
	return list;
}

static void put_children(struct hu_chain *k, size_t parent, int64_t *rank)
{
	link_list list = children_of(k, parent);
	struct hu_link rest = {.kind = HU_LINK_REST, .parent = parent};

	for (size_t i = 0; i < list.count; i++) {
		const struct hu_link *link = &k->links.at[list.at[i]];
		/* The operation's own time is told to the last piece. */
		size_t most = link->kind == HU_LINK_SEAT ? MAX_SEATS : MAX_TOLD;
		bool small = parent != SIZE_MAX && i &&
			     (i >= most || link->ns < (k->whole + 99) / 100) &&
			     (i + 1 < list.count || rest.count);
		if (link->kind == HU_LINK_REST || small) {
			rest.depth = link->depth;
			rest.ns += link->ns;
			rest.count += link->kind == HU_LINK_REST ? link->count : 1;
			continue;
		}
		put_link(k, link, rank);
		put_children(k, list.at[i], rank);
	}
	if (rest.ns)
		put_link(k, &rest, rank);
	free(list.at);
}

/* "kswapd0 (45) itself waited for I/O": the holder of most of the stall, and where that led. */
static void say_root(struct hu_chain *k)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out text = {0};
	size_t at = SIZE_MAX, holder = SIZE_MAX;

	for (size_t links = 0; links <= HU_CHAIN_DEPTH; links++) {
		link_list list = children_of(k, at);
		size_t next = list.count ? list.at[0] : SIZE_MAX;
		free(list.at);
		if (next == SIZE_MAX ||
		    (at != SIZE_MAX && k->links.at[next].ns * 2 < k->links.at[at].ns))
			break;
		const struct hu_link *link = &k->links.at[next];
		bool waits =
			link->kind == HU_LINK_PART &&
			(link->part.kind == HU_PART_LOCK || link->part.kind == HU_PART_RUNNABLE ||
			 (link->part.kind == HU_PART_SLEEP && link->part.why != HU_WHY_UNKNOWN));
		if (holder != SIZE_MAX && waits) {
			if (!text.len) {
				hu_chain_say_task(k, &k->links.at[holder], &text);
				hu_out_puts(&text, " itself");
			} else {
				hu_out_puts(&text, ", which");
			}
			hu_out_puts(&text, link->part.kind == HU_PART_RUNNABLE
						   ? " was ready and had to wait for "
						   : " waited for ");
			hu_chain_say(k, link, &text);
			hu_out_puts(&text, " (");
			hu_out_duration(&text, link->ns);
			hu_out_putc(&text, ')');
		} else if (text.len &&
			   (link->kind == HU_LINK_HOLDER || link->kind == HU_LINK_CIRCLE ||
			    link->kind == HU_LINK_SEAT)) {
			hu_out_puts(&text,
				    link->kind == HU_LINK_SEAT ? ", taken by " : ", held by ");
			hu_chain_say_task(k, link, &text);
		} else if (text.len && link->kind == HU_LINK_DEVICE) {
			hu_out_puts(&text, ": ");
			hu_chain_say_task(k, link, &text);
		}
		if (link->kind == HU_LINK_HOLDER)
			holder = next;
		if (!waits && link->kind == HU_LINK_PART)
			break;
		/* What holds up a grace period is told as itself. */
		if (link->kind == HU_LINK_QUIET || link->kind == HU_LINK_CIRCLE)
			break;
		at = next;
	}
	k->cause->behind = hu_model_string(k->c->m, hu_out_view(&text));
}

void hu_chain_tell(struct hu_chain *k)
{
	int64_t rank = 0;

	put_children(k, SIZE_MAX, &rank);
	if (k->op->timed)
		say_root(k);
}
