/* The table, part 4: system calls (include/trace/events/syscalls.h, kernel/trace/trace_syscalls.c).
 */
#include "ingest/vocabulary_private.h"

#include "db/text.h"

#include <string.h>

enum { DETAIL_MAX = 512 };

/* Names the kernel's entry points have that no program says. */
struct hu_str hu_syscall_plain_name(struct hu_str name)
{
	static const char *const other[][2] = {
		{"umount2", "umount"},	    {"oldumount", "umount"},  {"newuname", "uname"},
		{"newstat", "stat"},	    {"newlstat", "lstat"},    {"newfstat", "fstat"},
		{"newfstatat", "fstatat"},  {"pread64", "pread"},     {"pwrite64", "pwrite"},
		{"sendfile64", "sendfile"}, {"fadvise64", "fadvise"}, {"fadvise64_64", "fadvise"},
	};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (hu_str_is(name, other[i][0]))
			return hu_str(other[i][1]);
	return name;
}

/* arch/x86/entry/syscalls/syscall_64.tbl: those that can keep a task waiting, or say what it did.
 */
static const struct {
	uint16_t number;
	const char *name;
} x86_64[] = {
	{0, "read"},
	{1, "write"},
	{2, "open"},
	{3, "close"},
	{4, "stat"},
	{5, "fstat"},
	{6, "lstat"},
	{7, "poll"},
	{8, "lseek"},
	{9, "mmap"},
	{10, "mprotect"},
	{11, "munmap"},
	{12, "brk"},
	{16, "ioctl"},
	{17, "pread64"},
	{18, "pwrite64"},
	{19, "readv"},
	{20, "writev"},
	{21, "access"},
	{23, "select"},
	{24, "sched_yield"},
	{25, "mremap"},
	{26, "msync"},
	{28, "madvise"},
	{35, "nanosleep"},
	{40, "sendfile"},
	{42, "connect"},
	{43, "accept"},
	{44, "sendto"},
	{45, "recvfrom"},
	{46, "sendmsg"},
	{47, "recvmsg"},
	{56, "clone"},
	{57, "fork"},
	{58, "vfork"},
	{59, "execve"},
	{60, "exit"},
	{61, "wait4"},
	{62, "kill"},
	{63, "uname"},
	{72, "fcntl"},
	{73, "flock"},
	{74, "fsync"},
	{75, "fdatasync"},
	{76, "truncate"},
	{77, "ftruncate"},
	{78, "getdents"},
	{80, "chdir"},
	{82, "rename"},
	{83, "mkdir"},
	{84, "rmdir"},
	{85, "creat"},
	{86, "link"},
	{87, "unlink"},
	{88, "symlink"},
	{89, "readlink"},
	{90, "chmod"},
	{92, "chown"},
	{101, "ptrace"},
	{137, "statfs"},
	{138, "fstatfs"},
	{149, "mlock"},
	{150, "munlock"},
	{151, "mlockall"},
	{155, "pivot_root"},
	{161, "chroot"},
	{162, "sync"},
	{165, "mount"},
	{166, "umount2"},
	{167, "swapon"},
	{168, "swapoff"},
	{175, "init_module"},
	{176, "delete_module"},
	{179, "quotactl"},
	{188, "setxattr"},
	{189, "lsetxattr"},
	{190, "fsetxattr"},
	{191, "getxattr"},
	{197, "removexattr"},
	{202, "futex"},
	{206, "io_setup"},
	{207, "io_destroy"},
	{208, "io_getevents"},
	{209, "io_submit"},
	{217, "getdents64"},
	{221, "fadvise64"},
	{231, "exit_group"},
	{232, "epoll_wait"},
	{257, "openat"},
	{258, "mkdirat"},
	{259, "mknodat"},
	{262, "newfstatat"},
	{263, "unlinkat"},
	{264, "renameat"},
	{265, "linkat"},
	{266, "symlinkat"},
	{272, "unshare"},
	{275, "splice"},
	{276, "tee"},
	{277, "sync_file_range"},
	{278, "vmsplice"},
	{279, "move_pages"},
	{280, "utimensat"},
	{281, "epoll_pwait"},
	{285, "fallocate"},
	{288, "accept4"},
	{295, "preadv"},
	{296, "pwritev"},
	{306, "syncfs"},
	{308, "setns"},
	{310, "process_vm_readv"},
	{313, "finit_module"},
	{316, "renameat2"},
	{319, "memfd_create"},
	{321, "bpf"},
	{322, "execveat"},
	{326, "copy_file_range"},
	{327, "preadv2"},
	{328, "pwritev2"},
	{332, "statx"},
	{425, "io_uring_setup"},
	{426, "io_uring_enter"},
	{428, "open_tree"},
	{429, "move_mount"},
	{430, "fsopen"},
	{431, "fsconfig"},
	{432, "fsmount"},
	{433, "fspick"},
	{435, "clone3"},
	{436, "close_range"},
	{437, "openat2"},
	{440, "process_madvise"},
	{442, "mount_setattr"},
	{443, "quotactl_fd"},
	{447, "memfd_secret"},
	{448, "process_mrelease"},
};

static hu_name by_number(struct hu_vocabulary *v, int64_t number)
{
	if (!v->resolver.x86_64)
		return 0;
	size_t low = 0, high = sizeof(x86_64) / sizeof(x86_64[0]);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (x86_64[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == sizeof(x86_64) / sizeof(x86_64[0]) || x86_64[low].number != number)
		return 0;
	return hu_intern(v->to, hu_syscall_plain_name(hu_str(x86_64[low].name)));
}

enum { NUMBER, RESULT };

/* The texts among the arguments; a kernel before 7.x has only their addresses. */
static hu_name detail_of(struct hu_vocabulary *v, struct hu_event_kind *kind,
			 const struct hu_event_view *view)
{
	struct hu_out out = {0};

	for (int i = 0; i < kind->texts.count; i++) {
		struct hu_str text = view->by->text(view, kind->texts.field[i]);
		if (!text.len || out.len + text.len > DETAIL_MAX)
			continue;
		hu_out_puts(&out, out.len ? ", " : "");
		hu_out_str(&out, text);
	}
	hu_name name = out.len ? hu_intern(v->to, hu_out_view(&out)) : 0;
	hu_out_deinit(&out);
	return name;
}

static void see_syscall(struct hu_vocabulary *v, struct hu_event_kind *kind,
			struct hu_event_view *view)
{
	struct hu_syscall row = {
		.at = view->at,
		.number = hu_slot_i32(kind, view, NUMBER),
		.step = (uint32_t)kind->means->arg,
		.name = kind->name,
	};

	if (!row.name)
		row.name = by_number(v, row.number);
	if (row.step == HU_END)
		row.result = hu_slot_or(kind, view, RESULT, 0);
	else if (kind->texts.count)
		row.detail = detail_of(v, kind, view);
	hu_put_syscall(v->to, &row);
	kind->used++;
}

void hu_syscall_bind(struct hu_vocabulary *v, struct hu_event_kind *kind,
		     const struct hu_event_type *type)
{
	struct hu_str pattern = hu_str(kind->means->event);

	if (kind->means->see != see_syscall || !hu_str_ends(pattern, "*"))
		return;
	struct hu_str name = hu_str_skip(type->name, pattern.len - 1);
	kind->name = hu_intern(v->to, hu_syscall_plain_name(name));
	for (size_t i = 0; i < type->fields && kind->texts.count < 6; i++)
		if (type->field[i].kind == HU_FIELD_TEXT)
			kind->texts.field[kind->texts.count++] = (int)i;
}

/* "syscall" in full is LTTng's. */
const struct hu_meaning hu_meanings_syscall[] = {
	{"sys_enter_*", see_syscall, HU_BEGIN, {"__syscall_nr|nr"}},
	{"sys_exit_*", see_syscall, HU_END, {"__syscall_nr|nr", "ret"}},
	{"sys_enter", see_syscall, HU_BEGIN, {"id"}},
	{"sys_exit", see_syscall, HU_END, {"id", "ret"}},
	{"syscall_entry_unknown", see_syscall, HU_BEGIN, {"id"}},
	{"syscall_exit_unknown", see_syscall, HU_END, {"id", "ret"}},
	{"compat_syscall_entry_*", see_syscall, HU_BEGIN, {"-"}},
	{"compat_syscall_exit_*", see_syscall, HU_END, {"-", "ret"}},
	{"syscall_entry_*", see_syscall, HU_BEGIN, {"-"}},
	{"syscall_exit_*", see_syscall, HU_END, {"-", "ret"}},
	{0},
};
