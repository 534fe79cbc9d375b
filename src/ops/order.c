/* Sorting, by keys: short runs by insertion, then merges; stable. */
#include "order.h"

#include <inttypes.h>

#include "shape.h"

enum { SHORT_RUN = 12 }; /* sorted by insertion before merging */

static uint64_t key_of(const uint64_t *keys, uint64_t item) { return keys ? keys[item] : item; }

static void insert_items(uint64_t *items, int64_t n, const uint64_t *keys) {
  for (int64_t i = 1; i < n; i++) {
    uint64_t moved = items[i], key = key_of(keys, moved);
    int64_t place = i;
    for (; place > 0 && key_of(keys, items[place - 1]) > key; place--)
      items[place] = items[place - 1];
    items[place] = moved;
  }
}

static void merge_items(const uint64_t *from, int64_t middle, int64_t n, const uint64_t *keys,
                        uint64_t *to) {
  int64_t left = 0, right = middle;
  for (int64_t i = 0; i < n; i++) {
    bool take_right =
        left == middle || (right < n && key_of(keys, from[right]) < key_of(keys, from[left]));
    to[i] = from[take_right ? right++ : left++];
  }
}

void kw__sort_items(uint64_t *items, int64_t n, const uint64_t *keys, uint64_t *scratch) {
  for (int64_t low = 0; low < n; low += SHORT_RUN)
    insert_items(items + low, n - low < SHORT_RUN ? n - low : SHORT_RUN, keys);
  uint64_t *from = items, *to = scratch;
  for (int64_t width = SHORT_RUN; width < n; width *= 2) {
    for (int64_t low = 0; low < n; low += 2 * width) {
      int64_t left = n - low;
      merge_items(from + low, left < width ? left : width, left < 2 * width ? left : 2 * width,
                  keys, to + low);
    }
    uint64_t *swap = from;
    from = to;
    to = swap;
  }
  if (from != items) memcpy(items, from, (size_t)n * sizeof *items);
}

void kw__sort_lane(const kw__tensor *x, const kw__lanes *lanes, int64_t lane, uint64_t *work) {
  kw__read_keys(x, kw__lane_start(lanes, lane), lanes->stride, lanes->length, KW__NAN_LAST, false,
                work);
  kw__sort_items(work, lanes->length, NULL, work + lanes->length);
}

int64_t kw__count_numbers(const kw__tensor *x, const uint64_t *sorted, int64_t n) {
  while (kw__is_real(x) && n > 0 && sorted[n - 1] == KW__NAN_LAST) n--;
  return n;
}

void kw__size_work(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t *size = &kw__out(frame, node, 1)->size[1];
  if (kw__is_present(node, 0))
    *size = x->size[KW__ATTRIBUTES(sort, node)->axis];
  else
    *size = x->rank == 1 ? x->size[0] : kw__count(x->size, x->rank);
}

kw_status kw__plan_sort(kw__frame *frame, const kw__node *node) {
  kw_status status = kw__plan_along(frame, node);
  if (!status) kw__size_work(frame, node);
  return status;
}

kw_status kw__run_sort(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axis(frame, node));
  uint64_t *work = kw__out(frame, node, 1)->data;
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    kw__sort_lane(x, &lanes, lane, work);
    int64_t start = kw__lane_start(&lanes, lane);
    for (int64_t i = 0; i < lanes.length; i++)
      kw__write_key(kw__out(frame, node, 0), start + i * lanes.stride, work[i]);
  }
  return KW_OK;
}

kw_status kw__run_argsort(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t *y = kw__out(frame, node, 0)->data;
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axis(frame, node));
  uint64_t *keys = kw__out(frame, node, 1)->data, *items = keys + lanes.length;
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    int64_t start = kw__lane_start(&lanes, lane);
    kw__read_keys(x, start, lanes.stride, lanes.length, KW__NAN_LAST, true, keys);
    for (int64_t i = 0; i < lanes.length; i++) items[i] = (uint64_t)i;
    kw__sort_items(items, lanes.length, keys, items + lanes.length);
    for (int64_t i = 0; i < lanes.length; i++) y[start + i * lanes.stride] = (int64_t)items[i];
  }
  return KW_OK;
}

/* ---- top_k ---- */
kw_status kw__plan_top_k(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *k = kw__in(frame, node, 1);
  if (x->rank == 0) return kw__refuse(frame, node, KW_SHAPE, "a value without axes");
  int64_t size = x->size[x->rank - 1], most = k->data ? kw__index_at(k, 0) : KW__UNKNOWN;
  frame->may_raise |= !k->data || size < 0;
  if (k->data && (most < 0 || (size >= 0 && most > size)))
    return kw__raise(frame, node, "ValueError", "the largest %" PRId64 " of %" PRId64, most, size);
  for (int32_t i = 0; i < 2; i++) {
    kw__tensor *y = kw__out(frame, node, i);
    kw__copy_shape(y, x);
    y->size[x->rank - 1] = most;
  }
  kw__out(frame, node, 2)->size[1] = size;
  return KW_OK;
}

kw_status kw__run_top_k(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *y = kw__out(frame, node, 0);
  int64_t n = x->size[x->rank - 1], k = y->size[x->rank - 1];
  uint64_t *keys = kw__out(frame, node, 2)->data, *items = keys + n;
  int32_t *places = kw__out(frame, node, 1)->data;
  char *values = y->data;
  for (int64_t at = 0; y->count > 0 && at < x->count; at += n) {
    kw__read_keys(x, at, 1, n, KW__NAN_FIRST, true, keys);
    for (int64_t i = 0; i < n; i++) keys[i] = ~keys[i], items[i] = (uint64_t)i;
    kw__sort_items(items, n, keys, items + n);
    size_t bytes = kw__type_bytes(x->type);
    for (int64_t i = 0; i < k; i++, values += bytes) {
      *places++ = (int32_t)items[i];
      kw__copy_run(values, (const char *)x->data + ((size_t)at + items[i]) * bytes, 1, 0, bytes);
    }
  }
  return KW_OK;
}
