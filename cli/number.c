/* Decimal to binary and back with exact integers, so that every platform and locale agrees.
 * A decimal of up to 15 digits and a small exponent takes one floating operation instead. */
#include "number.h"

#include <assert.h>
#include <float.h>
#include <stdbool.h>
#include <string.h>

#include "bignum.h"

/* The point halfway between two doubles has at most 768 significant digits: beyond them only
 * matters whether the rest is zero, and a last digit of 1 says that it is not. */
enum { MAX_DIGITS = 800 };

typedef struct format { /* value = significand * 2^exponent */
  int bits;             /* of the significand, with the implicit one */
  int low;              /* exponent of denormals */
  uint64_t special;     /* exponent field of infinity and NaN */
} format;

static const format BINARY64 = {53, -1074, 2047}, BINARY32 = {24, -149, 255};

typedef enum kind { FINITE, INFINITE, NOT_A_NUMBER } kind;

typedef struct decimal { /* digits * 10^exponent, without zeros at either end */
  kind kind;
  bool negative;
  int count;
  int64_t exponent;
  unsigned char digits[MAX_DIGITS + 1];
} decimal;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t skip_blanks(const char *text, size_t length, size_t at) {
  while (at < length && (text[at] == ' ' || text[at] == '\t')) at++;
  return at;
}

static size_t read_sign(const char *text, size_t length, size_t at, bool *negative) {
  *negative = at < length && text[at] == '-';
  return at + (at < length && (text[at] == '-' || text[at] == '+'));
}

/* How many characters at `at` agree with `word`, which is in lower case. */
static size_t match_word(const char *text, size_t length, size_t at, const char *word) {
  size_t matched = 0;
  while (at + matched < length && word[matched] != '\0') {
    char c = text[at + matched];
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    if (c != word[matched]) break;
    matched++;
  }
  return matched;
}

/* Reads nan, inf or infinity; leaves *at behind it, or at the first character that fits neither. */
static bool read_word(const char *text, size_t length, size_t *at, kind *out) {
  size_t nan = match_word(text, length, *at, "nan");
  size_t infinity = match_word(text, length, *at, "infinity");
  *out = nan > 0 ? NOT_A_NUMBER : INFINITE;
  size_t matched = nan > 0 ? nan : infinity;
  *at += matched;
  return matched == 3 || matched == 8;
}

/* Reads digits, one point among them allowed; false if there is none. */
static bool read_digits(const char *text, size_t length, size_t *at, decimal *out) {
  bool any = false, point = false, rest = false;
  for (; *at < length; ++*at) {
    char c = text[*at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(c)) break;
    any = true;
    out->exponent -= point;
    if (out->count == 0 && c == '0') continue;
    if (out->count < MAX_DIGITS) {
      out->digits[out->count++] = (unsigned char)(c - '0');
    } else {
      out->exponent++;
      rest = rest || c != '0';
    }
  }
  if (rest) {
    out->digits[out->count++] = 1;
    out->exponent--;
  }
  while (out->count > 0 && out->digits[out->count - 1] == 0) {
    out->count--;
    out->exponent++;
  }
  return any;
}

/* Reads what follows the e.  Beyond 10^17 it stays there: no text is long enough to come back. */
static bool read_exponent(const char *text, size_t length, size_t *at, decimal *out) {
  bool negative;
  int64_t exponent = 0;
  *at = read_sign(text, length, *at, &negative);
  if (*at == length || !is_digit(text[*at])) return false;
  for (; *at < length && is_digit(text[*at]); ++*at) {
    if (exponent < INT64_C(1) << 56) exponent = 10 * exponent + (text[*at] - '0');
  }
  out->exponent += negative ? -exponent : exponent;
  return true;
}

static ptrdiff_t read_decimal(const char *text, size_t length, decimal *out) {
  out->kind = FINITE;
  out->count = 0;
  out->exponent = 0;
  size_t at = read_sign(text, length, skip_blanks(text, length, 0), &out->negative);
  if (at < length && !is_digit(text[at]) && text[at] != '.') {
    if (!read_word(text, length, &at, &out->kind)) return (ptrdiff_t)at;
  } else {
    if (!read_digits(text, length, &at, out)) return (ptrdiff_t)at;
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
      at++;
      if (!read_exponent(text, length, &at, out)) return (ptrdiff_t)at;
    }
  }
  at = skip_blanks(text, length, at);
  return at == length ? PARSE_GOOD : (ptrdiff_t)at;
}

static const double POWER_OF_TEN[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* True if digits and power are both exact in the format, whose largest exact power is given: then
 * one multiplication or division rounds correctly. */
static bool is_simple(const decimal *a, const format *f, int power, uint64_t *significand) {
  if (FLT_EVAL_METHOD != 0 || a->kind != FINITE || a->count > 16) return false;
  if (a->exponent < -power || a->exponent > power) return false;
  *significand = 0;
  for (int i = 0; i < a->count; i++) *significand = 10 * *significand + a->digits[i];
  return *significand >> f->bits == 0;
}

/* Divides numerator by denominator * 2^*exponent to `bits` bits, rounding half to even.  On entry
 * the quotient has that many bits or one more; in the second case the exponent grows by one. */
static uint64_t divide_rounded(big *numerator, big *denominator, int bits, int *exponent) {
  uint64_t quotient = 0;
  big_shift(denominator, bits);
  if (big_compare(numerator, denominator) >= 0) {
    ++*exponent;
  } else {
    big_shift(numerator, 1);
  }
  for (int i = 0; i < bits; i++) {
    bool one = big_compare(numerator, denominator) >= 0;
    if (one) big_subtract(numerator, denominator);
    quotient = quotient << 1 | one;
    big_shift(numerator, 1);
  }
  int half = big_compare(numerator, denominator);
  return quotient + (half > 0 || (half == 0 && (quotient & 1) == 1));
}

/* The magnitude of a finite decimal as the bits of the format.  A significand s of exponent e has
 * the bits (e - low) * 2^(bits-1) + s, denormal or not, and a carry from rounding is just right. */
static uint64_t round_decimal(const decimal *a, const format *f) {
  uint64_t infinity = f->special << (f->bits - 1);
  int64_t magnitude = a->exponent + a->count; /* value < 10^magnitude <= 10 * value */
  if (a->count == 0 || magnitude < -330) return 0;
  if (magnitude > 310) return infinity;

  big numerator, denominator;
  big_set(&numerator, 0);
  big_set(&denominator, 1);
  for (int i = 0; i < a->count; i++) big_multiply_add(&numerator, 10, a->digits[i]);
  big *scaled = a->exponent < 0 ? &denominator : &numerator;
  big_multiply_power_of_ten(scaled, (int)(a->exponent < 0 ? -a->exponent : a->exponent));

  int exponent = big_bits(&numerator) - big_bits(&denominator) - f->bits;
  if (exponent < f->low) exponent = f->low;
  big_shift(exponent < 0 ? &numerator : &denominator, exponent < 0 ? -exponent : exponent);
  uint64_t significand = divide_rounded(&numerator, &denominator, f->bits, &exponent);
  uint64_t bits = ((uint64_t)(exponent - f->low) << (f->bits - 1)) + significand;
  return bits < infinity ? bits : infinity;
}

static uint64_t encode_decimal(const decimal *a, const format *f) {
  uint64_t infinity = f->special << (f->bits - 1), sign = (f->special + 1) << (f->bits - 1);
  uint64_t bits = infinity;
  if (a->kind == FINITE) bits = round_decimal(a, f);
  if (a->kind == NOT_A_NUMBER) bits |= UINT64_C(1) << (f->bits - 2);
  return a->negative ? bits | sign : bits;
}

ptrdiff_t parse_f64(const char *text, size_t length, double *out) {
  decimal a;
  uint64_t bits;
  ptrdiff_t bad = read_decimal(text, length, &a);
  if (bad != PARSE_GOOD) return bad;
  if (is_simple(&a, &BINARY64, 22, &bits)) {
    double value = (double)bits;
    value = a.exponent < 0 ? value / POWER_OF_TEN[-a.exponent] : value * POWER_OF_TEN[a.exponent];
    *out = a.negative ? -value : value;
  } else {
    bits = encode_decimal(&a, &BINARY64);
    memcpy(out, &bits, sizeof *out);
  }
  return PARSE_GOOD;
}

ptrdiff_t parse_f32(const char *text, size_t length, float *out) {
  decimal a;
  uint64_t bits;
  ptrdiff_t bad = read_decimal(text, length, &a);
  if (bad != PARSE_GOOD) return bad;
  if (is_simple(&a, &BINARY32, 10, &bits)) {
    float value = (float)bits;
    float power = (float)POWER_OF_TEN[a.exponent < 0 ? -a.exponent : a.exponent];
    value = a.exponent < 0 ? value / power : value * power;
    *out = a.negative ? -value : value;
  } else {
    uint32_t narrow = (uint32_t)encode_decimal(&a, &BINARY32);
    memcpy(out, &narrow, sizeof *out);
  }
  return PARSE_GOOD;
}

ptrdiff_t parse_i64(const char *text, size_t length, int64_t *out) {
  bool negative, fits = true;
  size_t at = read_sign(text, length, skip_blanks(text, length, 0), &negative);
  uint64_t magnitude = 0, limit = (uint64_t)INT64_MAX + negative;
  if (at == length || !is_digit(text[at])) return (ptrdiff_t)at;
  for (; at < length && is_digit(text[at]); at++) {
    uint64_t digit = (uint64_t)(text[at] - '0');
    fits = fits && magnitude <= (limit - digit) / 10;
    if (fits) magnitude = 10 * magnitude + digit;
  }
  at = skip_blanks(text, length, at);
  if (at < length) return (ptrdiff_t)at;
  if (!fits) return PARSE_RANGE;
  *out = !negative ? (int64_t)magnitude : magnitude == limit ? INT64_MIN : -(int64_t)magnitude;
  return PARSE_GOOD;
}

typedef struct printable { /* +-0.DIGITS * 10^point */
  bool negative;
  int count, point;
  char digits[MAX_PRECISION];
} printable;

/* numerator / denominator, below 10, to an integer; the numerator keeps the remainder. */
static int take_digit(big *numerator, const big *denominator) {
  int digit = 0;
  for (; big_compare(numerator, denominator) >= 0; digit++) big_subtract(numerator, denominator);
  return digit;
}

/* Compares numerator + gap * 2^wide with denominator. */
static int compare_above(const big *numerator, const big *gap, int wide, const big *denominator) {
  big sum = *gap;
  big_shift(&sum, wide);
  big_add(&sum, numerator);
  return big_compare(&sum, denominator);
}

static void increment_last(printable *out) {
  int i = out->count - 1;
  for (; i >= 0 && out->digits[i] == '9'; i--) out->digits[i] = '0';
  if (i >= 0) {
    out->digits[i]++;
  } else {
    out->digits[0] = '1';
    out->point++;
  }
}

/* The digits of significand * 2^exponent, by Steele and White's free-format method: stop as soon as
 * what is left is within `gap` of the digits below, or of those one above.  The gaps are half the
 * distance to the neighbours: 2^exponent / 2, and half of it below a power of two.  Unless
 * `shortest`, the gaps are 0, and the digits end at `precision` or when exact. */
static void make_digits(printable *out, uint64_t significand, int exponent, bool shortest, int wide,
                        int precision) {
  big numerator, denominator, gap;
  int shift = 1 + wide; /* all three times 2^shift, which makes the lower gap an integer */
  big_set(&numerator, significand);
  big_set(&denominator, 1);
  big_set(&gap, shortest);
  int top = exponent + big_bits(&numerator) - 1; /* 2^top <= value < 2^(top+1) */
  big_shift(&numerator, shift + (exponent > 0 ? exponent : 0));
  big_shift(&gap, exponent > 0 ? exponent : 0);
  big_shift(&denominator, shift + (exponent < 0 ? -exponent : 0));

  /* floor(top * log10(2)) + 1, so that 10^(point-1) <= value < 2 * 10^point. */
  out->point = (top * 78913 - (top < 0 ? (1 << 18) - 1 : 0)) / (1 << 18) + 1;
  if (out->point >= 0) {
    big_multiply_power_of_ten(&denominator, out->point);
  } else {
    big_multiply_power_of_ten(&numerator, -out->point);
    big_multiply_power_of_ten(&gap, -out->point);
  }
  /* A tie is read as the even significand: to that the ends of its gaps belong. */
  int closed = !shortest || (significand & 1) == 0;
  if (compare_above(&numerator, &gap, wide, &denominator) > -closed) {
    out->point++;
  } else {
    big_multiply_add(&numerator, 10, 0);
    big_multiply_add(&gap, 10, 0);
  }

  bool below = false, above = false;
  int digit = 0;
  for (out->count = 0;;) {
    digit = take_digit(&numerator, &denominator);
    out->digits[out->count++] = (char)('0' + digit);
    below = big_compare(&numerator, &gap) < closed;
    above = compare_above(&numerator, &gap, wide, &denominator) > -closed;
    if (below || above || out->count == precision) break;
    big_multiply_add(&numerator, 10, 0);
    big_multiply_add(&gap, 10, 0);
  }
  big_shift(&numerator, 1);
  int half = big_compare(&numerator, &denominator);
  bool nearer_above = half > 0 || (half == 0 && digit % 2 == 1);
  if (above ? !below || nearer_above : !below && nearer_above) increment_last(out);
}

/* Splits the bits of the format; false for infinity and NaN, which are printed on the way. */
static bool split_number(char *text, uint64_t bits, const format *f, int precision,
                         printable *out) {
  uint64_t implicit = UINT64_C(1) << (f->bits - 1), significand = bits & (implicit - 1);
  uint64_t field = bits >> (f->bits - 1) & f->special;
  int exponent = f->low;
  *out = (printable){.negative = (bits >> (f->bits - 1)) > f->special, .count = 1, .point = 1};
  out->digits[0] = '0';
  if (field == f->special) {
    strcpy(text, significand != 0 ? "nan" : out->negative ? "-inf" : "inf");
    return false;
  }
  /* Below a power of two the neighbours are twice as close, unless they are denormals too. */
  int wide = precision == 0 && significand == 0 && field > 1;
  if (field > 0) {
    significand |= implicit;
    exponent += (int)field - 1;
  }
  if (significand > 0) {
    make_digits(out, significand, exponent, precision == 0, wide,
                precision > 0 ? precision : MAX_PRECISION);
  }
  while (out->count > 1 && out->digits[out->count - 1] == '0') out->count--;
  return true;
}

static char *put(char *at, const char *text, int count) {
  memcpy(at, text, (size_t)count);
  return at + count;
}

static char *put_zeros(char *at, int count) {
  memset(at, '0', (size_t)count);
  return at + count;
}

static void put_exponent(char *at, int exponent) {
  int magnitude = exponent < 0 ? -exponent : exponent;
  *at++ = 'e';
  *at++ = exponent < 0 ? '-' : '+';
  if (magnitude >= 100) *at++ = (char)('0' + magnitude / 100);
  *at++ = (char)('0' + magnitude / 10 % 10);
  *at++ = (char)('0' + magnitude % 10);
  *at = '\0';
}

/* Python's layout: 0.0001 to below 10^limit without an exponent; `tail` follows what looks like an
 * integer.  C's %g has the same rule with limit = precision, and no tail. */
static void lay_out(char *at, const printable *a, int limit, const char *tail) {
  if (a->negative) *at++ = '-';
  if (a->point <= -4 || a->point > limit) {
    at = put(at, a->digits, 1);
    if (a->count > 1) *at++ = '.';
    at = put(at, a->digits + 1, a->count - 1);
    put_exponent(at, a->point - 1);
  } else if (a->point >= a->count) {
    at = put(at, a->digits, a->count);
    at = put_zeros(at, a->point - a->count);
    strcpy(at, tail);
  } else {
    int whole = a->point > 0 ? a->point : 0;
    at = whole > 0 ? put(at, a->digits, whole) : put(at, "0", 1);
    *at++ = '.';
    at = put_zeros(at, whole - a->point);
    at = put(at, a->digits + whole, a->count - whole);
    *at = '\0';
  }
}

static void print_bits(char *out, uint64_t bits, const format *f, int precision) {
  printable a;
  if (!split_number(out, bits, f, precision, &a)) return;
  lay_out(out, &a, precision > 0 ? precision : 16, precision > 0 ? "" : ".0");
}

void print_f64(char out[NUMBER_SIZE], double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  print_bits(out, bits, &BINARY64, 0);
}

void print_f32(char out[NUMBER_SIZE], float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  print_bits(out, bits, &BINARY32, 0);
}

void print_g(char out[NUMBER_SIZE], double value, int precision) {
  assert(precision >= 1 && precision <= MAX_PRECISION);
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  print_bits(out, bits, &BINARY64, precision);
}
