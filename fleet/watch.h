/*
 * fleet/watch.h - a drop folder: its entries, each as soon as it is complete.
 *
 * Complete is what was closed by its writer or moved in, is open for writing nowhere, and has not
 * changed for a while; where nobody told of the closing (it was there before, it was written by
 * another host), the while is ten times as long. Of a folder this is asked of all that is in it.
 */
#ifndef HU_WATCH_H
#define HU_WATCH_H

#include "fleet/inputs.h"

struct hu_watch;

HU_MUST_CHECK struct hu_err *hu_watch_open(const char *path, int settle_ms,
					   const struct hu_inputs_ops *ops, void *data,
					   struct hu_watch **ret);
int hu_watch_fd(const struct hu_watch *watch); /* readable: there is news */
/* The next complete entry that was not given before as it is now. An error: the folder is gone. */
HU_MUST_CHECK struct hu_err *hu_watch_next(struct hu_watch *watch, struct hu_input *ret,
					   bool *more);
size_t hu_watch_pending(const struct hu_watch *watch); /* entries that are not complete yet */
int hu_watch_ms(const struct hu_watch *watch);	       /* when to ask again, without news */
void hu_watch_close(struct hu_watch *watch);	       /* NULL is fine */
void hu_watch_closep(struct hu_watch **watch);

#endif
