// What a process gives up for good: capabilities, new privileges, system calls, files. Linux only; elsewhere nothing is given up.
#ifndef WSRAY_CPROCESS_SANDBOX_H
#define WSRAY_CPROCESS_SANDBOX_H

#include <stdint.h>

#ifdef __linux__
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// MARK: Capabilities

/// Gives up all capabilities of this thread and of those that it starts, but for those with these bits. 0 when that was done.
static inline int wsray_drop_capabilities(uint64_t kept) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}}, held[2];
    if (kept && syscall(SYS_capget, &header, held) == 0) {
        for (int half = 0; half < 2; half++)
            data[half].permitted = data[half].effective = held[half].permitted & (uint32_t)(kept >> 32 * half);
    }
    return (int)syscall(SYS_capset, &header, data);
}

/// No program that is started from here on has more privileges, by set-user-ID or file capabilities. 0 when that was done.
static inline int wsray_refuse_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

// MARK: Files (Landlock)

// The numbers of linux/landlock.h, which older systems lack. They are the same on all architectures.
struct wsray_landlock_ruleset { uint64_t files, network, scopes; };
struct __attribute__((packed)) wsray_landlock_path { uint64_t allowed; int32_t parent; };
struct wsray_landlock_port { uint64_t allowed, port; };

/// A ruleset that allows no file to be changed, made, removed or executed, and no TCP connection; -1 where the kernel has none.
static inline int wsray_landlock_begin(void) {
    long version = syscall(444, 0, 0, 1);
    if (version < 1) return -1;
    // Execute, write, and everything that makes or removes; from version 2 on rename and link, from 3 on truncate, from 4 on TCP.
    uint64_t files = 1 | 1 << 1 | 0x1FF0;
    if (version >= 2) files |= 1 << 13;
    if (version >= 3) files |= 1 << 14;
    struct wsray_landlock_ruleset ruleset = {files, version >= 4 ? 3 : 0, 0};
    return (int)syscall(444, &ruleset, version >= 4 ? 16 : 8, 0);
}

/// Allows files to be written, and where `path` is a directory, made and removed in it. 0 when that was done.
static inline int wsray_landlock_allow(int ruleset, const char *path, int makes) {
    long version = syscall(444, 0, 0, 1);
    // O_PATH, which the C library names only for GNU sources.
    int parent = open(path, 010000000 | O_CLOEXEC);
    if (parent < 0) return -1;
    uint64_t allowed = 1 << 1;
    if (version >= 3) allowed |= 1 << 14;
    // Regular files and directories, made and removed.
    if (makes) allowed |= 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8;
    struct wsray_landlock_path rule = {allowed, parent};
    int done = (int)syscall(445, ruleset, 1, &rule, 0);
    close(parent);
    return done;
}

/// Allows TCP connections to a port, where the kernel limits them. 0 when that was done.
static inline int wsray_landlock_allow_port(int ruleset, uint16_t port) {
    struct wsray_landlock_port rule = {1 << 1, port};
    return (int)syscall(445, ruleset, 2, &rule, 0);
}

/// Puts the ruleset into force for this thread and those that it starts. 0 when that was done.
static inline int wsray_landlock_enter(int ruleset) {
    int done = (int)syscall(446, ruleset, 0);
    close(ruleset);
    return done;
}

// MARK: System calls (seccomp)

/// What is left: reading, writing, naming and mapping files, memory, threads, waiting, clocks, signals. `Docs/Sandbox.md` lists it.
static const uint32_t wsray_allowed_calls[] = {
    // Bytes of descriptors.
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_lseek, SYS_close, SYS_dup,
    SYS_dup3, SYS_fcntl, SYS_ftruncate, SYS_fallocate, SYS_fadvise64, SYS_fsync, SYS_fdatasync, SYS_flock, SYS_pipe2, SYS_sendfile,
    SYS_copy_file_range, SYS_splice, SYS_eventfd2,
    // Files.
    SYS_openat, SYS_newfstatat, SYS_fstat, SYS_statx, SYS_fstatfs, SYS_statfs, SYS_faccessat, SYS_readlinkat, SYS_getdents64, SYS_getcwd,
    SYS_mkdirat, SYS_unlinkat, SYS_renameat, SYS_fchmod, SYS_fchmodat, SYS_umask,
    // Memory.
    SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_membarrier,
    // Threads; `clone` only with CLONE_THREAD.
    SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address, SYS_gettid, SYS_getpid, SYS_getppid, SYS_sched_yield,
    SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler, SYS_exit, SYS_exit_group, SYS_getpgid,
    // Waiting, clocks and signals.
    SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime,
    SYS_clock_getres, SYS_gettimeofday, SYS_times, SYS_setitimer, SYS_restart_syscall, SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_sigaltstack, SYS_kill, SYS_tgkill, SYS_wait4,
    SYS_waitid,
    // What the process is.
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getgroups, SYS_getrandom, SYS_getrusage, SYS_prlimit64, SYS_uname, SYS_sysinfo,
    // Sockets that are open: what passes by, and counts of it.
    SYS_recvfrom, SYS_recvmsg, SYS_getsockopt, SYS_setsockopt, SYS_getsockname,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_close_range
    SYS_close_range,
#endif
#ifdef SYS_renameat2
    SYS_renameat2,
#endif
#ifdef SYS_futex_wait
    SYS_futex_wait, SYS_futex_wake,
#endif
// The same by their older numbers, which architectures of today lack.
#ifdef SYS_open
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_select, SYS_pipe, SYS_dup2, SYS_unlink, SYS_rename, SYS_mkdir,
    SYS_rmdir, SYS_chmod, SYS_getdents, SYS_time, SYS_alarm, SYS_pause, SYS_arch_prctl, SYS_epoll_wait, SYS_getpgrp,
#endif
};

/// Sockets that ask the kernel about sockets (netlink), for what goes on looking for those of a command.
static const uint32_t wsray_allowed_diagnosis[] = {SYS_socket, SYS_bind, SYS_sendto, SYS_sendmsg};

/// What those need that make connections, or take them; `socket` only for TCP.
static const uint32_t wsray_allowed_connecting[] = {SYS_connect, SYS_getpeername};
static const uint32_t wsray_allowed_accepting[] = {SYS_accept, SYS_accept4, SYS_getpeername};

#if defined(__x86_64__)
#define WSRAY_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define WSRAY_AUDIT_ARCH AUDIT_ARCH_AARCH64
#endif

/// Leaves all threads of the process only the system calls above; others fail with ENOSYS. 0 when that was done.
///
/// Of those that not every command needs, `needs` says which: 1 for diagnosing sockets, 2 for connecting, 4 for accepting.
static inline int wsray_filter_calls(int needs) {
#ifdef WSRAY_AUDIT_ARCH
    const struct { const uint32_t *calls; int count; } lists[] = {
#define WSRAY_LIST(calls) {calls, sizeof calls / sizeof *calls}
        WSRAY_LIST(wsray_allowed_calls), WSRAY_LIST(wsray_allowed_diagnosis), WSRAY_LIST(wsray_allowed_connecting),
        WSRAY_LIST(wsray_allowed_accepting),
#undef WSRAY_LIST
    };
    enum {
        most = (sizeof wsray_allowed_calls + sizeof wsray_allowed_diagnosis + sizeof wsray_allowed_connecting + sizeof wsray_allowed_accepting)
            / sizeof(uint32_t)
    };
    struct sock_filter program[2 * most + 48];
    unsigned short length = 0;
#define WSRAY_ADD(...) program[length++] = (struct sock_filter)__VA_ARGS__
#define WSRAY_LOAD(place) WSRAY_ADD({BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)(place)})
#define WSRAY_RETURN(what) WSRAY_ADD({BPF_RET | BPF_K, 0, 0, (what)})
    WSRAY_LOAD(offsetof(struct seccomp_data, arch));
    WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 1, 0, WSRAY_AUDIT_ARCH});
    WSRAY_RETURN(SECCOMP_RET_KILL_PROCESS);
    WSRAY_LOAD(offsetof(struct seccomp_data, nr));
    for (int list = 0; list < 4; list++) {
        if (list > 0 && !(needs & 1 << (list - 1))) continue;
        for (int index = 0; index < lists[list].count; index++) {
            WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, lists[list].calls[index]});
            WSRAY_RETURN(SECCOMP_RET_ALLOW);
        }
    }
    // Sockets of TCP over IPv4 (2) and IPv6 (10): streams (1), whatever flags stand above that.
    if (needs & 2 && !(needs & 1)) {
        WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 8, SYS_socket});
        WSRAY_LOAD(offsetof(struct seccomp_data, args[0]));
        WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 2});
        WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 10});
        WSRAY_LOAD(offsetof(struct seccomp_data, args[1]));
        WSRAY_ADD({BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xF});
        WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 1});
        WSRAY_RETURN(SECCOMP_RET_ALLOW);
        WSRAY_RETURN(SECCOMP_RET_ERRNO | EPERM);
    }
    // Numbers are compared by their lower halves, where all that matters stands on these little-endian machines.
    // A new thread, but no new process. clone3 has its flags in memory, which a filter cannot see; the C library then takes clone.
    WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 4, SYS_clone});
    WSRAY_LOAD(offsetof(struct seccomp_data, args[0]));
    WSRAY_ADD({BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0x00010000});
    WSRAY_RETURN(SECCOMP_RET_ALLOW);
    WSRAY_RETURN(SECCOMP_RET_ERRNO | EPERM);
    // All of ioctl but typing into the terminal (TIOCSTI, TIOCLINUX).
    WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 5, SYS_ioctl});
    WSRAY_LOAD(offsetof(struct seccomp_data, args[1]));
    WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 0x5412});
    WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0x541C});
    WSRAY_RETURN(SECCOMP_RET_ALLOW);
    WSRAY_RETURN(SECCOMP_RET_ERRNO | EPERM);
    // Names of threads and of memory.
    WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 4, SYS_prctl});
    WSRAY_LOAD(offsetof(struct seccomp_data, args[0]));
    WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 1, 0, PR_SET_NAME});
    WSRAY_ADD({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0x53564d41});
    WSRAY_RETURN(SECCOMP_RET_ALLOW);
    WSRAY_RETURN(SECCOMP_RET_ERRNO | ENOSYS);
#undef WSRAY_ADD
#undef WSRAY_LOAD
#undef WSRAY_RETURN
    struct sock_fprog filter = {length, program};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
#else
    return -1;
#endif
}
#else
static inline int wsray_drop_capabilities(uint64_t kept) { return -1; }
static inline int wsray_refuse_privileges(void) { return -1; }
static inline int wsray_landlock_begin(void) { return -1; }
static inline int wsray_landlock_allow(int ruleset, const char *path, int makes) { return -1; }
static inline int wsray_landlock_allow_port(int ruleset, unsigned short port) { return -1; }
static inline int wsray_landlock_enter(int ruleset) { return -1; }
static inline int wsray_filter_calls(int needs) { return -1; }
#endif

#endif
