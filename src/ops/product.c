/* The inner loops of neural networks: which instruction set runs them.  A file runs on every
 * processor of its kind, so the choice is made at each call. */
#include "product.h"

#include <float.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))
#else
#define ALWAYS_INLINE inline
#define NEVER_INLINE
#endif
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define KEEP_ORDER ((void)0)
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#define KEEP_ORDER atomic_signal_fence(memory_order_acq_rel) /* of loads, which gcc would mix */
#else
#define UNROLL
#define KEEP_ORDER ((void)0)
#endif
#if defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

static inline float finish_sum(float sum, const kw__finish *finish, int64_t j) {
  if (finish->bias) sum += finish->bias[j];
  sum = sum < finish->low ? finish->low : sum;
  return finish->high < sum ? finish->high : sum;
}

/* ---- what every compiler knows ---- */
#define SET(name) name##_plain
#define TARGET
#define WIDTH 8
#define STEP 1
#define SHIFTS 0
#define PIN(vector) ((void)0)
#if defined(__aarch64__) /* has 32 vector registers */
#define ROWS 3
#define PATCHES 6
#else
#define ROWS 1
#define PATCHES 2
#endif
#include "product_vectors.h"
/* first vectors, then the loops over them */
#include "product_rows.h"
#include "product_tiles.h"
#undef SET
#undef TARGET
#undef WIDTH
#undef STEP
#undef SHIFTS
#undef ROWS
#undef PATCHES

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#define ROWS 3
#define PATCHES 6
#define SHIFTS 1

#define AVX2
#define SET(name) name##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define WIDTH 8
#define STEP 8
#include "product_vectors.h"
/* first vectors, then the loops over them */
#include "product_rows.h"
#include "product_tiles.h"
#undef SET
#undef TARGET
#undef WIDTH
#undef STEP

#define AVX512
#define SET(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx2,fma")))
#define WIDTH 16
#define STEP 2
#undef PIN
#define PIN(vector) __asm__("" : "+v"(vector)) /* one load for all uses */
#include "product_vectors.h"
/* first vectors, then the loops over them */
#include "product_rows.h"

#define HAS_AVX2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#define HAS_AVX512 (HAS_AVX2 && __builtin_cpu_supports("avx512f"))
#define RUN_TILES(function, ...)  \
  if (HAS_AVX2)                   \
    function##_avx2(__VA_ARGS__); \
  else                            \
    function##_plain(__VA_ARGS__)
/* AVX512 for weights beyond the second cache: it has more of them under way. */
#define RUN_ROWS(function, ...)             \
  if (w.count * n >= 1 << 17 && HAS_AVX512) \
    function##_avx512(__VA_ARGS__);         \
  else                                      \
    RUN_TILES(function, __VA_ARGS__)
#else
#define RUN_TILES(function, ...) function##_plain(__VA_ARGS__)
#define RUN_ROWS(function, ...) function##_plain(__VA_ARGS__)
#endif

void kw__multiply_rows_f32(kw__rows x, kw__rows w, int64_t n, float *y, int64_t y_stride) {
  RUN_ROWS(multiply_rows, x, w, n, y, y_stride);
}

void kw__finish_rows_f32(float *restrict y, int64_t rows, int64_t m, kw__finish finish) {
  for (int64_t row = 0; row < rows; row++, y += m)
    for (int64_t j = 0; j < m; j++) y[j] = finish_sum(y[j], &finish, j);
}

void kw__multiply_layer_f32(kw__rows x, kw__rows w, int64_t n, kw__finish finish, float *y) {
  if (x.count == 1 && w.count >= 4 && n < 128) { /* the way of small networks */
    RUN_TILES(multiply_layer, x, w, n, finish, y);
    return;
  }
  kw__multiply_rows_f32(x, w, n, y, w.count);
  kw__finish_rows_f32(y, x.count, w.count, finish);
}

void kw__multiply_panels_f32(kw__grid x, const int32_t *offset, int64_t n, const float *panels,
                             int64_t m, kw__finish finish, float *y, int64_t y_stride) {
  RUN_TILES(multiply_panels, x, offset, n, panels, m, &finish, y, y_stride);
}
void kw__reduce_windows_f32(int how, kw__windows x, const float *weights, int64_t weights_step,
                            int64_t m, kw__finish finish, float *y) {
  RUN_TILES(reduce_windows, how, &x, weights, weights_step, m, &finish, y);
}
