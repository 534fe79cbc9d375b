/* Small systems of equations: elimination with row exchanges, and least squares by singular values
 * (one-sided Jacobi: columns are turned, two at a time, until all are orthogonal). */
#include <float.h>
#include <math.h>

#include "plan.h"

/* Adds `factor` times one row to another. */
static void add_row(double *to, const double *from, double factor, int64_t n) {
  for (int64_t j = 0; j < n; j++) to[j] += factor * from[j];
}

static void swap_rows(double *a, double *b, int64_t n) {
  for (int64_t j = 0; j < n; j++) {
    double kept = a[j];
    a[j] = b[j];
    b[j] = kept;
  }
}

/* a becomes upper triangular, b goes along; the determinant. */
static double eliminate(double *a, double *b, int64_t n, int64_t m) {
  double determinant = 1;
  for (int64_t k = 0; k < n; k++) {
    int64_t pivot = k;
    for (int64_t i = k + 1; i < n; i++)
      if (fabs(a[i * n + k]) > fabs(a[pivot * n + k])) pivot = i;
    if (pivot != k) {
      swap_rows(a + k * n, a + pivot * n, n);
      swap_rows(b + k * m, b + pivot * m, m);
      determinant = -determinant;
    }
    determinant *= a[k * n + k];
    if (a[k * n + k] == 0) return 0;
    for (int64_t i = k + 1; i < n; i++) {
      double factor = -a[i * n + k] / a[k * n + k];
      add_row(a + i * n + k, a + k * n + k, factor, n - k);
      add_row(b + i * m, b + k * m, factor, m);
    }
  }
  return determinant;
}

static void copy_reals(double *to, const kw__tensor *from) {
  for (int64_t i = 0; i < from->count; i++) to[i] = ((const kw__f64 *)from->data)[i];
}

kw_status kw__run_determinant(kw__frame *frame, const kw__node *node) {
  double *work = kw__out(frame, node, 1)->data, *y = kw__out(frame, node, 0)->data;
  copy_reals(work, kw__in(frame, node, 0));
  *y = eliminate(work, work, kw__in(frame, node, 0)->size[0], 0);
  return KW_OK;
}

kw_status kw__run_solve(kw__frame *frame, const kw__node *node) {
  double *a = kw__out(frame, node, 1)->data, *x = kw__out(frame, node, 0)->data;
  int64_t n = kw__in(frame, node, 0)->size[0], m = kw__in(frame, node, 1)->size[1];
  copy_reals(a, kw__in(frame, node, 0));
  copy_reals(x, kw__in(frame, node, 1));
  eliminate(a, x, n, m);
  for (int64_t k = 0; k < n; k++)
    if (a[k * n + k] == 0) return kw__raise(frame, node, "LinAlgError", "Singular matrix");
  for (int64_t k = n - 1; k >= 0; k--) {
    for (int64_t i = k + 1; i < n; i++) add_row(x + k * m, x + i * m, -a[k * n + i], m);
    for (int64_t j = 0; j < m; j++) x[k * m + j] /= a[k * n + k];
  }
  return KW_OK;
}

/* ---- least squares ---- */
kw_status kw__plan_lstsq(kw__frame *frame, const kw__node *node) {
  const int64_t *size = kw__in(frame, node, 0)->size;
  bool known = size[0] >= 0 && size[1] >= 0;
  if (known && size[0] > INT64_MAX - size[1] - 1)
    return kw__refuse(frame, node, KW_SHAPE, "too many rows");
  kw__out(frame, node, 1)->size[0] =
      known ? kw__count((int64_t[]){size[0] + size[1] + 1, size[1]}, 2) : KW__UNKNOWN;
  return KW_OK;
}

static double multiply_columns(const double *a, const double *b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static void turn_columns(double *a, double *b, double c, double s, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    double kept = a[i];
    a[i] = c * kept - s * b[i];
    b[i] = s * kept + c * b[i];
  }
}

/* Are two columns of u orthogonal?  Else they are made so, and the same columns of v turned. */
static bool make_orthogonal(double *u, double *v, int64_t p, int64_t q, int64_t m, int64_t n) {
  double *a = u + p * m, *b = u + q * m;
  double aa = multiply_columns(a, a, m), bb = multiply_columns(b, b, m);
  double ab = multiply_columns(a, b, m);
  if (fabs(ab) <= DBL_EPSILON * sqrt(aa) * sqrt(bb)) return true;
  double zeta = (bb - aa) / (2 * ab);
  double tangent = copysign(1 / (fabs(zeta) + sqrt(1 + zeta * zeta)), zeta);
  double cosine = 1 / sqrt(1 + tangent * tangent);
  turn_columns(a, b, cosine, cosine * tangent, m);
  turn_columns(v + p * n, v + q * n, cosine, cosine * tangent, n);
  return false;
}

enum { SWEEPS = 60 }; /* a dozen are enough for any matrix */

/* The columns of u (m by n) become orthogonal; v holds what they were turned by. */
static void turn_until_orthogonal(double *u, double *v, int64_t m, int64_t n) {
  for (int64_t i = 0; i < n * n; i++) v[i] = i % (n + 1) == 0;
  bool good = false;
  for (int sweep = 0; sweep < SWEEPS && !good; sweep++) {
    good = true;
    for (int64_t p = 0; p < n; p++)
      for (int64_t q = p + 1; q < n; q++) good &= make_orthogonal(u, v, p, q, m, n);
  }
}

/* Columns of a, divided by its largest element, which is returned; NaN or inf where there is one.
 */
static double copy_scaled(double *u, const kw__tensor *a) {
  const kw__f64 *from = a->data;
  int64_t m = a->size[0], n = a->size[1];
  double largest = 0;
  for (int64_t i = 0; i < a->count; i++)
    if (!(fabs(from[i]) <= largest) && !isnan(largest)) largest = fabs(from[i]);
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) u[j * m + i] = largest == 0 ? 0 : from[i * n + j] / largest;
  return largest;
}

kw_status kw__run_lstsq(kw__frame *frame, const kw__node *node) {
  const kw__tensor *a = kw__in(frame, node, 0), *b = kw__in(frame, node, 1);
  int64_t m = a->size[0], n = a->size[1], k = b->size[1];
  double *u = kw__out(frame, node, 1)->data, *v = u + m * n, *value = v + n * n;
  double *x = kw__out(frame, node, 0)->data, largest = 0, scale = copy_scaled(u, a);
  if (!isfinite(scale))
    return kw__raise(frame, node, "LinAlgError", "SVD did not converge in Linear Least Squares");
  double cut = *(const kw__f64 *)kw__in(frame, node, 2)->data;
  turn_until_orthogonal(u, v, m, n);
  for (int64_t j = 0; j < n; j++) {
    value[j] = sqrt(multiply_columns(u + j * m, u + j * m, m));
    largest = value[j] > largest ? value[j] : largest;
  }
  for (int64_t c = 0; c < k; c++) { /* NaN or an infinity makes its column NaN */
    double nothing = 0;
    for (int64_t i = 0; i < m && largest > 0; i++)
      nothing += 0 * ((const kw__f64 *)b->data)[i * k + c];
    for (int64_t i = 0; i < n; i++) x[i * k + c] = nothing;
  }
  for (int64_t j = 0; j < n; j++) {
    if (value[j] <= (cut < 0 ? DBL_EPSILON : cut) * largest || value[j] == 0) continue;
    for (int64_t c = 0; c < k; c++) {
      double share = 0; /* of column j of u in column c of b */
      for (int64_t i = 0; i < m; i++)
        share += u[j * m + i] / value[j] * ((const kw__f64 *)b->data)[i * k + c];
      for (int64_t i = 0; i < n; i++) x[i * k + c] += v[j * n + i] * (share / value[j] / scale);
    }
  }
  return KW_OK;
}
