/* The least that a program which shows compressed messages can do: zlib inflates each of a capture, with context takeover, and the
   bytes are thrown away.

   For captures that make_capture.py makes and no others: pcap of this machine's byte order, Ethernet, IPv4 without options, a server on
   port 80, every segment once and in order, one HTTP head a side in a segment of its own, messages of one frame. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SERVER_PORT = 80, SLOTS = 1 << 20, HEAD = 14 + 20 + 20, FIN = 1, RSV1 = 0x40, CONTROL = 0x08 };

/* One direction of a connection. */
struct side {
    z_stream stream;
    int is_open, inflates;
    unsigned char *waiting; /* the beginning of a frame whose end is in a later segment */
    size_t count, room;
};
struct connection {
    unsigned long long key; /* the client's address and port; 0 in an empty slot */
    struct side sides[2];
};

static struct connection *slots[SLOTS];
static unsigned char output[1 << 16];
static unsigned long long messages, compressed, inflated;

static struct connection *find(unsigned long long key)
{
    size_t slot = (key * 0x9E3779B97F4A7C15u) >> 44;
    while (slots[slot] && slots[slot]->key != key)
        slot = (slot + 1) % SLOTS;
    if (!slots[slot]) {
        slots[slot] = calloc(1, sizeof *slots[slot]);
        slots[slot]->key = key;
    }
    return slots[slot];
}

static void feed(z_stream *stream, unsigned char *bytes, size_t count)
{
    stream->next_in = bytes;
    stream->avail_in = count;
    do {
        stream->next_out = output;
        stream->avail_out = sizeof output;
        int status = inflate(stream, Z_SYNC_FLUSH);
        if (status != Z_OK && status != Z_BUF_ERROR) {
            fprintf(stderr, "message %llu does not inflate\n", messages + 1);
            exit(2);
        }
        inflated += sizeof output - stream->avail_out;
    } while (stream->avail_out == 0);
}

static void message(struct side *side, unsigned char *bytes, size_t count)
{
    static unsigned char tail[] = {0, 0, 0xFF, 0xFF};
    if (!side->inflates) {
        if (inflateInit2(&side->stream, -15) != Z_OK)
            exit(2);
        side->inflates = 1;
    }
    feed(&side->stream, bytes, count);
    feed(&side->stream, tail, sizeof tail);
    messages++;
    compressed += count;
}

/* Takes the whole frames at the beginning; how many bytes they have. */
static size_t frames(struct side *side, unsigned char *bytes, size_t count)
{
    size_t at = 0;
    while (count - at >= 2) {
        unsigned char *frame = bytes + at;
        size_t length = frame[1] & 0x7F, head = 2;
        if (length == 126)
            head = 4;
        else if (length == 127)
            exit(65); /* make_capture.py makes none of 64 KiB */
        int masked = frame[1] >> 7;
        if (count - at < head + 4 * masked)
            break;
        if (length == 126)
            length = frame[2] << 8 | frame[3];
        unsigned char *key = frame + head, *payload = key + 4 * masked;
        if (count - at < head + 4 * masked + length)
            break;
        if ((frame[0] & RSV1) && !(frame[0] & CONTROL)) {
            if (masked)
                for (size_t index = 0; index < length; index++)
                    payload[index] ^= key[index & 3];
            message(side, payload, length);
        }
        at += head + 4 * masked + length;
    }
    return at;
}

static void segment(struct side *side, unsigned char *bytes, size_t count)
{
    if (!side->is_open) {
        side->is_open = 1; /* the HTTP head */
        return;
    }
    if (side->count == 0) {
        size_t taken = frames(side, bytes, count);
        bytes += taken;
        count -= taken;
    }
    if (count == 0)
        return;
    if (side->room < side->count + count)
        side->waiting = realloc(side->waiting, side->room = 2 * (side->count + count));
    memcpy(side->waiting + side->count, bytes, count);
    side->count += count;
    size_t taken = frames(side, side->waiting, side->count);
    memmove(side->waiting, side->waiting + taken, side->count -= taken);
}

int main(int count, char **arguments)
{
    static unsigned char packet[1 << 18];
    unsigned header[6], record[4];
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    if (!file || fread(header, sizeof header, 1, file) != 1 || header[0] != 0xA1B2C3D4)
        return 66;
    setvbuf(file, NULL, _IOFBF, 1 << 18);
    while (fread(record, sizeof record, 1, file) == 1) {
        if (record[2] > sizeof packet || fread(packet, 1, record[2], file) != record[2])
            return 65;
        if (record[2] < HEAD)
            continue;
        size_t length = 14 + (packet[16] << 8 | packet[17]), data = 34 + (packet[46] >> 4) * 4;
        int from_server = (packet[34] << 8 | packet[35]) == SERVER_PORT;
        unsigned char *address = packet + (from_server ? 30 : 26), *port = packet + (from_server ? 36 : 34);
        unsigned long long key = 0;
        for (int index = 0; index < 4; index++)
            key = key << 8 | address[index];
        key = key << 16 | port[0] << 8 | port[1];
        struct side *side = &find(key)->sides[from_server];
        if (length > data)
            segment(side, packet + data, length - data);
        if ((packet[47] & FIN) && side->inflates) {
            inflateEnd(&side->stream);
            side->inflates = 0;
        }
    }
    printf("%llu messages, %llu bytes compressed, %llu inflated\n", messages, compressed, inflated);
    fclose(file);
    return 0;
}
