/* Layers of networks: fully connected ones, convolutions, pools, images of other sizes.  Filters
 * are packed by a node of their own, which runs once where they are constants. */
#include <float.h>

#include "common.h"
#include "quantized.h"
#include "translation.h"

enum { SAME, STRIDE_WIDTH, STRIDE_HEIGHT }; /* fields that all with windows begin with */
enum { CONV_ACTIVATION = 3, CONV_DILATION_WIDTH, CONV_DILATION_HEIGHT };
enum { DEPTHWISE_ACTIVATION = 4, DEPTHWISE_DILATION_WIDTH, DEPTHWISE_DILATION_HEIGHT };
enum { POOL_WIDTH = 3, POOL_HEIGHT, POOL_ACTIVATION };
enum { TRANSPOSE_ACTIVATION = 3 };
enum { DENSE_ACTIVATION, DENSE_WEIGHTS_FORMAT, DENSE_KEEP_DIMS };
enum { FUSED_NONE, FUSED_RELU, FUSED_RELU_N1_TO_1, FUSED_RELU6 };

/* The first `needed` inputs and one output are there. */
static kw_status check_layer(kw__translation *t, const kw__tflite_op *op, int32_t needed) {
  bool complete = op->outputs == 1 && op->out[0] != KW__NONE;
  for (int32_t i = 0; i < needed; i++) complete = complete && op->in[i] != KW__NONE;
  return complete ? KW_OK
                  : kw__refuse_op(t, op, "%d inputs and %d outputs", op->inputs, op->outputs);
}

/* ---- fused activations: limits of the row, or a node behind it ---- */
typedef struct ending {
  uint32_t y;
  int32_t activation;
  double low, high;
} ending;

static ending begin_output(kw__translation *t, const kw__tflite_op *op, int32_t activation) {
  ending e = {op->out[0], FUSED_NONE, -(double)FLT_MAX, (double)FLT_MAX};
  if (activation == FUSED_RELU || activation == FUSED_RELU6) e.low = 0;
  if (activation == FUSED_RELU6) e.high = 6;
  if (activation == FUSED_RELU_N1_TO_1) e.low = -1, e.high = 1;
  if (activation < FUSED_NONE || activation > FUSED_RELU6) {
    e.activation = activation;
    e.y = kw__new_value(t);
  }
  return e;
}

static kw_status emit_layer(kw__translation *t, const kw__tflite_op *op, int32_t row,
                            const void *attributes, int32_t inputs, const uint32_t *in,
                            int32_t works, ending e) {
  uint32_t out[3] = {e.y};
  for (int32_t i = 0; i < works; i++) out[1 + i] = kw__new_value(t);
  kw_status status = kw__emit(t, row, attributes, inputs, in, 1 + works, out);
  if (status == KW_TYPE) return kw__refuse_types(t, op);
  if (status || e.activation == FUSED_NONE) return status;
  return kw__emit_activation(t, op, e.y, op->out[0], e.activation);
}

kw_status kw__lower_fully_connected(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = check_layer(t, op, 2);
  if (status) return status;
  if (kw__is_hybrid(t, op->in[0], op->in[1])) return kw__lower_fully_connected_hybrid(t, op);
  if (kw__value(t, op->in[0])->type == KW_I8) return kw__lower_fully_connected_i8(t, op);
  if (kw__option_byte(op, DENSE_WEIGHTS_FORMAT, 0))
    return kw__refuse_op(t, op, "weights in a format of their own");
  ending e = begin_output(t, op, kw__option_byte(op, DENSE_ACTIVATION, 0));
  kw__fully_connected_attributes a = {.present = 7,
                                      .keep_dims = kw__option_flag(op, DENSE_KEEP_DIMS, false),
                                      .low = e.low,
                                      .high = e.high};
  return emit_layer(t, op, KW__OP_fully_connected, &a, 3, op->in, 0, e);
}

/* ---- windows ---- */
typedef struct windows {
  int32_t height, width, dilation_height, dilation_width;
  bool same;
} windows;

/* Strides, which must be at least 1; dilations from the given fields, 0: none. */
static kw_status read_windows(kw__translation *t, const kw__tflite_op *op, int32_t dilation_width,
                              windows *out) {
  int32_t mode = kw__option_byte(op, SAME, 0);
  *out = (windows){.height = kw__option_int(op, STRIDE_HEIGHT, 0),
                   .width = kw__option_int(op, STRIDE_WIDTH, 0),
                   .dilation_height = 1,
                   .dilation_width = 1,
                   .same = mode == 0};
  if (dilation_width) {
    out->dilation_width = kw__option_int(op, dilation_width, 1);
    out->dilation_height = kw__option_int(op, dilation_width + 1, 1);
  }
  if (mode >= 0 && mode <= 1 && out->height > 0 && out->width > 0 && out->dilation_height > 0 &&
      out->dilation_width > 0)
    return KW_OK;
  return kw__refuse_op(t, op, "padding %d, strides %d and %d, dilations %d and %d", mode,
                       out->height, out->width, out->dilation_height, out->dilation_width);
}

/* Channels of x and sizes of the filters, which must be numbers; how many filters there are may be
 * one of the sizes that inputs have: then it stays as the file has it. */
static kw_status read_channels(kw__translation *t, const kw__tflite_op *op, int64_t *channels,
                               int64_t filters[4]) {
  const kw__tensor *x = kw__value(t, op->in[0]), *w = kw__value(t, op->in[1]);
  *channels = x->rank == 4 ? x->size[3] : -1;
  bool known = *channels >= 1 && w->rank == 4;
  for (int32_t d = 0; d < 4; d++) {
    filters[d] = d == 0 ? kw__fallback_of(t, w->size[0]) : w->size[d];
    known = known && filters[d] >= 1;
  }
  return known ? KW_OK : kw__refuse_op(t, op, "inputs without 4 dimensions or fixed channels");
}

/* Filters [outputs, height, width, depth] of groups of channels. */
static kw_status emit_convolution(kw__translation *t, const kw__tflite_op *op, uint32_t filters,
                                  int64_t outputs, int64_t groups, int32_t activation,
                                  const windows *w) {
  kw__pack_filters_attributes pack = {.present = 1, .groups = groups};
  uint32_t packed = kw__new_value(t);
  kw_status status = kw__emit(t, KW__OP_pack_filters, &pack, 1, &filters, 1, &packed);
  if (status) return status == KW_TYPE ? kw__refuse_types(t, op) : status;
  ending e = begin_output(t, op, activation);
  kw__conv2d_attributes a = {.present = 0x1FF,
                             .outputs = outputs,
                             .groups = groups,
                             .stride_height = w->height,
                             .stride_width = w->width,
                             .same = w->same,
                             .dilation_height = w->dilation_height,
                             .dilation_width = w->dilation_width,
                             .low = e.low,
                             .high = e.high};
  const uint32_t in[3] = {op->in[0], packed, op->in[2]};
  return emit_layer(t, op, KW__OP_conv2d, &a, 3, in, 2, e);
}

kw_status kw__lower_conv2d(kw__translation *t, const kw__tflite_op *op) {
  windows w;
  int64_t channels, filters[4];
  kw_status status = check_layer(t, op, 2);
  if (!status && kw__is_hybrid(t, op->in[0], op->in[1])) return kw__lower_conv2d_hybrid(t, op);
  if (!status) status = read_windows(t, op, CONV_DILATION_WIDTH, &w);
  if (!status) status = read_channels(t, op, &channels, filters);
  if (status) return status;
  if (channels % filters[3])
    return kw__refuse_op(t, op, "%d channels in groups of %d", (int)channels, (int)filters[3]);
  return emit_convolution(t, op, op->in[1], filters[0], channels / filters[3],
                          kw__option_byte(op, CONV_ACTIVATION, 0), &w);
}

/* Several outputs of each channel: a convolution of as many groups. */
static kw_status emit_multiplied(kw__translation *t, const kw__tflite_op *op, int64_t channels,
                                 int64_t outputs, const windows *w) {
  static const int64_t axes[4] = {3, 1, 2, 0};
  kw__transpose_attributes a = {.present = 1, .axes = kw__pool_ints(t, axes, 4)};
  uint32_t filters = kw__new_value(t);
  kw_status status = kw__emit(t, KW__OP_transpose, &a, 1, &op->in[1], 1, &filters);
  if (status) return status;
  return emit_convolution(t, op, filters, outputs, channels,
                          kw__option_byte(op, DEPTHWISE_ACTIVATION, 0), w);
}

kw_status kw__lower_depthwise_conv2d(kw__translation *t, const kw__tflite_op *op) {
  windows w;
  int64_t channels, filters[4];
  kw_status status = check_layer(t, op, 2);
  if (!status && kw__is_hybrid(t, op->in[0], op->in[1]))
    return kw__lower_depthwise_conv2d_hybrid(t, op);
  if (!status) status = read_windows(t, op, DEPTHWISE_DILATION_WIDTH, &w);
  if (!status) status = read_channels(t, op, &channels, filters);
  if (status) return status;
  if (filters[0] != 1 || filters[3] % channels)
    return kw__refuse_op(t, op, "%d channels for %d filters", (int)channels, (int)filters[3]);
  if (filters[3] != channels) return emit_multiplied(t, op, channels, filters[3], &w);
  ending e = begin_output(t, op, kw__option_byte(op, DEPTHWISE_ACTIVATION, 0));
  kw__depthwise_conv2d_attributes a = {.present = 0x7F,
                                       .stride_height = w.height,
                                       .stride_width = w.width,
                                       .same = w.same,
                                       .dilation_height = w.dilation_height,
                                       .dilation_width = w.dilation_width,
                                       .low = e.low,
                                       .high = e.high};
  return emit_layer(t, op, KW__OP_depthwise_conv2d, &a, 3, op->in, 0, e);
}

kw_status kw__lower_transpose_conv(kw__translation *t, const kw__tflite_op *op) {
  windows w;
  kw_status status = check_layer(t, op, 3);
  if (!status) status = read_windows(t, op, 0, &w);
  if (status) return status;
  ending e = begin_output(t, op, kw__option_byte(op, TRANSPOSE_ACTIVATION, 0));
  kw__transpose_conv_attributes a = {.present = 0x1F,
                                     .stride_height = w.height,
                                     .stride_width = w.width,
                                     .same = w.same,
                                     .low = e.low,
                                     .high = e.high};
  const uint32_t in[4] = {op->in[2], op->in[1], op->in[0], op->in[3]};
  return emit_layer(t, op, KW__OP_transpose_conv, &a, 4, in, 1, e);
}

kw_status kw__lower_pool2d(kw__translation *t, const kw__tflite_op *op) {
  windows w;
  int32_t height = kw__option_int(op, POOL_HEIGHT, 0), width = kw__option_int(op, POOL_WIDTH, 0);
  kw_status status = check_layer(t, op, 1);
  if (!status) status = read_windows(t, op, 0, &w);
  if (status) return status;
  if (height < 1 || width < 1) return kw__refuse_op(t, op, "windows of %d x %d", height, width);
  ending e = begin_output(t, op, kw__option_byte(op, POOL_ACTIVATION, 0));
  kw__max_pool2d_attributes a = {.present = 0x7F,
                                 .height = height,
                                 .width = width,
                                 .stride_height = w.height,
                                 .stride_width = w.width,
                                 .same = w.same,
                                 .low = e.low,
                                 .high = e.high}; /* as those of means */
  return emit_layer(t, op, op->row, &a, 1, op->in, 0, e);
}

/* ---- other sizes ---- */
kw_status kw__lower_resize(kw__translation *t, const kw__tflite_op *op) {
  int32_t field =
      op->row == KW__OP_resize_bilinear ? 2 : 0; /* behind two that are no longer used */
  kw__resize_bilinear_attributes a = {.present = 3,
                                      .align_corners = kw__option_flag(op, field, false),
                                      .half_pixel_centers = kw__option_flag(op, field + 1, false)};
  kw_status status = check_layer(t, op, 2);
  if (status) return status;
  if (a.align_corners && a.half_pixel_centers)
    return kw__refuse_op(t, op, "both align_corners and half_pixel_centers");
  return kw__emit_last(t, op, op->row, &a, 2, op->in);
}

kw_status kw__lower_blocks(kw__translation *t, const kw__tflite_op *op) {
  kw__space_to_depth_attributes a = {.present = 1, .block = kw__option_int(op, 0, 0)};
  kw_status status = check_layer(t, op, 1);
  if (status) return status;
  if (a.block < 1) return kw__refuse_op(t, op, "blocks of %d", (int)a.block);
  return kw__emit_last(t, op, op->row, &a, 1, op->in);
}
