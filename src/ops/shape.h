/* Moving elements: the output is written in order, and the input is read in steps of bytes, one for
 * each axis of the output (0 repeats, below zero runs backwards).  All of it only where the output
 * has elements, so that no product overflows. */
#ifndef KOWARI_SHAPE_H
#define KOWARI_SHAPE_H
#include "plan.h"

void kw__copy_run(char *out, const char *from, int64_t n, int64_t step,
                  size_t block); /* n blocks, `step` bytes apart */
void kw__copy_steps(kw__tensor *y, const char *from, const int64_t *step);
void kw__get_steps(const kw__tensor *x,
                   int64_t step[KW_MAX_RANK]); /* from one element to the next along each axis */
/* How many blocks lie before an axis, and how many bytes belong to one place of it. */
void kw__get_blocks(const kw__tensor *x, int64_t axis, int64_t *outer, size_t *inner);
kw_status kw__check_rank(kw__frame *frame, const kw__node *node, int64_t rank);

#endif
