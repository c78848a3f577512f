/*
 * Which files the process may touch, by Landlock (Documentation/userspace-api/landlock.rst; Linux
 * 5.13). The numbers are the kernel's: the headers of the build host may be older than the kernel
 * of the host it runs on.
 */
#include "sandbox/private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* include/uapi/linux/landlock.h; the three calls have these numbers on every architecture. */
enum {
	SYS_CREATE_RULESET = 444,
	SYS_ADD_RULE = 445,
	SYS_RESTRICT_SELF = 446,
	CREATE_RULESET_VERSION = 1,
	RULE_PATH_BENEATH = 1,
};
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_VERSION_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,	/* version 2: links and renames from folder to folder */
	FS_TRUNCATE = 1 << 14,	/* version 3 */
	FS_IOCTL_DEV = 1 << 15, /* version 5 */

	READS = FS_READ_FILE | FS_READ_DIR,
	/* Plain files, folders and links: no devices, pipes or sockets. */
	WRITES = READS | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
		 FS_MAKE_REG | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE,
	OF_FILES = FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE,
	NET_TCP = 3, /* version 4: bind and connect */
	SCOPED = 3,  /* version 6: abstract unix sockets, signals to processes outside */
};

struct ruleset { /* struct landlock_ruleset_attr; its length says what of it is known */
	uint64_t fs, net, scoped;
};

struct beneath { /* struct landlock_path_beneath_attr */
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

int hu_landlock_version(void)
{
	long version = syscall(SYS_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

static struct hu_err *allow(int rules, const char *const *paths, uint64_t rights)
{
	for (size_t i = 0; paths && paths[i]; i++) {
		int fd = open(paths[i], O_PATH | O_CLOEXEC);
		struct stat st;
		if (fd < 0)
			continue; /* what is not there needs no rule */
		struct beneath rule = {rights, fd};
		if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
			rule.allowed &= OF_FILES;
		long failed = syscall(SYS_ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0);
		int errnum = errno;
		close(fd);
		if (failed)
			return hu_err_os(errnum, "Landlock does not take the path %s", paths[i]);
	}
	return NULL;
}

struct hu_err *hu_landlock_enter(const struct hu_sandbox *walls)
{
	int version = hu_landlock_version();

	if (!version)
		return NULL;
	struct ruleset known = {.fs = FS_VERSION_1};
	size_t size = sizeof(known.fs);
	if (version >= 2)
		known.fs |= FS_REFER;
	if (version >= 3)
		known.fs |= FS_TRUNCATE;
	if (version >= 5)
		known.fs |= FS_IOCTL_DEV;
	if (version >= 4) {
		known.net = NET_TCP;
		size = sizeof(known.fs) + sizeof(known.net);
	}
	/* A job sends signals to its own children alone, and those are inside. */
	if (version >= 6) {
		known.scoped = SCOPED;
		size = sizeof(known);
	}
	int rules = (int)syscall(SYS_CREATE_RULESET, &known, size, 0);
	if (rules < 0)
		return hu_err_os(errno, "Landlock makes no ruleset");
	struct hu_err *err = allow(rules, walls->read_only, READS & known.fs);
	if (!err)
		err = allow(rules, walls->read_write, WRITES & known.fs);
	if (!err && syscall(SYS_RESTRICT_SELF, rules, 0))
		err = hu_err_os(errno, "Landlock does not confine this process");
	close(rules);
	return err;
}
