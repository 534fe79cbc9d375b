/* Operators that choose elements, by places or by conditions, and those that make indices. */
#include "tensor.h"

/* Operators whose row takes the same inputs: how many, which of them move, and which are indices, a
 * bit each. */
static const struct {
  int16_t row;
  uint8_t inputs, first, moved, indices;
} direct[] = {
    {KW__OP_tile, 2, 0, 1, 2},      {KW__OP_broadcast_by, 2, 0, 1, 2},
    {KW__OP_block, 3, 0, 1, 6},     {KW__OP_update_slice, 3, 0, 2, 4},
    {KW__OP_gather_nd, 2, 0, 1, 2}, {KW__OP_scatter_nd, 3, 1, 1, 5},
    {KW__OP_where, 3, 1, 2, 0},     {KW__OP_range, 3, 0, 0, 0},
};

kw_status kw__lower_selection(kw__translation *t, const kw__tflite_op *op) {
  size_t i = 0;
  uint32_t in[3];
  while (direct[i].row != op->row) i++;
  kw_status status = kw__check_move(t, op, direct[i].inputs, 1, direct[i].first, direct[i].moved);
  for (int32_t k = 0; k < direct[i].inputs && !status; k++) {
    in[k] = op->in[k];
    if (direct[i].indices >> k & 1) status = kw__make_indices(t, op, true, &in[k]);
  }
  return status ? status : kw__emit_last(t, op, op->row, NULL, direct[i].inputs, in);
}

/* Does the ellipsis stand for no axis? */
static bool has_empty_ellipsis(const kw__tensor *x, int64_t items, int64_t ellipsis,
                               int64_t new_axis) {
  int64_t taken = 0;
  if (items < 1 || items > 31 || !(ellipsis & ((INT64_C(1) << items) - 1))) return false;
  for (int64_t i = 0; i < items; i++) taken += !((ellipsis | new_axis) >> i & 1);
  return taken >= x->rank;
}

/* In LiteRT it takes an axis all the same, and the last item is not looked at. */
static kw_status drop_last_item(kw__translation *t, const kw__tflite_op *op, int32_t items,
                                uint32_t in[4], int64_t mask[5]) {
  static const int32_t first = 0;
  const int32_t count = items - 1;
  const int64_t one = 1;
  if (mask[3] >> count & 1 & ~(mask[2] >> count))
    return kw__refuse_op(t, op, "an ellipsis that stands for no axis before a new one");
  uint32_t part[3] = {KW__NONE, kw__new_constant(t, KW_I32, 1, &one, &first),
                      kw__new_constant(t, KW_I32, 1, &one, &count)};
  kw_status status = KW_OK;
  for (int32_t i = 1; i < 4 && !status; i++) {
    part[0] = in[i];
    status = kw__emit_step(t, op, KW__OP_block, NULL, 3, part, &in[i]);
  }
  for (int32_t i = 0; i < 5; i++) mask[i] &= (INT64_C(1) << count) - 1;
  return status;
}

kw_status kw__lower_strided_slice(kw__translation *t, const kw__tflite_op *op) {
  uint32_t in[4] = {op->in[0]};
  int64_t mask[5];
  kw_status status = kw__check_move(t, op, 4, 1, 0, 1);
  for (int32_t i = 1; i < 4 && !status; i++) {
    in[i] = op->in[i];
    status = kw__make_indices(t, op, false, &in[i]);
  }
  if (status) return status;
  for (int32_t i = 0; i < 5; i++) mask[i] = (uint32_t)kw__option_int(op, i, 0);
  int64_t items = kw__value(t, in[1])->count;
  if (has_empty_ellipsis(kw__value(t, in[0]), items, mask[2], mask[3]))
    status = drop_last_item(t, op, (int32_t)items, in, mask);
  if (status) return status;
  kw__strided_slice_attributes a = {
      0x3F, mask[0], mask[1], mask[2], mask[3], mask[4], kw__option_flag(op, 5, false)};
  return kw__emit_last(t, op, KW__OP_strided_slice, &a, 4, in);
}

/* Strides of -1, without bounds. */
kw_status kw__lower_reverse(kw__translation *t, const kw__tflite_op *op) {
  int64_t axes[KW_MAX_RANK], axis;
  int32_t count, zeros[KW_MAX_RANK] = {0}, strides[KW_MAX_RANK];
  kw_status status = kw__check_move(t, op, 2, 1, 0, 1);
  if (status) return status;
  if (!kw__read_ints(t, op->in[1], axes, KW_MAX_RANK, &count))
    return kw__refuse_op(t, op, "its axes are known only at a run");
  int32_t rank = kw__value(t, op->in[0])->rank;
  for (int32_t d = 0; d < rank; d++) strides[d] = 1;
  for (int32_t i = 0; i < count && !status; i++) {
    status = kw__take_axis(t, op, axes[i], rank, &axis);
    if (!status) strides[axis] = -1;
  }
  if (status) return status;
  kw__strided_slice_attributes a = {.present = 3, .begin_mask = 0xFF, .end_mask = 0xFF};
  uint32_t in[4] = {op->in[0]};
  in[1] = in[2] = kw__new_constant(t, KW_I32, 1, &(int64_t){rank}, zeros);
  in[3] = kw__new_constant(t, KW_I32, 1, &(int64_t){rank}, strides);
  return kw__emit_last(t, op, KW__OP_strided_slice, &a, 4, in);
}

kw_status kw__lower_gather(kw__translation *t, const kw__tflite_op *op) {
  kw__gather_attributes a = {.present = 3};
  uint32_t in[] = {op->in[0], op->in[1]};
  kw_status status = kw__check_move(t, op, 2, 1, 0, 1);
  if (!status && kw__value(t, in[1])->type == KW_I16) status = kw__make_type(t, op, KW_I32, &in[1]);
  if (!status)
    status = kw__take_axis(t, op, kw__option_int(op, 0, 0), kw__value(t, in[0])->rank, &a.axis);
  a.batch = kw__option_int(op, 1, 0);
  if (a.batch < 0) a.batch += kw__value(t, in[1])->rank;
  if (!status && a.batch < 0) status = kw__refuse_op(t, op, "the axes of its batch");
  return status ? status : kw__emit_last(t, op, KW__OP_gather, &a, 2, in);
}

/* ---- by conditions ---- */
/* `count` axes of size 1 from axis `first` of the result on. */
static kw_status add_axes(kw__translation *t, const kw__tflite_op *op, int32_t first, int32_t count,
                          uint32_t *id) {
  int64_t axes[KW_MAX_RANK];
  if (count == 0) return KW_OK;
  for (int32_t i = 0; i < count; i++) axes[i] = first + i;
  kw__expand_dims_attributes a = {.present = 1, .axes = kw__pool_ints(t, axes, count)};
  return kw__emit_step(t, op, KW__OP_expand_dims, &a, 1, id, id);
}

/* SELECT takes a condition for each place of the first axis, too. */
kw_status kw__lower_select(kw__translation *t, const kw__tflite_op *op) {
  uint32_t in[] = {op->in[0], op->in[1], op->in[2]};
  kw_status status = kw__check_move(t, op, 3, 1, 1, 2);
  if (status) return status;
  int32_t rank = kw__value(t, in[1])->rank;
  if (kw__value(t, in[0])->rank == 1 && rank > 1) status = add_axes(t, op, 1, rank - 1, &in[0]);
  return status ? status : kw__emit_last(t, op, KW__OP_where, NULL, 3, in);
}

kw_status kw__lower_where(kw__translation *t, const kw__tflite_op *op) {
  uint32_t mask = op->in[0];
  kw_status status = kw__check_move(t, op, 1, 1, 0, 0);
  if (!status) status = kw__make_type(t, op, KW_BOOL, &mask);
  return status ? status : kw__emit_last(t, op, KW__OP_argwhere, NULL, 1, &mask);
}

/* Values of 8 and 16 bits are sorted as int32. */
kw_status kw__lower_top_k(kw__translation *t, const kw__tflite_op *op) {
  uint32_t in[] = {op->in[0], op->in[1]};
  kw_status status = kw__check_move(t, op, 2, 2, 0, 0);
  if (status) return status;
  kw_type type = kw__value(t, in[0])->type;
  bool narrow = type == KW_I8 || type == KW_U8 || type == KW_I16;
  if (narrow) status = kw__make_type(t, op, KW_I32, &in[0]);
  if (!status) status = kw__make_scalar(t, op, &in[1]);
  if (!status) status = kw__make_indices(t, op, false, &in[1]);
  if (status) return status;
  uint32_t out[] = {narrow ? kw__new_value(t) : op->out[0], op->out[1], KW__NONE};
  out[2] = kw__new_value(t);
  status = kw__emit(t, KW__OP_top_k, NULL, 2, in, 3, out);
  kw__cast_attributes a = {.present = 1, .to = type};
  return status || !narrow ? status : kw__emit_last(t, op, KW__OP_cast, &a, 1, out);
}

/* ---- indices, types ---- */
/* Places of a new axis, from 0, are compared with the indices. */
kw_status kw__lower_one_hot(kw__translation *t, const kw__tflite_op *op) {
  uint32_t indices = op->in[0], depth = op->in[1], choice[] = {KW__NONE, op->in[2], op->in[3]};
  kw_status status = kw__check_move(t, op, 4, 1, 2, 2);
  if (status) return status;
  int32_t rank = kw__value(t, indices)->rank;
  kw_type type = kw__value(t, indices)->type;
  if (type != KW_I32 && type != KW_I64) return kw__refuse_types(t, op);
  static const int64_t wide[] = {0, 1};
  static const int32_t narrow[] = {0, 1};
  int64_t axis;
  status = kw__take_axis(t, op, kw__option_int(op, 0, 0), rank + 1, &axis);
  if (!status && rank == KW_MAX_RANK) status = kw__refuse_op(t, op, "%d dimensions", rank);
  if (!status) status = kw__make_scalar(t, op, &depth);
  if (!status) status = kw__make_type(t, op, type, &depth);
  for (int32_t i = 1; i < 3 && !status; i++) status = kw__make_scalar(t, op, &choice[i]);
  if (status) return status;
  uint32_t bounds[] = {KW__NONE, depth, KW__NONE}, pair[] = {KW__NONE, indices};
  for (int32_t i = 0; i < 2; i++)
    bounds[2 * i] = kw__scalar_constant(
        t, type, type == KW_I64 ? (const void *)&wide[i] : (const void *)&narrow[i]);
  status = kw__emit_step(t, op, KW__OP_range, NULL, 3, bounds, pair);
  if (!status) status = add_axes(t, op, 1, rank - (int32_t)axis, &pair[0]);
  if (!status) status = add_axes(t, op, (int32_t)axis, 1, &pair[1]);
  if (!status) status = kw__emit_step(t, op, KW__OP_equal, NULL, 2, pair, choice);
  return status ? status : kw__emit_last(t, op, KW__OP_where, NULL, 3, choice);
}

/* Floats become the nearest integer of the type towards 0. */
kw_status kw__lower_cast(kw__translation *t, const kw__tflite_op *op) {
  uint32_t in = op->in[0];
  kw_status status = kw__check_move(t, op, 1, 1, 0, 0);
  if (status) return status;
  kw_type to = kw__value(t, op->out[0])->type;
  if (kw__value(t, in)->type == to) return kw__emit_last(t, op, KW__OP_copy, NULL, 1, &in);
  if (kw__value(t, in)->type == KW_F16)
    status = kw__emit_step(t, op, KW__OP_widen_f16, NULL, 1, &in, &in);
  if (!status && to == KW_F16) {
    status = kw__make_type(t, op, KW_F32, &in);
    return status ? status : kw__emit_last(t, op, KW__OP_narrow_f16, NULL, 1, &in);
  }
  kw_type from = kw__value(t, in)->type;
  bool clamps = (from == KW_F32 || from == KW_F64) && to != KW_F32 && to != KW_F64 && to != KW_BOOL;
  kw__cast_attributes a = {.present = 1, .to = to};
  return status ? status
                : kw__emit_last(t, op, clamps ? KW__OP_clamp_cast : KW__OP_cast, &a, 1, &in);
}
