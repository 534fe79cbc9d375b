/* Reductions.  Sums are added exactly in the order of np.add.reduce: pairwise along the innermost
 * stretch of memory when that is reduced, one after the other otherwise.  What is called mean, var
 * and std is made of these sums. */
#include <math.h>

#include "lane.h"

/* ---- sums ---- */
typedef struct summand {
  const kw__tensor *x;
  bool skip_nan, squares; /* NaN counts as nothing; (x - center)^2 instead of x */
  double center;
  int64_t part; /* NumPy converts integers in parts, each summed by itself */
  int64_t ddof;
  double term[KW__BLOCK];
} summand;

static int64_t count_numbers(const kw__lanes *lanes, int64_t lane, summand *s) {
  int64_t count = 0;
  for (kw__block b = {.lane = lane}; kw__next_block(lanes, KW__BLOCK, &b);) {
    kw__read_reals(s->x, b.at, lanes->stride, b.n, s->term);
    for (int64_t i = 0; i < b.n; i++) count += !isnan(s->term[i]);
  }
  return count;
}

/* pairwise: up to 128 elements with eight accumulators, more in two halves, the first a multiple
 * of 8. */
#define DEFINE_SUMS(REAL, suffix)                                                      \
  static void read_terms_##suffix(summand *s, int64_t at, int64_t stride, int64_t n) { \
    kw__read_reals(s->x, at, stride, n, s->term);                                      \
    if (!s->skip_nan && !s->squares) return;                                           \
    for (int64_t i = 0; i < n; i++) {                                                  \
      bool skipped = s->skip_nan && isnan(s->term[i]);                                 \
      REAL apart = (REAL)s->term[i] - (REAL)s->center;                                 \
      if (s->squares) s->term[i] = apart * apart;                                      \
      if (skipped) s->term[i] = 0;                                                     \
    }                                                                                  \
  }                                                                                    \
  static REAL pairwise_##suffix(summand *s, int64_t at, int64_t n) {                   \
    if (n > KW__BLOCK) {                                                               \
      int64_t half = n / 2 - n / 2 % 8;                                                \
      REAL left = pairwise_##suffix(s, at, half);                                      \
      return left + pairwise_##suffix(s, at + half, n - half);                         \
    }                                                                                  \
    REAL sum = (REAL)-0.0, r[8];                                                       \
    int64_t i = 0;                                                                     \
    read_terms_##suffix(s, at, 1, n);                                                  \
    if (n >= 8) {                                                                      \
      for (; i < 8; i++) r[i] = (REAL)s->term[i];                                      \
      for (; i + 8 <= n; i += 8)                                                       \
        for (int32_t k = 0; k < 8; k++) r[k] += (REAL)s->term[i + k];                  \
      sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));         \
    }                                                                                  \
    for (; i < n; i++) sum += (REAL)s->term[i];                                        \
    return sum;                                                                        \
  }                                                                                    \
  static double sum_##suffix(const kw__lanes *lanes, int64_t lane, summand *s) {       \
    REAL sum = 0;                                                                      \
    for (kw__block b = {.lane = lane};                                                 \
         kw__next_block(lanes, lanes->inner ? s->part : KW__BLOCK, &b);) {             \
      if (lanes->inner) {                                                              \
        sum += pairwise_##suffix(s, b.at, b.n);                                        \
        continue;                                                                      \
      }                                                                                \
      read_terms_##suffix(s, b.at, lanes->stride, b.n);                                \
      for (int64_t i = 0; i < b.n; i++) sum += (REAL)s->term[i];                       \
    }                                                                                  \
    return sum;                                                                        \
  }                                                                                    \
  static double product_##suffix(const kw__lanes *lanes, int64_t lane, summand *s) {   \
    REAL product = 1;                                                                  \
    for (kw__block b = {.lane = lane}; kw__next_block(lanes, KW__BLOCK, &b);) {        \
      kw__read_reals(s->x, b.at, lanes->stride, b.n, s->term);                         \
      for (int64_t i = 0; i < b.n; i++)                                                \
        product *= s->skip_nan && isnan(s->term[i]) ? 1 : (REAL)s->term[i];            \
    }                                                                                  \
    return product;                                                                    \
  }                                                                                    \
  static double mean_##suffix(const kw__lanes *lanes, int64_t lane, summand *s) {      \
    int64_t n = s->skip_nan ? count_numbers(lanes, lane, s) : lanes->length;           \
    return (REAL)(sum_##suffix(lanes, lane, s) / (double)n);                           \
  }
DEFINE_SUMS(double, f64)
DEFINE_SUMS(float, f32)

typedef double lane_result(const kw__lanes *lanes, int64_t lane, summand *s);

static kw_status reduce_reals(kw__frame *frame, const kw__node *node, lane_result *f64,
                              lane_result *f32) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(kw__in(frame, node, 0), kw__reduced_axes(frame, node));
  summand s = {.x = x, .skip_nan = KW__ATTRIBUTES(sum, node)->skip_nan && kw__is_real(x)};
  s.part = kw__is_real(x) ? INT64_MAX : 8192;
  if (node->op == KW__OP_var || node->op == KW__OP_std) s.ddof = KW__ATTRIBUTES(var, node)->ddof;
  lane_result *result = x->type == KW_F32 ? f32 : f64;
  for (int64_t lane = 0; lane < lanes.count; lane++)
    kw__write_real(kw__out(frame, node, 0), lane, result(&lanes, lane, &s));
  return KW_OK;
}

/* Integers wrap; the order does not matter. */
static kw_status reduce_integers(kw__frame *frame, const kw__node *node, bool multiplies) {
  kw__lanes lanes = kw__find_lanes(kw__in(frame, node, 0), kw__reduced_axes(frame, node));
  int64_t block[KW__BLOCK];
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    uint64_t total = multiplies;
    for (kw__block b = {.lane = lane}; kw__next_block(&lanes, KW__BLOCK, &b);) {
      kw__read_integers(kw__in(frame, node, 0), b.at, lanes.stride, b.n, block);
      for (int64_t i = 0; i < b.n; i++)
        total = multiplies ? total * (uint64_t)block[i] : total + (uint64_t)block[i];
    }
    kw__write_integer(kw__out(frame, node, 0), lane, (int64_t)total);
  }
  return KW_OK;
}

kw_status kw__run_sum(kw__frame *frame, const kw__node *node) {
  if (!kw__is_real(kw__in(frame, node, 0))) return reduce_integers(frame, node, false);
  return reduce_reals(frame, node, sum_f64, sum_f32);
}

kw_status kw__run_prod(kw__frame *frame, const kw__node *node) {
  if (!kw__is_real(kw__in(frame, node, 0))) return reduce_integers(frame, node, true);
  return reduce_reals(frame, node, product_f64, product_f32);
}

kw_status kw__run_mean(kw__frame *frame, const kw__node *node) {
  return reduce_reals(frame, node, mean_f64, mean_f32);
}

/* Too few values: NaN when NaN are skipped; else a division by 0, which may be infinite. */
static double divide_squares(const kw__lanes *lanes, int64_t lane, summand *s, lane_result *mean,
                             lane_result *sum) {
  int64_t n = (s->skip_nan ? count_numbers(lanes, lane, s) : lanes->length) - s->ddof,
          part = s->part;
  if (n <= 0 && s->skip_nan) return NAN;
  s->center = mean(lanes, lane, s);
  s->squares = true;
  s->part = INT64_MAX; /* the deviations are floats already */
  double squares = sum(lanes, lane, s);
  s->squares = false;
  s->part = part;
  return squares / (double)(n < 0 ? 0 : n);
}

static double var_f64(const kw__lanes *lanes, int64_t lane, summand *s) {
  return divide_squares(lanes, lane, s, mean_f64, sum_f64);
}

static double var_f32(const kw__lanes *lanes, int64_t lane, summand *s) {
  return (float)divide_squares(lanes, lane, s, mean_f32, sum_f32);
}

static double std_f64(const kw__lanes *lanes, int64_t lane, summand *s) {
  return sqrt(var_f64(lanes, lane, s));
}
static double std_f32(const kw__lanes *lanes, int64_t lane, summand *s) {
  return sqrt(var_f32(lanes, lane, s));
}
kw_status kw__run_var(kw__frame *frame, const kw__node *node) {
  return reduce_reals(frame, node, var_f64, var_f32);
}
kw_status kw__run_std(kw__frame *frame, const kw__node *node) {
  return reduce_reals(frame, node, std_f64, std_f32);
}
