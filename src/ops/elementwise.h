/* Walking values element by element with broadcasting: a kernel gives the inner loop, this gives it runs of elements. */
#ifndef KOWARI_ELEMENTWISE_H
#define KOWARI_ELEMENTWISE_H
#include "plan.h"

/* An inner loop over n elements; a stride is 0 (the same element again) or 1, in elements. */
typedef void kw__inner(void *y, const void *const *in, const int64_t *stride, int64_t n, const kw__node *node);

/* Runs `inner` over output 0 and all inputs of the node, broadcast. */
void kw__broadcast(kw__frame *frame, const kw__node *node, kw__inner *inner);

/* Loops over strides stay plain: clang would gather, in ten times the code. */
#if defined(__clang__)
#define KW__STRIDED _Pragma("clang loop vectorize(disable) unroll(disable)")
#define KW__DENSE _Pragma("clang loop interleave_count(1) unroll(disable)")
#else
#define KW__STRIDED
#define KW__DENSE
#endif

/* Defines the inner loop `name` of two inputs a, b; the contiguous case stands apart so that compilers vectorise it. */
#define LOOP2(name, in_type, out_type, expression)                                                                 \
  static void name(void *out, const void *const *in, const int64_t *stride, int64_t n, const kw__node *node) {     \
    (void)node;                                                                                                    \
    out_type *y = out;                                                                                             \
    const in_type *pa = in[0], *pb = in[1];                                                                        \
    if (stride[0] == 1 && stride[1] == 1)                                                                          \
      KW__DENSE for (int64_t i = 0; i < n; i++) { in_type a = pa[i], b = pb[i]; y[i] = (out_type)(expression); }             \
    else                                                                                                           \
      KW__STRIDED for (int64_t i = 0; i < n; i++) {                                                                            \
        in_type a = pa[i * stride[0]], b = pb[i * stride[1]];                                                      \
        y[i] = (out_type)(expression);                                                                             \
      }                                                                                                            \
  }
/* The kernel kw__run_NAME of two floats. */
#define FLOAT2(name, expression)                                               \
  LOOP2(name##_f64, kw__f64, double, expression)                               \
  LOOP2(name##_f32, float, float, expression)                                  \
  kw_status kw__run_##name(kw__frame *frame, const kw__node *node) {           \
    return kw__run_loop(frame, node, name##_f64, name##_f32, NULL, NULL, NULL); \
  }
/* Broadcasts the loop that is for the type of input 0; NULL where the signature excludes the type. */
kw_status kw__run_loop(kw__frame *frame, const kw__node *node, kw__inner *f64, kw__inner *f32, kw__inner *i64,
                       kw__inner *i32, kw__inner *boolean);

#endif
