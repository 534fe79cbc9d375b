/* Lanes of dense tensors, and reading them. */
#include "lane.h"

#include <math.h>

uint32_t kw__all_axes(const kw__tensor *x) { return (1u << x->rank) - 1; }

static void push_axis(kw__axes *axes, int64_t size, int64_t stride, bool extends) {
  if (extends) {
    axes->size[axes->rank - 1] *= size;
    return;
  }
  axes->size[axes->rank] = size;
  axes->stride[axes->rank++] = stride;
}

/* As NumPy: axes of size 1 do not count, neighbours of one kind are one axis. */
kw__lanes kw__find_lanes(const kw__tensor *x, uint32_t axes) {
  kw__lanes lanes = {.count = 1, .length = 1, .run = 1, .stride = 1};
  int64_t stride = 1;
  int32_t last = -1;
  for (int32_t d = x->rank - 1; d >= 0; d--) {
    int32_t along = axes >> d & 1;
    if (x->size[d] == 1) continue;
    if (last < 0) lanes.inner = along;
    push_axis(along ? &lanes.outer : &lanes.kept, x->size[d], stride, last == along);
    *(along ? &lanes.length : &lanes.count) *= x->size[d];
    stride *= x->size[d];
    last = along;
  }
  if (lanes.outer.rank) { /* the innermost of them is the run */
    lanes.run = lanes.outer.size[0];
    lanes.stride = lanes.outer.stride[0];
    lanes.outer.rank--;
    memmove(lanes.outer.size, lanes.outer.size + 1,
            sizeof lanes.outer.size - sizeof *lanes.outer.size);
    memmove(lanes.outer.stride, lanes.outer.stride + 1,
            sizeof lanes.outer.stride - sizeof *lanes.outer.stride);
  }
  return lanes;
}

static int64_t offset_of(const kw__axes *axes, int64_t index) {
  int64_t offset = 0;
  for (int32_t d = 0; d < axes->rank; d++) {
    offset += index % axes->size[d] * axes->stride[d];
    index /= axes->size[d];
  }
  return offset;
}

int64_t kw__lane_start(const kw__lanes *lanes, int64_t lane) {
  return offset_of(&lanes->kept, lane);
}

bool kw__next_block(const kw__lanes *lanes, int64_t limit, kw__block *block) {
  block->place += block->n;
  if (block->place == lanes->length) return false;
  int64_t done = block->place % lanes->run, left = lanes->run - done;
  block->n = left < limit ? left : limit;
  block->at = kw__lane_start(lanes, block->lane) +
              offset_of(&lanes->outer, block->place / lanes->run) + done * lanes->stride;
  return true;
}

/* ---- reading and writing ---- */
#define READ(ctype, to)                                                        \
  {                                                                            \
    const ctype *from = (const ctype *)x->data + at;                           \
    KW__STRIDED for (int64_t i = 0; i < n; i++) out[i] = (to)from[i * stride]; \
    return;                                                                    \
  }

void kw__read_reals(const kw__tensor *x, int64_t at, int64_t stride, int64_t n, double *out) {
  switch (x->type) {
    case KW_F64:
      READ(kw__f64, double)
    case KW_F32:
      READ(float, double)
    case KW_I64:
      READ(kw__i64, double)
    case KW_I32:
      READ(int32_t, double)
    default:
      READ(uint8_t, double)
  }
}

void kw__read_integers(const kw__tensor *x, int64_t at, int64_t stride, int64_t n, int64_t *out) {
  switch (x->type) {
    case KW_I64:
      READ(kw__i64, int64_t)
    case KW_I32:
      READ(int32_t, int64_t)
    default:
      READ(uint8_t, int64_t)
  }
}
#undef READ

void kw__write_real(kw__tensor *y, int64_t at, double value) {
  if (y->type == KW_F64)
    ((double *)y->data)[at] = value;
  else
    ((float *)y->data)[at] = (float)value;
}

void kw__write_integer(kw__tensor *y, int64_t at, int64_t value) {
  if (y->type == KW_I64)
    ((int64_t *)y->data)[at] = value;
  else if (y->type == KW_I32)
    ((int32_t *)y->data)[at] = (int32_t)value;
  else
    ((uint8_t *)y->data)[at] = (uint8_t)value;
}

/* ---- keys ---- */
#define TOP_BIT (UINT64_C(1) << 63)

/* Sign and magnitude to one scale: positive values get the top bit, negative ones are turned over.
 */
uint64_t kw__real_key(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits & TOP_BIT ? ~bits : bits | TOP_BIT;
}

double kw__key_real(uint64_t key) {
  double value;
  uint64_t bits = key & TOP_BIT ? key ^ TOP_BIT : ~key;
  memcpy(&value, &bits, sizeof value);
  return value;
}

int64_t kw__key_integer(uint64_t key) { return (int64_t)(key ^ TOP_BIT); }

void kw__read_keys(const kw__tensor *x, int64_t at, int64_t stride, int64_t n, uint64_t nan,
                   bool merge_zeros, uint64_t *out) {
  for (int64_t done = 0, part; done < n; done += part) {
    part = n - done < KW__BLOCK ? n - done : KW__BLOCK;
    if (kw__is_real(x)) {
      double real[KW__BLOCK];
      kw__read_reals(x, at + done * stride, stride, part, real);
      for (int64_t i = 0; i < part; i++)
        out[done + i] = isnan(real[i]) ? nan : kw__real_key(merge_zeros ? real[i] + 0.0 : real[i]);
    } else {
      int64_t integer[KW__BLOCK];
      kw__read_integers(x, at + done * stride, stride, part, integer);
      for (int64_t i = 0; i < part; i++) out[done + i] = (uint64_t)integer[i] ^ TOP_BIT;
    }
  }
}

void kw__write_key(kw__tensor *y, int64_t at, uint64_t key) {
  if (kw__is_real(y))
    kw__write_real(y, at, kw__key_real(key));
  else
    kw__write_integer(y, at, kw__key_integer(key));
}
#undef TOP_BIT
