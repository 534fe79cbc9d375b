/* Types, and conversion without loss: against a table of which type holds which number, written by
 * hand, and against loops over whole ranges with C's own casts.  Converting is what stands between
 * an app's numbers and a model's. */
#include <float.h>
#include <math.h>

#include "internal.h"
#include "test.h"

enum { TYPES = KW_C128 + 1 };
#define ALL_REAL(X) \
  X(F64, double)    \
  X(F32, float)     \
  X(I64, int64_t)   \
  X(I32, int32_t)   \
  X(I16, int16_t)   \
  X(I8, int8_t) X(U8, uint8_t) X(BOOL, uint8_t) X(U16, uint16_t) X(U32, uint32_t) X(U64, uint64_t)

static void widths_and_names_agree_with_numpy(void) {
  static const struct {
    int type;
    size_t bytes;
    const char *name;
  } rows[] = {{KW_F64, 8, "float64"},   {KW_F32, 4, "float32"},      {KW_F16, 2, "float16"},
              {KW_I64, 8, "int64"},     {KW_I32, 4, "int32"},        {KW_I16, 2, "int16"},
              {KW_I8, 1, "int8"},       {KW_U64, 8, "uint64"},       {KW_U32, 4, "uint32"},
              {KW_U16, 2, "uint16"},    {KW_U8, 1, "uint8"},         {KW_BOOL, 1, "bool"},
              {KW_C64, 8, "complex64"}, {KW_C128, 16, "complex128"}, {KW_TEXT, 8, "text"}};
  CHECK_EQUAL(sizeof rows / sizeof rows[0], TYPES - 1);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    CHECK_EQUAL(kw__type_bytes(rows[i].type), rows[i].bytes);
    CHECK_TEXT(kw__type_name(rows[i].type), rows[i].name);
  }
  CHECK_EQUAL(kw__type_bytes(0), 0);
  CHECK_EQUAL(kw__type_bytes(TYPES), 0);
  CHECK_EQUAL(kw__type_bytes(-1), 0);
  CHECK_TEXT(kw__type_name(0), "unknown");
  CHECK_TEXT(kw__type_name(TYPES), "unknown");
}

/* ---- the table: a number, and the types that hold it ---- */
typedef struct value {
  double real;
  int64_t low;
  uint64_t high;
} value; /* as a float, a signed, an unsigned number */
#define BIT(type) (1u << KW_##type)
enum {
  FLOATS = BIT(F64) | BIT(F32),
  FROM_U8 = BIT(U8) | BIT(U16) | BIT(U32) | BIT(U64),
  FROM_U16 = BIT(U16) | BIT(U32) | BIT(U64),
  FROM_U32 = BIT(U32) | BIT(U64),
  FROM_I8 = BIT(I8) | BIT(I16) | BIT(I32) | BIT(I64),
  FROM_I16 = BIT(I16) | BIT(I32) | BIT(I64),
  FROM_I32 = BIT(I32) | BIT(I64),
};
#define SIGNED(number) \
  { (double)(number), (int64_t)(number), (uint64_t)(number) }
#define REAL(number) \
  { (number), 0, 0 }

static const struct {
  value number;
  unsigned held;
} held_by[] = {
    {SIGNED(0), FLOATS | FROM_I8 | FROM_U8 | BIT(BOOL)},
    {SIGNED(1), FLOATS | FROM_I8 | FROM_U8 | BIT(BOOL)},
    {SIGNED(2), FLOATS | FROM_I8 | FROM_U8},
    {SIGNED(-1), FLOATS | FROM_I8},
    {SIGNED(127), FLOATS | FROM_I8 | FROM_U8},
    {SIGNED(128), FLOATS | FROM_I16 | FROM_U8},
    {SIGNED(-128), FLOATS | FROM_I8},
    {SIGNED(-129), FLOATS | FROM_I16},
    {SIGNED(255), FLOATS | FROM_I16 | FROM_U8},
    {SIGNED(256), FLOATS | FROM_I16 | FROM_U16},
    {SIGNED(32767), FLOATS | FROM_I16 | FROM_U16},
    {SIGNED(32768), FLOATS | FROM_I32 | FROM_U16},
    {SIGNED(-32768), FLOATS | FROM_I16},
    {SIGNED(-32769), FLOATS | FROM_I32},
    {SIGNED(65535), FLOATS | FROM_I32 | FROM_U16},
    {SIGNED(65536), FLOATS | FROM_I32 | FROM_U32},
    {SIGNED(16777216), FLOATS | FROM_I32 | FROM_U32},
    {SIGNED(16777217), BIT(F64) | FROM_I32 | FROM_U32},
    {SIGNED(-16777217), BIT(F64) | FROM_I32},
    {SIGNED(2147483647), BIT(F64) | FROM_I32 | FROM_U32},
    {SIGNED(INT64_C(2147483648)), FLOATS | BIT(I64) | FROM_U32},
    {SIGNED(-INT64_C(2147483648)), FLOATS | FROM_I32},
    {SIGNED(-INT64_C(2147483649)), BIT(F64) | BIT(I64)},
    {SIGNED(INT64_C(4294967295)), BIT(F64) | BIT(I64) | FROM_U32},
    {SIGNED(INT64_C(4294967296)), FLOATS | BIT(I64) | BIT(U64)},
    {SIGNED(INT64_C(9007199254740992)), FLOATS | BIT(I64) | BIT(U64)},
    {SIGNED(INT64_C(9007199254740993)), BIT(I64) | BIT(U64)},
    {SIGNED(-INT64_C(9007199254740993)), BIT(I64)},
    {SIGNED(INT64_MAX), BIT(I64) | BIT(U64)},
    {SIGNED(INT64_MIN), FLOATS | BIT(I64)},
    {{9223372036854775808.0, 0, UINT64_C(9223372036854775808)}, FLOATS | BIT(U64)},
    {{0, 0, UINT64_MAX}, BIT(U64)},
    {REAL(18446744073709551616.0), FLOATS},
    {REAL(0.5), FLOATS},
    {REAL(-0.5), FLOATS},
    {REAL(0.1), BIT(F64)},
    {REAL(1e300), BIT(F64)},
    {REAL(FLT_MAX), FLOATS},
    {REAL(FLT_MAX * 1.0000001), BIT(F64)},
    {REAL(1.401298464324817e-45), FLOATS}, /* the smallest float32 */
    {REAL(DBL_MIN), BIT(F64)},
    {REAL(INFINITY), FLOATS},
    {REAL(-INFINITY), FLOATS},
};

/* The number in a type that holds it. */
static void write_value(int type, void *out, value number) {
  switch (type) {
    case KW_F64:
      memcpy(out, &number.real, sizeof number.real);
      break;
    case KW_F32: {
      float narrow = (float)number.real;
      memcpy(out, &narrow, sizeof narrow);
      break;
    }
    case KW_I64:
    case KW_I32:
    case KW_I16:
    case KW_I8:
      memcpy(out, &number.low, kw__type_bytes(type));
      break; /* little-endian */
    default:
      memcpy(out, &number.high, kw__type_bytes(type));
      break;
  }
}

static void converts_what_the_type_holds_and_only_that(void) {
  for (size_t i = 0; i < sizeof held_by / sizeof held_by[0]; i++)
    for (int from = 1; from < TYPES; from++)
      for (int to = 1; to < TYPES && held_by[i].held >> from & 1; to++) {
        if (!((unsigned)(FLOATS | FROM_I8 | FROM_U8 | BIT(BOOL)) >> to & 1)) continue;
        uint8_t in[8], out[8], must[8];
        write_value(from, in, held_by[i].number);
        memset(out, 0xA5, sizeof out);
        memset(must, 0xA5, sizeof must);
        bool fits = held_by[i].held >> to & 1;
        if (fits) write_value(to, must, held_by[i].number);
        int64_t lost = kw__convert(to, out, from, in, 1);
        if (lost == (fits ? -1 : 0) && memcmp(out, must, sizeof out) == 0) continue;
        printf("number %zu, %s to %s\n", i, kw__type_name(from), kw__type_name(to));
        CHECK_EQUAL(lost, fits ? -1 : 0);
        CHECK(memcmp(out, must, sizeof out) == 0);
      }
}

/* ---- whole ranges ---- */
static void integers_around_every_16_bit_limit(void) {
  static const struct {
    int type;
    int64_t low, high;
  } limits[] = {{KW_I8, INT8_MIN, INT8_MAX}, {KW_U8, 0, UINT8_MAX}, {KW_I16, INT16_MIN, INT16_MAX},
                {KW_U16, 0, UINT16_MAX},     {KW_BOOL, 0, 1},       {KW_I32, INT32_MIN, INT32_MAX},
                {KW_U32, 0, UINT32_MAX},     {KW_U64, 0, INT64_MAX}};
  for (int64_t x = -70000; x <= 70000; x++)
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
      int64_t lost = x >= limits[i].low && x <= limits[i].high ? -1 : 0, out = 0;
      double real = (double)x;
      if (kw__convert(limits[i].type, &out, KW_I64, &x, 1) != lost) CHECK_EQUAL(x, limits[i].type);
      if (lost == -1 && memcmp(&out, &x, kw__type_bytes(limits[i].type)) != 0) CHECK_EQUAL(out, x);
      if (kw__convert(limits[i].type, &out, KW_F64, &real, 1) != lost)
        CHECK_EQUAL(x, limits[i].type);
      if (lost == -1 && memcmp(&out, &x, kw__type_bytes(limits[i].type)) != 0) CHECK_EQUAL(out, x);
      real += 0.25;
      if (kw__convert(limits[i].type, &out, KW_F64, &real, 1) != 0) CHECK_EQUAL(x, limits[i].type);
    }
}

static void integers_to_float32_around_its_precision(void) {
  for (int64_t base = 1; base < (int64_t)1 << 40; base *= 2)
    for (int64_t x = base - 40; x < base + 40; x++) {
      volatile float narrow = (float)x;
      float out = 0;
      CHECK_EQUAL(kw__convert(KW_F32, &out, KW_I64, &x, 1), (int64_t)narrow == x ? -1 : 0);
    }
}

static void nan_goes_to_floats_only(void) {
  double nan64 = (double)NAN, out64 = 0;
  float nan32 = NAN, out32 = 0;
  int64_t integer = 7;
  CHECK_EQUAL(kw__convert(KW_F32, &out32, KW_F64, &nan64, 1), -1);
  CHECK_EQUAL(kw__convert(KW_F64, &out64, KW_F32, &nan32, 1), -1);
  CHECK(isnan(out32) && isnan(out64));
  CHECK_EQUAL(kw__convert(KW_I64, &integer, KW_F64, &nan64, 1), 0);
  CHECK_EQUAL(integer, 7);
}

static void keeps_the_sign_of_zero(void) {
  double zero = -0.0;
  float out = 1;
  CHECK_EQUAL(kw__convert(KW_F32, &out, KW_F64, &zero, 1), -1);
  CHECK(out == 0 && signbit(out));
}

static void tells_the_first_that_would_lose(void) {
  const double in[] = {1, 2, 2.5, 3, 1e10};
  int32_t out[5] = {0};
  CHECK_EQUAL(kw__convert(KW_I32, NULL, KW_F64, in, 5), 2); /* only checks */
  CHECK_EQUAL(kw__convert(KW_I32, out, KW_F64, in, 2), -1);
  CHECK(out[0] == 1 && out[1] == 2);
  CHECK_EQUAL(kw__convert(KW_I32, NULL, KW_F64, in + 3, 2), 1);
  CHECK_EQUAL(kw__convert(KW_I32, NULL, KW_F64, NULL, 0), -1);
  const uint8_t truth[] = {0, 1, 2};
  uint8_t copy[3];
  CHECK_EQUAL(kw__convert(KW_BOOL, copy, KW_BOOL, truth, 2), -1);
  CHECK_EQUAL(kw__convert(KW_BOOL, copy, KW_BOOL, truth, 3), 2); /* a boolean is 0 or 1 */
}

/* Source and target may lie at any address. */
static void reads_and_writes_anywhere(void) {
  char in[9 * 3], out[9 * 3];
  for (size_t shift = 0; shift < 8; shift++) {
#define X(TYPE, ctype)                                                           \
  {                                                                              \
    ctype one = 1, two = 0;                                                      \
    double back = 0;                                                             \
    memcpy(in + shift, &one, sizeof one);                                        \
    CHECK_EQUAL(kw__convert(KW_F64, out + shift, KW_##TYPE, in + shift, 1), -1); \
    memcpy(&back, out + shift, sizeof back);                                     \
    CHECK(back == 1.0);                                                          \
    CHECK_EQUAL(kw__convert(KW_##TYPE, in + shift, KW_F64, out + shift, 1), -1); \
    memcpy(&two, in + shift, sizeof two);                                        \
    CHECK(two == one);                                                           \
  }
    ALL_REAL(X)
#undef X
  }
}

int main(void) {
  RUN(widths_and_names_agree_with_numpy);
  RUN(converts_what_the_type_holds_and_only_that);
  RUN(integers_around_every_16_bit_limit);
  RUN(integers_to_float32_around_its_precision);
  RUN(nan_goes_to_floats_only);
  RUN(keeps_the_sign_of_zero);
  RUN(tells_the_first_that_would_lose);
  RUN(reads_and_writes_anywhere);
  return finish();
}
