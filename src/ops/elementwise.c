/* Element-wise arithmetic, comparison and logic.  One macro row gives an operator's inner loops by
 * type; integers wrap as NumPy's do, so they compute in uint64_t. */
#include "elementwise.h"

#include <math.h>

kw_status kw__map_floats(const kw__frame *frame, const kw__node *node, double (*function)(double)) {
  const kw__tensor *x = kw__in(frame, node, 0);
  void *y = kw__out(frame, node, 0)->data;
  if (x->type == KW_F64)
    for (int64_t i = 0; i < x->count; i++)
      ((double *)y)[i] = function(((const kw__f64 *)x->data)[i]);
  else
    for (int64_t i = 0; i < x->count; i++)
      ((float *)y)[i] = (float)function(((const float *)x->data)[i]);
  return KW_OK;
}

/* ---- two numbers ---- */
#define NUMBERS2(name, f64_expression, f32_expression, integer_expression)                         \
  LOOP2(name##_f64, kw__f64, double, f64_expression)                                               \
  LOOP2(name##_f32, float, float, f32_expression)                                                  \
  LOOP2(name##_i64, kw__i64, int64_t, integer_expression)                                          \
  LOOP2(name##_i32, int32_t, int32_t, integer_expression)                                          \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                               \
    return kw__broadcast_typed(frame, node, name##_f64, name##_f32, name##_i64, name##_i32, NULL); \
  }
#define ARITHMETIC2(name, sign) NUMBERS2(name, a sign b, a sign b, (uint64_t)a sign(uint64_t) b)
ARITHMETIC2(add, +)
ARITHMETIC2(subtract, -)
ARITHMETIC2(multiply, *)
FLOAT2(divide, a / b)

/* NaN wins in maximum and minimum, loses in fmax and fmin. */
#define LARGER (a > b || a != a ? a : b)
#define SMALLER (a < b || a != a ? a : b)
NUMBERS2(maximum, LARGER, LARGER, a > b ? a : b)
NUMBERS2(minimum, SMALLER, SMALLER, a < b ? a : b)
FLOAT2(fmax, a > b || b != b ? a : b)
FLOAT2(fmin, a < b || b != b ? a : b)
FLOAT2(copysign, copysign(a, b))

/* Python's divmod: the remainder takes the sign of b, the quotient is a whole number. */
#define DIVIDE_FLOOR(suffix, REAL)                                              \
  static REAL divide_floor_##suffix(REAL a, REAL b, REAL *rest) {               \
    REAL modulus = *rest = (REAL)fmod(a, b);                                    \
    if (b == 0) return a / b;                                                   \
    REAL quotient = (a - modulus) / b;                                          \
    if (modulus == 0) {                                                         \
      modulus = (REAL)copysign(0, b);                                           \
    } else if ((b < 0) != (modulus < 0)) { /* comparisons with NaN are false */ \
      modulus += b;                                                             \
      quotient -= 1;                                                            \
    }                                                                           \
    *rest = modulus;                                                            \
    if (quotient == 0) return (REAL)copysign(0, a / b);                         \
    REAL whole = (REAL)floor(quotient);                                         \
    return quotient - whole > (REAL)0.5 ? whole + 1 : whole;                    \
  }                                                                             \
  static REAL quotient_##suffix(REAL a, REAL b) {                               \
    REAL rest;                                                                  \
    return divide_floor_##suffix(a, b, &rest);                                  \
  }                                                                             \
  static REAL modulus_##suffix(REAL a, REAL b) {                                \
    REAL rest;                                                                  \
    divide_floor_##suffix(a, b, &rest);                                         \
    return rest;                                                                \
  }
DIVIDE_FLOOR(f64, double)
DIVIDE_FLOOR(f32, float)

/* By 0: 0.  The one overflow, minimum // -1, gives the minimum. */
static int64_t quotient_i64(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return (int64_t)(0 - (uint64_t)a);
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static int64_t modulus_i64(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  int64_t rest = a % b;
  return rest != 0 && (a < 0) != (b < 0) ? rest + b : rest;
}
NUMBERS2(floor_divide, quotient_f64(a, b), quotient_f32(a, b), quotient_i64(a, b))
NUMBERS2(remainder, modulus_f64(a, b), modulus_f32(a, b), modulus_i64(a, b))

/* ---- two integers ---- */
#define BITWISE2(name, sign)                                                           \
  LOOP2(name##_i64, kw__i64, int64_t, a sign b)                                        \
  LOOP2(name##_i32, int32_t, int32_t, a sign b)                                        \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                   \
    return kw__broadcast_typed(frame, node, NULL, NULL, name##_i64, name##_i32, NULL); \
  }
BITWISE2(bitwise_and, &)
BITWISE2(bitwise_or, |)
BITWISE2(bitwise_xor, ^)

static uint64_t power_by_squaring(uint64_t factor, int64_t exponent) {
  uint64_t product = 1;
  for (; exponent > 0; exponent >>= 1, factor *= factor)
    if (exponent & 1) product *= factor;
  return product;
}
LOOP2(int_power_i64, kw__i64, int64_t, power_by_squaring((uint64_t)a, b))
LOOP2(int_power_i32, int32_t, int32_t, power_by_squaring((uint64_t)a, b))

static bool has_negative(const kw__tensor *x) {
  for (int64_t i = 0; i < x->count; i++)
    if ((x->type == KW_I64 ? ((const kw__i64 *)x->data)[i] : ((const int32_t *)x->data)[i]) < 0)
      return true;
  return false;
}

kw_status kw__plan_int_power(kw__frame *frame, const kw__node *node) {
  const kw__tensor *exponent = kw__in(frame, node, 1);
  if (frame->stage == KW__STAGE_OPEN) frame->may_raise |= !exponent->data || has_negative(exponent);
  return kw__plan_broadcast(frame, node);
}

kw_status kw__run_int_power(kw__frame *frame, const kw__node *node) {
  if (kw__out(frame, node, 0)->count && has_negative(kw__in(frame, node, 1)))
    return kw__raise(frame, node, "ValueError",
                     "Integers to negative integer powers are not allowed.");
  return kw__broadcast_typed(frame, node, NULL, NULL, int_power_i64, int_power_i32, NULL);
}

/* ---- comparison and logic ---- */
#define COMPARE2(name, sign)                                                                \
  LOOP2(name##_f64, kw__f64, uint8_t, a sign b)                                             \
  LOOP2(name##_f32, float, uint8_t, a sign b)                                               \
  LOOP2(name##_i64, kw__i64, uint8_t, a sign b)                                             \
  LOOP2(name##_i32, int32_t, uint8_t, a sign b)                                             \
  LOOP2(name##_bool, uint8_t, uint8_t, a sign b)                                            \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                        \
    return kw__broadcast_typed(frame, node, name##_f64, name##_f32, name##_i64, name##_i32, \
                               name##_bool);                                                \
  }
COMPARE2(equal, ==)
COMPARE2(not_equal, !=)
COMPARE2(less, <)
COMPARE2(less_equal, <=)
COMPARE2(greater, >)
COMPARE2(greater_equal, >=)

#define LOGIC2(name, expression)                                                  \
  LOOP2(name##_bool, uint8_t, uint8_t, expression)                                \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {              \
    return kw__broadcast_typed(frame, node, NULL, NULL, NULL, NULL, name##_bool); \
  }
LOGIC2(logical_and, a &&b)
LOGIC2(logical_or, a || b)
LOGIC2(logical_xor, !a != !b)

/* ---- one value ---- */
#define NUMBER1(name, f64_expression, f32_expression, integer_expression)                          \
  LOOP1(name##_f64, kw__f64, double, f64_expression)                                               \
  LOOP1(name##_f32, float, float, f32_expression)                                                  \
  LOOP1(name##_i64, kw__i64, int64_t, integer_expression)                                          \
  LOOP1(name##_i32, int32_t, int32_t, integer_expression)                                          \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                               \
    return kw__broadcast_typed(frame, node, name##_f64, name##_f32, name##_i64, name##_i32, NULL); \
  }
#define SIGN ((a > 0) - (a < 0))
NUMBER1(negative, -a, -a, 0 - (uint64_t)a)
NUMBER1(absolute, fabs(a), fabsf(a), a < 0 ? 0 - (uint64_t)a : (uint64_t)a)
NUMBER1(sign, a != a ? a : (double)SIGN, a != a ? a : (float)SIGN, SIGN)

#define FLOAT1(name, out_f64, f64_expression, out_f32, f32_expression)                 \
  LOOP1(name##_f64, kw__f64, out_f64, f64_expression)                                  \
  LOOP1(name##_f32, float, out_f32, f32_expression)                                    \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                   \
    return kw__broadcast_typed(frame, node, name##_f64, name##_f32, NULL, NULL, NULL); \
  }
FLOAT1(sqrt, double, sqrt(a), float, sqrtf(a))
FLOAT1(is_nan, uint8_t, isnan(a), uint8_t, isnan(a))
FLOAT1(is_finite, uint8_t, isfinite(a), uint8_t, isfinite(a))
FLOAT1(is_inf, uint8_t, isinf(a) != 0, uint8_t, isinf(a) != 0)

LOOP1(invert_i64, kw__i64, int64_t, ~a)
LOOP1(invert_i32, int32_t, int32_t, ~a)
kw_status kw__run_invert(kw__frame *frame, const kw__node *node) {
  return kw__broadcast_typed(frame, node, NULL, NULL, invert_i64, invert_i32, NULL);
}

LOOP1(logical_not_bool, uint8_t, uint8_t, !a)
kw_status kw__run_logical_not(kw__frame *frame, const kw__node *node) {
  return kw__broadcast_typed(frame, node, NULL, NULL, NULL, NULL, logical_not_bool);
}

/* ---- three values ---- */
/* Low first, then high: where low > high the result is high. */
#define CLIP(name, in_type, out_type, is_nan)                                             \
  static void name(const kw__frame *frame, void *out, const void *const *in, int64_t n) { \
    (void)frame;                                                                          \
    out_type *y = out;                                                                    \
    const in_type *x = in[0], *low = in[1], *high = in[2];                                \
    KW__DENSE for (int64_t i = 0; i < n; i++) {                                           \
      out_type a = x[i];                                                                  \
      if (a < low[i] || is_nan(low[i])) a = low[i];                                       \
      y[i] = a > high[i] || (is_nan(high[i]) && !is_nan(a)) ? high[i] : a;                \
    }                                                                                     \
  }
#define NEVER(a) false
CLIP(clip_f64, kw__f64, double, isnan)
CLIP(clip_f32, float, float, isnan)
CLIP(clip_i64, kw__i64, int64_t, NEVER)
CLIP(clip_i32, int32_t, int32_t, NEVER)
kw_status kw__run_clip(kw__frame *frame, const kw__node *node) {
  return kw__broadcast_typed(frame, node, clip_f64, clip_f32, clip_i64, clip_i32, NULL);
}

/* One loop a width: a choice moves bytes. */
#define WHERE(bytes)                                                                               \
  static void where_##bytes(const kw__frame *frame, void *out, const void *const *in, int64_t n) { \
    (void)frame;                                                                                   \
    const uint8_t *condition = in[0];                                                              \
    KW__DENSE for (int64_t i = 0; i < n; i++) memmove(                                             \
        (char *)out + i * bytes, (const char *)in[condition[i] ? 1 : 2] + i * bytes, bytes);       \
  }
WHERE(1)
WHERE(2)
WHERE(4)
WHERE(8)
kw_status kw__run_where(kw__frame *frame, const kw__node *node) {
  const kw__tensor *y = kw__out(frame, node, 0);
  size_t bytes = kw__type_bytes(y->type);
  if (y->count == 1) { /* most are, in loops */
    bool condition = *(const uint8_t *)kw__in(frame, node, 0)->data;
    const void *chosen = kw__in(frame, node, condition ? 1 : 2)->data;
    if (bytes == 8) return memmove(y->data, chosen, 8), KW_OK;
    if (bytes == 1) return memmove(y->data, chosen, 1), KW_OK;
  }
  kw__broadcast(frame, node,
                bytes == 8   ? where_8
                : bytes == 4 ? where_4
                : bytes == 2 ? where_2
                             : where_1);
  return KW_OK;
}
