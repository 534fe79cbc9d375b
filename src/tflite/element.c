/* Operators that work element by element: arithmetic with its fused activations, comparison, logic,
 * functions and activations.  Where NumPy's rows differ from LiteRT's kernels (NaN, infinity,
 * division), the rows of activation.def stand for them. */
#include <float.h>
#include <math.h>

#include "common.h"
#include "quantized.h"

/* ---- operators that are rows ---- */
kw_status kw__lower_function(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 1);
  return status ? status : kw__emit_last(t, op, op->row, NULL, 1, op->in);
}

kw_status kw__lower_pair(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 2);
  return status ? status : kw__emit_last(t, op, op->row, NULL, 2, op->in);
}

/* Without broadcasting. */
kw_status kw__lower_angle(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 2);
  if (status) return status;
  const kw__tensor *y = kw__value(t, op->in[0]), *x = kw__value(t, op->in[1]);
  bool agrees = y->rank == x->rank;
  for (int32_t d = 0; d < y->rank && agrees; d++)
    agrees = y->size[d] == x->size[d] || y->size[d] < 0 || x->size[d] < 0;
  if (!agrees) return kw__refuse_op(t, op, "inputs of different sizes");
  return kw__emit_last(t, op, KW__OP_arctan2, NULL, 2, op->in);
}

static bool is_real(const kw__translation *t, uint32_t id) {
  return kw__value(t, id)->type == KW_F32;
}

kw_status kw__lower_power(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 2);
  int32_t row = is_real(t, op->in[0]) ? KW__OP_power : KW__OP_int_power;
  return status ? status : kw__emit_last(t, op, row, NULL, 2, op->in);
}

kw_status kw__lower_square(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 1);
  const uint32_t in[] = {op->in[0], op->in[0]};
  return status ? status : kw__emit_last(t, op, KW__OP_multiply, NULL, 2, in);
}

kw_status kw__lower_squared_difference(kw__translation *t, const kw__tflite_op *op) {
  uint32_t apart[2];
  kw_status status = kw__check_inputs(t, op, 2);
  if (!status) status = kw__emit_step(t, op, KW__OP_subtract, NULL, 2, op->in, apart);
  apart[1] = apart[0];
  return status ? status : kw__emit_last(t, op, KW__OP_multiply, NULL, 2, apart);
}

/* ---- limits ---- */
static const struct {
  float low, high;
} limits_of[] = {[KW__FUSED_NONE] = {-FLT_MAX, FLT_MAX},
                 [KW__FUSED_RELU] = {0, FLT_MAX},
                 [KW__FUSED_RELU_N1_TO_1] = {-1, 1},
                 [KW__FUSED_RELU6] = {0, 6},
                 [KW__RELU_0_TO_1] = {0, 1}};

/* Infinity passes a RELU that is an operator of its own. */
kw_status kw__lower_clamp(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 1);
  kw__clamp_attributes a = {3, (double)limits_of[op->row].low, (double)limits_of[op->row].high};
  if (op->row == KW__FUSED_RELU) a.high = INFINITY;
  return status ? status : kw__emit_last(t, op, KW__OP_clamp, &a, 1, op->in);
}

kw_status kw__emit_activation(kw__translation *t, const kw__tflite_op *op, uint32_t from,
                              uint32_t to, int32_t fused) {
  if (fused == KW__FUSED_NONE) return kw__emit(t, KW__OP_copy, NULL, 1, &from, 1, &to);
  if (fused == KW__FUSED_TANH) {
    kw__activate_attributes a = {1, KW__TANH};
    return kw__emit(t, KW__OP_activate, &a, 1, &from, 1, &to);
  }
  if (fused < 0 || fused > KW__FUSED_TANH)
    return kw__refuse_op(t, op, "fused activation %d", fused);
  kw__clamp_attributes a = {3, (double)limits_of[fused].low, (double)limits_of[fused].high};
  return kw__emit(t, KW__OP_clamp, &a, 1, &from, 1, &to);
}

/* Of integers: limits as constants. */
static kw_status limit_integers(kw__translation *t, const kw__tflite_op *op, uint32_t from,
                                int32_t fused) {
  int32_t type = kw__value(t, from)->type;
  uint32_t in[3] = {from};
  if (type != KW_I32 && type != KW_I64) return kw__refuse_types(t, op);
  for (int32_t i = 0; i < 2; i++) {
    float limit = i ? limits_of[fused].high : limits_of[fused].low;
    int64_t wide = limit == FLT_MAX ? type == KW_I64 ? INT64_MAX : INT32_MAX : (int64_t)limit;
    int32_t narrow = (int32_t)wide;
    in[i + 1] = kw__scalar_constant(t, type, type == KW_I64 ? (void *)&wide : (void *)&narrow);
  }
  return kw__emit_last(t, op, KW__OP_clip, NULL, 3, in);
}

/* ---- arithmetic ---- */
static kw_status emit_arithmetic(kw__translation *t, const kw__tflite_op *op, int64_t operation,
                                 float low, float high, const uint32_t *in) {
  kw__arithmetic_attributes a = {7, operation, (double)low, (double)high};
  return kw__emit_last(t, op, KW__OP_arithmetic, &a, 2, in);
}

/* Ends the run where a divisor is 0. */
static kw_status check_divisor(kw__translation *t, const kw__tflite_op *op) {
  return kw__emit_check(t, op, KW__OP_check_divisor, op->in[1]);
}

/* int32 toward zero: float64 has the quotient to more than its whole part. */
static kw_status divide_integers(kw__translation *t, const kw__tflite_op *op) {
  uint32_t wide[] = {op->in[0], op->in[1]}, quotient;
  kw__cast_attributes to_f64 = {1, KW_F64}, to_i32 = {1, KW_I32};
  if (kw__value(t, wide[0])->type != KW_I32) return kw__refuse_types(t, op);
  kw_status status = check_divisor(t, op);
  for (int32_t i = 0; i < 2 && !status; i++)
    status = kw__emit_step(t, op, KW__OP_cast, &to_f64, 1, &wide[i], &wide[i]);
  if (!status) status = kw__emit_step(t, op, KW__OP_divide, NULL, 2, wide, &quotient);
  if (!status) status = kw__emit_step(t, op, KW__OP_trunc, NULL, 1, &quotient, &quotient);
  return status ? status : kw__emit_last(t, op, KW__OP_cast, &to_i32, 1, &quotient);
}

kw_status kw__lower_arithmetic(kw__translation *t, const kw__tflite_op *op) {
  static const int32_t integer_rows[] = {
      [KW__ADD] = KW__OP_add, [KW__SUBTRACT] = KW__OP_subtract, [KW__MULTIPLY] = KW__OP_multiply};
  int32_t fused = kw__option_byte(op, 0, KW__FUSED_NONE);
  kw_status status = kw__check_inputs(t, op, 2);
  if (status) return status;
  if (fused < 0 || fused >= KW__FUSED_TANH)
    return kw__refuse_op(t, op, "fused activation %d", fused);
  if (is_real(t, op->in[0]))
    return emit_arithmetic(t, op, op->row, limits_of[fused].low, limits_of[fused].high, op->in);
  kw__tflite_op unlimited = *op;
  uint32_t result = fused ? kw__new_value(t) : op->out[0];
  unlimited.out = &result;
  if (op->row == KW__DIVIDE)
    status = divide_integers(t, &unlimited);
  else
    status = kw__emit_last(t, &unlimited, integer_rows[op->row], NULL, 2, op->in);
  return status || !fused ? status : limit_integers(t, op, result, fused);
}

kw_status kw__lower_add_n(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 2);
  uint32_t sum[] = {op->in[0], KW__NONE};
  for (int32_t i = 1; i < op->inputs && !status; i++) {
    kw__tflite_op step = *op;
    uint32_t next = i == op->inputs - 1 ? op->out[0] : kw__new_value(t);
    step.out = &next;
    sum[1] = op->in[i];
    status = is_real(t, sum[0]) ? emit_arithmetic(t, &step, KW__ADD, -FLT_MAX, FLT_MAX, sum)
                                : kw__emit_last(t, &step, KW__OP_add, NULL, 2, sum);
    sum[0] = next;
  }
  return status;
}

/* The second where one is NaN. */
kw_status kw__lower_extreme(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 2);
  if (status) return status;
  if (is_real(t, op->in[0])) return emit_arithmetic(t, op, op->row, -INFINITY, INFINITY, op->in);
  int32_t row = op->row == KW__LARGER ? KW__OP_maximum : KW__OP_minimum;
  return kw__emit_last(t, op, row, NULL, 2, op->in);
}

kw_status kw__lower_floor_quotient(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 2);
  if (!status) status = check_divisor(t, op);
  if (status) return status;
  if (!is_real(t, op->in[0])) return kw__emit_last(t, op, KW__OP_floor_divide, NULL, 2, op->in);
  return emit_arithmetic(t, op, KW__FLOOR_QUOTIENT, -INFINITY, INFINITY, op->in);
}

/* Of floats NaN, where a divisor is 0. */
kw_status kw__lower_floor_remainder(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 2);
  if (!status && !is_real(t, op->in[0])) status = check_divisor(t, op);
  if (status) return status;
  return kw__emit_last(t, op, KW__OP_remainder, NULL, 2, op->in);
}

/* ---- activations ---- */
kw_status kw__lower_activate(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 1);
  kw__activate_attributes a = {1, op->row};
  if (status) return status;
  if (op->row == KW__LOGISTIC && kw__value(t, op->in[0])->type == KW_I8)
    return kw__lower_logistic_i8(t, op);
  if (op->row == KW__GELU && kw__option_flag(op, 0, false)) a.function = KW__GELU_BY_TANH;
  return kw__emit_last(t, op, KW__OP_activate, &a, 1, op->in);
}

/* PRELU has slopes as an input, LEAKY_RELU one as an option. */
kw_status kw__lower_leak(kw__translation *t, const kw__tflite_op *op) {
  bool is_option = op->row != 0;
  kw_status status = kw__check_inputs(t, op, is_option ? 1 : 2);
  if (status) return status;
  const float slope = kw__option_real(op, 0, 0);
  const uint32_t in[] = {op->in[0], is_option ? kw__scalar_constant(t, KW_F32, &slope) : op->in[1]};
  return emit_arithmetic(t, op, KW__LEAK, -INFINITY, INFINITY, in);
}

kw_status kw__lower_softmax(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 1);
  if (status) return status;
  if (kw__value(t, op->in[0])->type == KW_I8) return kw__lower_softmax_i8(t, op);
  kw__softmax_scaled_attributes a = {3, (double)kw__option_real(op, 0, 0), 0};
  if (!(a.beta >= 0 && a.beta <= 1e30)) return kw__refuse_op(t, op, "beta %g", a.beta);
  return kw__emit_last(t, op, KW__OP_softmax_scaled, &a, 1, op->in);
}

kw_status kw__lower_log_softmax(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_inputs(t, op, 1);
  kw__softmax_scaled_attributes a = {3, 1, 1};
  return status ? status : kw__emit_last(t, op, KW__OP_softmax_scaled, &a, 1, op->in);
}

kw_status kw__lower_l2_normalization(kw__translation *t, const kw__tflite_op *op) {
  int32_t fused = kw__option_byte(op, 0, KW__FUSED_NONE);
  if (fused != KW__FUSED_NONE) return kw__refuse_op(t, op, "fused activation %d", fused);
  kw_status status = kw__check_inputs(t, op, 1);
  return status ? status : kw__emit_last(t, op, KW__OP_l2_normalize, NULL, 1, op->in);
}
