/* Structure: a call of another graph, and values that may be None. */
#include "plan.h"

static void copy_value(kw__tensor *y, const kw__tensor *x) {
  y->present = x->present;
  size_t bytes = (size_t)x->count * kw__type_bytes(x->type);
  if (x->present && bytes && y->data != x->data) memcpy(y->data, x->data, bytes);
}

/* The result becomes `from`, its shape with it. */
static kw_status give(kw__frame *frame, const kw__node *node, int32_t index,
                      const kw__tensor *from) {
  kw__tensor *y = kw__out(frame, node, index);
  if (!from->present) return y->present = 0, KW_OK; /* None has no shape */
  int64_t before[KW_MAX_RANK];
  memcpy(before, y->size, sizeof before);
  kw__copy_shape(y, from);
  kw_status status = kw__settle(frame, node->operand[node->inputs + index], before);
  if (!status) copy_value(y, from);
  return status;
}

/* ---- call ---- */
static const kw__graph_record *callee(const kw__frame *frame, const kw__node *node) {
  return KW__AT(frame->model, GRAPHS, graph, KW__ATTRIBUTES(call, node)->graph);
}

static uint32_t result_id(const kw__frame *frame, const kw__graph_record *g, int32_t index) {
  return KW__AT(frame->model, OPERANDS, operand, g->outputs + (uint32_t)index)->tensor;
}

static uint32_t parameter_id(const kw__frame *frame, const kw__graph_record *g, int32_t index) {
  return KW__AT(frame->model, OPERANDS, operand, g->inputs + (uint32_t)index)->tensor;
}

/* Sizes that the callee declares as numbers are known; the call itself tells the others. */
kw_status kw__plan_call(kw__frame *frame, const kw__node *node) {
  const kw__graph_record *g = callee(frame, node);
  if ((uint32_t)node->inputs != g->input_count || (uint32_t)node->outputs != g->output_count)
    return kw__refuse(frame, node, KW_FORMAT,
                      "%u arguments and %u results, the graph has %u and %u", node->inputs,
                      node->outputs, g->input_count, g->output_count);
  for (int32_t i = 0; i < node->inputs; i++) {
    const kw__tensor *x = kw__in(frame, node, i);
    const kw__tensor_record *p = KW__AT(frame->model, TENSORS, tensor, parameter_id(frame, g, i));
    if (x->type != p->type || x->rank != p->rank)
      return kw__refuse(frame, node, KW_FORMAT,
                        "argument %d is not of the parameter's type and rank", i);
    if (frame->stage == KW__STAGE_OPEN && !x->present && !(p->flags & KW__OPTIONAL))
      return kw__refuse(frame, node, KW_FORMAT, "argument %d may be None, the parameter not", i);
  }
  for (int32_t i = 0; i < node->outputs; i++) {
    const kw__tensor_record *p = KW__AT(frame->model, TENSORS, tensor, result_id(frame, g, i));
    kw__tensor *y = kw__out(frame, node, i);
    y->type = p->type;
    y->rank = p->rank;
    y->present = !(p->flags & KW__OPTIONAL);
    for (int32_t d = 0; d < y->rank; d++) {
      int64_t size = kw__ints(frame->model, p->dims)[d];
      y->size[d] = size < 0 ? KW__UNKNOWN : size;
    }
  }
  return KW_OK;
}

/* Parameters share the memory of the arguments; results are copied, since the callee's frame is
 * used again. */
kw_status kw__run_call(kw__frame *frame, const kw__node *node) {
  const kw__graph_record *g = callee(frame, node);
  if (frame->steps-- <= 0) return kw__refuse(frame, node, KW_LIMIT, "the step limit was reached");
  for (int32_t i = 0; i < node->inputs; i++) {
    const kw__tensor *x = kw__in(frame, node, i);
    uint32_t id = parameter_id(frame, g, i);
    kw__tensor *parameter = &frame->tensors[id];
    int64_t before[KW_MAX_RANK];
    memcpy(before, parameter->size, sizeof before);
    memcpy(parameter->size, x->size, sizeof before);
    parameter->data = x->data;
    parameter->present = x->present;
    kw_status status = x->present ? kw__settle(frame, id, before) : KW_OK;
    if (status) return status;
  }
  kw_status status = kw__run_graph(frame, (uint32_t)KW__ATTRIBUTES(call, node)->graph);
  for (int32_t i = 0; i < node->outputs && !status; i++)
    status = give(frame, node, i, &frame->tensors[result_id(frame, g, i)]);
  return status;
}

/* ---- None ---- */
kw_status kw__plan_copy(kw__frame *frame, const kw__node *node) {
  kw__out(frame, node, 0)->present = kw__in(frame, node, 0)->present;
  return kw__plan_same(frame, node);
}

kw_status kw__plan_if_none(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *other = kw__in(frame, node, 1);
  kw__out(frame, node, 0)->present = other->present;
  kw__copy_shape(kw__out(frame, node, 0), frame->stage == KW__STAGE_RUN && !x->present ? other : x);
  return KW_OK;
}

kw_status kw__run_copy(kw__frame *frame, const kw__node *node) {
  copy_value(kw__out(frame, node, 0), kw__in(frame, node, 0));
  return KW_OK;
}

kw_status kw__run_is_none(kw__frame *frame, const kw__node *node) {
  *(uint8_t *)kw__out(frame, node, 0)->data = !kw__in(frame, node, 0)->present;
  return KW_OK;
}

/* The shape is told here, since a value that is None has none. */
kw_status kw__run_if_none(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  return give(frame, node, 0, x->present ? x : kw__in(frame, node, 1));
}
