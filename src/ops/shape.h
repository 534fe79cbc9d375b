/* Moving elements: the output is written in order, and the input is read in steps of bytes, one for
 * each axis of the output (0 repeats, below zero runs backwards).  All of it only where the output
 * has elements, so that no product overflows. */
#ifndef KOWARI_SHAPE_H
#define KOWARI_SHAPE_H
#include "plan.h"

void kw__copy_run(char *out, const char *from, int64_t n, int64_t step,
                  size_t block); /* n blocks, `step` bytes apart */
/* One block; the widths of most elements are a load and a store. */
static inline void kw__copy_block(void *to, const void *from, size_t block) {
  if (block == 8)
    memcpy(to, from, 8);
  else if (block == 1)
    memcpy(to, from, 1);
  else
    memcpy(to, from, block);
}
void kw__copy_steps(kw__tensor *y, const char *from, const int64_t *step);
/* The other way: blocks of bytes to places `into` bytes apart, from such that are `step` apart. */
void kw__store_steps(char *to, const int64_t *into, const char *from, const int64_t *step,
                     const int64_t *size, int32_t rank, size_t block);
void kw__get_steps(const kw__tensor *x,
                   int64_t step[KW_MAX_RANK]); /* from one element to the next along each axis */
/* How many blocks lie before an axis, and how many bytes belong to one place of it. */
void kw__get_blocks(const kw__tensor *x, int64_t axis, int64_t *outer, size_t *inner);
/* Output 0 has the axes of input 0 in this order. */
kw_status kw__copy_transposed(kw__frame *frame, const kw__node *node, const int64_t *axes);
kw_status kw__check_rank(kw__frame *frame, const kw__node *node, int64_t rank);

/* ---- sizes that are computed ---- */
/* Saturating: what is too large for a size has no capacity. */
static inline int64_t kw__add_sizes(int64_t a, int64_t b) {
  return b < INT64_MAX - a ? a + b : INT64_MAX;
}
static inline int64_t kw__multiply_sizes(int64_t a, int64_t b) {
  return b && a > INT64_MAX / b ? INT64_MAX : a * b;
}
/* Output 0 gets the elements of input 0 in these sizes; at most one is below zero and is found, and
 * KW__UNKNOWN only the run tells.  One symbol beside equal known sizes stays that symbol. */
kw_status kw__plan_sizes(kw__frame *frame, const kw__node *node, const int64_t *wish, int32_t rank);
/* Output 0 is input 0 repeated to these sizes, of which none is below zero but unknown ones. */
kw_status kw__plan_spread(kw__frame *frame, const kw__node *node, const int64_t *size,
                          int32_t rank);

/* The elements of input `index`, one for each of `count` axes; KW__UNKNOWN, which no value is,
 * where only the run tells them.  count -1: as many as there are, of which the plan must know. */
kw_status kw__read_vector(kw__frame *frame, const kw__node *node, int32_t index, int32_t count,
                          int64_t out[KW_MAX_RANK]);
/* The same where no element may be below zero: ValueError. */
kw_status kw__read_sizes(kw__frame *frame, const kw__node *node, int32_t index, int32_t count,
                         int64_t out[KW_MAX_RANK]);

/* ---- indices (select.c) ---- */
typedef struct kw__range {
  int64_t start, count;
} kw__range;
/* The elements start:stop:step of n, as Python slices them; NULL: from one end, to the other. */
kw__range kw__slice_range(int64_t n, const int64_t *start, const int64_t *stop, int64_t step);
/* That of a node whose inputs 1 and 2 are the bounds, if it has them; how many elements it has as
 * far as a plan knows: n while that may be a symbol, or KW__UNKNOWN. */
kw__range kw__find_range(const kw__frame *frame, const kw__node *node, int64_t n, int64_t step);
int64_t kw__plan_range_size(const kw__frame *frame, const kw__node *node, int64_t n, int64_t step);
/* An element of an int32 or int64 tensor. */
static inline int64_t kw__index_at(const kw__tensor *x, int64_t i) {
  return x->type == KW_I64 ? ((const kw__i64 *)x->data)[i] : ((const int32_t *)x->data)[i];
}
/* False: out of range.  Wraps a negative index around. */
static inline bool kw__wrap_index(int64_t *index, int64_t size) {
  if (*index < 0) *index += size;
  return *index >= 0 && *index < size;
}
bool kw__are_in_range(const kw__tensor *indices, int64_t size);
/* IndexError: `index` along an axis. */
kw_status kw__raise_index(kw__frame *frame, const kw__node *node, int64_t index, int32_t axis,
                          int64_t size);

#endif
