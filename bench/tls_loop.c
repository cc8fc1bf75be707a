/* The least that a program which shows messages over TLS can do: libcrypto opens each record, with a context that is kept for each
   direction, and the bytes are thrown away. `tls_loop KEYS CAPTURE`.

   For captures that make_capture.py makes with --tls and no others: pcap of this machine's byte order, Ethernet, IPv4 without options, a
   server on port 443, every segment once and in order, a record a segment: the hello, one record of handshake, application data. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVER_PORT = 443, SLOTS = 1 << 20, HEAD = 14 + 20 + 20, RECORD = 5, TAG = 16, RANDOM_AT = 11, SUITE_AT = 76, SECRET = 32 };

/* One direction of a connection. */
struct side {
    unsigned long long segments;
    EVP_CIPHER_CTX *context;
    unsigned char iv[12];
};
struct connection {
    unsigned long long key; /* the client's address and port; 0 in an empty slot */
    unsigned char *random;
    struct side sides[2];
};
/* A line of the key log. */
struct secret {
    unsigned char random[32], bytes[SECRET];
    int from_server;
};

static struct connection *slots[SLOTS];
static struct secret *secrets;
static size_t secret_count;
static unsigned long long records, plaintext;

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

static void read_keys(FILE *file)
{
    char label[64], random[65], bytes[65];
    while (fscanf(file, "%63s %64s %64s", label, random, bytes) == 3) {
        if (!strstr(label, "_TRAFFIC_SECRET_0"))
            continue;
        secrets = realloc(secrets, (secret_count + 1) * sizeof *secrets);
        struct secret *secret = &secrets[secret_count++];
        secret->from_server = label[0] == 'S';
        for (int index = 0; index < 32; index++) {
            sscanf(random + 2 * index, "%2hhx", &secret->random[index]);
            sscanf(bytes + 2 * index, "%2hhx", &secret->bytes[index]);
        }
    }
}

static int compare(const void *left, const void *right)
{
    const struct secret *one = left, *other = right;
    int order = memcmp(one->random, other->random, 32);
    return order ? order : one->from_server - other->from_server;
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

static void begin(struct connection *connection, struct side *side, int from_server, int suite)
{
    struct secret wanted = {.from_server = from_server};
    memcpy(wanted.random, connection->random, 32);
    struct secret *secret = bsearch(&wanted, secrets, secret_count, sizeof *secrets, compare);
    if (!secret)
        exit(65);
    unsigned char key[32];
    int is_aes = suite == 0x1301;
    expand(secret->bytes, "tls13 key", key, is_aes ? 16 : 32);
    expand(secret->bytes, "tls13 iv", side->iv, 12);
    side->context = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, is_aes ? "AES-128-GCM" : "ChaCha20-Poly1305", NULL);
    if (EVP_DecryptInit_ex2(side->context, cipher, key, NULL, NULL) != 1)
        exit(2);
    EVP_CIPHER_free(cipher);
}

static void record(struct side *side, unsigned long long number, unsigned char *bytes, size_t count)
{
    static unsigned char output[1 << 15];
    unsigned char nonce[12];
    int written, length = (int)count - RECORD - TAG;
    memcpy(nonce, side->iv, 12);
    for (int index = 0; index < 8; index++)
        nonce[11 - index] ^= number >> 8 * index;
    if (EVP_DecryptInit_ex2(side->context, NULL, NULL, nonce, NULL) != 1
        || EVP_CIPHER_CTX_ctrl(side->context, EVP_CTRL_AEAD_SET_TAG, TAG, bytes + count - TAG) != 1
        || EVP_DecryptUpdate(side->context, NULL, &written, bytes, RECORD) != 1
        || EVP_DecryptUpdate(side->context, output, &written, bytes + RECORD, length) != 1
        || EVP_DecryptFinal_ex(side->context, output + written, &written) != 1) {
        fprintf(stderr, "record %llu does not open\n", records + 1);
        exit(2);
    }
    records++;
    plaintext += length;
}

int main(int count, char **arguments)
{
    static unsigned char packet[1 << 18];
    unsigned header[6], about[4];
    int suite = 0;
    FILE *keys = count == 3 ? fopen(arguments[1], "r") : NULL, *file = count == 3 ? fopen(arguments[2], "rb") : NULL;
    if (!keys || !file || fread(header, sizeof header, 1, file) != 1 || header[0] != 0xA1B2C3D4)
        return 66;
    read_keys(keys);
    qsort(secrets, secret_count, sizeof *secrets, compare);
    setvbuf(file, NULL, _IOFBF, 1 << 18);
    while (fread(about, sizeof about, 1, file) == 1) {
        if (about[2] > sizeof packet || fread(packet, 1, about[2], file) != about[2])
            return 65;
        if (about[2] <= HEAD)
            continue;
        size_t length = 14 + (packet[16] << 8 | packet[17]), data = 34 + (packet[46] >> 4) * 4;
        if (length <= data)
            continue;
        int from_server = (packet[34] << 8 | packet[35]) == SERVER_PORT;
        unsigned char *address = packet + (from_server ? 30 : 26), *port = packet + (from_server ? 36 : 34);
        unsigned long long key = 0;
        for (int index = 0; index < 4; index++)
            key = key << 8 | address[index];
        key = key << 16 | port[0] << 8 | port[1];
        struct connection *connection = find(key);
        struct side *side = &connection->sides[from_server];
        unsigned long long segment = side->segments++;
        if (segment == 0 && !from_server) {
            connection->random = memcpy(malloc(32), packet + data + RANDOM_AT, 32);
        } else if (segment == 0) {
            suite = packet[data + SUITE_AT] << 8 | packet[data + SUITE_AT + 1];
        } else if (segment == 1) {
            begin(connection, side, from_server, suite);
        } else {
            record(side, segment - 2, packet + data, length - data);
        }
    }
    printf("%llu records, %llu bytes of plaintext\n", records, plaintext);
    fclose(file);
    return 0;
}
