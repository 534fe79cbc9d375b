/* Broadcasting: splits the output into runs along which every input is either contiguous or constant. */
#include "elementwise.h"

enum { MAX_INPUTS = 4 };

typedef struct walk {
  int32_t inputs, rank;
  int64_t size[KW_MAX_RANK], stride[MAX_INPUTS][KW_MAX_RANK]; /* in elements; 0 where an input is broadcast */
} walk;

/* Strides of x against the output's shape. */
static void set_strides(walk *w, int32_t input, const kw__tensor *x, const kw__tensor *y) {
  int64_t step = 1;
  int32_t shift = y->rank - x->rank;
  for (int32_t d = y->rank - 1; d >= 0; d--) {
    bool own = d >= shift && x->size[d - shift] != 1;
    w->stride[input][d] = own ? step : 0;
    if (d >= shift) step *= x->size[d - shift];
  }
}

/* Joins axis d with d + 1 where every input walks both as one. */
static void merge_axes(walk *w) {
  for (int32_t d = w->rank - 2; d >= 0; d--) {
    bool joins = true;
    for (int32_t i = 0; i < w->inputs; i++) joins &= w->stride[i][d] == w->stride[i][d + 1] * w->size[d + 1];
    if (!joins) continue;
    w->size[d] *= w->size[d + 1];
    for (int32_t i = 0; i < w->inputs; i++) w->stride[i][d] = w->stride[i][d + 1];
    for (int32_t e = d + 1; e < w->rank - 1; e++) {
      w->size[e] = w->size[e + 1];
      for (int32_t i = 0; i < w->inputs; i++) w->stride[i][e] = w->stride[i][e + 1];
    }
    w->rank--;
  }
}

static void run_walk(const walk *w, kw__tensor *y, const kw__tensor *const *x, kw__inner *inner, const kw__node *node) {
  int32_t last = w->rank - 1;
  int64_t index[KW_MAX_RANK] = {0}, stride[MAX_INPUTS];
  const void *at[MAX_INPUTS];
  size_t bytes[MAX_INPUTS], out_bytes = kw__type_bytes(y->type);
  char *out = y->data;
  for (int32_t i = 0; i < w->inputs; i++) {
    at[i] = x[i]->data;
    bytes[i] = kw__type_bytes(x[i]->type);
    stride[i] = w->stride[i][last];
  }
  for (;;) {
    inner(out, at, stride, w->size[last], node);
    out += (size_t)w->size[last] * out_bytes;
    int32_t d = last - 1;
    for (; d >= 0; d--) {
      bool carry = ++index[d] == w->size[d];
      for (int32_t i = 0; i < w->inputs; i++) {
        int64_t steps = carry ? w->stride[i][d] * (1 - w->size[d]) : w->stride[i][d];
        at[i] = (const char *)at[i] + steps * (int64_t)bytes[i];
      }
      if (!carry) break;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

void kw__broadcast(kw__frame *frame, const kw__node *node, kw__inner *inner) {
  kw__tensor *y = kw__out(frame, node, 0);
  if (y->count == 0) return;
  const kw__tensor *x[MAX_INPUTS];
  const void *at[MAX_INPUTS];
  int64_t stride[MAX_INPUTS];
  bool flat = true; /* every input is one element, or as many as the output: no axes needed */
  for (int32_t i = 0; i < node->inputs; i++) {
    x[i] = kw__in(frame, node, i);
    at[i] = x[i]->data;
    stride[i] = x[i]->count != 1;
    flat &= x[i]->count == 1 || x[i]->count == y->count;
  }
  if (flat) {
    inner(y->data, at, stride, y->count, node);
    return;
  }
  walk w = {.inputs = node->inputs, .rank = y->rank};
  memcpy(w.size, y->size, y->rank * sizeof *y->size);
  for (int32_t i = 0; i < w.inputs; i++) set_strides(&w, i, x[i], y);
  merge_axes(&w);
  run_walk(&w, y, x, inner, node);
}
