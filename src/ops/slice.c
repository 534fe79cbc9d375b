/* Blocks and slices along all axes at once: taken out, and put in. */
#include <inttypes.h>

#include "shape.h"

/* ---- block ---- */
kw_status kw__plan_block(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t begin[KW_MAX_RANK], size[KW_MAX_RANK];
  kw_status status = kw__read_vector(frame, node, 1, x->rank, begin);
  if (!status) status = kw__read_vector(frame, node, 2, x->rank, size);
  if (status) return status;
  y->rank = x->rank;
  for (int32_t d = 0; d < x->rank; d++) {
    int64_t n = x->size[d], at = begin[d], left = at >= 0 && n >= 0 ? n - at : INT64_MAX;
    bool unread = at == KW__UNKNOWN || size[d] == KW__UNKNOWN;
    frame->may_raise |= unread || n < 0;
    if ((at < 0 && at != KW__UNKNOWN) || left < 0 || (size[d] < -1 && size[d] != KW__UNKNOWN) ||
        size[d] > left)
      return kw__raise(frame, node, "ValueError",
                       "no %" PRId64 " elements from %" PRId64
                       " on along axis %d with size %" PRId64,
                       size[d], at, d, n);
    y->size[d] = size[d] != -1 ? size[d] : at == 0 ? n : left == INT64_MAX ? KW__UNKNOWN : left;
  }
  return KW_OK;
}

/* The places are read once more: what is read here decides where memory is touched. */
kw_status kw__run_block(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *begin = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t step[KW_MAX_RANK];
  const char *from = x->data;
  if (y->count <= 0) return KW_OK;
  kw__get_steps(x, step);
  for (int32_t d = 0; d < x->rank; d++) {
    int64_t at = kw__index_at(begin, d);
    if (at < 0 || at > x->size[d] - y->size[d])
      return kw__raise_index(frame, node, at, d, x->size[d]);
    from += at * step[d];
  }
  kw__copy_steps(y, from, step);
  return KW_OK;
}

/* ---- strided_slice ---- */
typedef struct chosen {
  int64_t start[KW_MAX_RANK]; /* along the axes of x */
  int64_t size[KW_MAX_RANK], stride[KW_MAX_RANK];
  int32_t axis[KW_MAX_RANK]; /* along the axes of y: the axis of x, or -1 */
  int32_t rank, next;        /* next: axis of x that no item has taken */
} chosen;

static void choose_axis(chosen *c, int64_t size, int64_t stride, int32_t axis) {
  c->size[c->rank] = size;
  c->stride[c->rank] = stride;
  c->axis[c->rank++] = axis;
}

/* Item i of the slice is start:stop:stride of the next axis. */
static kw_status choose_range(kw__frame *frame, const kw__node *node, int32_t i, chosen *c) {
  const kw__strided_slice_attributes *a = KW__ATTRIBUTES(strided_slice, node);
  const kw__tensor *begin = kw__in(frame, node, 1), *end = kw__in(frame, node, 2),
                   *strides = kw__in(frame, node, 3);
  bool has_begin = !(a->begin_mask >> i & 1), has_end = !(a->end_mask >> i & 1);
  int32_t axis = c->next++;
  int64_t n = kw__in(frame, node, 0)->size[axis], start = 0, stop = 0;
  int64_t stride = strides->data ? kw__index_at(strides, i) : KW__UNKNOWN;
  frame->may_raise |= !strides->data;
  if (stride == 0) return kw__raise(frame, node, "ValueError", "slice step cannot be zero");
  if (begin->data && has_begin) start = kw__index_at(begin, i);
  if (end->data && has_end) stop = kw__index_at(end, i);
  if (stride == 1 && begin->data && start == 0) has_begin = false;
  if (!strides->data || (has_begin && !begin->data) || (has_end && !end->data) || n < 0) {
    bool whole = !has_begin && !has_end && (stride == 1 || stride == -1);
    choose_axis(c, whole ? n : KW__UNKNOWN, stride, axis);
    return KW_OK;
  }
  if (stride == INT64_MIN) stride++;
  if (a->offset && has_end) {
    int64_t from = kw__slice_range(n, has_begin ? &start : NULL, NULL, stride).start; /* >= -1 */
    stop = from > 0 && stop > INT64_MAX - from ? INT64_MAX : stop > -INT64_MAX ? stop + from : stop;
  }
  kw__range range = kw__slice_range(n, has_begin ? &start : NULL, has_end ? &stop : NULL, stride);
  c->start[axis] = range.start;
  choose_axis(c, range.count, stride, axis);
  return KW_OK;
}

/* Item i is an index into the next axis, which y does not have. */
static kw_status choose_index(kw__frame *frame, const kw__node *node, int32_t i, chosen *c) {
  const kw__tensor *begin = kw__in(frame, node, 1);
  int32_t axis = c->next++;
  int64_t n = kw__in(frame, node, 0)->size[axis];
  frame->may_raise |= !begin->data || n < 0;
  if (!begin->data || n < 0) return KW_OK;
  int64_t at = kw__index_at(begin, i);
  c->start[axis] = at < 0 ? at + n : at;
  return c->start[axis] >= 0 && c->start[axis] < n ? KW_OK
                                                   : kw__raise_index(frame, node, at, axis, n);
}

static void choose_whole(const kw__tensor *x, int32_t count, chosen *c) {
  for (; count > 0; count--, c->next++) choose_axis(c, x->size[c->next], 1, c->next);
}

static int32_t count_bits(uint32_t mask) {
  int32_t count = 0;
  for (; mask; mask &= mask - 1) count++;
  return count;
}

/* What the items choose, from the first to the last; what they leave is taken whole. */
static kw_status read_items(kw__frame *frame, const kw__node *node, chosen *c) {
  const kw__strided_slice_attributes *a = KW__ATTRIBUTES(strided_slice, node);
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t items = kw__in(frame, node, 1)->size[0];
  if (items < 0 || items > 31 || kw__in(frame, node, 2)->size[0] != items ||
      kw__in(frame, node, 3)->size[0] != items)
    return kw__refuse(frame, node, KW_SHAPE, "begin, end and strides must have at most 31 items");
  uint32_t all = (1u << items) - 1, whole = (uint32_t)a->ellipsis_mask & all,
           added = (uint32_t)a->new_axis_mask & all & ~whole,
           index = (uint32_t)a->shrink_axis_mask & all & ~whole & ~added;
  int32_t left = x->rank - count_bits(all & ~whole & ~added);
  if (left < 0 || count_bits(whole) > 1)
    return kw__raise(frame, node, "IndexError",
                     left < 0 ? "too many indices for array"
                              : "an index can only have a single ellipsis ('...')");
  kw_status status = kw__check_rank(frame, node, x->rank + count_bits(added) - count_bits(index));
  *c = (chosen){0};
  for (int32_t i = 0; i < items && !status; i++) {
    if (whole >> i & 1)
      choose_whole(x, left, c);
    else if (added >> i & 1)
      choose_axis(c, 1, 1, -1);
    else
      status = (index >> i & 1 ? choose_index : choose_range)(frame, node, i, c);
  }
  if (!status) choose_whole(x, x->rank - c->next, c);
  return status;
}

kw_status kw__plan_strided_slice(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  chosen c;
  kw_status status = read_items(frame, node, &c);
  if (status) return status;
  y->rank = (uint8_t)c.rank;
  memcpy(y->size, c.size, sizeof c.size);
  return KW_OK;
}

kw_status kw__run_strided_slice(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t from[KW_MAX_RANK], step[KW_MAX_RANK] = {0};
  chosen c;
  kw_status status = read_items(frame, node, &c);
  if (status || y->count <= 0) return status;
  kw__get_steps(x, from);
  const char *at = x->data;
  for (int32_t d = 0; d < x->rank; d++) at += c.start[d] * from[d];
  for (int32_t d = 0; d < y->rank; d++) {
    if (c.size[d] != y->size[d]) return kw__refuse(frame, node, KW_SHAPE, "the bounds changed");
    if (c.size[d] > 1) step[d] = c.stride[d] * from[c.axis[d]];
  }
  kw__copy_steps(y, at, step);
  return KW_OK;
}

/* ---- update_slice ---- */
kw_status kw__plan_update_slice(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *update = kw__in(frame, node, 1);
  int64_t places = kw__in(frame, node, 2)->size[0];
  bool fits = update->rank == x->rank;
  for (int32_t d = 0; d < x->rank && fits; d++) {
    fits = update->size[d] < 0 || x->size[d] < 0 || update->size[d] <= x->size[d];
    frame->may_raise |= update->size[d] != x->size[d] && (update->size[d] < 0 || x->size[d] < 0);
  }
  if (!fits) return kw__raise(frame, node, "ValueError", "the update is larger than the value");
  if (places != x->rank)
    return kw__refuse(frame, node, KW_SHAPE, "start must have an element for each axis");
  kw__copy_shape(kw__out(frame, node, 0), x);
  return KW_OK;
}

/* The memory of y may be that of any input. */
kw_status kw__run_update_slice(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *update = kw__in(frame, node, 1);
  const kw__tensor *start = kw__in(frame, node, 2), *y = kw__out(frame, node, 0);
  int64_t step[KW_MAX_RANK], from[KW_MAX_RANK], at = 0;
  size_t block = kw__type_bytes(y->type), bytes = (size_t)x->count * block;
  if (y->count <= 0) return KW_OK;
  kw__get_steps(y, step);
  for (int32_t d = 0; d < x->rank; d++) {
    int64_t place = kw__index_at(start, d), most = x->size[d] - update->size[d];
    at += (place < 0 ? 0 : place < most ? place : most) * step[d];
  }
  const void *whole = update->count == y->count ? update->data : x->data;
  if (whole != y->data) memmove(y->data, whole, bytes);
  if (whole == update->data || update->count == 0) return KW_OK;
  kw__get_steps(update, from);
  kw__store_steps((char *)y->data + at, step, update->data, from, update->size, x->rank, block);
  return KW_OK;
}
