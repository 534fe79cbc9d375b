/* What lowering functions share. */
#include "common.h"

#include <stdio.h>

kw_status kw__refuse_types(kw__translation *t, const kw__tflite_op *op) {
  char text[256];
  int32_t length = 0;
  for (int32_t i = 0; i < op->inputs && i < 4; i++)
    length +=
        snprintf(text + length, sizeof text - (size_t)length, "%s%s", i ? ", " : "",
                 op->in[i] == KW__NONE ? "none" : kw__type_name(kw__value(t, op->in[i])->type));
  return kw__refuse_op(t, op, "types %s to %s", text,
                       op->outputs ? kw__type_name(kw__value(t, op->out[0])->type) : "none");
}

kw_status kw__check_inputs(kw__translation *t, const kw__tflite_op *op, int32_t inputs) {
  bool complete = op->inputs >= inputs && op->outputs == 1 && op->out[0] != KW__NONE;
  for (int32_t i = 0; i < op->inputs && complete; i++) complete = op->in[i] != KW__NONE;
  if (complete) return KW_OK;
  return kw__refuse_op(t, op, "%d inputs and %d outputs", op->inputs, op->outputs);
}

kw_status kw__take_axis(kw__translation *t, const kw__tflite_op *op, int64_t value, int32_t rank,
                        int64_t *axis) {
  *axis = value < 0 ? value + rank : value;
  if (*axis >= 0 && *axis < rank) return KW_OK;
  return kw__refuse_op(t, op, "axis %d of %d dimensions", (int)value, rank);
}

kw_status kw__read_axis(kw__translation *t, const kw__tflite_op *op, uint32_t id, int32_t rank,
                        int64_t *axis) {
  int32_t count;
  int64_t value;
  if (!kw__read_ints(t, id, &value, 1, &count) || count != 1)
    return kw__refuse_op(t, op, "its axis is known only at a run");
  return kw__take_axis(t, op, value, rank, axis);
}

uint32_t kw__scalar_constant(kw__translation *t, kw_type type, const void *data) {
  return kw__new_constant(t, type, 0, (const int64_t[]){0}, data);
}

/* ---- nodes ---- */
static kw_status emit_node(kw__translation *t, const kw__tflite_op *op, int32_t row,
                           const void *attributes, int32_t inputs, const uint32_t *in,
                           int32_t outputs, const uint32_t *out) {
  kw_status status = kw__emit(t, row, attributes, inputs, in, outputs, out);
  return status == KW_TYPE ? kw__refuse_types(t, op) : status;
}

kw_status kw__emit_last(kw__translation *t, const kw__tflite_op *op, int32_t row,
                        const void *attributes, int32_t inputs, const uint32_t *in) {
  return emit_node(t, op, row, attributes, inputs, in, 1, op->out);
}

kw_status kw__emit_step(kw__translation *t, const kw__tflite_op *op, int32_t row,
                        const void *attributes, int32_t inputs, const uint32_t *in, uint32_t *out) {
  uint32_t value = kw__new_value(t);
  kw_status status = emit_node(t, op, row, attributes, inputs, in, 1, &value);
  *out = value;
  return status;
}

kw_status kw__emit_check(kw__translation *t, const kw__tflite_op *op, int32_t row, uint32_t in) {
  return emit_node(t, op, row, NULL, 1, &in, 0, NULL);
}
