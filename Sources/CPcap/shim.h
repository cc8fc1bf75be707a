#include <pcap/pcap.h>
#include <stdint.h>

// The members of a time are read here: whether they belong to this module or to that of the C library depends on what else is imported.

static inline int64_t wsray_seconds(struct timeval time) { return time.tv_sec; }

/// Microseconds or nanoseconds, as the time is of.
static inline int64_t wsray_fraction(struct timeval time) { return time.tv_usec; }
