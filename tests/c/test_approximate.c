/* The float32 functions of approximate.h against libm in float64, over floats of all magnitudes. */
#include "ops/activation.h"
#include "ops/approximate.h"
#include "ops/ops.h"
#include "test.h"

typedef struct pair {
  const char *name;
  float (*f)(float);
  double (*truth)(double);
  float low, high;
  double most; /* units in the last place that it may be off */
} pair;

static double logistic(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double gelu(double x) { return x * erfc(-x * sqrt(0.5)) / 2; }
static double gelu_by_tanh(double x) {
  return x * logistic(sqrt(8 / acos(-1.0)) * (x + 0.044715 * x * x * x));
}

static const pair pairs[] = {
    {"exp", kw__exp_f32, exp, -INFINITY, INFINITY, 1.5},
    {"expm1", kw__expm1_of_negative, expm1, -INFINITY, 0, 1.5},
    {"logistic", kw__logistic_f32, logistic, -700, INFINITY, 3},
    {"tanh", kw__tanh_f32, tanh, -INFINITY, INFINITY, 3},
    {"gelu", kw__gelu_f32, gelu, -20, 1e30f, 10},
    {"gelu_by_tanh", kw__gelu_by_tanh_f32, gelu_by_tanh, -12, 1e30f, 8},
};

static float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Distance in units in the last place of a float32 near the truth. */
static double distance(float is, double must) {
  int exponent;
  if ((double)is == must || is == (float)must) return 0;
  frexp(must, &exponent);
  return fabs((double)is - must) / ldexp(1, exponent < -125 ? -149 : exponent - 24);
}

static void functions_are_close(void) {
  for (const pair *p = pairs; p < pairs + sizeof pairs / sizeof *pairs; p++) {
    double worst = 0;
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += 9973) {
      float x = float_of((uint32_t)bits);
      if (!(x >= p->low && x <= p->high)) continue;
      double d = distance(p->f(x), p->truth((double)x));
      if (!(d <= worst)) worst = d;
    }
    if (!CHECK(worst <= p->most)) printf("  %s: %g\n", p->name, worst);
  }
}

static void limits_are_reached(void) {
  CHECK(kw__exp_f32(-INFINITY) == 0 && kw__exp_f32(INFINITY) == INFINITY);
  CHECK(kw__logistic_f32(-INFINITY) == 0 && kw__logistic_f32(INFINITY) == 1);
  CHECK(kw__tanh_f32(-INFINITY) == -1 && kw__tanh_f32(INFINITY) == 1);
  CHECK(signbit(kw__tanh_f32(-0.0f)) && !signbit(kw__tanh_f32(0.0f)));
  CHECK(kw__gelu_f32(-1e30f) == 0 && kw__gelu_by_tanh_f32(-1e30f) == 0);
}

static void nan_stays(void) {
  for (const pair *p = pairs; p < pairs + sizeof pairs / sizeof *pairs; p++)
    CHECK(isnan(p->f(NAN)));
}

/* The kernel's vectors, whatever their width, against one element at a time. */
static void kernels_give_the_same_bits(void) {
  static const struct {
    int64_t function;
    float (*f)(float);
  } kernels[] = {{KW__LOGISTIC, kw__logistic_f32},
                 {KW__TANH, kw__tanh_f32},
                 {KW__EXP, kw__exp_f32},
                 {KW__GELU, kw__gelu_f32},
                 {KW__GELU_BY_TANH, kw__gelu_by_tanh_f32}};
  enum { COUNT = 5003 };
  static float x[COUNT], y[COUNT];
  for (int32_t i = 0; i < COUNT; i++) x[i] = float_of((uint32_t)i * 858993u);
  for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
    kw__tensor tensors[] = {{.data = x, .count = COUNT}, {.data = y, .count = COUNT}};
    kw__activate_attributes attributes = {1, kernels[k].function};
    const uint32_t operand[] = {0, 1};
    kw__frame frame = {.tensors = tensors};
    kw__node node = {.attributes = &attributes, .operand = operand, .inputs = 1, .outputs = 1};
    int64_t different = 0;
    CHECK_EQUAL(kw__run_activate(&frame, &node), KW_OK);
    for (int32_t i = 0; i < COUNT; i++) {
      float must = kernels[k].f(x[i]);
      different += memcmp(&y[i], &must, sizeof must) && !(isnan(must) && isnan(y[i]));
    }
    CHECK_EQUAL(different, 0);
  }
}

int main(void) {
  RUN(functions_are_close);
  RUN(limits_are_reached);
  RUN(nan_stays);
  RUN(kernels_give_the_same_bits);
  return finish();
}
