/* What follows from constants alone is computed while the file is read: small integers, since they
 * may be sizes, axes or paddings; weights that are stored narrow, which become float32 once. */
#include "translation.h"

enum { SMALL = 64, GROWTH = 8 }; /* elements; bytes of weights for each of the file */

static bool is_small(const kw__tensor *y) {
  return (y->type == KW_I32 || y->type == KW_I64) && y->count <= SMALL;
}

/* Weights that become far larger than the file are widened by each session. */
static bool is_weight(const kw__translation *t, const kw__node *node, const kw__tensor *y) {
  if (node->op != KW__OP_dequantize && node->op != KW__OP_widen_f16) return false;
  size_t room = GROWTH * t->model->file_bytes, used = t->pool[KW__INDICES].bytes;
  return used <= room && (uint64_t)y->count <= (room - used) / sizeof(float);
}

/* Known while the file is read: a constant, or sizes that are numbers, for who asks for these. */
static bool is_known(const kw__translation *t, const kw__node *node, uint32_t id) {
  return id == KW__NONE || kw__value(t, id)->data ||
         (node->op == KW__OP_shape_of && kw__value(t, id)->count >= 0);
}

/* Operators that pass None on are about how a graph runs. */
static bool is_foldable(const kw__translation *t, const kw__node *node) {
  if ((node->flags & (NULLABLE | STATE)) || node->outputs != 1) return false;
  for (int32_t i = 0; i < node->inputs; i++)
    if (!is_known(t, node, node->operand[i])) return false;
  const kw__tensor *y = kw__value(t, node->operand[node->inputs]);
  return y->count >= 0 && (is_small(y) || is_weight(t, node, y));
}

bool kw__fold_node(kw__translation *t, const kw__node *node) {
  if (t->status || !is_foldable(t, node)) return false;
  uint32_t id = node->operand[node->inputs], data = kw__pool_count(t, KW__DATA);
  kw__data_record record = {.section = KW__INDICES, .offset = t->pool[KW__INDICES].bytes};
  record.bytes = (uint64_t)t->frame.tensors[id].count * kw__type_bytes(t->frame.tensors[id].type);
  kw__append(t, KW__INDICES, (size_t)(record.bytes + 7) & ~(size_t)7, NULL);
  kw__append(t, KW__DATA, sizeof record, &record);
  if (t->status) return false;
  kw__frame frame = t->frame;
  kw__tensor *y = &frame.tensors[id];
  y->data = (void *)(uintptr_t)kw__data_bytes(t->model, data);
  frame.error = NULL; /* what fails here may not be reached by a run */
  if (node->run(&frame, node)) {
    y->data = NULL;
    return false;
  }
  y->stamp &= ~(uint64_t)KW__COMPUTED;
  ((kw__tensor_record *)(void *)t->pool[KW__TENSORS].at)[id].data = data;
  t->folded[node->op / 64] |= (uint64_t)1 << node->op % 64;
  return true;
}
