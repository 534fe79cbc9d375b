/* Searching in ascending values: places, and lines between points. */
#include <math.h>

#include "lane.h"

kw_status kw__plan_searchsorted(kw__frame *frame, const kw__node *node) {
  kw__copy_shape(kw__out(frame, node, 0), kw__in(frame, node, 1));
  return KW_OK;
}

static uint64_t read_key(const kw__tensor *x, int64_t at) {
  uint64_t key;
  kw__read_keys(x, at, 1, 1, KW__NAN_LAST, true, &key);
  return key;
}

kw_status kw__run_searchsorted(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *v = kw__in(frame, node, 1);
  int64_t *y = kw__out(frame, node, 0)->data;
  bool right = KW__ATTRIBUTES(searchsorted, node)->right;
  for (int64_t i = 0; i < v->count; i++) {
    uint64_t key = read_key(v, i);
    int64_t low = 0, high = x->count;
    while (low < high) {
      int64_t middle = low + (high - low) / 2;
      uint64_t at = read_key(x, middle);
      if (at < key || (right && at == key))
        low = middle + 1;
      else
        high = middle;
    }
    y[i] = low;
  }
  return KW_OK;
}

/* ---- interp ---- */
kw_status kw__plan_interp(kw__frame *frame, const kw__node *node) {
  int64_t n = kw__in(frame, node, 1)->size[0], m = kw__in(frame, node, 2)->size[0];
  frame->may_raise |= n < 0 || n != m;
  if (n == 0) return kw__raise(frame, node, "ValueError", "array of sample points is empty");
  if (n > 0 && m >= 0 && n != m)
    return kw__raise(frame, node, "ValueError", "fp and xp are not of the same length.");
  return kw__plan_same(frame, node);
}

/* Last j with x[j] <= key; -1: none. */
static int64_t find_knot(const kw__f64 *x, int64_t n, double key) {
  int64_t low = 0, high = n;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (key >= x[middle])
      low = middle + 1;
    else
      high = middle;
  }
  return low - 1;
}

/* Exact at knots; where the line gives NaN, from its other end; level lines stay level. */
static double interpolate_at(double key, const kw__f64 *x, const kw__f64 *y, int64_t n, double left,
                             double right) {
  if (isnan(key)) return n == 1 ? y[0] : key;
  if (key > x[n - 1]) return right;
  int64_t j = find_knot(x, n, key);
  if (j < 0) return left;
  if (j == n - 1 || x[j] == key) return y[j];
  double slope = (y[j + 1] - y[j]) / (x[j + 1] - x[j]), value = slope * (key - x[j]) + y[j];
  if (isnan(value)) value = slope * (key - x[j + 1]) + y[j + 1];
  return isnan(value) && y[j] == y[j + 1] ? y[j] : value;
}

kw_status kw__run_interp(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *left = kw__in_or_null(frame, node, 3),
                   *right = kw__in_or_null(frame, node, 4);
  const kw__f64 *xp = kw__in(frame, node, 1)->data, *fp = kw__in(frame, node, 2)->data;
  int64_t n = kw__in(frame, node, 1)->count;
  double below = left ? *(const kw__f64 *)left->data : fp[0],
         above = right ? *(const kw__f64 *)right->data : fp[n - 1];
  double *y = kw__out(frame, node, 0)->data;
  for (int64_t i = 0; i < x->count; i++)
    y[i] = interpolate_at(((const kw__f64 *)x->data)[i], xp, fp, n, below, above);
  return KW_OK;
}
