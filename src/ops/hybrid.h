/* Products of floats with weights of int8: a row of floats becomes integers of 8 bits when it is
 * met. */
#ifndef KOWARI_HYBRID_H
#define KOWARI_HYBRID_H
#include <stdbool.h>
#include <stdint.h>

/* x = scale * q, about; returns the scale.  Symmetric: |q| <= 127.  Asymmetric: the row's extremes
 * and 0 lie 255 apart, and 0 is 0. */
float kw__quantize_row(const float *x, int64_t n, bool asymmetric, int16_t *q);

/* y[j] += sum over p < n of x[p] w[j * stride + p] for each j < rows, which wraps at 32 bits */
void kw__add_products_i8(const int16_t *x, const int8_t *w, int64_t stride, int64_t n, int64_t rows,
                         int32_t *y);

#endif
