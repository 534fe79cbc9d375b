/* The limit of a network: 15 inputs, relu layers of 64 and 32, one output, in float64.  Thirty-two
 * sums at a time stay in registers; each is added in the order of its inputs, so the result is that
 * of the library bit for bit. */
#include "limit.h"

enum { INPUTS = 15, FIRST = 64, SECOND = 32, BLOCK = 32 };

static const struct weights {
  double first[INPUTS][FIRST], first_bias[FIRST], second[FIRST][SECOND], second_bias[SECOND],
      last[SECOND], last_bias;
} * weights;

void set_limit(const void *data) { weights = data; }

#define LAYER(y, x, w, bias, n, m)                                      \
  for (int from = 0; from < m; from += BLOCK) {                         \
    double part[BLOCK] = {0};                                           \
    for (int i = 0; i < n; i++)                                         \
      for (int j = 0; j < BLOCK; j++) part[j] += x[i] * w[i][from + j]; \
    for (int j = 0; j < BLOCK; j++) {                                   \
      double value = part[j] + bias[from + j];                          \
      y[from + j] = value < 0 ? 0 : value;                              \
    }                                                                   \
  }

void run_limit(const double *row, double *out) {
  double first[FIRST], second[SECOND], sum = 0;
  LAYER(first, row, weights->first, weights->first_bias, INPUTS, FIRST)
  LAYER(second, first, weights->second, weights->second_bias, FIRST, SECOND)
  for (int i = 0; i < SECOND; i++) sum += second[i] * weights->last[i];
  out[0] = sum + weights->last_bias;
}
