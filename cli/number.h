/* Numbers as text, exactly and in no locale.  Reading rounds correctly whatever the length;
 * printing gives the shortest digits that read back as the same number, laid out as Python's repr
 * does. */
#ifndef KOWARI_CLI_NUMBER_H
#define KOWARI_CLI_NUMBER_H
#include <stddef.h>
#include <stdint.h>

enum {
  PARSE_GOOD = -1,
  PARSE_RANGE = -2, /* an integer, but not one of 64 bits */
  NUMBER_SIZE = 32, /* enough for every number below, and its NUL */
  MAX_PRECISION = 24
};

/* The text is what Python's float() or int() takes, between spaces and tabs, without underscores.
 * A result from 0 on is the offset of the first bad character (`length`: the text ends too early),
 * and *out is untouched.  Too large is an infinity, too small a denormal or zero, with its sign. */
ptrdiff_t parse_f64(const char *text, size_t length, double *out);
ptrdiff_t parse_f32(const char *text, size_t length, float *out);
ptrdiff_t parse_i64(const char *text, size_t length, int64_t *out);

void print_f64(char out[NUMBER_SIZE], double value);
void print_f32(char out[NUMBER_SIZE], float value);
/* As printf's "%.*g", with 1 <= precision <= MAX_PRECISION. */
void print_g(char out[NUMBER_SIZE], double value, int precision);
#endif
