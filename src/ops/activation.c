/* Activations and arithmetic in float32, as TensorFlow Lite defines them: loops without branches,
 * which compilers vectorise. */
#include "activation.h"

#include <math.h>

#include "approximate.h"
#include "elementwise.h"
#include "lane.h"
#include "libm.h"

/* ---- one value ---- */
static void clamp_all(float *y, const float *x, int64_t n, double low_limit, double high_limit) {
  float low = (float)low_limit, high = (float)high_limit;
  for (int64_t i = 0; i < n; i++) y[i] = kw__clamp_f32(x[i], low, high);
}

kw_status kw__run_clamp(kw__frame *frame, const kw__node *node) {
  const kw__clamp_attributes *limits = KW__ATTRIBUTES(clamp, node);
  kw__tensor *y = kw__out(frame, node, 0);
  clamp_all(y->data, kw__in(frame, node, 0)->data, y->count, limits->low, limits->high);
  return KW_OK;
}

/* Functions map so many elements at once, in place: one vectorised loop each, and none for a rest.
 */
enum { MAPPED = 16 };
#define MAP(name, expression)              \
  static void name(float *y) {             \
    for (int32_t i = 0; i < MAPPED; i++) { \
      float a = y[i];                      \
      y[i] = expression;                   \
    }                                      \
  }
MAP(map_logistic, kw__logistic_f32(a))
MAP(map_tanh, kw__tanh_f32(a))
MAP(map_exp, kw__exp_f32(a))
MAP(map_elu, a < 0 ? kw__expm1_of_negative(a) : a)
MAP(map_gelu, kw__gelu_f32(a))
MAP(map_gelu_by_tanh, kw__gelu_by_tanh_f32(a))
MAP(map_hard_swish, a *kw__clamp_f32(a + 3, 0, 6) / 6)
MAP(map_rsqrt, 1 / sqrtf(a))
#undef MAP

static void map_all(float *y, const float *x, int64_t n, void (*map)(float *)) {
  float block[MAPPED] = {0};
  int64_t done = 0;
  for (; n - done >= MAPPED; done += MAPPED) {
    memcpy(block, x + done, sizeof block);
    map(block);
    memcpy(y + done, block, sizeof block);
  }
  if (done == n) return;
  memcpy(block, x + done, (size_t)(n - done) * sizeof *x);
  map(block);
  memcpy(y + done, block, (size_t)(n - done) * sizeof *y);
}

kw_status kw__run_activate(kw__frame *frame, const kw__node *node) {
  static void (*const map[])(float *) = {[KW__LOGISTIC] = map_logistic,
                                         [KW__TANH] = map_tanh,
                                         [KW__EXP] = map_exp,
                                         [KW__ELU] = map_elu,
                                         [KW__GELU] = map_gelu,
                                         [KW__GELU_BY_TANH] = map_gelu_by_tanh,
                                         [KW__HARD_SWISH] = map_hard_swish,
                                         [KW__RSQRT] = map_rsqrt};
  kw__tensor *y = kw__out(frame, node, 0);
  map_all(y->data, kw__in(frame, node, 0)->data, y->count,
          map[KW__ATTRIBUTES(activate, node)->function]);
  return KW_OK;
}

/* ---- two values ---- */
LOOP2(plus, float, float, a + b)
LOOP2(minus, float, float, a - b)
LOOP2(times, float, float, a *b)
LOOP2(over, float, float, a / b)
LOOP2(larger, float, float, a > b ? a : b)
LOOP2(smaller, float, float, a < b ? a : b)
LOOP2(leak, float, float, a >= 0 ? a : a * b)
LOOP2(floor_quotient, float, float, floor((double)a / (double)b))

kw_status kw__run_arithmetic(kw__frame *frame, const kw__node *node) {
  static kw__inner *const loop[] = {[KW__ADD] = plus,       [KW__SUBTRACT] = minus,
                                    [KW__MULTIPLY] = times, [KW__DIVIDE] = over,
                                    [KW__LARGER] = larger,  [KW__SMALLER] = smaller,
                                    [KW__LEAK] = leak,      [KW__FLOOR_QUOTIENT] = floor_quotient};
  const kw__arithmetic_attributes *how = KW__ATTRIBUTES(arithmetic, node);
  kw__tensor *y = kw__out(frame, node, 0);
  kw__broadcast(frame, node, loop[how->operation]);
  if (how->low > -INFINITY || how->high < INFINITY)
    clamp_all(y->data, y->data, y->count, how->low, how->high);
  return KW_OK;
}

kw_status kw__run_check_divisor(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  double value[KW__BLOCK];
  for (int64_t at = 0; at < x->count; at += KW__BLOCK) {
    int64_t n = x->count - at < KW__BLOCK ? x->count - at : KW__BLOCK;
    kw__read_reals(x, at, 1, n, value);
    for (int64_t i = 0; i < n; i++)
      if (value[i] == 0) return kw__raise(frame, node, "ZeroDivisionError", "division by zero");
  }
  return KW_OK;
}

/* ---- rows: what stands along the last axis ---- */
typedef void map_row(float *y, const float *x, int64_t m, const void *how);

static kw_status map_rows(kw__frame *frame, const kw__node *node, map_row *map) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t m = x->rank ? x->size[x->rank - 1] : 1;
  for (int64_t at = 0; at < y->count; at += m)
    map((float *)y->data + at, (const float *)x->data + at, m, node->attributes);
  return KW_OK;
}

static void scale_softmax(float *y, const float *x, int64_t m, const void *attributes) {
  const kw__softmax_scaled_attributes *how = attributes;
  const float beta = (float)how->beta;
  int64_t first = 0; /* of the largest */
  double sum = 0;    /* of thousands of terms; in logarithms less 1, the largest term */
  for (int64_t j = 1; j < m; j++) first = x[j] > x[first] ? j : first;
  float most = x[first];
  for (int64_t j = 0; j < m; j++) y[j] = (x[j] - most) * beta;
  if (how->logarithm) {
    for (int64_t j = 0; j < m; j++) sum += (double)kw__exp_f32(y[j]) - (j == first);
    double shift = kw__log1p(sum);
    for (int64_t j = 0; j < m; j++) y[j] = (float)((double)y[j] - shift);
    return;
  }
  map_all(y, y, m, map_exp);
  for (int64_t j = 0; j < m; j++) sum += (double)y[j];
  float share = (float)(1 / sum);
  for (int64_t j = 0; j < m; j++) y[j] *= share;
}

kw_status kw__run_softmax_scaled(kw__frame *frame, const kw__node *node) {
  return map_rows(frame, node, scale_softmax);
}

static void normalize_row(float *y, const float *x, int64_t m, const void *attributes) {
  (void)attributes;
  double sum = 0;
  for (int64_t j = 0; j < m; j++) sum += (double)x[j] * (double)x[j];
  float root = (float)sqrt(sum);
  if (root < 1e-6f) root = 1e-6f;
  for (int64_t j = 0; j < m; j++) y[j] = x[j] / root;
}

kw_status kw__run_l2_normalize(kw__frame *frame, const kw__node *node) {
  return map_rows(frame, node, normalize_row);
}
