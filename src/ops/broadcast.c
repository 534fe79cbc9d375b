/* Broadcasting: splits the output into runs along which every input is either contiguous or
 * constant. */
#include "elementwise.h"

typedef struct walk {
  int32_t inputs, rank;
  int64_t size[KW_MAX_RANK],
      stride[KW__MAX_OPERANDS][KW_MAX_RANK]; /* in elements; 0 where an input is broadcast */
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
    for (int32_t i = 0; i < w->inputs; i++)
      joins &= w->stride[i][d] == w->stride[i][d + 1] * w->size[d + 1];
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

/* ---- running ---- */
enum { BROADCAST_BLOCK = 128 };

typedef struct operands {
  const kw__frame *frame;
  kw__inner *inner;
  const void *beside;
  int32_t inputs;
  size_t bytes[KW__MAX_OPERANDS], out_bytes;
} operands;

/* One element, `count` times; doubling. */
static void spread_element(void *to, const void *element, size_t bytes, size_t count) {
  memcpy(to, element, bytes);
  for (size_t done = bytes, all = bytes * count; done < all; done *= 2)
    memcpy((char *)to + done, to, done < all - done ? done : all - done);
}

/* A run of n elements; inner loops see dense inputs only, so one element for all is spread over a
 * block. */
static void run_inner(const operands *o, char *y, const void *const *at, const int64_t *stride,
                      int64_t n) {
  uint64_t spread[KW__MAX_OPERANDS][BROADCAST_BLOCK];
  const void *in[KW__MAX_OPERANDS + 1];
  int64_t block = n;
  in[o->inputs] = o->beside;
  for (int32_t i = 0; i < o->inputs; i++)
    if (stride[i] == 0 && n > 1) block = n < BROADCAST_BLOCK ? n : BROADCAST_BLOCK;
  for (int32_t i = 0; i < o->inputs; i++) {
    in[i] = at[i];
    if (stride[i] != 0 || n == 1) continue;
    spread_element(spread[i], at[i], o->bytes[i], (size_t)block);
    in[i] = spread[i];
  }
  for (int64_t done = 0; done < n; done += block) {
    if (n - done < block) block = n - done;
    o->inner(o->frame, y + (size_t)done * o->out_bytes, in, block);
    for (int32_t i = 0; i < o->inputs; i++)
      if (stride[i]) in[i] = (const char *)in[i] + (size_t)block * o->bytes[i];
  }
}

static void run_walk(const walk *w, const operands *o, char *y, const void **at) {
  int32_t last = w->rank - 1;
  int64_t index[KW_MAX_RANK] = {0}, stride[KW__MAX_OPERANDS];
  for (int32_t i = 0; i < w->inputs; i++) stride[i] = w->stride[i][last];
  for (;;) {
    run_inner(o, y, at, stride, w->size[last]);
    y += (size_t)w->size[last] * o->out_bytes;
    int32_t d = last - 1;
    for (; d >= 0; d--) {
      bool carry = ++index[d] == w->size[d];
      for (int32_t i = 0; i < w->inputs; i++) {
        int64_t steps = carry ? w->stride[i][d] * (1 - w->size[d]) : w->stride[i][d];
        at[i] = (const char *)at[i] + steps * (int64_t)o->bytes[i];
      }
      if (!carry) break;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

void kw__broadcast(const kw__frame *frame, const kw__node *node, kw__inner *inner) {
  kw__broadcast_with(frame, node, inner, NULL);
}

void kw__broadcast_with(const kw__frame *frame, const kw__node *node, kw__inner *inner,
                        const void *beside) {
  kw__tensor *y = kw__out(frame, node, 0);
  const void *at[KW__MAX_OPERANDS + 1];
  at[node->inputs] = beside;
  for (int32_t i = 0; i < node->inputs; i++) at[i] = kw__in(frame, node, i)->data;
  if (y->count <= 1) { /* so have the inputs, if there is any: no runs to find */
    if (y->count == 1) inner(frame, y->data, at, 1);
    return;
  }
  operands o = {.frame = frame,
                .inner = inner,
                .beside = beside,
                .inputs = node->inputs,
                .out_bytes = kw__type_bytes(y->type)};
  int64_t stride[KW__MAX_OPERANDS];
  bool flat = true; /* every input is one element, or as many as the output: no axes needed */
  for (int32_t i = 0; i < o.inputs; i++) {
    const kw__tensor *x = kw__in(frame, node, i);
    o.bytes[i] = kw__type_bytes(x->type);
    stride[i] = x->count != 1;
    flat &= x->count == 1 || x->count == y->count;
  }
  if (flat) {
    run_inner(&o, y->data, at, stride, y->count);
    return;
  }
  walk w = {.inputs = o.inputs, .rank = y->rank};
  memcpy(w.size, y->size, y->rank * sizeof *y->size);
  for (int32_t i = 0; i < w.inputs; i++) set_strides(&w, i, kw__in(frame, node, i), y);
  merge_axes(&w);
  run_walk(&w, &o, y->data, at);
}
