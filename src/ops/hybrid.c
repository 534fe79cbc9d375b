/* Layers of floats whose weights are int8: their inputs become integers when they are met, a row
 * each with a scale of its own, so that sums are those of integers. */
#include "hybrid.h"

#include <math.h>

#include "fixed.h"
#include "plan.h"

#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

/* The integer of 0 where a row from low to high spans 256 of them: from the end of the range where
 * that is more exact. */
static float find_zero(double low, double high, double scale) {
  double from_low = -128 - low / scale, from_high = 127 - high / scale;
  double zero = 128 + fabs(low / scale) < 127 + fabs(high / scale) ? from_low : from_high;
  return (float)kw__round_away(zero > -128 ? zero < 127 ? zero : 127 : -128);
}

float kw__quantize_row(const float *x, int64_t n, bool asymmetric, int16_t *q) {
  float low = 0, high = 0, scale, inverse, least = -127, most = 127;
  for (int64_t i = 0; i < n; i++) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  if (low == 0 && high == 0) {
    for (int64_t i = 0; i < n; i++) q[i] = 0;
    return 1;
  }
  if (asymmetric) {
    double exact = (double)(high - low) / 255;
    float zero = find_zero((double)low, (double)high, exact);
    scale = (float)exact;
    inverse = 1 / scale;
    least = -128 - zero;
    most = 127 - zero;
  } else {
    float range = -low > high ? -low : high;
    scale = range / 127;
    inverse = 127 / range;
  }
  for (int64_t i = 0; i < n; i++) q[i] = (int16_t)kw__round_limited(x[i] * inverse, least, most);
  return scale;
}

/* Four rows at a time, so that x is read once for them. */
static ALWAYS_INLINE void add_products(const int16_t *x, const int8_t *w, int64_t stride, int64_t n,
                                       int64_t rows, int32_t *y) {
  int64_t j = 0;
  for (; j + 4 <= rows; j += 4, w += 4 * stride) {
    int32_t sum[4] = {0};
    for (int64_t p = 0; p < n; p++) {
      sum[0] += x[p] * w[p];
      sum[1] += x[p] * w[p + stride];
      sum[2] += x[p] * w[p + 2 * stride];
      sum[3] += x[p] * w[p + 3 * stride];
    }
    for (int64_t k = 0; k < 4; k++) y[j + k] = kw__wrap((int64_t)y[j + k] + sum[k]);
  }
  for (; j < rows; j++, w += stride) {
    int32_t sum = 0;
    for (int64_t p = 0; p < n; p++) sum += x[p] * w[p];
    y[j] = kw__wrap((int64_t)y[j] + sum);
  }
}

typedef void product_adder(const int16_t *x, const int8_t *w, int64_t stride, int64_t n,
                           int64_t rows, int32_t *y);

static void add_products_plain(const int16_t *x, const int8_t *w, int64_t stride, int64_t n,
                               int64_t rows, int32_t *y) {
  add_products(x, w, stride, n, rows, y);
}

#if defined(__GNUC__) && defined(__x86_64__)
__attribute__((target("avx2"))) static void add_products_avx2(const int16_t *x, const int8_t *w,
                                                              int64_t stride, int64_t n,
                                                              int64_t rows, int32_t *y) {
  add_products(x, w, stride, n, rows, y);
}
#define CHOOSE_ADDER() (__builtin_cpu_supports("avx2") ? add_products_avx2 : add_products_plain)
#else
#define CHOOSE_ADDER() add_products_plain
#endif

void kw__add_products_i8(const int16_t *x, const int8_t *w, int64_t stride, int64_t n, int64_t rows,
                         int32_t *y) {
  enum { SAFE = 256 }; /* terms of at most 2^22 */
  product_adder *add = CHOOSE_ADDER();
  for (int64_t p = 0; p < n; p += SAFE)
    add(x + p, w + p, stride, n - p < SAFE ? n - p : SAFE, rows, y);
}

kw_status kw__plan_quantize_rows(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *scale = kw__out(frame, node, 1);
  int64_t axis = KW__ATTRIBUTES(quantize_rows, node)->axis;
  if (axis >= x->rank) return kw__check_axis(frame, node, axis, x->rank);
  kw__copy_shape(kw__out(frame, node, 0), x);
  kw__copy_shape(scale, x);
  scale->rank = (uint8_t)axis;
  return KW_OK;
}

kw_status kw__run_quantize_rows(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  bool asymmetric = KW__ATTRIBUTES(quantize_rows, node)->asymmetric;
  float *scale = kw__out(frame, node, 1)->data;
  int16_t *q = kw__out(frame, node, 0)->data;
  int64_t rows = kw__out(frame, node, 1)->count, n = rows ? x->count / rows : 0;
  for (int64_t row = 0; row < rows; row++)
    scale[row] = kw__quantize_row((const float *)x->data + row * n, n, asymmetric, q + row * n);
  return KW_OK;
}

/* Is b a's shape without its last axis? */
static bool leads(const kw__tensor *a, const kw__tensor *b) {
  bool agrees = a->rank == b->rank + 1;
  for (int32_t d = 0; d < b->rank && agrees; d++)
    agrees = a->size[d] == b->size[d] || a->size[d] < 0 || b->size[d] < 0;
  return agrees;
}

/* Weights of several groups belong to the indices of the axis before the last two. */
static bool has_groups(const kw__tensor *x, int64_t groups, int64_t outputs) {
  if (groups == 1) return true;
  if (x->rank < 3 || (outputs >= 0 && outputs % groups)) return false;
  return x->size[x->rank - 3] < 0 || x->size[x->rank - 3] == groups;
}

kw_status kw__plan_hybrid_dense(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *weights = kw__in(frame, node, 2);
  const kw__tensor *bias = kw__in_or_null(frame, node, 4);
  int64_t groups = KW__ATTRIBUTES(hybrid_dense, node)->groups, outputs = weights->size[0];
  int64_t m = outputs < 0 ? KW__UNKNOWN : outputs / groups;
  kw_status status = kw__plan_rows(frame, node, weights->size[1], m);
  if (status) return status;
  if (!leads(x, kw__in(frame, node, 1)) || !has_groups(x, groups, outputs) ||
      (bias && bias->size[0] >= 0 && m >= 0 && bias->size[0] != m))
    return kw__refuse(frame, node, KW_SHAPE, "sizes that do not agree");
  kw__out(frame, node, 1)->size[0] = m;
  return kw__check_scales(frame, node, kw__in(frame, node, 3)->size[0], m);
}

kw_status kw__run_hybrid_dense(kw__frame *frame, const kw__node *node) {
  const kw__tensor *weights = kw__in(frame, node, 2), *weights_scale = kw__in(frame, node, 3);
  const kw__tensor *bias = kw__in_or_null(frame, node, 4), *scale = kw__in(frame, node, 1);
  const kw__tensor *values = kw__in(frame, node, 0);
  const int16_t *x = values->data;
  const float *of_weights = weights_scale->data;
  float *y = kw__out(frame, node, 0)->data;
  int32_t *sum = kw__out(frame, node, 1)->data;
  int64_t groups = KW__ATTRIBUTES(hybrid_dense, node)->groups, n = weights->size[1];
  int64_t m = weights->size[0] / groups, rows = groups > 1 ? values->size[values->rank - 2] : 1;
  for (int64_t row = 0; row < scale->count; row++, x += n, y += m) {
    const float of_row = ((const float *)scale->data)[row];
    for (int64_t j = 0; j < m; j++) sum[j] = 0;
    kw__add_products_i8(x, (const int8_t *)weights->data + row / rows % groups * m * n, n, n, m,
                        sum);
    for (int64_t j = 0; j < m; j++) {
      y[j] = (float)sum[j] * (of_row * of_weights[weights_scale->count == 1 ? 0 : j]);
      if (bias) y[j] += ((const float *)bias->data)[j];
    }
  }
  return KW_OK;
}
