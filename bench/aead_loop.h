/* What tls_loop and quic_loop share: lines of the key log, keys made from secrets, and opening what is sealed with a nonce of its number. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG = 16, NONCE = 12, RANDOM = 32, SECRET = 32 };

/* A line of the key log. */
struct secret {
    unsigned char random[RANDOM], bytes[SECRET];
    int from_server, is_of_traffic;
};

/* The next line; 0 if there is none. */
static int read_secret(FILE *file, struct secret *secret)
{
    char label[64], random[65], bytes[65];
    if (fscanf(file, "%63s %64s %64s", label, random, bytes) != 3)
        return 0;
    secret->from_server = label[0] == 'S';
    secret->is_of_traffic = strstr(label, "_TRAFFIC_SECRET_0") != NULL;
    for (int index = 0; index < SECRET; index++) {
        sscanf(random + 2 * index, "%2hhx", &secret->random[index]);
        sscanf(bytes + 2 * index, "%2hhx", &secret->bytes[index]);
    }
    return 1;
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

/* A cipher with the key that this label stands for. */
static EVP_CIPHER_CTX *context(const char *name, const unsigned char *secret, const char *label, int is_aes, int encrypts)
{
    unsigned char key[32];
    expand(secret, label, key, is_aes ? 16 : 32);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    if (EVP_CipherInit_ex2(context, cipher, key, NULL, encrypts, NULL) != 1)
        exit(2);
    EVP_CIPHER_free(cipher);
    return context;
}

static const char *aead(int is_aes) { return is_aes ? "AES-128-GCM" : "ChaCha20-Poly1305"; }

/* Opens what follows a head, its tag last; returns the length of the plaintext, or exits. */
static int open_sealed(EVP_CIPHER_CTX *context, const unsigned char *iv, unsigned long long number, unsigned char *bytes, int head, int count)
{
    static unsigned char output[1 << 16];
    unsigned char nonce[NONCE];
    int written, length = count - head - TAG;
    memcpy(nonce, iv, NONCE);
    for (int index = 0; index < 8; index++)
        nonce[NONCE - 1 - index] ^= number >> 8 * index;
    if (EVP_DecryptInit_ex2(context, NULL, NULL, nonce, NULL) != 1
        || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, bytes + count - TAG) != 1
        || EVP_DecryptUpdate(context, NULL, &written, bytes, head) != 1
        || EVP_DecryptUpdate(context, output, &written, bytes + head, length) != 1
        || EVP_DecryptFinal_ex(context, output + written, &written) != 1) {
        fprintf(stderr, "number %llu does not open\n", number);
        exit(2);
    }
    return length;
}

/* The capture's file with its first header read; NULL where one of the two files cannot be read. */
static FILE *open_files(int count, char **arguments, FILE **keys)
{
    unsigned header[6];
    *keys = count == 3 ? fopen(arguments[1], "r") : NULL;
    FILE *file = *keys ? fopen(arguments[2], "rb") : NULL;
    if (!file || fread(header, sizeof header, 1, file) != 1 || header[0] != 0xA1B2C3D4)
        return NULL;
    setvbuf(file, NULL, _IOFBF, 1 << 18);
    return file;
}

/* The next packet's length; 0 at the end. */
static size_t read_packet(FILE *file, unsigned char *packet, size_t room)
{
    unsigned about[4];
    if (fread(about, sizeof about, 1, file) != 1)
        return 0;
    if (about[2] > room || fread(packet, 1, about[2], file) != about[2])
        exit(65);
    return about[2];
}
