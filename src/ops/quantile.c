/* Medians and quantiles of sorted lanes, as NumPy computes them. */
#include <math.h>

#include "order.h"

/* ---- median ---- */
kw_status kw__plan_median(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  kw_status status = kw__check_reduced_axis(frame, node);
  if (status) return status;
  y->type = x->type == KW_F32 ? KW_F32 : KW_F64;
  kw__append_kept(y, x, kw__reduced_axis(frame, node), KW__ATTRIBUTES(median, node)->keepdims);
  kw__size_work(frame, node);
  return KW_OK;
}

static double value_of(const kw__tensor *x, uint64_t key) {
  return kw__is_real(x) ? kw__key_real(key) : (double)kw__key_integer(key);
}

/* Sums start at +0.0, so no median is -0.0.  twice: NumPy's path of masked arrays adds the middle
 * element to itself. */
static double median_of(const kw__tensor *x, const uint64_t *sorted, int64_t n, bool twice) {
  if (n == 0) return NAN;
  double high = 0.0 + value_of(x, sorted[n / 2]),
         low = n % 2 ? high : 0.0 + value_of(x, sorted[n / 2 - 1]);
  if (n % 2 && !twice) return high;
  double sum = low + high;
  return (x->type == KW_F32 ? (float)sum : sum) / 2;
}

kw_status kw__run_median(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axis(frame, node));
  uint64_t *work = kw__out(frame, node, 1)->data;
  bool skip_nan = KW__ATTRIBUTES(median, node)->skip_nan;
  bool twice =
      skip_nan && kw__is_real(x) && kw__is_present(node, 0) && x->rank > 1 && lanes.length < 600;
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    kw__sort_lane(x, &lanes, lane, work);
    int64_t numbers = kw__count_numbers(x, work, lanes.length);
    if (numbers < lanes.length && !skip_nan) numbers = 0;
    kw__write_real(kw__out(frame, node, 0), lane, median_of(x, work, numbers, twice));
  }
  return KW_OK;
}

/* ---- quantiles ---- */
enum quantile_method {
  LINEAR,
  LOWER,
  HIGHER,
  NEAREST,
  MIDPOINT,
  INVERTED_CDF,
  AVERAGED_INVERTED_CDF,
  CLOSEST_OBSERVATION,
  INTERPOLATED_INVERTED_CDF,
  HAZEN,
  WEIBULL,
  MEDIAN_UNBIASED,
  NORMAL_UNBIASED
};

static double highest_q(const kw__node *node) { return node->op == KW__OP_percentile ? 100 : 1; }

static bool is_in_range(const kw__tensor *q, double highest) {
  for (int64_t i = 0; i < q->count; i++) {
    double value = ((const kw__f64 *)q->data)[i];
    if (!(value >= 0 && value <= highest)) return false;
  }
  return true;
}

kw_status kw__plan_quantile(kw__frame *frame, const kw__node *node) {
  const kw__quantile_attributes *how = KW__ATTRIBUTES(quantile, node);
  const kw__tensor *x = kw__in(frame, node, 0), *q = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  kw_status status = kw__check_reduced_axis(frame, node);
  if (status) return status;
  if (q->rank + x->rank > KW_MAX_RANK)
    return kw__refuse(frame, node, KW_SHAPE, "more than %d dimensions", KW_MAX_RANK);
  uint32_t axes = kw__reduced_axis(frame, node);
  if (frame->stage == KW__STAGE_OPEN)
    frame->may_raise |=
        kw__has_empty_lanes(frame, x, axes) || !q->data || !is_in_range(q, highest_q(node));
  kw__copy_shape(y, q);
  kw__append_kept(y, x, axes, how->keepdims);
  kw__size_work(frame, node);
  return KW_OK;
}

/* Hyndman and Fan's continuous family, in NumPy's association. */
static double continuous_place(double n, double q, double alpha, double beta) {
  return n * q + (alpha + q * (1 - alpha - beta)) - 1;
}

static double find_quantile_place(double n, double q, enum quantile_method method) {
  switch (method) {
    case LINEAR:
      return (n - 1) * q;
    case LOWER:
      return floor((n - 1) * q);
    case HIGHER:
      return ceil((n - 1) * q);
    case NEAREST:
      return rint((n - 1) * q);
    case MIDPOINT:
      return 0.5 * (floor((n - 1) * q) + ceil((n - 1) * q));
    case INVERTED_CDF:
    case AVERAGED_INVERTED_CDF:
      return n * q - 1;
    case CLOSEST_OBSERVATION:
      return n * q - 1 - 0.5;
    case INTERPOLATED_INVERTED_CDF:
      return continuous_place(n, q, 0, 1);
    case HAZEN:
      return continuous_place(n, q, 0.5, 0.5);
    case WEIBULL:
      return continuous_place(n, q, 0, 0);
    case MEDIAN_UNBIASED:
      return continuous_place(n, q, 1 / 3.0, 1 / 3.0);
    default:
      return continuous_place(n, q, 3 / 8.0, 3 / 8.0);
  }
}

/* The methods that take one element: its index, else -1. */
static int64_t find_discrete(double place, enum quantile_method method) {
  double below = floor(place), index;
  switch (method) {
    case LOWER:
    case HIGHER:
    case NEAREST:
      return (int64_t)place;
    case INVERTED_CDF:
      index = place == below ? below : below + 1;
      break;
    case CLOSEST_OBSERVATION:
      index = place == below && fmod(below, 2) != 0 ? below : below + 1;
      break;
    default:
      return -1;
  }
  return index < 0 ? 0 : (int64_t)index;
}

/* Beyond the ends NumPy takes the end element twice, with share place + 1 above and place below:
 * harmless for finite ends, but an infinite one gives inf - inf = NaN. */
static double quantile_of(const uint64_t *sorted, int64_t n, double q,
                          enum quantile_method method) {
  double place = find_quantile_place((double)n, q, method);
  int64_t one = find_discrete(place, method);
  if (one >= 0) return kw__key_real(sorted[one]);
  bool above = place >= (double)(n - 1), below = place < 0;
  double whole = above ? -1 : below ? 0 : floor(place), share = place - whole;
  if (method == AVERAGED_INVERTED_CDF) share = share == 0 ? 0.5 : 1;
  if (method == MIDPOINT) share = place == floor(place) ? 0 : 0.5;
  int64_t low = above ? n - 1 : (int64_t)whole, high = above || below ? low : low + 1;
  double a = kw__key_real(sorted[low]), b = kw__key_real(sorted[high]), apart = b - a;
  return share >= 0.5 ? b - apart * (1 - share) : a + apart * share;
}

kw_status kw__run_quantile(kw__frame *frame, const kw__node *node) {
  const kw__quantile_attributes *how = KW__ATTRIBUTES(quantile, node);
  const kw__tensor *x = kw__in(frame, node, 0), *q = kw__in(frame, node, 1);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axis(frame, node));
  uint64_t *work = kw__out(frame, node, 1)->data;
  double *y = kw__out(frame, node, 0)->data;
  bool percent = node->op == KW__OP_percentile;
  if (!is_in_range(q, highest_q(node)))
    return kw__raise(frame, node, "ValueError",
                     percent ? "Percentiles must be in the range [0, 100]"
                             : "Quantiles must be in the range [0, 1]");
  if (lanes.length == 0 && lanes.count > 0 && !how->skip_nan)
    return kw__raise(frame, node, "IndexError", "index -1 is out of bounds for axis 0 with size 0");
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    kw__sort_lane(x, &lanes, lane, work);
    int64_t numbers = kw__count_numbers(x, work, lanes.length);
    if (numbers < lanes.length && !how->skip_nan) numbers = 0;
    for (int64_t i = 0; i < q->count; i++) {
      double value = ((const kw__f64 *)q->data)[i];
      if (percent) value /= 100;
      y[i * lanes.count + lane] =
          numbers ? quantile_of(work, numbers, value, (enum quantile_method)how->method) : NAN;
    }
  }
  return KW_OK;
}

kw_status kw__run_percentile(kw__frame *frame, const kw__node *node) {
  return kw__run_quantile(frame, node);
}
