/* Integers that stand for reals: to them, from them, from one to another, and layers of int8.
 * Multipliers and limits are attributes: no kernel knows scales of tensors it does not read. */
#include "fixed.h"
#include "hybrid.h"
#include "plan.h"

enum { BLOCK = 128 };

/* ---- integers of any width ---- */
#define LOAD_AS(TYPE, ctype)                                                   \
  case KW_##TYPE:                                                              \
    for (int64_t i = 0; i < n; i++) out[i] = ((const ctype *)x->data + at)[i]; \
    break;
static void load_integers(int32_t *out, const kw__tensor *x, int64_t at, int64_t n) {
  switch (x->type) {
    LOAD_AS(I8, int8_t)
    LOAD_AS(U8, uint8_t)
    LOAD_AS(I16, int16_t)
    LOAD_AS(I32, int32_t)
  }
}
#undef LOAD_AS

#define STORE_AS(TYPE, ctype)                                                  \
  case KW_##TYPE:                                                              \
    for (int64_t i = 0; i < n; i++) ((ctype *)y->data + at)[i] = (ctype)in[i]; \
    break;
static void store_integers(kw__tensor *y, int64_t at, const int32_t *in, int64_t n) {
  switch (y->type) {
    STORE_AS(I8, int8_t)
    STORE_AS(U8, uint8_t)
    STORE_AS(I16, int16_t)
    STORE_AS(I32, int32_t)
  }
}
#undef STORE_AS

typedef struct limits {
  int64_t low, high;
} limits;

static limits find_limits(int32_t type) {
  if (type == KW_U8) return (limits){0, UINT8_MAX};
  int64_t high = ((int64_t)1 << (8 * kw__type_bytes(type) - 1)) - 1;
  return (limits){-high - 1, high};
}

/* x within limits; NaN: low */
static inline double limit_real(double x, double low, double high) {
  x = x > low ? x : low;
  return x < high ? x : high;
}

static inline int64_t limit_integer(int64_t x, limits to) {
  return x < to.low ? to.low : x > to.high ? to.high : x;
}

/* ---- floats: a scale for all, or for each index of an axis ---- */
kw_status kw__plan_quantize(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *scale = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  bool to_integers = x->type == KW_F32;
  int64_t axis =
      to_integers ? KW__ATTRIBUTES(quantize, node)->axis : KW__ATTRIBUTES(dequantize, node)->axis;
  if (to_integers) {
    int64_t to = KW__ATTRIBUTES(quantize, node)->to;
    if (to != KW_I8 && to != KW_U8 && to != KW_I16)
      return kw__refuse(frame, node, KW_TYPE, "floats become int8, uint8 or int16");
    y->type = (uint8_t)to;
  }
  kw__copy_shape(y, x);
  return kw__check_scales(frame, node, scale->size[0], axis < x->rank ? x->size[axis] : 1);
}

/* Elements side by side that have one scale. */
static int64_t find_run(const kw__tensor *x, const kw__tensor *scale, int64_t axis) {
  if (scale->count == 1) return x->count;
  return kw__count(x->size + axis + 1, x->rank - (int32_t)axis - 1);
}

static void quantize_run(const float *x, kw__tensor *y, int64_t at, int64_t n, float scale,
                         int32_t zero) {
  limits to = find_limits(y->type);
  double low = (double)(to.low - zero), high = (double)(to.high - zero);
  int32_t block[BLOCK];
  for (int64_t end = at + n; at < end; at += n) {
    n = end - at < BLOCK ? end - at : BLOCK;
    for (int64_t i = 0; i < n; i++)
      block[i] =
          (int32_t)(zero + kw__round_away(limit_real((double)(x[at + i] / scale), low, high)));
    store_integers(y, at, block, n);
  }
}

kw_status kw__run_quantize(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *scale = kw__in(frame, node, 1);
  const int32_t *zero = kw__in(frame, node, 2)->data;
  int64_t run = find_run(x, scale, KW__ATTRIBUTES(quantize, node)->axis);
  for (int64_t at = 0, k = 0; at < x->count; at += run, k = k + 1 < scale->count ? k + 1 : 0)
    quantize_run(x->data, kw__out(frame, node, 0), at, run, ((const float *)scale->data)[k],
                 zero[k]);
  return KW_OK;
}

static void dequantize_run(const kw__tensor *x, float *y, int64_t at, int64_t n, float scale,
                           int32_t zero) {
  int32_t block[BLOCK];
  for (int64_t end = at + n; at < end; at += n) {
    n = end - at < BLOCK ? end - at : BLOCK;
    load_integers(block, x, at, n);
    for (int64_t i = 0; i < n; i++)
      y[at + i] = (float)((double)scale * (double)((int64_t)block[i] - zero));
  }
}

kw_status kw__run_dequantize(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *scale = kw__in(frame, node, 1);
  const int32_t *zero = kw__in(frame, node, 2)->data;
  int64_t run = find_run(x, scale, KW__ATTRIBUTES(dequantize, node)->axis);
  for (int64_t at = 0, k = 0; at < x->count; at += run, k = k + 1 < scale->count ? k + 1 : 0)
    dequantize_run(x, kw__out(frame, node, 0)->data, at, run, ((const float *)scale->data)[k],
                   zero[k]);
  return KW_OK;
}

/* The bits of a float16, which float32 has room for. */
static float widen(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7FFF;
  uint32_t bits = rest >= 0x7C00 ? rest << 13 | 0x7F800000 : (rest << 13) + (112u << 23);
  float x;
  if (rest < 0x400) {
    x = (float)rest * 0x1p-24f;
    memcpy(&bits, &x, sizeof x);
  }
  bits |= sign;
  memcpy(&x, &bits, sizeof x);
  return x;
}

kw_status kw__run_widen_f16(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  float *y = kw__out(frame, node, 0)->data;
  for (int64_t i = 0; i < x->count; i++) y[i] = widen(((const uint16_t *)x->data)[i]);
  return KW_OK;
}

/* To the nearest, and of two to the even one.  Below 2**-14 all float16 lie 2**-24 apart, as
 * float32 do from 0.5 to 1. */
static uint16_t narrow(float x) {
  uint32_t bits, sign;
  memcpy(&bits, &x, sizeof x);
  sign = bits >> 16 & 0x8000;
  bits &= 0x7FFFFFFF;
  if (bits >= 0x47800000) {
    bits = bits > 0x7F800000 ? 0x7E00 : 0x7C00; /* NaN; 65536 and more */
  } else if (bits >= 0x38800000) {
    bits = (bits + 0xFFF + (bits >> 13 & 1) - (112u << 23)) >> 13;
  } else {
    memcpy(&x, &bits, sizeof x);
    x += 0.5f;
    memcpy(&bits, &x, sizeof x);
    bits -= 0x3F000000;
  }
  return (uint16_t)(sign | bits);
}

kw_status kw__run_narrow_f16(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  uint16_t *y = kw__out(frame, node, 0)->data;
  for (int64_t i = 0; i < x->count; i++) y[i] = narrow(((const float *)x->data)[i]);
  return KW_OK;
}

/* ---- from one scale to another ---- */
kw_status kw__plan_requantize(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t to = KW__ATTRIBUTES(requantize, node)->to;
  if (to != KW_I8 && to != KW_U8 && to != KW_I16 && to != KW_I32)
    return kw__refuse(frame, node, KW_TYPE, "integers become int8, uint8, int16 or int32");
  y->type = (uint8_t)to;
  kw__copy_shape(y, kw__in(frame, node, 0));
  return KW_OK;
}

kw_status kw__run_requantize(kw__frame *frame, const kw__node *node) {
  const kw__requantize_attributes *a = KW__ATTRIBUTES(requantize, node);
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  limits to = find_limits(y->type);
  int32_t block[BLOCK];
  for (int64_t at = 0, n; at < x->count; at += n) {
    n = x->count - at < BLOCK ? x->count - at : BLOCK;
    load_integers(block, x, at, n);
    for (int64_t i = 0; i < n; i++) {
      int32_t centred = kw__wrap(block[i] - a->x_zero);
      int64_t scaled = kw__rescale(centred, (int32_t)a->multiplier, (int32_t)a->shift);
      block[i] = (int32_t)limit_integer(scaled + a->y_zero, to);
    }
    store_integers(y, at, block, n);
  }
  return KW_OK;
}

kw_status kw__run_look_up(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  const int8_t *table = kw__in(frame, node, 1)->data, *in = x->data;
  int8_t *out = kw__out(frame, node, 0)->data;
  for (int64_t i = 0; i < x->count; i++) out[i] = table[in[i] + 128];
  return KW_OK;
}

/* ---- layers ---- */
kw_status kw__plan_dense_i8(kw__frame *frame, const kw__node *node) {
  const kw__tensor *weights = kw__in(frame, node, 1);
  kw_status status = kw__plan_rows(frame, node, weights->size[1], weights->size[0]);
  if (status) return status;
  return kw__check_scales(frame, node, kw__in(frame, node, 3)->size[0],
                          kw__in(frame, node, 1)->size[0]);
}

kw_status kw__run_dense_i8(kw__frame *frame, const kw__node *node) {
  const kw__dense_i8_attributes *a = KW__ATTRIBUTES(dense_i8, node);
  const kw__tensor *weights = kw__in(frame, node, 1), *scales = kw__in(frame, node, 3);
  const kw__tensor *bias = kw__in_or_null(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0);
  const int8_t *x = kw__in(frame, node, 0)->data, *w = weights->data;
  const kw__f64 *scale = scales->data;
  int16_t *centred = kw__out(frame, node, 1)->data; /* x - x_zero */
  int32_t *products = kw__out(frame, node, 2)->data;
  int8_t *out = y->data;
  int64_t m = weights->size[0], n = weights->size[1];
  double low = (double)(a->low - a->y_zero), high = (double)(a->high - a->y_zero);
  for (const int8_t *end = out + y->count; out < end; x += n, out += m) {
    int64_t sum = 0;
    for (int64_t p = 0; p < n; p++) sum += centred[p] = (int16_t)(x[p] - a->x_zero);
    for (int64_t j = 0; j < m; j++) products[j] = 0;
    kw__add_products_i8(centred, w, n, n, m, products);
    for (int64_t j = 0; j < m; j++) {
      int64_t product = products[j] - a->weights_zero * sum;
      if (bias) product += ((const int32_t *)bias->data)[j];
      double real = (double)kw__wrap(product) * scale[scales->count == 1 ? 0 : j];
      out[j] = (int8_t)(kw__round_away(limit_real(real, low, high)) + a->y_zero);
    }
  }
  return KW_OK;
}

/* ---- softmax ---- */
enum { MOST_TERMS = 4095 }; /* of 1, or less, whose sum has 12 bits before the point */

kw_status kw__plan_softmax_i8(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__copy_shape(kw__out(frame, node, 0), x);
  if (x->rank > 0 && x->size[x->rank - 1] <= MOST_TERMS) return KW_OK;
  return kw__refuse(frame, node, KW_SHAPE, "needs a last axis of at most %d", MOST_TERMS);
}

/* exp(x) for -1/4 <= x < 0, fractions of one: Taylor's polynomial around -1/8. */
static int32_t exponentiate_fraction(int32_t x) {
  const int32_t at_middle = 1895147668 /* exp(-1/8) */, third = 715827883;
  int32_t d = x + (1 << 28), d2 = kw__multiply_fixed(d, d);
  int32_t d3 = kw__multiply_fixed(d2, d), d4 = kw__multiply_fixed(d2, d2);
  int32_t rest = kw__multiply_fixed(kw__divide_by_power(d4, 2) + d3, third) + d2;
  return at_middle + kw__multiply_fixed(at_middle, d + kw__divide_by_power(rest, 1));
}

/* exp(x) as a fraction of one, for x <= 0 with 26 bits behind the point. */
static int32_t exponentiate(int32_t x) {
  static const int32_t factor[] = {1672461947, 1302514674, 790015084, 290630308,
                                   39332535,   720401,     242}; /* exp(-2^i / 4) */
  const int32_t quarter = 1 << 24;
  if (x == 0) return INT32_MAX;
  int32_t part = (int32_t)((uint32_t)x & (uint32_t)(quarter - 1)) - quarter;
  int32_t y = exponentiate_fraction(part * 32);
  uint32_t quarters = (uint32_t)kw__wrap((int64_t)part - x) >> 24;
  for (int32_t i = 0; i < 7; i++)
    if (quarters >> i & 1) y = kw__multiply_fixed(y, factor[i]);
  return y;
}

/* 1 / (1 + x) for 0 <= x < 1, fractions of one: Newton's method from a line. */
static int32_t invert_one_plus(int32_t x) {
  const int32_t one = 1 << 29; /* 29 bits behind the point */
  int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
  int32_t y = 1515870810 /* 48/17 */ + kw__multiply_fixed(half, -1010580540 /* -32/17 */);
  for (int32_t i = 0; i < 3; i++) y += kw__multiply_fixed(y, one - kw__multiply_fixed(half, y)) * 4;
  return y >= 1 << 30 ? INT32_MAX : y * 2;
}

static void softmax_row(const kw__softmax_i8_attributes *a, const int8_t *x, int8_t *y, int64_t n) {
  int32_t most = INT8_MIN, bits = 0;
  uint32_t sum = 0; /* 19 bits behind the point */
  for (int64_t j = 0; j < n; j++) most = x[j] > most ? x[j] : most;
#define POWER(j) exponentiate(kw__rescale(x[j] - most, (int32_t)a->multiplier, (int32_t)a->shift))
  for (int64_t j = 0; j < n; j++)
    if (x[j] - most >= a->lowest) sum += (uint32_t)kw__divide_by_power(POWER(j), 12);
  for (; sum < 1u << 31; sum <<= 1) bits++;
  int32_t inverse = invert_one_plus((int32_t)(sum - (1u << 31)));
  for (int64_t j = 0; j < n; j++) {
    int32_t value = x[j] - most < a->lowest
                        ? 0
                        : kw__divide_by_power(kw__multiply_fixed(inverse, POWER(j)), 35 - bits);
    y[j] = (int8_t)((value < 255 ? value : 255) - 128);
  }
#undef POWER
}

kw_status kw__run_softmax_i8(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  int8_t *y = kw__out(frame, node, 0)->data;
  int64_t n = x->size[x->rank - 1];
  for (int64_t at = 0; at < x->count; at += n)
    softmax_row(KW__ATTRIBUTES(softmax_i8, node), (const int8_t *)x->data + at, y + at, n);
  return KW_OK;
}
