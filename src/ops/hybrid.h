/* Products of floats with weights of int8: a row of floats becomes integers of 8 bits when it is
 * met. */
#ifndef KOWARI_HYBRID_H
#define KOWARI_HYBRID_H
#include <stdbool.h>
#include <stdint.h>

/* x = scale * q, about; returns the scale.  Symmetric: |q| <= 127.  Asymmetric: the row's extremes
 * and 0 lie 255 apart, and 0 is 0. */
float kw__quantize_row(const float *x, int64_t n, bool asymmetric, int16_t *q);

/* sum over p < n of x[p] w[p], which wraps at 32 bits */
int32_t kw__dot_i16_i8(const int16_t *x, const int8_t *w, int64_t n);

#endif
