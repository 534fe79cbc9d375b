/* Operators that give tensors other sizes, join them, take them apart, repeat or pad them. */
#include "tensor.h"

#include "translation.h"

/* ---- what they share ---- */
static bool is_same_scale(const kw__translation *t, uint32_t a, uint32_t b) {
  const kw__quantization *p = kw__value_quantization(t, a), *q = kw__value_quantization(t, b);
  if (!p->count || !q->count) return true;
  return p->count == q->count && !memcmp(p->scale, q->scale, (size_t)p->count * sizeof *p->scale) &&
         !memcmp(p->zero_point, q->zero_point, (size_t)p->count * sizeof *p->zero_point);
}

kw_status kw__check_move(kw__translation *t, const kw__tflite_op *op, int32_t inputs,
                         int32_t outputs, int32_t first, int32_t values) {
  bool complete = op->inputs >= inputs && (outputs < 0 ? op->outputs > 0 : op->outputs == outputs);
  for (int32_t i = 0; i < inputs && complete; i++) complete = op->in[i] != KW__NONE;
  for (int32_t i = 0; i < op->outputs && complete; i++) complete = op->out[i] != KW__NONE;
  if (!complete) return kw__refuse_op(t, op, "%d inputs and %d outputs", op->inputs, op->outputs);
  for (int32_t i = first; i < first + values; i++)
    for (int32_t k = 0; k < op->outputs; k++)
      if (!is_same_scale(t, op->in[i], op->out[k]))
        return kw__refuse_op(t, op, "its input and output have different scales");
  return KW_OK;
}

static kw__reshape_attributes sizes_of(kw__translation *t, const int64_t *sizes, int32_t rank) {
  return (kw__reshape_attributes){.present = 1, .sizes = kw__pool_ints(t, sizes, rank)};
}

kw_status kw__make_scalar(kw__translation *t, const kw__tflite_op *op, uint32_t *id) {
  if (kw__value(t, *id)->rank == 0) return KW_OK;
  kw__reshape_attributes a = sizes_of(t, NULL, 0);
  return kw__emit_step(t, op, KW__OP_reshape, &a, 1, id, id);
}

kw_status kw__make_type(kw__translation *t, const kw__tflite_op *op, kw_type type, uint32_t *id) {
  if (kw__value(t, *id)->type == type) return KW_OK;
  kw__cast_attributes a = {.present = 1, .to = type};
  return kw__emit_step(t, op, KW__OP_cast, &a, 1, id, id);
}

kw_status kw__make_indices(kw__translation *t, const kw__tflite_op *op, bool open, uint32_t *id) {
  const kw__tensor *x = kw__value(t, *id);
  int64_t size[KW_MAX_RANK];
  int32_t rank = x->rank;
  bool fixed = true;
  for (int32_t d = 0; d < rank; d++) {
    size[d] = open && d == 0 && rank > 1 ? -1 : kw__fallback_of(t, x->size[d]);
    fixed &= size[d] < 0 || x->size[d] >= 0;
  }
  kw_status status = x->type == KW_I16 ? kw__make_type(t, op, KW_I32, id) : KW_OK;
  if (status || fixed) return status;
  kw__reshape_attributes a = sizes_of(t, size, rank);
  return kw__emit_step(t, op, KW__OP_reshape, &a, 1, id, id);
}

/* ---- sizes ---- */
/* A row of a value and indices. */
static kw_status emit_with_indices(kw__translation *t, const kw__tflite_op *op, int32_t row) {
  uint32_t in[] = {op->in[0], op->in[1]};
  kw_status status = kw__make_indices(t, op, false, &in[1]);
  return status ? status : kw__emit_last(t, op, row, NULL, 2, in);
}

/* The new sizes are a vector, or an option, where [0] is an old way to say: none. */
kw_status kw__lower_reshape(kw__translation *t, const kw__tflite_op *op) {
  int64_t size[KW_MAX_RANK];
  int32_t count;
  kw_status status = kw__check_move(t, op, 1, 1, 0, 1);
  if (status) return status;
  if (op->in[1] != KW__NONE && kw__value(t, op->in[1])->rank == 1) {
    if (!kw__read_ints(t, op->in[1], size, KW_MAX_RANK, &count))
      return emit_with_indices(t, op, KW__OP_reshape_by);
  } else {
    count = kw__option_ints(op, 0, size, KW_MAX_RANK);
    if (count < 0) return kw__refuse_op(t, op, "its new sizes are not given");
    if (count == 1 && size[0] == 0) count = 0;
  }
  kw__reshape_attributes a = sizes_of(t, size, count);
  return kw__emit_last(t, op, KW__OP_reshape, &a, 1, op->in);
}

/* Without a choice: all axes whose size is 1 in the file. */
kw_status kw__lower_squeeze(kw__translation *t, const kw__tflite_op *op) {
  int64_t axes[KW_MAX_RANK];
  kw_status status = kw__check_move(t, op, 1, 1, 0, 1);
  if (status) return status;
  const kw__tensor *x = kw__value(t, op->in[0]);
  int32_t rank = x->rank, count = kw__option_ints(op, 0, axes, KW_MAX_RANK);
  uint32_t dropped = 0;
  for (int32_t d = 0; d < rank && count <= 0; d++)
    if (kw__fallback_of(t, x->size[d]) == 1) dropped |= 1u << d;
  for (int32_t i = 0; i < count && !status; i++) {
    status = kw__take_axis(t, op, axes[i], rank, &axes[i]);
    if (!status) dropped |= 1u << axes[i];
  }
  if (status) return status;
  count = 0;
  for (int32_t d = 0; d < rank; d++)
    if (dropped >> d & 1) axes[count++] = d;
  kw__squeeze_attributes a = {.present = 1, .axes = kw__pool_ints(t, axes, count)};
  return kw__emit_last(t, op, KW__OP_squeeze, &a, 1, op->in);
}

kw_status kw__lower_expand_dims(kw__translation *t, const kw__tflite_op *op) {
  uint32_t in[] = {op->in[0], op->in[1]};
  kw_status status = kw__check_move(t, op, 2, 1, 0, 1);
  if (!status) status = kw__make_scalar(t, op, &in[1]);
  return status ? status : kw__emit_last(t, op, KW__OP_insert_axis, NULL, 2, in);
}

kw_status kw__lower_transpose(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_move(t, op, 2, 1, 0, 1);
  return status ? status : emit_with_indices(t, op, KW__OP_transpose_by);
}

/* ---- sizes as values ---- */
kw_status kw__lower_shape(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_move(t, op, 1, 1, 0, 0);
  if (status) return status;
  kw__shape_of_attributes a = {.present = 1, .to = kw__value(t, op->out[0])->type};
  return kw__emit_last(t, op, KW__OP_shape_of, &a, 1, op->in);
}

/* A node of a constant, since it folds. */
kw_status kw__lower_rank(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_move(t, op, 1, 1, 0, 0);
  if (status) return status;
  int32_t rank = kw__value(t, op->in[0])->rank;
  uint32_t constant = kw__scalar_constant(t, KW_I32, &rank);
  kw__reshape_attributes a = sizes_of(t, NULL, 0);
  return kw__emit_last(t, op, KW__OP_reshape, &a, 1, &constant);
}

/* ---- joined, taken apart ---- */
kw_status kw__lower_concatenation(kw__translation *t, const kw__tflite_op *op) {
  kw__concat_attributes a = {.present = 1};
  kw_status status = kw__check_move(t, op, 1, 1, 0, op->inputs);
  if (!status && kw__option_byte(op, 1, 0))
    status = kw__refuse_op(t, op, "it has a fused activation");
  if (!status)
    status = kw__take_axis(t, op, kw__option_int(op, 0, 0), kw__value(t, op->in[0])->rank, &a.axis);
  return status ? status : kw__emit_last(t, op, KW__OP_concat, &a, op->inputs, op->in);
}

kw_status kw__lower_pack(kw__translation *t, const kw__tflite_op *op) {
  kw__stack_attributes a = {.present = 1};
  kw_status status = kw__check_move(t, op, 1, 1, 0, op->inputs);
  if (!status)
    status =
        kw__take_axis(t, op, kw__option_int(op, 1, 0), kw__value(t, op->in[0])->rank + 1, &a.axis);
  return status ? status : kw__emit_last(t, op, KW__OP_stack, &a, op->inputs, op->in);
}

kw_status kw__lower_unpack(kw__translation *t, const kw__tflite_op *op) {
  kw__unstack_attributes a = {.present = 1};
  kw_status status = kw__check_move(t, op, 1, -1, 0, 1);
  if (!status)
    status = kw__take_axis(t, op, kw__option_int(op, 1, 0), kw__value(t, op->in[0])->rank, &a.axis);
  return status ? status : kw__emit(t, KW__OP_unstack, &a, 1, op->in, op->outputs, op->out);
}

/* SPLIT has axis and value, SPLIT_V value, sizes and axis. */
static kw_status emit_split(kw__translation *t, const kw__tflite_op *op, uint32_t x, uint32_t axis,
                            uint32_t sizes) {
  uint32_t in[] = {x, axis, sizes};
  kw__split_attributes a = {.present = 1, .parts = op->outputs};
  kw_status status = kw__make_scalar(t, op, &in[1]);
  if (!status && sizes != KW__NONE) status = kw__make_indices(t, op, false, &in[2]);
  return status ? status : kw__emit(t, KW__OP_split, &a, 3, in, op->outputs, op->out);
}

kw_status kw__lower_split(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_move(t, op, 2, -1, 1, 1);
  return status ? status : emit_split(t, op, op->in[1], op->in[0], KW__NONE);
}

kw_status kw__lower_split_v(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_move(t, op, 3, -1, 0, 1);
  return status ? status : emit_split(t, op, op->in[0], op->in[2], op->in[1]);
}

/* ---- repeated, padded ---- */
kw_status kw__lower_fill(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = kw__check_move(t, op, 2, 1, 1, 1);
  uint32_t in[] = {op->in[1], op->in[0]};
  if (!status) status = kw__make_indices(t, op, false, &in[1]);
  return status ? status : kw__emit_last(t, op, KW__OP_broadcast_by, NULL, 2, in);
}

kw_status kw__lower_zeros_like(kw__translation *t, const kw__tflite_op *op) {
  static const char zeros[16];
  kw_status status = kw__check_move(t, op, 1, 1, 0, 0);
  if (status) return status;
  uint32_t zero = kw__scalar_constant(t, kw__value(t, op->in[0])->type, zeros);
  return kw__emit_last(t, op, KW__OP_broadcast_like, NULL, 2, (uint32_t[]){zero, op->in[0]});
}

/* The integer that stands for 0. */
static uint32_t make_zero(kw__translation *t, uint32_t id) {
  const kw__quantization *q = kw__value_quantization(t, id);
  kw_type type = kw__value(t, id)->type;
  if (q->count != 1 || (type != KW_I8 && type != KW_U8 && type != KW_I16)) return KW__NONE;
  int8_t narrow = (int8_t)q->zero_point[0];
  int16_t wide = (int16_t)q->zero_point[0];
  return kw__scalar_constant(t, type, type == KW_I16 ? (const void *)&wide : (const void *)&narrow);
}

kw_status kw__lower_pad(kw__translation *t, const kw__tflite_op *op) {
  uint32_t in[] = {op->in[0], op->in[1], op->in[2]};
  kw_status status = kw__check_move(t, op, 2, 1, 0, 1);
  if (!status) status = kw__make_indices(t, op, false, &in[1]);
  if (!status && in[2] != KW__NONE)
    status = kw__make_scalar(t, op, &in[2]);
  else if (!status)
    in[2] = make_zero(t, op->out[0]);
  return status ? status : kw__emit_last(t, op, KW__OP_pad, NULL, 3, in);
}

kw_status kw__lower_mirror_pad(kw__translation *t, const kw__tflite_op *op) {
  uint32_t in[] = {op->in[0], op->in[1]};
  kw__mirror_pad_attributes a = {.present = 1, .reflect = kw__option_byte(op, 0, 0) == 0};
  kw_status status = kw__check_move(t, op, 2, 1, 0, 1);
  if (!status) status = kw__make_indices(t, op, false, &in[1]);
  return status ? status : kw__emit_last(t, op, KW__OP_mirror_pad, &a, 2, in);
}
