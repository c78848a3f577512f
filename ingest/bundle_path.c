/* Paths of members: made safe, made printable, stripped of the folder they all share. */
#include "ingest/bundle_parts.h"
#include "db/text.h"
#include "db/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATH_BYTES = 4096 }; /* Linux PATH_MAX: no folder could hold a longer one */

/* Puts the parts of a path that are neither empty nor "." */
static void normalise(struct hu_str raw, struct hu_out *to, bool *climbs)
{
	while (raw.len) {
		struct hu_str part = hu_str_split(&raw, '/');
		if (!part.len || hu_str_is(part, "."))
			continue;
		if (hu_str_is(part, ".."))
			*climbs = true;
		if (to->len && to->at[to->len - 1] != '/')
			hu_out_putc(to, '/');
		hu_out_str(to, part);
	}
}

char *hu_path_clean(struct hu_str raw, const char **why)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	bool climbs = false;

	if (raw.len > PATH_BYTES) {
		*why = "its name is longer than 4,096 bytes: not read";
		return NULL;
	}
	if (raw.len && raw.at[0] == '/') {
		*why = "an absolute path inside an archive: not read";
		return NULL;
	}
	normalise(raw, &out, &climbs);
	if (climbs) {
		*why = "its path climbs out of the archive with \"..\": not read";
		return NULL;
	}
	if (!out.len) {
		*why = "a member without a name: not read";
		return NULL;
	}
	return hu_strdup(hu_out_view(&out));
}

char *hu_path_shown(struct hu_str raw)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};
	bool climbs = false;

	if (raw.len > PATH_BYTES)
		raw.len = 200;
	if (raw.len && raw.at[0] == '/')
		hu_out_putc(&out, '/');
	normalise(raw, &out, &climbs);
	if (!out.len)
		hu_out_puts(&out, "(no name)");
	return hu_strdup(hu_out_view(&out));
}

char *hu_path_escape(struct hu_str raw)
{
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_clear(&out);
	while (raw.len) {
		size_t n = hu_utf8_len(raw);
		struct hu_str c = {raw.at, n ? n : 1};
		if (n && !hu_utf8_control(c))
			hu_out_str(&out, c);
		else
			for (size_t i = 0; i < c.len; i++)
				hu_out_printf(&out, "\\x%02x", (unsigned char)c.at[i]);
		raw = hu_str_skip(raw, c.len);
	}
	return hu_strdup(hu_out_view(&out));
}

size_t hu_path_top(const struct hu_member *members, size_t count)
{
	const char *first = NULL;
	size_t top = 0;

	for (size_t i = 0; i < count; i++) {
		const char *path = members[i].path;
		if (members[i].outside)
			continue;
		if (!first) {
			const char *slash = strchr(path, '/');
			if (!slash)
				return 0;
			first = path;
			top = (size_t)(slash - path) + 1;
		} else if (strncmp(path, first, top) != 0) {
			return 0;
		}
	}
	return top;
}

static const char *const archives[] = {".tar", ".zip", NULL};
static const char *const packed_tars[] = {".tgz",  ".tbz", ".tbz2", ".txz",
					  ".tzst", ".tlz", ".taz",  NULL};
static const char *const packings[] = {".gz", ".bz2", ".xz", ".zst", ".lz4", ".lz", ".Z", NULL};

/* Takes one of these endings off a name that is longer than it. */
static bool drop_ending(struct hu_str *name, const char *const *endings)
{
	for (; *endings; endings++) {
		size_t n = strlen(*endings);
		if (name->len > n && !strncasecmp(name->at + name->len - n, *endings, n)) {
			name->len -= n;
			return true;
		}
	}
	return false;
}

bool hu_path_names_tar(const char *path)
{
	struct hu_str name = hu_str(path);

	return drop_ending(&name, packed_tars) ||
	       (drop_ending(&name, packings) && drop_ending(&name, (const char *[]){".tar", NULL}));
}

char *hu_bundle_name(const char *path)
{
	HU_CLEANUP(hu_freep) char *real = NULL;
	struct hu_str name = hu_str(path);

	while (name.len > 1 && name.at[name.len - 1] == '/')
		name.len--;
	const char *slash = name.len ? memrchr(name.at, '/', name.len) : NULL;
	if (slash && name.len > 1)
		name = hu_str_skip(name, (size_t)(slash - name.at) + 1);
	if (hu_str_is(name, ".") || hu_str_is(name, "..")) {
		real = realpath(path, NULL);
		slash = real ? strrchr(real, '/') : NULL;
		if (slash && slash[1])
			name = hu_str(slash + 1);
	}

	while (drop_ending(&name, archives) || drop_ending(&name, packed_tars) ||
	       drop_ending(&name, packings))
		;
	return hu_path_escape(name);
}
