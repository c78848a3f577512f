/* Cards out of a file of lines: fleet.ndjson, or what a machine without this program's journal
 * sent. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fleet/build.h"
#include "fleet/card.h"

/* getline() with an end: a line that is no card may be as long as the disk. */
static bool next_line(FILE *file, char *line, size_t size, size_t *len)
{
	int c;

	*len = 0;
	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (*len == size)
			return true; /* too long: the caller refuses it */
		line[(*len)++] = (char)c;
	}
	if (*len && line[*len - 1] == '\r')
		--*len;
	return c != EOF || *len;
}

bool hu_fleet_is_cards(const char *path)
{
	struct stat st;
	char c = 0;

	if (stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return false;
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool is = fread(&c, 1, 1, file) == 1 && c == '{';
	fclose(file);
	return is;
}

struct hu_err *hu_fleet_add_cards(struct hu_fleet *fleet, const char *path)
{
	HU_CLEANUP(hu_freep) char *line = hu_alloc(HU_CARD_MAX + 1);
	FILE *file = fopen(path, "re");
	struct hu_err *err = NULL;
	size_t len, n = 0;

	if (!file)
		return hu_err_os(errno, "cannot read %s", path);
	while (!err && next_line(file, line, HU_CARD_MAX + 1, &len)) {
		n++;
		if (len)
			err = hu_fleet_add(fleet, (struct hu_str){line, len});
		if (err)
			err = hu_err_in(err, "in %s, line %zu", path, n);
	}
	if (!err && ferror(file))
		err = hu_err_os(errno, "cannot read %s", path);
	fclose(file);
	return err;
}
