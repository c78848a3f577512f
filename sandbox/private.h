/* sandbox/private.h - what the files of the sandbox share. */
#ifndef HU_SANDBOX_PRIVATE_H
#define HU_SANDBOX_PRIVATE_H

#include "sandbox/sandbox.h"

/* A sanitizer needs terabytes of address space, and maps memory as it likes. */
#if defined(__SANITIZE_ADDRESS__)
#define HU_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HU_SANITIZED 1
#endif
#endif
#ifndef HU_SANITIZED
#define HU_SANITIZED 0
#endif

/* landlock.c */
int hu_landlock_version(void); /* 0: the kernel has none, or a filter around us forbids it */
HU_MUST_CHECK struct hu_err *hu_landlock_enter(const struct hu_sandbox *walls);

/* filter.c: HU_LACKS_LIBSECCOMP, HU_LACKS_SECCOMP or 0 */
unsigned hu_filter_lacks(void);
HU_MUST_CHECK struct hu_err *hu_filter_enter(enum hu_sandbox_kind kind);

/* rlimits.c */
HU_MUST_CHECK struct hu_err *hu_rlimits_enter(const struct hu_sandbox *walls);

#endif
