/* Convolution: the textbook sum, shifted rows of it at a time.  The Fourier transform goes by the
 * prime factors of the size (Stockham's order), with one table of roots of unity for all stages. */
#include "libm.h"
#include "plan.h"

kw_status kw__plan_convolve(kw__frame *frame, const kw__node *node) {
  int64_t a = kw__in(frame, node, 0)->size[0], b = kw__in(frame, node, 1)->size[0];
  bool known = a >= 0 && b >= 0;
  frame->may_raise |= !known;
  if (a == 0 || b == 0)
    return kw__raise(frame, node, "ValueError", "%c cannot be empty", a == 0 ? 'a' : 'v');
  if (known && a > INT64_MAX - b) return kw__refuse(frame, node, KW_SHAPE, "too long");
  kw__out(frame, node, 0)->size[0] = known ? a + b - 1 : KW__UNKNOWN;
  return KW_OK;
}

#define CONVOLVE(in_type, type)                                                \
  {                                                                            \
    const in_type *x = a->data, *v = b->data;                                  \
    type *to = y->data;                                                        \
    for (int64_t k = 0; k < y->count; k++) to[k] = 0;                          \
    for (int64_t j = 0; j < b->count; j++) {                                   \
      const type factor = (type)v[j];                                          \
      for (int64_t i = 0; i < a->count; i++) to[i + j] += factor * (type)x[i]; \
    }                                                                          \
    break;                                                                     \
  }

kw_status kw__run_convolve(kw__frame *frame, const kw__node *node) {
  const kw__tensor *a = kw__in(frame, node, 0), *b = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  if (b->count > a->count) { /* the long one inside */
    const kw__tensor *swap = a;
    a = b;
    b = swap;
  }
  switch (y->type) {
    case KW_F64:
      CONVOLVE(kw__f64, double)
    case KW_F32:
      CONVOLVE(float, float)
    case KW_I64:
      CONVOLVE(kw__u64, uint64_t)
    default:
      CONVOLVE(uint32_t, uint32_t)
  }
  return KW_OK;
}

/* ---- Fourier ---- */
typedef struct complex_rows {
  double *real, *imaginary;
} complex_rows;

kw_status kw__plan_fourier(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *i = kw__in_or_null(frame, node, 1);
  if (x->rank == 0) return kw__refuse(frame, node, KW_SHAPE, "a value without axes");
  if (i && i->rank != x->rank) return kw__refuse(frame, node, KW_SHAPE, "parts differ in rank");
  for (int32_t d = 0; i && d < x->rank; d++) {
    bool known = x->size[d] >= 0 && i->size[d] >= 0;
    frame->may_raise |= x->size[d] != i->size[d] && !known;
    if (known && x->size[d] != i->size[d])
      return kw__raise(frame, node, "ValueError", "real and imaginary parts differ in size");
  }
  int64_t n = x->size[x->rank - 1];
  frame->may_raise |= n < 0;
  if (n == 0)
    return kw__raise(frame, node, "ValueError", "Invalid number of data points (0) specified.");
  if (n > INT32_MAX) return kw__refuse(frame, node, KW_SHAPE, "too long");
  for (int32_t out = 0; out < 2; out++) kw__copy_shape(kw__out(frame, node, out), x);
  kw__out(frame, node, 2)->size[0] = n < 0 ? KW__UNKNOWN : kw__count((int64_t[]){6, n}, 2);
  return KW_OK;
}

/* cos and sin of 2 pi t / n, of angles below an eighth of a turn, where both are exact to the bit.
 */
static void fill_roots(complex_rows roots, int64_t n) {
  const double half_pi = 1.57079632679489661923;
  for (int64_t t = 0; t < n; t++) {
    int64_t quarter = 4 * t / n, rest = 4 * t - quarter * n;
    bool high = 2 * rest > n;
    double angle = half_pi * (double)(high ? n - rest : rest) / (double)n;
    double c = high ? kw__sin(angle) : kw__cos(angle), s = high ? kw__cos(angle) : kw__sin(angle);
    roots.real[t] = quarter == 0 ? c : quarter == 1 ? -s : quarter == 2 ? -c : s;
    roots.imaginary[t] = quarter == 0 ? s : quarter == 1 ? c : quarter == 2 ? -s : -c;
  }
}

static int64_t find_factor(int64_t n) {
  for (int64_t p = 2; p <= n / p; p++)
    if (n % p == 0) return p;
  return n;
}

/* to += from * (c + i s), n times. */
static void add_turned(complex_rows to, complex_rows from, double c, double s, int64_t n) {
  for (int64_t j = 0; j < n; j++) {
    double real = from.real[j], imaginary = from.imaginary[j];
    to.real[j] += real * c - imaginary * s;
    to.imaginary[j] += real * s + imaginary * c;
  }
}

static complex_rows shift_rows(complex_rows p, int64_t by) {
  return (complex_rows){p.real + by, p.imaginary + by};
}

/* `done` transforms of `rest` elements lie interleaved; a stage makes `factor` times as many of
 * them: out[j, q, k] = sum over r of in[j, k, r] w^(q r rest / factor + q k), w = root of `rest`.
 */
static complex_rows transform(complex_rows roots, complex_rows from, complex_rows to, int64_t n,
                              double sign) {
  for (int64_t done = 1, rest = n; rest > 1;) {
    int64_t p = find_factor(rest), m = rest / p;
    for (int64_t k = 0; k < m; k++)
      for (int64_t q = 0; q < p; q++) {
        complex_rows sum = shift_rows(to, done * (q + p * k));
        for (int64_t j = 0; j < done; j++) sum.real[j] = sum.imaginary[j] = 0;
        for (int64_t r = 0; r < p; r++) {
          int64_t t = q * r % p * (n / p) + q * k * done;
          t -= t >= n ? n : 0;
          add_turned(sum, shift_rows(from, done * (k + m * r)), roots.real[t],
                     sign * roots.imaginary[t], done);
        }
      }
    complex_rows swap = from;
    from = to;
    to = swap;
    done *= p;
    rest = m;
  }
  return from;
}

kw_status kw__run_fourier(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *i = kw__in_or_null(frame, node, 1);
  bool inverse = KW__ATTRIBUTES(fourier, node)->inverse;
  int64_t n = x->size[x->rank - 1];
  double *work = kw__out(frame, node, 2)->data, scale = inverse ? 1 / (double)n : 1;
  complex_rows roots = {work, work + n}, a = {work + 2 * n, work + 3 * n};
  complex_rows out = {kw__out(frame, node, 0)->data, kw__out(frame, node, 1)->data};
  fill_roots(roots, n);
  for (int64_t at = 0; at < x->count; at += n) {
    double nothing = 0; /* which places become NaN or infinite by the order of sums: here all NaN */
    for (int64_t k = 0; k < n; k++) {
      a.real[k] = ((const kw__f64 *)x->data)[at + k];
      a.imaginary[k] = i ? ((const kw__f64 *)i->data)[at + k] : 0;
      nothing += 0 * a.real[k] + 0 * a.imaginary[k];
    }
    complex_rows y = transform(roots, a, shift_rows(a, 2 * n), n, inverse ? 1 : -1);
    for (int64_t k = 0; k < n; k++) {
      out.real[at + k] = y.real[k] * scale + nothing;
      bool real = !i && 2 * k % n == 0; /* by symmetry */
      out.imaginary[at + k] = real ? 0 : y.imaginary[k] * scale + nothing;
    }
  }
  return KW_OK;
}
