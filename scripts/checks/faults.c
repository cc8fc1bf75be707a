// Has one call of a function fail: FAULT_CALL names it, FAULT_NUMBER says which, from 1. When that call came, FAULT_SEEN is made.
// To be preloaded. Of malloc only what the named C libraries ask for counts.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long count;

static int fails(const char *name) {
    const char *wanted = getenv("FAULT_CALL"), *number = getenv("FAULT_NUMBER"), *seen = getenv("FAULT_SEEN");
    if (!wanted || !number || strcmp(wanted, name) || atomic_fetch_add(&count, 1) + 1 != atol(number)) return 0;
    if (seen) {
        int (*really)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
        int file = really(seen, O_CREAT | O_WRONLY, 0600);
        if (file >= 0) close(file);
    }
    return 1;
}

#define NEXT(name) static __typeof__(name) *really; if (!really) really = dlsym(RTLD_NEXT, #name)
#define FAILING(error) do { errno = (error); return -1; } while (0)

// What the process itself has open at 3 and above, and what it writes; not what the system's libraries read at the start.
ssize_t read(int file, void *room, size_t size) { NEXT(read); if (fails("read")) FAILING(EIO); return really(file, room, size); }
ssize_t pread(int file, void *room, size_t size, off_t place) { NEXT(pread); if (fails("pread")) FAILING(EIO); return really(file, room, size, place); }
ssize_t pread64(int file, void *room, size_t size, off64_t place) { NEXT(pread64); if (fails("pread")) FAILING(EIO); return really(file, room, size, place); }
ssize_t write(int file, const void *bytes, size_t size) { NEXT(write); if (fails("write")) FAILING(ENOSPC); return really(file, bytes, size); }

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *argument) {
    NEXT(pthread_create);
    if (fails("pthread_create")) return EAGAIN;
    return really(thread, attributes, work, argument);
}

// Where the code of these libraries is. libcrypto is left out: where it has no memory for what it begins with, it crashes by itself.
// Its calls fail by name below.
static struct { char *start, *end; } code[16];
static int code_count;

static int note_code(struct dl_phdr_info *object, size_t size, void *unused) {
    if (!strstr(object->dlpi_name, "/libz.") && !strstr(object->dlpi_name, "/libpcap.") && !strstr(object->dlpi_name, "/libpcre2-")) return 0;
    for (int i = 0; i < object->dlpi_phnum && code_count < 16; i++) {
        if (object->dlpi_phdr[i].p_type != PT_LOAD || !(object->dlpi_phdr[i].p_flags & PF_X)) continue;
        char *start = (char *)object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;
        code[code_count].start = start;
        code[code_count++].end = start + object->dlpi_phdr[i].p_memsz;
    }
    return 0;
}

static int fails_malloc;

__attribute__((constructor)) static void begin(void) {
    const char *wanted = getenv("FAULT_CALL");
    dl_iterate_phdr(note_code, NULL);
    fails_malloc = wanted && !strcmp(wanted, "malloc");
}

static int is_of_c_library(void *caller) {
    for (int i = 0; i < code_count; i++)
        if ((char *)caller >= code[i].start && (char *)caller < code[i].end) return 1;
    return 0;
}

void *malloc(size_t size) {
    static void *(*really)(size_t);
    static _Thread_local int inside;
    if (!really) really = dlsym(RTLD_NEXT, "malloc");
    if (fails_malloc && !inside && is_of_c_library(__builtin_return_address(0))) {
        inside = 1;
        int failing = fails("malloc");
        inside = 0;
        if (failing) { errno = ENOMEM; return NULL; }
    }
    return really(size);
}

#define NONE(name, result, parameters, arguments) \
    result name parameters { static result (*really) parameters; if (!really) really = dlsym(RTLD_NEXT, #name); if (fails(#name)) return 0; return really arguments; }
#define CODE(name, code, parameters, arguments) \
    int name parameters { static int (*really) parameters; if (!really) really = dlsym(RTLD_NEXT, #name); if (fails(#name)) return code; return really arguments; }

CODE(inflateInit2_, -4, (void *stream, int bits, const char *version, int size), (stream, bits, version, size))
CODE(deflateInit2_, -4, (void *stream, int level, int method, int bits, int memory, int strategy, const char *version, int size),
    (stream, level, method, bits, memory, strategy, version, size))
CODE(inflate, -4, (void *stream, int flush), (stream, flush))
NONE(EVP_CIPHER_CTX_new, void *, (void), ())
NONE(EVP_MD_CTX_new, void *, (void), ())
NONE(EVP_MAC_CTX_new, void *, (void *algorithm), (algorithm))
NONE(EVP_KDF_CTX_new, void *, (void *algorithm), (algorithm))
NONE(EVP_PKEY_CTX_new, void *, (void *key, void *engine), (key, engine))
CODE(EVP_DecryptInit_ex2, 0, (void *context, const void *type, const void *key, const void *iv, const void *parameters),
    (context, type, key, iv, parameters))
CODE(EVP_DigestInit_ex, 0, (void *context, const void *type, void *engine), (context, type, engine))
CODE(EVP_KDF_derive, 0, (void *context, unsigned char *key, size_t length, const void *parameters), (context, key, length, parameters))
CODE(EVP_DecryptUpdate, 0, (void *context, unsigned char *out, int *length, const unsigned char *in, int count), (context, out, length, in, count))
CODE(pcap_compile, -1, (void *capture, void *program, const char *text, int optimize, unsigned mask), (capture, program, text, optimize, mask))
NONE(pcap_open_dead, void *, (int link, int length), (link, length))
NONE(pcap_create, void *, (const char *name, char *error), (name, error))
CODE(pcap_activate, -1, (void *capture), (capture))
NONE(pcre2_compile_8, void *, (const void *pattern, size_t length, unsigned options, int *error, size_t *place, void *context),
    (pattern, length, options, error, place, context))
NONE(pcre2_match_data_create_8, void *, (unsigned count, void *context), (count, context))
CODE(pcre2_match_8, -48, (const void *code, const void *text, size_t length, size_t start, unsigned options, void *match, void *context),
    (code, text, length, start, options, match, context))
