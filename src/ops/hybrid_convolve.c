/* Convolutions of floats with filters of int8: sums over what lies inside of x, since zero is zero
 * among its integers. */
#include "hybrid.h"
#include "window.h"

typedef struct hybrid_walk {
  kw__axis height, width;
  int64_t channels, depth, outputs; /* depth: channels that a filter reads */
  const int8_t *filters;
  const float *filters_scale, *bias;
  bool has_one_scale;
} hybrid_walk;

/* Both rows have the same attributes and inputs. */
static hybrid_walk hybrid_walk_of(const kw__frame *frame, const kw__node *node, bool depthwise) {
  const kw__hybrid_conv2d_attributes *a = node->attributes;
  const kw__tensor *x = kw__in(frame, node, 0), *filters = kw__in(frame, node, 2);
  const kw__tensor *scale = kw__in(frame, node, 3), *bias = kw__in_or_null(frame, node, 4);
  return (hybrid_walk){.height = kw__axis_of(x->size[1], filters->size[1], a->stride_height,
                                             a->dilation_height, a->same),
                       .width = kw__axis_of(x->size[2], filters->size[2], a->stride_width,
                                            a->dilation_width, a->same),
                       .channels = x->size[3],
                       .depth = depthwise ? 1 : filters->size[3],
                       .outputs = filters->size[depthwise ? 3 : 0],
                       .filters = filters->data,
                       .filters_scale = scale->data,
                       .bias = bias ? bias->data : NULL,
                       .has_one_scale = scale->size[0] == 1};
}

/* Do groups of `depth` channels have as many filters each? */
static bool falls_into_groups(const hybrid_walk *w) {
  if (w->channels < 0 || w->depth < 0 || w->outputs < 0) return true;
  return w->depth > 0 && w->channels > 0 && w->channels % w->depth == 0 &&
         w->outputs % (w->channels / w->depth) == 0;
}

static kw_status plan_hybrid(kw__frame *frame, const kw__node *node, bool depthwise) {
  const kw__tensor *filters = kw__in(frame, node, 2), *bias = kw__in_or_null(frame, node, 4);
  int64_t *y = kw__out(frame, node, 0)->size;
  if (filters->rank != 4 || (depthwise && filters->size[0] >= 0 && filters->size[0] != 1))
    return kw__refuse(frame, node, KW_SHAPE, "filters of other dimensions");
  hybrid_walk w = hybrid_walk_of(frame, node, depthwise);
  if (!falls_into_groups(&w) ||
      (bias && bias->size[0] >= 0 && w.outputs >= 0 && bias->size[0] != w.outputs))
    return kw__refuse(frame, node, KW_SHAPE, "channels, filters and biases that do not agree");
  y[1] = w.height.out;
  y[2] = w.width.out;
  y[3] = w.outputs;
  kw__out(frame, node, 1)->size[0] = w.outputs;
  kw_status status = kw__check_taps(frame, node, filters->size[1], filters->size[2]);
  return status ? status
                : kw__check_scales(frame, node, kw__in(frame, node, 3)->size[0], w.outputs);
}

kw_status kw__plan_hybrid_convolution(kw__frame *frame, const kw__node *node) {
  return plan_hybrid(frame, node, false);
}

kw_status kw__plan_hybrid_depthwise(kw__frame *frame, const kw__node *node) {
  return plan_hybrid(frame, node, true);
}

/* sum[o] += the products of the taps inside with the window that begins at x. */
static void add_window(const hybrid_walk *w, const int16_t *x, const kw__part *v, const kw__part *h,
                       int32_t *sum) {
  const int64_t line = w->width.in * w->channels, step = w->width.dilation * w->channels;
  const int64_t each = w->outputs / (w->channels / w->depth), row_taps = w->width.taps * w->depth;
  const int64_t filter = w->height.taps * row_taps;
  bool is_dense = step == w->depth; /* taps lie side by side */
  for (int64_t row = 0; row < v->taps; row++)
    for (int64_t tap = 0; tap < (is_dense ? 1 : h->taps); tap++) {
      const int16_t *from = x + row * w->height.dilation * line + tap * step;
      const int8_t *taps = w->filters + (v->first + row) * row_taps + (h->first + tap) * w->depth;
      for (int64_t o = 0; o < w->outputs; o += each, from += w->depth)
        kw__add_products_i8(from, taps + o * filter, filter,
                            is_dense ? h->taps * w->depth : w->depth, each, sum + o);
    }
}

/* The same where each channel has filters of its own, as many side by side. */
static void add_depthwise_window(const hybrid_walk *w, const int16_t *x, const kw__part *v,
                                 const kw__part *h, int32_t *sum) {
  const int64_t multiplier = w->outputs / w->channels, line = w->width.in * w->channels;
  for (int64_t row = 0; row < v->taps; row++)
    for (int64_t tap = 0; tap < h->taps; tap++) {
      const int16_t *from =
          x + row * w->height.dilation * line + tap * w->width.dilation * w->channels;
      const int8_t *taps =
          w->filters + ((v->first + row) * w->width.taps + h->first + tap) * w->outputs;
      for (int64_t c = 0; c < w->channels; c++)
        for (int64_t o = c * multiplier; o < (c + 1) * multiplier; o++)
          sum[o] = (int32_t)((uint32_t)sum[o] + (uint32_t)(from[c] * taps[o]));
    }
}

static void finish_sums(const hybrid_walk *w, const int32_t *sum, float scale, float *y) {
  for (int64_t o = 0; o < w->outputs; o++) {
    y[o] = (float)sum[o] * (scale * w->filters_scale[w->has_one_scale ? 0 : o]);
    if (w->bias) y[o] += w->bias[o];
  }
}

typedef void window_sum(const hybrid_walk *w, const int16_t *x, const kw__part *v,
                        const kw__part *h, int32_t *sum);

static kw_status walk_hybrid(kw__frame *frame, const kw__node *node, bool depthwise,
                             window_sum *add) {
  const kw__tensor *x = kw__in(frame, node, 0);
  const float *scale = kw__in(frame, node, 1)->data;
  float *y = kw__out(frame, node, 0)->data;
  int32_t *sum = kw__out(frame, node, 1)->data;
  hybrid_walk w = hybrid_walk_of(frame, node, depthwise);
  const int64_t line = w.width.in * w.channels;
  const int16_t *image = x->data;
  if (kw__out(frame, node, 0)->count == 0) return KW_OK;
  for (int64_t b = 0; b < x->size[0]; b++, image += w.height.in * line)
    for (int64_t row = 0; row < w.height.out; row++) {
      kw__part v = kw__part_inside(&w.height, row);
      for (int64_t column = 0; column < w.width.out; column++, y += w.outputs) {
        kw__part h = kw__part_inside(&w.width, column);
        for (int64_t o = 0; o < w.outputs; o++) sum[o] = 0;
        add(&w, image + v.at * line + h.at * w.channels, &v, &h, sum);
        finish_sums(&w, sum, scale[b], y);
      }
    }
  return KW_OK;
}

kw_status kw__run_hybrid_conv2d(kw__frame *frame, const kw__node *node) {
  return walk_hybrid(frame, node, false, add_window);
}

kw_status kw__run_hybrid_depthwise_conv2d(kw__frame *frame, const kw__node *node) {
  return walk_hybrid(frame, node, true, add_depthwise_window);
}
