/* Lists of values of one shape, as loops of recurrent networks fill them: the values lie side by
 * side, and the first one that is set tells the sizes that were left open. */
#include "plan.h"

kw_status kw__plan_list_reserve(kw__frame *frame, const kw__node *node) {
  const kw__tensor *sizes = kw__in(frame, node, 0), *count = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t rank = sizes->size[0];
  if (rank < 0 || rank + 1 > KW_MAX_RANK)
    return kw__refuse(frame, node, KW_SHAPE, "elements have %lld dimensions, at most %d",
                      (long long)rank, KW_MAX_RANK - 1);
  y->rank = (uint8_t)(rank + 1);
  y->size[0] = count->data ? *(const int32_t *)count->data : KW__UNKNOWN;
  if (count->data && y->size[0] < 0)
    return kw__refuse(frame, node, KW_SHAPE, "a list of %lld values", (long long)y->size[0]);
  int64_t open = frame->stage == KW__STAGE_OPEN ? KW__UNKNOWN : 0;
  for (int64_t d = 0; d < rank; d++) {
    int32_t size = sizes->data ? ((const int32_t *)sizes->data)[d] : -1;
    y->size[d + 1] = size < 0 ? open : size;
  }
  return KW_OK;
}

kw_status kw__run_list_reserve(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  memset(y->data, 0, (size_t)y->count * sizeof(float));
  return KW_OK;
}

/* An open size is the list's as long as sizes are symbols: its capacity is that of all turns. */
kw_status kw__plan_list_set(kw__frame *frame, const kw__node *node) {
  const kw__tensor *list = kw__in(frame, node, 0), *item = kw__in(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0);
  if (list->rank != item->rank + 1)
    return kw__refuse(frame, node, KW_SHAPE, "an item has %d dimensions, must have %d", item->rank,
                      list->rank - 1);
  kw__copy_shape(y, list);
  bool is_open = list->count == 0 && frame->stage == KW__STAGE_RUN;
  for (int32_t d = 0; d < item->rank; d++) {
    int64_t must = list->size[d + 1], is = item->size[d];
    if (is_open || (is_open && must == 0))
      y->size[d + 1] = is;
    else if (must >= 0 && is >= 0 && must != is)
      return kw__refuse(frame, node, KW_SHAPE,
                        "an item has size %lld along axis %d, must have %lld", (long long)is, d,
                        (long long)must);
  }
  return KW_OK;
}

kw_status kw__run_list_set(kw__frame *frame, const kw__node *node) {
  const kw__tensor *list = kw__in(frame, node, 0), *item = kw__in(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0);
  int32_t index = *(const int32_t *)kw__in(frame, node, 1)->data;
  if (index < 0 || index >= y->size[0])
    return kw__raise(frame, node, "IndexError", "index %d is out of range of a list of %lld", index,
                     (long long)y->size[0]);
  size_t bytes = (size_t)item->count * sizeof(float);
  if (list->count == 0)
    memset(y->data, 0, (size_t)y->count * sizeof(float));
  else if (y->data != list->data)
    memcpy(y->data, list->data, (size_t)y->count * sizeof(float));
  if (bytes) memcpy((char *)y->data + (size_t)index * bytes, item->data, bytes);
  return KW_OK;
}
