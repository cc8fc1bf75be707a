// Calls with a variable number of arguments, which Swift does not import.
#ifndef WSRAY_CPROCESS_SHIM_H
#define WSRAY_CPROCESS_SHIM_H

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Processes whose parent has ended become children of this one. 0 when that was done.
static inline int wsray_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

/// Puts this thread into the network namespace that a descriptor refers to (setns(2), CLONE_NEWNET). 0 when that was done.
static inline int wsray_enter_network(int namespace_descriptor) { return (int)syscall(SYS_setns, namespace_descriptor, 0x40000000); }
#else
#include <errno.h>

static inline int wsray_adopt_orphans(void) { return -1; }

static inline int wsray_enter_network(int namespace_descriptor) {
    errno = ENOTSUP;
    return -1;
}
#endif

#endif
