/* Shapes, types and exceptions of reductions. */
#include "lane.h"

void kw__append_kept(kw__tensor *y, const kw__tensor *x, uint32_t axes, bool keep) {
  for (int32_t d = 0; d < x->rank; d++) {
    bool along = axes >> d & 1;
    if (!along || keep) y->size[y->rank++] = along ? 1 : x->size[d];
  }
}

uint32_t kw__reduced_axes(const kw__frame *frame, const kw__node *node) {
  if (!kw__is_present(node, 0)) return kw__all_axes(kw__in(frame, node, 0));
  kw__ints_slot list = KW__ATTRIBUTES(sum, node)->axes;
  uint32_t axes = 0;
  for (uint32_t i = 0; i < list.count; i++) axes |= 1u << kw__ints(frame->model, list.offset)[i];
  return axes;
}

uint32_t kw__reduced_axis(const kw__frame *frame, const kw__node *node) {
  return kw__is_present(node, 0) ? 1u << KW__ATTRIBUTES(argmin, node)->axis
                                 : kw__all_axes(kw__in(frame, node, 0));
}

static kw_status check_axes(kw__frame *frame, const kw__node *node, uint32_t axes) {
  uint32_t unknown = axes & ~kw__all_axes(kw__in(frame, node, 0));
  if (!unknown) return KW_OK;
  return kw__refuse(frame, node, KW_SHAPE, "an axis of a value of %d dimensions is out of range",
                    kw__in(frame, node, 0)->rank);
}

kw_status kw__check_reduced_axis(kw__frame *frame, const kw__node *node) {
  return check_axes(frame, node, kw__reduced_axis(frame, node));
}

/* y->type is 0 where the signature leaves it to the plan. */
static kw_status plan_reduction(kw__frame *frame, const kw__node *node, uint8_t type_of_integers) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  uint32_t axes = kw__reduced_axes(frame, node);
  if (!y->type) y->type = kw__is_real(x) ? x->type : type_of_integers;
  kw__append_kept(y, x, axes, KW__ATTRIBUTES(sum, node)->keepdims);
  return check_axes(frame, node, axes);
}

kw_status kw__plan_reduce(kw__frame *frame, const kw__node *node) {
  return plan_reduction(frame, node, KW_I64);
}
kw_status kw__plan_moment(kw__frame *frame, const kw__node *node) {
  return plan_reduction(frame, node, KW_F64);
}

/* Is there an axis of size 0 among `axes`: 1 yes, 0 no, -1 only the run tells. */
static int32_t has_zero(const kw__tensor *x, uint32_t axes) {
  int32_t answer = 0;
  for (int32_t d = 0; d < x->rank; d++) {
    if (!(axes >> d & 1)) continue;
    if (x->size[d] == 0) return 1;
    if (x->size[d] < 0) answer = -1;
  }
  return answer;
}

bool kw__has_empty_lanes(kw__frame *frame, const kw__tensor *x, uint32_t axes) {
  int32_t empty = has_zero(x, axes), none = has_zero(x, kw__all_axes(x) & ~axes);
  frame->may_raise |= empty && none != 1 && (empty < 0 || none < 0);
  return empty == 1 && none == 0;
}

kw_status kw__plan_extreme(kw__frame *frame, const kw__node *node) {
  static const char names[2][2][8] = {{"minimum", "maximum"}, {"fmin", "fmax"}};
  kw_status status = kw__plan_reduce(frame, node);
  if (!status && kw__has_empty_lanes(frame, kw__in(frame, node, 0), kw__reduced_axes(frame, node)))
    return kw__raise(frame, node, "ValueError",
                     "zero-size array to reduction operation %s which has no identity",
                     names[KW__ATTRIBUTES(min, node)->skip_nan][node->op == KW__OP_max]);
  return status;
}

/* An axis of size 0 raises even where there is no lane. */
static kw_status plan_place(kw__frame *frame, const kw__node *node, bool keepdims,
                            const char *name) {
  const kw__tensor *x = kw__in(frame, node, 0);
  uint32_t axes = kw__reduced_axis(frame, node);
  int32_t empty = has_zero(x, axes);
  kw_status status = check_axes(frame, node, axes);
  if (!status && empty == 1)
    return kw__raise(frame, node, "ValueError", "attempt to get %s of an empty sequence", name);
  frame->may_raise |= empty < 0;
  kw__append_kept(kw__out(frame, node, 0), x, axes, keepdims);
  return status;
}

kw_status kw__plan_arg_extreme(kw__frame *frame, const kw__node *node) {
  const kw__argmin_attributes *how = KW__ATTRIBUTES(argmin, node);
  frame->may_raise |= how->skip_nan && kw__is_real(kw__in(frame, node, 0));
  return plan_place(frame, node, how->keepdims, node->op == KW__OP_argmax ? "argmax" : "argmin");
}

kw_status kw__plan_place(kw__frame *frame, const kw__node *node) {
  return plan_place(frame, node, false, "the place of an extreme");
}

kw_status kw__plan_along(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw__copy_shape(y, x);
  if (kw__is_present(node, 0) || x->rank == 1) return kw__check_reduced_axis(frame, node);
  y->rank = 1;
  y->size[0] = kw__count(x->size, x->rank);
  return KW_OK;
}
