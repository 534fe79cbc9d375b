/* Lifetimes to offsets: each result gets memory from its definition to its last use, first fit from
 * the arena's start, or the place of an input that dies there.  Frames of called graphs lie behind
 * their callers'. */
#include "arena.h"

static size_t multiply(size_t a, uint64_t b) {
  return b && a > SIZE_MAX / 2 / b ? SIZE_MAX : a * (size_t)b;
}

size_t kw__tensor_bytes(const kw_model *model, const int64_t *capacity, uint32_t tensor) {
  const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, tensor);
  const int64_t *dims = kw__ints(model, t->dims);
  size_t bytes = kw__type_bytes(t->type);
  for (uint32_t d = 0; d < t->rank && bytes != SIZE_MAX; d++) {
    int64_t size = dims[d] < 0 ? capacity[~dims[d]] : dims[d];
    bytes = multiply(
        bytes,
        (uint64_t)(size ? size
                        : 1)); /* memory bounds every loop, also over axes beside an empty one */
  }
  if (bytes > SIZE_MAX / 4) return SIZE_MAX;
  bytes = (bytes + KW__ALIGNMENT - 1) / KW__ALIGNMENT * KW__ALIGNMENT;
  /* One line more for large values, so that neighbours of equal power-of-two size do not meet in
   * the same cache sets. */
  return bytes >= 2048 ? bytes + KW__ALIGNMENT : bytes;
}

static void insert_value(kw__planner *p, uint32_t tensor, size_t bytes) {
  size_t at = p->base;
  uint32_t before = KW__NONE, value = p->head;
  for (; value != KW__NONE; before = value, value = p->next[value]) {
    size_t offset = p->layout->offset[value];
    if (offset - at >= bytes && offset >= at) break;
    at = offset + kw__tensor_bytes(p->model, p->capacity, value);
  }
  p->layout->offset[tensor] = at;
  p->next[tensor] = value;
  *(before == KW__NONE ? &p->head : &p->next[before]) = tensor;
  if (at + bytes > p->end) p->end = at + bytes;
}

static void release_values(kw__planner *p, uint32_t node) {
  for (uint32_t *link = &p->head; *link != KW__NONE;) {
    if (p->last_use[*link] == node)
      *link = p->next[*link];
    else
      link = &p->next[*link];
  }
}

static bool place_value(kw__planner *p, uint32_t tensor) {
  size_t bytes = kw__tensor_bytes(p->model, p->capacity, tensor);
  if (bytes > SIZE_MAX / 4 - p->end) return false;
  insert_value(p, tensor, bytes);
  return true;
}

/* What a loop carries outlives the turns, in which the frames of body and condition come and go:
 * the body's parameters lie in the caller's frame, where the results will be. */
static bool place_carried(kw__planner *p, const kw__node *node, uint32_t graph) {
  const kw_model *model = p->model;
  for (uint32_t k = 0; k < node->outputs; k++) {
    uint32_t parameter = kw__parameter_at(model, graph, k),
             result = node->operand[node->inputs + k];
    if (kw__passes_through(model, graph, k)) continue;
    p->layout->offset[parameter] = p->layout->offset[result];
    if (kw__is_same_shape(model, parameter, result)) continue;
    p->last_use[parameter] = node->index;
    if (!place_value(p, parameter)) return false;
  }
  return true;
}

static bool is_placed(const kw__planner *p, const kw__graph_record *g, uint32_t node) {
  return g != KW__AT(p->model, GRAPHS, graph, p->entry) || p->layout->wanted[node];
}

static bool runs_once(const kw__planner *p, const kw__graph_record *g, uint32_t node) {
  return g == KW__AT(p->model, GRAPHS, graph, p->entry) && p->layout->wanted[node] == KW__ONCE;
}

static void find_last_uses(kw__planner *p, const kw__graph_record *g) {
  const kw_model *model = p->model;
  for (uint32_t i = g->first_node; i < g->first_node + g->nodes; i++) {
    if (!is_placed(p, g, i)) continue;
    const kw__node *node = &model->nodes[i];
    for (int32_t k = 0; k < node->inputs + node->outputs; k++)
      if (node->operand[k] != KW__NONE) p->last_use[node->operand[k]] = i;
  }
  for (uint32_t k = 0; k < g->output_count; k++)
    p->last_use[KW__AT(model, OPERANDS, operand, g->outputs + k)->tensor] = KW__NONE;
}

/* What runs once lives as long as the graph. */
static bool place_lasting(kw__planner *p, const kw__graph_record *g) {
  for (uint32_t i = g->first_node; i < g->first_node + g->nodes; i++) {
    const kw__node *node = &p->model->nodes[i];
    if (!runs_once(p, g, i)) continue;
    for (int32_t k = 0; k < node->outputs; k++) {
      p->last_use[node->operand[node->inputs + k]] = KW__NONE;
      if (!place_value(p, node->operand[node->inputs + k])) return false;
    }
  }
  return true;
}

/* A result of a graph that nothing reads is not copied: it has no place, unless turns need it. */
static bool is_dropped(const kw__planner *p, const kw__node *node, int32_t index) {
  kw__calls c = kw__read_calls(node);
  return c.graphs && index >= c.result &&
         p->last_use[node->operand[node->inputs + index]] == node->index &&
         (!c.is_loop || kw__passes_through(p->model, c.graph[0], (uint32_t)index));
}

static bool place_graph(kw__planner *p, uint32_t graph, const kw__graph_record *g) {
  p->head = KW__NONE;
  p->end = p->base;
  find_last_uses(p, g);
  if (!place_lasting(p, g)) return false;
  for (uint32_t i = g->first_node; i < g->first_node + g->nodes; i++) {
    if (!is_placed(p, g, i) || runs_once(p, g, i)) continue;
    const kw__node *node = &p->model->nodes[i];
    for (int32_t k = 0; k < node->outputs; k++) {
      uint32_t output = node->operand[node->inputs + k];
      if (is_dropped(p, node, k) || kw__take_over(p, graph, node, k)) continue;
      if (!place_value(p, output)) return false;
    }
    int64_t body = kw__loop_body(node);
    if (body >= 0 && !place_carried(p, node, (uint32_t)body)) return false;
    kw__lend_places(p, graph, node);
    release_values(p, i);
  }
  return true;
}

/* Where each graph's frame begins: behind the frames of all that call it.  base[] is in order,
 * callers come first. */
static void push_bases(const kw_model *model, const kw__graph_record *g, size_t end, size_t *base) {
  for (uint32_t i = g->first_node; i < g->first_node + g->nodes; i++) {
    const kw__node *node = &model->nodes[i];
    const kw__row *row = kw__find_row(node->op);
    const uint64_t *slot = node->attributes;
    for (int32_t k = 0; k < row->attributes; k++)
      if (kw__row_attribute(row, k)->kind == KW__GRAPH_SLOT && (slot[0] >> k & 1) &&
          base[slot[k + 1]] < end)
        base[slot[k + 1]] = end;
  }
}

bool kw__plan_arena(const kw_model *model, const int64_t *capacity, uint32_t entry,
                    uint32_t *scratch, size_t *base, kw__layout *layout) {
  uint32_t tensors = kw__record_count(model, KW__TENSORS),
           graphs = kw__record_count(model, KW__GRAPHS);
  kw__planner p = {.model = model,
                   .capacity = capacity,
                   .entry = entry,
                   .last_use = scratch,
                   .next = scratch + tensors,
                   .leaves = scratch + 2 * (size_t)tensors,
                   .producer = scratch + 3 * (size_t)tensors,
                   .layout = layout};
  for (uint32_t i = 0; i < tensors; i++) layout->offset[i] = SIZE_MAX;
  for (size_t i = 0; i < KW__PLANNER_SCRATCH * (size_t)tensors; i++) scratch[i] = KW__NONE;
  for (uint32_t i = 0; i < kw__record_count(model, KW__NODES); i++)
    for (int32_t k = 0; k < model->nodes[i].outputs; k++)
      p.producer[model->nodes[i].operand[model->nodes[i].inputs + k]] = i;
  for (uint32_t g = 0; g < graphs; g++) base[g] = 0;
  layout->bytes = 0;
  for (uint32_t g = 0; g < graphs; g++) {
    const kw__graph_record *graph = KW__AT(model, GRAPHS, graph, g);
    p.base = base[g];
    if (!place_graph(&p, g, graph)) return false;
    if (p.end > layout->bytes) layout->bytes = p.end;
    push_bases(model, graph, p.end, base);
  }
  return true;
}

bool kw__is_of_entry(const kw_model *model, const kw__port_record *port, uint32_t entry) {
  const kw__graph_record *g = KW__AT(model, GRAPHS, graph, entry);
  return port->tensor >= g->first_tensor && port->tensor - g->first_tensor < g->tensors;
}

/* The values that a session must give: outputs that are wanted, next states. */
static void mark_needed(const kw_model *model, uint32_t entry, const uint8_t *wanted_outputs,
                        uint8_t *needed) {
  for (int32_t i = 0; i < model->port_count[KW_OUTPUT]; i++) {
    const kw__port_record *port = kw__port(model, KW_OUTPUT, i);
    if ((!wanted_outputs || wanted_outputs[i]) && kw__is_of_entry(model, port, entry))
      needed[port->tensor] = 1;
  }
  for (int32_t i = 0; i < model->port_count[KW_STATE]; i++) {
    const kw__port_record *port = kw__port(model, KW_STATE, i);
    if (kw__is_of_entry(model, port, entry)) needed[port->source] = 1;
  }
}

/* A node of constants alone gives the same in every run. */
static bool is_constant(const kw_model *model, const kw__node *node, const uint8_t *constant) {
  if (!node->fixed || (node->flags & (RAISES | STATE | VALUES))) return false;
  for (int32_t k = 0; k < node->inputs; k++) {
    uint32_t id = node->operand[k];
    if (id != KW__NONE && !model->constant[id] && !constant[id]) return false;
  }
  return true;
}

/* Marks the nodes that the wanted outputs and the states need, and all that can raise: their
 * exception is the answer.  What is computed of constants runs once. */
void kw__mark_wanted(const kw_model *model, uint32_t entry, const uint8_t *wanted_outputs,
                     uint8_t *needed, uint8_t *wanted) {
  const kw__graph_record *g = KW__AT(model, GRAPHS, graph, entry);
  memset(wanted, KW__UNWANTED, kw__record_count(model, KW__NODES));
  memset(needed, 0, kw__record_count(model, KW__TENSORS));
  mark_needed(model, entry, wanted_outputs, needed);
  for (uint32_t i = g->first_node + g->nodes; i-- > g->first_node;) {
    const kw__node *node = &model->nodes[i];
    bool keep = node->flags & (RAISES | STATE);
    for (int32_t k = 0; k < node->outputs; k++) keep |= needed[node->operand[node->inputs + k]];
    if (!keep) continue;
    wanted[i] = KW__EACH_RUN;
    for (int32_t k = 0; k < node->inputs; k++)
      if (node->operand[k] != KW__NONE) needed[node->operand[k]] = 1;
  }
  memset(needed, 0, kw__record_count(model, KW__TENSORS)); /* from here on: constant */
  for (uint32_t i = g->first_node; i < g->first_node + g->nodes; i++) {
    const kw__node *node = &model->nodes[i];
    if (!wanted[i] || !is_constant(model, node, needed)) continue;
    wanted[i] = KW__ONCE;
    for (int32_t k = 0; k < node->outputs; k++) needed[node->operand[node->inputs + k]] = 1;
  }
}
