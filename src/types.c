/* Element types: widths, NumPy's names, and conversion without loss. */
#include <math.h>

#include "internal.h"

const char *kw__type_name(int32_t type) {
  static const char names[][11] = {
      "",     "float64", "float32", "int64",  "int32",  "int16",  "int8",      "uint8",
      "bool", "text",    "float16", "uint16", "uint32", "uint64", "complex64", "complex128"};
  return type > 0 && type <= KW_C128 ? names[type] : "unknown";
}

/* A number of any real type: integers keep all 64 bits. */
typedef struct number {
  bool is_float, is_negative;
  double real;
  uint64_t bits;
} number; /* bits: two's complement */

/* clang-format off */
#define LOAD(type) type value; memcpy(&value, in, sizeof value)
static number load(int32_t type, const void *in) {
  number n = {0};
  switch (type) {
    case KW_F64: { LOAD(double); n.is_float = true; n.real = value; return n; }
    case KW_F32: { LOAD(float); n.is_float = true; n.real = (double)value; return n; }
#define CASE(TYPE, ctype)              \
  case KW_##TYPE: {                    \
    LOAD(ctype);                       \
    n.is_negative = value < 0;         \
    n.bits = (uint64_t)(int64_t)value; \
    return n;                          \
  }
    CASE(I64, int64_t) CASE(I32, int32_t) CASE(I16, int16_t) CASE(I8, int8_t)
#undef CASE
    case KW_U8: case KW_BOOL: { LOAD(uint8_t); n.bits = value; return n; }
    case KW_U16: { LOAD(uint16_t); n.bits = value; return n; }
    case KW_U32: { LOAD(uint32_t); n.bits = value; return n; }
    default: { LOAD(uint64_t); n.bits = value; return n; }
  }
}
#undef LOAD
/* clang-format on */

/* A float that is an integer becomes one; false if it is none or does not fit 64 bits. */
static bool make_integer(number *n) {
  if (!n->is_float) return true;
  if (!(n->real >= -9223372036854775808.0 && n->real < 18446744073709551616.0) ||
      n->real != floor(n->real))
    return false;
  n->is_negative = n->real < 0;
  n->bits = n->is_negative ? (uint64_t)(int64_t)n->real : (uint64_t)n->real;
  n->is_float = false;
  return true;
}

static bool store_real(int32_t type, void *out, number n) {
  double real = n.is_float ? n.real : n.is_negative ? (double)(int64_t)n.bits : (double)n.bits;
  if (!n.is_float) {
    number back = {.is_float = true, .real = real};
    if (!make_integer(&back) || back.bits != n.bits || back.is_negative != n.is_negative)
      return false;
  }
  if (type == KW_F64) {
    memcpy(out, &real, sizeof real);
    return true;
  }
  float narrow = (float)real;
  if ((double)narrow != real && real == real) return false;
  memcpy(out, &narrow, sizeof narrow);
  return true;
}

static bool store(int32_t type, void *out, number n) {
  if (type == KW_F64 || type == KW_F32) return store_real(type, out, n);
  if (!make_integer(&n)) return false;
  int64_t value = (int64_t)n.bits;
#define SIGNED(TYPE, ctype, low, high)                                           \
  case KW_##TYPE: {                                                              \
    if (n.is_negative ? value < (low) : n.bits > (uint64_t)(high)) return false; \
    ctype narrow = (ctype)value;                                                 \
    memcpy(out, &narrow, sizeof narrow);                                         \
    return true;                                                                 \
  }
  switch (type) {
    SIGNED(I64, int64_t, INT64_MIN, INT64_MAX)
    SIGNED(I32, int32_t, INT32_MIN, INT32_MAX)
    SIGNED(I16, int16_t, INT16_MIN, INT16_MAX)
    SIGNED(I8, int8_t, INT8_MIN, INT8_MAX)
    SIGNED(U8, uint8_t, 0, UINT8_MAX)
    SIGNED(BOOL, uint8_t, 0, 1)
    SIGNED(U16, uint16_t, 0, UINT16_MAX)
    SIGNED(U32, uint32_t, 0, UINT32_MAX)
    SIGNED(U64, uint64_t, 0, UINT64_MAX)
    default:
      return false;
  }
#undef SIGNED
}

int64_t kw__convert(int32_t to, void *out, int32_t from, const void *in, int64_t count) {
  size_t to_bytes = kw__type_bytes(to), from_bytes = kw__type_bytes(from);
  if (to == from && to != KW_BOOL) {
    if (count && out) memmove(out, in, (size_t)count * to_bytes);
    return -1;
  }
  uint64_t ignored;
  for (int64_t i = 0; i < count; i++) {
    void *at = out ? (char *)out + (size_t)i * to_bytes : (void *)&ignored;
    if (!store(to, at, load(from, (const char *)in + (size_t)i * from_bytes))) return i;
  }
  return -1;
}
