/* The inner loops of neural networks in float32: products with matrices whose rows belong to
 * outputs, as the weights of .tflite files lie; products with packed filters; windows of channels.
 * Each runs in the widest vectors that the processor has.  A result depends on what it is made of
 * alone, not on which others are computed beside it. */
#ifndef KOWARI_PRODUCT_H
#define KOWARI_PRODUCT_H
#include <stdint.h>

enum { KW__PANEL = 8 }; /* outputs side by side in packed filters */

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

/* What becomes of sums: min(max(sum + bias[j], low), high), where NaN stays; bias may be NULL. */
typedef struct kw__finish {
  const float *bias;
  float low, high;
} kw__finish;
void kw__finish_rows_f32(float *y, int64_t rows, int64_t m, kw__finish finish);

/* The products of rows, finished; rows of y lie side by side. */
void kw__multiply_layer_f32(kw__rows x, kw__rows w, int64_t n, kw__finish finish, float *y);

/* Where the patches of outputs begin: rows x columns of them, steps apart. */
typedef struct kw__grid {
  const float *x;
  int64_t rows, columns, row_step, column_step;
} kw__grid;

/* y[i, j] = sum over p < n of x[i, offset[p]] panels[j / 8, p, j % 8], where x[i] is the i-th patch
 * of the grid, row by row, and j < m. */
void kw__multiply_panels_f32(kw__grid x, const int32_t *offset, int64_t n, const float *panels,
                             int64_t m, kw__finish finish, float *y, int64_t y_stride);

/* A row of windows: each has rows x columns places with m channels side by side; the next one
 * begins `step` further. */
typedef struct kw__windows {
  const float *x;
  int64_t rows, columns, row_step, column_step, count, step;
} kw__windows;

/* y[i, c] = the sum, the mean, the maximum over the places of window i, c < m; in the first,
 * channels are multiplied by weights[row * weights_step + column * m + c]. */
enum { KW__WINDOW_PRODUCT, KW__WINDOW_MEAN, KW__WINDOW_MAXIMUM };
void kw__reduce_windows_f32(int how, kw__windows x, const float *weights, int64_t weights_step,
                            int64_t m, kw__finish finish, float *y);

#endif
