/* Shapes: other sizes for the same elements, axes in another order, repeated or joined.  All that
 * moves elements is one walk, which writes the output in order and reads the input in steps of
 * bytes. */
#include "shape.h"

#include <inttypes.h>
#include <stdio.h>

kw_status kw__check_rank(kw__frame *frame, const kw__node *node, int64_t rank) {
  if (rank <= KW_MAX_RANK) return KW_OK;
  return kw__refuse(frame, node, KW_SHAPE, "%" PRId64 " dimensions, must be at most %d", rank,
                    KW_MAX_RANK);
}

/* ---- the walk ---- */
void kw__copy_run(char *out, const char *from, int64_t n, int64_t step, size_t block) {
#define COPY(bytes) \
  for (int64_t i = 0; i < n; i++) memcpy(out + i * (bytes), from + i * step, (size_t)(bytes))
  switch (block) { /* the width as a constant: a load and a store */
    case 1:
      COPY(1);
      break;
    case 4:
      COPY(4);
      break;
    case 8:
      COPY(8);
      break;
    default:
      COPY((int64_t)block);
  }
#undef COPY
}

static char *copy_axes(char *out, const char *from, const int64_t *size, const int64_t *step,
                       int32_t rank, size_t block) {
  if (rank > 1) {
    for (int64_t i = 0; i < size[0]; i++)
      out = copy_axes(out, from + i * step[0], size + 1, step + 1, rank - 1, block);
    return out;
  }
  int64_t n = rank ? size[0] : 1;
  kw__copy_run(out, from, n, rank ? step[0] : 0, block);
  return out + n * (int64_t)block;
}

/* The innermost axes that lie in the input as in the output are one block. */
void kw__copy_steps(kw__tensor *y, const char *from, const int64_t *step) {
  size_t block = kw__type_bytes(y->type);
  int32_t rank = y->rank;
  for (; rank > 0 && (y->size[rank - 1] == 1 || step[rank - 1] == (int64_t)block); rank--)
    block *= (size_t)y->size[rank - 1];
  copy_axes(y->data, from, y->size, step, rank, block);
}

static void store_axes(char *to, const int64_t *into, const char *from, const int64_t *step,
                       const int64_t *size, int32_t rank, size_t block) {
  for (int64_t i = 0; rank && i < size[0]; i++)
    store_axes(to + i * into[0], into + 1, from + i * step[0], step + 1, size + 1, rank - 1, block);
  if (rank == 0) kw__copy_run(to, from, 1, 0, block);
}

void kw__store_steps(char *to, const int64_t *into, const char *from, const int64_t *step,
                     const int64_t *size, int32_t rank, size_t block) {
  for (; rank > 0 && into[rank - 1] == (int64_t)block && step[rank - 1] == (int64_t)block; rank--)
    block *= (size_t)size[rank - 1];
  store_axes(to, into, from, step, size, rank, block);
}

void kw__get_steps(const kw__tensor *x, int64_t step[KW_MAX_RANK]) {
  int64_t bytes = (int64_t)kw__type_bytes(x->type);
  for (int32_t d = x->rank - 1; d >= 0; d--) step[d] = bytes, bytes *= x->size[d];
}

void kw__get_blocks(const kw__tensor *x, int64_t axis, int64_t *outer, size_t *inner) {
  *outer = kw__count(x->size, (int32_t)axis);
  *inner =
      (size_t)kw__count(x->size + axis + 1, x->rank - (int32_t)axis - 1) * kw__type_bytes(x->type);
}

/* ---- other sizes for the same elements ---- */
static kw_status raise_reshape(kw__frame *frame, const kw__node *node, int64_t have,
                               const int64_t *wish, int32_t rank) {
  char text[KW_MAX_RANK * 21 + 1] = "";
  size_t used = 0;
  for (int32_t d = 0; d < rank; d++) {
    char *at = text + used;
    int length = wish[d] < 0 ? snprintf(at, sizeof text - used, "newaxis,")
                             : snprintf(at, sizeof text - used, "%" PRId64 ",", wish[d]);
    used += (size_t)length;
  }
  if (rank > 1) text[used - 1] = 0;
  return kw__raise(frame, node, "ValueError",
                   "cannot reshape array of size %" PRId64 " into shape (%s)", have, text);
}

kw_status kw__plan_sizes(kw__frame *frame, const kw__node *node, const int64_t *wish,
                         int32_t rank) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t known = 1, have = 1, symbol = KW__UNKNOWN;
  int32_t infer = -1, symbols = 0;
  bool complete = true;
  y->rank = (uint8_t)rank;
  for (int32_t d = 0; d < rank; d++) {
    y->size[d] = wish[d];
    complete &= wish[d] != KW__UNKNOWN;
    if (wish[d] >= 0) known = kw__multiply_sizes(known, wish[d]);
    if (wish[d] >= 0 || wish[d] == KW__UNKNOWN) continue;
    if (infer >= 0)
      return kw__raise(frame, node, "ValueError", "can only specify one unknown dimension");
    infer = d;
  }
  for (int32_t d = 0; d < x->rank; d++) {
    if (x->size[d] < 0)
      symbols++, symbol = x->size[d];
    else
      have = kw__multiply_sizes(have, x->size[d]);
  }
  if (symbols == 0 && complete) {
    bool fits = infer < 0 ? have == known : known > 0 && have % known == 0;
    if (!fits) return raise_reshape(frame, node, have, wish, rank);
    if (infer >= 0) y->size[infer] = have / known;
    return KW_OK;
  }
  bool stays = symbols == 1 && complete && infer >= 0 && have == known && known > 0;
  if (infer >= 0) y->size[infer] = stays ? symbol : KW__UNKNOWN;
  frame->may_raise |= !stays && !(complete && infer >= 0 && known == 1);
  return KW_OK;
}

/* Sizes that are inputs 1, 2, ...; all negative ones become -1, so that none looks unknown. */
static kw_status read_sizes(kw__frame *frame, const kw__node *node, int64_t wish[KW_MAX_RANK]) {
  kw_status status = kw__check_rank(frame, node, node->inputs - 1);
  for (int32_t d = 0; d < node->inputs - 1 && !status; d++) {
    const kw__i64 *value = kw__in(frame, node, d + 1)->data;
    wish[d] = !value ? KW__UNKNOWN : *value < 0 ? -1 : *value;
  }
  return status;
}

kw_status kw__plan_reshape(kw__frame *frame, const kw__node *node) {
  kw__ints_slot sizes = KW__ATTRIBUTES(reshape, node)->sizes;
  kw_status status = kw__check_rank(frame, node, sizes.count);
  return status ? status
                : kw__plan_sizes(frame, node, kw__ints(frame->model, sizes.offset),
                                 (int32_t)sizes.count);
}

kw_status kw__plan_reshape_to(kw__frame *frame, const kw__node *node) {
  int64_t wish[KW_MAX_RANK];
  kw_status status = read_sizes(frame, node, wish);
  return status ? status : kw__plan_sizes(frame, node, wish, node->inputs - 1);
}

/* Axes of an attribute: in rising order, below rank. */
static kw_status read_axes(kw__frame *frame, const kw__node *node, kw__ints_slot slot, int64_t rank,
                           const int64_t **out) {
  const int64_t *axes = *out = kw__ints(frame->model, slot.offset);
  for (uint32_t i = 0; i < slot.count; i++)
    if (axes[i] >= rank || (i && axes[i] <= axes[i - 1]))
      return kw__refuse(frame, node, KW_SHAPE, "axes must rise and be below %" PRId64, rank);
  return kw__check_rank(frame, node, rank);
}

kw_status kw__plan_expand_dims(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw__ints_slot slot = KW__ATTRIBUTES(expand_dims, node)->axes;
  const int64_t *axes;
  kw_status status = read_axes(frame, node, slot, (int64_t)x->rank + slot.count, &axes);
  if (status) return status;
  y->rank = (uint8_t)(x->rank + slot.count);
  uint32_t next = 0;
  for (int32_t d = 0, from = 0; d < y->rank; d++) {
    bool is_new = next < slot.count && axes[next] == d;
    y->size[d] = is_new ? 1 : x->size[from++];
    next += is_new;
  }
  return KW_OK;
}

kw_status kw__plan_squeeze(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw__ints_slot slot = KW__ATTRIBUTES(squeeze, node)->axes;
  const int64_t *axes;
  kw_status status = read_axes(frame, node, slot, x->rank, &axes);
  if (status) return status;
  uint32_t next = 0;
  y->rank = 0;
  for (int32_t d = 0; d < x->rank; d++) {
    if (next == slot.count || axes[next] != d) {
      y->size[y->rank++] = x->size[d];
      continue;
    }
    next++;
    frame->may_raise |= x->size[d] < 0;
    if (x->size[d] >= 0 && x->size[d] != 1)
      return kw__raise(frame, node, "ValueError",
                       "cannot select an axis to squeeze out which has size not equal to one");
  }
  return KW_OK;
}

kw_status kw__run_reshape(kw__frame *frame, const kw__node *node) {
  return kw__run_copy(frame, node);
}
kw_status kw__run_reshape_to(kw__frame *frame, const kw__node *node) {
  return kw__run_copy(frame, node);
}
kw_status kw__run_expand_dims(kw__frame *frame, const kw__node *node) {
  return kw__run_copy(frame, node);
}
kw_status kw__run_squeeze(kw__frame *frame, const kw__node *node) {
  return kw__run_copy(frame, node);
}

/* ---- axes in another order, or repeated ---- */
kw_status kw__plan_transpose(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw__ints_slot slot = KW__ATTRIBUTES(transpose, node)->axes;
  const int64_t *axes = kw__ints(frame->model, slot.offset);
  uint32_t seen = 0;
  y->rank = x->rank;
  for (uint32_t d = 0; d < slot.count && d < x->rank; d++) seen |= 1u << axes[d];
  if (slot.count != x->rank || seen + 1 != 1u << x->rank)
    return kw__refuse(frame, node, KW_SHAPE, "axes must name each of %d dimensions once", x->rank);
  for (int32_t d = 0; d < y->rank; d++) y->size[d] = x->size[axes[d]];
  return KW_OK;
}

kw_status kw__copy_transposed(kw__frame *frame, const kw__node *node, const int64_t *axes) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t from[KW_MAX_RANK], step[KW_MAX_RANK];
  if (y->count <= 0) return KW_OK;
  kw__get_steps(x, from);
  for (int32_t d = 0; d < y->rank; d++) {
    if (y->size[d] != x->size[axes[d]])
      return kw__refuse(frame, node, KW_SHAPE, "the axes changed");
    step[d] = from[axes[d]];
  }
  kw__copy_steps(y, x->data, step);
  return KW_OK;
}

kw_status kw__run_transpose(kw__frame *frame, const kw__node *node) {
  kw__ints_slot slot = KW__ATTRIBUTES(transpose, node)->axes;
  return kw__copy_transposed(frame, node, kw__ints(frame->model, slot.offset));
}

kw_status kw__plan_spread(kw__frame *frame, const kw__node *node, const int64_t *size,
                          int32_t rank) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int32_t shift = rank - x->rank;
  if (shift < 0)
    return kw__raise(frame, node, "ValueError",
                     "input operand has more dimensions than allowed by the axis remapping");
  y->rank = (uint8_t)rank;
  for (int32_t d = 0; d < rank; d++) {
    int64_t have = d < shift ? 1 : x->size[d - shift];
    y->size[d] = size[d];
    frame->may_raise |= have != 1 && have != size[d] && (have < 0 || size[d] < 0);
    if (have >= 0 && size[d] >= 0 && have != 1 && have != size[d])
      return kw__raise(frame, node, "ValueError",
                       "operands could not be broadcast together: size %" PRId64 " against %" PRId64
                       " along axis %d",
                       have, size[d], d);
  }
  return KW_OK;
}

kw_status kw__plan_broadcast_to(kw__frame *frame, const kw__node *node) {
  int64_t wish[KW_MAX_RANK];
  kw_status status = read_sizes(frame, node, wish);
  for (int32_t d = 0; d < node->inputs - 1 && !status; d++) {
    frame->may_raise |= wish[d] == KW__UNKNOWN;
    if (wish[d] < 0 && wish[d] != KW__UNKNOWN)
      status = kw__raise(frame, node, "ValueError", "negative dimensions are not allowed");
  }
  return status ? status : kw__plan_spread(frame, node, wish, node->inputs - 1);
}

kw_status kw__plan_broadcast_like(kw__frame *frame, const kw__node *node) {
  const kw__tensor *like = kw__in(frame, node, 1);
  return kw__plan_spread(frame, node, like->size, like->rank);
}

kw_status kw__run_broadcast_like(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t from[KW_MAX_RANK], step[KW_MAX_RANK] = {0};
  if (y->count <= 0) return KW_OK;
  kw__get_steps(x, from);
  for (int32_t d = 0, shift = y->rank - x->rank; d < x->rank; d++)
    if (x->size[d] != 1) step[d + shift] = from[d];
  kw__copy_steps(y, x->data, step);
  return KW_OK;
}

kw_status kw__run_broadcast_to(kw__frame *frame, const kw__node *node) {
  return kw__run_broadcast_like(frame, node);
}

/* ---- concat ---- */
kw_status kw__plan_concat(kw__frame *frame, const kw__node *node) {
  const kw__tensor *first = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(concat, node)->axis;
  kw_status status = kw__check_axis(frame, node, axis, first->rank);
  if (status) return status;
  kw__copy_shape(y, first);
  for (int32_t i = 1; i < node->inputs; i++) {
    const kw__tensor *x = kw__in(frame, node, i);
    if (x->rank != first->rank)
      return kw__raise(frame, node, "ValueError",
                       "all the input array dimensions must match, but the array at index 0 has %d "
                       "and the array at index %d "
                       "has %d",
                       first->rank, i, x->rank);
    for (int32_t d = 0; d < y->rank; d++) {
      int64_t have = y->size[d], size = x->size[d];
      if (d == axis) {
        y->size[d] = have < 0 || size < 0 ? KW__UNKNOWN : kw__add_sizes(have, size);
        continue;
      }
      frame->may_raise |= have != size && (have < 0 || size < 0);
      if (have < 0) y->size[d] = size;
      if (have >= 0 && size >= 0 && have != size)
        return kw__raise(frame, node, "ValueError",
                         "all the input array dimensions except for the concatenation axis must "
                         "match exactly, but along "
                         "dimension %d, the array at index 0 has size %" PRId64
                         " and the array at index %d has size %" PRId64,
                         d, have, i, size);
    }
  }
  return KW_OK;
}

kw_status kw__run_concat(kw__frame *frame, const kw__node *node) {
  const kw__tensor *y = kw__out(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(concat, node)->axis, outer;
  size_t inner;
  char *out = y->data;
  if (y->count <= 0) return KW_OK;
  kw__get_blocks(y, axis, &outer, &inner);
  for (int64_t o = 0; o < outer; o++)
    for (int32_t i = 0; i < node->inputs; i++) {
      const kw__tensor *x = kw__in(frame, node, i);
      size_t part = (size_t)x->size[axis] * inner;
      memcpy(out, (const char *)x->data + (size_t)o * part, part);
      out += part;
    }
  return KW_OK;
}

/* ---- stack ---- */
kw_status kw__plan_stack(kw__frame *frame, const kw__node *node) {
  const kw__tensor *first = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(stack, node)->axis, size[KW_MAX_RANK];
  kw_status status = kw__check_rank(frame, node, first->rank + 1);
  if (!status) status = kw__check_axis(frame, node, axis, first->rank + 1);
  if (status) return status;
  memcpy(size, first->size, sizeof size);
  for (int32_t i = 1; i < node->inputs; i++) {
    const kw__tensor *x = kw__in(frame, node, i);
    bool same = x->rank == first->rank;
    for (int32_t d = 0; d < first->rank && same; d++) {
      frame->may_raise |= size[d] != x->size[d] && (size[d] < 0 || x->size[d] < 0);
      if (size[d] < 0) size[d] = x->size[d];
      same = size[d] == x->size[d] || x->size[d] < 0;
    }
    if (!same)
      return kw__raise(frame, node, "ValueError", "all input arrays must have the same shape");
  }
  y->rank = (uint8_t)(first->rank + 1);
  for (int32_t d = 0; d < y->rank; d++)
    y->size[d] = d < axis ? size[d] : d == axis ? node->inputs : size[d - 1];
  return KW_OK;
}

kw_status kw__run_stack(kw__frame *frame, const kw__node *node) {
  const kw__tensor *y = kw__out(frame, node, 0);
  int64_t outer;
  size_t inner;
  char *out = y->data;
  if (y->count <= 0) return KW_OK;
  kw__get_blocks(y, KW__ATTRIBUTES(stack, node)->axis, &outer, &inner);
  for (int64_t o = 0; o < outer; o++)
    for (int32_t i = 0; i < node->inputs; i++, out += inner)
      kw__copy_run(out, (const char *)kw__in(frame, node, i)->data + (size_t)o * inner, 1, 0,
                   inner);
  return KW_OK;
}
