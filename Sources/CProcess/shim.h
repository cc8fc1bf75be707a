// Calls with a variable number of arguments, which Swift does not import.
#ifndef WSRAY_CPROCESS_SHIM_H
#define WSRAY_CPROCESS_SHIM_H

#ifdef __linux__
#include <sys/prctl.h>

/// Processes whose parent has ended become children of this one. 0 when that was done.
static inline int wsray_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
#else
static inline int wsray_adopt_orphans(void) { return -1; }
#endif

#endif
