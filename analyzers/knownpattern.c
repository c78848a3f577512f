/*
 * Frame and stack patterns of the known-fix library. Patterns are ours, stacks are hostile: every
 * loop is bounded by pattern length times text length, nothing recurses but families, and those
 * were checked for cycles when they were loaded.
 */
#include "analyzers/knownlib.h"

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

/* "? shrink_slab.constprop.0+0x12/0x90 [overlay]" is shrink_slab. */
static struct hu_str bare(struct hu_str frame)
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
		const cJSON *item;
		cJSON_ArrayForEach(
			item,
			hu_known_item(lib->families[i].json,
				      "families")) if (strlen(item->string) == len &&
						       !memcmp(item->string, name,
							       len)) return hu_known_item(item,
											  "frames");
	}
	return NULL;
}

bool hu_known_frame(const struct hu_known_lib *lib, const char *pattern, struct hu_str frame)
{
	while (*pattern) {
		size_t n = strcspn(pattern, "|");
		if (*pattern == '@') {
			const cJSON *item;
			cJSON_ArrayForEach(
				item,
				hu_known_family(lib, pattern + 1,
						n - 1)) if (hu_known_frame(lib, item->valuestring,
									   frame)) return true;
		} else if (n && hu_known_glob(pattern, n, frame)) {
			return true;
		}
		pattern += n + (pattern[n] == '|');
	}
	return false;
}

bool hu_known_stack(const struct hu_known_lib *lib, const cJSON *pattern, const char *stack,
		    struct hu_out *used)
{
	struct hu_str rest = hu_str(stack);
	const cJSON *want = pattern->child;
	size_t from = used ? used->len : 0;

	while (want && rest.len) {
		struct hu_str frame = bare(hu_str_split(&rest, ';'));
		if (!frame.len || !hu_known_frame(lib, want->valuestring, frame))
			continue;
		if (used) {
			hu_out_puts(used, used->len > from ? " <- " : "");
			hu_out_str(used, frame);
		}
		want = want->next;
	}
	if (want && used && used->at) {
		used->len = from;
		used->at[from] = '\0';
	}
	return !want;
}

bool hu_known_shallow(const struct hu_known_lib *lib, const char *stack)
{
	struct hu_str rest = hu_str(stack);

	while (rest.len) {
		struct hu_str frame = bare(hu_str_split(&rest, ';'));
		if (frame.len && !hu_known_frame(lib, "@waiting|@entry", frame))
			return false;
	}
	return true;
}
