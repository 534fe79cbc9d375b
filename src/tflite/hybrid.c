/* Layers of float values whose weights are int8: values become integers at every run, each row with
 * a scale of its own, as the reference kernels do it. */
#include "quantized.h"
#include "translation.h"

/* Fields of the options of BATCH_MATMUL. */
enum { PRODUCT_ADJOINT_LEFT, PRODUCT_ADJOINT_RIGHT, PRODUCT_ASYMMETRIC };

bool kw__is_hybrid(const kw__translation *t, uint32_t values, uint32_t weights) {
  uint8_t type = kw__value(t, weights)->type;
  return kw__value(t, values)->type == KW_F32 && (type == KW_I8 || type == KW_U8);
}

kw_status kw__constant_of_i8(kw__translation *t, const kw__tflite_op *op, uint32_t *id) {
  const kw__tensor w = *kw__value(t, *id);
  if (!w.data)
    return kw__refuse_op(t, op, "weights of %s that are computed", kw__type_name(w.type));
  if (w.type == KW_U8) *id = kw__new_constant(t, KW_I8, w.rank, w.size, w.data);
  return KW_OK;
}

/* x as integers and their scales, one for what lies along `axis` and behind. */
static kw_status quantize_rows(kw__translation *t, uint32_t x, int64_t axis, bool asymmetric,
                               uint32_t out[2]) {
  kw__quantize_rows_attributes a = {.present = 3, .axis = axis, .asymmetric = asymmetric};
  out[0] = kw__new_value(t);
  out[1] = kw__new_value(t);
  return kw__emit(t, KW__OP_quantize_rows, &a, 1, &x, 2, out);
}

kw_status kw__lower_fully_connected_hybrid(kw__translation *t, const kw__tflite_op *op) {
  const kw__tensor *w = kw__value(t, op->in[1]);
  if (w->rank != 2 || kw__option_byte(op, KW__DENSE_WEIGHTS_FORMAT, 0) || op->outputs != 1 ||
      op->out[0] == KW__NONE)
    return kw__refuse_op(t, op, "weights in another format");
  int32_t activation = kw__option_byte(op, KW__DENSE_ACTIVATION, 0);
  uint32_t x = op->in[0], in[5] = {0, 0, op->in[1], 0, op->in[2]}, out[2] = {op->out[0]};
  kw_status status = kw__weights_scale(t, op, op->in[1], 0, &in[3]);
  if (!status) status = kw__constant_of_i8(t, op, &in[2]);
  if (!status) status = kw__flatten_rows(t, op, kw__value(t, op->in[1])->size[1], &x);
  const int64_t rank = kw__value(t, x)->rank;
  if (!status && rank < 2) return kw__refuse_op(t, op, "values without rows");
  bool asymmetric = kw__option_flag(op, KW__DENSE_ASYMMETRIC, false);
  if (!status) status = quantize_rows(t, x, rank - 1, asymmetric, in);
  if (activation) out[0] = kw__new_value(t);
  out[1] = kw__new_value(t);
  if (!status) status = kw__emit(t, KW__OP_hybrid_dense, NULL, 5, in, 2, out);
  return status || !activation ? status
                               : kw__emit_activation(t, op, out[0], op->out[0], activation);
}

/* ---- CONV_2D, DEPTHWISE_CONV_2D ---- */
typedef struct window_options {
  int32_t padding, stride_width, stride_height, activation, dilation_width, dilation_height;
} window_options;

static window_options read_window(const kw__tflite_op *op, bool depthwise) {
  const int32_t shift = depthwise; /* behind the strides stands the depth multiplier */
  return (window_options){.padding = kw__option_byte(op, 0, 0),
                          .stride_width = kw__option_int(op, 1, 0),
                          .stride_height = kw__option_int(op, 2, 0),
                          .activation = kw__option_byte(op, 3 + shift, 0),
                          .dilation_width = kw__option_int(op, 4 + shift, 1),
                          .dilation_height = kw__option_int(op, 5 + shift, 1)};
}

static bool are_equal(const kw__quantization *q) {
  for (int32_t i = 1; i < q->count; i++)
    if (q->scale[i] != q->scale[0]) return false;
  return true;
}

/* Integers are asymmetric where channels have scales that differ, or are convolved in groups: then
 * the reference kernels read a scale for each channel, whether there is one or not. */
static kw_status lower_convolution(kw__translation *t, const kw__tflite_op *op, bool depthwise) {
  const kw__tensor *x = kw__value(t, op->in[0]), *w = kw__value(t, op->in[1]);
  const window_options o = read_window(op, depthwise);
  if (x->rank != 4 || w->rank != 4 || op->outputs != 1 || op->out[0] == KW__NONE)
    return kw__refuse_op(t, op, "values or filters without four dimensions");
  if (o.padding < 0 || o.padding > 1 || o.stride_width < 1 || o.stride_height < 1 ||
      o.dilation_width < 1 || o.dilation_height < 1)
    return kw__refuse_op(t, op, "padding %d, or a stride or dilation below 1", o.padding);
  const kw__quantization *q = kw__value_quantization(t, op->in[1]);
  const int32_t axis = depthwise ? 3 : 0;
  bool each = depthwise || x->size[3] != w->size[3];
  if (each && q->count != w->size[axis])
    return kw__refuse_op(t, op, "%d scales for %d channels", q->count, (int32_t)w->size[axis]);
  bool asymmetric = each || !are_equal(q);
  kw__hybrid_conv2d_attributes a = {.present = 31,
                                    .stride_height = o.stride_height,
                                    .stride_width = o.stride_width,
                                    .same = o.padding == 0,
                                    .dilation_height = o.dilation_height,
                                    .dilation_width = o.dilation_width};
  uint32_t in[5] = {0, 0, op->in[1], 0, op->in[2]}, out[2] = {op->out[0]};
  kw_status status = kw__weights_scale(t, op, op->in[1], axis, &in[3]);
  if (!status) status = kw__constant_of_i8(t, op, &in[2]);
  if (!status) status = quantize_rows(t, op->in[0], 1, asymmetric, in);
  if (o.activation) out[0] = kw__new_value(t);
  out[1] = kw__new_value(t);
  const int32_t row = depthwise ? KW__OP_hybrid_depthwise_conv2d : KW__OP_hybrid_conv2d;
  if (!status) status = kw__emit(t, row, &a, 5, in, 2, out);
  return status || !o.activation ? status
                                 : kw__emit_activation(t, op, out[0], op->out[0], o.activation);
}

kw_status kw__lower_conv2d_hybrid(kw__translation *t, const kw__tflite_op *op) {
  return lower_convolution(t, op, false);
}

kw_status kw__lower_depthwise_conv2d_hybrid(kw__translation *t, const kw__tflite_op *op) {
  return lower_convolution(t, op, true);
}

/* ---- BATCH_MATMUL ---- */
/* Matrices [n, m], or their transposes, one after the other as rows of n. */
static kw_status lay_out_matrices(kw__translation *t, bool adjoint, uint32_t *id) {
  const kw__tensor w = *kw__value(t, *id);
  const int64_t height = w.size[w.rank - 2], width = w.size[w.rank - 1];
  const int64_t n = adjoint ? width : height, size[] = {n ? w.count / n : 0, n};
  if (adjoint && w.rank == 2) return KW_OK;
  int8_t *out = kw__resize(&t->model->memory, NULL, 0, (size_t)w.count + 1);
  if (!out) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for weights");
  const int8_t *in = w.data;
  for (int64_t i = 0; i < w.count; i++) {
    int64_t at = i % (height * width), matrix = i - at;
    out[adjoint ? i : matrix + at % width * height + at / width] = in[i];
  }
  *id = kw__new_constant(t, KW_I8, 2, size, out);
  kw__resize(&t->model->memory, out, (size_t)w.count + 1, 0);
  return t->status;
}

/* How many matrices the weights hold, one for each index of the axis before the last two; 0: not
 * so. Where two leading axes are longer than 1, the reference kernels take other rows' scales. */
static int64_t count_matrices(const kw__translation *t, const kw__tensor *x, const kw__tensor *w,
                              bool adjoint_left) {
  int32_t extra = x->rank - w->rank, long_axes = 0, last = x->rank - 3;
  if (extra < 0) return 0;
  int64_t matrices = w->rank > 2 ? w->size[w->rank - 3] : 1;
  bool joins_rows = !adjoint_left && w->rank > 2 && matrices == 1;
  for (int32_t d = 0; d <= last; d++) {
    if (d < last && d >= extra && w->size[d - extra] != 1) return 0;
    long_axes += kw__fallback_of(t, x->size[d]) != 1 && !(joins_rows && d == last);
  }
  if (matrices != 1 && x->size[last] >= 0 && x->size[last] != matrices) return 0;
  return long_axes > 1 ? 0 : matrices;
}

kw_status kw__lower_hybrid_product(kw__translation *t, const kw__tflite_op *op, uint32_t values) {
  const kw__tensor *x = kw__value(t, op->in[0]), *w = kw__value(t, op->in[1]);
  bool left = kw__option_flag(op, PRODUCT_ADJOINT_LEFT, false);
  bool right = kw__option_flag(op, PRODUCT_ADJOINT_RIGHT, false);
  bool asymmetric = kw__option_flag(op, PRODUCT_ASYMMETRIC, false);
  const int32_t rank = x->rank, outputs_axis = w->rank - (right ? 2 : 1);
  if (rank < 2 || w->rank < 2) return kw__refuse_op(t, op, "values that are no matrices");
  kw__hybrid_dense_attributes a = {.present = 1, .groups = count_matrices(t, x, w, left)};
  if (!a.groups) return kw__refuse_op(t, op, "weights of int8 with such leading sizes");
  uint32_t in[5] = {0, 0, op->in[1], 0, KW__NONE}, out[2] = {op->out[0]};
  kw_status status = kw__weights_scale(t, op, op->in[1], outputs_axis, &in[3]);
  if (!status) status = kw__constant_of_i8(t, op, &in[2]);
  if (!status) status = lay_out_matrices(t, right, &in[2]);
  if (!status) status = quantize_rows(t, values, rank - 1, asymmetric, in);
  out[1] = kw__new_value(t);
  return status ? status : kw__emit(t, KW__OP_hybrid_dense, &a, 5, in, 2, out);
}
