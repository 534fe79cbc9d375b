/* Who may write in whose place: an INPLACE node's output in that of an input that dies there, the
 * results of a branch or loop in that of its arguments, and inside a graph in that of a parameter
 * whose argument dies with the call.  A store in a branch of a loop so costs no copy. */
#include "arena.h"

enum { MOST_STEPS = 256 }; /* back from a result to the parameter that it is made of */

kw__calls kw__read_calls(const kw__node *node) {
  kw__calls c = {0};
  int64_t body = kw__loop_body(node);
  if (body >= 0) {
    c = (kw__calls){.argument = node->op == KW__OP_repeat,
                    .graphs = 1,
                    .graph = {(uint32_t)body},
                    .is_loop = true};
  } else if (node->op == KW__OP_call) {
    c = (kw__calls){.graphs = 1, .graph = {(uint32_t)KW__ATTRIBUTES(call, node)->graph}};
  } else if (node->op == KW__OP_if_else) {
    const kw__if_else_attributes *a = KW__ATTRIBUTES(if_else, node);
    c = (kw__calls){
        .argument = 1, .graphs = 2, .graph = {(uint32_t)a->then, (uint32_t)a->otherwise}};
  } else if (node->op == KW__OP_try_call) {
    c = (kw__calls){.argument = node->outputs - 1,
                    .result = 1,
                    .graphs = 1,
                    .graph = {(uint32_t)KW__ATTRIBUTES(try_call, node)->body}};
  }
  return c;
}

bool kw__is_same_shape(const kw_model *model, uint32_t a, uint32_t b) {
  const kw__tensor_record *x = KW__AT(model, TENSORS, tensor, a),
                          *y = KW__AT(model, TENSORS, tensor, b);
  return kw__type_bytes(x->type) == kw__type_bytes(y->type) && x->rank == y->rank &&
         !memcmp(kw__ints(model, x->dims), kw__ints(model, y->dims), x->rank * sizeof(int64_t));
}

static uint32_t result_at(const kw_model *model, uint32_t graph, uint32_t index) {
  return kw__operands(model, KW__AT(model, GRAPHS, graph, graph)->outputs)[index];
}

/* The result that the next turn gets as parameter `index`, or KW__NONE. */
static uint32_t turned_at(const kw_model *model, uint32_t graph, uint32_t index) {
  uint32_t at = index + model->body[graph] - KW__BODY;
  return at < KW__AT(model, GRAPHS, graph, graph)->output_count ? result_at(model, graph, at)
                                                                : KW__NONE;
}

bool kw__passes_through(const kw_model *model, uint32_t graph, uint32_t index) {
  return kw__parameter_at(model, graph, index) == turned_at(model, graph, index);
}

/* ---- places ---- */
/* The parameter in whose place `value` of the graph lies, where it may be written, or KW__NONE. */
static uint32_t find_owner(const kw__planner *p, uint32_t graph, uint32_t value) {
  if (p->layout->offset[value] == SIZE_MAX) return KW__NONE;
  uint32_t count = KW__AT(p->model, GRAPHS, graph, graph)->input_count;
  for (uint32_t k = 0; k < count; k++) {
    uint32_t parameter = kw__parameter_at(p->model, graph, k);
    if (p->leaves[parameter] != KW__NONE &&
        p->layout->offset[parameter] == p->layout->offset[value])
      return parameter;
  }
  return KW__NONE;
}

static bool is_live(const kw__planner *p, uint32_t value) {
  uint32_t at = p->head;
  while (at != KW__NONE && at != value) at = p->next[at];
  return at == value;
}

/* Among the live values of the frame `output` stands for `input`; false: that is none of them. */
static bool relink_value(kw__planner *p, uint32_t input, uint32_t output) {
  for (uint32_t *link = &p->head; *link != KW__NONE; link = &p->next[*link]) {
    if (*link != input) continue;
    p->next[output] = p->next[input];
    *link = output;
    return true;
  }
  return false;
}

/* Does input `index` die here, and is it given only once? */
static bool dies(const kw__planner *p, const kw__node *node, int32_t index) {
  uint32_t input = node->operand[index];
  if (input == KW__NONE || p->last_use[input] != node->index) return false;
  for (int32_t i = 0; i < node->inputs; i++)
    if (i != index && node->operand[i] == input) return false;
  return true;
}

/* In the place of a parameter only the result may lie that leaves there. */
static bool take_place(kw__planner *p, uint32_t graph, uint32_t input, uint32_t output) {
  if (!kw__is_same_shape(p->model, input, output)) return false;
  uint32_t owner = find_owner(p, graph, input);
  bool good = owner == KW__NONE
                  ? relink_value(p, input, output)
                  : p->last_use[output] != KW__NONE || p->leaves[owner] == KW__ANY_RESULT ||
                        p->leaves[owner] == output;
  if (!good) return false;
  if (owner == KW__NONE) p->next[input] = output; /* whose place it was, for kw__lend_places */
  p->layout->offset[output] = p->layout->offset[input];
  return true;
}

/* ---- results of graphs ---- */
/* The index of the parameter that a result is made of by steps that can work in place; KW__NONE:
 * of none.  The steps of all branches are counted. */
static uint32_t find_origin(const kw__planner *p, uint32_t graph, uint32_t value, int32_t *steps);

static uint32_t find_argument(const kw__planner *p, const kw__node *node, uint32_t value,
                              int32_t *steps) {
  kw__calls c = kw__read_calls(node);
  if (!c.graphs) return node->flags & INPLACE ? node->operand[0] : KW__NONE;
  int32_t index = 0;
  while (node->operand[node->inputs + index] != value) index++;
  index -= c.result;
  if (index < 0) return KW__NONE;
  if (c.is_loop) return node->operand[c.argument + index];
  for (int32_t i = 0; i < c.graphs; i++) {
    uint32_t origin =
        find_origin(p, c.graph[i], result_at(p->model, c.graph[i], (uint32_t)index), steps);
    if (origin != KW__NONE) return node->operand[c.argument + (int32_t)origin];
  }
  return KW__NONE;
}

static uint32_t find_origin(const kw__planner *p, uint32_t graph, uint32_t value, int32_t *steps) {
  uint32_t count = KW__AT(p->model, GRAPHS, graph, graph)->input_count;
  while (value != KW__NONE && (*steps)-- > 0) {
    for (uint32_t k = 0; k < count; k++)
      if (kw__parameter_at(p->model, graph, k) == value) return k;
    uint32_t node = p->producer[value];
    value = node == KW__NONE ? KW__NONE : find_argument(p, &p->model->nodes[node], value, steps);
  }
  return KW__NONE;
}

/* Results leave a graph in order: parameter `index` may be no other one than number `result`. */
static bool is_result_alone(const kw_model *model, uint32_t graph, uint32_t index,
                            uint32_t result) {
  uint32_t parameter = kw__parameter_at(model, graph, index);
  for (uint32_t i = 0; i < KW__AT(model, GRAPHS, graph, graph)->output_count; i++)
    if (i != result && result_at(model, graph, i) == parameter) return false;
  return true;
}

/* Which result of the node took the place of this input: its index, or -1. */
static int32_t find_taker(const kw__planner *p, const kw__node *node, uint32_t input) {
  for (int32_t i = 0; i < node->outputs; i++)
    if (p->layout->offset[node->operand[node->inputs + i]] == p->layout->offset[input]) return i;
  return -1;
}

static bool take_argument(kw__planner *p, uint32_t graph, const kw__node *node, const kw__calls *c,
                          int32_t index) {
  uint32_t result = (uint32_t)(index - c->result), origin = result;
  int32_t steps = MOST_STEPS;
  for (int32_t i = 0; i < c->graphs && !c->is_loop; i++) {
    origin = find_origin(p, c->graph[i], result_at(p->model, c->graph[i], result), &steps);
    if (origin != KW__NONE) break;
  }
  if (origin == KW__NONE) return false;
  for (int32_t i = 0; i < c->graphs; i++)
    if (c->is_loop ? kw__passes_through(p->model, c->graph[i], origin)
                   : p->model->calls[c->graph[i]] != 1 ||
                         !is_result_alone(p->model, c->graph[i], origin, result))
      return false;
  int32_t argument = c->argument + (int32_t)origin;
  return dies(p, node, argument) && find_taker(p, node, node->operand[argument]) < 0 &&
         take_place(p, graph, node->operand[argument], node->operand[node->inputs + index]);
}

bool kw__take_over(kw__planner *p, uint32_t graph, const kw__node *node, int32_t index) {
  kw__calls c = kw__read_calls(node);
  if (c.graphs) return index >= c.result && take_argument(p, graph, node, &c, index);
  if (index > 0 || !(node->flags & INPLACE)) return false;
  int32_t inputs = node->flags & STORE ? 1 : node->inputs; /* a store's is the first, given once */
  for (int32_t i = 0; i < inputs; i++) {
    uint32_t input = node->operand[i];
    bool free = node->flags & STORE ? dies(p, node, i)
                                    : input != KW__NONE && p->last_use[input] == node->index;
    if (free && take_place(p, graph, input, node->operand[node->inputs])) return true;
  }
  return false;
}

/* ---- parameters ---- */
static void lend_place(kw__planner *p, uint32_t graph, const kw__node *node, const kw__calls *c,
                       uint32_t callee, uint32_t index) {
  uint32_t parameter = kw__parameter_at(p->model, callee, index);
  int32_t at = c->argument + (int32_t)index;
  if (!dies(p, node, at)) return;
  uint32_t input = node->operand[at];
  if (p->model->constant[input] || !kw__is_same_shape(p->model, input, parameter)) return;
  bool taken = p->next[input] != KW__NONE && !is_live(p, input);
  if (!taken && !is_live(p, input) && find_owner(p, graph, input) == KW__NONE) return;
  int32_t taker = find_taker(p, node, input);
  p->layout->offset[parameter] = p->layout->offset[input];
  p->leaves[parameter] =
      taker < 0 ? KW__ANY_RESULT : result_at(p->model, callee, (uint32_t)(taker - c->result));
}

void kw__lend_places(kw__planner *p, uint32_t graph, const kw__node *node) {
  kw__calls c = kw__read_calls(node);
  for (int32_t i = 0; i < c.graphs; i++) {
    uint32_t count = KW__AT(p->model, GRAPHS, graph, c.graph[i])->input_count;
    for (uint32_t k = 0; k < count; k++) {
      if (!c.is_loop && p->model->calls[c.graph[i]] == 1)
        lend_place(p, graph, node, &c, c.graph[i], k);
      else if (c.is_loop && !kw__passes_through(p->model, c.graph[i], k))
        p->leaves[kw__parameter_at(p->model, c.graph[i], k)] = turned_at(p->model, c.graph[i], k);
    }
  }
}
