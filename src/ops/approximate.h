/* exp and its relatives in float32, for the activations of networks: no branches and no calls, so
 * that loops over them vectorise.  Within 3 units in the last place (gelu: 10) of the true value,
 * tested by tests/c/test_approximate.c; NaN stays.  What NumPy computes goes through libm.h. */
#ifndef KOWARI_APPROXIMATE_H
#define KOWARI_APPROXIMATE_H
#include <math.h>
#include <stdint.h>
#include <string.h>

/* NaN stays. */
static inline float kw__clamp_f32(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/* 2 to the power n, from -126 to 127. */
static inline float kw__power_of_two(int32_t n) {
  uint32_t bits = (uint32_t)(n + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return power;
}

/* x = n ln 2 + r with |r| <= ln 2 / 2, and exp(r) - 1.  Adding 1.5 * 2^23 rounds to a whole number,
 * which then stands in the low bits. */
typedef struct kw__exp_parts {
  int32_t n;
  float rest; /* exp(r) - 1 */
} kw__exp_parts;
static inline kw__exp_parts kw__split_exp(float x, float low) {
  const float magic = 12582912, high_ln2 = 0x1.62e4p-1f, low_ln2 = 0x1.7f7d1cp-20f;
  float shifted = x * 0x1.715476p+0f + magic, n = shifted - magic;
  uint32_t bits, zero;
  memcpy(&bits, &shifted, sizeof bits);
  memcpy(&zero, &magic, sizeof zero);
  float r = x - n * high_ln2 - n * low_ln2 + low;
  float q = (((1.3946474e-3f * r + 8.366598e-3f) * r + 4.166628e-2f) * r + 1.6666543e-1f) * r;
  return (kw__exp_parts){(int32_t)(bits - zero), r * r * (q + 0.5f) + r};
}

/* exp(x + low) of |x| <= 170, where |low| is at most an ulp of x. */
static inline float kw__exp_sum(float x, float low) {
  kw__exp_parts e = kw__split_exp(x, low);
  int32_t half = e.n >> 1; /* in two steps, since 2^n may be no float */
  return (1 + e.rest) * kw__power_of_two(half) * kw__power_of_two(e.n - half);
}

/* Beyond the limits: 0 and infinity. */
static inline float kw__exp_f32(float x) { return kw__exp_sum(kw__clamp_f32(x, -104, 89), 0); }

/* exp(x) - 1 of x <= 0. */
static inline float kw__expm1_of_negative(float x) {
  kw__exp_parts e = kw__split_exp(x < -25 ? -25 : x, 0);
  float power = kw__power_of_two(e.n);
  return power * e.rest + (power - 1);
}

static inline float kw__logistic_f32(float x) {
  float e = kw__exp_f32(-fabsf(x));
  return (x < 0 ? e : 1) / (1 + e);
}

static inline float kw__tanh_f32(float x) {
  float e = kw__expm1_of_negative(-2 * fabsf(x));
  return copysignf(e / (2 + e), x);
}

/* exp of a float64, which float32 would round too coarsely; |x| <= 170. */
static inline float kw__exp_wide(double x) {
  float high = (float)x;
  return kw__exp_sum(high, (float)(x - (double)high));
}

/* x Phi(x), where Phi is the normal distribution: Phi(-|x|) = exp(-x^2 / 2) * a polynomial in
 * t = 1 / (1 + 0.35 |x|), fitted to erfc.  From the limit on it is 0. */
static inline float kw__gelu_f32(float x) {
  float a = kw__clamp_f32(fabsf(x), 0, 14.5f), t = 1 / (1 + 0.35f * a);
  float tail = -0.028531838f * t + 0.14127553f;
  tail = ((tail * t - 0.2507435f) * t + 0.1541722f) * t - 0.020121247f;
  tail = ((tail * t + 0.104428776f) * t + 0.12006144f) * t + 0.13983607f;
  tail = (tail * t + 0.13962258f) * t * kw__exp_wide(-0.5 * (double)a * (double)a);
  return x * (x < 0 ? tail : 1 - tail);
}

/* x / 2 * (1 + tanh(u)) with u = sqrt(2 / pi) (x + 0.044715 x^3), which is x logistic(2 u). */
static inline float kw__gelu_by_tanh_f32(float x) {
  double a = (double)kw__clamp_f32(fabsf(x), 0, 10.75f);
  float e = kw__exp_wide(-1.5957691216057308 * (a + 0.044715 * a * a * a));
  return x * ((x < 0 ? e : 1) / (1 + e));
}

#endif
