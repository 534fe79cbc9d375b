/* Operators along axes: sums, means, extremes and their places, running sums, matrix products. */
#include "common.h"
#include "quantized.h"

/* The axes, each once. */
static kw_status collect_axes(kw__translation *t, const kw__tflite_op *op, kw__ints_slot *axes) {
  int64_t value[2 * KW_MAX_RANK], axis;
  int32_t count, rank = kw__value(t, op->in[0])->rank, kept = 0;
  uint32_t seen = 0;
  if (!kw__read_ints(t, op->in[1], value, 2 * KW_MAX_RANK, &count))
    return kw__refuse_op(t, op, "its axes are known only at a run");
  for (int32_t i = 0; i < count; i++) {
    kw_status status = kw__take_axis(t, op, value[i], rank, &axis);
    if (status) return status;
    if (!(seen >> axis & 1)) value[kept++] = axis;
    seen |= 1u << axis;
  }
  *axes = kw__pool_ints(t, value, kept);
  return KW_OK;
}

static kw_status convert_last(kw__translation *t, const kw__tflite_op *op, uint32_t from,
                              int32_t type) {
  kw__cast_attributes a = {1, type};
  return kw__emit_last(t, op, KW__OP_cast, &a, 1, &from);
}

/* ---- reductions ---- */
/* Toward zero, and 0 of nothing: sign(sum) * (|sum| // max(count, 1)). */
static kw_status mean_integers(kw__translation *t, const kw__tflite_op *op,
                               const kw__sum_attributes *how, uint32_t sum) {
  const int64_t least = 1;
  const uint32_t same[] = {op->in[0], op->in[0]};
  uint32_t count[2], size[2], sign[2], ones;
  kw_status status = kw__emit_step(t, op, KW__OP_equal, NULL, 2, same, &ones);
  if (!status) status = kw__emit_step(t, op, KW__OP_sum, how, 1, &ones, &count[0]);
  count[1] = kw__scalar_constant(t, KW_I64, &least);
  if (!status) status = kw__emit_step(t, op, KW__OP_maximum, NULL, 2, count, &size[1]);
  if (!status) status = kw__emit_step(t, op, KW__OP_absolute, NULL, 1, &sum, &size[0]);
  if (!status) status = kw__emit_step(t, op, KW__OP_floor_divide, NULL, 2, size, &sign[1]);
  if (!status) status = kw__emit_step(t, op, KW__OP_sign, NULL, 1, &sum, &sign[0]);
  if (!status) status = kw__emit_step(t, op, KW__OP_multiply, NULL, 2, sign, &sum);
  return status ? status : convert_last(t, op, sum, kw__value(t, op->in[0])->type);
}

static kw_status lower_integers(kw__translation *t, const kw__tflite_op *op,
                                const kw__sum_attributes *how) {
  int32_t type = kw__value(t, op->in[0])->type;
  uint32_t total;
  if (op->row == KW__LARGEST) return kw__emit_last(t, op, KW__OP_max, how, 1, op->in);
  if (op->row == KW__SMALLEST) return kw__emit_last(t, op, KW__OP_min, how, 1, op->in);
  if (type != KW_I32 && type != KW_I64) return kw__refuse_types(t, op);
  int32_t row = op->row == KW__PRODUCT ? KW__OP_prod : KW__OP_sum;
  kw_status status = kw__emit_step(t, op, row, how, 1, op->in, &total);
  if (status) return status;
  return op->row == KW__MEAN ? mean_integers(t, op, how, total) : convert_last(t, op, total, type);
}

kw_status kw__lower_reduction(kw__translation *t, const kw__tflite_op *op) {
  kw__reduce_in_order_attributes a = {7, .keepdims = kw__option_flag(op, 0, false)};
  kw_status status = kw__check_inputs(t, op, 2);
  if (!status) status = collect_axes(t, op, &a.axes);
  if (status) return status;
  kw__sum_attributes how = {7, a.axes, a.keepdims, 0};
  if (kw__value(t, op->in[0])->type != KW_F32) return lower_integers(t, op, &how);
  a.operation = op->row;
  return kw__emit_last(t, op, KW__OP_reduce_in_order, &a, 1, op->in);
}

kw_status kw__lower_truth(kw__translation *t, const kw__tflite_op *op) {
  kw__any_attributes a = {3, .keepdims = kw__option_flag(op, 0, false)};
  kw_status status = kw__check_inputs(t, op, 2);
  if (!status && kw__value(t, op->in[0])->type != KW_BOOL) return kw__refuse_types(t, op);
  if (!status) status = collect_axes(t, op, &a.axes);
  return status ? status : kw__emit_last(t, op, op->row, &a, 1, op->in);
}

/* ---- along one axis ---- */
kw_status kw__lower_place(kw__translation *t, const kw__tflite_op *op) {
  uint32_t place;
  kw__place_of_extreme_attributes a = {3, .largest = op->row == KW__LARGEST};
  kw__argmin_attributes of_integers = {7, 0, 0, 0};
  kw_status status = kw__check_inputs(t, op, 2);
  if (!status) status = kw__read_axis(t, op, op->in[1], kw__value(t, op->in[0])->rank, &a.axis);
  if (status) return status;
  of_integers.axis = a.axis;
  int32_t type = kw__value(t, op->out[0])->type;
  if (type != KW_I32 && type != KW_I64) return kw__refuse_types(t, op);
  if (kw__value(t, op->in[0])->type == KW_F32)
    status = kw__emit_step(t, op, KW__OP_place_of_extreme, &a, 1, op->in, &place);
  else
    status = kw__emit_step(t, op, a.largest ? KW__OP_argmax : KW__OP_argmin, &of_integers, 1,
                           op->in, &place);
  return status ? status : convert_last(t, op, place, type);
}

kw_status kw__lower_cumsum(kw__translation *t, const kw__tflite_op *op) {
  kw__running_sum_attributes a = {7, .exclusive = kw__option_flag(op, 0, false),
                                  .reverse = kw__option_flag(op, 1, false)};
  kw_status status = kw__check_inputs(t, op, 2);
  if (!status) status = kw__read_axis(t, op, op->in[1], kw__value(t, op->in[0])->rank, &a.axis);
  return status ? status : kw__emit_last(t, op, KW__OP_running_sum, &a, 1, op->in);
}

/* ---- matrix products ---- */
static kw_status transpose_matrices(kw__translation *t, const kw__tflite_op *op, uint32_t *id) {
  int64_t axes[KW_MAX_RANK];
  int32_t rank = kw__value(t, *id)->rank;
  if (rank < 2) return kw__refuse_op(t, op, "an input of %d dimensions", rank);
  for (int32_t d = 0; d < rank; d++) axes[d] = d;
  axes[rank - 2] = rank - 1;
  axes[rank - 1] = rank - 2;
  kw__transpose_attributes a = {1, kw__pool_ints(t, axes, rank)};
  return kw__emit_step(t, op, KW__OP_transpose, &a, 1, id, id);
}

kw_status kw__lower_batch_matmul(kw__translation *t, const kw__tflite_op *op) {
  kw__matmul_batch_attributes a = {1, kw__option_flag(op, 1, false)};
  kw_status status = kw__check_inputs(t, op, 2);
  uint32_t in[] = {op->in[0], op->in[1]};
  if (status) return status;
  if (kw__option_flag(op, 0, false)) status = transpose_matrices(t, op, &in[0]);
  if (!status && kw__is_hybrid(t, in[0], in[1])) return kw__lower_hybrid_product(t, op, in[0]);
  return status ? status : kw__emit_last(t, op, KW__OP_matmul_batch, &a, 2, in);
}
