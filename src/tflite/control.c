/* Control flow: IF, WHILE, CALL_ONCE and composites call subgraphs of the file.  What a callee uses
 * of the variables it takes and gives beside its own inputs and outputs. */
#include <inttypes.h>

#include "tensor.h"
#include "translation.h"

enum { IF = 118, WHILE = 119, COMPOSITE = 206 };

int32_t kw__callees_of(int32_t code, const kw__fb_table *op, int32_t callee[2]) {
  kw__fb_table options = kw__fb_child(op, OPERATOR_OPTIONS),
               more = kw__fb_child(op, OPERATOR_OPTIONS_2);
  switch (code) {
    case IF:
    case WHILE:
      callee[0] = kw__fb_int(&options, 0, 0);
      callee[1] = kw__fb_int(&options, 1, 0);
      return 2;
    case KW__TFLITE_CALL_ONCE:
      callee[0] = kw__fb_int(&options, 0, 0);
      return 1;
    case COMPOSITE:
      callee[0] = kw__fb_int(&more, 1, 0);
      return 1;
    default:
      return 0;
  }
}

/* ---- what is carried from caller to callee and back ---- */
/* Values among an operator's inputs, then the variables; and the same as the callee is given it. */
typedef struct carried {
  kw__given *given; /* [inputs of the operator] */
  uint32_t *in, *out;
  uint32_t inputs, values, variables; /* values: those of the inputs that are no resources */
  void *block;
  size_t bytes;
} carried;

static kw_status take_carried(kw__translation *t, const kw__tflite_op *op, int32_t first,
                              bool has_variables, carried *c) {
  uint32_t inputs = op->inputs > first ? (uint32_t)(op->inputs - first) : 0,
           outputs = (uint32_t)op->outputs,
           variables = has_variables ? kw__pool_count(t, KW__POOL_VARIABLES) : 0;
  *c = (carried){.inputs = inputs, .variables = variables};
  c->bytes =
      inputs * sizeof *c->given + ((size_t)inputs + outputs + 2 * variables + 2) * sizeof(uint32_t);
  c->given = c->block = kw__resize(&t->model->memory, NULL, 0, c->bytes);
  if (!c->block) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for %s", op->name);
  c->in = (uint32_t *)(void *)(c->given + inputs);
  c->out = c->in + inputs + variables + 1;
  for (uint32_t i = 0; i < inputs; i++) {
    uint32_t id = op->in[first + (int32_t)i];
    if (id == KW__NONE) return kw__refuse_op(t, op, "an input is missing");
    bool is_own = id - t->scope->first < t->scope->tensors;
    c->given[i].handle = is_own && kw__is_resource(t, id) ? kw__handle_of(t, id) : KW__NONE;
    if (c->given[i].handle != KW__NONE) continue;
    if (is_own && kw__is_resource(t, id)) return kw__refuse_op(t, op, "an input is no variable");
    c->given[i].shape = *kw__value(t, id);
    c->in[c->values++] = id;
  }
  memcpy(c->in + c->values, t->scope->current, variables * sizeof *c->in);
  return KW_OK;
}

static void free_carried(kw__translation *t, carried *c) {
  kw__resize(&t->model->memory, c->block, c->block ? c->bytes : 0, 0);
}

/* The operator's outputs that are no resources, which pass through, then new values for the
 * variables. */
static kw_status list_results(kw__translation *t, const kw__tflite_op *op, carried *c,
                              uint32_t *count) {
  *count = 0;
  for (int32_t i = 0; i < op->outputs; i++) {
    if (op->out[i] == KW__NONE) return kw__refuse_op(t, op, "an output is missing");
    if (!kw__is_resource(t, op->out[i]))
      c->out[(*count)++] = op->out[i];
    else if ((uint32_t)i < c->inputs) /* of a loop: what came in */
      t->scope->handle[op->out[i] - t->scope->first] = c->given[i].handle;
  }
  for (uint32_t i = 0; i < c->variables; i++) c->out[(*count)++] = kw__new_value(t);
  return t->status;
}

static void take_variables(kw__translation *t, const carried *c, uint32_t results) {
  memcpy(t->scope->current, c->out + results - c->variables, c->variables * sizeof *c->out);
}

static const kw__graph_record *graph_at(const kw__translation *t, uint32_t graph) {
  return KW__AT(t->model, GRAPHS, graph, graph);
}

static uint32_t result_of(const kw__translation *t, uint32_t graph, uint32_t index) {
  return KW__AT(t->model, OPERANDS, operand, graph_at(t, graph)->outputs + index)->tensor;
}

static bool has_variables(const kw__translation *t, int32_t a, int32_t b) {
  return (a >= 0 && (uint32_t)a < t->subgraph_count && t->subgraphs[a].has_variables) ||
         (b >= 0 && (uint32_t)b < t->subgraph_count && t->subgraphs[b].has_variables);
}

/* ---- WHILE ---- */
static kw_status finish_condition(kw__translation *t, const kw__tflite_op *op, const carried *c,
                                  uint32_t graph) {
  kw__graph_record *g = (kw__graph_record *)(void *)t->pool[KW__GRAPHS].at + graph;
  if (g->output_count != 1 + c->variables)
    return kw__refuse_op(t, op, "its condition gives %" PRIu32 " values",
                         g->output_count - c->variables);
  const kw__tensor *x = kw__value(t, result_of(t, graph, 0));
  if (x->type != KW_BOOL || (x->count != 1 && x->count != KW__UNKNOWN))
    return kw__refuse_op(t, op, "its condition is no bool");
  const uint32_t *in = (const uint32_t *)(const void *)t->pool[KW__OPERANDS].at + g->inputs;
  for (uint32_t i = 0; i < c->variables; i++)
    if (result_of(t, graph, 1 + i) != in[c->values + i])
      return kw__refuse_op(t, op, "its condition assigns a variable");
  g->output_count = 1; /* the variables are as they were */
  return KW_OK;
}

/* What the sizes that a turn changed are made of. */
typedef struct join {
  int64_t fallback;
  uint32_t source;
  bool wanted;
} join;

/* Compares what a turn gives with what it took; the number of sizes that changed, or -1: refused.
 */
static int32_t find_changes(kw__translation *t, const kw__tflite_op *op, carried *c, uint32_t graph,
                            uint32_t sizes, join *joins) {
  int32_t changes = 0;
  for (uint32_t i = 0, value = 0; i < c->inputs; i++) {
    if (c->given[i].handle != KW__NONE) continue;
    const kw__tensor *x = &c->given[i].shape, *y = kw__value(t, result_of(t, graph, value++));
    if (x->type != y->type || x->rank != y->rank) {
      kw__refuse_op(t, op, "a turn changes type or rank of input %" PRIu32, i);
      return -1;
    }
    for (int32_t d = 0; d < x->rank; d++) {
      join *j = &joins[i * KW_MAX_RANK + (uint32_t)d];
      if (x->size[d] == y->size[d] || (c->given[i].joined >> d & 1)) continue;
      int64_t a = kw__fallback_of(t, x->size[d]), b = kw__fallback_of(t, y->size[d]);
      int64_t symbol = y->size[d] < 0 && ~y->size[d] < (int64_t)sizes ? y->size[d] : x->size[d];
      *j = (join){a > b ? a : b, symbol < 0 ? (uint32_t)~symbol : KW__NONE, true};
      changes++;
    }
  }
  return changes;
}

static void name_changes(kw__translation *t, carried *c, const join *joins) {
  for (uint32_t i = 0, value = 0; i < c->inputs; i++) {
    if (c->given[i].handle != KW__NONE) continue;
    uint32_t id = c->in[value++];
    for (int32_t d = 0; d < c->given[i].shape.rank; d++) {
      const join *j = &joins[i * KW_MAX_RANK + (uint32_t)d];
      if (!j->wanted || (c->given[i].joined >> d & 1) || t->status) continue;
      const char *name = kw__string(t->model, KW__AT(t->model, TENSORS, tensor, id)->name);
      uint32_t size = kw__append_computed_size(t, name, d, j->fallback, j->source);
      c->given[i].shape.size[d] = ~(int64_t)size;
      c->given[i].joined |= (uint8_t)(1u << d);
    }
  }
}

/* The body's graph with sizes of which every turn can make what it needs: those that a turn changes
 * become named ones, and the body is made again. */
static kw_status translate_body(kw__translation *t, const kw__tflite_op *op, uint32_t subgraph,
                                carried *c, uint32_t *graph) {
  size_t bytes = ((size_t)c->inputs * KW_MAX_RANK + 1) * sizeof(join);
  join *joins = kw__resize(&t->model->memory, NULL, 0, bytes);
  if (!joins) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for a loop");
  memset(joins, 0, bytes);
  kw_status status;
  for (;;) {
    kw__checkpoint mark = kw__mark_records(t);
    uint32_t sizes = kw__pool_count(t, KW__SIZES);
    status = kw__translate_callee(t, subgraph, c->given, c->inputs, true, graph);
    if (status) break;
    if (graph_at(t, *graph)->output_count != c->values + c->variables) {
      status = kw__refuse_op(t, op, "its body does not give what it takes");
      break;
    }
    int32_t changes = find_changes(t, op, c, *graph, sizes, joins);
    if (changes < 0) status = KW_UNSUPPORTED;
    if (changes <= 0) break;
    kw__undo_records(t, &mark);
    name_changes(t, c, joins);
  }
  kw__resize(&t->model->memory, joins, bytes, 0);
  return status ? status : t->status;
}

static kw_status emit_loop(kw__translation *t, const kw__tflite_op *op, carried *c,
                           const int32_t callee[2]) {
  uint32_t condition, body, results;
  kw_status status = translate_body(t, op, (uint32_t)callee[1], c, &body);
  if (!status)
    status = kw__translate_callee(t, (uint32_t)callee[0], c->given, c->inputs, false, &condition);
  if (!status) status = finish_condition(t, op, c, condition);
  if (!status) status = list_results(t, op, c, &results);
  if (status) return status;
  kw__while_loop_attributes a = {.present = 3, .condition = condition, .body = body};
  status = kw__emit(t, KW__OP_while_loop, &a, (int32_t)(c->values + c->variables), c->in,
                    (int32_t)results, c->out);
  if (!status) take_variables(t, c, results);
  return status;
}

kw_status kw__lower_while(kw__translation *t, const kw__tflite_op *op) {
  int32_t callee[2] = {kw__option_int(op, 0, 0), kw__option_int(op, 1, 0)};
  carried c;
  kw_status status = take_carried(t, op, 0, has_variables(t, callee[0], callee[1]), &c);
  if (!status) status = emit_loop(t, op, &c, callee);
  free_carried(t, &c);
  return status;
}

/* ---- IF, CALL_ONCE, composites ---- */
static kw_status emit_branches(kw__translation *t, const kw__tflite_op *op, carried *c,
                               const int32_t callee[2]) {
  uint32_t graph[2], results;
  kw_status status = KW_OK;
  for (int32_t k = 0; k < 2 && !status; k++)
    status = kw__translate_callee(t, (uint32_t)callee[k], c->given, c->inputs, false, &graph[k]);
  if (!status) status = list_results(t, op, c, &results);
  if (status) return status;
  /* the condition stands before the values: room for it was left */
  memmove(c->in + 1, c->in, (c->values + c->variables) * sizeof *c->in);
  c->in[0] = op->in[0];
  if (kw__value(t, c->in[0])->type != KW_BOOL)
    return kw__refuse_op(t, op, "its condition is no bool");
  status = kw__make_scalar(t, op, &c->in[0]);
  kw__if_else_attributes a = {.present = 3, .then = graph[0], .otherwise = graph[1]};
  if (!status)
    status = kw__emit(t, KW__OP_if_else, &a, (int32_t)(1 + c->values + c->variables), c->in,
                      (int32_t)results, c->out);
  if (!status) take_variables(t, c, results);
  return status;
}

kw_status kw__lower_if(kw__translation *t, const kw__tflite_op *op) {
  int32_t callee[2] = {kw__option_int(op, 0, 0), kw__option_int(op, 1, 0)};
  if (op->inputs < 1 || op->in[0] == KW__NONE) return kw__refuse_op(t, op, "it has no condition");
  carried c;
  kw_status status = take_carried(t, op, 1, has_variables(t, callee[0], callee[1]), &c);
  if (!status) status = emit_branches(t, op, &c, callee);
  free_carried(t, &c);
  return status;
}

kw_status kw__lower_composite(kw__translation *t, const kw__tflite_op *op) {
  int32_t callee = kw__option_int(op, 1, 0);
  uint32_t graph, results = 0;
  carried c;
  kw_status status = take_carried(t, op, 0, has_variables(t, callee, -1), &c);
  if (!status) status = kw__translate_callee(t, (uint32_t)callee, c.given, c.inputs, false, &graph);
  if (!status) status = list_results(t, op, &c, &results);
  if (!status) {
    kw__call_attributes a = {.present = 1, .graph = graph};
    status = kw__emit(t, KW__OP_call, &a, (int32_t)(c.values + c.variables), c.in, (int32_t)results,
                      c.out);
  }
  if (!status) take_variables(t, &c, results);
  free_carried(t, &c);
  return status;
}

/* A graph that gives all variables as they are. */
static kw_status make_identity(kw__translation *t, uint32_t *graph) {
  kw__scope *s = t->scope;
  uint32_t variables = kw__pool_count(t, KW__POOL_VARIABLES), outer = s->graph,
           *before = s->current;
  size_t bytes = (variables + 1) * sizeof *before;
  uint32_t *inside = kw__resize(&t->model->memory, NULL, 0, bytes);
  if (!inside) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for variables");
  s->graph = *graph = kw__begin_graph(t, "");
  s->current = inside;
  kw__enter_variables(t);
  kw__end_graph(t, *graph, inside, variables, inside, variables);
  s->graph = outer;
  s->current = before;
  kw__resize(&t->model->memory, inside, bytes, 0);
  return t->status;
}

/* Once a session: a variable tells whether it has happened. */
kw_status kw__lower_call_once(kw__translation *t, const kw__tflite_op *op) {
  uint32_t subgraph = (uint32_t)kw__option_int(op, 0, 0), once = kw__once_variable(t, subgraph);
  uint32_t same = 0, init = 0, results = 0;
  if (once == KW__NONE) return kw__damaged(t, "CALL_ONCE");
  carried c;
  kw_status status = take_carried(t, op, op->inputs, true, &c);
  if (!status) status = make_identity(t, &same);
  if (!status) status = kw__translate_callee(t, subgraph, NULL, 0, false, &init);
  if (!status && graph_at(t, init)->output_count != c.variables)
    status = kw__refuse_op(t, op, "the subgraph that it calls without variables, or for a value");
  if (!status) status = list_results(t, op, &c, &results);
  if (!status) {
    memmove(c.in + 1, c.in, c.variables * sizeof *c.in);
    c.in[0] = t->scope->current[once];
    kw__if_else_attributes a = {.present = 3, .then = same, .otherwise = init};
    status =
        kw__emit(t, KW__OP_if_else, &a, (int32_t)(1 + c.variables), c.in, (int32_t)results, c.out);
  }
  if (!status) take_variables(t, &c, results);
  if (!status) t->scope->current[once] = kw__new_constant(t, KW_BOOL, 0, NULL, &(uint8_t){1});
  free_carried(t, &c);
  return status ? status : t->status;
}
