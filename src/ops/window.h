/* Windows that a filter or a pool moves over, one axis at a time. */
#ifndef KOWARI_WINDOW_H
#define KOWARI_WINDOW_H
#include "plan.h"

typedef struct kw__axis {
  int64_t in, out, taps, stride, dilation;
  int64_t reach;  /* places from a window's first tap to behind its last */
  int64_t before; /* how many places of the first window lie outside */
} kw__axis;

/* The sizes may be symbols; then so is `out`, or unknown. */
kw__axis kw__axis_of(int64_t in, int64_t taps, int64_t stride, int64_t dilation, bool same);

kw_status kw__check_taps(kw__frame *frame, const kw__node *node, int64_t height, int64_t width);

/* The taps of a window that lie inside: so many from tap `first`, which lies at `at`. */
typedef struct kw__part {
  int64_t first, taps, at;
} kw__part;
kw__part kw__part_inside(const kw__axis *axis, int64_t window);

/* How many windows from this one on have all their taps inside; 1 where it has not. */
int64_t kw__run_inside(const kw__axis *axis, int64_t window);

#endif
