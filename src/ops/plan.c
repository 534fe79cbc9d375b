/* The shape rules that several families share. */
#include "plan.h"

#include <inttypes.h>

void kw__copy_shape(kw__tensor *to, const kw__tensor *from) {
  to->rank = from->rank;
  memcpy(to->size, from->size, from->rank * sizeof *from->size);
}

kw_status kw__plan_same(kw__frame *frame, const kw__node *node) {
  for (int32_t i = 0; i < node->outputs; i++)
    kw__copy_shape(kw__out(frame, node, i), kw__in(frame, node, 0));
  return KW_OK;
}

kw_status kw__check_axis(kw__frame *frame, const kw__node *node, int64_t axis, int32_t rank) {
  if (axis >= 0 && axis < rank) return KW_OK;
  return kw__refuse(frame, node, KW_SHAPE, "axis %" PRId64 " of a value of %d dimensions", axis,
                    rank);
}

bool kw__join_size(int64_t a, int64_t b, int64_t *out) {
  if (a == b || b == 1) return *out = a, true;
  if (a == 1) return *out = b, true;
  if (a >= 0 && b >= 0) return false;
  *out = a >= 0 ? a : b >= 0 ? b : KW__UNKNOWN; /* a known size above 1 must be the result */
  return true;
}

kw_status kw__plan_broadcast(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  y->rank = 0;
  for (int32_t i = 0; i < node->inputs; i++) {
    const kw__tensor *x = kw__in(frame, node, i);
    if (x->rank > y->rank) y->rank = x->rank;
  }
  for (int32_t d = 0; d < y->rank; d++) y->size[d] = 1;
  for (int32_t i = 0; i < node->inputs; i++) {
    const kw__tensor *x = kw__in(frame, node, i);
    int32_t shift = y->rank - x->rank;
    for (int32_t d = 0; d < x->rank; d++) {
      int64_t *size = &y->size[d + shift];
      frame->may_raise |= *size != x->size[d] && (*size < 0 || (x->size[d] < 0 && *size != 1));
      if (!kw__join_size(*size, x->size[d], size))
        return kw__raise(frame, node, "ValueError",
                         "operands could not be broadcast together: size %" PRId64
                         " against %" PRId64 " along axis %d",
                         *size, x->size[d], d + shift);
    }
  }
  return KW_OK;
}

kw_status kw__plan_rows(kw__frame *frame, const kw__node *node, int64_t from, int64_t to) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  if (x->rank == 0) return kw__refuse(frame, node, KW_SHAPE, "needs a last axis");
  int64_t last = x->size[x->rank - 1];
  if (last >= 0 && from >= 0 && last != from)
    return kw__refuse(frame, node, KW_SHAPE,
                      "the last axis has size %" PRId64 ", must have %" PRId64, last, from);
  kw__copy_shape(y, x);
  y->size[x->rank - 1] = to;
  return KW_OK;
}

kw_status kw__check_scales(kw__frame *frame, const kw__node *node, int64_t scales, int64_t size) {
  if (scales < 0 || size < 0 || scales == 1 || scales == size) return KW_OK;
  return kw__refuse(frame, node, KW_SHAPE, "%" PRId64 " scales for %" PRId64 " indices", scales,
                    size);
}

bool kw__is_index_constant(const kw__frame *frame, const kw__node *node, int32_t index) {
  const kw__tensor *x = kw__in_or_null(frame, node, index);
  if (!x || !x->data) return false;
  if (!frame->model->section[KW__TENSORS]) return true; /* the exporter plans: no file yet */
  uint32_t data = KW__AT(frame->model, TENSORS, tensor, node->operand[index])->data;
  return data != KW__NONE && KW__AT(frame->model, DATA, data, data)->section == KW__INDICES;
}
