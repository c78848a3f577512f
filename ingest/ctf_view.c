/*
 * The folder that the library reads. It never gets the capture's own: index files (LTTng's index/)
 * are believed by babeltrace 2.0 without a look, the metadata may be cut, a stream may be.
 */
#include "ingest/ctf_view.h"
#include "ingest/mapped.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *join(const char *folder, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		hu_no_memory();
	return path;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The files right in the folder, as src.ctf.fs takes them: no hidden ones, no folders. */
static struct hu_err *list(const char *folder, struct hu_ctf_view *view)
{
	DIR *dir = opendir(folder);

	if (!dir)
		return hu_err_os(errno, "the trace's folder cannot be read");
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		HU_CLEANUP(hu_freep) char *path = join(folder, entry->d_name);
		struct stat st;
		if (entry->d_name[0] == '.' || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		view->total += (uint64_t)st.st_size;
		if (!strcmp(entry->d_name, "metadata") || !st.st_size)
			continue;
		view->bytes += (uint64_t)st.st_size;
		view->name = hu_realloc(view->name, (view->names + 1) * sizeof(char *));
		view->name[view->names++] = hu_strdup(hu_str(entry->d_name));
	}
	closedir(dir);
	if (view->names)
		qsort(view->name, view->names, sizeof(char *), by_name);
	return NULL;
}

static struct hu_err *link_to(const char *file, const char *path)
{
	HU_CLEANUP(hu_freep) char *real = realpath(file, NULL);

	if (!real || symlink(real, path) < 0)
		return hu_err_os(errno, "a file of the trace cannot be laid out");
	return NULL;
}

static struct hu_err *write_metadata(const char *folder, const struct hu_ctf_meta *meta,
				     const char *path)
{
	if (meta->json) {
		HU_CLEANUP(hu_freep) char *from = join(folder, "metadata");
		return link_to(from, path);
	}
	FILE *file = fopen(path, "wbe");
	if (!file)
		return hu_err_os(errno, "no temporary file can be made");
	size_t written = fwrite(meta->text.at, 1, meta->text.len, file);
	int failed = fclose(file);
	return written != meta->text.len || failed
		       ? hu_err_os(errno, "a temporary file cannot be written")
		       : NULL;
}

static void put_number(char *at, uint32_t bytes, bool big_endian, uint64_t value)
{
	for (uint32_t i = 0; i < bytes; i++)
		at[big_endian ? bytes - 1 - i : i] = (char)(value >> 8 * i);
}

static bool write_pieces(struct hu_str stream, const struct hu_ctf_packets *packets,
			 bool big_endian, FILE *file)
{
	for (size_t i = 0; i < packets->pieces; i++) {
		const struct hu_ctf_piece *piece = &packets->piece[i];
		const char *at = stream.at + piece->at;
		size_t done = 0;
		if (piece->content_bits) {
			const struct hu_ctf_head *head = piece->head;
			HU_CLEANUP(hu_freep)
			char *copy = hu_strdup((struct hu_str){at, head->bytes});
			put_number(copy + head->packet_size.at, head->packet_size.bytes, big_endian,
				   piece->bytes * 8);
			put_number(copy + head->content_size.at, head->content_size.bytes,
				   big_endian, piece->content_bits);
			done = fwrite(copy, 1, head->bytes, file);
			if (done != head->bytes)
				return false;
		}
		if (fwrite(at + done, 1, piece->bytes - done, file) != piece->bytes - done)
			return false;
	}
	return true;
}

static char *shown(const char *name)
{
	char *text = hu_strdup((struct hu_str){name, strnlen(name, 48)});

	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '"') /* also what is no ASCII */
			*c = '?';
	return text;
}

/* Takes the flaws over, each with a sentence. */
static void tell(struct hu_ctf_view *view, const char *name, const struct hu_ctf_packets *packets)
{
	HU_CLEANUP(hu_freep) char *stream = shown(name);

	view->flaw = hu_realloc(view->flaw, (view->flaws + packets->flaws) * sizeof(*view->flaw));
	for (size_t i = 0; i < packets->flaws; i++) {
		struct hu_ctf_flaw *flaw = &view->flaw[view->flaws++];
		struct hu_out out = {0};
		*flaw = packets->flaw[i];
		if (flaw->kind == HU_LOSS_TRUNCATED)
			hu_out_printf(&out, "%s ends %llu bytes before the end of its last packet",
				      stream, (unsigned long long)flaw->bytes);
		else if (flaw->bytes)
			hu_out_printf(&out, "%llu bytes of %s are no packet of this trace",
				      (unsigned long long)flaw->bytes, stream);
		else
			hu_out_printf(&out, "a packet of %s says a size that leads out of the file",
				      stream);
		flaw->text = out.at;
	}
	view->bad++;
}

/* Puts stream `name` into the view; *keep false: nothing of it can be used. */
static struct hu_err *add(struct hu_ctf_view *view, const char *folder, const char *name,
			  const struct hu_ctf_meta *meta, bool *keep)
{
	HU_CLEANUP(hu_ctf_packets_deinit) struct hu_ctf_packets packets = {0};
	HU_CLEANUP(hu_mapped_close) struct hu_mapped file = {0};
	HU_CLEANUP(hu_freep) char *from = join(folder, name);
	HU_CLEANUP(hu_freep) char *path = join(view->trace, name);

	*keep = true;
	if (!meta->laid_out)
		return link_to(from, path);
	struct hu_err *err = hu_mapped_open(from, &file);
	if (err)
		return hu_err_in(err, "a stream of the trace");
	hu_ctf_packets_scan(file.text, meta, &packets);
	if (!packets.flaws)
		return link_to(from, path);
	tell(view, name, &packets);
	*keep = packets.pieces;
	if (!packets.pieces)
		return NULL;
	FILE *copy = fopen(path, "wbe");
	if (!copy)
		return hu_err_os(errno, "no temporary file can be made");
	bool written = write_pieces(file.text, &packets, meta->big_endian, copy);
	if (fclose(copy) || !written)
		return hu_err_os(errno, "a temporary file cannot be written");
	return NULL;
}

struct hu_err *hu_ctf_view_open(const char *folder, const struct hu_ctf_meta *meta,
				struct hu_ctf_view *ret)
{
	struct hu_err *err = hu_scratch_create(NULL, "holdup-ctf", &ret->scratch);

	if (err)
		return err;
	ret->ctf2 = meta->json;
	ret->trace = hu_scratch_file(ret->scratch, "trace");
	if (mkdir(ret->trace, 0700) < 0)
		return hu_err_os(errno, "no temporary folder can be made");
	HU_CLEANUP(hu_freep) char *metadata = join(ret->trace, "metadata");
	err = write_metadata(folder, meta, metadata);
	if (!err)
		err = list(folder, ret);
	size_t kept = 0, all = ret->names;
	for (size_t i = 0; i < all; i++) {
		bool keep = true;
		if (!err)
			err = add(ret, folder, ret->name[i], meta, &keep);
		if (keep)
			ret->name[kept++] = ret->name[i];
		else
			free(ret->name[i]);
	}
	ret->names = kept;
	return err;
}

void hu_ctf_view_drop(struct hu_ctf_view *view, size_t stream)
{
	HU_CLEANUP(hu_freep) char *path = join(view->trace, view->name[stream]);

	unlink(path);
	free(view->name[stream]);
	memmove(&view->name[stream], &view->name[stream + 1],
		(view->names - stream - 1) * sizeof(char *));
	view->names--;
}

struct hu_err *hu_ctf_view_alone(struct hu_ctf_view *view, size_t stream, const char **ret)
{
	HU_CLEANUP(hu_freep) char *to = NULL, *from = NULL;

	if (!view->alone) {
		view->alone = hu_scratch_file(view->scratch, "alone");
		if (mkdir(view->alone, 0700) < 0)
			return hu_err_os(errno, "no temporary folder can be made");
		HU_CLEANUP(hu_freep) char *metadata = join(view->alone, "metadata");
		HU_CLEANUP(hu_freep) char *whole = join(view->trace, "metadata");
		struct hu_err *err = link_to(whole, metadata);
		if (err)
			return err;
	}
	to = join(view->alone, "stream");
	unlink(to);
	*ret = view->alone;
	if (stream >= view->names)
		return NULL;
	from = join(view->trace, view->name[stream]);
	return link_to(from, to);
}

void hu_ctf_view_close(struct hu_ctf_view *view)
{
	for (size_t i = 0; i < view->names; i++)
		free(view->name[i]);
	for (size_t i = 0; i < view->flaws; i++)
		free(view->flaw[i].text);
	free(view->flaw);
	free(view->name);
	free(view->trace);
	free(view->alone);
	hu_scratch_destroy(view->scratch);
}
