/* Elements at indices, which must lie within: none counts from the end, and none is clamped. */
#include <inttypes.h>

#include "shape.h"

/* ---- gather ---- */
kw_status kw__plan_gather(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int32_t axis = (int32_t)KW__ATTRIBUTES(gather, node)->axis,
          batch = (int32_t)KW__ATTRIBUTES(gather, node)->batch;
  kw_status status = kw__check_axis(frame, node, axis, x->rank);
  if (!status) status = kw__check_rank(frame, node, x->rank + indices->rank - 1 - batch);
  if (status) return status;
  if (batch > axis || batch > indices->rank)
    return kw__refuse(frame, node, KW_SHAPE, "%d axes of the batch", batch);
  frame->may_raise = true;
  y->rank = 0;
  for (int32_t d = 0; d < axis; d++) {
    int64_t size = x->size[d], other = d < batch ? indices->size[d] : size;
    if (size >= 0 && other >= 0 && size != other)
      return kw__raise(frame, node, "ValueError",
                       "size %" PRId64 " against %" PRId64 " along axis %d", size, other, d);
    y->size[y->rank++] = size < 0 ? other : size;
  }
  for (int32_t d = batch; d < indices->rank; d++) y->size[y->rank++] = indices->size[d];
  for (int32_t d = axis + 1; d < x->rank; d++) y->size[y->rank++] = x->size[d];
  return KW_OK;
}

kw_status kw__run_gather(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1);
  const kw__tensor *y = kw__out(frame, node, 0);
  int32_t axis = (int32_t)KW__ATTRIBUTES(gather, node)->axis,
          batch = (int32_t)KW__ATTRIBUTES(gather, node)->batch;
  int64_t size = x->size[axis], batches = kw__count(indices->size, batch), outer = 1;
  size_t inner = 0; /* nothing to copy: the indices are looked at all the same */
  if (indices->count <= 0) return KW_OK;
  if (y->count > 0) kw__get_blocks(x, axis, &outer, &inner), outer /= batches;
  int64_t each = indices->count / batches;
  const char *from = x->data;
  char *out = y->data;
  for (int64_t b = 0; b < batches; b++)
    for (int64_t o = 0; o < outer; o++, from += (size_t)size * inner)
      for (int64_t i = 0; i < each; i++, out += inner) {
        int64_t at = kw__index_at(indices, b * each + i);
        if (at < 0 || at >= size) return kw__raise_index(frame, node, at, axis, size);
        kw__copy_run(out, from + (size_t)at * inner, 1, 0, inner);
      }
  return KW_OK;
}

/* ---- places: rows along the last axis of the indices ---- */
/* width: of how many of the first axes they are places. */
static kw_status check_places(kw__frame *frame, const kw__node *node, const kw__tensor *indices,
                              int64_t rank, int32_t *width) {
  int64_t size = indices->rank ? indices->size[indices->rank - 1] : -1;
  if (size < 0 || size > rank)
    return kw__refuse(frame, node, KW_SHAPE,
                      "the last axis of the indices must have at most %" PRId64 " places", rank);
  frame->may_raise = true;
  *width = (int32_t)size;
  return KW_OK;
}

/* Which of the parts that lie at places of x's first axes row `row` tells. */
static kw_status find_part(kw__frame *frame, const kw__node *node, const kw__tensor *indices,
                           int64_t row, const kw__tensor *x, int64_t *place) {
  int32_t width = (int32_t)indices->size[indices->rank - 1];
  *place = 0;
  for (int32_t d = 0; d < width; d++) {
    int64_t at = kw__index_at(indices, row * width + d);
    if (at < 0 || at >= x->size[d]) return kw__raise_index(frame, node, at, d, x->size[d]);
    *place = *place * x->size[d] + at;
  }
  return KW_OK;
}

kw_status kw__plan_gather_nd(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int32_t width = 0;
  kw_status status = check_places(frame, node, indices, x->rank, &width);
  if (!status) status = kw__check_rank(frame, node, indices->rank - 1 + x->rank - width);
  if (status) return status;
  y->rank = 0;
  for (int32_t d = 0; d < indices->rank - 1; d++) y->size[y->rank++] = indices->size[d];
  for (int32_t d = width; d < x->rank; d++) y->size[y->rank++] = x->size[d];
  return KW_OK;
}

kw_status kw__run_gather_nd(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1);
  const kw__tensor *y = kw__out(frame, node, 0);
  int64_t rows = kw__count(indices->size, indices->rank - 1), place;
  size_t inner = y->count > 0 ? (size_t)(y->count / rows) * kw__type_bytes(y->type) : 0;
  for (int64_t i = 0; i < rows; i++) {
    kw_status status = find_part(frame, node, indices, i, x, &place);
    if (status) return status;
    kw__copy_run((char *)y->data + (size_t)i * inner, (const char *)x->data + (size_t)place * inner,
                 1, 0, inner);
  }
  return KW_OK;
}

kw_status kw__plan_scatter_nd(kw__frame *frame, const kw__node *node) {
  const kw__tensor *indices = kw__in(frame, node, 0), *updates = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int32_t width = 0, rank, outer = indices->rank - 1;
  kw_status status = kw__read_sizes(frame, node, 2, -1, y->size);
  if (status) return status;
  rank = y->rank = (uint8_t)kw__in(frame, node, 2)->size[0];
  status = check_places(frame, node, indices, rank, &width);
  if (status) return status;
  bool fits = updates->rank == outer + rank - width;
  for (int32_t d = 0; d < updates->rank && fits; d++) {
    int64_t have = updates->size[d];
    const int64_t *must = d < outer ? &indices->size[d] : &y->size[width + d - outer];
    fits = have == *must || have < 0 || *must < 0;
  }
  return fits ? KW_OK
              : kw__raise(frame, node, "ValueError", "updates do not have the sizes of the places");
}

#define ADD(ctype, sum)                                  \
  {                                                      \
    ctype *y = to;                                       \
    const ctype *x = from;                               \
    for (int64_t i = 0; i < n; i++) y[i] = (ctype)(sum); \
    return;                                              \
  }
static void add_elements(int32_t type, void *to, const void *from, int64_t n) {
  if (type == KW_BOOL) ADD(uint8_t, y[i] | x[i])
  if (type == KW_F32) ADD(float, y[i] + x[i])
  if (type == KW_F64) ADD(kw__f64, y[i] + x[i])
  switch (kw__type_bytes(type)) {
    case 1:
      ADD(uint8_t, y[i] + x[i])
    case 2:
      ADD(uint16_t, y[i] + x[i])
    case 4:
      ADD(uint32_t, y[i] + x[i])
    default:
      ADD(kw__u64, y[i] + x[i])
  }
}
#undef ADD

kw_status kw__run_scatter_nd(kw__frame *frame, const kw__node *node) {
  const kw__tensor *indices = kw__in(frame, node, 0), *updates = kw__in(frame, node, 1);
  const kw__tensor *y = kw__out(frame, node, 0);
  size_t bytes = kw__type_bytes(y->type);
  int64_t rows = kw__count(indices->size, indices->rank - 1), place;
  int64_t each = updates->count > 0 ? updates->count / rows : 0;
  if (y->count > 0) memset(y->data, 0, (size_t)y->count * bytes);
  for (int64_t i = 0; i < rows; i++) {
    kw_status status = find_part(frame, node, indices, i, y, &place);
    if (status) return status;
    add_elements(y->type, (char *)y->data + (size_t)(place * each) * bytes,
                 (const char *)updates->data + (size_t)(i * each) * bytes, each);
  }
  return KW_OK;
}
