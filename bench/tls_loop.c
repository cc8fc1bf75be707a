/* The least that a program which shows messages over TLS can do: libcrypto opens each record, with a context that is kept for each
   direction, and the bytes are thrown away. `tls_loop KEYS CAPTURE`.

   For captures that make_capture.py makes with --tls and no others: pcap of this machine's byte order, Ethernet, IPv4 without options, a
   server on port 443, every segment once and in order, a record a segment: the hello, one record of handshake, application data. */
#include "aead_loop.h"

enum { SERVER_PORT = 443, SLOTS = 1 << 20, HEAD = 14 + 20 + 20, RECORD = 5, RANDOM_AT = 11, SUITE_AT = 76 };

/* One direction of a connection. */
struct side {
    unsigned long long segments;
    EVP_CIPHER_CTX *context;
    unsigned char iv[NONCE];
};
struct connection {
    unsigned long long key; /* the client's address and port; 0 in an empty slot */
    unsigned char *random;
    struct side sides[2];
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
    struct secret secret;
    while (read_secret(file, &secret)) {
        if (!secret.is_of_traffic)
            continue;
        secrets = realloc(secrets, (secret_count + 1) * sizeof *secrets);
        secrets[secret_count++] = secret;
    }
}

static int compare(const void *left, const void *right)
{
    const struct secret *one = left, *other = right;
    int order = memcmp(one->random, other->random, RANDOM);
    return order ? order : one->from_server - other->from_server;
}

static void begin(struct connection *connection, struct side *side, int from_server, int suite)
{
    struct secret wanted = {.from_server = from_server};
    memcpy(wanted.random, connection->random, RANDOM);
    struct secret *secret = bsearch(&wanted, secrets, secret_count, sizeof *secrets, compare);
    if (!secret)
        exit(65);
    int is_aes = suite == 0x1301;
    expand(secret->bytes, "tls13 iv", side->iv, NONCE);
    side->context = context(aead(is_aes), secret->bytes, "tls13 key", is_aes, 0);
}

int main(int count, char **arguments)
{
    static unsigned char packet[1 << 18];
    int suite = 0;
    FILE *keys, *file = open_files(count, arguments, &keys);
    if (!file)
        return 66;
    read_keys(keys);
    qsort(secrets, secret_count, sizeof *secrets, compare);
    for (size_t captured; (captured = read_packet(file, packet, sizeof packet));) {
        if (captured <= HEAD)
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
            connection->random = memcpy(malloc(RANDOM), packet + data + RANDOM_AT, RANDOM);
        } else if (segment == 0) {
            suite = packet[data + SUITE_AT] << 8 | packet[data + SUITE_AT + 1];
        } else if (segment == 1) {
            begin(connection, side, from_server, suite);
        } else {
            plaintext += open_sealed(side->context, side->iv, segment - 2, packet + data, RECORD, length - data);
            records++;
        }
    }
    printf("%llu records, %llu bytes of plaintext\n", records, plaintext);
    fclose(file);
    return 0;
}
