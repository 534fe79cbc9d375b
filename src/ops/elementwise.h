/* Walking values element by element with broadcasting: a kernel gives the inner loop, this gives it
 * runs of elements. */
#ifndef KOWARI_ELEMENTWISE_H
#define KOWARI_ELEMENTWISE_H
#include "plan.h"

/* An inner loop over n elements that lie side by side; its inputs have the shape of its output by
 * now. */
typedef void kw__inner(const kw__frame *frame, void *y, const void *const *in, int64_t n);

/* Runs `inner` over output 0 and all inputs of the node, broadcast. */
void kw__broadcast(const kw__frame *frame, const kw__node *node, kw__inner *inner);
/* The same for the loop of the type of input 0; NULL where the signature excludes the type. */
kw_status kw__broadcast_typed(const kw__frame *frame, const kw__node *node, kw__inner *f64,
                              kw__inner *f32, kw__inner *i64, kw__inner *i32, kw__inner *boolean);
/* A function of one float; float32 is computed in float64 and rounded once. */
kw_status kw__map_floats(const kw__frame *frame, const kw__node *node, double (*function)(double));

/* Loops are vectorised, not unrolled: clang would write each four times. */
#if defined(__clang__)
#define KW__DENSE _Pragma("clang loop interleave_count(1) unroll(disable)")
#else
#define KW__DENSE
#endif

/* Defines the inner loop `name` of a; of a and b. */
#define LOOP1(name, in_type, out_type, expression)                                        \
  static void name(const kw__frame *frame, void *out, const void *const *in, int64_t n) { \
    (void)frame;                                                                          \
    out_type *y = out;                                                                    \
    const in_type *pa = in[0];                                                            \
    KW__DENSE for (int64_t i = 0; i < n; i++) {                                           \
      in_type a = pa[i];                                                                  \
      y[i] = (out_type)(expression);                                                      \
    }                                                                                     \
  }
#define LOOP2(name, in_type, out_type, expression)                                        \
  static void name(const kw__frame *frame, void *out, const void *const *in, int64_t n) { \
    (void)frame;                                                                          \
    out_type *y = out;                                                                    \
    const in_type *pa = in[0], *pb = in[1];                                               \
    KW__DENSE for (int64_t i = 0; i < n; i++) {                                           \
      in_type a = pa[i], b = pb[i];                                                       \
      y[i] = (out_type)(expression);                                                      \
    }                                                                                     \
  }
/* The kernel kw__run_NAME of two floats. */
#define FLOAT2(name, expression)                                                       \
  LOOP2(name##_f64, kw__f64, double, expression)                                       \
  LOOP2(name##_f32, float, float, expression)                                          \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {                   \
    return kw__broadcast_typed(frame, node, name##_f64, name##_f32, NULL, NULL, NULL); \
  }

#endif
