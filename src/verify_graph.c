/* Trusts nothing, second half: operators and attributes are known, every graph defines before it
 * uses, and all of it plans. */
#include <math.h>

#include "verify.h"

/* ---- nodes ---- */
static kw_status verify_attribute(kw_model *model, const kw__row *row, int32_t index, uint64_t bits,
                                  bool present, kw_error *error) {
  const kw__attribute *rule = kw__row_attribute(row, index);
  const char *name = kw__attribute_name(row, index);
  if (!present) {
    if (!isnan(rule->fallback) || bits)
      REFUSE("%s: attribute %s is missing", kw__row_name(row), name);
    return KW_OK;
  }
  int64_t integer = (int64_t)bits;
  uint32_t offset = (uint32_t)bits, length = (uint32_t)(bits >> 32);
  double real;
  memcpy(&real, &bits, sizeof real);
  bool good = true;
  switch (rule->kind) {
    case KW__INT_SLOT:
    case KW__FLAG_SLOT:
    case KW__TYPE_SLOT:
      good = (double)integer >= rule->low && (double)integer <= rule->high;
      break;
    case KW__REAL_SLOT:
      good = isnan(real) || (real >= rule->low && real <= rule->high);
      break;
    case KW__TEXT_SLOT: /* TEXT is UTF-8: a part of it is, too, unless it begins or ends inside a
                           character */
      good = kw__is_range(offset, length, kw__section_bytes(model, KW__TEXT) - 1) &&
             (*kw__string(model, offset) & 0xC0) != 0x80 &&
             (*kw__string(model, offset + length) & 0xC0) != 0x80;
      break;
    case KW__GRAPH_SLOT:
      good = integer >= 0 && integer < (int64_t)kw__record_count(model, KW__GRAPHS);
      break;
    case KW__INTS_SLOT:
      good = kw__is_range(offset, length, kw__record_count(model, KW__INTS));
      for (uint32_t i = 0; good && i < length; i++) {
        double value = (double)kw__ints(model, offset)[i];
        good = value >= rule->low && value <= rule->high;
      }
      break;
    default:
      good = false;
  }
  if (!good) REFUSE("%s: attribute %s is out of range", kw__row_name(row), name);
  return KW_OK;
}

/* As many as the signature names, of which the last may be many, or ** none. */
static bool is_count(uint32_t given, uint32_t named, const kw__argument *last) {
  if (!named || !last->variadic) return given == named;
  return given + (last->variadic > 1) >= named;
}

static kw_status verify_node(kw_model *model, uint32_t i, kw_error *error) {
  const kw__node_record *n = KW__AT(model, NODES, node, i);
  const kw__row *row = kw__find_row(n->op);
  if (!row) return kw__fail(error, KW_UNSUPPORTED, "operator %u is not in this build", n->op);
  if (row->version != n->version)
    return kw__fail(error, KW_UNSUPPORTED, "operator %s has version %u, this library runs %u",
                    kw__row_name(row), n->version, row->version);
  kw__signature s;
  if (!kw__parse_signature(kw__row_signature(row), &s))
    REFUSE("%s: bad signature", kw__row_name(row));
  if (!is_count(n->inputs, s.inputs, &s.argument[s.inputs - 1]) ||
      !is_count(n->outputs, s.outputs, &s.argument[s.inputs + s.outputs - 1]))
    REFUSE("%s: %u inputs and %u outputs, must be %u and %u", kw__row_name(row), n->inputs,
           n->outputs, s.inputs, s.outputs);
  if (!kw__is_range(n->operands, (uint64_t)n->inputs + n->outputs,
                    kw__record_count(model, KW__OPERANDS)) ||
      !kw__is_range(n->slots, (uint64_t)row->attributes + 1, kw__record_count(model, KW__SLOTS)) ||
      !kw__is_text(model, n->file) || n->line > INT32_MAX)
    REFUSE("node %u is out of range", i);
  const uint64_t *slot = &KW__AT(model, SLOTS, slot, n->slots)->bits;
  if (slot[0] >> row->attributes) REFUSE("%s: attributes that it does not have", kw__row_name(row));
  for (int32_t k = 0; k < row->attributes; k++) {
    kw_status status = verify_attribute(model, row, k, slot[k + 1], slot[0] >> k & 1, error);
    if (status) return status;
  }
  return KW_OK;
}

/* ---- graphs: every tensor has one definition, before its uses ---- */

static kw_status define(kw_model *model, const kw__graph_record *g, uint8_t *defined,
                        uint32_t tensor, kw_error *error) {
  if (tensor < g->first_tensor || tensor - g->first_tensor >= g->tensors)
    REFUSE("a graph defines a tensor that it does not own");
  if (defined[tensor] || KW__AT(model, TENSORS, tensor, tensor)->data != KW__NONE)
    REFUSE("tensor %u is defined twice", tensor);
  defined[tensor] = 1;
  return KW_OK;
}

static bool is_usable(const kw_model *model, const kw__graph_record *g, const uint8_t *defined,
                      uint32_t tensor) {
  if (tensor >= kw__record_count(model, KW__TENSORS)) return false;
  if (KW__AT(model, TENSORS, tensor, tensor)->data != KW__NONE) return true;
  return tensor >= g->first_tensor && tensor - g->first_tensor < g->tensors && defined[tensor];
}

/* Graphs only call later ones, so that nothing recurses; depth[g] is the longest chain that ends in
 * g.  The parameters of a loop's body have memory, which is that loop's. */
static kw_status verify_calls(const kw_model *model, uint32_t graph, const kw__row *row,
                              const uint64_t *slot, uint8_t *depth, kw_error *error) {
  for (int32_t k = 0; k < row->attributes; k++) {
    if (kw__row_attribute(row, k)->kind != KW__GRAPH_SLOT || !(slot[0] >> k & 1)) continue;
    uint64_t callee = slot[k + 1];
    if (callee <= graph)
      REFUSE("graph %u calls graph %llu, must call a later one", graph, (unsigned long long)callee);
    if (model->body[callee] && depth[callee])
      REFUSE("graph %llu is the body of a loop and is called twice", (unsigned long long)callee);
    if (depth[graph] + 1 > KW__MAX_DEPTH) REFUSE("graphs are nested deeper than %d", KW__MAX_DEPTH);
    if (depth[callee] < depth[graph] + 1) depth[callee] = (uint8_t)(depth[graph] + 1);
  }
  return KW_OK;
}

static bool is_optional(const kw_model *model, uint32_t tensor) {
  return KW__AT(model, TENSORS, tensor, tensor)->flags & KW__OPTIONAL;
}

/* A tensor as the file declares it; not present: it may be None. */
static void declare_tensor(const kw_model *model, kw__frame *frame, uint32_t tensor) {
  const kw__tensor_record *record = KW__AT(model, TENSORS, tensor, tensor);
  kw__tensor *t = &frame->tensors[tensor];
  *t = (kw__tensor){.type = record->type,
                    .rank = record->rank,
                    .present = !is_optional(model, tensor),
                    .data = (void *)(uintptr_t)model->constant[tensor]};
  memcpy(t->size, kw__ints(model, record->dims), record->rank * sizeof *t->size);
  t->count = kw__count(t->size, t->rank);
}

/* All values that the plan reads are constants: what it said holds for every run. Those of the
 * first input need not be, where the plan knew all sizes without them. */
static bool has_constant_values(const kw__frame *frame, const kw__node *node) {
  for (int32_t k = 1; k < node->inputs; k++)
    if (node->operand[k] != KW__NONE && !kw__in(frame, node, k)->data) return false;
  for (int32_t k = 0; k < node->outputs; k++)
    for (int32_t d = 0; d < kw__out(frame, node, k)->rank; d++)
      if (kw__out(frame, node, k)->size[d] == KW__UNKNOWN) return false;
  return true;
}

static kw_status plan_node(kw_model *model, kw__frame *frame, uint32_t i) {
  kw__node *node = &model->nodes[i];
  bool fixed = true;
  for (int32_t k = 0; k < node->inputs + node->outputs; k++) {
    if (node->operand[k] == KW__NONE) continue;
    const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, node->operand[k]);
    for (uint32_t d = 0; d < t->rank; d++) fixed &= kw__ints(model, t->dims)[d] >= 0;
    if (k < node->inputs && is_optional(model, node->operand[k]) && !(node->flags & NULLABLE))
      return kw__refuse(frame, node, KW_FORMAT, "input %d may be None", k);
  }
  frame->may_raise = false;
  kw_status status = kw__plan_node(frame, node);
  if (has_constant_values(frame, node)) node->flags &= (uint8_t)~VALUES;
  node->fixed = fixed && !(node->flags & VALUES);
  if (frame->may_raise) node->flags |= RAISES;
  for (int32_t k = 0; k < node->outputs && !status; k++) {
    if (!kw__out(frame, node, k)->present && !is_optional(model, node->operand[node->inputs + k]))
      status = kw__refuse(frame, node, KW_FORMAT, "output %d may be None, was not declared so", k);
    declare_tensor(model, frame,
                   node->operand[node->inputs + k]); /* the next nodes plan with symbols */
  }
  return status;
}

/* Of tensors: `first` and `count` of its operands. */
static bool is_tensors(const kw_model *model, uint32_t first, uint32_t count) {
  if (!kw__is_range(first, count, kw__record_count(model, KW__OPERANDS))) return false;
  for (uint32_t k = 0; k < count; k++)
    if (KW__AT(model, OPERANDS, operand, first + k)->tensor >= kw__record_count(model, KW__TENSORS))
      return false;
  return true;
}

/* Ranges of all graphs come before the plan of any: a call looks at its callee. */
static kw_status verify_ranges(const kw_model *model, uint32_t graph, kw_error *error) {
  const kw__graph_record *g = KW__AT(model, GRAPHS, graph, graph);
  if (!kw__is_text(model, g->name) ||
      !kw__is_range(g->first_tensor, g->tensors, kw__record_count(model, KW__TENSORS)) ||
      !kw__is_range(g->first_node, g->nodes, kw__record_count(model, KW__NODES)) ||
      !is_tensors(model, g->inputs, g->input_count) ||
      !is_tensors(model, g->outputs, g->output_count))
    REFUSE("graph %u is out of range", graph);
  const kw__graph_record *before =
      graph ? KW__AT(model, GRAPHS, graph, graph - 1) : &(const kw__graph_record){0};
  if (g->first_tensor < before->first_tensor + before->tensors)
    REFUSE("graph %u overlaps the one before", graph);
  uint32_t end = g->first_node + g->nodes; /* every node is one of a graph, and so verified */
  if (g->first_node != before->first_node + before->nodes ||
      (graph + 1 == kw__record_count(model, KW__GRAPHS) &&
       end != kw__record_count(model, KW__NODES)))
    REFUSE("graph %u leaves out nodes", graph);
  return KW_OK;
}

static kw_status verify_graph(kw_model *model, kw__frame *frame, uint32_t graph, uint8_t *defined,
                              uint8_t *depth) {
  kw_error *error = frame->error;
  const kw__graph_record *g = KW__AT(model, GRAPHS, graph, graph);
  kw_status status = KW_OK;
  for (uint32_t k = 0; k < g->input_count && !status; k++)
    status =
        define(model, g, defined, KW__AT(model, OPERANDS, operand, g->inputs + k)->tensor, error);
  for (uint32_t i = g->first_node; i - g->first_node < g->nodes && !status; i++) {
    kw__node *node = &model->nodes[i];
    const kw__row *row = kw__find_row(node->op);
    for (int32_t k = 0; k < node->inputs; k++)
      if (node->operand[k] != KW__NONE && !is_usable(model, g, defined, node->operand[k]))
        REFUSE("node %u uses tensor %u before it is defined", i, node->operand[k]);
    for (int32_t k = 0; k < node->outputs && !status; k++)
      status = define(model, g, defined, node->operand[node->inputs + k], error);
    if (!status) status = verify_calls(model, graph, row, node->attributes, depth, error);
    if (!status) status = plan_node(model, frame, i);
  }
  for (uint32_t k = 0; k < g->output_count && !status; k++)
    if (!is_usable(model, g, defined, KW__AT(model, OPERANDS, operand, g->outputs + k)->tensor))
      REFUSE("graph %u gives a tensor that it does not define", graph);
  return status;
}

enum { COMPUTED = 2, RESULT = 4 }; /* beside 1 in `defined` */

/* Ports name inputs and results of graph 0: each input of the graph is an input or a state, once.
 * What leaves is what a node of the graph computes: it keeps its memory until the graph ends, lies
 * aligned, and no kw_set changes it. */
static kw_status verify_entry(kw_model *model, uint32_t entry, uint8_t *defined,
                              const uint8_t *depth, kw_error *error) {
  const kw__graph_record *g = KW__AT(model, GRAPHS, graph, entry);
  if (depth[entry]) REFUSE("graph %u is an entry and is called", entry);
  uint32_t fed = 0;
  for (uint32_t i = g->first_node; i < g->first_node + g->nodes; i++)
    for (int32_t k = 0; k < model->nodes[i].outputs; k++)
      defined[model->nodes[i].operand[model->nodes[i].inputs + k]] |= COMPUTED;
  for (uint32_t k = 0; k < g->output_count; k++)
    defined[KW__AT(model, OPERANDS, operand, g->outputs + k)->tensor] |= RESULT;
  for (uint32_t i = 0; i < kw__record_count(model, KW__PORTS); i++) {
    const kw__port_record *p = KW__AT(model, PORTS, port, i);
    if (!kw__is_of_entry(model, p, entry)) continue;
    uint32_t result = p->kind == KW_OUTPUT ? p->tensor : p->source;
    if (p->kind != KW_INPUT && !(defined[result] & RESULT))
      REFUSE("port %u is no result of graph %u", i, entry);
    if (p->kind != KW_INPUT && !(defined[result] & COMPUTED))
      REFUSE("port %u is an input or a constant: it must be copied", i);
    if (p->kind == KW_OUTPUT) continue;
    if (fed == g->input_count ||
        KW__AT(model, OPERANDS, operand, g->inputs + fed)->tensor != p->tensor)
      REFUSE("port %u is not input %u of graph %u", i, fed, entry);
    fed++;
  }
  if (fed != g->input_count)
    REFUSE("graph %u has %u inputs, %u of them have a name", entry, g->input_count, fed);
  return KW_OK;
}

/* Each port is one of an entry. */
static kw_status verify_entries(kw_model *model, uint8_t *defined, const uint8_t *depth,
                                kw_error *error) {
  for (uint32_t i = 0; i < kw__record_count(model, KW__PORTS); i++) {
    bool found = false;
    for (uint32_t g = 0; g < kw__record_count(model, KW__GRAPHS) && !found; g++)
      found = (g == 0 || KW__AT(model, GRAPHS, graph, g)->entry) &&
              kw__is_of_entry(model, KW__AT(model, PORTS, port, i), g);
    if (!found) REFUSE("port %u belongs to no entry", i);
  }
  kw_status status = KW_OK;
  for (uint32_t g = 0; g < kw__record_count(model, KW__GRAPHS) && !status; g++)
    if (g == 0 || KW__AT(model, GRAPHS, graph, g)->entry)
      status = verify_entry(model, g, defined, depth, error);
  return status;
}

kw_status kw__verify_nodes(kw_model *model, kw_error *error) {
  if (!kw__record_count(model, KW__GRAPHS)) REFUSE("the file has no graph");
  for (uint32_t i = 0; i < kw__record_count(model, KW__NODES); i++) {
    kw_status status = verify_node(model, i, error);
    if (status) return status;
  }
  return KW_OK;
}

/* Plans every node once with symbols for the named sizes; `frame` has a tensor and a byte of
 * `defined` for each tensor. */
kw_status kw__verify_graphs(kw_model *model, kw__frame *frame, uint8_t *defined, uint8_t *depth) {
  kw_status status = KW_OK;
  for (uint32_t i = 0; i < kw__record_count(model, KW__TENSORS); i++)
    declare_tensor(model, frame, i);
  for (uint32_t i = 0; i < kw__record_count(model, KW__GRAPHS) && !status; i++)
    status = verify_ranges(model, i, frame->error);
  for (uint32_t i = 0; i < kw__record_count(model, KW__GRAPHS) && !status; i++)
    status = verify_graph(model, frame, i, defined, depth);
  return status ? status : verify_entries(model, defined, depth, frame->error);
}
