/* Lists of tensors, which Keras' recurrent layers fill turn by turn: TensorFlow's operators, that
 * the converter leaves as custom ones with a NodeDef of TensorFlow in their options. */
#include "tensor.h"
#include "translation.h"

enum { LOOKED_AT = 4096 }; /* operators, for the use of one list */

/* The NodeDef's attribute element_dtype: an entry of a map, whose key is followed by its value
 * (field 2), a message with the type (field 6).  0: a type that the library has no values of. */
static int64_t element_type(const kw__tflite_op *op) {
  static const uint8_t types[] = {
      [1] = KW_F32,   [2] = KW_F64,  [3] = KW_I32,  [4] = KW_U8,    [5] = KW_I16,
      [6] = KW_I8,    [8] = KW_C64,  [9] = KW_I64,  [10] = KW_BOOL, [17] = KW_U16,
      [18] = KW_C128, [19] = KW_F16, [22] = KW_U32, [23] = KW_U64};
  static const char key[] = "element_dtype";
  const size_t length = sizeof key - 1;
  const uint8_t *at = op->custom.file->data + op->custom.at;
  for (size_t i = 0; i + length + 4 <= op->custom.count; i++) {
    const uint8_t *value = at + i + length;
    if (memcmp(at + i, key, length) != 0) continue;
    return value[0] == 0x12 && value[2] == 0x30 && value[3] < sizeof types ? types[value[3]] : 0;
  }
  return KW_F32; /* nothing is said: what is set must be float32 */
}

static kw_status check_operands(kw__translation *t, const kw__tflite_op *op, int32_t inputs) {
  if (op->inputs < inputs || op->outputs != 1 || op->out[0] == KW__NONE)
    return kw__refuse_op(t, op, "%d inputs and %d outputs", op->inputs, op->outputs);
  for (int32_t i = 0; i < inputs; i++)
    if (op->in[i] == KW__NONE) return kw__refuse_op(t, op, "input %d is missing", i);
  return KW_OK;
}

/* A count or an index: int32, as a scalar. */
static kw_status take_index(kw__translation *t, const kw__tflite_op *op, uint32_t *id) {
  if (kw__value(t, *id)->type != KW_I32) return kw__refuse_op(t, op, "an index is no int32");
  return kw__make_scalar(t, op, id);
}

/* ---- a list that does not say how many dimensions its elements have ---- */
typedef struct search {
  kw__translation *t;
  int32_t left; /* operators that may be looked at */
} search;

static int32_t declared_rank(const kw__subgraph *s, const kw__fb_vector *use, uint32_t index) {
  if (index >= use->count) return -1;
  kw__fb_table tensor = kw__fb_table_of(&s->tensors, (uint32_t)kw__fb_int_of(use, index));
  kw__fb_vector shape = kw__fb_vector_of(&tensor, TENSOR_SHAPE, 4);
  return shape.count || kw__fb_byte(&tensor, TENSOR_HAS_RANK, 0) ? (int32_t)shape.count : -1;
}

static int32_t find_rank(search *how, uint32_t subgraph, int32_t list, int32_t depth);

/* What an operator that takes the list as input `index` says of its elements: one that sets an
 * element, or stacks all; a loop by what its body does, or by what is done with its result. */
static int32_t rank_of_use(search *how, uint32_t subgraph, const kw__fb_table *op, uint32_t index,
                           int32_t depth) {
  const kw__subgraph *s = &how->t->subgraphs[subgraph];
  kw__fb_vector in = kw__fb_vector_of(op, OPERATOR_INPUTS, 4),
                out = kw__fb_vector_of(op, OPERATOR_OUTPUTS, 4);
  kw__fb_table code = kw__fb_table_of(&how->t->codes, (uint32_t)kw__fb_int(op, OPERATOR_CODE, 0));
  const char *name = kw__fb_string(&code, CODE_CUSTOM);
  int32_t callee[2], callees = kw__callees_of(kw__builtin_of(&code), op, callee), rank = -1;
  if (!strcmp(name, "FlexTensorListSetItem")) return declared_rank(s, &in, 2);
  if (!strcmp(name, "FlexTensorListStack")) return declared_rank(s, &out, 0) - 1;
  if (callees != 2 || in.count != out.count) return -1;
  uint32_t body = (uint32_t)callee[1];
  if (body < how->t->subgraph_count && index < how->t->subgraphs[body].inputs.count)
    rank = find_rank(how, body, kw__fb_int_of(&how->t->subgraphs[body].inputs, index), depth + 1);
  return rank < 0 ? find_rank(how, subgraph, kw__fb_int_of(&out, index), depth + 1) : rank;
}

/* -1: nothing says it. */
static int32_t find_rank(search *how, uint32_t subgraph, int32_t list, int32_t depth) {
  const kw__subgraph *s = &how->t->subgraphs[subgraph];
  int32_t rank = -1;
  for (uint32_t i = 0; i < s->operators.count && rank < 0; i++) {
    kw__fb_table op = kw__fb_table_of(&s->operators, i);
    kw__fb_vector in = kw__fb_vector_of(&op, OPERATOR_INPUTS, 4);
    if (how->left-- <= 0 || depth >= KW__MAX_DEPTH) return -1;
    for (uint32_t k = 0; k < in.count && rank < 0; k++)
      if (kw__fb_int_of(&in, k) == list) rank = rank_of_use(how, subgraph, &op, k, depth);
  }
  return rank;
}

static kw_status find_dimensions(kw__translation *t, const kw__tflite_op *op, uint32_t *sizes) {
  static const int32_t open[KW_MAX_RANK] = {-1, -1, -1, -1, -1, -1, -1, -1};
  const kw__tensor *x = kw__value(t, *sizes);
  if (x->type != KW_I32 || x->rank > 1) return kw__refuse_op(t, op, "sizes that are no int32");
  if (x->rank == 1) return KW_OK;
  int32_t rank = find_rank(&(search){t, LOOKED_AT}, t->scope->subgraph,
                           (int32_t)(op->out[0] - t->scope->first), 0);
  if (rank < 0 || rank >= KW_MAX_RANK)
    return kw__refuse_op(t, op, "the number of dimensions of its elements is open");
  *sizes = kw__new_constant(t, KW_I32, 1, &(int64_t){rank}, open);
  return t->status;
}

/* ---- the operators ---- */
kw_status kw__lower_list_reserve(kw__translation *t, const kw__tflite_op *op) {
  kw__list_reserve_attributes a = {1, element_type(op)};
  kw_status status = check_operands(t, op, 2);
  if (status) return status;
  if (!a.of) return kw__refuse_op(t, op, "a list of a type that the library has no values of");
  uint32_t in[2] = {op->in[0], op->in[1]};
  status = find_dimensions(t, op, &in[0]);
  if (!status) status = take_index(t, op, &in[1]);
  return status ? status : kw__emit(t, KW__OP_list_reserve, &a, 2, in, 1, op->out);
}

kw_status kw__lower_list_set(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = check_operands(t, op, 3);
  if (status) return status;
  uint32_t in[3] = {op->in[0], op->in[1], op->in[2]};
  status = take_index(t, op, &in[1]);
  return status ? status : kw__emit_last(t, op, KW__OP_list_set, NULL, 3, in);
}

kw_status kw__lower_list_stack(kw__translation *t, const kw__tflite_op *op) {
  kw_status status = check_operands(t, op, 1);
  return status ? status : kw__emit(t, KW__OP_copy, NULL, 1, op->in, 1, op->out);
}
