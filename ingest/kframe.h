/* ingest/kframe.h - one frame of a stack as the kernel prints it, without its offset. */
#ifndef HU_KFRAME_H
#define HU_KFRAME_H

#include "db/base.h"

struct hu_kframe {
	struct hu_str symbol; /* "down_write", or "0xffffffffc0123456" where nothing resolved it */
	struct hu_str module; /* "ext4"; empty for the kernel itself */
	bool reliable;	      /* false: marked "? " or "(unreliable)": a stale word on the stack */
};

/*
 * `line` is one line of a Call Trace or of /proc/PID/stack, without stamps:
 *   " down_write+0x5c/0x60", " ? vfs_read+0xc1/0x370", " evict+0x10f/0x2c0 [ext4]",
 *   " [<ffffffff8160e4f9>] schedule+0x29/0x70", "[<0>] vfs_write+0x25d/0x450",
 *   " __switch_to+0xf8/0x168 (T)", "[c000000fe7d7b9d0] [c0000000001b8d60] foo+0x50/0x100",
 *   " schedule (kernel/sched/core.c:6803)" as scripts/decode_stacktrace.sh leaves it,
 *   " schedule+0x44/0x140 kernel/sched/core.c:6856" and, for an inlined function,
 *   " context_switch kernel/sched/core.c:5446 [inline]" as syzbot does.
 * False if it is none of these.
 */
bool hu_kframe_parse(struct hu_str line, struct hu_kframe *ret);

#endif
