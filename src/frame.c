/* Planning and running: sizes of a node's outputs from its inputs, checked against declaration and
 * capacity; then the kernel. */
#include <inttypes.h>

#include "ops/ops.h"
#include "thread.h"

int64_t kw__count(const int64_t *size, int32_t rank) {
  int64_t count = 1;
  for (int32_t d = 0; d < rank; d++) {
    if (size[d] < 0) return KW__UNKNOWN;
    bool small = (count | size[d]) >> 31 == 0; /* a division is slow */
    if (!small && size[d] && count > INT64_MAX / size[d]) return KW__UNKNOWN;
    count *= size[d];
  }
  return count;
}

const char *kw__text_data(const kw__frame *frame, kw__text text) {
  if (text.length == 0) return ""; /* the pool may have no bytes */
  if (text.offset & KW__TEXT_POOL) return frame->text_pool + (text.offset & ~KW__TEXT_POOL);
  return kw__string(frame->model, text.offset);
}

/* ---- signature ---- */
typedef struct binding {
  uint8_t type[4];
  bool bound[8];
  int64_t size[8];
} binding;

/* Two sizes can be the same: equal numbers, or one of them known only at the run. */
static bool may_agree(int64_t a, int64_t b) { return a == b || a < 0 || b < 0; }

static kw_status bind_input(kw__frame *frame, const kw__node *node, int32_t index,
                            const kw__argument *argument, binding *names) {
  const kw__tensor *x = kw__in_or_null(frame, node, index);
  if (!x) {
    if (argument->optional) return KW_OK;
    return kw__refuse(frame, node, KW_FORMAT, "input %d is missing", index);
  }
  int expected = argument->type           ? argument->type
                 : argument->variadic < 2 ? names->type[argument->variable]
                                          : 0;
  if (!expected && (argument->types >> x->type & 1))
    expected = names->type[argument->variable] = x->type;
  if (x->type != expected)
    return kw__refuse(frame, node, KW_TYPE, "input %d is %s, must be %s", index,
                      kw__type_name(x->type),
                      expected ? kw__type_name(expected) : "of another class of types");
  if (argument->rank < 0) return KW_OK;
  if (x->rank != argument->rank)
    return kw__refuse(frame, node, KW_SHAPE, "input %d has %d dimensions, must have %d", index,
                      x->rank, argument->rank);
  for (int32_t d = 0; d < argument->rank; d++) {
    int64_t must = argument->dims[d];
    if (must < 0) {
      int32_t name = (int32_t)~must;
      if (!names->bound[name]) names->bound[name] = true, names->size[name] = x->size[d];
      must = names->size[name];
    }
    if (!may_agree(must, x->size[d]))
      return kw__refuse(frame, node, KW_SHAPE,
                        "input %d has size %" PRId64 " along axis %d, must have %" PRId64, index,
                        x->size[d], d, must);
  }
  return KW_OK;
}

/* What the signature tells of an output; the plan fills in the rest, and says where it may be None.
 */
static void bind_output(kw__tensor *y, const kw__argument *argument, const binding *names) {
  y->type = argument->type ? argument->type : names->type[argument->variable];
  y->rank = argument->rank < 0 ? 0 : (uint8_t)argument->rank;
  y->present = 1;
  for (int32_t d = 0; d < y->rank; d++) {
    int16_t dim = argument->dims[d];
    y->size[d] = dim >= 0 ? dim : names->bound[~dim] ? names->size[~dim] : KW__UNKNOWN;
  }
}

static const kw__argument *argument_at(const kw__signature *s, int32_t first, int32_t count,
                                       int32_t index) {
  return &s->argument[first + (index < count ? index : count - 1)];
}

kw_status kw__infer_node(kw__frame *frame, const kw__node *node) {
  const kw__signature *s = node->signature;
  binding names = {0};
  for (int32_t i = 0; i < node->inputs; i++) {
    kw_status status = bind_input(frame, node, i, argument_at(s, 0, s->inputs, i), &names);
    if (status) return status;
  }
  for (int32_t i = 0; i < node->outputs; i++)
    bind_output(kw__out(frame, node, i), argument_at(s, s->inputs, s->outputs, i), &names);
  return node->plan ? node->plan(frame, node) : KW_OK;
}

/* ---- declaration and capacity ---- */
static kw_status check_size(kw__frame *frame, int32_t axis, int64_t declared, int64_t size) {
  if (declared >= 0) {
    if (size < 0 || size == declared) return KW_OK;
    return kw__fail(frame->error, KW_SHAPE,
                    "a value has size %" PRId64 " along axis %d, was declared with %" PRId64, size,
                    axis, declared);
  }
  if (frame->stage == KW__STAGE_OPEN || size <= frame->capacity[~declared]) return KW_OK;
  return kw__exceed_capacity(frame->error, frame->model, ~declared, size,
                             frame->capacity[~declared]);
}

kw_status kw__settle(kw__frame *frame, uint32_t id, const int64_t before[KW_MAX_RANK]) {
  const kw__tensor_record *record = KW__AT(frame->model, TENSORS, tensor, id);
  const int64_t *declared = kw__ints(frame->model, record->dims);
  kw__tensor *y = &frame->tensors[id];
  if (y->type != record->type)
    return kw__fail(frame->error, KW_TYPE, "a value is %s, was declared as %s",
                    kw__type_name(y->type), kw__type_name(record->type));
  if (y->rank != record->rank)
    return kw__fail(frame->error, KW_SHAPE, "a value has %d dimensions, was declared with %d",
                    y->rank, record->rank);
  bool changed = false;
  for (int32_t d = 0; d < y->rank; d++) {
    kw_status status = check_size(frame, d, declared[d], y->size[d]);
    if (status) return status;
    if (y->size[d] < 0 && declared[d] >= 0 && frame->stage != KW__STAGE_OPEN)
      y->size[d] = declared[d]; /* the kernel confirms */
    changed |= y->size[d] != before[d];
  }
  y->count = kw__count(y->size, y->rank);
  if (changed) y->stamp = ++frame->stamp;
  return KW_OK;
}

static inline bool is_planned(const kw__frame *frame, const kw__node *node) {
  if (node->flags & VALUES) return false;
  uint64_t planned = frame->planned[node->index];
  if (node->flags & TELLS) return planned > 0;
  for (int32_t i = 0; i < node->inputs; i++)
    if (node->operand[i] != KW__NONE && frame->tensors[node->operand[i]].stamp > planned)
      return false;
  return planned > 0;
}

/* Kernels work in place where the declared shapes are equal; so must be those of the run.  What is
 * a changed copy may become longer, within the capacity that it was declared with. */
static kw_status check_in_place(kw__frame *frame, const kw__node *node) {
  const kw__tensor *y = kw__out(frame, node, 0);
  if (node->flags & STORE) return KW_OK;
  for (int32_t i = 0; i < node->inputs; i++) {
    const kw__tensor *x = kw__in_or_null(frame, node, i);
    if (!x || x->data != y->data || x->count == 0) continue;
    if (memcmp(x->size, y->size, y->rank * sizeof *y->size) != 0)
      return kw__refuse(
          frame, node, KW_SHAPE,
          "input %d has other sizes than the result, with which it was declared alike", i);
  }
  return KW_OK;
}

kw_status kw__plan_node(kw__frame *frame, const kw__node *node) {
  int64_t before[KW__ARGUMENTS][KW_MAX_RANK];
  int32_t kept =
      node->outputs < KW__ARGUMENTS ? node->outputs : 0; /* many outputs: taken as changed */
  for (int32_t i = 0; i < kept; i++)
    memcpy(before[i], kw__out(frame, node, i)->size, sizeof before[i]);
  if (!kept)
    for (int32_t d = 0; d < KW_MAX_RANK; d++) before[0][d] = KW__UNKNOWN;
  frame->planned[node->index] = 0;
  kw_status status = kw__infer_node(frame, node);
  for (int32_t i = 0; i < node->outputs && !status; i++)
    status = kw__settle(frame, node->operand[node->inputs + i], before[i < kept ? i : 0]);
  if (!status && (node->flags & INPLACE) && frame->stage == KW__STAGE_RUN)
    status = check_in_place(frame, node);
  if (!status) return frame->planned[node->index] = frame->stamp, KW_OK;
  kw__locate_error(frame, node);
  for (int32_t i = 0; i < node->outputs; i++) /* sizes that changed half, if the run goes on */
    kw__out(frame, node, i)->stamp = ++frame->stamp;
  return status;
}

kw_status kw__set_size(kw__frame *frame, const kw__node *node, int32_t index, int32_t axis,
                       int64_t size) {
  kw__tensor *y = kw__out(frame, node, index);
  int64_t before[KW_MAX_RANK];
  memcpy(before, y->size, sizeof before);
  y->size[axis] = size;
  return kw__settle(frame, node->operand[node->inputs + index], before);
}

/* ---- running ---- */
#ifdef KW_MUTATE /* a build that is wrong on purpose: every operator's test must notice */
static void mutate_output(kw__tensor *y) {
  if (!y->data || y->count <= 0) return;
  if (y->type == KW_TEXT) { /* None becomes "", all else None: still a text in range */
    kw__text *text = (kw__text *)y->data + (KW_MUTATE == 1 ? 0 : y->count - 1);
    text->length = text->length == KW__TEXT_NONE ? 0 : KW__TEXT_NONE;
    return;
  }
#if KW_MUTATE == 1
  if (y->type == KW_F64)
    *(double *)y->data += 1e-6 + 1e-6 * *(double *)y->data;
  else if (y->type == KW_F32)
    *(float *)y->data += 1e-6f + 1e-6f * *(float *)y->data;
  else
    *(uint8_t *)y->data ^= 1;
#else
  size_t bytes = kw__type_bytes(y->type);
  memset((char *)y->data + (size_t)(y->count - 1) * bytes, 0x5A, bytes);
#endif
}
#endif

static inline kw_status run_node(kw__frame *frame, const kw__node *node) {
  if (!node->fixed && !is_planned(frame, node)) {
    kw_status status = kw__plan_node(frame, node);
    if (status) return status;
  }
  kw_status status = node->run(frame, node);
  if (status && frame->error->node < 0) kw__locate_error(frame, node);
#ifdef KW_MUTATE
  for (int32_t i = 0; i < node->outputs && !status; i++) mutate_output(kw__out(frame, node, i));
#endif
  return status;
}

kw_status kw__poll_all(kw__frame *frame) {
  if (atomic_load_explicit(frame->cancel, memory_order_relaxed))
    return kw__fail(frame->error, KW_CANCELLED, "cancelled");
  if (kw__read_clock() < frame->deadline) return KW_OK;
  return kw__fail(frame->error, KW_TIMEOUT, "the time that was given is over");
}

kw_status kw__run_graph(kw__frame *frame, uint32_t graph) {
  const kw__graph_record *record = KW__AT(frame->model, GRAPHS, graph, graph);
  const kw__node *node = frame->model->nodes + record->first_node, *end = node + record->nodes;
  const uint8_t *wanted = graph == frame->entry ? frame->wanted : NULL;
  for (; node < end; node++) {
    if (wanted && wanted[node->index] != KW__EACH_RUN) continue;
    kw_status status = kw__poll(frame);
    if (!status) status = run_node(frame, node);
    if (status) return status;
  }
  return KW_OK;
}
