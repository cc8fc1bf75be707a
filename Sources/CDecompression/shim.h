// What is asked of libzstd, liblzma, liblz4 and libbz2, as their binary interfaces have it. The libraries are loaded when a file needs
// them, so that neither building nor running depends on them; hence no header of theirs.
#ifndef WSRAY_CDECOMPRESSION_SHIM_H
#define WSRAY_CDECOMPRESSION_SHIM_H

#include <stddef.h>
#include <stdint.h>

// MARK: libzstd.so.1 (zstd.h, zstd_errors.h)

typedef struct {
    const void *bytes;
    size_t count, position;
} wsray_zstd_input;

typedef struct {
    void *bytes;
    size_t count, position;
} wsray_zstd_output;

typedef void *(*wsray_zstd_create)(void);
typedef size_t (*wsray_zstd_free)(void *);
typedef size_t (*wsray_zstd_size)(const void *);
typedef size_t (*wsray_zstd_set)(void *, int parameter, int value);
typedef size_t (*wsray_zstd_decompress)(void *, wsray_zstd_output *, wsray_zstd_input *);
typedef unsigned (*wsray_zstd_is_error)(size_t);
typedef int (*wsray_zstd_error_code)(size_t);
typedef const char *(*wsray_zstd_error_name)(size_t);

enum {
    /// ZSTD_d_windowLogMax: the base 2 logarithm of the largest window.
    WSRAY_ZSTD_WINDOW_LOG_MAX = 100,
    /// ZSTD_error_frameParameter_windowTooLarge.
    WSRAY_ZSTD_WINDOW_TOO_LARGE = 16,
};

// MARK: liblzma.so.5 (lzma/base.h, lzma/container.h)

typedef struct {
    const uint8_t *next_in;
    size_t avail_in;
    uint64_t total_in;
    uint8_t *next_out;
    size_t avail_out;
    uint64_t total_out;
    const void *allocator;
    void *internal;
    void *reserved_pointers[4];
    uint64_t reserved_numbers[2];
    size_t reserved_sizes[2];
    int reserved_enums[2];
} wsray_lzma_stream;

typedef int (*wsray_lzma_stream_decoder)(wsray_lzma_stream *, uint64_t memory_limit, uint32_t flags);
typedef int (*wsray_lzma_code)(wsray_lzma_stream *, int action);
typedef void (*wsray_lzma_end)(wsray_lzma_stream *);

enum {
    WSRAY_LZMA_CONCATENATED = 0x08,
    WSRAY_LZMA_RUN = 0,
    WSRAY_LZMA_FINISH = 3,
    WSRAY_LZMA_OK = 0,
    WSRAY_LZMA_STREAM_END = 1,
    WSRAY_LZMA_MEM_ERROR = 5,
    WSRAY_LZMA_MEMLIMIT_ERROR = 6,
    WSRAY_LZMA_FORMAT_ERROR = 7,
    WSRAY_LZMA_OPTIONS_ERROR = 8,
    WSRAY_LZMA_DATA_ERROR = 9,
    WSRAY_LZMA_BUF_ERROR = 10,
};

// MARK: liblz4.so.1 (lz4frame.h)

typedef size_t (*wsray_lz4_create)(void **context, unsigned version);
typedef size_t (*wsray_lz4_free)(void *context);
typedef size_t (*wsray_lz4_decompress)(
    void *context, void *output, size_t *output_count, const void *input, size_t *input_count, const void *options);
typedef unsigned (*wsray_lz4_is_error)(size_t);
typedef const char *(*wsray_lz4_error_name)(size_t);

enum { WSRAY_LZ4_VERSION = 100 };

// MARK: libbz2.so.1.0 (bzlib.h)

typedef struct {
    const char *next_in;
    unsigned avail_in, total_in_low, total_in_high;
    char *next_out;
    unsigned avail_out, total_out_low, total_out_high;
    void *state, *allocate, *release, *opaque;
} wsray_bzip2_stream;

typedef int (*wsray_bzip2_begin)(wsray_bzip2_stream *, int verbosity, int saves_memory);
typedef int (*wsray_bzip2_decompress)(wsray_bzip2_stream *);
typedef int (*wsray_bzip2_end)(wsray_bzip2_stream *);

enum {
    WSRAY_BZIP2_OK = 0,
    WSRAY_BZIP2_STREAM_END = 4,
    WSRAY_BZIP2_MEM_ERROR = -3,
    WSRAY_BZIP2_DATA_ERROR = -4,
    WSRAY_BZIP2_DATA_ERROR_MAGIC = -5,
};

#endif
