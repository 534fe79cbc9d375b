/* Walking values element by element with broadcasting: a kernel gives the inner loop, this gives it runs of elements. */
#ifndef KOWARI_ELEMENTWISE_H
#define KOWARI_ELEMENTWISE_H
#include "ops.h"

/* An inner loop over n elements; a stride is 0 (the same element again) or 1, in elements. */
typedef void kw__inner(void *y, const void *const *in, const int64_t *stride, int64_t n, const kw__node *node);

/* Runs `inner` over output 0 and all inputs of the node, broadcast. */
void kw__broadcast(kw__frame *frame, const kw__node *node, kw__inner *inner);

#endif
