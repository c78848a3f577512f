/* One pass over the bytes: braces outside of strings. */
#include "ingest/jsonlen.h"

size_t hu_json_object_len(struct hu_str text, uint64_t *lines)
{
	size_t depth = 0;
	bool quoted = false;
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		n += c == '\n';
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth == 0) {
			if (lines)
				*lines = n;
			return i + 1;
		}
	}
	return 0;
}
