/* Matrix products, layers and softmax.  The inner loop runs over outputs, which lie side by side in
 * the weights, so that compilers vectorise it without touching the order of any sum. */
#include "libm.h"
#include "plan.h"
#include "product.h"

/* y[m] = sum over p of x[p] w[p, :].  Four terms at a time: y is read and written a quarter as
 * often. */
#define DEFINE_PRODUCT(name, in_type, type)                                                      \
  static void name(type *restrict y, const in_type *x, const in_type *w, int64_t n, int64_t m) { \
    int64_t p = 0;                                                                               \
    for (int64_t j = 0; j < m; j++) y[j] = 0;                                                    \
    for (; p + 4 <= n; p += 4, w += 4 * m) {                                                     \
      const type a = x[p], b = x[p + 1], c = x[p + 2], d = x[p + 3];                             \
      for (int64_t j = 0; j < m; j++)                                                            \
        y[j] = (((y[j] + a * w[j]) + b * w[j + m]) + c * w[j + 2 * m]) + d * w[j + 3 * m];       \
    }                                                                                            \
    for (; p < n; p++, w += m)                                                                   \
      for (int64_t j = 0; j < m; j++) y[j] += x[p] * w[j];                                       \
  }
DEFINE_PRODUCT(multiply_row_f64, kw__f64, double)
DEFINE_PRODUCT(multiply_row_f32, float, float)

static void multiply_rows(const kw__tensor *x, const kw__tensor *w, kw__tensor *y) {
  int64_t n = w->size[0], m = w->size[1];
  for (int64_t row = 0; row < y->size[0] && y->count > 0; row++) {
    if (y->type == KW_F64)
      multiply_row_f64((double *)y->data + row * m, (const kw__f64 *)x->data + row * n, w->data, n,
                       m);
    else
      multiply_row_f32((float *)y->data + row * m, (const float *)x->data + row * n, w->data, n, m);
  }
}

kw_status kw__run_matmul(kw__frame *frame, const kw__node *node) {
  multiply_rows(kw__in(frame, node, 0), kw__in(frame, node, 1), kw__out(frame, node, 0));
  return KW_OK;
}

/* ---- batches of products ---- */
kw_status kw__plan_matmul_batch(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x[] = {kw__in(frame, node, 0), kw__in(frame, node, 1)};
  kw__tensor *y = kw__out(frame, node, 0);
  if (x[0]->rank < 2 || x[1]->rank < 2)
    return kw__raise(frame, node, "ValueError", "a matrix product needs two dimensions");
  y->rank = x[0]->rank > x[1]->rank ? x[0]->rank : x[1]->rank;
  for (int32_t d = 0; d < y->rank - 2; d++) {
    int64_t size[2] = {1, 1};
    for (int32_t i = 0; i < 2; i++)
      if (d >= y->rank - x[i]->rank) size[i] = x[i]->size[d - (y->rank - x[i]->rank)];
    frame->may_raise |= size[0] != size[1] && (size[0] < 0 || size[1] < 0);
    if (!kw__join_size(size[0], size[1], &y->size[d]))
      return kw__raise(frame, node, "ValueError", "batches of products do not agree");
  }
  bool transposed = KW__ATTRIBUTES(matmul_batch, node)->transpose_b;
  const int64_t *a = x[0]->size + x[0]->rank - 2, *b = x[1]->size + x[1]->rank - 2;
  int64_t terms = b[transposed ? 1 : 0];
  frame->may_raise |= a[1] != terms && (a[1] < 0 || terms < 0);
  if (a[1] != terms && a[1] >= 0 && terms >= 0)
    return kw__raise(frame, node, "ValueError", "rows and columns of a product do not agree");
  y->size[y->rank - 2] = a[0];
  y->size[y->rank - 1] = b[transposed ? 0 : 1];
  return KW_OK;
}

/* Where x has the matrix that goes into number `batch` of y. */
static const float *find_matrix(const kw__tensor *x, const kw__tensor *y, int64_t batch) {
  int64_t step = x->size[x->rank - 1] * x->size[x->rank - 2], at = 0;
  for (int32_t d = y->rank - 3, own = x->rank - 3; own >= 0; d--, own--) {
    if (x->size[own] != 1) at += batch % y->size[d] * step;
    step *= x->size[own];
    batch /= y->size[d];
  }
  return (const float *)x->data + at;
}

kw_status kw__run_matmul_batch(kw__frame *frame, const kw__node *node) {
  const kw__tensor *a = kw__in(frame, node, 0), *b = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t n = y->size[y->rank - 2], m = y->size[y->rank - 1], k = a->size[a->rank - 1];
  if (y->count == 0) return KW_OK;
  if (b->count == k * m) n = y->count / m; /* one b for all: one product of all rows */
  for (int64_t batch = 0; batch < y->count / (n * m); batch++) {
    const float *rows = find_matrix(a, y, batch), *matrix = find_matrix(b, y, batch);
    float *to = (float *)y->data + batch * n * m;
    if (KW__ATTRIBUTES(matmul_batch, node)->transpose_b)
      kw__multiply_rows_f32((kw__rows){rows, n, k}, (kw__rows){matrix, m, k}, k, to, m);
    else
      for (int64_t i = 0; i < n; i++) multiply_row_f32(to + i * m, rows + i * k, matrix, k, m);
  }
  return KW_OK;
}

/* ---- layers ---- */
enum { IDENTITY, RELU, LOGISTIC, TANH };

/* y = f(y + bias); NaN passes through relu. */
#define DEFINE_ACTIVATION(name, in_type, type)                                                  \
  static void name(type *y, const in_type *bias, int64_t rows, int64_t m, int64_t activation) { \
    for (int64_t row = 0; row < rows; row++, y += m) {                                          \
      for (int64_t j = 0; j < m; j++) y[j] += bias[j];                                          \
      switch (activation) {                                                                     \
        case RELU:                                                                              \
          for (int64_t j = 0; j < m; j++) y[j] = y[j] < 0 ? 0 : y[j];                           \
          break;                                                                                \
        case LOGISTIC:                                                                          \
          for (int64_t j = 0; j < m; j++) y[j] = (type)(1 / (1 + kw__exp(-(double)y[j])));      \
          break;                                                                                \
        case TANH:                                                                              \
          for (int64_t j = 0; j < m; j++) y[j] = (type)kw__tanh((double)y[j]);                  \
          break;                                                                                \
        default:                                                                                \
          break;                                                                                \
      }                                                                                         \
    }                                                                                           \
  }
DEFINE_ACTIVATION(activate_f64, kw__f64, double)
DEFINE_ACTIVATION(activate_f32, float, float)

kw_status kw__run_dense(kw__frame *frame, const kw__node *node) {
  const kw__tensor *bias = kw__in(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t activation = KW__ATTRIBUTES(dense, node)->activation,
          rows = y->count > 0 ? y->size[0] : 0;
  multiply_rows(kw__in(frame, node, 0), kw__in(frame, node, 1), y);
  if (y->type == KW_F64)
    activate_f64(y->data, bias->data, rows, y->size[1], activation);
  else
    activate_f32(y->data, bias->data, rows, y->size[1], activation);
  return KW_OK;
}

/* ---- softmax ---- */
kw_status kw__plan_softmax(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  int64_t last = x->rank ? x->size[x->rank - 1] : 1;
  frame->may_raise |= last < 0;
  if (last == 0)
    return kw__raise(frame, node, "ValueError",
                     "zero-size array to reduction operation maximum which has no identity");
  kw__copy_shape(kw__out(frame, node, 0), x);
  return KW_OK;
}

#define DEFINE_SOFTMAX(name, in_type, type)                                                     \
  static void name(type *y, const in_type *x, int64_t rows, int64_t m) {                        \
    for (int64_t row = 0; row < rows; row++, x += m, y += m) {                                  \
      type most = x[0];                                                                         \
      double sum = 0; /* of float32 too: thousands of terms */                                  \
      for (int64_t j = 1; j < m; j++) most = x[j] > most ? x[j] : most;                         \
      for (int64_t j = 0; j < m; j++) sum += y[j] = (type)kw__exp((double)(type)(x[j] - most)); \
      for (int64_t j = 0; j < m; j++) y[j] = (type)((double)y[j] / sum);                        \
    }                                                                                           \
  }
DEFINE_SOFTMAX(softmax_f64, kw__f64, double)
DEFINE_SOFTMAX(softmax_f32, float, float)

kw_status kw__run_softmax(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  if (y->count <= 0) return KW_OK;
  int64_t m = x->rank ? x->size[x->rank - 1] : 1;
  if (y->type == KW_F64)
    softmax_f64(y->data, x->data, y->count / m, m);
  else
    softmax_f32(y->data, x->data, y->count / m, m);
  return KW_OK;
}
