/* The inner loops of neural networks: which instruction set runs them.  A file runs on every
 * processor of its kind, so the choice is made at each call. */
#include "product.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif
#else
#define ALWAYS_INLINE inline
#define NEVER_INLINE
#define UNROLL
#endif
#if defined(__ARM_NEON)
#include <arm_neon.h>
#endif
#if defined(__GNUC__) && defined(__x86_64__)
#define HAS_AVX2
#include <immintrin.h>
#endif

static inline float finish_sum(float sum, const kw__finish *finish, int64_t j) {
  if (finish->bias) sum += finish->bias[j];
  if (sum < finish->low) sum = finish->low;
  return finish->high < sum ? finish->high : sum;
}

#define SET(name) name##_plain
#define TARGET
#if defined(__aarch64__) /* has 32 vector registers */
#define ROWS 3
#define PATCHES 6
#else
#define ROWS 1
#define PATCHES 2
#endif
#include "product_tiles.h"
#undef SET
#undef TARGET
#undef ROWS
#undef PATCHES

#if defined(HAS_AVX2)
#define AVX2
#define SET(name) name##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define ROWS 3
#define PATCHES 6
#define STREAM_FROM (1 << 17) /* floats */
#define LONGEST 1536          /* of a row that is copied */
#include "product_tiles.h"
#undef SET
#undef TARGET
#undef ROWS
#undef PATCHES
#undef STREAM_FROM
#undef LONGEST
#define RUN(function, ...)                                             \
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) \
    function##_avx2(__VA_ARGS__);                                      \
  else                                                                 \
    function##_plain(__VA_ARGS__)
#else
#define RUN(function, ...) function##_plain(__VA_ARGS__)
#endif

void kw__multiply_layer_f32(kw__rows x, kw__rows w, int64_t n, kw__finish finish, float *y) {
  RUN(multiply_rows, x, w, n, &finish, y, w.count);
}

void kw__multiply_rows_f32(kw__rows x, kw__rows w, int64_t n, float *y, int64_t y_stride) {
  const kw__finish none = {NULL, -HUGE_VALF, HUGE_VALF};
  RUN(multiply_rows, x, w, n, &none, y, y_stride);
}

void kw__finish_rows_f32(float *restrict y, int64_t rows, int64_t m, kw__finish finish) {
  for (int64_t row = 0; row < rows; row++, y += m)
    for (int64_t j = 0; j < m; j++) y[j] = finish_sum(y[j], &finish, j);
}

void kw__multiply_panels_f32(kw__grid x, const int32_t *offset, int64_t n, const float *panels,
                             int64_t m, kw__finish finish, float *y, int64_t y_stride) {
  RUN(multiply_panels, x, offset, n, panels, m, &finish, y, y_stride);
}
void kw__reduce_windows_f32(int how, kw__windows x, const float *weights, int64_t weights_step,
                            int64_t m, kw__finish finish, float *y) {
  RUN(reduce_windows, how, &x, weights, weights_step, m, &finish, y);
}
