// Sends the Ethernet frames of a pcap file over and over, as fast as one processor can: `blast INTERFACE FILE SECONDS [PACKETS-A-SECOND]`.
// With each turn the second bytes of both IPv4 addresses grow by one, so that the connections are new ones; checksums are kept right.
// Prints how many packets were sent, and how many a second.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#ifndef PACKET_QDISC_BYPASS
#define PACKET_QDISC_BYPASS 20
#endif

enum { BATCH = 64, ETHERNET = 14, FILE_HEADER = 24, PACKET_HEADER = 16 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// RFC 1624, equation 3.
static void amend(uint8_t *checksum, uint16_t before, uint16_t after) {
    uint32_t sum = (uint16_t)~(checksum[0] << 8 | checksum[1]) + (uint32_t)(uint16_t)~before + after;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    checksum[0] = sum >> 8;
    checksum[1] = sum;
}

static void renew(uint8_t *frame) {
    uint8_t *ip = frame + ETHERNET, *tcp = ip + (ip[0] & 15) * 4;
    for (int address = 12; address <= 16; address += 4) {
        uint16_t before = ip[address] << 8 | ip[address + 1];
        uint16_t after = (before & 0xff00) | ((before + 1) & 0xff);
        ip[address + 1] = after;
        amend(ip + 10, before, after);
        amend(tcp + 16, before, after);
    }
}

int main(int count, char **arguments) {
    if (count < 4) return fprintf(stderr, "blast INTERFACE FILE SECONDS [PACKETS-A-SECOND]\n"), 2;
    double seconds = atof(arguments[3]), rate = count > 4 ? atof(arguments[4]) : 0;

    FILE *file = fopen(arguments[2], "rb");
    if (!file) fail(arguments[2]);
    fseek(file, 0, SEEK_END);
    size_t size = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size);
    if (!bytes || fread(bytes, 1, size, file) != size) fail(arguments[2]);
    struct iovec *frames = malloc(size / PACKET_HEADER * sizeof *frames);
    size_t frameCount = 0;
    for (size_t at = FILE_HEADER; at + PACKET_HEADER <= size;) {
        uint32_t length;
        memcpy(&length, bytes + at + 8, 4);
        at += PACKET_HEADER;
        if (length > size - at) break;
        frames[frameCount++] = (struct iovec){bytes + at, length};
        at += length;
    }
    if (!frameCount) return fprintf(stderr, "no packets\n"), 2;

    int link = socket(AF_PACKET, SOCK_RAW, 0), one = 1;
    struct sockaddr_ll place = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(arguments[1])};
    if (link < 0 || bind(link, (struct sockaddr *)&place, sizeof place) < 0) fail(arguments[1]);
    setsockopt(link, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);

    struct mmsghdr batch[BATCH] = {0};
    uint64_t sent = 0;
    size_t next = 0;
    double begun = now(), time = begun;
    while ((time = now()) - begun < seconds) {
        if (rate > 0 && sent > (time - begun) * rate) continue;
        int filled = 0;
        while (filled < BATCH && next + filled < frameCount) {
            batch[filled].msg_hdr.msg_iov = &frames[next + filled];
            batch[filled].msg_hdr.msg_iovlen = 1;
            filled++;
        }
        int done = sendmmsg(link, batch, filled, 0);
        if (done < 0 && (errno == ENOBUFS || errno == EAGAIN || errno == EINTR)) continue;
        if (done < 0) fail("sendmmsg");
        sent += done;
        next += done;
        if (next == frameCount) {
            for (size_t frame = 0; frame < frameCount; frame++) renew(frames[frame].iov_base);
            next = 0;
        }
    }
    printf("%llu packets, %.0f a second\n", (unsigned long long)sent, sent / (time - begun));
}
