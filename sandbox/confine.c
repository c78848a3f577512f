/* All walls, in the order in which they can be put up: each takes away what the one before needed.
 */
#include "sandbox/private.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned hu_sandbox_lacks(void)
{
	static unsigned lacks;
	static bool asked;

	if (!asked)
		lacks = (hu_landlock_version() ? 0u : HU_LACKS_LANDLOCK) | hu_filter_lacks();
	asked = true;
	return lacks;
}

const char *hu_sandbox_missing(unsigned lacks)
{
#define FILES "which files the readers touch (Landlock, Linux 5.13)"
#define CALLS "which system calls they make (seccomp)"
	bool files = lacks & HU_LACKS_LANDLOCK, library = lacks & HU_LACKS_LIBSECCOMP;
	bool calls = library || (lacks & HU_LACKS_SECCOMP);

	if (files && calls)
		return library ? "the sandbox cannot limit on this host " FILES ", nor " CALLS
				 ": this build of holdup is without libseccomp"
			       : "the sandbox cannot limit on this host " FILES ", nor " CALLS;
	if (files)
		return "the sandbox cannot limit on this host " FILES;
	if (library)
		return "the sandbox cannot limit " CALLS
		       ": this build of holdup is without libseccomp";
	return calls ? "the sandbox cannot limit on this host " CALLS : NULL;
#undef FILES
#undef CALLS
}

/* A user other than root has none. Root keeps what lets it read bundles of others, and that alone.
 */
static struct hu_err *drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const uint32_t keep = 1u << CAP_DAC_READ_SEARCH;

	if (syscall(SYS_capget, &head, data) < 0)
		return hu_err_os(errno, "capabilities cannot be read");
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].effective &= i ? 0 : keep;
		data[i].permitted &= i ? 0 : keep;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return hu_err_os(errno, "capabilities cannot be dropped");
	return NULL;
}

struct hu_err *hu_sandbox_enter(const struct hu_sandbox *walls)
{
	/* Nothing can be gained by exec any more; without it neither Landlock nor seccomp is open
	 * to a user. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return hu_err_os(errno, "PR_SET_NO_NEW_PRIVS");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return hu_err_os(errno, "PR_SET_DUMPABLE");
	struct hu_err *err = hu_landlock_enter(walls);
	if (!err && walls->kind == HU_SANDBOX_READER)
		err = drop_capabilities();
	if (!err)
		err = hu_rlimits_enter(walls);
	if (!err)
		err = hu_filter_enter(walls->kind);
	return hu_err_in(err, "the sandbox");
}
