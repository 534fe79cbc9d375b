/* Lists of values of one shape, as loops of recurrent networks fill them: the values lie side by
 * side, and the first one that is set tells the sizes that were left open. */
#include <inttypes.h>

#include "shape.h"

kw_status kw__plan_list_reserve(kw__frame *frame, const kw__node *node) {
  const kw__tensor *sizes = kw__in(frame, node, 0), *count = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t rank = sizes->size[0], type = KW__ATTRIBUTES(list_reserve, node)->of;
  if (type == KW_TEXT) return kw__refuse(frame, node, KW_TYPE, "elements are text");
  if (rank < 0 || rank + 1 > KW_MAX_RANK)
    return kw__refuse(frame, node, KW_SHAPE, "elements have %" PRId64 " dimensions, at most %d",
                      rank, KW_MAX_RANK - 1);
  y->type = (uint8_t)type;
  y->rank = (uint8_t)(rank + 1);
  y->size[0] = count->data ? *(const int32_t *)count->data : KW__UNKNOWN;
  frame->may_raise |= !count->data;
  if (count->data && y->size[0] < 0)
    return kw__raise(frame, node, "ValueError", "negative dimensions are not allowed");
  int64_t open = frame->stage == KW__STAGE_OPEN ? KW__UNKNOWN : 0;
  for (int64_t d = 0; d < rank; d++) {
    int32_t size = sizes->data ? ((const int32_t *)sizes->data)[d] : -1;
    y->size[d + 1] = size < 0 ? open : size;
  }
  return KW_OK;
}

kw_status kw__run_list_reserve(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  memset(y->data, 0, (size_t)y->count * kw__type_bytes(y->type));
  return KW_OK;
}

/* While planning with symbols an open size is the list's: its capacity is that of all turns. */
kw_status kw__plan_list_set(kw__frame *frame, const kw__node *node) {
  const kw__tensor *list = kw__in(frame, node, 0), *item = kw__in(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0);
  if (list->rank != item->rank + 1)
    return kw__refuse(frame, node, KW_SHAPE, "an item has %d dimensions, must have %d", item->rank,
                      list->rank - 1);
  kw__copy_shape(y, list);
  for (int32_t d = 0; d < item->rank; d++) {
    int64_t must = list->size[d + 1], is = item->size[d];
    if (must == 0)
      y->size[d + 1] = is;
    else if (must >= 0 && is >= 0 && must != is)
      return kw__raise(frame, node, "ValueError",
                       "an item has size %" PRId64 " along axis %d, must have %" PRId64, is, d,
                       must);
  }
  return KW_OK;
}

kw_status kw__run_list_set(kw__frame *frame, const kw__node *node) {
  const kw__tensor *list = kw__in(frame, node, 0), *item = kw__in(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0);
  int32_t index = *(const int32_t *)kw__in(frame, node, 1)->data;
  if (index < 0 || index >= y->size[0])
    return kw__raise(frame, node, "IndexError",
                     "index %" PRId32 " is out of range of a list of %" PRId64, index, y->size[0]);
  size_t width = kw__type_bytes(y->type);
  size_t all = (size_t)y->count * width, bytes = (size_t)item->count * width;
  if (list->count == 0)
    memset(y->data, 0, all);
  else if (y->data != list->data)
    memcpy(y->data, list->data, all);
  if (bytes) memcpy((char *)y->data + (size_t)index * bytes, item->data, bytes);
  return KW_OK;
}

/* One more: while planning with symbols the list's size stands for both, whose capacity is that of
 * all turns.  A list without items has no sizes yet. */
kw_status kw__plan_list_append(kw__frame *frame, const kw__node *node) {
  const kw__tensor *list = kw__in(frame, node, 0), *item = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  if (list->rank != item->rank + 1)
    return kw__refuse(frame, node, KW_SHAPE, "an item has %d dimensions, must have %d", item->rank,
                      list->rank - 1);
  kw__copy_shape(y, list);
  if (list->size[0] >= 0) y->size[0] = kw__add_sizes(list->size[0], 1);
  for (int32_t d = 0; d < item->rank; d++) {
    int64_t must = list->size[d + 1], is = item->size[d];
    if (list->size[0] == 0)
      y->size[d + 1] = is;
    else if (must >= 0 && is >= 0 && must != is)
      return kw__refuse(frame, node, KW_SHAPE,
                        "an item has size %" PRId64 " along axis %d, must have %" PRId64, is, d,
                        must);
  }
  return KW_OK;
}

kw_status kw__run_list_append(kw__frame *frame, const kw__node *node) {
  const kw__tensor *list = kw__in(frame, node, 0), *item = kw__in(frame, node, 1);
  char *out = kw__out(frame, node, 0)->data;
  int64_t before[KW_MAX_RANK];
  memcpy(before, kw__out(frame, node, 0)->size, sizeof before);
  kw_status status = kw__plan_list_append(frame, node); /* another length each turn */
  if (!status) status = kw__settle(frame, node->operand[node->inputs], before);
  if (status) return status;
  size_t width = kw__type_bytes(list->type), bytes = (size_t)item->count * width;
  if (out != list->data && list->count) memcpy(out, list->data, (size_t)list->count * width);
  if (bytes) memcpy(out + (size_t)list->size[0] * bytes, item->data, bytes);
  return KW_OK;
}
