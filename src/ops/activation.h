/* What the attributes `operation` and `function` of activation.def mean, for kernels and for those
 * who make nodes. */
#ifndef KOWARI_ACTIVATION_H
#define KOWARI_ACTIVATION_H
#include <stdint.h>

enum {
  KW__ADD,
  KW__SUBTRACT,
  KW__MULTIPLY,
  KW__DIVIDE,
  KW__LARGER,
  KW__SMALLER,
  KW__LEAK,
  KW__FLOOR_QUOTIENT
}; /* arithmetic */

enum {
  KW__LOGISTIC,
  KW__TANH,
  KW__EXP,
  KW__ELU,
  KW__GELU,
  KW__GELU_BY_TANH,
  KW__HARD_SWISH,
  KW__RSQRT
}; /* activate */
/* y[i] = the function of x[i]; y may be x. */
void kw__activate_f32(float *y, const float *x, int64_t n, int64_t function);

enum { KW__SUM, KW__PRODUCT, KW__LARGEST, KW__SMALLEST, KW__MEAN }; /* reduce_in_order */

#endif
