/* The least that a program which shows messages over HTTP/3 can do: libcrypto uncovers the header of each packet and opens it, with contexts
   that are kept for each direction, and the bytes are thrown away. `quic_loop KEYS CAPTURE`.

   For captures that make_capture.py makes with --quic and no others: pcap of this machine's byte order, Ethernet, IPv4 without options, a
   server on port 443, packets in order. A connection ID is the number of the connection and the side that it addresses; the key log has
   four lines for each connection, in that order; packets with long headers are left out. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 14 + 20 + 8, ID = 8, TAG = 16, SAMPLE = 16, LINES = 4, SECRET = 32 };

/* One direction of a connection. */
struct side {
    unsigned char secret[SECRET], iv[12];
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
    char label[64], random[65], bytes[65];
    for (size_t line = 0; fscanf(file, "%63s %64s %64s", label, random, bytes) == 3; line++) {
        if (line % LINES == 0) {
            connections = realloc(connections, (connection_count + 1) * sizeof *connections);
            memset(&connections[connection_count++], 0, sizeof *connections);
        }
        if (!strstr(label, "_TRAFFIC_SECRET_0"))
            continue;
        struct side *side = &connections[connection_count - 1].sides[label[0] == 'S'];
        for (int index = 0; index < SECRET; index++)
            sscanf(bytes + 2 * index, "%2hhx", &side->secret[index]);
    }
}

/* HKDF-Expand-Label without context (RFC 8446 7.1). */
static void expand(const unsigned char *secret, const char *label, unsigned char *output, int count)
{
    unsigned char info[32] = {0, count, strlen(label)}, block[32];
    unsigned length = 3 + strlen(label);
    memcpy(info + 3, label, strlen(label));
    info[length + 1] = 1;
    HMAC(EVP_sha256(), secret, SECRET, info, length + 2, block, NULL);
    memcpy(output, block, count);
}

static EVP_CIPHER_CTX *context(const char *name, const unsigned char *key, int encrypts)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    if (EVP_CipherInit_ex2(context, cipher, key, NULL, encrypts, NULL) != 1)
        exit(2);
    EVP_CIPHER_free(cipher);
    return context;
}

static void begin(struct side *side, int is_aes)
{
    unsigned char key[32];
    int length = is_aes ? 16 : 32;
    expand(side->secret, "tls13 quic key", key, length);
    side->context = context(is_aes ? "AES-128-GCM" : "ChaCha20-Poly1305", key, 0);
    expand(side->secret, "tls13 quic hp", key, length);
    side->mask = context(is_aes ? "AES-128-ECB" : "ChaCha20", key, 1);
    expand(side->secret, "tls13 quic iv", side->iv, 12);
}

static void open_packet(struct side *side, int is_aes, unsigned char *bytes, int count)
{
    static unsigned char output[1 << 16];
    unsigned char mask[SAMPLE] = {0}, nonce[12], *sample = bytes + 1 + ID + 4;
    int written;
    if (is_aes ? EVP_EncryptUpdate(side->mask, mask, &written, sample, SAMPLE) != 1
               : EVP_EncryptInit_ex2(side->mask, NULL, NULL, sample, NULL) != 1 || EVP_EncryptUpdate(side->mask, mask, &written, mask, 5) != 1)
        exit(2);
    bytes[0] ^= mask[0] & 0x1F;
    int number_count = (bytes[0] & 3) + 1, head = 1 + ID + number_count, length = count - head - TAG;
    unsigned long long sent = 0, window = 1ull << 8 * number_count;
    for (int index = 0; index < number_count; index++)
        sent = sent << 8 | (bytes[1 + ID + index] ^= mask[1 + index]);
    /* RFC 9000 A.3. */
    unsigned long long number = (side->next & ~(window - 1)) | sent;
    if (number + window / 2 <= side->next)
        number += window;
    side->next = number + 1;
    memcpy(nonce, side->iv, 12);
    for (int index = 0; index < 8; index++)
        nonce[11 - index] ^= number >> 8 * index;
    if (EVP_DecryptInit_ex2(side->context, NULL, NULL, nonce, NULL) != 1
        || EVP_CIPHER_CTX_ctrl(side->context, EVP_CTRL_AEAD_SET_TAG, TAG, bytes + count - TAG) != 1
        || EVP_DecryptUpdate(side->context, NULL, &written, bytes, head) != 1
        || EVP_DecryptUpdate(side->context, output, &written, bytes + head, length) != 1
        || EVP_DecryptFinal_ex(side->context, output + written, &written) != 1) {
        fprintf(stderr, "packet %llu does not open\n", packets + 1);
        exit(2);
    }
    packets++;
    plaintext += length;
}

/* The cipher suite is tried out on the first packet: what it uncovers has the bits that are always 0 or 1. */
static int is_of_aes(const struct side *sides, const unsigned char *bytes)
{
    struct side side = sides[0];
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
    unsigned header[6], about[4];
    int is_aes = -1;
    FILE *keys = count == 3 ? fopen(arguments[1], "r") : NULL, *file = count == 3 ? fopen(arguments[2], "rb") : NULL;
    if (!keys || !file || fread(header, sizeof header, 1, file) != 1 || header[0] != 0xA1B2C3D4)
        return 66;
    read_keys(keys);
    setvbuf(file, NULL, _IOFBF, 1 << 18);
    while (fread(about, sizeof about, 1, file) == 1) {
        if (about[2] > sizeof packet || fread(packet, 1, about[2], file) != about[2])
            return 65;
        unsigned char *bytes = packet + HEAD;
        int length = (int)about[2] - HEAD;
        if (length < 1 + ID + 4 + SAMPLE || bytes[0] & 0x80)
            continue;
        size_t connection = (size_t)bytes[1] << 24 | bytes[2] << 16 | bytes[3] << 8 | bytes[4];
        if (connection >= connection_count)
            return 65;
        /* Its ID is that of the side which it is sent to. */
        struct side *side = &connections[connection].sides[!bytes[5]];
        if (is_aes < 0)
            is_aes = is_of_aes(connections[connection].sides, bytes);
        if (!side->context)
            begin(side, is_aes);
        open_packet(side, is_aes, bytes, length);
    }
    printf("%llu packets, %llu bytes of plaintext\n", packets, plaintext);
    fclose(file);
    return 0;
}
