/* Images of other sizes: resized by the formulas of TensorFlow Lite's reference kernels, in their
 * order and in float32; blocks of places as channels, and back. */
#include <inttypes.h>
#include <math.h>

#include "shape.h"

/* ---- resizing: both rows have the same attributes ---- */
typedef kw__resize_bilinear_attributes resize_options;

kw_status kw__plan_resize(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *size = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  const int32_t *sizes = size->data;
  y->size[1] = y->size[2] = KW__UNKNOWN;
  frame->may_raise |= !sizes || x->size[1] <= 0 || x->size[2] <= 0;
  for (int32_t d = 0; sizes && size->count == 2 && d < 2; d++) {
    if (sizes[d] < 0 || (sizes[d] > 0 && x->size[d + 1] == 0))
      return kw__raise(frame, node, "ValueError", "cannot resize %" PRId64 " to %d", x->size[d + 1],
                       sizes[d]);
    y->size[d + 1] = sizes[d];
  }
  return KW_OK;
}

/* How far the input moves with each step of the output. */
static float scale_of(const resize_options *o, int64_t in, int64_t out) {
  return o->align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
}

static int64_t clamp_place(float place, int64_t in) {
  return place < 0 ? 0 : place > (float)(in - 1) ? in - 1 : (int64_t)place;
}

typedef struct between {
  int64_t lower, upper;
  float share; /* of the upper one */
} between;

static between place_between(const resize_options *o, int64_t i, int64_t in, int64_t out) {
  float scale = scale_of(o, in, out),
        place = o->half_pixel_centers ? ((float)i + 0.5F) * scale - 0.5F : (float)i * scale;
  between b = {clamp_place(floorf(place), in), clamp_place(ceilf(place), in), 0};
  b.share = place - (float)b.lower;
  return b;
}

static void mix(const float *image, int64_t line, int64_t depth, between v, between h, float *y) {
  const float *from = image + v.lower * line + h.lower * depth;
  int64_t down = (v.upper - v.lower) * line, right = (h.upper - h.lower) * depth;
  for (int64_t c = 0; c < depth; c++)
    y[c] = from[c] * (1 - v.share) * (1 - h.share) + from[c + down] * v.share * (1 - h.share) +
           from[c + right] * (1 - v.share) * h.share + from[c + down + right] * v.share * h.share;
}

kw_status kw__run_resize_bilinear(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  const int64_t *in = x->size, *out = y->size;
  int64_t depth = in[3], line = in[2] * depth;
  float *to = y->data;
  if (y->count == 0) return KW_OK;
  for (int64_t image = 0; image < in[0]; image++)
    for (int64_t row = 0; row < out[1]; row++) {
      between v = place_between(node->attributes, row, in[1], out[1]);
      for (int64_t column = 0; column < out[2]; column++, to += depth)
        mix((const float *)x->data + image * in[1] * line, line, depth, v,
            place_between(node->attributes, column, in[2], out[2]), to);
    }
  return KW_OK;
}

static int64_t nearest(const resize_options *o, int64_t i, int64_t in, int64_t out) {
  float place = ((float)i + (o->half_pixel_centers ? 0.5F : 0.0F)) * scale_of(o, in, out);
  return clamp_place(o->align_corners ? roundf(place) : floorf(place), in);
}

kw_status kw__run_resize_nearest_neighbor(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  const int64_t *in = x->size, *out = y->size;
  if (y->count == 0) return KW_OK;
  size_t block = (size_t)in[3] * kw__type_bytes(x->type);
  char *to = y->data;
  for (int64_t image = 0; image < in[0]; image++)
    for (int64_t row = 0; row < out[1]; row++) {
      int64_t line = (image * in[1] + nearest(node->attributes, row, in[1], out[1])) * in[2];
      for (int64_t column = 0; column < out[2]; column++, to += block) {
        int64_t place = line + nearest(node->attributes, column, in[2], out[2]);
        memcpy(to, (const char *)x->data + (size_t)place * block, block);
      }
    }
  return KW_OK;
}

/* ---- blocks of places ---- */
static kw_status refuse_blocks(kw__frame *frame, const kw__node *node, int64_t block) {
  const int64_t *size = kw__in(frame, node, 0)->size;
  return kw__refuse(frame, node, KW_SHAPE,
                    "%" PRId64 " x %" PRId64 " places with %" PRId64
                    " channels have no blocks of %" PRId64,
                    size[1], size[2], size[3], block);
}

static int64_t multiply_known(int64_t size, int64_t by) {
  return by == 1 ? size : kw__count((const int64_t[]){size, by}, 2);
}

static int64_t divide_known(int64_t size, int64_t by) {
  return by == 1 ? size : size < 0 ? KW__UNKNOWN : size / by;
}

kw_status kw__plan_space_to_depth(kw__frame *frame, const kw__node *node) {
  int64_t block = KW__ATTRIBUTES(space_to_depth, node)->block;
  const int64_t *in = kw__in(frame, node, 0)->size;
  int64_t *out = kw__out(frame, node, 0)->size;
  for (int32_t d = 1; d < 3; d++) {
    out[d] = divide_known(in[d], block);
    if (in[d] > 0 && in[d] % block) return refuse_blocks(frame, node, block);
  }
  out[3] = multiply_known(multiply_known(in[3], block), block);
  return in[3] >= 0 && out[3] < 0 ? refuse_blocks(frame, node, block) : KW_OK;
}

kw_status kw__plan_depth_to_space(kw__frame *frame, const kw__node *node) {
  int64_t block = KW__ATTRIBUTES(depth_to_space, node)->block;
  const int64_t *in = kw__in(frame, node, 0)->size;
  int64_t *out = kw__out(frame, node, 0)->size;
  out[3] = divide_known(divide_known(in[3], block), block);
  if (in[3] > 0 && (in[3] % block || in[3] / block % block))
    return refuse_blocks(frame, node, block);
  for (int32_t d = 1; d < 3; d++) {
    out[d] = multiply_known(in[d], block);
    if (in[d] >= 0 && out[d] < 0) return refuse_blocks(frame, node, block);
  }
  return KW_OK;
}

/* y, seen with six axes, takes x in these steps of elements. */
static kw_status copy_blocks(const kw__tensor *x, const kw__tensor *y, const int64_t size[6],
                             int64_t step[6]) {
  kw__tensor seen = {.data = y->data, .type = y->type, .rank = 6};
  if (y->count == 0) return KW_OK;
  for (int32_t d = 0; d < 6; d++) {
    seen.size[d] = size[d];
    step[d] *= (int64_t)kw__type_bytes(y->type);
  }
  kw__copy_steps(&seen, x->data, step);
  return KW_OK;
}

kw_status kw__run_space_to_depth(kw__frame *frame, const kw__node *node) {
  int64_t s = KW__ATTRIBUTES(space_to_depth, node)->block;
  const kw__tensor *x = kw__in(frame, node, 0), *y = kw__out(frame, node, 0);
  int64_t c = x->size[3], line = x->size[2] * c;
  return copy_blocks(x, y, (const int64_t[6]){y->size[0], y->size[1], y->size[2], s, s, c},
                     (int64_t[6]){x->size[1] * line, s * line, s * c, line, c, 1});
}

kw_status kw__run_depth_to_space(kw__frame *frame, const kw__node *node) {
  int64_t s = KW__ATTRIBUTES(depth_to_space, node)->block;
  const kw__tensor *x = kw__in(frame, node, 0), *y = kw__out(frame, node, 0);
  int64_t c = y->size[3], h = x->size[1], w = x->size[2], place = x->size[3];
  return copy_blocks(x, y, (const int64_t[6]){y->size[0], h, s, w, s, c},
                     (int64_t[6]){h * w * place, w * place, s * c, place, c, 1});
}
