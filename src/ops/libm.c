/* The one door to libm. */
#include "libm.h"

#include <math.h>

#define X(name) \
  double kw__##name(double x) { return name(x); }
KW__FUNCTIONS1(X)
#undef X
#define X(name) \
  double kw__##name(double x, double y) { return name(x, y); }
KW__FUNCTIONS2(X)
#undef X
