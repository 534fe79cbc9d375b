/* Reductions one element after the other, in the order of memory: bit by bit what TensorFlow
 * Lite's reference kernels add up.  NaN loses every comparison. */
#include <float.h>

#include "activation.h"
#include "lane.h"

/* fold_NAME: one total over n elements; fold_NAME_rows: n totals, each with one element more. */
#define FOLD(name, expression)                                                            \
  static void fold_##name(float *restrict y, const float *restrict x, int64_t n) {        \
    float total = *y;                                                                     \
    for (int64_t i = 0; i < n; i++) {                                                     \
      float a = total, b = x[i];                                                          \
      total = expression;                                                                 \
    }                                                                                     \
    *y = total;                                                                           \
  }                                                                                       \
  static void fold_##name##_rows(float *restrict y, const float *restrict x, int64_t n) { \
    for (int64_t i = 0; i < n; i++) {                                                     \
      float a = y[i], b = x[i];                                                           \
      y[i] = expression;                                                                  \
    }                                                                                     \
  }
FOLD(sum, a + b)
FOLD(product, a *b)
FOLD(largest, b > a ? b : a)
FOLD(smallest, b < a ? b : a)
#undef FOLD

typedef struct fold {
  void (*one)(float *, const float *, int64_t), (*rows)(float *, const float *, int64_t);
  float first;
} fold;

kw_status kw__run_reduce_in_order(kw__frame *frame, const kw__node *node) {
  static const fold folds[] = {[KW__SUM] = {fold_sum, fold_sum_rows, 0},
                               [KW__PRODUCT] = {fold_product, fold_product_rows, 1},
                               [KW__LARGEST] = {fold_largest, fold_largest_rows, -FLT_MAX},
                               [KW__SMALLEST] = {fold_smallest, fold_smallest_rows, FLT_MAX},
                               [KW__MEAN] = {fold_sum, fold_sum_rows, 0}};
  int64_t operation = KW__ATTRIBUTES(reduce_in_order, node)->operation;
  const fold *f = &folds[operation];
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axes(frame, node));
  int64_t m = lanes.inner || !lanes.kept.rank ? 1 : lanes.kept.size[0]; /* lanes side by side */
  float *to = y->data;
  for (int64_t i = 0; i < y->count; i++) to[i] = f->first;
  for (int64_t lane = 0; lane < lanes.count; lane += m)
    for (kw__block b = {.lane = lane}; kw__next_block(&lanes, INT64_MAX, &b);) {
      const float *from = (const float *)x->data + b.at;
      if (lanes.inner)
        f->one(to + lane, from, b.n);
      else
        for (int64_t i = 0; i < b.n; i++) f->rows(to + lane, from + i * lanes.stride, m);
    }
  if (operation == KW__MEAN)
    for (int64_t i = 0; i < y->count; i++) to[i] /= (float)lanes.length;
  return KW_OK;
}

/* NaN is beaten by every number, and beats none. */
kw_status kw__run_place_of_extreme(kw__frame *frame, const kw__node *node) {
  const kw__place_of_extreme_attributes *how = KW__ATTRIBUTES(place_of_extreme, node);
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, 1u << how->axis);
  float sign = how->largest ? 1 : -1;
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    const float *from = (const float *)x->data + kw__lane_start(&lanes, lane);
    float most = sign * *from;
    int64_t place = 0;
    for (int64_t i = 1; i < lanes.length; i++) {
      float value = sign * from[i * lanes.stride];
      if (!(value > most || (most != most && value == value))) continue;
      most = value;
      place = i;
    }
    ((int64_t *)kw__out(frame, node, 0)->data)[lane] = place;
  }
  return KW_OK;
}
