/*
 * Which system calls the process may make, by seccomp (Documentation/userspace-api/
 * seccomp_filter.rst), with libseccomp.
 *
 * For a reader the list names what is allowed: what files, memory and one thread need, found by
 * running all readers and libraries under strace. Anything else fails with EPERM, as libraries
 * expect of a locked-down host; what can only be an attack ends the process.
 */
#include "sandbox/private.h"

#include <errno.h>
#include <sys/prctl.h>

#ifndef HU_HAVE_SECCOMP

unsigned hu_filter_lacks(void)
{
	return HU_LACKS_LIBSECCOMP;
}

struct hu_err *hu_filter_enter(enum hu_sandbox_kind kind)
{
	(void)kind;
	return NULL;
}

#else

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned hu_filter_lacks(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS; /* Linux 4.14 */

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 ? 0
									       : HU_LACKS_SECCOMP;
}

/* By name: some exist on some architectures alone, and some are younger than this libseccomp. */
static const char *const reader_may[] = {
	/* files that are open */
	"read",
	"readv",
	"pread64",
	"preadv",
	"write",
	"writev",
	"pwrite64",
	"lseek",
	"_llseek",
	"close",
	"fcntl",
	"fcntl64",
	"fadvise64",
	"fadvise64_64",
	"arm_fadvise64_64",
	"dup",
	"fstat",
	"fstat64",
	"ftruncate",
	"ftruncate64",
	"fsync",
	"fdatasync",
	"fallocate",
	"fstatfs",
	"fstatfs64",
	"flock",
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"_newselect",
	/* files by name: Landlock says which */
	"open",
	"openat",
	"openat2",
	"creat",
	"stat",
	"stat64",
	"lstat",
	"lstat64",
	"newfstatat",
	"fstatat64",
	"statx",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"statfs",
	"statfs64",
	"getdents",
	"getdents64",
	"getcwd",
	"mkdir",
	"mkdirat",
	"unlink",
	"unlinkat",
	"rmdir",
	"link",
	"linkat",
	"symlink",
	"symlinkat",
	"umask",
	/* memory; mmap and mprotect have rules of their own */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"mincore",
	"memfd_create",
	"membarrier",
	/* itself */
	"exit",
	"exit_group",
	"getpid",
	"getppid",
	"gettid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getuid32",
	"geteuid32",
	"getgid32",
	"getegid32",
	"uname",
	"sysinfo",
	"times",
	"getrusage",
	"getrlimit",
	"ugetrlimit",
	"setrlimit",
	"sched_yield",
	"sched_getaffinity",
	"getcpu",
	"capget",
	"set_robust_list",
	"rseq",
	"arch_prctl",
	"set_thread_area",
	"get_thread_area",
	"futex",
	"futex_time64",
	"restart_syscall",
	/* signals and time */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigreturn",
	"sigaltstack",
	"clock_gettime",
	"clock_gettime64",
	"clock_getres",
	"clock_getres_time64",
	"gettimeofday",
	"time",
	"nanosleep",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"getrandom",
};

/* No library does these by mistake. */
static const char *const nobody_may[] = {
	"execve",
	"execveat",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"kcmp",
	"pidfd_getfd",
	"socket",
	"socketpair",
	"connect",
	"bind",
	"listen",
	"accept",
	"accept4",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"recvfrom",
	"recvmsg",
	"recvmmsg",
	"socketcall",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"keyctl",
	"add_key",
	"request_key",
	"mount",
	"umount",
	"umount2",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsmount",
	"fsconfig",
	"fspick",
	"mount_setattr",
	"pivot_root",
	"chroot",
	"setns",
	"unshare",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"open_by_handle_at",
	"name_to_handle_at",
	"mknod",
	"mknodat",
	"acct",
	"quotactl",
	"quotactl_fd",
	"iopl",
	"ioperm",
	"modify_ldt",
	"vm86",
	"vm86old",
	"setuid",
	"setgid",
	"setreuid",
	"setregid",
	"setresuid",
	"setresgid",
	"setgroups",
	"setfsuid",
	"setfsgid",
	"settimeofday",
	"clock_settime",
	"adjtimex",
	"clock_adjtime",
	"sethostname",
	"setdomainname",
	"syslog",
	"lookup_dcookie",
	"vhangup",
	"personality",
};

/* Making another process. Under a sanitizer they fail instead: it tries, to name its frames. */
static const char *const makes_processes[] = {"fork", "vfork", "clone", "clone3"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct list {
	scmp_filter_ctx ctx;
	int failed; /* the first error, as -errno */
};

static void rule(struct list *l, uint32_t action, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR) /* younger than libseccomp: not allowed is what it is anyway */
		return;
	int r = seccomp_rule_add(l->ctx, action, nr, 0);
	/* EDOM: not on this architecture; EACCES: it is what the list does anyway */
	if (r < 0 && r != -EDOM && r != -EACCES && !l->failed)
		l->failed = r;
}

static void rules(struct list *l, uint32_t action, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rule(l, action, names[i]);
}

static void rule_if(struct list *l, int nr, struct scmp_arg_cmp arg)
{
	int r = seccomp_rule_add(l->ctx, SCMP_ACT_ALLOW, nr, 1, arg);

	if (r < 0 && r != -EDOM && !l->failed)
		l->failed = r;
}

static void reader(struct list *l)
{
	rules(l, SCMP_ACT_ALLOW, reader_may, COUNT(reader_may));
	/* Data stays data. */
	rule_if(l, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	rule_if(l, SCMP_SYS(mmap2), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	rule_if(l, SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* raise() and abort(): signals to itself. */
	rule_if(l, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	rule_if(l, SCMP_SYS(tkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	rule_if(l, SCMP_SYS(kill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	rule_if(l, SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0));
	/* isatty() of stdio, how much is to be read */
	rule_if(l, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, 0x5401)); /* TCGETS */
	rule_if(l, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, 0x541b)); /* FIONREAD */
	rule_if(l, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_GET_DUMPABLE));
	rule_if(l, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_GET_NO_NEW_PRIVS));
	if (!HU_SANITIZED)
		rules(l, SCMP_ACT_KILL_PROCESS, makes_processes, COUNT(makes_processes));
	/* glibc names its anonymous memory; names alone */
	rule_if(l, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, 0x53564d41)); /* PR_SET_VMA */
	rules(l, SCMP_ACT_KILL_PROCESS, nobody_may, COUNT(nobody_may));
}

struct hu_err *hu_filter_enter(enum hu_sandbox_kind kind)
{
	if (hu_filter_lacks())
		return NULL;
	struct list l = {.ctx = seccomp_init(kind == HU_SANDBOX_READER ? SCMP_ACT_ERRNO(EPERM)
								       : SCMP_ACT_ALLOW)};
	if (!l.ctx)
		return hu_err(HU_ERR_NOMEM, "libseccomp makes no filter");
	/* Calls of another architecture (32 bit on a 64-bit kernel) would pass by the numbers. */
	seccomp_attr_set(l.ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* hu_sandbox_enter() has done it, for Landlock, too. */
	seccomp_attr_set(l.ctx, SCMP_FLTATR_CTL_NNP, 0);
	/* A binary tree: a list of a hundred would be walked at each call. */
	seccomp_attr_set(l.ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (kind == HU_SANDBOX_READER)
		reader(&l);
	else
		rules(&l, SCMP_ACT_KILL_PROCESS, nobody_may, COUNT(nobody_may));
	int r = l.failed ? l.failed : seccomp_load(l.ctx);
	seccomp_release(l.ctx);
	return r < 0 ? hu_err_os(-r, "the filter of system calls cannot be set") : NULL;
}

#endif
