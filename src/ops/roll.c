/* pandas' rolling windows on float64: running sums, their compensations and their resets are those
 * of pandas, because the rounding of a result depends on every earlier step. */
#include <inttypes.h>
#include <math.h>

#include "plan.h"

static int64_t min_periods_of(const kw__node *node) {
  const kw__rolling_sum_attributes *how = KW__ATTRIBUTES(rolling_sum, node);
  return kw__is_present(node, 1) ? how->min_periods : how->window;
}

kw_status kw__plan_rolling(kw__frame *frame, const kw__node *node) {
  int64_t window = KW__ATTRIBUTES(rolling_sum, node)->window, least = min_periods_of(node);
  if (least <= window) return KW_OK; /* the signature tells the sizes */
  return kw__raise(frame, node, "ValueError", "min_periods %" PRId64 " must be <= window %" PRId64,
                   least, window);
}

/* ---- what is in the window ---- */
typedef struct roll_window {
  const kw__f64 *x;
  int64_t n, width, least; /* least: min_periods */
  int64_t offset;          /* rows that the window's end lies behind its row */
  bool with_left, with_right;
} roll_window;

typedef struct roll_range {
  int64_t start, end;
} roll_range;

static roll_window find_window(kw__frame *frame, const kw__node *node) {
  const kw__rolling_sum_attributes *how = KW__ATTRIBUTES(rolling_sum, node);
  const kw__tensor *x = kw__in(frame, node, 0);
  enum { RIGHT, LEFT, BOTH };
  roll_window w = {
      .x = x->data, .n = x->count, .width = how->window, .least = min_periods_of(node)};
  w.offset = how->window == 0 ? -1 : how->center ? (how->window - 1) / 2 : 0;
  w.with_left = how->closed == LEFT || how->closed == BOTH;
  w.with_right = how->closed == RIGHT || how->closed == BOTH;
  return w;
}

static int64_t clamp(int64_t value, int64_t high) {
  return value < 0 ? 0 : value > high ? high : value;
}

static roll_range range_at(const roll_window *w, int64_t row) {
  int64_t end = row + 1 + w->offset, start = end - w->width;
  return (roll_range){clamp(w->with_left ? start - 1 : start, w->n),
                      clamp(w->with_right ? end : end - 1, w->n)};
}

/* pandas turns infinities into NaN before it rolls, and skips NaN. */
static bool counts(double x) { return isfinite(x); }

/* ---- sum and mean: Kahan's sum, where removals keep a compensation of their own ---- */
typedef struct roll_total {
  double sum, lost_adding, lost_removing, last;
  int64_t count, negatives, repeats;
} roll_total;

static void add_compensated(double *sum, double *lost, double x) {
  double y = x - *lost, t = *sum + y;
  *lost = t - *sum - y;
  *sum = t;
}

static void add_value(roll_total *t, double x) {
  if (!counts(x)) return;
  add_compensated(&t->sum, &t->lost_adding, x);
  t->count++;
  t->negatives += signbit(x) != 0;
  t->repeats = x == t->last ? t->repeats + 1 : 1;
  t->last = x;
}

static void remove_value(roll_total *t, double x) {
  if (!counts(x)) return;
  add_compensated(&t->sum, &t->lost_removing, -x);
  t->count--;
  t->negatives -= signbit(x) != 0;
}

/* A window of equal values gives exactly that value, whatever rounding earlier values left behind.
 */
static double sum_of_window(const roll_total *t, int64_t least) {
  if (t->count < least) return NAN;
  if (t->count == 0) return 0;
  return t->repeats >= t->count ? t->last * (double)t->count : t->sum;
}

static double mean_of_window(const roll_total *t, int64_t least) {
  if (t->count < least || t->count == 0) return NAN;
  if (t->repeats >= t->count) return t->last;
  double mean = t->sum / (double)t->count;
  bool wrong_sign = (t->negatives == 0 && mean < 0) || (t->negatives == t->count && mean > 0);
  return wrong_sign ? 0 : mean;
}

static kw_status roll_totals(kw__frame *frame, const kw__node *node,
                             double (*result)(const roll_total *t, int64_t least)) {
  roll_window w = find_window(frame, node);
  double *y = kw__out(frame, node, 0)->data;
  roll_total t = {0};
  roll_range before = {0, 0};
  for (int64_t i = 0; i < w.n; i++) {
    roll_range now = range_at(&w, i);
    if (i == 0 || now.start >= before.end) {
      t = (roll_total){.last = now.start < w.n ? w.x[now.start] : 0};
      before = (roll_range){now.start, now.start};
    }
    for (int64_t k = before.start; k < now.start; k++) remove_value(&t, w.x[k]);
    for (int64_t k = before.end; k < now.end; k++) add_value(&t, w.x[k]);
    y[i] = result(&t, w.least);
    before = now;
  }
  return KW_OK;
}

kw_status kw__run_rolling_sum(kw__frame *frame, const kw__node *node) {
  return roll_totals(frame, node, sum_of_window);
}
kw_status kw__run_rolling_mean(kw__frame *frame, const kw__node *node) {
  return roll_totals(frame, node, mean_of_window);
}

/* ---- var and std: Welford's update of the mean and the sum of squared deviations, compensated
 * ---- */
typedef struct roll_moments {
  double count, mean, squares, lost_adding, lost_removing;
  bool unstable; /* a step cancelled all but three digits: the window starts afresh */
} roll_moments;

static void update_moments(roll_moments *m, double x, double sign, double *lost) {
  double squares = m->squares, mean = m->mean - *lost, y = x - *lost, t = y - m->mean;
  *lost = t + m->mean - y;
  m->mean += sign * (t / m->count);
  m->squares += sign * ((x - mean) * (x - m->mean));
  if (squares * (0x1p-52 * 1e3) > m->squares) m->unstable = true;
}

static void add_moment(roll_moments *m, double x) {
  if (!counts(x)) return;
  m->count++;
  update_moments(m, x, 1, &m->lost_adding);
}

static void remove_moment(roll_moments *m, double x) {
  if (!counts(x)) return;
  m->count--;
  if (m->count > 0) {
    update_moments(m, x, -1, &m->lost_removing);
  } else {
    m->mean = m->squares = 0;
    m->unstable = false;
  }
}

kw_status kw__run_rolling_var(kw__frame *frame, const kw__node *node) {
  roll_window w = find_window(frame, node);
  double ddof = (double)KW__ATTRIBUTES(rolling_var, node)->ddof, *y = kw__out(frame, node, 0)->data;
  roll_moments m = {0};
  roll_range before = {0, 0};
  for (int64_t i = 0; i < w.n; i++) {
    roll_range now = range_at(&w, i);
    bool apart = i == 0 || now.start >= before.end;
    if (!apart) {
      for (int64_t k = before.start; k < now.start; k++) remove_moment(&m, w.x[k]);
      for (int64_t k = before.end; k < now.end; k++) add_moment(&m, w.x[k]);
    }
    if (apart || m.unstable) {
      m = (roll_moments){0};
      for (int64_t k = now.start; k < now.end; k++) add_moment(&m, w.x[k]);
      m.unstable = false;
    }
    bool enough = m.count >= 1 && m.count >= (double)w.least && m.count > ddof;
    y[i] = enough ? m.squares / (m.count - ddof) : NAN;
    before = now;
  }
  return KW_OK;
}

kw_status kw__run_rolling_std(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  double *root = y->data;
  kw_status status = kw__run_rolling_var(frame, node);
  for (int64_t i = 0; i < y->count; i++) root[i] = root[i] < 0 ? 0 : sqrt(root[i]);
  return status;
}

/* ---- min and max: the latest of equal extremes, which decides the sign of a zero ---- */
static kw_status roll_extreme(kw__frame *frame, const kw__node *node, double sign) {
  roll_window w = find_window(frame, node);
  double *y = kw__out(frame, node, 0)->data;
  roll_range before = {0, 0};
  int64_t best = -1, count = 0;
  for (int64_t i = 0; i < w.n; i++) {
    roll_range now = range_at(&w, i);
    if (now.start >= before.end) {
      count = 0;
      before = (roll_range){now.start, now.start};
    }
    for (int64_t k = before.start; k < now.start; k++) count -= counts(w.x[k]);
    for (int64_t k = before.end; k < now.end; k++) count += counts(w.x[k]);
    bool gone = best < now.start;
    if (gone) best = -1;
    for (int64_t k = gone ? now.start : before.end; k < now.end; k++)
      if (counts(w.x[k]) && (best < 0 || sign * w.x[k] >= sign * w.x[best])) best = k;
    y[i] = count >= 1 && count >= w.least ? w.x[best] : NAN;
    before = now;
  }
  return KW_OK;
}

kw_status kw__run_rolling_min(kw__frame *frame, const kw__node *node) {
  return roll_extreme(frame, node, -1);
}
kw_status kw__run_rolling_max(kw__frame *frame, const kw__node *node) {
  return roll_extreme(frame, node, 1);
}

/* ---- median: the window's values, sorted, in `work` ---- */
/* First place whose value is >= x, or > x when `after`. */
static int64_t find_place(const double *sorted, int64_t count, double x, bool after) {
  int64_t low = 0, high = count;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (sorted[middle] < x || (after && sorted[middle] == x))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void remove_sorted(double *sorted, int64_t *count, double x) {
  if (!counts(x)) return;
  int64_t place = find_place(sorted, *count, x, false);
  memmove(sorted + place, sorted + place + 1, (size_t)(--*count - place) * sizeof *sorted);
}

static void insert_sorted(double *sorted, int64_t *count, double x) {
  if (!counts(x)) return;
  int64_t place = find_place(sorted, *count, x, true);
  memmove(sorted + place + 1, sorted + place, (size_t)((*count)++ - place) * sizeof *sorted);
  sorted[place] = x;
}

kw_status kw__run_rolling_median(kw__frame *frame, const kw__node *node) {
  roll_window w = find_window(frame, node);
  double *y = kw__out(frame, node, 0)->data, *sorted = kw__out(frame, node, 1)->data;
  roll_range before = {0, 0};
  int64_t count = 0;
  for (int64_t i = 0; i < w.n; i++) {
    roll_range now = range_at(&w, i);
    for (int64_t k = before.start; k < now.start && k < before.end; k++)
      remove_sorted(sorted, &count, w.x[k]);
    for (int64_t k = before.end > now.start ? before.end : now.start; k < now.end; k++)
      insert_sorted(sorted, &count, w.x[k]);
    int64_t middle = count / 2;
    if (count == 0 || count < w.least)
      y[i] = NAN;
    else
      y[i] = count % 2 ? sorted[middle] : (sorted[middle] + sorted[middle - 1]) / 2;
    before = now;
  }
  return KW_OK;
}
