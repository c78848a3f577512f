/*
 * Frame and stack patterns of the known-fix library. Patterns are ours, stacks are hostile: every
 * loop is bounded by pattern length times text length, nothing recurses but families, and those
 * were checked for cycles when they were loaded.
 */
#include "analyzers/knownlib.h"

#include <stdlib.h>
#include <string.h>

/* '*' takes any run of characters; the last star alone is ever retried, so there is no explosion.
 */
bool hu_known_glob(const char *pattern, size_t len, struct hu_str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;

	while (t < text.len) {
		if (p < len && pattern[p] == '*') {
			star = p++;
			resume = t;
		} else if (p < len && pattern[p] == text.at[t]) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (p < len && pattern[p] == '*')
		p++;
	return p == len;
}

struct hu_str hu_known_bare(struct hu_str frame)
{
	frame = hu_str_trim(frame);
	if (hu_str_starts(frame, "? "))
		frame = hu_str_trim(hu_str_skip(frame, 2));
	for (size_t i = 0; i < frame.len; i++)
		if (frame.at[i] == '+' || frame.at[i] == ' ' || (i && frame.at[i] == '.'))
			frame.len = i;
	return frame;
}

const cJSON *hu_known_family(const struct hu_known_lib *lib, const char *name, size_t len)
{
	for (size_t i = lib->family_files; i-- > 0;) { /* the last one added wins */
		for (const cJSON *item =
			     hu_known_first(hu_known_item(lib->families[i].json, "families"));
		     item; item = item->next)
			if (strlen(item->string) == len && !memcmp(item->string, name, len))
				return hu_known_item(item, "frames");
	}
	return NULL;
}

bool hu_known_frame(const struct hu_known_lib *lib, const char *pattern, struct hu_str frame)
{
	while (*pattern) {
		size_t n = strcspn(pattern, "|");
		if (*pattern == '@') {
			for (const cJSON *item =
				     hu_known_first(hu_known_family(lib, pattern + 1, n - 1));
			     item; item = item->next)
				if (hu_known_frame(lib, item->valuestring, frame))
					return true;
		} else if (n && hu_known_glob(pattern, n, frame)) {
			return true;
		}
		pattern += n + (pattern[n] == '|');
	}
	return false;
}

/* Families are our shorthand: people get the first few of the names. */
void hu_known_frame_text(const struct hu_known_lib *lib, const char *pattern, int *left,
			 struct hu_out *to)
{
	pattern += *pattern == '>';
	while (*pattern && *left > 0) {
		size_t n = strcspn(pattern, "|");
		if (*pattern == '@') {
			for (const cJSON *item =
				     hu_known_first(hu_known_family(lib, pattern + 1, n - 1));
			     item && *left > 0; item = item->next)
				hu_known_frame_text(lib, item->valuestring, left, to);
		} else {
			bool first = !to->len || to->at[to->len - 1] == ' ';
			hu_out_puts(to, first ? "" : "|");
			hu_out_bytes(to, pattern, n);
			--*left;
		}
		pattern += n + (pattern[n] == '|');
	}
}

/* The frames of a stack, bare, leaf first. */
struct frames {
	struct hu_str *at;
	size_t count;
};

static struct frames split(const char *stack)
{
	struct hu_str rest = hu_str(stack);
	struct frames f = {0};
	size_t cap = 1;

	for (size_t i = 0; i < rest.len; i++)
		cap += rest.at[i] == ';';
	f.at = hu_alloc(cap * sizeof(*f.at));
	while (rest.len) {
		struct hu_str frame = hu_known_bare(hu_str_split(&rest, ';'));
		if (frame.len)
			f.at[f.count++] = frame;
	}
	return f;
}

/*
 * A run of a pattern is a frame and the '>' frames behind it. True if all of it fits from frame i
 * on; *end gets the frame behind the last one, and `hits` the frames used.
 */
static bool run_fits(const struct hu_known_lib *lib, const cJSON *run, const struct frames *f,
		     size_t i, size_t *end, struct hu_str *hits)
{
	for (size_t n = 0;; i++) {
		bool next = *run->valuestring == '>';
		while (next && i < f->count && hu_known_frame(lib, "@waiting", f->at[i]))
			i++;
		if (i >= f->count || !hu_known_frame(lib, run->valuestring + next, f->at[i]))
			return false;
		hits[n++] = f->at[i];
		run = run->next;
		if (!run || *run->valuestring != '>')
			break;
	}
	*end = i + 1;
	return true;
}

bool hu_known_stack(const struct hu_known_lib *lib, const cJSON *pattern, const char *stack,
		    struct hu_out *used)
{
	struct frames f = split(stack);
	struct hu_str *hits = hu_alloc((f.count + 1) * sizeof(*hits));
	const cJSON *run = pattern->child;
	size_t i = 0, n = 0;

	while (run && i < f.count) {
		/* A run needs as many frames as it has, so the array is never too small. */
		if (!run_fits(lib, run, &f, i, &i, hits + n)) {
			i++;
			continue;
		}
		do {
			n++;
			run = run->next;
		} while (run && *run->valuestring == '>');
	}
	for (size_t k = 0; !run && used && k < n; k++) {
		hu_out_puts(used, k ? " <- " : "");
		hu_out_str(used, hits[k]);
	}
	free(f.at);
	free(hits);
	return !run;
}

bool hu_known_shallow(const struct hu_known_lib *lib, const char *stack)
{
	struct frames f = split(stack);
	bool shallow = true;

	for (size_t i = 0; i < f.count && shallow; i++)
		shallow = hu_known_frame(lib, "@waiting|@entry|0x*|[unknown]", f.at[i]);
	free(f.at);
	return shallow;
}
