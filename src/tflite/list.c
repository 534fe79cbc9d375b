/* Lists of tensors, which Keras' recurrent layers fill turn by turn: TensorFlow's operators, that
 * the converter leaves as custom ones with a NodeDef of TensorFlow in their options. */
#include "tensor.h"

/* The NodeDef's attribute element_dtype: an entry of a map, whose key is followed by its value
 * (field 2), a message with the type (field 6); 1 is float32. */
static bool is_float_list(const kw__tflite_op *op) {
  static const char key[] = "element_dtype";
  const size_t length = sizeof key - 1;
  const uint8_t *at = op->custom.file->data + op->custom.at;
  for (size_t i = 0; i + length + 4 <= op->custom.count; i++)
    if (!memcmp(at + i, key, length))
      return at[i + length] == 0x12 && at[i + length + 2] == 0x30 && at[i + length + 3] == 1;
  return true; /* nothing is said: what is set must be float32 */
}

static kw_status check_operands(kw__translation *t, const kw__tflite_op *op, int32_t inputs) {
  if (op->inputs < inputs || op->outputs != 1 || op->out[0] == KW__NONE)
    return kw__refuse_op(t, op, "%d inputs and %d outputs", op->inputs, op->outputs);
  for (int32_t i = 0; i < inputs; i++)
    if (op->in[i] == KW__NONE) return kw__refuse_op(t, op, "input %d is missing", i);
  if (!is_float_list(op)) return kw__refuse_op(t, op, "a list of another type than float32");
  return KW_OK;
}

/* A count or an index: int32, as a scalar. */
static kw_status take_index(kw__translation *t, const kw__tflite_op *op, uint32_t *id) {
  if (kw__value(t, *id)->type != KW_I32) return kw__refuse_op(t, op, "an index is no int32");
  return kw__make_scalar(t, op, id);
}

kw_status kw__lower_list_reserve(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = check_operands(t, op, 2);
  if (status) return status;
  const kw__tensor *sizes = kw__value(t, op->in[0]);
  if (sizes->type != KW_I32 || sizes->rank != 1)
    return kw__refuse_op(t, op, "the number of dimensions of its elements is open");
  uint32_t in[2] = {op->in[0], op->in[1]};
  status = take_index(t, op, &in[1]);
  return status ? status : kw__emit(t, KW__OP_list_reserve, NULL, 2, in, 1, op->out);
}

kw_status kw__lower_list_set(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = check_operands(t, op, 3);
  if (status) return status;
  uint32_t in[3] = {op->in[0], op->in[1], op->in[2]};
  status = take_index(t, op, &in[1]);
  return status ? status : kw__emit(t, KW__OP_list_set, NULL, 3, in, 1, op->out);
}

kw_status kw__lower_list_stack(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = check_operands(t, op, 1);
  return status ? status : kw__emit(t, KW__OP_copy, NULL, 1, op->in, 1, op->out);
}
