/* Products with matrices whose rows belong to outputs, as TensorFlow Lite's weights lie: dot
 * products of rows.  A result depends on its two rows alone: not on which rows stand beside them.
 */
#ifndef KOWARI_PRODUCT_H
#define KOWARI_PRODUCT_H
#include <stdint.h>

typedef struct kw__rows {
  const float *data;
  int64_t count, stride; /* from one row's first element to the next one's */
} kw__rows;

/* y[i, j] = sum over p < n of x[i, p] w[j, p]; rows of y lie y_stride apart. */
void kw__multiply_rows_f32(kw__rows x, kw__rows w, int64_t n, float *y, int64_t y_stride);

/* y[j] = sum over p < n of x[p] w[j * w_stride + p] */
static inline void kw__dot_rows_f32(const float *x, const float *w, int64_t n, int64_t rows,
                                    int64_t w_stride, float *y) {
  kw__multiply_rows_f32((kw__rows){x, 1, n}, (kw__rows){w, rows, w_stride}, n, y, rows);
}

/* y[i, j] = min(max(y[i, j] + bias[j], low), high); NaN stays.  bias may be NULL. */
void kw__finish_rows_f32(float *y, int64_t rows, int64_t m, const float *bias, float low,
                         float high);

#endif
