/* The functions whose last bit is libm's choice, so that a platform can be given other ones in one
 * place.  Exact ones (sqrt, floor, rint, fmod, copysign, ...) come from <math.h> everywhere. */
#ifndef KOWARI_LIBM_H
#define KOWARI_LIBM_H

/* clang-format off */
#define KW__FUNCTIONS1(X)                                                                          \
  X(exp) X(expm1) X(exp2) X(log) X(log1p) X(log2) X(log10) X(sin) X(cos) X(tan) X(asin) X(acos)    \
  X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) X(cbrt)
/* clang-format on */
#define KW__FUNCTIONS2(X) X(pow) X(atan2) X(hypot)

#define X(name) double kw__##name(double x);
KW__FUNCTIONS1(X)
#undef X
#define X(name) double kw__##name(double x, double y);
KW__FUNCTIONS2(X)
#undef X

#endif
