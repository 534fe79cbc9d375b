/* Padding: more elements before and behind along each axis, of one value or mirrored.  One walk
 * writes the output from its outermost axis inward, and then what lies around the parts. */
#include <inttypes.h>

#include "shape.h"

typedef struct padding {
  int64_t before[KW_MAX_RANK], size[KW_MAX_RANK], after[KW_MAX_RANK];
  size_t inner[KW_MAX_RANK]; /* bytes that belong to one place of an axis of the output */
  int32_t rank;              /* of the axes up to the last that is padded; behind them are blocks */
  size_t block, width;
  const void *value; /* NULL: mirrored */
  int32_t skip;      /* places at the edge that are not mirrored */
} padding;

static kw_status plan_padding(kw__frame *frame, const kw__node *node, bool mirror, int32_t skip) {
  const kw__tensor *x = kw__in(frame, node, 0), *paddings = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  if (paddings->size[0] != x->rank)
    return kw__refuse(frame, node, KW_SHAPE, "there must be paddings for each of %d dimensions",
                      x->rank);
  kw__copy_shape(y, x);
  frame->may_raise |= mirror || !paddings->data;
  for (int32_t i = 0; i < 2 * x->rank; i++) {
    int64_t size = x->size[i / 2], *padded = &y->size[i / 2];
    if (!paddings->data) {
      *padded = KW__UNKNOWN;
      continue;
    }
    int64_t more = kw__index_at(paddings, i);
    if (more < 0 || (more && mirror && size >= 0 && more > size - skip))
      return kw__raise(frame, node, "ValueError",
                       "axis %d of size %" PRId64 " cannot be padded with %" PRId64, i / 2, size,
                       more);
    if (more) *padded = *padded < 0 ? KW__UNKNOWN : kw__add_sizes(*padded, more);
  }
  return KW_OK;
}

kw_status kw__plan_pad(kw__frame *frame, const kw__node *node) {
  return plan_padding(frame, node, false, 0);
}
kw_status kw__plan_mirror_pad(kw__frame *frame, const kw__node *node) {
  return plan_padding(frame, node, true, KW__ATTRIBUTES(mirror_pad, node)->reflect != 0);
}

/* Writes what lies before and behind an axis, whose own places begin at `first`. */
static void write_edges(const padding *p, int32_t d, char *first) {
  size_t inner = p->inner[d];
  char *start = first - (size_t)p->before[d] * inner, *last = first + (size_t)p->size[d] * inner;
  if (p->value) {
    int64_t each = (int64_t)(inner / p->width);
    kw__copy_run(start, p->value, p->before[d] * each, 0, p->width);
    kw__copy_run(last, p->value, p->after[d] * each, 0, p->width);
    return;
  }
  const char *from = first + (size_t)p->skip * inner;
  for (int64_t i = p->before[d] - 1; i >= 0; i--, from += inner)
    memcpy(start + (size_t)i * inner, from, inner);
  for (int64_t i = 0; i < p->after[d]; i++)
    memcpy(last + (size_t)i * inner, last - (size_t)(i + 1 + p->skip) * inner, inner);
}

/* Gives the input's next place. */
static const char *pad_axes(const padding *p, int32_t d, char *out, const char *from) {
  if (d == p->rank) return memcpy(out, from, p->block), from + p->block;
  char *first = out + (size_t)p->before[d] * p->inner[d];
  if (d + 1 == p->rank) {
    size_t part = (size_t)p->size[d] * p->block;
    memcpy(first, from, part);
    from += part;
  } else {
    for (int64_t i = 0; i < p->size[d]; i++)
      from = pad_axes(p, d + 1, first + (size_t)i * p->inner[d], from);
  }
  write_edges(p, d, first);
  return from;
}

/* The paddings are read once more: what is read here decides where memory is touched. */
static kw_status run_padding(kw__frame *frame, const kw__node *node, padding *p) {
  const kw__tensor *x = kw__in(frame, node, 0), *paddings = kw__in(frame, node, 1),
                   *y = kw__out(frame, node, 0);
  if (y->count <= 0) return KW_OK;
  p->block = p->width = kw__type_bytes(y->type);
  for (int32_t d = y->rank - 1; d >= 0; d--) {
    int64_t more = y->size[d] - x->size[d];
    p->size[d] = x->size[d];
    p->before[d] = kw__index_at(paddings, 2 * d);
    p->after[d] = more - p->before[d];
    int64_t most = p->value || !more ? more : x->size[d] - p->skip;
    if (p->before[d] < 0 || p->after[d] < 0 || p->before[d] > most || p->after[d] > most)
      return kw__refuse(frame, node, KW_SHAPE, "the paddings changed");
    p->inner[d] = d + 1 < y->rank ? p->inner[d + 1] * (size_t)y->size[d + 1] : p->width;
    if (p->rank == 0 && more)
      p->rank = d + 1;
    else if (p->rank == 0)
      p->block *= (size_t)y->size[d];
  }
  pad_axes(p, 0, y->data, x->data);
  return KW_OK;
}

kw_status kw__run_pad(kw__frame *frame, const kw__node *node) {
  static const char zeros[16];
  const kw__tensor *value = kw__in_or_null(frame, node, 2);
  return run_padding(frame, node, &(padding){.value = value ? value->data : zeros});
}

kw_status kw__run_mirror_pad(kw__frame *frame, const kw__node *node) {
  return run_padding(frame, node,
                     &(padding){.skip = KW__ATTRIBUTES(mirror_pad, node)->reflect != 0});
}
