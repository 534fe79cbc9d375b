/* Types and shapes as values. */
#include "lane.h"

kw_status kw__plan_cast(kw__frame *frame, const kw__node *node) {
  int64_t to = KW__ATTRIBUTES(cast, node)->to;
  kw__tensor *y = kw__out(frame, node, 0);
  if (to == KW_TEXT || to == KW_F16 || to > KW_U64)
    return kw__refuse(frame, node, KW_TYPE, "cannot convert to this type");
  y->type = (uint8_t)to;
  kw__copy_shape(y, kw__in(frame, node, 0));
  return KW_OK;
}

/* A float outside the integer's range is undefined in C.  NumPy on x86-64 gives the lowest int64,
 * or for types of at most 32 signed bits the lowest int32, cut to the width. */
static int64_t truncate_real(double x) {
  return x > -9223372036854775808.0 && x < 9223372036854775808.0 ? (int64_t)x : INT64_MIN;
}

static int32_t truncate_narrow(double x) {
  return x > -2147483649.0 && x < 2147483648.0 ? (int32_t)x : INT32_MIN;
}

static uint64_t truncate_unsigned(double x) {
  if (x < 9223372036854775808.0 || x != x) return (uint64_t)truncate_real(x);
  return x < 18446744073709551616.0 ? (uint64_t)x : 0;
}

#define STORE(ctype, from_real, from_integer)                       \
  {                                                                 \
    ctype *y = out;                                                 \
    if (real)                                                       \
      for (int64_t i = 0; i < n; i++) y[i] = (ctype)(from_real);    \
    else                                                            \
      for (int64_t i = 0; i < n; i++) y[i] = (ctype)(from_integer); \
    break;                                                          \
  }
static void store_block(int32_t type, void *out, const double *real, const int64_t *integer,
                        bool is_unsigned, int64_t n) {
  switch (type) {
    case KW_F64:
      STORE(double, real[i], is_unsigned ? (double)(uint64_t)integer[i] : (double)integer[i])
    case KW_F32:
      STORE(float, real[i], is_unsigned ? (float)(uint64_t)integer[i] : (float)integer[i])
    case KW_I64:
      STORE(int64_t, truncate_real(real[i]), integer[i])
    case KW_I32:
      STORE(int32_t, truncate_narrow(real[i]), integer[i])
    case KW_I16:
      STORE(int16_t, truncate_narrow(real[i]), integer[i])
    case KW_I8:
      STORE(int8_t, truncate_narrow(real[i]), integer[i])
    case KW_U8:
      STORE(uint8_t, truncate_narrow(real[i]), integer[i])
    case KW_U16:
      STORE(uint16_t, truncate_narrow(real[i]), integer[i])
    case KW_U32:
      STORE(uint32_t, truncate_real(real[i]), integer[i])
    case KW_U64:
      STORE(uint64_t, truncate_unsigned(real[i]), integer[i])
    default:
      STORE(uint8_t, real[i] != 0, integer[i] != 0)
  }
}
#undef STORE

#define LOAD(array, ctype, atype)                                           \
  for (int64_t i = 0; i < n; i++) array[i] = (atype)((const ctype *)in)[i]; \
  break
static void load_block(int32_t type, const void *in, double *real, int64_t *integer, int64_t n) {
  switch (type) {
    case KW_F64:
      LOAD(real, kw__f64, double);
    case KW_F32:
      LOAD(real, float, double);
    case KW_I64:
      LOAD(integer, kw__i64, int64_t);
    case KW_I32:
      LOAD(integer, int32_t, int64_t);
    case KW_I16:
      LOAD(integer, int16_t, int64_t);
    case KW_I8:
      LOAD(integer, int8_t, int64_t);
    case KW_U16:
      LOAD(integer, uint16_t, int64_t);
    case KW_U32:
      LOAD(integer, uint32_t, int64_t);
    case KW_U64:
      LOAD(integer, kw__u64, int64_t);
    default:
      LOAD(integer, uint8_t, int64_t);
  }
}
#undef LOAD

typedef union cast_block {
  double real[KW__BLOCK];
  int64_t integer[KW__BLOCK];
} cast_block;

/* Reals to integers within an integer type; NaN becomes the largest. */
static void clamp_block(int32_t type, cast_block *b, int64_t n) {
  bool is_signed = type < KW_U8;
  uint64_t most = UINT64_MAX >> (64 - 8 * kw__type_bytes(type) + is_signed);
  double limit = 2.0 * (double)(most / 2 + 1), low = is_signed ? -limit : 0;
  for (int64_t i = 0; i < n; i++) {
    double x = b->real[i];
    b->integer[i] = (int64_t)(!(x < limit) ? most : truncate_unsigned(x < low ? low : x));
  }
}

/* Blocks through the widest type of the source's kind: as many loops as types, not their square. */
static kw_status cast_blocks(kw__frame *frame, const kw__node *node, bool clamp) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  cast_block b;
  bool is_real = kw__is_real(x) && !clamp;
  for (int64_t at = 0; at < x->count; at += KW__BLOCK) {
    int64_t n = x->count - at < KW__BLOCK ? x->count - at : KW__BLOCK;
    load_block(x->type, (const char *)x->data + (size_t)at * kw__type_bytes(x->type), b.real,
               b.integer, n);
    if (clamp) clamp_block(y->type, &b, n);
    store_block(y->type, (char *)y->data + (size_t)at * kw__type_bytes(y->type),
                is_real ? b.real : NULL, b.integer, x->type == KW_U64, n);
  }
  return KW_OK;
}

kw_status kw__run_cast(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *y = kw__out(frame, node, 0);
  if (x->count == 1 && x->type == KW_I64 && y->type == KW_F64)
    return *(double *)y->data = (double)*(const kw__i64 *)x->data, KW_OK;
  if (x->count == 1 && x->type == KW_F64 && y->type == KW_I64)
    return *(int64_t *)y->data = truncate_real(*(const kw__f64 *)x->data), KW_OK;
  return cast_blocks(frame, node, false);
}
kw_status kw__run_clamp_cast(kw__frame *frame, const kw__node *node) {
  return cast_blocks(frame, node, true);
}

kw_status kw__plan_clamp_cast(kw__frame *frame, const kw__node *node) {
  int64_t to = KW__ATTRIBUTES(clamp_cast, node)->to;
  if (to == KW_F64 || to == KW_F32 || to == KW_BOOL)
    return kw__refuse(frame, node, KW_TYPE, "clamps to integers only");
  return kw__plan_cast(frame, node);
}

kw_status kw__plan_size_of(kw__frame *frame, const kw__node *node) {
  if (!kw__is_present(node, 0)) return KW_OK;
  return kw__check_axis(frame, node, KW__ATTRIBUTES(size_of, node)->axis,
                        kw__in(frame, node, 0)->rank);
}

kw_status kw__run_size_of(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  *(int64_t *)kw__out(frame, node, 0)->data =
      kw__is_present(node, 0) ? x->size[KW__ATTRIBUTES(size_of, node)->axis] : x->count;
  return KW_OK;
}
