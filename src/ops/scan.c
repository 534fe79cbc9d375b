/* Along one axis: differences of neighbours, running sums and products. */
#include "lane.h"

kw_status kw__plan_diff(kw__frame *frame, const kw__node *node) {
  int64_t axis = KW__ATTRIBUTES(diff, node)->axis;
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw_status status = kw__check_axis(frame, node, axis, x->rank);
  if (status) return status;
  kw__copy_shape(y, x);
  y->size[axis] = x->size[axis] < 0 ? KW__UNKNOWN : x->size[axis] > 1 ? x->size[axis] - 1 : 0;
  return KW_OK;
}

/* y = f(a, b) of neighbours a, b in every lane. */
#define DIFFERENCES(ctype, out_type, expression)              \
  {                                                           \
    const ctype *from = (const ctype *)x->data + start;       \
    out_type *to = (out_type *)y->data + out_start;           \
    KW__STRIDED for (int64_t i = 0; i < n; i++) {             \
      ctype a = from[i * stride], b = from[(i + 1) * stride]; \
      to[i * stride] = (out_type)(expression);                \
    }                                                         \
    break;                                                    \
  }

kw_status kw__run_diff(kw__frame *frame, const kw__node *node) {
  uint32_t axes = 1u << KW__ATTRIBUTES(diff, node)->axis;
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  if (y->count == 0) return KW_OK;
  kw__lanes in = kw__find_lanes(x, axes), out = kw__find_lanes(y, axes);
  int64_t n = in.length - 1, stride = in.stride;
  for (int64_t lane = 0; lane < in.count; lane++) {
    int64_t start = kw__lane_start(&in, lane), out_start = kw__lane_start(&out, lane);
    switch (x->type) {
      case KW_F64:
        DIFFERENCES(kw__f64, double, b - a)
      case KW_F32:
        DIFFERENCES(float, float, b - a)
      case KW_I64:
        DIFFERENCES(kw__u64, uint64_t, b - a)
      case KW_I32:
        DIFFERENCES(uint32_t, uint32_t, b - a)
      default:
        DIFFERENCES(uint8_t, uint8_t, !a != !b)
    }
  }
  return KW_OK;
}

/* ---- running totals ---- */
kw_status kw__plan_scan(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  y->type = kw__is_real(x) ? x->type : KW_I64;
  return kw__plan_along(frame, node);
}

static kw_status run_scan(kw__frame *frame, const kw__node *node, bool multiplies) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axis(frame, node));
  double real[KW__BLOCK];
  int64_t integer[KW__BLOCK];
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    double total = 0;
    uint64_t whole = multiplies;
    for (kw__block b = {.lane = lane}; kw__next_block(&lanes, KW__BLOCK, &b);) {
      if (!kw__is_real(x)) {
        kw__read_integers(x, b.at, lanes.stride, b.n, integer);
        for (int64_t i = 0; i < b.n; i++) {
          whole = multiplies ? whole * (uint64_t)integer[i] : whole + (uint64_t)integer[i];
          kw__write_integer(y, b.at + i * lanes.stride, (int64_t)whole);
        }
        continue;
      }
      kw__read_reals(x, b.at, lanes.stride, b.n, real);
      for (int64_t i = 0; i < b.n; i++) {
        /* the first element itself, so that -0.0 stays; a float32 total is rounded at each step */
        total = b.place + i == 0 ? real[i] : multiplies ? total * real[i] : total + real[i];
        if (y->type == KW_F32) total = (float)total;
        kw__write_real(y, b.at + i * lanes.stride, total);
      }
    }
  }
  return KW_OK;
}

kw_status kw__run_cumsum(kw__frame *frame, const kw__node *node) {
  return run_scan(frame, node, false);
}
kw_status kw__run_cumprod(kw__frame *frame, const kw__node *node) {
  return run_scan(frame, node, true);
}

/* From 0, in the type itself. */
#define RUNNING_SUM(ctype, sum_type)                                         \
  {                                                                          \
    const ctype *from = (const ctype *)x->data + start;                      \
    sum_type *to = (sum_type *)y->data + start, total = 0;                   \
    KW__STRIDED for (int64_t i = 0; i < lanes.length; i++) {                 \
      int64_t at = (how->reverse ? lanes.length - 1 - i : i) * lanes.stride; \
      sum_type before = total;                                               \
      total += (sum_type)from[at];                                           \
      to[at] = how->exclusive ? before : total;                              \
    }                                                                        \
    break;                                                                   \
  }

kw_status kw__run_running_sum(kw__frame *frame, const kw__node *node) {
  const kw__running_sum_attributes *how = KW__ATTRIBUTES(running_sum, node);
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, 1u << how->axis);
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    int64_t start = kw__lane_start(&lanes, lane);
    switch (x->type) {
      case KW_F64:
        RUNNING_SUM(kw__f64, double)
      case KW_F32:
        RUNNING_SUM(float, float)
      case KW_I64:
        RUNNING_SUM(kw__u64, uint64_t)
      default:
        RUNNING_SUM(uint32_t, uint32_t)
    }
  }
  return KW_OK;
}
