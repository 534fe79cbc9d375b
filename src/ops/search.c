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

/* NumPy's: so many points are searched one by one, and so far around the last place. */
enum { FEW = 4, REACH = 8 };

static int64_t bisect_knots(const kw__f64 *x, double key, int64_t low, int64_t high) {
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (key >= x[middle])
      low = middle + 1;
    else
      high = middle;
  }
  return low - 1;
}

/* Last j with x[j] <= key; -1: none, n: key is beyond all.  Any search agrees while x ascends;
   where it does not, the answer hangs on the path, so this is NumPy's: from `last`, the place
   that was found before. */
static int64_t find_knot(const kw__f64 *x, int64_t n, double key, int64_t last) {
  if (key > x[n - 1]) return n;
  if (key < x[0]) return -1;
  if (n <= FEW) {
    int64_t j = 1;
    while (j < n && key >= x[j]) j++;
    return j - 1;
  }
  if (last > n - 3) last = n - 3;
  if (last < 1) last = 1;
  if (key < x[last]) {
    if (!(key < x[last - 1])) return last - 1;
    bool is_close = last > REACH && key >= x[last - REACH];
    return bisect_knots(x, key, is_close ? last - REACH : 0, last - 1);
  }
  if (key < x[last + 1]) return last;
  if (key < x[last + 2]) return last + 1;
  bool is_close = last < n - REACH - 1 && key < x[last + REACH];
  return bisect_knots(x, key, last + 2, is_close ? last + REACH : n);
}

/* Exact at knots; where the line gives NaN, from its other end; level lines stay level. */
static double interpolate_at(double key, const kw__f64 *x, const kw__f64 *y, int64_t n, int64_t j) {
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
  for (int64_t i = 0, j = 0; i < x->count; i++) {
    double key = ((const kw__f64 *)x->data)[i];
    if (n == 1) {
      y[i] = key < xp[0] ? below : key > xp[0] ? above : fp[0];
    } else if (isnan(key)) {
      y[i] = key;
    } else {
      j = find_knot(xp, n, key, j);
      y[i] = j < 0 ? below : j == n ? above : interpolate_at(key, xp, fp, n, j);
    }
  }
  return KW_OK;
}
