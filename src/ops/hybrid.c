/* Layers of floats whose weights are int8: their inputs become integers when they are met, a row
 * each with a scale of its own, so that sums are those of integers. */
#include "hybrid.h"

#include <math.h>

#include "fixed.h"
#include "plan.h"

/* The zero point of a row from low to high: the integer of 0 after rounding, from the end of the
 * range where that is more exact. */
static double find_zero(double low, double high, double scale) {
  double from_low = -128 - low / scale, from_high = 127 - high / scale;
  double zero = 128 + fabs(low / scale) < 127 + fabs(high / scale) ? from_low : from_high;
  return (double)kw__round_away(zero > -128 ? zero < 127 ? zero : 127 : -128);
}

float kw__quantize_row(const float *x, int64_t n, bool asymmetric, int16_t *q) {
  float low = 0, high = 0, scale, inverse, zero = 0;
  for (int64_t i = 0; i < n; i++) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  if (low == 0 && high == 0) {
    for (int64_t i = 0; i < n; i++) q[i] = 0;
    return 1;
  }
  if (asymmetric) {
    double exact = ((double)high - (double)low) / 255;
    scale = (float)exact;
    inverse = 1 / scale;
    zero = (float)find_zero((double)low, (double)high, exact);
  } else {
    float range = -low > high ? -low : high;
    scale = range / 127;
    inverse = 127 / range;
  }
  float least = asymmetric ? -128 : -127;
  for (int64_t i = 0; i < n; i++)
    q[i] = (int16_t)(kw__round_limited(zero + x[i] * inverse, least, 127) - (int32_t)zero);
  return scale;
}

int32_t kw__dot_i16_i8(const int16_t *x, const int8_t *w, int64_t n) {
  enum { SAFE = 256 }; /* terms of at most 2^22 */
  uint32_t total = 0;
  for (int64_t p = 0; p < n;) {
    int64_t end = n - p < SAFE ? n : p + SAFE;
    int32_t sum = 0;
    for (; p < end; p++) sum += x[p] * w[p];
    total += (uint32_t)sum;
  }
  return (int32_t)total;
}

kw_status kw__plan_quantize_rows(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  if (x->rank == 0) return kw__refuse(frame, node, KW_SHAPE, "needs a first axis");
  kw__copy_shape(kw__out(frame, node, 0), x);
  kw__out(frame, node, 1)->size[0] = x->size[0];
  return KW_OK;
}

kw_status kw__run_quantize_rows(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  bool asymmetric = KW__ATTRIBUTES(quantize_rows, node)->asymmetric;
  float *scale = kw__out(frame, node, 1)->data;
  int16_t *q = kw__out(frame, node, 0)->data;
  int64_t n = x->size[0] ? x->count / x->size[0] : 0;
  for (int64_t row = 0; row < x->size[0]; row++)
    scale[row] = kw__quantize_row((const float *)x->data + row * n, n, asymmetric, q + row * n);
  return KW_OK;
}

kw_status kw__plan_hybrid_dense(kw__frame *frame, const kw__node *node) {
  return kw__check_scales(frame, node, kw__in(frame, node, 3)->size[0],
                          kw__in(frame, node, 2)->size[0]);
}

kw_status kw__run_hybrid_dense(kw__frame *frame, const kw__node *node) {
  const kw__tensor *weights = kw__in(frame, node, 2), *weights_scale = kw__in(frame, node, 3);
  const kw__tensor *bias = kw__in_or_null(frame, node, 4);
  const int16_t *x = kw__in(frame, node, 0)->data;
  const float *scale = kw__in(frame, node, 1)->data, *of_weights = weights_scale->data;
  kw__tensor *y = kw__out(frame, node, 0);
  float *out = y->data;
  int64_t m = weights->size[0], n = weights->size[1];
  for (int64_t row = 0; row < y->size[0] && m > 0; row++, x += n, out += m)
    for (int64_t j = 0; j < m; j++) {
      float product = (float)kw__dot_i16_i8(x, (const int8_t *)weights->data + j * n, n);
      out[j] = product * (scale[row] * of_weights[weights_scale->count == 1 ? 0 : j]);
      if (bias) out[j] += ((const float *)bias->data)[j];
    }
  return KW_OK;
}
