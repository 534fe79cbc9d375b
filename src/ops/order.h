/* Sorted lanes: what sort, median and quantiles share. */
#ifndef KOWARI_ORDER_H
#define KOWARI_ORDER_H
#include "lane.h"

/* Stable.  The items are keys, or indices into `keys` where that is not NULL; scratch: n. */
void kw__sort_items(uint64_t *items, int64_t n, const uint64_t *keys, uint64_t *scratch);
/* Reads a lane of x and sorts its keys, NaN last; work: twice the lane's length. */
void kw__sort_lane(const kw__tensor *x, const kw__lanes *lanes, int64_t lane, uint64_t *work);
/* How many of sorted keys are no NaN. */
int64_t kw__count_numbers(const kw__tensor *x, const uint64_t *sorted, int64_t n);
/* Sizes output 1, `work`, [k, length of a lane]; attribute 0 is the axis. */
void kw__size_work(kw__frame *frame, const kw__node *node);

#endif
