/* Walking values element by element with broadcasting: a kernel gives the inner loop, this gives it
 * runs of elements. */
#ifndef KOWARI_ELEMENTWISE_H
#define KOWARI_ELEMENTWISE_H
#include "plan.h"

/* An inner loop over n elements that lie side by side; its inputs have the shape of its output by
 * now.  Behind them stands what the kernel gave beside them. */
typedef void kw__inner(const kw__frame *frame, void *y, const void *const *in, int64_t n);

enum { KW__MAX_OPERANDS = 4 }; /* of an element-wise operator */

/* Runs `inner` over output 0 and all inputs of the node, broadcast. */
void kw__broadcast(const kw__frame *frame, const kw__node *node, kw__inner *inner);
void kw__broadcast_with(const kw__frame *frame, const kw__node *node, kw__inner *inner,
                        const void *beside);
/* The same for the loop of the type of input 0; NULL where the signature excludes the type. Inline,
 * so that one number, what most nodes of a scoring function or a loop compute, costs one call: the
 * kernel.  At most three inputs. */
static inline kw_status kw__broadcast_typed(const kw__frame *frame, const kw__node *node,
                                            kw__inner *f64, kw__inner *f32, kw__inner *i64,
                                            kw__inner *i32, kw__inner *boolean) {
  const kw__tensor *y = kw__out(frame, node, 0), *x = kw__in(frame, node, 0);
  if (y->count == 1 && (x->type == KW_F64 || x->type == KW_I64 || x->type == KW_BOOL)) {
    const void *at[3] = {x->data, kw__in(frame, node, node->inputs > 1)->data,
                         kw__in(frame, node, node->inputs > 2 ? 2 : 0)->data};
    if (f64 && x->type == KW_F64) return f64(frame, y->data, at, 1), KW_OK;
    if (i64 && x->type == KW_I64) return i64(frame, y->data, at, 1), KW_OK;
    if (boolean && x->type == KW_BOOL) return boolean(frame, y->data, at, 1), KW_OK;
  }
  kw__inner *inner = x->type == KW_F64   ? f64
                     : x->type == KW_F32 ? f32
                     : x->type == KW_I64 ? i64
                     : x->type == KW_I32 ? i32
                                         : boolean;
  kw__broadcast(frame, node, inner);
  return KW_OK;
}
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
