// What the kernel knows about one TCP socket (sock_diag(7)): at once, where /proc/net/tcp takes milliseconds.
#ifndef WSRAY_CSOCKETDIAGNOSIS_SHIM_H
#define WSRAY_CSOCKETDIAGNOSIS_SHIM_H

#include <stdint.h>
#ifdef __linux__
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

/// A descriptor to ask of sockets in the network namespace of this thread; -1 where there is none.
static inline int wsray_diagnosis_open(void) {
#ifdef __linux__
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
#else
    return -1;
#endif
}

/// The inode of the socket that has these ends, or, where `listens`, of the one that listens at the local end; 0 where there is none.
/// Addresses are as on the wire, of 4 or 16 bytes each. Only reads from the descriptor and writes to it.
static inline uint32_t wsray_diagnosis_inode(
    int descriptor, const uint8_t *local, const uint8_t *remote, int byte_count, uint16_t local_port, uint16_t remote_port, int listens) {
#ifdef __linux__
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } request;
    memset(&request, 0, sizeof request);
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.body.sdiag_family = byte_count == 4 ? AF_INET : AF_INET6;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = ~0u;
    memcpy(request.body.id.idiag_src, local, byte_count);
    memcpy(request.body.id.idiag_dst, remote, byte_count);
    request.body.id.idiag_sport = htons(local_port);
    request.body.id.idiag_dport = htons(remote_port);
    request.body.id.idiag_cookie[0] = request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    union {
        struct nlmsghdr header;
        uint8_t bytes[8192];
    } answer;
    // What is not addressed goes to the kernel, which has answered by then.
    if (write(descriptor, &request, sizeof request) != (ssize_t)sizeof request) return 0;
    ssize_t count = recv(descriptor, &answer, sizeof answer, 0);
    if (count < (ssize_t)NLMSG_LENGTH(sizeof(struct inet_diag_msg)) || answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return 0;
    const struct inet_diag_msg *found = (const struct inet_diag_msg *)NLMSG_DATA(&answer.header);
    return listens || found->idiag_state != 10 ? found->idiag_inode : 0;
#else
    return 0;
#endif
}

/// The same of a descriptor for this one question.
static inline uint32_t wsray_socket_inode(
    const uint8_t *local, const uint8_t *remote, int byte_count, uint16_t local_port, uint16_t remote_port) {
    int descriptor = wsray_diagnosis_open();
    if (descriptor < 0) return 0;
    uint32_t inode = wsray_diagnosis_inode(descriptor, local, remote, byte_count, local_port, remote_port, 1);
#ifdef __linux__
    close(descriptor);
#endif
    return inode;
}

#endif
