/* Which places a window covers, and what moves windows over channels one by one: depthwise
 * convolution and pools. */
#include "window.h"

#include "product.h"

kw__axis kw__axis_of(int64_t in, int64_t taps, int64_t stride, int64_t dilation, bool same) {
  kw__axis a = {in, KW__UNKNOWN, taps, stride, dilation, 0, 0};
  if (same && stride == 1) a.out = in;
  if (taps < 0) return a;
  a.reach = taps ? (taps - 1) * dilation + 1 : 0;
  if (in < 0) return a;
  if (same)
    a.out = in / stride + (in % stride > 0);
  else
    a.out = in < a.reach ? 0 : (in - a.reach) / stride + 1;
  int64_t missing = (a.out - 1) * stride + a.reach - in;
  if (same && missing > 0) a.before = missing / 2;
  return a;
}

kw_status kw__check_taps(kw__frame *frame, const kw__node *node, int64_t height, int64_t width) {
  if (height != 0 && width != 0) return KW_OK;
  return kw__refuse(frame, node, KW_SHAPE, "the filters have no elements");
}

kw__part kw__part_inside(const kw__axis *axis, int64_t window) {
  int64_t start = window * axis->stride - axis->before, dilation = axis->dilation;
  kw__part p = {start < 0 ? (-start + dilation - 1) / dilation : 0, 0, 0};
  p.at = start + p.first * dilation;
  if (p.at < axis->in) p.taps = (axis->in - p.at - 1) / dilation + 1;
  if (p.taps > axis->taps - p.first) p.taps = axis->taps - p.first;
  if (p.taps < 0) p.taps = 0;
  return p;
}

static bool is_inside(const kw__axis *axis, int64_t window) {
  int64_t start = window * axis->stride - axis->before;
  return start >= 0 && start <= axis->in - axis->reach;
}

int64_t kw__run_inside(const kw__axis *axis, int64_t window) {
  int64_t end = window + 1;
  if (is_inside(axis, window))
    while (end < axis->out && is_inside(axis, end)) end++;
  return end - window;
}

/* ---- one window after the other ---- */
typedef struct window_walk {
  kw__axis height, width;
  const kw__tensor *x;
  const float *weights;
  kw__tensor *y;
  kw__finish finish;
  int how;
} window_walk;

/* The windows of a row of y whose taps lie alike are one call. */
static void walk_row(const window_walk *w, const float *image, int64_t row, float *y) {
  int64_t m = w->x->size[3], line = w->x->size[2] * m, filter_line = w->width.taps * m, run;
  kw__part v = kw__part_inside(&w->height, row);
  for (int64_t column = 0; column < w->width.out; column += run, y += run * m) {
    run = kw__run_inside(&w->width, column);
    kw__part h = kw__part_inside(&w->width, column);
    kw__windows x = {image + v.at * line + h.at * m,
                     v.taps,
                     h.taps,
                     w->height.dilation * line,
                     w->width.dilation * m,
                     run,
                     w->width.stride * m};
    const float *weights = w->weights;
    if (weights) weights += v.first * filter_line + h.first * m;
    kw__reduce_windows_f32(w->how, x, weights, filter_line, m, w->finish, y);
  }
}

static kw_status walk_windows(const window_walk *w) {
  const float *x = w->x->data;
  float *y = w->y->data;
  const int64_t *in = w->x->size, *out = w->y->size;
  if (w->y->count == 0) return KW_OK;
  for (int64_t image = 0; image < in[0]; image++, x += in[1] * in[2] * in[3])
    for (int64_t row = 0; row < out[1]; row++, y += out[2] * out[3]) walk_row(w, x, row, y);
  return KW_OK;
}

static void set_places(kw__frame *frame, const kw__node *node, const window_walk *w) {
  int64_t *out = kw__out(frame, node, 0)->size;
  out[1] = w->height.out;
  out[2] = w->width.out;
}

/* ---- depthwise convolution ---- */
static window_walk depthwise_of(kw__frame *frame, const kw__node *node) {
  const kw__depthwise_conv2d_attributes *a = node->attributes;
  const kw__tensor *x = kw__in(frame, node, 0), *filters = kw__in(frame, node, 1),
                   *bias = kw__in_or_null(frame, node, 2);
  return (window_walk){.height = kw__axis_of(x->size[1], filters->size[1], a->stride_height,
                                             a->dilation_height, a->same),
                       .width = kw__axis_of(x->size[2], filters->size[2], a->stride_width,
                                            a->dilation_width, a->same),
                       .x = x,
                       .weights = filters->data,
                       .y = kw__out(frame, node, 0),
                       .finish = {bias ? bias->data : NULL, (float)a->low, (float)a->high},
                       .how = KW__WINDOW_PRODUCT};
}

kw_status kw__plan_depthwise_conv2d(kw__frame *frame, const kw__node *node) {
  window_walk w = depthwise_of(frame, node);
  set_places(frame, node, &w);
  return kw__check_taps(frame, node, w.height.taps, w.width.taps);
}

kw_status kw__run_depthwise_conv2d(kw__frame *frame, const kw__node *node) {
  window_walk w = depthwise_of(frame, node);
  return walk_windows(&w);
}

/* ---- pools: both rows have the same attributes ---- */
static window_walk pool_of(kw__frame *frame, const kw__node *node, int how) {
  const kw__max_pool2d_attributes *a = node->attributes;
  const kw__tensor *x = kw__in(frame, node, 0);
  return (window_walk){.height = kw__axis_of(x->size[1], a->height, a->stride_height, 1, a->same),
                       .width = kw__axis_of(x->size[2], a->width, a->stride_width, 1, a->same),
                       .x = x,
                       .y = kw__out(frame, node, 0),
                       .finish = {NULL, (float)a->low, (float)a->high},
                       .how = how};
}

kw_status kw__plan_pool2d(kw__frame *frame, const kw__node *node) {
  window_walk w = pool_of(frame, node, KW__WINDOW_MEAN);
  set_places(frame, node, &w);
  return KW_OK;
}

kw_status kw__run_max_pool2d(kw__frame *frame, const kw__node *node) {
  window_walk w = pool_of(frame, node, KW__WINDOW_MAXIMUM);
  return walk_windows(&w);
}

kw_status kw__run_average_pool2d(kw__frame *frame, const kw__node *node) {
  window_walk w = pool_of(frame, node, KW__WINDOW_MEAN);
  return walk_windows(&w);
}
