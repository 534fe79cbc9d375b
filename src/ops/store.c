/* Stores: a value with some of its elements replaced.  What is stored is spread over its place as
 * NumPy does it. */
#include <inttypes.h>
#include <stdio.h>

#include "shape.h"

/* The elements that are replaced: their axes, the first of them, and the way from one to the next
 * in bytes. */
typedef struct target {
  char *first;
  int64_t size[KW_MAX_RANK], step[KW_MAX_RANK];
  int32_t rank;
} target;

/* ---- does it fit? ---- */
/* A value has the sizes of its place, or 1; axes before these must be 1.  *open: only the run
 * tells.
 */
static bool fits_place(const kw__tensor *value, const int64_t *size, int32_t rank, bool *open) {
  for (int32_t d = 0; d < value->rank; d++) {
    int32_t axis = rank - value->rank + d;
    int64_t have = value->size[d], want = axis < 0 ? 1 : size[axis];
    if (have == 1 || have == want) {
      *open |= have == KW__UNKNOWN;
      continue;
    }
    if (have >= 0 && want >= 0) return false;
    *open = true;
  }
  return true;
}

enum { SHAPE_TEXT = KW_MAX_RANK * 21 + 3 };

/* (3,) or (2,3), as Python writes tuples. */
static void write_shape(char text[SHAPE_TEXT], const int64_t *size, int32_t rank) {
  size_t used = 1;
  text[0] = '(';
  for (int32_t d = 0; d < rank; d++)
    used += (size_t)snprintf(text + used, SHAPE_TEXT - used, d ? ",%" PRId64 : "%" PRId64, size[d]);
  memcpy(text + used, rank == 1 ? ",)" : ")", rank == 1 ? 3 : 2);
}

static kw_status raise_misfit(kw__frame *frame, const kw__node *node, const kw__tensor *value,
                              const int64_t *size, int32_t rank) {
  char from[SHAPE_TEXT], into[SHAPE_TEXT];
  write_shape(from, value->size, value->rank);
  write_shape(into, size, rank);
  bool at_indices = node->op == KW__OP_put;
  return kw__raise(frame, node, "ValueError",
                   at_indices ? "shape mismatch: value array of shape %s could not be broadcast to "
                                "indexing result of shape %s"
                              : "could not broadcast input array from shape %s into shape %s",
                   from, into);
}

/* At the run the kernel asks, who knows the bounds. */
static kw_status plan_store(kw__frame *frame, const kw__node *node, const kw__tensor *value,
                            const int64_t *size, int32_t rank) {
  kw__copy_shape(kw__out(frame, node, 0), kw__in(frame, node, 0));
  bool open = false;
  if (frame->stage == KW__STAGE_OPEN && !fits_place(value, size, rank, &open))
    return raise_misfit(frame, node, value, size, rank);
  frame->may_raise |= open;
  return KW_OK;
}

/* ---- storing ---- */
/* y is x, in whose memory it may lie. */
static void keep_others(const kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *y = kw__out(frame, node, 0);
  if (y->data != x->data && x->count > 0)
    memcpy(y->data, x->data, (size_t)x->count * kw__type_bytes(x->type));
}

static kw_status store_value(kw__frame *frame, const kw__node *node, const kw__tensor *value,
                             target *p) {
  bool open = false;
  if (!fits_place(value, p->size, p->rank, &open))
    return raise_misfit(frame, node, value, p->size, p->rank);
  keep_others(frame, node);
  if (kw__count(p->size, p->rank) <= 0) return KW_OK;
  int64_t own[KW_MAX_RANK], step[KW_MAX_RANK] = {0};
  kw__get_steps(value, own);
  for (int32_t d = 0, shift = p->rank - value->rank; d < value->rank; d++)
    if (value->size[d] != 1) step[d + shift] = own[d];
  kw__store_steps(p->first, p->step, value->data, step, p->size, p->rank,
                  kw__type_bytes(value->type));
  return KW_OK;
}

/* ---- one index ---- */
static int32_t drop_axis(int64_t *out, const int64_t *in, int32_t rank, int64_t axis) {
  for (int32_t d = 0; d < rank - 1; d++) out[d] = in[d + (d >= axis)];
  return rank - 1;
}

kw_status kw__plan_set_item(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *index = kw__in(frame, node, 1);
  int64_t axis = KW__ATTRIBUTES(set_item, node)->axis, size[KW_MAX_RANK];
  kw_status status = kw__check_axis(frame, node, axis, x->rank);
  if (status) return status;
  if (frame->stage == KW__STAGE_OPEN) {
    int64_t at = index->data ? kw__index_at(index, 0) : 0;
    frame->may_raise |= !index->data || x->size[axis] < 0 || !kw__wrap_index(&at, x->size[axis]);
  }
  return plan_store(frame, node, kw__in(frame, node, 2), size,
                    drop_axis(size, x->size, x->rank, axis));
}

static KW__APART kw_status set_part(kw__frame *frame, const kw__node *node, int64_t at) {
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(set_item, node)->axis, step[KW_MAX_RANK] = {0};
  target p;
  kw__get_steps(x, step);
  p.first = (char *)kw__out(frame, node, 0)->data + at * step[axis];
  p.rank = drop_axis(p.size, x->size, x->rank, axis);
  drop_axis(p.step, step, x->rank, axis);
  return store_value(frame, node, kw__in(frame, node, 2), &p);
}

kw_status kw__run_set_item(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *y = kw__out(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(set_item, node)->axis;
  int64_t index = *(const kw__i64 *)kw__in(frame, node, 1)->data, at = index;
  if (!kw__wrap_index(&at, x->size[axis]))
    return kw__raise_index(frame, node, index, (int32_t)axis, x->size[axis]);
  if (x->rank != 1 || kw__in(frame, node, 2)->rank) return set_part(frame, node, at);
  size_t bytes = kw__type_bytes(x->type);
  if (y->data != x->data) memcpy(y->data, x->data, (size_t)x->count * bytes);
  kw__copy_block((char *)y->data + (size_t)at * bytes, kw__in(frame, node, 2)->data, bytes);
  return KW_OK;
}

/* ---- a slice ---- */
kw_status kw__plan_set_slice(kw__frame *frame, const kw__node *node) {
  const kw__set_slice_attributes *a = KW__ATTRIBUTES(set_slice, node);
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t size[KW_MAX_RANK];
  kw_status status = kw__check_axis(frame, node, a->axis, x->rank);
  if (status) return status;
  if (a->step == 0) return kw__raise(frame, node, "ValueError", "slice step cannot be zero");
  memcpy(size, x->size, sizeof size);
  size[a->axis] = kw__plan_range_size(frame, node, x->size[a->axis], a->step);
  return plan_store(frame, node, kw__in(frame, node, 3), size, x->rank);
}

kw_status kw__run_set_slice(kw__frame *frame, const kw__node *node) {
  const kw__set_slice_attributes *a = KW__ATTRIBUTES(set_slice, node);
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__range chosen = kw__find_range(frame, node, x->size[a->axis], a->step);
  target p = {.rank = x->rank};
  kw__get_steps(x, p.step);
  memcpy(p.size, x->size, sizeof p.size);
  p.first = kw__out(frame, node, 0)->data;
  if (chosen.count > 0) p.first += chosen.start * p.step[a->axis];
  p.size[a->axis] = chosen.count;
  p.step[a->axis] *= chosen.count > 1 ? a->step : 1;
  return store_value(frame, node, kw__in(frame, node, 3), &p);
}

/* ---- many indices ---- */
kw_status kw__plan_put(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1);
  if (frame->stage == KW__STAGE_OPEN) {
    int64_t count = kw__count(x->size, x->rank);
    frame->may_raise |= count < 0 || !indices->data || !kw__are_in_range(indices, count);
  }
  return plan_store(frame, node, kw__in(frame, node, 2), indices->size, indices->rank);
}

/* Where in `value` the element lies that is spread to element i of a place. */
static int64_t find_source(const kw__tensor *value, const kw__tensor *spread_to, int64_t i) {
  int64_t at = 0, step = 1;
  for (int32_t d = value->rank - 1, k = spread_to->rank - 1; d >= 0 && k >= 0; d--, k--) {
    if (value->size[d] != 1) at += i % spread_to->size[k] * step;
    i /= spread_to->size[k];
    step *= value->size[d];
  }
  return at;
}

kw_status kw__run_put(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1),
                   *value = kw__in(frame, node, 2), *y = kw__out(frame, node, 0);
  const kw__i64 *index = indices->data;
  bool open = false;
  if (!fits_place(value, indices->size, indices->rank, &open))
    return raise_misfit(frame, node, value, indices->size, indices->rank);
  for (int64_t i = 0; i < indices->count; i++) {
    int64_t at = index[i];
    if (!kw__wrap_index(&at, x->count)) return kw__raise_index(frame, node, index[i], 0, x->count);
  }
  keep_others(frame, node);
  size_t bytes = kw__type_bytes(x->type);
  for (int64_t i = 0; i < indices->count; i++) {
    int64_t at = index[i],
            from = value->count == indices->count ? i : find_source(value, indices, i);
    kw__wrap_index(&at, x->count);
    memcpy((char *)y->data + (size_t)at * bytes, (const char *)value->data + (size_t)from * bytes,
           bytes);
  }
  return KW_OK;
}
