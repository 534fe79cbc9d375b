/* Fixed-point arithmetic of quantised networks: int32 as reals, with the roundings of the reference
 * kernels (gemmlowp's).  Where theirs would overflow, ours wraps. */
#ifndef KOWARI_FIXED_H
#define KOWARI_FIXED_H
#include <stdint.h>

static inline int32_t kw__wrap(int64_t x) { return (int32_t)(uint32_t)(uint64_t)x; }

/* round(x), ties away from zero, for |x| < 2^62 */
static inline int64_t kw__round_away(double x) {
  int64_t whole = (int64_t)x;
  double rest = x - (double)whole;
  return whole + (rest >= 0.5) - (rest <= -0.5);
}

/* The same of an x that is brought between limits first; NaN: the low one. */
static inline int32_t kw__round_limited(float x, float low, float high) {
  x = x > low ? x : low;
  x = x < high ? x : high;
  int32_t whole = (int32_t)x;
  float rest = x - (float)whole;
  return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

/* a b / 2^31, the product of fractions of one; ties go up. */
static inline int32_t kw__multiply_fixed(int32_t a, int32_t b) {
  int64_t product = (int64_t)a * b;
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  return (int32_t)((product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / ((int64_t)1 << 31));
}

/* x / 2^exponent; ties go away from zero. */
static inline int32_t kw__divide_by_power(int32_t x, int32_t exponent) {
  int64_t power = (int64_t)1 << exponent, half = power / 2;
  return (int32_t)((x + (int64_t)(x >= 0 ? half : -half)) / power);
}

/* x multiplier 2^(shift - 31) */
static inline int32_t kw__rescale(int32_t x, int32_t multiplier, int32_t shift) {
  int32_t wide = kw__wrap((int64_t)x * ((int64_t)1 << (shift > 0 ? shift : 0)));
  return kw__divide_by_power(kw__multiply_fixed(wide, multiplier), shift < 0 ? -shift : 0);
}

#endif
