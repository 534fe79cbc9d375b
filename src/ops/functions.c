/* Element-wise functions of floats: libm's, and rounding.  float32 computes in float64 and rounds
 * once. */
#include <math.h>

#include "elementwise.h"
#include "libm.h"

#define MAP(name, function)                                          \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) { \
    return kw__map_floats(frame, node, function);                    \
  }
MAP(exp, kw__exp)
MAP(expm1, kw__expm1)
MAP(exp2, kw__exp2)
MAP(log, kw__log)
MAP(log1p, kw__log1p)
MAP(log2, kw__log2)
MAP(log10, kw__log10)
MAP(sin, kw__sin)
MAP(cos, kw__cos)
MAP(tan, kw__tan)
MAP(arcsin, kw__asin)
MAP(arccos, kw__acos)
MAP(arctan, kw__atan)
MAP(sinh, kw__sinh)
MAP(cosh, kw__cosh)
MAP(tanh, kw__tanh)
MAP(arcsinh, kw__asinh)
MAP(arccosh, kw__acosh)
MAP(arctanh, kw__atanh)
MAP(cbrt, kw__cbrt)
MAP(floor, floor)
MAP(ceil, ceil)
MAP(trunc, trunc)
MAP(rint, rint)

/* In the type itself, as SciPy: below -89 a float32 gives 0. */
kw_status kw__run_expit(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  void *y = kw__out(frame, node, 0)->data;
  if (x->type == KW_F64)
    for (int64_t i = 0; i < x->count; i++)
      ((double *)y)[i] = 1 / (1 + kw__exp(-((const kw__f64 *)x->data)[i]));
  else
    for (int64_t i = 0; i < x->count; i++)
      ((float *)y)[i] = 1 / (1 + (float)kw__exp(-((const float *)x->data)[i]));
  return KW_OK;
}

FLOAT2(power, kw__pow(a, b))
FLOAT2(arctan2, kw__atan2(a, b))
FLOAT2(hypot, kw__hypot(a, b))

/* ---- round ---- */
#define ROUND(x, scale, places) \
  ((places) >= 0 ? rint((x) * (scale)) / (scale) : rint((x) / (scale)) * (scale))

/* Whole numbers are scaled as float64; beyond the type's range NumPy on x86-64 gives the minimum.
 */
static int64_t round_integer(int64_t x, double scale, int64_t places, int64_t minimum) {
  if (places >= 0) return x;
  double rounded = ROUND((double)x, scale, places);
  return rounded >= (double)minimum && rounded < -(double)minimum ? (int64_t)rounded : minimum;
}

kw_status kw__run_round(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  void *y = kw__out(frame, node, 0)->data;
  int64_t places = KW__ATTRIBUTES(round, node)->decimals, n = x->count;
  double scale = 1; /* 10 ** |places|, exact up to 10 ** 22 */
  for (int64_t i = 0; i < (places < 0 ? -places : places); i++) scale *= 10;
  if (x->type == KW_F64)
    for (int64_t i = 0; i < n; i++)
      ((double *)y)[i] = ROUND(((const kw__f64 *)x->data)[i], scale, places);
  else if (x->type == KW_F32)
    for (int64_t i = 0; i < n; i++) {
      float value = ((const float *)x->data)[i], by = (float)scale;
      ((float *)y)[i] = places >= 0 ? rintf(value * by) / by : rintf(value / by) * by;
    }
  else if (x->type == KW_I64)
    for (int64_t i = 0; i < n; i++)
      ((int64_t *)y)[i] = round_integer(((const kw__i64 *)x->data)[i], scale, places, INT64_MIN);
  else
    for (int64_t i = 0; i < n; i++)
      ((int32_t *)y)[i] =
          (int32_t)round_integer(((const int32_t *)x->data)[i], scale, places, INT32_MIN);
  return KW_OK;
}
