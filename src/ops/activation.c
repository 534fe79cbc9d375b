/* Activations and arithmetic in float32, as TensorFlow Lite defines them: loops without branches,
 * which compilers vectorise. */
#include "activation.h"

#include <math.h>

#include "approximate.h"
#include "elementwise.h"
#include "lane.h"
#include "libm.h"

/* ---- one value ---- */
kw_status kw__run_clamp(kw__frame *frame, const kw__node *node) {
  const kw__clamp_attributes *how = KW__ATTRIBUTES(clamp, node);
  const float *x = kw__in(frame, node, 0)->data;
  float *y = kw__out(frame, node, 0)->data, low = (float)how->low, high = (float)how->high;
  int64_t n = kw__out(frame, node, 0)->count;
  for (int64_t i = 0; i < n; i++) y[i] = kw__clamp_f32(x[i], low, high);
  return KW_OK;
}

/* Functions work in place, on blocks of so many elements: a vectorised loop, and none for a rest.
 * On x86-64 there is a second one in the wider vectors of most processors; it gives the same bits.
 */
enum { MAPPED = 16, MAPPED_TOGETHER = 1024 };
typedef void block_map(float *y, int64_t blocks);
#define MAP_IN(name, target, expression)              \
  target static void name(float *y, int64_t blocks) { \
    for (; blocks > 0; blocks--, y += MAPPED)         \
      for (int32_t i = 0; i < MAPPED; i++) {          \
        float a = y[i];                               \
        y[i] = expression;                            \
      }                                               \
  }
#if defined(__GNUC__) && defined(__x86_64__)
#define MAP(name, expression)    \
  MAP_IN(name##_4, , expression) \
  MAP_IN(name##_8, __attribute__((target("avx2"))), expression)
#define WIDEST(name) (__builtin_cpu_supports("avx2") ? name##_8 : name##_4)
#else
#define MAP(name, expression) MAP_IN(name, , expression)
#define WIDEST(name) name
#endif
MAP(map_logistic, kw__logistic_f32(a))
MAP(map_tanh, kw__tanh_f32(a))
MAP(map_exp, kw__exp_f32(a))
MAP(map_elu, a < 0 ? kw__expm1_of_negative(a) : a)
MAP(map_gelu, kw__gelu_f32(a))
MAP(map_gelu_by_tanh, kw__gelu_by_tanh_f32(a))
MAP(map_hard_swish, a *kw__clamp_f32(a + 3, 0, 6) / 6)
MAP(map_rsqrt, 1 / sqrtf(a))
#undef MAP
#undef MAP_IN

static block_map *map_of(int64_t function) {
  switch (function) {
    case KW__LOGISTIC:
      return WIDEST(map_logistic);
    case KW__TANH:
      return WIDEST(map_tanh);
    case KW__EXP:
      return WIDEST(map_exp);
    case KW__ELU:
      return WIDEST(map_elu);
    case KW__GELU:
      return WIDEST(map_gelu);
    case KW__GELU_BY_TANH:
      return WIDEST(map_gelu_by_tanh);
    case KW__HARD_SWISH:
      return WIDEST(map_hard_swish);
    default:
      return WIDEST(map_rsqrt);
  }
}
#undef WIDEST

/* Chunks stay in the nearest cache between copy and function. */
void kw__activate_f32(float *y, const float *x, int64_t n, int64_t function) {
  block_map *map = map_of(function);
  for (int64_t done = 0; done < n; done += MAPPED_TOGETHER) {
    int64_t count = n - done < MAPPED_TOGETHER ? n - done : MAPPED_TOGETHER, rest = count % MAPPED;
    float *to = y + done, last[MAPPED] = {0};
    memcpy(last, x + done + count - rest, (size_t)rest * sizeof *x);
    if (x != y) memcpy(to, x + done, (size_t)(count - rest) * sizeof *x);
    map(to, count / MAPPED);
    if (rest) map(last, 1);
    memcpy(to + count - rest, last, (size_t)rest * sizeof *y);
  }
}

kw_status kw__run_activate(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  kw__activate_f32(y->data, kw__in(frame, node, 0)->data, y->count,
                   KW__ATTRIBUTES(activate, node)->function);
  return KW_OK;
}

/* ---- two values ---- */
typedef struct output_limits {
  float low, high;
} output_limits;
#define LIMITED2(name, expression)                                                        \
  static void name(const kw__frame *frame, void *out, const void *const *in, int64_t n) { \
    (void)frame;                                                                          \
    float *y = out;                                                                       \
    const float *pa = in[0], *pb = in[1];                                                 \
    const output_limits limit = *(const output_limits *)in[2];                            \
    KW__DENSE for (int64_t i = 0; i < n; i++) {                                           \
      float a = pa[i], b = pb[i];                                                         \
      y[i] = kw__clamp_f32(expression, limit.low, limit.high);                            \
    }                                                                                     \
  }
LIMITED2(plus, a + b)
LIMITED2(minus, a - b)
LIMITED2(times, a *b)
LIMITED2(over, a / b)
LIMITED2(larger, a > b ? a : b)
LIMITED2(smaller, a < b ? a : b)
LIMITED2(leak, a >= 0 ? a : a * b)
LIMITED2(floor_quotient, (float)floor((double)a / (double)b))
#undef LIMITED2

kw_status kw__run_arithmetic(kw__frame *frame, const kw__node *node) {
  static kw__inner *const loop[] = {[KW__ADD] = plus,       [KW__SUBTRACT] = minus,
                                    [KW__MULTIPLY] = times, [KW__DIVIDE] = over,
                                    [KW__LARGER] = larger,  [KW__SMALLER] = smaller,
                                    [KW__LEAK] = leak,      [KW__FLOOR_QUOTIENT] = floor_quotient};
  const kw__arithmetic_attributes *how = KW__ATTRIBUTES(arithmetic, node);
  const output_limits limit = {(float)how->low, (float)how->high};
  kw__broadcast_with(frame, node, loop[how->operation], &limit);
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

/* Four totals side by side: a sum waits for the one before it. */
static double sum_row(const float *x, int64_t m) {
  double part[4] = {0}, sum = 0;
  int64_t j = 0;
  for (; j + 4 <= m; j += 4)
    for (int32_t k = 0; k < 4; k++) part[k] += (double)x[j + k];
  for (; j < m; j++) sum += (double)x[j];
  return sum + ((part[0] + part[1]) + (part[2] + part[3]));
}

static void scale_softmax(float *y, const float *x, int64_t m, const void *attributes) {
  const kw__softmax_scaled_attributes *how = attributes;
  const float beta = (float)how->beta;
  int64_t first = 0; /* of the largest */
  for (int64_t j = 1; j < m; j++) first = x[j] > x[first] ? j : first;
  float most = x[first];
  for (int64_t j = 0; j < m; j++) y[j] = (x[j] - most) * beta;
  if (how->logarithm) {
    double others = 0; /* the largest term is 1 */
    for (int64_t j = 0; j < m; j++) others += (double)kw__exp_f32(y[j]) - (j == first);
    double shift = kw__log1p(others);
    for (int64_t j = 0; j < m; j++) y[j] = (float)((double)y[j] - shift);
    return;
  }
  kw__activate_f32(y, y, m, KW__EXP);
  float sum = (float)sum_row(y, m); /* rounded before the division, as TensorFlow Lite's */
  for (int64_t j = 0; j < m; j++) y[j] /= sum;
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
