/* Python's numbers: checks that raise, and integers that must not wrap silently. */
#include "ops.h"

kw_status kw__run_check(kw__frame *frame, const kw__node *node) {
  const kw__tensor *good = kw__in(frame, node, 0);
  for (int64_t i = 0; i < good->count; i++) {
    if (((const uint8_t *)good->data)[i]) continue;
    const kw__check_attributes *a = KW__ATTRIBUTES(check, node);
    return kw__raise_text(frame, node, a->type, a->message);
  }
  return KW_OK;
}

static bool add_overflows(int64_t a, int64_t b) {
  return b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b;
}

static bool subtract_overflows(int64_t a, int64_t b) {
  return b < 0 ? a > INT64_MAX + b : a < INT64_MIN + b;
}

static bool multiply_overflows(int64_t a, int64_t b) {
  if (a == 0 || b == 0) return false;
  if (a > 0) return b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a;
  return b > 0 ? a < INT64_MIN / b : b < INT64_MAX / a;
}

#define CHECKED(name, operator)                                                             \
  kw_status kw__run_checked_##name(kw__frame *frame, const kw__node *node) {                \
    int64_t a = *(const kw__i64 *)kw__in(frame, node, 0)->data;                             \
    int64_t b = *(const kw__i64 *)kw__in(frame, node, 1)->data;                             \
    if (name##_overflows(a, b))                                                             \
      return kw__raise(frame, node, "OverflowError", "an integer needs more than 64 bits"); \
    *(int64_t *)kw__out(frame, node, 0)->data = a operator b;                               \
    return KW_OK;                                                                           \
  }
CHECKED(add, +)
CHECKED(subtract, -)
CHECKED(multiply, *)

kw_status kw__run_exact_real(kw__frame *frame, const kw__node *node) {
  int64_t x = *(const kw__i64 *)kw__in(frame, node, 0)->data;
  double y = (double)x;
  if (!(y < 9223372036854775808.0) || (int64_t)y != x)
    return kw__raise(frame, node, "OverflowError", "an integer that float64 does not have");
  *(double *)kw__out(frame, node, 0)->data = y;
  return KW_OK;
}
