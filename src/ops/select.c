/* Selection: slices, indices and masks, and the sequences of numbers that serve as indices. */
#include <inttypes.h>
#include <math.h>

#include "lane.h"
#include "shape.h"

/* ---- slice ---- */
/* A bound of a slice of n elements: from the end when negative, then clamped. */
static int64_t clamp_bound(const int64_t *bound, int64_t absent, int64_t low, int64_t high) {
  if (!bound) return absent;
  int64_t value = *bound;
  if (value < 0) value += high + (low < 0);
  return value < low ? low : value > high ? high : value;
}

kw__range kw__slice_range(int64_t n, const int64_t *start, const int64_t *stop, int64_t step) {
  int64_t low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
  int64_t from = clamp_bound(start, step > 0 ? low : high, low, high);
  int64_t to = clamp_bound(stop, step > 0 ? high : low, low, high);
  int64_t distance = step > 0 ? to - from : from - to;
  return (kw__range){from, distance > 0 ? (distance - 1) / (step > 0 ? step : -step) + 1 : 0};
}

kw__range kw__find_range(const kw__frame *frame, const kw__node *node, int64_t n, int64_t step) {
  const kw__tensor *bound[2];
  int64_t value[2] = {0};
  for (int32_t i = 0; i < 2; i++) {
    bound[i] = kw__in_or_null(frame, node, i + 1);
    if (bound[i]) value[i] = kw__index_at(bound[i], 0);
  }
  return kw__slice_range(n, bound[0] ? &value[0] : NULL, bound[1] ? &value[1] : NULL, step);
}

static bool is_unread(const kw__tensor *x) { return x && !x->data; }

int64_t kw__plan_range_size(const kw__frame *frame, const kw__node *node, int64_t n, int64_t step) {
  const kw__tensor *start = kw__in_or_null(frame, node, 1), *stop = kw__in_or_null(frame, node, 2);
  if (!start && !stop && (step == 1 || step == -1)) return n;
  bool known = n >= 0 && !is_unread(start) && !is_unread(stop);
  return known ? kw__find_range(frame, node, n, step).count : KW__UNKNOWN;
}

kw_status kw__plan_slice(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(slice, node)->axis, step = KW__ATTRIBUTES(slice, node)->step;
  kw_status status = kw__check_axis(frame, node, axis, x->rank);
  if (status) return status;
  if (step == 0) return kw__raise(frame, node, "ValueError", "slice step cannot be zero");
  kw__copy_shape(y, x);
  y->size[axis] = kw__plan_range_size(frame, node, x->size[axis], step);
  return KW_OK;
}

/* The bounds are read once more: what is read here, not what was planned, decides where memory is
 * touched. */
kw_status kw__run_slice(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(slice, node)->axis, step[KW_MAX_RANK];
  kw__range chosen = kw__find_range(frame, node, x->size[axis], KW__ATTRIBUTES(slice, node)->step);
  kw_status status = kw__set_size(frame, node, 0, (int32_t)axis, chosen.count);
  if (status || y->count <= 0) return status;
  kw__get_steps(x, step);
  const char *from = (const char *)x->data + chosen.start * step[axis];
  step[axis] *= chosen.count > 1 ? KW__ATTRIBUTES(slice, node)->step : 1;
  kw__copy_steps(y, from, step);
  return KW_OK;
}

/* ---- take ---- */
kw_status kw__raise_index(kw__frame *frame, const kw__node *node, int64_t index, int32_t axis,
                          int64_t size) {
  return kw__raise(frame, node, "IndexError",
                   "index %" PRId64 " is out of bounds for axis %d with size %" PRId64, index, axis,
                   size);
}

bool kw__are_in_range(const kw__tensor *indices, int64_t size) {
  const kw__i64 *index = indices->data;
  for (int64_t i = 0; i < indices->count; i++) {
    int64_t value = index[i];
    if (!kw__wrap_index(&value, size)) return false;
  }
  return true;
}

kw_status kw__plan_take(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(take, node)->axis;
  kw_status status = kw__check_axis(frame, node, axis, x->rank);
  if (!status) status = kw__check_rank(frame, node, x->rank + indices->rank - 1);
  if (status) return status;
  y->rank = 0;
  for (int32_t d = 0; d < axis; d++) y->size[y->rank++] = x->size[d];
  for (int32_t d = 0; d < indices->rank; d++) y->size[y->rank++] = indices->size[d];
  for (int32_t d = (int32_t)axis + 1; d < x->rank; d++) y->size[y->rank++] = x->size[d];
  if (frame->stage == KW__STAGE_OPEN) /* constants that fit a fixed size never raise */
    frame->may_raise |=
        x->size[axis] < 0 || !indices->data || !kw__are_in_range(indices, x->size[axis]);
  return KW_OK;
}

static KW__APART kw_status take_many(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1);
  const kw__tensor *y = kw__out(frame, node, 0);
  const kw__i64 *index = indices->data;
  int64_t axis = KW__ATTRIBUTES(take, node)->axis, size = x->size[axis], outer;
  size_t inner = 0;
  if (y->count > 0)
    kw__get_blocks(x, axis, &outer, &inner);
  else
    outer = 1; /* nothing to copy: NumPy still looks at the indices */
  char *out = y->data;
  for (int64_t o = 0; o < outer; o++)
    for (int64_t i = 0; i < indices->count; i++) {
      int64_t at = index[i];
      if (!kw__wrap_index(&at, size))
        return kw__raise_index(frame, node, index[i], (int32_t)axis, size);
      kw__copy_run(out, (const char *)x->data + (size_t)(o * size + at) * inner, 1, 0, inner);
      out += inner;
    }
  return KW_OK;
}

kw_status kw__run_take(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *indices = kw__in(frame, node, 1);
  const kw__tensor *y = kw__out(frame, node, 0);
  if (KW__ATTRIBUTES(take, node)->axis != 0 || indices->count != 1) return take_many(frame, node);
  int64_t index = *(const kw__i64 *)indices->data, at = index;
  if (!kw__wrap_index(&at, x->size[0])) return kw__raise_index(frame, node, index, 0, x->size[0]);
  size_t block = (size_t)y->count * kw__type_bytes(y->type);
  kw__copy_block(y->data, (const char *)x->data + (size_t)at * block, block);
  return KW_OK;
}

/* ---- masks ---- */
static int64_t count_true(const kw__tensor *mask) {
  const uint8_t *is_true = mask->data;
  int64_t count = 0;
  for (int64_t i = 0; i < mask->count; i++) count += is_true[i] != 0;
  return count;
}

kw_status kw__plan_compress(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t axis = KW__ATTRIBUTES(compress, node)->axis, length = kw__in(frame, node, 1)->size[0];
  kw_status status = kw__check_axis(frame, node, axis, x->rank);
  if (status) return status;
  int64_t size = x->size[axis];
  frame->may_raise |= size != length && (size < 0 || length < 0);
  if (size >= 0 && length >= 0 && size != length)
    return kw__raise(
        frame, node, "IndexError",
        "boolean index did not match indexed array along axis %d; size of axis is %" PRId64
        " but size of corresponding boolean axis is %" PRId64,
        (int)axis, size, length);
  kw__copy_shape(y, x);
  y->size[axis] = KW__UNKNOWN;
  return KW_OK;
}

kw_status kw__run_compress(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *mask = kw__in(frame, node, 1);
  const kw__tensor *y = kw__out(frame, node, 0);
  const uint8_t *is_true = mask->data;
  int64_t axis = KW__ATTRIBUTES(compress, node)->axis, outer, count = count_true(mask);
  size_t inner;
  kw_status status = kw__set_size(frame, node, 0, (int32_t)axis, count);
  if (status || y->count <= 0) return status;
  kw__get_blocks(x, axis, &outer, &inner);
  const char *from = x->data;
  char *out = y->data;
  for (int64_t o = 0; o < outer; o++, from += (size_t)mask->count * inner)
    for (int64_t i = 0, left = count; left > 0 && i < mask->count; i++) {
      if (!is_true[i]) continue;
      kw__copy_run(out, from + (size_t)i * inner, 1, 0, inner);
      out += inner;
      left--;
    }
  return KW_OK;
}

kw_status kw__run_nonzero(kw__frame *frame, const kw__node *node) {
  const kw__tensor *mask = kw__in(frame, node, 0);
  const uint8_t *is_true = mask->data;
  int64_t left = count_true(mask);
  kw_status status = kw__set_size(frame, node, 0, 0, left);
  int64_t *out = kw__out(frame, node, 0)->data;
  for (int64_t i = 0; !status && left > 0 && i < mask->count; i++)
    if (is_true[i]) *out++ = i, left--;
  return status;
}

kw_status kw__plan_argwhere(kw__frame *frame, const kw__node *node) {
  kw__out(frame, node, 0)->size[1] = kw__in(frame, node, 0)->rank;
  return KW_OK;
}

kw_status kw__run_argwhere(kw__frame *frame, const kw__node *node) {
  const kw__tensor *mask = kw__in(frame, node, 0);
  const uint8_t *is_true = mask->data;
  int64_t left = count_true(mask);
  kw_status status = kw__set_size(frame, node, 0, 0, left);
  int64_t *out = kw__out(frame, node, 0)->data;
  for (int64_t i = 0; !status && left > 0 && i < mask->count; i++) {
    if (!is_true[i]) continue;
    int64_t rest = i;
    for (int32_t d = mask->rank - 1; d >= 0; d--) {
      out[d] = rest % mask->size[d];
      rest /= mask->size[d];
    }
    out += mask->rank;
    left--;
  }
  return status;
}

/* ---- arange ---- */
static bool are_unread(const kw__frame *frame, const kw__node *node) {
  return !kw__in(frame, node, 0)->data || !kw__in(frame, node, 1)->data ||
         !kw__in(frame, node, 2)->data;
}

kw_status kw__plan_arange(kw__frame *frame, const kw__node *node) {
  const kw__i64 *start = kw__in(frame, node, 0)->data, *stop = kw__in(frame, node, 1)->data,
                *step = kw__in(frame, node, 2)->data;
  frame->may_raise |= !step;
  if (step && *step == 0) return kw__raise(frame, node, "ZeroDivisionError", "division by zero");
  if (are_unread(frame, node)) return KW_OK;
  int64_t low = *step > 0 ? *start : *stop, high = *step > 0 ? *stop : *start;
  uint64_t distance = high > low ? (uint64_t)high - (uint64_t)low : 0,
           stride = *step > 0 ? (uint64_t)*step : 0 - (uint64_t)*step;
  uint64_t count = distance / stride + (distance % stride != 0);
  kw__out(frame, node, 0)->size[0] = count > INT64_MAX ? INT64_MAX : (int64_t)count;
  return KW_OK;
}

kw_status kw__run_arange(kw__frame *frame, const kw__node *node) {
  const kw__u64 *start = kw__in(frame, node, 0)->data, *step = kw__in(frame, node, 2)->data;
  const kw__tensor *y = kw__out(frame, node, 0);
  uint64_t *out = y->data;
  for (int64_t i = 0; i < y->count; i++) out[i] = *start + (uint64_t)i * *step;
  return KW_OK;
}

/* ceil((stop - start) / step), where a quotient that underflows still counts as one element. */
kw_status kw__plan_arange_real(kw__frame *frame, const kw__node *node) {
  const kw__f64 *start = kw__in(frame, node, 0)->data, *stop = kw__in(frame, node, 1)->data,
                *step = kw__in(frame, node, 2)->data;
  bool unread = are_unread(frame, node);
  frame->may_raise |= unread;
  if (step && *step == 0)
    return kw__raise(frame, node, "ZeroDivisionError", "float division by zero");
  if (unread) return KW_OK;
  double distance = *stop - *start, quotient = distance / *step, count = ceil(quotient);
  if (isnan(count)) return kw__raise(frame, node, "ValueError", "arange: cannot compute length");
  if (fabs(count) >= 9223372036854775808.0)
    return kw__raise(frame, node, "ValueError", "Maximum allowed size exceeded");
  if (quotient == 0 && distance != 0) count = signbit(quotient) ? 0 : 1;
  kw__out(frame, node, 0)->size[0] = count > 0 ? (int64_t)count : 0;
  return KW_OK;
}

/* NumPy adds multiples of the difference of the first two elements, not of step. */
kw_status kw__run_arange_real(kw__frame *frame, const kw__node *node) {
  const kw__tensor *y = kw__out(frame, node, 0);
  double start = *(const kw__f64 *)kw__in(frame, node, 0)->data,
         second = start + *(const kw__f64 *)kw__in(frame, node, 2)->data;
  double *out = y->data, difference = second - start;
  for (int64_t i = 0; i < y->count; i++) out[i] = start + (double)i * difference;
  if (y->count > 1) out[1] = second;
  if (y->count > 0) out[0] = start;
  return KW_OK;
}

/* ---- range: the sums are rounded one by one ---- */
/* How many elements; -1: step leads away from stop, or there is no number of them. */
static int64_t count_integers(int64_t start, int64_t stop, int64_t step) {
  if (step == 0 || (step > 0 ? start > stop : start < stop)) return -1;
  uint64_t distance =
      step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
  uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
  uint64_t count = distance / stride + (distance % stride != 0);
  return count > INT64_MAX ? INT64_MAX : (int64_t)count;
}

static int64_t count_reals(double start, double stop, double step, bool narrow) {
  if (!(step > 0 ? start <= stop : step < 0 && start >= stop)) return -1;
  double quotient =
      narrow ? (double)(((float)stop - (float)start) / (float)step) : (stop - start) / step;
  return quotient < 9223372036854775808.0 ? (int64_t)ceil(quotient) : -1;
}

kw_status kw__plan_range(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  frame->may_raise |= are_unread(frame, node);
  if (are_unread(frame, node)) return KW_OK;
  if (kw__is_real(y)) {
    double value[3];
    for (int32_t i = 0; i < 3; i++) kw__read_reals(kw__in(frame, node, i), 0, 1, 1, &value[i]);
    y->size[0] = count_reals(value[0], value[1], value[2], y->type == KW_F32);
  } else {
    int64_t value[3];
    for (int32_t i = 0; i < 3; i++) value[i] = kw__index_at(kw__in(frame, node, i), 0);
    y->size[0] = count_integers(value[0], value[1], value[2]);
  }
  return y->size[0] >= 0 ? KW_OK
                         : kw__raise(frame, node, "ValueError", "the steps do not lead to the end");
}

#define FILL(ctype, in_type)                               \
  {                                                        \
    ctype value = *(const in_type *)start, *out = y->data; \
    for (int64_t i = 0; i < y->count; i++) {               \
      out[i] = value;                                      \
      value += *(const in_type *)step;                     \
    }                                                      \
    return KW_OK;                                          \
  }
kw_status kw__run_range(kw__frame *frame, const kw__node *node) {
  const void *start = kw__in(frame, node, 0)->data, *step = kw__in(frame, node, 2)->data;
  const kw__tensor *y = kw__out(frame, node, 0);
  if (y->type == KW_F64) FILL(double, kw__f64)
  if (y->type == KW_F32) FILL(float, float)
  if (y->type == KW_I64) FILL(uint64_t, kw__u64)
  FILL(uint32_t, uint32_t)
}
#undef FILL
