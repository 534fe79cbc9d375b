/* QUANTIZE, DEQUANTIZE, and the layers that are int8 throughout: what scales and zero points imply
 * is computed here, so that kernels get multipliers, limits and tables. */
#include "quantized.h"

#include <math.h>

#include "../ops/fixed.h"
#include "../ops/libm.h"
#include "../ops/plan.h"
#include "translation.h"

/* ---- what files say of scales ---- */
static bool is_type(const kw__translation *t, uint32_t id, int32_t type) {
  return id != KW__NONE && kw__value(t, id)->type == type;
}

static bool is_sound_scale(float scale) { return scale > 0 && scale <= 3.4e38f; }

/* Of int32, which only sums and indices have, any zero point. */
static bool fits(int64_t zero, int32_t type) {
  switch (type) {
    case KW_I8:
      return zero >= INT8_MIN && zero <= INT8_MAX;
    case KW_U8:
      return zero >= 0 && zero <= UINT8_MAX;
    case KW_I16:
      return zero >= INT16_MIN && zero <= INT16_MAX;
    default:
      return type == KW_I32 && zero >= INT32_MIN && zero <= INT32_MAX;
  }
}

bool kw__find_scale(const kw__translation *t, uint32_t id, float *scale, int32_t *zero) {
  const kw__quantization *q = kw__value_quantization(t, id);
  if (q->count != 1 || !is_sound_scale(q->scale[0]) ||
      !fits(q->zero_point[0], kw__value(t, id)->type))
    return false;
  *scale = q->scale[0];
  *zero = (int32_t)q->zero_point[0];
  return true;
}

static kw_status check_weights_scale(kw__translation *t, const kw__tflite_op *op, uint32_t weights,
                                     int32_t axis) {
  const kw__quantization *q = kw__value_quantization(t, weights);
  const kw__tensor *w = kw__value(t, weights);
  if (q->count < 1 || (q->count > 1 && (q->axis != axis || q->count != w->size[axis])))
    return kw__refuse_op(t, op, "weights with %d scales along axis %d", q->count, q->axis);
  for (int32_t i = 0; i < q->count; i++)
    if (!is_sound_scale(q->scale[i]))
      return kw__refuse_op(t, op, "weights with a scale of %g", (double)q->scale[i]);
  return KW_OK;
}

kw_status kw__weights_scale(kw__translation *t, const kw__tflite_op *op, uint32_t weights,
                            int32_t axis, uint32_t *out) {
  const kw__quantization *q = kw__value_quantization(t, weights);
  const int64_t size = q->count;
  kw_status status = check_weights_scale(t, op, weights, axis);
  if (!status) *out = kw__new_constant(t, KW_F32, 1, &size, q->scale);
  return status ? status : t->status;
}

/* ---- QUANTIZE, DEQUANTIZE ---- */
/* Scales and zero points as constants, for all or along an axis. */
static kw_status scale_constants(kw__translation *t, const kw__tflite_op *op, uint32_t id,
                                 int32_t type, uint32_t out[2]) {
  const kw__quantization *q = kw__value_quantization(t, id);
  const int64_t count = q->count;
  if (count < 1) return kw__refuse_op(t, op, "no scale");
  for (int64_t i = 0; i < count; i++)
    if (!is_sound_scale(q->scale[i]) || !fits(q->zero_point[i], type))
      return kw__refuse_op(t, op, "a scale of %g with zero point %lld", (double)q->scale[i],
                           (long long)q->zero_point[i]);
  out[0] = kw__new_constant(t, KW_F32, 1, &count, q->scale);
  if (t->status) return t->status;
  size_t bytes = (size_t)count * sizeof(int32_t);
  int32_t *zero = kw__resize(&t->model->memory, NULL, 0, bytes);
  if (!zero) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for zero points");
  q = kw__value_quantization(t, id);
  for (int64_t i = 0; i < count; i++) zero[i] = (int32_t)q->zero_point[i];
  out[1] = kw__new_constant(t, KW_I32, 1, &count, zero);
  kw__resize(&t->model->memory, zero, bytes, 0);
  return t->status;
}

/* real as multiplier 2^(shift - 31) with 2^30 <= multiplier < 2^31; what is too small is 0. */
static bool split_multiplier(double real, int64_t *multiplier, int64_t *shift) {
  int exponent;
  int64_t fraction = kw__round_away(frexp(real, &exponent) * 0x1p31);
  if (fraction == (int64_t)1 << 31) {
    fraction /= 2;
    exponent++;
  }
  if (exponent < -31) fraction = exponent = 0;
  *multiplier = fraction;
  *shift = exponent;
  return real > 0 && exponent <= 30;
}

static kw_status lower_requantize(kw__translation *t, const kw__tflite_op *op) {
  const int32_t from = kw__value(t, op->in[0])->type, to = kw__value(t, op->out[0])->type;
  bool taken = from == KW_I32   ? to == KW_I8 || to == KW_I16
               : from == KW_I16 ? to == KW_I8 || to == KW_I16 || to == KW_I32
                                : (from == KW_I8 || from == KW_U8) &&
                                      (to == KW_I8 || to == KW_U8 || to == KW_I16);
  if (!taken) return kw__refuse_types(t, op);
  float x_scale, y_scale;
  int32_t x_zero, y_zero;
  kw__requantize_attributes a = {.present = 31, .to = to};
  if (!kw__find_scale(t, op->in[0], &x_scale, &x_zero) ||
      !kw__find_scale(t, op->out[0], &y_scale, &y_zero) ||
      !split_multiplier((double)x_scale / (double)y_scale, &a.multiplier, &a.shift) ||
      (from == KW_I16 && to == KW_I16 && (x_zero || y_zero)))
    return kw__refuse_op(t, op, "scales or zero points that no kernel takes");
  a.x_zero = x_zero;
  a.y_zero = y_zero;
  return kw__emit(t, KW__OP_requantize, &a, 1, op->in, 1, op->out);
}

kw_status kw__lower_quantize(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 1);
  if (status) return status;
  const kw__tensor *x = kw__value(t, op->in[0]);
  const int32_t to = kw__value(t, op->out[0])->type;
  if (x->type != KW_F32) return lower_requantize(t, op);
  if (to != KW_I8 && to != KW_U8 && to != KW_I16) return kw__refuse_types(t, op);
  const kw__quantization *q = kw__value_quantization(t, op->out[0]);
  if (q->axis < 0 || q->axis >= KW_MAX_RANK) return kw__refuse_op(t, op, "axis %d", q->axis);
  kw__quantize_attributes a = {.present = 3, .to = to, .axis = q->axis};
  uint32_t in[3] = {op->in[0]};
  status = scale_constants(t, op, op->out[0], to, in + 1);
  return status ? status : kw__emit(t, KW__OP_quantize, &a, 3, in, 1, op->out);
}

kw_status kw__lower_dequantize(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 1);
  if (status) return status;
  const kw__tensor *x = kw__value(t, op->in[0]);
  const kw__quantization *q = kw__value_quantization(t, op->in[0]);
  if (!is_type(t, op->out[0], KW_F32)) return kw__refuse_types(t, op);
  if (x->type == KW_F16) return kw__emit(t, KW__OP_widen_f16, NULL, 1, op->in, 1, op->out);
  if (x->type != KW_I8 && x->type != KW_U8 && x->type != KW_I16) return kw__refuse_types(t, op);
  if (q->axis < 0 || q->axis >= KW_MAX_RANK) return kw__refuse_op(t, op, "axis %d", q->axis);
  kw__dequantize_attributes a = {.present = 1, .axis = q->axis};
  uint32_t in[3] = {op->in[0]};
  status = scale_constants(t, op, op->in[0], x->type, in + 1);
  return status ? status : kw__emit(t, KW__OP_dequantize, &a, 3, in, 1, op->out);
}

/* ---- layers ---- */
kw_status kw__flatten_rows(kw__translation *t, const kw__tflite_op *op, int64_t n,
                           uint32_t *values) {
  const kw__tensor *x = kw__value(t, *values);
  if (kw__option_flag(op, KW__DENSE_KEEP_DIMS, false) ||
      (x->rank == 2 && (x->size[1] == n || x->size[1] < 0)))
    return KW_OK;
  const int64_t sizes[] = {-1, n};
  kw__reshape_attributes a = {.present = 1, .sizes = kw__pool_ints(t, sizes, 2)};
  uint32_t from = *values;
  *values = kw__new_value(t);
  return kw__emit(t, KW__OP_reshape, &a, 1, &from, 1, values);
}

/* round(x / scale) + zero as an int8 */
static int8_t to_integer(float x, float scale, int32_t zero) {
  float low = (float)(INT8_MIN - zero), high = (float)(INT8_MAX - zero);
  return (int8_t)(zero + kw__round_limited(x / scale, low, high));
}

/* The least and the largest integer that a fused activation lets through. */
static bool limit_activation(int32_t activation, float scale, int32_t zero, int64_t *low,
                             int64_t *high) {
  *low = INT8_MIN;
  *high = INT8_MAX;
  if (activation < KW__FUSED_NONE || activation > KW__FUSED_RELU6) return false;
  float least = activation == KW__FUSED_RELU_N1_TO_1 ? -1 : 0;
  float most = activation == KW__FUSED_RELU_N1_TO_1 ? 1 : 6;
  if (activation != KW__FUSED_NONE) *low = to_integer(least, scale, zero);
  if (activation > KW__FUSED_RELU) *high = to_integer(most, scale, zero);
  return true;
}

/* x scale times weights scale over y scale, for each scale of the weights. */
static kw_status output_scales(kw__translation *t, const kw__tflite_op *op, float x_scale,
                               float y_scale, uint32_t *out) {
  const kw__quantization *q = kw__value_quantization(t, op->in[1]);
  const int64_t count = q->count;
  size_t bytes = (size_t)count * sizeof(double);
  double *scale = kw__resize(&t->model->memory, NULL, 0, bytes);
  if (!scale) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for scales");
  for (int64_t i = 0; i < count; i++)
    scale[i] = (double)x_scale * (double)q->scale[i] / (double)y_scale;
  *out = kw__new_constant(t, KW_F64, 1, &count, scale);
  kw__resize(&t->model->memory, scale, bytes, 0);
  return t->status;
}

kw_status kw__lower_fully_connected_i8(kw__translation *t, const kw__tflite_op *op) {
  if (!is_type(t, op->in[0], KW_I8) || !is_type(t, op->in[1], KW_I8) || op->outputs != 1 ||
      !is_type(t, op->out[0], KW_I8) || (op->in[2] != KW__NONE && !is_type(t, op->in[2], KW_I32)))
    return kw__refuse_types(t, op);
  const kw__tensor *weights = kw__value(t, op->in[1]);
  if (weights->rank != 2 || kw__option_byte(op, KW__DENSE_WEIGHTS_FORMAT, 0))
    return kw__refuse_op(t, op, "weights in another format");
  const int64_t n = weights->size[1];
  uint32_t in[4] = {op->in[0], op->in[1], op->in[2]}, out[3] = {op->out[0]};
  kw_status status = check_weights_scale(t, op, op->in[1], 0);
  if (status) return status;
  float x_scale, y_scale;
  int32_t x_zero, y_zero;
  const kw__quantization *q = kw__value_quantization(t, op->in[1]);
  const int64_t weights_zero = q->count == 1 ? q->zero_point[0] : 0;
  kw__dense_i8_attributes a = {.present = 31, .weights_zero = weights_zero};
  if (!kw__find_scale(t, op->in[0], &x_scale, &x_zero) || !fits(weights_zero, KW_I8) ||
      !kw__find_scale(t, op->out[0], &y_scale, &y_zero) ||
      !limit_activation(kw__option_byte(op, KW__DENSE_ACTIVATION, 0), y_scale, y_zero, &a.low,
                        &a.high))
    return kw__refuse_op(t, op, "scales, zero points or a fused activation that no kernel takes");
  a.x_zero = x_zero;
  a.y_zero = y_zero;
  status = output_scales(t, op, x_scale, y_scale, &in[3]);
  if (!status) status = kw__flatten_rows(t, op, n, &in[0]);
  for (int32_t i = 1; i < 3; i++) out[i] = kw__new_value(t);
  return status ? status : kw__emit(t, KW__OP_dense_i8, &a, 4, in, 3, out);
}

kw_status kw__lower_softmax_i8(kw__translation *t, const kw__tflite_op *op) {
  if (!is_type(t, op->out[0], KW_I8)) return kw__refuse_types(t, op);
  float x_scale, y_scale;
  int32_t x_zero, y_zero;
  kw__softmax_i8_attributes a = {.present = 7};
  double beta = (double)kw__option_real(op, 0, 0);
  if (!kw__find_scale(t, op->in[0], &x_scale, &x_zero) ||
      !kw__find_scale(t, op->out[0], &y_scale, &y_zero) || y_zero != -128 ||
      fabs((double)y_scale * 256 - 1) > 0.001 || !(beta > 0))
    return kw__refuse_op(t, op, "a scale or zero point that no kernel takes");
  const double one = 0x1p26, real = beta * (double)x_scale * one;
  if (!(real > 1)) return kw__refuse_op(t, op, "a scale of %g", (double)x_scale);
  split_multiplier(real < INT32_MAX ? real : INT32_MAX, &a.multiplier, &a.shift);
  double radius = floor(31 * one / (double)((int64_t)1 << a.shift)); /* of exp's argument: 31 */
  a.lowest = radius < 255 ? -(int64_t)radius : -255;
  return kw__emit(t, KW__OP_softmax_i8, &a, 1, op->in, 1, op->out);
}

kw_status kw__lower_logistic_i8(kw__translation *t, const kw__tflite_op *op) {
  if (!is_type(t, op->out[0], KW_I8)) return kw__refuse_types(t, op);
  float x_scale, y_scale;
  int32_t x_zero, y_zero;
  if (!kw__find_scale(t, op->in[0], &x_scale, &x_zero) ||
      !kw__find_scale(t, op->out[0], &y_scale, &y_zero) || y_scale != 0x1p-8f)
    return kw__refuse_op(t, op, "a scale or zero point that no kernel takes");
  int8_t table[256];
  for (int32_t x = INT8_MIN; x <= INT8_MAX; x++) {
    float y = 1 / (1 + (float)kw__exp((double)-(x_scale * (float)(x - x_zero))));
    table[x - INT8_MIN] = to_integer(y, y_scale, y_zero);
  }
  const int64_t size = 256;
  uint32_t in[2] = {op->in[0], kw__new_constant(t, KW_I8, 1, &size, table)};
  return kw__emit(t, KW__OP_look_up, NULL, 2, in, 1, op->out);
}
