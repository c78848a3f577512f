/* ingest/ctf_source.h - src.ctf.fs on a folder, and the errors of libbabeltrace2. */
#ifndef HU_CTF_SOURCE_H
#define HU_CTF_SOURCE_H

#include "db/base.h"

#include <babeltrace2/babeltrace.h>

/*
 * What a damaged trace makes the library forget to free is not ours: LeakSanitizer, if it is there,
 * does not count what is allocated between the two.
 */
#ifdef __has_feature /* clang */
#if __has_feature(address_sanitizer)
#define HU_CTF_LSAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HU_CTF_LSAN
#endif
#ifdef HU_CTF_LSAN
#include <sanitizer/lsan_interface.h>
#endif
static inline void hu_ctf_leaks_theirs(void)
{
#ifdef HU_CTF_LSAN
	__lsan_disable();
#endif
}
static inline void hu_ctf_leaks_ours(void)
{
#ifdef HU_CTF_LSAN
	__lsan_enable();
#endif
}

/* What the library's error says, without addresses and paths; takes the error. free() it. */
char *hu_ctf_library_said(void);
struct hu_err *hu_ctf_library_err(enum hu_err_code code, const char *what);

/* A graph with one source, of the trace in `folder`. With the guard armed (ingest/ctf_guard.h). */
HU_MUST_CHECK struct hu_err *hu_ctf_source_open(const char *folder, bool ctf2,
						const bt_plugin **plugin, bt_graph **graph,
						const bt_component_source **ret);
/* Loads the library's plugin, and keeps it: opening a source then needs no file but the trace's. */
void hu_ctf_source_prepare(void);
/* Does the library take the trace in this folder? Reads metadata and packet headers. */
HU_MUST_CHECK struct hu_err *hu_ctf_source_try(const char *folder, bool ctf2);
/* A graph in which the library broke down: left as it is, and reachable, so no leak. */
void hu_ctf_bury(const void *graph);

/* For HU_CLEANUP. */
static inline void hu_ctf_put_plugin(const bt_plugin **plugin)
{
	bt_plugin_put_ref(*plugin);
}
static inline void hu_ctf_put_graph(bt_graph **graph)
{
	bt_graph_put_ref(*graph);
}

#endif
