/* A subgraph of the file becomes a graph of the model, with its parameters and results.  One that
 * is called from two places becomes two graphs, since sizes differ. */
#include <inttypes.h>
#include <stdio.h>

#include "translation.h"

kw_status kw__damaged(kw__translation *t, const char *what) {
  return kw__fail(t->error, KW_FORMAT, "the .tflite file is damaged: %s", what);
}

/* ---- scopes ---- */
static uint32_t most_operands(const kw__subgraph *from) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < from->operators.count; i++) {
    kw__fb_table op = kw__fb_table_of(&from->operators, i);
    uint32_t n = kw__fb_vector_of(&op, OPERATOR_INPUTS, 4).count +
                 kw__fb_vector_of(&op, OPERATOR_OUTPUTS, 4).count;
    if (n > most) most = n;
  }
  return most;
}

kw_status kw__open_scope(kw__translation *t, kw__scope *s, uint32_t subgraph, const char *name) {
  const kw__subgraph *from = &t->subgraphs[subgraph];
  uint32_t variables = kw__pool_count(t, KW__POOL_VARIABLES),
           room = most_operands(from) + KW__TFLITE_INPUTS;
  *s = (kw__scope){.caller = t->scope, .from = from, .subgraph = subgraph};
  s->tensors = from->tensors.count;
  s->depth = s->caller ? s->caller->depth + 1 : 0;
  if (s->depth >= KW__MAX_DEPTH)
    return kw__fail(t->error, KW_UNSUPPORTED, "subgraphs call each other deeper than %d",
                    KW__MAX_DEPTH);
  s->bytes = ((size_t)2 * s->tensors + variables + room + 1) * sizeof(uint32_t);
  s->value = kw__resize(&t->model->memory, NULL, 0, s->bytes);
  if (!s->value) return kw__fail(t->error, KW_NO_MEMORY, "out of memory for a subgraph");
  memset(s->value, 0xFF, s->bytes); /* KW__NONE */
  s->handle = s->value + s->tensors;
  s->current = s->handle + s->tensors;
  s->operand = s->current + variables;
  t->scope = s;
  s->graph = kw__begin_graph(t, name);
  char place[32];
  snprintf(place, sizeof place, "subgraph %" PRIu32, subgraph);
  s->place = kw__append_text(t, place);
  s->first = kw__pool_count(t, KW__TENSORS);
  kw_status status = t->status;
  for (uint32_t i = 0; i < s->tensors && !status; i++) status = kw__read_tensor(t, s, i);
  return status;
}

void kw__close_scope(kw__translation *t, kw__scope *s) {
  t->scope = (kw__scope *)(uintptr_t)s->caller;
  kw__resize(&t->model->memory, s->value, s->value ? s->bytes : 0, 0);
}

uint32_t kw__begin_graph(kw__translation *t, const char *name) {
  uint32_t graph = kw__pool_count(t, KW__GRAPHS);
  kw__graph_record record = {.name = kw__append_text(t, name)};
  kw__append(t, KW__GRAPHS, sizeof record, &record);
  return graph;
}

void kw__end_graph(kw__translation *t, uint32_t graph, const uint32_t *in, uint32_t inputs,
                   const uint32_t *out, uint32_t outputs) {
  uint32_t first = kw__append_operands(t, in, inputs);
  kw__append_operands(t, out, outputs);
  if (t->status) return;
  kw__graph_record *record = (kw__graph_record *)(void *)t->pool[KW__GRAPHS].at + graph;
  record->inputs = first;
  record->input_count = inputs;
  record->outputs = first + inputs;
  record->output_count = outputs;
}

kw_status kw__copy_value(kw__translation *t, uint32_t from, uint32_t *to) {
  *to = kw__new_value(t);
  return kw__emit(t, KW__OP_copy, NULL, 1, &from, 1, to);
}

uint32_t kw__handle_of(const kw__translation *t, uint32_t id) {
  return t->scope->handle[id - t->scope->first];
}

/* ---- results ---- */
/* The values of the subgraph's outputs that are no resources, behind each other; then variables. */
kw_status kw__list_outputs(kw__translation *t, kw__scope *s, uint32_t *out, uint32_t *count) {
  *count = 0;
  for (uint32_t i = 0; i < s->from->outputs.count; i++) {
    uint32_t index = (uint32_t)kw__fb_int_of(&s->from->outputs, i);
    if (index >= s->tensors) return kw__damaged(t, "an output is not there");
    if (kw__is_resource(t, s->first + index)) continue;
    if (s->value[index] == KW__NONE)
      return kw__fail(t->error, KW_FORMAT,
                      "output %" PRIu32 " of subgraph %" PRIu32 " is not computed", i, s->subgraph);
    out[(*count)++] = s->value[index];
  }
  return KW_OK;
}

uint32_t kw__variables_of(const kw__translation *t, const kw__scope *s) {
  return s->from->has_variables ? kw__pool_count(t, KW__POOL_VARIABLES) : 0;
}

/* Room for the results of a subgraph, and for its parameters. */
uint32_t *kw__take_ids(kw__translation *t, const kw__scope *s, size_t *bytes) {
  uint32_t most = s->from->inputs.count > s->from->outputs.count ? s->from->inputs.count
                                                                 : s->from->outputs.count;
  *bytes = 2 * ((size_t)most + kw__pool_count(t, KW__POOL_VARIABLES) + 1) * sizeof(uint32_t);
  uint32_t *ids = kw__resize(&t->model->memory, NULL, 0, *bytes);
  if (!ids) t->status = kw__fail(t->error, KW_NO_MEMORY, "out of memory for a subgraph");
  return ids;
}

/* ---- callees ---- */
static kw_status take_parameters(kw__translation *t, kw__scope *s, const kw__given *given,
                                 uint32_t count, uint32_t *in, uint32_t *inputs) {
  if (s->from->inputs.count != count)
    return kw__fail(t->error, KW_FORMAT,
                    "subgraph %" PRIu32 " has %" PRIu32 " inputs, is called with %" PRIu32,
                    s->subgraph, s->from->inputs.count, count);
  *inputs = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t index = (uint32_t)kw__fb_int_of(&s->from->inputs, i), id = s->first + index;
    if (index >= s->tensors) return kw__damaged(t, "an input is not there");
    if (kw__is_resource(t, id) != (given[i].handle != KW__NONE) || s->value[index] != KW__NONE)
      return kw__damaged(t, "an input of a subgraph does not take what it is given");
    if (given[i].handle != KW__NONE) {
      s->handle[index] = given[i].handle;
      continue;
    }
    kw__tensor *x = &t->frame.tensors[id];
    if (x->type != given[i].shape.type && kw__type_code_of(t, id) != KW__TFLITE_VARIANT)
      return kw__fail(t->error, KW_FORMAT,
                      "input %" PRIu32 " of subgraph %" PRIu32 " is %s, is given %s", i,
                      s->subgraph, kw__type_name(x->type), kw__type_name(given[i].shape.type));
    x->type = given[i].shape.type;
    x->rank = given[i].shape.rank;
    memcpy(x->size, given[i].shape.size, sizeof x->size);
    x->count = kw__count(x->size, x->rank);
    x->stamp |= KW__TAKEN;
    kw__declare_value(t, id);
    s->value[index] = in[(*inputs)++] = id;
  }
  return KW_OK;
}

/* The turns of a loop move results to parameters one after the other. */
static kw_status part_results(kw__translation *t, const uint32_t *in, uint32_t inputs,
                              uint32_t *out) {
  kw_status status = KW_OK;
  for (uint32_t k = 0; k < inputs && !status; k++)
    for (uint32_t i = 0; i < inputs && !status; i++)
      if (i != k && out[k] == in[i]) {
        status = kw__copy_value(t, out[k], &out[k]);
        break;
      }
  return status;
}

static kw_status translate_callee(kw__translation *t, kw__scope *s, const kw__given *given,
                                  uint32_t count, bool is_body) {
  size_t bytes;
  uint32_t inputs = 0, outputs = 0, *ids = kw__take_ids(t, s, &bytes);
  if (!ids) return t->status;
  uint32_t *out = ids + bytes / sizeof *ids / 2;
  kw_status status = take_parameters(t, s, given, count, ids, &inputs);
  if (s->from->has_variables) kw__enter_variables(t);
  memcpy(ids + inputs, s->current, kw__variables_of(t, s) * sizeof *ids);
  inputs += kw__variables_of(t, s);
  if (!status) status = kw__translate_operators(t, s);
  if (!status) status = kw__list_outputs(t, s, out, &outputs);
  memcpy(out + outputs, s->current, kw__variables_of(t, s) * sizeof *ids);
  outputs += kw__variables_of(t, s);
  if (!status && is_body && inputs == outputs) status = part_results(t, ids, inputs, out);
  if (!status) kw__end_graph(t, s->graph, ids, inputs, out, outputs);
  kw__resize(&t->model->memory, ids, bytes, 0);
  return status ? status : t->status;
}

kw_status kw__translate_callee(kw__translation *t, uint32_t subgraph, const kw__given *given,
                               uint32_t count, bool is_body, uint32_t *graph) {
  if (subgraph >= t->subgraph_count) return kw__damaged(t, "a called subgraph is not there");
  kw__scope scope;
  kw_status status = kw__open_scope(t, &scope, subgraph,
                                    kw__fb_string(&t->subgraphs[subgraph].table, SUBGRAPH_NAME));
  *graph = scope.graph;
  if (!status) status = translate_callee(t, &scope, given, count, is_body);
  kw__close_scope(t, &scope);
  return status;
}
