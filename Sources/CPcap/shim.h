#include <pcap/pcap.h>
#include <stdint.h>

// The members of a time are read here: whether they belong to this module or to that of the C library depends on what else is imported.

static inline int64_t wsray_seconds(struct timeval time) { return time.tv_sec; }

/// Microseconds or nanoseconds, as the time is of.
static inline int64_t wsray_fraction(struct timeval time) { return time.tv_usec; }

#ifdef __linux__
#include <net/if.h>
#include <sys/socket.h>

/// Has the kernel leave out the packets that are sent (packet(7), since Linux 4.20); nothing where it cannot.
static inline void wsray_ignore_outgoing(int descriptor) {
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif
    int yes = 1;
    (void)setsockopt(descriptor, 263 /* SOL_PACKET */, PACKET_IGNORE_OUTGOING, &yes, sizeof yes);
}

/// The number of an interface in this thread's network namespace, 0 if there is none.
static inline unsigned wsray_interface_number(const char *name) { return if_nametoindex(name); }
#else
static inline void wsray_ignore_outgoing(int descriptor) { (void)descriptor; }
static inline unsigned wsray_interface_number(const char *name) { (void)name; return 0; }
#endif
