// What processors do in an instruction or two, and Swift has no name for.
#ifndef WSRAY_CVECTOR_VECTOR_H
#define WSRAY_CVECTOR_VECTOR_H

#include <stdint.h>

#ifdef __SSE2__
#include <cpuid.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

/// Imported as SIMD16<UInt8>.
typedef uint8_t wsray_bytes16 __attribute__((ext_vector_type(16)));

/// The top bit of each byte, that of the first byte least significant.
static inline __attribute__((always_inline)) uint32_t wsray_top_bits(wsray_bytes16 bytes) {
#ifdef __SSE2__
    // Without <emmintrin.h>, which brings all of <stdlib.h>.
    typedef char signed16 __attribute__((vector_size(16)));
    return (uint32_t)__builtin_ia32_pmovmskb128((signed16)bytes);
#elif defined(__ARM_NEON)
    static const int8_t shifts[16] = {-7, -6, -5, -4, -3, -2, -1, 0, -7, -6, -5, -4, -3, -2, -1, 0};
    uint8x16_t bits = vshlq_u8(vandq_u8((uint8x16_t)bytes, vdupq_n_u8(0x80)), vld1q_s8(shifts));
    return (uint32_t)vaddv_u8(vget_low_u8(bits)) | (uint32_t)vaddv_u8(vget_high_u8(bits)) << 8;
#else
    uint32_t bits = 0;
    for (int index = 0; index < 16; index++) bits |= (uint32_t)(bytes[index] >> 7) << index;
    return bits;
#endif
}

/// Whether the processor can do what wsray_look_up needs. On x86 this asks it, which a virtual machine intercepts: keep the answer.
static inline int wsray_can_look_up(void) {
#ifdef __SSE2__
    unsigned int eax, ebx, ecx, edx;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_SSSE3);
#elif defined(__aarch64__)
    return 1;
#else
    return 0;
#endif
}

/// The bytes of a table at sixteen indices below 16. Only where wsray_can_look_up says so.
static inline __attribute__((always_inline)) wsray_bytes16 wsray_look_up(wsray_bytes16 table, wsray_bytes16 indices) {
#ifdef __SSE2__
    // SSSE3 in a build for any x86-64: a function with that target could have the intrinsic, but could not be inlined.
    __asm__("pshufb %1, %0" : "+x"(table) : "x"(indices));
    return table;
#elif defined(__aarch64__)
    return (wsray_bytes16)vqtbl1q_u8((uint8x16_t)table, (uint8x16_t)indices);
#else
    wsray_bytes16 found;
    for (int index = 0; index < 16; index++) found[index] = table[indices[index] & 15];
    return found;
#endif
}

/// Has the cache line of an address fetched, and waits for nothing.
static inline __attribute__((always_inline)) void wsray_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
