/* Tensors whose sizes are values of other tensors; repeated, and taken apart. */
#include <inttypes.h>

#include "shape.h"

/* ---- values that are sizes ---- */
kw_status kw__read_vector(kw__frame *frame, const kw__node *node, int32_t index, int32_t count,
                          int64_t out[KW_MAX_RANK]) {
  const kw__tensor *x = kw__in(frame, node, index);
  int64_t have = x->size[0];
  if (have < 0 || have > KW_MAX_RANK || (count >= 0 && have != count))
    return kw__refuse(frame, node, KW_SHAPE, "input %d must have an element for each axis", index);
  for (int32_t i = 0; i < have; i++) {
    out[i] = x->data ? kw__index_at(x, i) : KW__UNKNOWN;
    if (x->data && out[i] == KW__UNKNOWN) out[i] = -INT64_MAX;
  }
  return KW_OK;
}

kw_status kw__read_sizes(kw__frame *frame, const kw__node *node, int32_t index, int32_t count,
                         int64_t out[KW_MAX_RANK]) {
  kw_status status = kw__read_vector(frame, node, index, count, out);
  for (int32_t i = 0; !status && i < kw__in(frame, node, index)->size[0]; i++) {
    frame->may_raise |= out[i] == KW__UNKNOWN;
    if (out[i] < 0 && out[i] != KW__UNKNOWN)
      status = kw__raise(frame, node, "ValueError", "negative dimensions are not allowed");
  }
  return status;
}

kw_status kw__plan_reshape_by(kw__frame *frame, const kw__node *node) {
  int64_t wish[KW_MAX_RANK];
  kw_status status = kw__read_vector(frame, node, 1, -1, wish);
  if (status) return status;
  return kw__plan_sizes(frame, node, wish, (int32_t)kw__in(frame, node, 1)->size[0]);
}

kw_status kw__run_reshape_by(kw__frame *frame, const kw__node *node) {
  return kw__run_copy(frame, node);
}

kw_status kw__plan_broadcast_by(kw__frame *frame, const kw__node *node) {
  int64_t size[KW_MAX_RANK];
  kw_status status = kw__read_sizes(frame, node, 1, -1, size);
  if (status) return status;
  return kw__plan_spread(frame, node, size, (int32_t)kw__in(frame, node, 1)->size[0]);
}

kw_status kw__run_broadcast_by(kw__frame *frame, const kw__node *node) {
  return kw__run_broadcast_like(frame, node);
}

/* False: no axis of `rank`.  Below zero it counts from the last. */
static bool find_axis(int64_t value, int32_t rank, int64_t *axis) {
  *axis = value < 0 ? value + rank : value;
  return *axis >= 0 && *axis < rank;
}

static kw_status raise_axis(kw__frame *frame, const kw__node *node, int64_t value, int32_t rank) {
  return kw__raise(frame, node, "AxisError",
                   "axis %" PRId64 " is out of bounds for array of dimension %d", value, rank);
}

/* The scalar input 1, an axis of `rank`; KW__UNKNOWN where only the run tells it. */
static kw_status read_axis(kw__frame *frame, const kw__node *node, int32_t rank, int64_t *axis) {
  const kw__tensor *x = kw__in(frame, node, 1);
  frame->may_raise |= !x->data;
  *axis = KW__UNKNOWN;
  if (!x->data) return KW_OK;
  int64_t value = kw__index_at(x, 0);
  return find_axis(value, rank, axis) ? KW_OK : raise_axis(frame, node, value, rank);
}

kw_status kw__plan_insert_axis(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t axis;
  kw_status status = kw__check_rank(frame, node, x->rank + 1);
  if (!status) status = read_axis(frame, node, x->rank + 1, &axis);
  if (status) return status;
  y->rank = (uint8_t)(x->rank + 1);
  for (int32_t d = 0; d < y->rank; d++)
    y->size[d] = axis < 0 ? KW__UNKNOWN : d == axis ? 1 : x->size[d - (d > axis)];
  return KW_OK;
}

kw_status kw__run_insert_axis(kw__frame *frame, const kw__node *node) {
  return kw__run_copy(frame, node);
}

/* The axes of x as y has them, each once. */
static kw_status read_order(kw__frame *frame, const kw__node *node, int64_t axes[KW_MAX_RANK]) {
  int32_t rank = kw__in(frame, node, 0)->rank;
  uint32_t seen = 0;
  kw_status status = kw__read_vector(frame, node, 1, rank, axes);
  frame->may_raise |= !kw__in(frame, node, 1)->data;
  for (int32_t d = 0; d < rank && !status && axes[d] != KW__UNKNOWN; d++) {
    int64_t value = axes[d];
    if (!find_axis(value, rank, &axes[d])) return raise_axis(frame, node, value, rank);
    if (seen >> axes[d] & 1)
      return kw__raise(frame, node, "ValueError", "repeated axis in transpose");
    seen |= 1u << axes[d];
  }
  return status;
}

kw_status kw__plan_transpose_by(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t axes[KW_MAX_RANK];
  kw_status status = read_order(frame, node, axes);
  y->rank = x->rank;
  for (int32_t d = 0; d < x->rank && !status; d++)
    y->size[d] = axes[d] < 0 ? KW__UNKNOWN : x->size[axes[d]];
  return status;
}

kw_status kw__run_transpose_by(kw__frame *frame, const kw__node *node) {
  int64_t axes[KW_MAX_RANK];
  kw_status status = read_order(frame, node, axes);
  return status ? status : kw__copy_transposed(frame, node, axes);
}

kw_status kw__plan_shape_of(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t to = KW__ATTRIBUTES(shape_of, node)->to;
  if (to != KW_I64 && to != KW_I32)
    return kw__refuse(frame, node, KW_TYPE, "sizes are int32 or int64");
  y->type = (uint8_t)to;
  y->size[0] = kw__in(frame, node, 0)->rank;
  return KW_OK;
}

kw_status kw__run_shape_of(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *y = kw__out(frame, node, 0);
  for (int32_t d = 0; d < x->rank; d++) {
    if (y->type == KW_I64)
      ((int64_t *)y->data)[d] = x->size[d];
    else
      ((int32_t *)y->data)[d] = (int32_t)x->size[d];
  }
  return KW_OK;
}

/* ---- tile ---- */
kw_status kw__plan_tile(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t count[KW_MAX_RANK];
  kw_status status = kw__read_sizes(frame, node, 1, x->rank, count);
  if (status) return status;
  kw__copy_shape(y, x);
  for (int32_t d = 0; d < y->rank; d++) {
    if (count[d] == 1) continue;
    bool known = y->size[d] >= 0 && count[d] >= 0;
    y->size[d] = known ? kw__multiply_sizes(y->size[d], count[d]) : KW__UNKNOWN;
  }
  return KW_OK;
}

/* Tiles the axes from `size` on, of which the last is made of blocks; gives the input's next place.
 */
static const char *tile_axes(char *out, const char *from, const int64_t *size, const int64_t *tiled,
                             int32_t rank, size_t block) {
  if (rank == 0) return memcpy(out, from, block), from + block;
  size_t inner = block * (size_t)kw__count(tiled + 1, rank - 1);
  for (int64_t i = 0; i < size[0]; i++)
    from = tile_axes(out + (size_t)i * inner, from, size + 1, tiled + 1, rank - 1, block);
  size_t part = (size_t)size[0] * inner;
  for (int64_t i = 1; i < tiled[0] / size[0]; i++) memcpy(out + (size_t)i * part, out, part);
  return from;
}

kw_status kw__run_tile(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *y = kw__out(frame, node, 0);
  size_t block = kw__type_bytes(x->type);
  int32_t rank = x->rank;
  if (y->count <= 0) return KW_OK;
  for (; rank > 0 && x->size[rank - 1] == y->size[rank - 1]; rank--)
    block *= (size_t)x->size[rank - 1];
  tile_axes(y->data, x->data, x->size, y->size, rank, block);
  return KW_OK;
}

/* ---- split ---- */
static kw_status raise_split(kw__frame *frame, const kw__node *node, int64_t size) {
  return kw__raise(frame, node, "ValueError",
                   "an axis of size %" PRId64 " does not split into these parts", size);
}

/* The sizes of the parts; one may be -1.  `size` is that of the axis. */
static kw_status plan_parts(kw__frame *frame, const kw__node *node, int64_t axis, int64_t size) {
  const kw__tensor *sizes = kw__in(frame, node, 2);
  int64_t left = size;
  int32_t open = -1;
  if (sizes->size[0] != node->outputs)
    return kw__refuse(frame, node, KW_SHAPE, "there must be a size for each part");
  frame->may_raise |= !sizes->data || size < 0;
  for (int32_t i = 0; i < node->outputs; i++) {
    int64_t part = sizes->data ? kw__index_at(sizes, i) : KW__UNKNOWN;
    kw__out(frame, node, i)->size[axis] = part < 0 ? KW__UNKNOWN : part;
    if (!sizes->data) continue;
    if (part < -1 || (part == -1 && open >= 0) || (size >= 0 && part > left))
      return raise_split(frame, node, size);
    if (part == -1)
      open = i;
    else
      left -= size < 0 ? 0 : part;
  }
  if (!sizes->data || size < 0) return KW_OK;
  if (open >= 0) kw__out(frame, node, open)->size[axis] = left;
  return open >= 0 || left == 0 ? KW_OK : raise_split(frame, node, size);
}

kw_status kw__plan_split(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t axis, parts = node->outputs;
  if (parts != KW__ATTRIBUTES(split, node)->parts)
    return kw__refuse(frame, node, KW_SHAPE, "%" PRId64 " outputs for %" PRId64 " parts", parts,
                      KW__ATTRIBUTES(split, node)->parts);
  kw_status status = read_axis(frame, node, x->rank, &axis);
  for (int32_t i = 0; i < parts && !status; i++) {
    kw__tensor *y = kw__out(frame, node, i);
    kw__copy_shape(y, x);
    for (int32_t d = 0; d < x->rank && parts > 1; d++)
      if (axis == d || axis == KW__UNKNOWN)
        y->size[d] = axis < 0 || x->size[d] < 0 ? KW__UNKNOWN : x->size[d] / parts;
  }
  if (status || axis == KW__UNKNOWN) return status;
  int64_t size = x->size[axis];
  if (kw__in_or_null(frame, node, 2)) return plan_parts(frame, node, axis, size);
  frame->may_raise |= size < 0;
  return size >= 0 && size % parts ? raise_split(frame, node, size) : KW_OK;
}

kw_status kw__plan_unstack(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(unstack, node)->axis;
  kw_status status = kw__check_axis(frame, node, axis, x->rank);
  if (status) return status;
  frame->may_raise |= x->size[axis] < 0;
  if (x->size[axis] >= 0 && x->size[axis] != node->outputs)
    return raise_split(frame, node, x->size[axis]);
  for (int32_t i = 0; i < node->outputs; i++) {
    kw__tensor *y = kw__out(frame, node, i);
    y->rank = 0;
    for (int32_t d = 0; d < x->rank; d++)
      if (d != axis) y->size[y->rank++] = x->size[d];
  }
  return KW_OK;
}

static kw_status copy_parts(kw__frame *frame, const kw__node *node, int64_t axis) {
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t outer = kw__count(x->size, (int32_t)axis);
  const char *from = x->data;
  if (x->count <= 0) return KW_OK;
  for (int64_t o = 0; o < outer; o++)
    for (int32_t i = 0; i < node->outputs; i++) {
      const kw__tensor *y = kw__out(frame, node, i);
      size_t part = (size_t)(y->count / outer) * kw__type_bytes(y->type);
      kw__copy_run((char *)y->data + (size_t)o * part, from, 1, 0, part);
      from += part;
    }
  return KW_OK;
}

kw_status kw__run_split(kw__frame *frame, const kw__node *node) {
  int64_t axis;
  kw_status status = read_axis(frame, node, kw__in(frame, node, 0)->rank, &axis);
  return status ? status : copy_parts(frame, node, axis);
}
kw_status kw__run_unstack(kw__frame *frame, const kw__node *node) {
  return copy_parts(frame, node, KW__ATTRIBUTES(unstack, node)->axis);
}
