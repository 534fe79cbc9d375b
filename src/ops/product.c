/* Dot products of rows, and what layers do to them: bias and limits. */
#include "product.h"

void kw__multiply_rows_f32(kw__rows x, kw__rows w, int64_t n, float *y, int64_t y_stride) {
  for (int64_t i = 0; i < x.count; i++)
    for (int64_t j = 0; j < w.count; j++) {
      float sum = 0;
      for (int64_t p = 0; p < n; p++) sum += x.data[i * x.stride + p] * w.data[j * w.stride + p];
      y[i * y_stride + j] = sum;
    }
}

void kw__finish_rows_f32(float *y, int64_t rows, int64_t m, const float *bias, float low,
                         float high) {
  for (int64_t row = 0; row < rows; row++, y += m) {
    if (bias)
      for (int64_t j = 0; j < m; j++) y[j] += bias[j];
    for (int64_t j = 0; j < m; j++) {
      float value = y[j] < low ? low : y[j];
      y[j] = value > high ? high : value;
    }
  }
}
