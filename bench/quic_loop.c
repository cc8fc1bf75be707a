/* The least that a program which shows messages over HTTP/3 can do: libcrypto uncovers the header of each packet and opens it, with contexts
   that are kept for each direction, and the bytes are thrown away. `quic_loop KEYS CAPTURE`.

   For captures that make_capture.py makes with --quic and no others: pcap of this machine's byte order, Ethernet, IPv4 without options, a
   server on port 443, packets in order. A connection ID is the number of the connection and the side that it addresses; the key log has
   four lines for each connection, in that order; packets with long headers are left out. */
#include "aead_loop.h"

enum { HEAD = 14 + 20 + 8, ID = 8, SAMPLE = 16, LINES = 4 };

/* One direction of a connection. */
struct side {
    unsigned char secret[SECRET], iv[NONCE];
    unsigned long long next;
    EVP_CIPHER_CTX *context, *mask;
};
struct connection {
    struct side sides[2];
};

static struct connection *connections;
static size_t connection_count;
static unsigned long long packets, plaintext;

static void read_keys(FILE *file)
{
    struct secret secret;
    for (size_t line = 0; read_secret(file, &secret); line++) {
        if (line % LINES == 0) {
            connections = realloc(connections, (connection_count + 1) * sizeof *connections);
            memset(&connections[connection_count++], 0, sizeof *connections);
        }
        if (secret.is_of_traffic)
            memcpy(connections[connection_count - 1].sides[secret.from_server].secret, secret.bytes, SECRET);
    }
}

static void begin(struct side *side, int is_aes)
{
    side->context = context(aead(is_aes), side->secret, "tls13 quic key", is_aes, 0);
    side->mask = context(is_aes ? "AES-128-ECB" : "ChaCha20", side->secret, "tls13 quic hp", is_aes, 1);
    expand(side->secret, "tls13 quic iv", side->iv, NONCE);
}

static void open_packet(struct side *side, int is_aes, unsigned char *bytes, int count)
{
    unsigned char mask[SAMPLE] = {0}, *sample = bytes + 1 + ID + 4;
    int written;
    if (is_aes ? EVP_EncryptUpdate(side->mask, mask, &written, sample, SAMPLE) != 1
               : EVP_EncryptInit_ex2(side->mask, NULL, NULL, sample, NULL) != 1 || EVP_EncryptUpdate(side->mask, mask, &written, mask, 5) != 1)
        exit(2);
    bytes[0] ^= mask[0] & 0x1F;
    int number_count = (bytes[0] & 3) + 1;
    unsigned long long sent = 0, window = 1ull << 8 * number_count;
    for (int index = 0; index < number_count; index++)
        sent = sent << 8 | (bytes[1 + ID + index] ^= mask[1 + index]);
    /* RFC 9000 A.3. */
    unsigned long long number = (side->next & ~(window - 1)) | sent;
    if (number + window / 2 <= side->next)
        number += window;
    side->next = number + 1;
    plaintext += open_sealed(side->context, side->iv, number, bytes, 1 + ID + number_count, count);
    packets++;
}

/* The cipher suite is tried out on the first packet: what it uncovers has the bits that are always 0 or 1. */
static int is_of_aes(struct side side, const unsigned char *bytes)
{
    unsigned char mask[SAMPLE];
    int written;
    begin(&side, 1);
    EVP_EncryptUpdate(side.mask, mask, &written, bytes + 1 + ID + 4, SAMPLE);
    unsigned char first = bytes[0] ^ (mask[0] & 0x1F);
    int fits = (first & 0x1F) == 1 && (bytes[1 + ID] ^ mask[1]) == 0 && (bytes[2 + ID] ^ mask[2]) == 0;
    EVP_CIPHER_CTX_free(side.context);
    EVP_CIPHER_CTX_free(side.mask);
    return fits;
}

int main(int count, char **arguments)
{
    static unsigned char packet[1 << 18];
    int is_aes = -1;
    FILE *keys, *file = open_files(count, arguments, &keys);
    if (!file)
        return 66;
    read_keys(keys);
    for (size_t captured; (captured = read_packet(file, packet, sizeof packet));) {
        unsigned char *bytes = packet + HEAD;
        int length = (int)captured - HEAD;
        if (length < 1 + ID + 4 + SAMPLE || bytes[0] & 0x80)
            continue;
        size_t connection = (size_t)bytes[1] << 24 | bytes[2] << 16 | bytes[3] << 8 | bytes[4];
        if (connection >= connection_count)
            return 65;
        /* Its ID is that of the side which it is sent to. */
        struct side *side = &connections[connection].sides[!bytes[5]];
        if (is_aes < 0)
            is_aes = is_of_aes(*side, bytes);
        if (!side->context)
            begin(side, is_aes);
        open_packet(side, is_aes, bytes, length);
    }
    printf("%llu packets, %llu bytes of plaintext\n", packets, plaintext);
    fclose(file);
    return 0;
}
