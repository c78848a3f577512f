/*
 * Which file lies where in whose address space, by MMAP and FORK. Shaped for processes
 * that fork often and map little: a child shares its parent's space until one of them changes it.
 */
#include "ingest/perfdata_parts.h"
#include "ingest/perfdata_elf.h"
#include "db/bisect.h"
#include "db/text.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	SPACES_MAX = 1 << 20,
	MAPS_MAX = 1 << 14, /* of one process; more is a program that the profile is not about */
	FILES_MAX = 1 << 16,
};

struct map {
	uint64_t start, end, offset;
	uint32_t file;
};

struct space { /* shared by processes until one of them changes it */
	size_t users;
	uint64_t version;
	struct map *map; /* ascending, none overlaps */
	size_t count, room;
};

struct process {
	int32_t pid;
	struct space *space; /* NULL: free place */
};

struct file {
	char *path;
	struct hu_str name; /* of it: what stands behind the last slash */
	char *build_id;	    /* as text; NULL: not told */
	struct hu_perf_elf *elf;
	bool opened;
};

struct hu_perf_maps {
	const struct hu_surroundings *around;
	struct process *process; /* hashed by pid */
	size_t processes, room;
	uint64_t version;
	struct file *file;
	size_t files, file_room;
	uint32_t *by_path; /* hashed: file + 1 */
	size_t path_room;
	struct hu_out text; /* of the last frame */
};

struct hu_perf_maps *hu_perf_maps_create(const struct hu_surroundings *around)
{
	struct hu_perf_maps *maps = hu_alloc(sizeof(*maps));

	maps->around = around;
	return maps;
}

static void space_put(struct space *space)
{
	if (!space || --space->users)
		return;
	free(space->map);
	free(space);
}

void hu_perf_maps_destroy(struct hu_perf_maps *maps)
{
	if (!maps)
		return;
	for (size_t i = 0; i < maps->room; i++)
		space_put(maps->process[i].space);
	for (size_t i = 0; i < maps->files; i++) {
		free(maps->file[i].path);
		free(maps->file[i].build_id);
		hu_perf_elf_close(maps->file[i].elf);
	}
	free(maps->process);
	free(maps->file);
	free(maps->by_path);
	hu_out_deinit(&maps->text);
	free(maps);
}

/* Files. */

static uint64_t hash_of(struct hu_str s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.at[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

static uint32_t *file_place(const struct hu_perf_maps *maps, struct hu_str path)
{
	size_t at = (size_t)hash_of(path) & (maps->path_room - 1);

	while (maps->by_path[at] && !hu_str_is(path, maps->file[maps->by_path[at] - 1].path))
		at = (at + 1) & (maps->path_room - 1);
	return &maps->by_path[at];
}

/* The file's number; 0 where there are too many: files are counted from 1. */
static uint32_t file_number(struct hu_perf_maps *maps, struct hu_str path)
{
	if (maps->files * 2 >= maps->path_room) {
		maps->path_room = maps->path_room ? maps->path_room * 2 : 256;
		free(maps->by_path);
		maps->by_path = hu_alloc(maps->path_room * sizeof(*maps->by_path));
		for (size_t i = 0; i < maps->files; i++)
			*file_place(maps, hu_str(maps->file[i].path)) = (uint32_t)i + 1;
	}
	uint32_t *place = file_place(maps, path);
	if (*place || maps->files == FILES_MAX)
		return *place;
	if (maps->files == maps->file_room) {
		maps->file_room = maps->file_room ? maps->file_room * 2 : 64;
		maps->file = hu_realloc(maps->file, maps->file_room * sizeof(*maps->file));
	}
	struct file *file = &maps->file[maps->files++];
	*file = (struct file){.path = hu_strdup(path)};
	const char *slash = strrchr(file->path, '/');
	file->name = hu_str(slash && slash[1] ? slash + 1 : file->path);
	*place = (uint32_t)maps->files;
	return *place;
}

void hu_perf_maps_build_id(struct hu_perf_maps *maps, struct hu_str path, struct hu_str id)
{
	uint32_t number = file_number(maps, path);

	if (number && !maps->file[number - 1].build_id)
		maps->file[number - 1].build_id = hu_strdup(id);
}

/* The file itself, if the bundle has it: `perf archive` packs them by their build ids. */
static const struct hu_perf_elf *elf_of(struct hu_perf_maps *maps, struct file *file)
{
	const struct hu_surroundings *around = maps->around;

	if (file->opened)
		return file->elf;
	file->opened = true;
	if (!around->file || !file->build_id || strlen(file->build_id) < 4)
		return NULL;
	hu_out_clear(&maps->text);
	hu_out_printf(&maps->text, ".build-id/%.2s/%s/elf", file->build_id, file->build_id + 2);
	const char *path = around->file(around->with, maps->text.at);
	if (!path) {
		hu_out_clear(&maps->text);
		hu_out_printf(&maps->text, "%s/elf", file->build_id);
		path = around->file(around->with, maps->text.at);
	}
	if (!path) /* as older perf packed them */
		path = around->file(around->with, file->build_id);
	if (path)
		file->elf = hu_perf_elf_open(path);
	return file->elf;
}

/* Processes. */

static struct process *process_place(const struct hu_perf_maps *maps, int32_t pid)
{
	size_t at = (size_t)((uint32_t)pid * UINT32_C(0x9e3779b9)) & (maps->room - 1);

	while (maps->process[at].space && maps->process[at].pid != pid)
		at = (at + 1) & (maps->room - 1);
	return &maps->process[at];
}

static struct process *process_of(struct hu_perf_maps *maps, int32_t pid)
{
	if (maps->processes * 2 >= maps->room) {
		struct hu_perf_maps grown = *maps;
		grown.room = maps->room ? maps->room * 2 : 256;
		grown.process = hu_alloc(grown.room * sizeof(*grown.process));
		for (size_t i = 0; i < maps->room; i++)
			if (maps->process[i].space)
				*process_place(&grown, maps->process[i].pid) = maps->process[i];
		free(maps->process);
		*maps = grown;
	}
	struct process *process = process_place(maps, pid);
	if (process->space)
		return process;
	if (maps->processes == SPACES_MAX)
		return NULL;
	process->pid = pid;
	process->space = hu_alloc(sizeof(*process->space));
	process->space->users = 1;
	maps->processes++;
	return process;
}

/* A space of its own, that may be changed. */
static struct space *own_space(struct hu_perf_maps *maps, struct process *process)
{
	struct space *shared = process->space;

	if (shared->users > 1) {
		struct space *own = hu_alloc(sizeof(*own));
		own->users = 1;
		own->count = shared->count;
		own->room = shared->count + 8;
		own->map = hu_realloc(NULL, own->room * sizeof(*own->map));
		if (own->count)
			memcpy(own->map, shared->map, own->count * sizeof(*own->map));
		shared->users--;
		process->space = own;
	}
	process->space->version = ++maps->version;
	return process->space;
}

/* The first map that ends behind `address`. */
static size_t map_at(const struct space *space, uint64_t address)
{
	size_t low;

	HU_BISECT(low, 0, space->count, space->map[low].end <= address);
	return low;
}

static void insert(struct space *space, size_t at, struct map map)
{
	if (space->count == space->room) {
		space->room = space->room ? space->room * 2 : 16;
		space->map = hu_realloc(space->map, space->room * sizeof(*space->map));
	}
	memmove(&space->map[at + 1], &space->map[at], (space->count - at) * sizeof(*space->map));
	space->map[at] = map;
	space->count++;
}

void hu_perf_maps_add(struct hu_perf_maps *maps, int32_t pid, const struct hu_perf_mapping *said)
{
	struct map map = {said->start, said->start + said->len, said->offset, 0};
	struct process *process = process_of(maps, pid);

	if (!process || map.end <= map.start || process->space->count + 2 > MAPS_MAX)
		return;
	map.file = file_number(maps, said->file);
	if (!map.file)
		return;
	struct space *space = own_space(maps, process);
	size_t at = map_at(space, map.start);
	if (at < space->count && space->map[at].start < map.start) { /* the front of an old one */
		struct map rest = space->map[at];
		space->map[at].end = map.start;
		at++;
		if (rest.end > map.end) { /* and its back */
			rest.offset += map.end - rest.start;
			rest.start = map.end;
			insert(space, at, rest);
		}
	}
	size_t gone = at;
	while (gone < space->count && space->map[gone].end <= map.end)
		gone++;
	if (gone < space->count && space->map[gone].start < map.end) {
		space->map[gone].offset += map.end - space->map[gone].start;
		space->map[gone].start = map.end;
	}
	if (gone > at) {
		memmove(&space->map[at], &space->map[gone], (space->count - gone) * sizeof(map));
		space->count -= gone - at;
	}
	insert(space, at, map);
}

void hu_perf_maps_fork(struct hu_perf_maps *maps, int32_t parent, int32_t child)
{
	if (parent == child || !process_of(maps, parent) || !process_of(maps, child))
		return;
	struct space *space = process_place(maps, parent)->space;
	struct process *process = process_place(maps, child);
	if (process->space == space)
		return;
	space_put(process->space);
	process->space = space;
	space->users++;
}

uint64_t hu_perf_maps_version(const struct hu_perf_maps *maps, int32_t pid)
{
	struct process *process = maps->room ? process_place(maps, pid) : NULL;

	return process && process->space ? process->space->version : 0;
}

/*
 * What stands for a frame of a program must not be taken for a function of the kernel, whatever
 * the program calls its functions: hence the file's name in front, in brackets.
 */
void hu_perf_maps_user(struct hu_perf_maps *maps, int32_t pid, uint64_t ip,
		       struct hu_perf_frame *ret)
{
	const struct process *process = maps->room ? process_place(maps, pid) : NULL;
	const struct space *space = process ? process->space : NULL;
	size_t at = space ? map_at(space, ip) : 0;
	struct hu_str name;

	*ret = (struct hu_perf_frame){hu_str("(unknown)"), hu_str("unknown")};
	if (!space || at == space->count || space->map[at].start > ip)
		return;
	uint64_t offset = ip - space->map[at].start + space->map[at].offset;
	struct file *file = &maps->file[space->map[at].file - 1];
	const struct hu_perf_elf *elf = elf_of(maps, file);
	hu_out_clear(&maps->text);
	hu_out_putc(&maps->text, '(');
	hu_out_str(&maps->text, file->name);
	hu_out_puts(&maps->text, ") ");
	if (elf && hu_perf_elf_find(elf, offset, &name))
		hu_out_str(&maps->text, name);
	else
		hu_out_printf(&maps->text, "+0x%" PRIx64, offset);
	*ret = (struct hu_perf_frame){hu_out_view(&maps->text), file->name};
}
