/* Structure: graphs that are called, once, by choice or in turns, or until they raise; values that
 * may be None. */
#include "plan.h"

static inline void copy_value(kw__tensor *y, const kw__tensor *x) {
  y->present = x->present;
  if (!x->present || y->data == x->data || !y->data) return; /* nothing reads it */
  size_t bytes = (size_t)x->count * kw__type_bytes(x->type);
  if (bytes == 8)
    memcpy(y->data, x->data, 8);
  else if (bytes)
    memcpy(y->data, x->data, bytes);
}

static const kw__tensor_record *declared(const kw__frame *frame, uint32_t id) {
  return KW__AT(frame->model, TENSORS, tensor, id);
}

static kw_status change_shape(kw__frame *frame, uint32_t id, const kw__tensor *from) {
  kw__tensor *y = &frame->tensors[id];
  uint8_t rank = y->rank;
  int64_t before[KW_MAX_RANK];
  if (rank == from->rank && from->count >= 0 &&
      declared(frame, id)->dims == declared(frame, (uint32_t)(from - frame->tensors))->dims) {
    /* Declared alike, and `from` fits. */
    memcpy(y->size, from->size, rank * sizeof *y->size);
    y->count = from->count;
    y->stamp = ++frame->stamp;
    return KW_OK;
  }
  memcpy(before, y->size, sizeof before);
  kw__copy_shape(y, from);
  kw_status status = kw__settle(frame, id, before);
  if (!status) return KW_OK;
  memcpy(y->size, before, sizeof before);
  y->rank = rank;
  return status;
}

/* Tensor `id` takes the shape of `from`; one that does not fit leaves it as it was. */
static inline kw_status take_shape(kw__frame *frame, uint32_t id, const kw__tensor *from) {
  const kw__tensor *y = &frame->tensors[id];
  if (y->rank != from->rank) return change_shape(frame, id, from);
  for (int32_t d = 0; d < y->rank; d++)
    if (y->size[d] != from->size[d]) return change_shape(frame, id, from);
  return KW_OK;
}

/* Tensor `id` becomes `from`, its shape with it. */
static inline kw_status give(kw__frame *frame, uint32_t id, const kw__tensor *from) {
  kw__tensor *y = &frame->tensors[id];
  if (!from->present) return y->present = 0, KW_OK; /* None has no shape */
  kw_status status = take_shape(frame, id, from);
  if (!status) copy_value(y, from);
  return status;
}

/* ---- graphs that are called ---- */
static const kw__graph_record *graph_of(const kw__frame *frame, int64_t graph) {
  return KW__AT(frame->model, GRAPHS, graph, graph);
}

static uint32_t result_id(const kw__frame *frame, const kw__graph_record *g, int32_t index) {
  return kw__operands(frame->model, g->outputs)[index];
}

static uint32_t parameter_id(const kw__frame *frame, const kw__graph_record *g, int32_t index) {
  return kw__operands(frame->model, g->inputs)[index];
}

/* The node's inputs from `first` on are the graph's arguments. */
static kw_status check_arguments(kw__frame *frame, const kw__node *node, int32_t first,
                                 const kw__graph_record *g, uint32_t results) {
  if ((uint32_t)(node->inputs - first) != g->input_count || results != g->output_count)
    return kw__refuse(frame, node, KW_FORMAT,
                      "%d arguments and %u results, the graph has %u and %u", node->inputs - first,
                      results, g->input_count, g->output_count);
  for (int32_t i = first; i < node->inputs; i++) {
    const kw__tensor *x = kw__in(frame, node, i);
    const kw__tensor_record *p = declared(frame, parameter_id(frame, g, i - first));
    if (x->type != p->type || x->rank != p->rank)
      return kw__refuse(frame, node, KW_FORMAT,
                        "argument %d is not of the parameter's type and rank", i - first);
    if (frame->stage == KW__STAGE_OPEN && !x->present && !(p->flags & KW__OPTIONAL))
      return kw__refuse(frame, node, KW_FORMAT, "argument %d may be None, the parameter not",
                        i - first);
  }
  return KW_OK;
}

/* Sizes that a graph declares as numbers are known; while planning with symbols its named sizes are
 * as good.  The call itself tells what they are at run. */
static void plan_result(const kw__frame *frame, kw__tensor *y, const kw__tensor_record *p) {
  y->type = p->type;
  y->rank = p->rank;
  y->present = !(p->flags & KW__OPTIONAL);
  for (int32_t d = 0; d < y->rank; d++) {
    y->size[d] = kw__ints(frame->model, p->dims)[d];
    if (y->size[d] < 0 && frame->stage != KW__STAGE_OPEN) y->size[d] = KW__UNKNOWN;
  }
}

/* A parameter becomes a value of another graph: its sizes, and its memory. */
static inline kw_status share(kw__frame *frame, uint32_t id, const kw__tensor *x) {
  kw__tensor *parameter = &frame->tensors[id];
  parameter->data = x->data;
  parameter->present = x->present;
  return x->present ? take_shape(frame, id, x) : KW_OK; /* None has no shape */
}

/* The inputs from `first` on are the arguments. */
static kw_status enter_graph(kw__frame *frame, const kw__node *node, int32_t first, int64_t graph) {
  const kw__graph_record *g = graph_of(frame, graph);
  if (frame->steps-- <= 0) return kw__refuse(frame, node, KW_LIMIT, "the step limit was reached");
  const uint32_t *parameter = kw__operands(frame->model, g->inputs);
  kw_status status = KW_OK;
  for (int32_t i = first; i < node->inputs && !status; i++)
    status = share(frame, parameter[i - first], kw__in(frame, node, i));
  return status ? status : kw__run_graph(frame, (uint32_t)graph);
}

static kw_status give_results(kw__frame *frame, const kw__node *node, int32_t first,
                              int64_t graph) {
  const uint32_t *result = kw__operands(frame->model, graph_of(frame, graph)->outputs);
  kw_status status = KW_OK;
  for (int32_t i = first; i < node->outputs && !status; i++)
    status = give(frame, node->operand[node->inputs + i], &frame->tensors[result[i - first]]);
  return status;
}

static kw_status run_graph(kw__frame *frame, const kw__node *node, int32_t first, int64_t graph) {
  kw_status status = enter_graph(frame, node, first, graph);
  return status ? status : give_results(frame, node, 0, graph);
}

kw_status kw__plan_call(kw__frame *frame, const kw__node *node) {
  const kw__graph_record *g = graph_of(frame, KW__ATTRIBUTES(call, node)->graph);
  kw_status status = check_arguments(frame, node, 0, g, node->outputs);
  for (int32_t i = 0; i < node->outputs && !status; i++)
    plan_result(frame, kw__out(frame, node, i), declared(frame, result_id(frame, g, i)));
  return status;
}

kw_status kw__run_call(kw__frame *frame, const kw__node *node) {
  return run_graph(frame, node, 0, KW__ATTRIBUTES(call, node)->graph);
}

/* ---- branches ---- */
/* Result `index` is y, or it is the other. */
static kw_status join_result(kw__frame *frame, const kw__node *node, int32_t index, kw__tensor *y,
                             const kw__tensor *other) {
  if (y->type != other->type || y->rank != other->rank)
    return kw__refuse(frame, node, KW_FORMAT, "result %d has another type or rank in each branch",
                      index);
  y->present &= other->present;
  for (int32_t d = 0; d < y->rank; d++)
    if (y->size[d] != other->size[d]) y->size[d] = KW__UNKNOWN;
  return KW_OK;
}

kw_status kw__plan_if_else(kw__frame *frame, const kw__node *node) {
  const kw__graph_record *then = graph_of(frame, KW__ATTRIBUTES(if_else, node)->then),
                         *otherwise = graph_of(frame, KW__ATTRIBUTES(if_else, node)->otherwise);
  if (frame->stage == KW__STAGE_OPEN && !kw__in(frame, node, 0)->present)
    return kw__refuse(frame, node, KW_FORMAT, "the condition may be None");
  kw_status status = check_arguments(frame, node, 1, then, node->outputs);
  if (!status) status = check_arguments(frame, node, 1, otherwise, node->outputs);
  for (int32_t i = 0; i < node->outputs && !status; i++) {
    kw__tensor *y = kw__out(frame, node, i), other = *y;
    plan_result(frame, y, declared(frame, result_id(frame, then, i)));
    plan_result(frame, &other, declared(frame, result_id(frame, otherwise, i)));
    status = join_result(frame, node, i, y, &other);
  }
  return status;
}

kw_status kw__run_if_else(kw__frame *frame, const kw__node *node) {
  const kw__if_else_attributes *a = KW__ATTRIBUTES(if_else, node);
  bool condition = *(const uint8_t *)kw__in(frame, node, 0)->data;
  return run_graph(frame, node, 1, condition ? a->then : a->otherwise);
}

/* ---- exceptions ---- */
/* The first inputs are what the results are where an exception is caught; arguments follow. */
kw_status kw__plan_try_call(kw__frame *frame, const kw__node *node) {
  const kw__graph_record *g = graph_of(frame, KW__ATTRIBUTES(try_call, node)->body);
  int32_t results = node->outputs - 1;
  if (node->inputs < results)
    return kw__refuse(frame, node, KW_FORMAT, "%d inputs for %d results", node->inputs, results);
  kw_status status = check_arguments(frame, node, results, g, (uint32_t)results);
  for (int32_t i = 0; i < results && !status; i++) {
    kw__tensor *y = kw__out(frame, node, i + 1);
    plan_result(frame, y, declared(frame, result_id(frame, g, i)));
    status = join_result(frame, node, i, y, kw__in(frame, node, i));
  }
  return status;
}

/* Which of the clauses, "KeyError IndexError|*", names the type: from 1 on; 0: none. */
static int32_t find_clause(const char *clauses, size_t length, const char *type) {
  int32_t clause = 1;
  size_t bytes = strlen(type);
  for (size_t at = 0; at < length; at++) {
    size_t end = at;
    while (end < length && clauses[end] != ' ' && clauses[end] != '|') end++;
    bool all = end - at == 1 && clauses[at] == '*';
    if (all || (end - at == bytes && !memcmp(clauses + at, type, bytes))) return clause;
    clause += end < length && clauses[end] == '|';
    at = end;
  }
  return 0;
}

kw_status kw__run_try_call(kw__frame *frame, const kw__node *node) {
  const kw__try_call_attributes *a = KW__ATTRIBUTES(try_call, node);
  int32_t *which = kw__out(frame, node, 0)->data, clause = 0;
  kw_status status = enter_graph(frame, node, node->outputs - 1, a->body);
  if (status == KW_RAISED)
    clause = find_clause(kw__string(frame->model, a->catches.offset), a->catches.length,
                         frame->error->type);
  if (status && !clause) return status;
  *which = clause;
  if (!clause) return give_results(frame, node, 1, a->body);
  kw__clear_error(frame->error);
  status = KW_OK;
  for (int32_t i = 1; i < node->outputs && !status; i++)
    status = give(frame, node->operand[node->inputs + i], kw__in(frame, node, i - 1));
  return status;
}

/* ---- loops ---- */
/* What a loop carries are the parameters of `body`, which have memory (arena.c), but for those that
 * the body gives back as they are: they share that of the node's inputs.  `first` inputs of the
 * node, and as many results of the body, come before them. */
typedef struct loop {
  kw__frame *frame;
  const kw__node *node;
  const kw__graph_record *body;
  uint32_t graph;
  int32_t first;
} loop;

static loop begin_loop(kw__frame *frame, const kw__node *node) {
  int64_t graph = kw__loop_body(node);
  return (loop){frame, node, graph_of(frame, graph), (uint32_t)graph, node->op == KW__OP_repeat};
}

static uint32_t carried_id(const loop *l, int32_t index) {
  return parameter_id(l->frame, l->body, index);
}

static uint32_t turned_id(const loop *l, int32_t index) {
  return result_id(l->frame, l->body, l->first + index);
}

static kw_status plan_carried(const loop *l) {
  kw__frame *frame = l->frame;
  const kw__node *node = l->node;
  if (node->inputs - l->first != node->outputs)
    return kw__refuse(frame, node, KW_FORMAT, "%d values in, %d out", node->inputs - l->first,
                      node->outputs);
  kw_status status =
      check_arguments(frame, node, l->first, l->body, (uint32_t)(l->first + node->outputs));
  for (int32_t i = 0; i < node->outputs && !status; i++) {
    uint32_t id = carried_id(l, i), result = turned_id(l, i);
    const kw__tensor_record *p = declared(frame, id), *r = declared(frame, result);
    if (r->type != p->type || r->rank != p->rank || (r->flags & ~p->flags))
      return kw__refuse(frame, node, KW_FORMAT, "a turn changes type or rank of value %d", i);
    for (int32_t k = 0; k < node->outputs; k++)
      if (k != i && result == carried_id(l, k))
        return kw__refuse(frame, node, KW_FORMAT, "a turn gives value %d in another's place", k);
    plan_result(frame, kw__out(frame, node, i), p);
  }
  return status;
}

static kw_status check_condition(const loop *l, uint32_t id) {
  const kw__tensor_record *test = declared(l->frame, id);
  if (test->type == KW_BOOL && !(test->flags & KW__OPTIONAL) && (!l->first || test->rank == 0))
    return KW_OK;
  return kw__refuse(l->frame, l->node, KW_FORMAT, "the condition is no bool");
}

static kw_status start_loop(const loop *l) {
  kw_status status = KW_OK;
  for (int32_t i = 0; i < l->node->outputs && !status; i++) {
    uint32_t id = carried_id(l, i);
    const kw__tensor *x = kw__in(l->frame, l->node, l->first + i);
    status = id == turned_id(l, i) ? share(l->frame, id, x) : give(l->frame, id, x);
  }
  return status;
}

static kw_status take_turn(const loop *l) {
  kw__frame *frame = l->frame;
  if (frame->steps-- <= 0)
    return kw__refuse(frame, l->node, KW_LIMIT, "the step limit was reached");
  kw_status status = kw__poll(frame);
  return status ? status : kw__run_graph(frame, l->graph);
}

static kw_status carry_on(const loop *l) {
  kw_status status = KW_OK;
  for (int32_t i = 0; i < l->node->outputs && !status; i++) {
    uint32_t id = carried_id(l, i), result = turned_id(l, i);
    if (id != result) status = give(l->frame, id, &l->frame->tensors[result]);
  }
  return status;
}

static kw_status end_loop(const loop *l) {
  kw_status status = KW_OK;
  for (int32_t i = 0; i < l->node->outputs && !status; i++)
    status =
        give(l->frame, l->node->operand[l->node->inputs + i], &l->frame->tensors[carried_id(l, i)]);
  return status;
}

/* ---- while_loop: another graph tells whether there is another turn ---- */
kw_status kw__plan_while_loop(kw__frame *frame, const kw__node *node) {
  const kw__graph_record *condition = graph_of(frame, KW__ATTRIBUTES(while_loop, node)->condition);
  loop l = begin_loop(frame, node);
  kw_status status = plan_carried(&l);
  if (!status) status = check_arguments(frame, node, 0, condition, 1);
  return status ? status : check_condition(&l, result_id(frame, condition, 0));
}

static kw_status test_condition(const loop *l, bool *out) {
  kw__frame *frame = l->frame;
  int64_t graph = KW__ATTRIBUTES(while_loop, l->node)->condition;
  const kw__graph_record *condition = graph_of(frame, graph);
  kw_status status = KW_OK;
  for (int32_t i = 0; i < l->node->inputs && !status; i++)
    status = share(frame, parameter_id(frame, condition, i), &frame->tensors[carried_id(l, i)]);
  if (!status) status = kw__run_graph(frame, (uint32_t)graph);
  if (status) return status;
  const kw__tensor *test = &frame->tensors[result_id(frame, condition, 0)];
  if (test->count != 1)
    return kw__refuse(frame, l->node, KW_SHAPE, "the condition has %lld elements, must have one",
                      (long long)test->count);
  *out = *(const uint8_t *)test->data;
  return KW_OK;
}

kw_status kw__run_while_loop(kw__frame *frame, const kw__node *node) {
  loop l = begin_loop(frame, node);
  bool again = false;
  kw_status status = start_loop(&l);
  if (!status) status = test_condition(&l, &again);
  while (!status && again) {
    status = take_turn(&l);
    if (!status) status = carry_on(&l);
    if (!status) status = test_condition(&l, &again);
  }
  return status ? status : end_loop(&l);
}

/* ---- repeat: each turn tells whether there is another ---- */
kw_status kw__plan_repeat(kw__frame *frame, const kw__node *node) {
  loop l = begin_loop(frame, node);
  if (frame->stage == KW__STAGE_OPEN && !kw__in(frame, node, 0)->present)
    return kw__refuse(frame, node, KW_FORMAT, "the condition may be None");
  kw_status status = plan_carried(&l);
  return status ? status : check_condition(&l, result_id(frame, l.body, 0));
}

kw_status kw__run_repeat(kw__frame *frame, const kw__node *node) {
  loop l = begin_loop(frame, node);
  const kw__tensor *condition = &frame->tensors[result_id(frame, l.body, 0)];
  bool again = *(const uint8_t *)kw__in(frame, node, 0)->data;
  kw_status status = start_loop(&l);
  while (!status && again) {
    status = take_turn(&l);
    if (status) break;
    again = *(const uint8_t *)condition->data; /* it may be one of the values that change now */
    status = carry_on(&l);
  }
  return status ? status : end_loop(&l);
}

/* ---- None ---- */
kw_status kw__plan_copy(kw__frame *frame, const kw__node *node) {
  kw__out(frame, node, 0)->present = kw__in(frame, node, 0)->present;
  return kw__plan_same(frame, node);
}

kw_status kw__plan_optional(kw__frame *frame, const kw__node *node) {
  const kw__tensor *present = kw__in(frame, node, 0);
  if (frame->stage == KW__STAGE_OPEN && !present->present)
    return kw__refuse(frame, node, KW_FORMAT, "the condition may be None");
  kw__copy_shape(kw__out(frame, node, 0), kw__in(frame, node, 1));
  if (frame->stage == KW__STAGE_OPEN) kw__out(frame, node, 0)->present = 0;
  return KW_OK;
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

kw_status kw__run_optional(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0);
  if (!*(const uint8_t *)kw__in(frame, node, 0)->data) return y->present = 0, KW_OK;
  copy_value(y, kw__in(frame, node, 1));
  return KW_OK;
}

kw_status kw__run_is_none(kw__frame *frame, const kw__node *node) {
  *(uint8_t *)kw__out(frame, node, 0)->data = !kw__in(frame, node, 0)->present;
  return KW_OK;
}

/* The shape is told here, since a value that is None has none. */
kw_status kw__run_if_none(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  return give(frame, node->operand[node->inputs], x->present ? x : kw__in(frame, node, 1));
}
