/* Element-wise kernels.  One macro row gives an operator's inner loops by type; integers wrap as NumPy's do. */
#include "elementwise.h"

#include <math.h>

/* An inner loop of two inputs; the contiguous case stands apart so that compilers vectorise it. */
#define LOOP2(name, in_type, out_type, expression)                                                                 \
  static void name(void *out, const void *const *in, const int64_t *stride, int64_t n, const kw__node *node) {     \
    (void)node;                                                                                                    \
    out_type *y = out;                                                                                             \
    const in_type *pa = in[0], *pb = in[1];                                                                        \
    if (stride[0] == 1 && stride[1] == 1)                                                                          \
      for (int64_t i = 0; i < n; i++) { in_type a = pa[i], b = pb[i]; y[i] = (out_type)(expression); }             \
    else                                                                                                           \
      for (int64_t i = 0; i < n; i++) {                                                                            \
        in_type a = pa[i * stride[0]], b = pb[i * stride[1]];                                                      \
        y[i] = (out_type)(expression);                                                                             \
      }                                                                                                            \
  }
#define LOOP1(name, in_type, out_type, expression)                                                             \
  static void name(void *out, const void *const *in, const int64_t *stride, int64_t n, const kw__node *node) { \
    (void)node, (void)stride;                                                                                  \
    out_type *y = out;                                                                                         \
    const in_type *x = in[0];                                                                                  \
    for (int64_t i = 0; i < n; i++) { in_type a = x[i]; y[i] = (out_type)(expression); }                       \
  }

static kw_status run_loop(kw__frame *frame, const kw__node *node, kw__inner *f64, kw__inner *f32, kw__inner *i64, kw__inner *i32,
                          kw__inner *boolean) {
  kw__inner *by_type[] = {NULL, f64, f32, i64, i32, NULL, NULL, NULL, boolean};
  kw__broadcast(frame, node, by_type[kw__in(frame, node, 0)->type]);
  return KW_OK;
}

/* Integers compute in unsigned, where overflow wraps. */
#define ARITHMETIC2(name, float_expression, integer_expression)                          \
  LOOP2(name##_f64, kw__f64, double, float_expression)                                   \
  LOOP2(name##_f32, float, float, float_expression)                                      \
  LOOP2(name##_i64, kw__u64, uint64_t, integer_expression)                               \
  LOOP2(name##_i32, uint32_t, uint32_t, integer_expression)                              \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                     \
    return run_loop(frame, node, name##_f64, name##_f32, name##_i64, name##_i32, NULL);  \
  }
ARITHMETIC2(add, a + b, a + b)
ARITHMETIC2(subtract, a - b, a - b)
ARITHMETIC2(multiply, a * b, a * b)

#define FLOAT2(name, expression)                                         \
  LOOP2(name##_f64, kw__f64, double, expression)                         \
  LOOP2(name##_f32, float, float, expression)                            \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {     \
    return run_loop(frame, node, name##_f64, name##_f32, NULL, NULL, NULL); \
  }
FLOAT2(divide, a / b)

#define COMPARE2(name, operator)                                                                 \
  LOOP2(name##_f64, kw__f64, uint8_t, a operator b)                                             \
  LOOP2(name##_f32, float, uint8_t, a operator b)                                               \
  LOOP2(name##_i64, kw__i64, uint8_t, a operator b)                                             \
  LOOP2(name##_i32, int32_t, uint8_t, a operator b)                                             \
  LOOP2(name##_bool, uint8_t, uint8_t, a operator b)                                            \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                            \
    return run_loop(frame, node, name##_f64, name##_f32, name##_i64, name##_i32, name##_bool);  \
  }
COMPARE2(equal, ==)
COMPARE2(not_equal, !=)
COMPARE2(less, <)
COMPARE2(less_equal, <=)
COMPARE2(greater, >)
COMPARE2(greater_equal, >=)

#define ARITHMETIC1(name, f64_expression, f32_expression, integer_expression)           \
  LOOP1(name##_f64, kw__f64, double, f64_expression)                                    \
  LOOP1(name##_f32, float, float, f32_expression)                                       \
  LOOP1(name##_i64, kw__u64, uint64_t, integer_expression)                              \
  LOOP1(name##_i32, uint32_t, uint32_t, integer_expression)                             \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                    \
    return run_loop(frame, node, name##_f64, name##_f32, name##_i64, name##_i32, NULL); \
  }
ARITHMETIC1(negative, -a, -a, 0 - a)
ARITHMETIC1(absolute, fabs(a), fabsf(a), a >> (sizeof a * 8 - 1) ? 0 - a : a)

#define FLOAT1(name, f64_expression, f32_expression)                        \
  LOOP1(name##_f64, kw__f64, double, f64_expression)                        \
  LOOP1(name##_f32, float, float, f32_expression)                           \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {        \
    return run_loop(frame, node, name##_f64, name##_f32, NULL, NULL, NULL); \
  }
FLOAT1(sqrt, sqrt(a), sqrtf(a))
