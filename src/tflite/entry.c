/* Entries: the graphs at which sessions begin.  The file's signatures name them, their inputs and
 * outputs; a file without signatures has its first subgraph.  Sizes of inputs that may change
 * become named sizes: the leading one, and those that the file leaves open. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "translation.h"

typedef struct entry {
  kw__fb_table signature; /* absent: names of tensors serve */
  uint32_t subgraph;
  bool is_first;
} entry;

/* ---- ports ---- */
static const char *signature_name(const entry *e, int32_t field, uint32_t tensor) {
  kw__fb_vector maps = kw__fb_vector_of(&e->signature, field, 4);
  for (uint32_t i = 0; i < maps.count; i++) {
    kw__fb_table map = kw__fb_table_of(&maps, i);
    if ((uint32_t)kw__fb_int(&map, TENSOR_MAP_INDEX, 0) == tensor)
      return kw__fb_string(&map, TENSOR_MAP_NAME);
  }
  return "";
}

/* The signature's name for it, or the tensor's, or its place; that of a later entry before it. */
static uint32_t port_name(kw__translation *t, const entry *e, kw_kind kind, uint32_t place,
                          uint32_t tensor) {
  char text[300], numbered[24];
  const char *name =
      kind == KW_STATE
          ? ""
          : signature_name(e, kind == KW_INPUT ? SIGNATURE_INPUTS : SIGNATURE_OUTPUTS, tensor);
  if (!*name && tensor < t->scope->tensors) {
    kw__fb_table record = kw__fb_table_of(&t->scope->from->tensors, tensor);
    name = kw__fb_string(&record, TENSOR_NAME);
  }
  static const char *const kinds[] = {"input", "output", "size", "state"};
  snprintf(numbered, sizeof numbered, "%s%" PRIu32, kinds[kind], place);
  if (!*name) name = numbered;
  if (e->is_first) return kw__append_text(t, name);
  snprintf(text, sizeof text, "%.100s/%.180s", kw__fb_string(&e->signature, SIGNATURE_KEY), name);
  return kw__append_text(t, text);
}

/* What `from` says of itself is said of `id`. */
static void append_quantization(kw__translation *t, uint32_t from, uint32_t id) {
  const kw__quantization *q = kw__value_quantization(t, from);
  if (!q->count) return;
  kw__data_record data = {.section = KW__VALUES,
                          .offset = (uint64_t)((const uint8_t *)q->scale - t->model->file),
                          .bytes = (uint64_t)q->count * sizeof(float)};
  kw__quantization_record record = {.tensor = id,
                                    .axis = (uint32_t)q->axis,
                                    .count = (uint32_t)q->count,
                                    .zero_points = q->first,
                                    .scales = kw__pool_count(t, KW__DATA)};
  kw__append(t, KW__DATA, sizeof data, &data);
  kw__append(t, KW__QUANTIZATIONS, sizeof record, &record);
}

static void append_port(kw__translation *t, kw_kind kind, uint32_t name, uint32_t id,
                        uint32_t source) {
  kw__port_record port = {.kind = (uint32_t)kind,
                          .name = name,
                          .tensor = id,
                          .source = source,
                          .data = KW__NONE,
                          .tier = KW__CLOSE,
                          .low = (double)NAN,
                          .high = (double)NAN};
  kw__append(t, KW__PORTS, sizeof port, &port);
}

/* ---- inputs: the leading size may change, and what the file leaves open ---- */
static kw_status take_input(kw__translation *t, const entry *e, uint32_t place, uint32_t *id) {
  kw__scope *s = t->scope;
  uint32_t index = (uint32_t)kw__fb_int_of(&s->from->inputs, place);
  *id = s->first + index;
  if (index >= s->tensors) return kw__damaged(t, "an input is not there");
  if (s->value[index] != KW__NONE) return kw__damaged(t, "an input is a constant, or named twice");
  kw__fb_table tensor = kw__fb_table_of(&s->from->tensors, index);
  kw__fb_vector open = kw__fb_vector_of(&tensor, TENSOR_SHAPE_SIGNATURE, 4);
  uint32_t name = port_name(t, e, KW_INPUT, place, index);
  if (!kw__is_plain_value(t, *id))
    return kw__fail(t->error, KW_UNSUPPORTED,
                    "input %" PRIu32 " of subgraph %" PRIu32
                    " has a type that the library has no values of",
                    place, s->subgraph);
  kw__tensor shape = *kw__value(t, *id);
  for (int32_t d = 0; d < shape.rank; d++) {
    bool is_open = open.count == shape.rank && kw__fb_int_of(&open, (uint32_t)d) < 0;
    if (d > 0 && !is_open) continue;
    char text[256];
    const char *input = t->status ? "" : kw__string(t->model, name);
    snprintf(text, sizeof text, "%.200s[%d]", input, d);
    shape.size[d] = ~(int64_t)kw__append_size(t, text, shape.size[d], KW__NONE);
  }
  if (t->status) return t->status;
  kw__tensor *value = &t->frame.tensors[*id];
  memcpy(value->size, shape.size, sizeof shape.size);
  value->count = kw__count(value->size, value->rank);
  value->stamp |= KW__TAKEN;
  kw__declare_value(t, *id);
  s->value[index] = *id;
  append_quantization(t, *id, *id);
  append_port(t, KW_INPUT, name, *id, KW__NONE);
  return t->status;
}

/* ---- outputs and states: what a node gives ---- */
static kw_status computed(kw__translation *t, uint32_t *id) {
  return kw__value(t, *id)->stamp & KW__COMPUTED ? KW_OK : kw__copy_value(t, *id, id);
}

static kw_status give_outputs(kw__translation *t, const entry *e, uint32_t *out, uint32_t *count) {
  kw__scope *s = t->scope;
  kw_status status = kw__list_outputs(t, s, out, count);
  for (uint32_t i = 0; i < *count && !status; i++) {
    uint32_t index = (uint32_t)kw__fb_int_of(&s->from->outputs, i);
    status = kw__is_plain_value(t, s->first + index) ? computed(t, &out[i])
                                                     : kw__damaged(t, "an output is a resource");
    if (status) break;
    append_quantization(t, s->first + index, out[i]);
    append_port(t, KW_OUTPUT, port_name(t, e, KW_OUTPUT, i, index), out[i], KW__NONE);
  }
  return status;
}

static kw_status give_states(kw__translation *t, const entry *e, const uint32_t *before,
                             uint32_t *out) {
  kw_status status = KW_OK;
  for (uint32_t i = 0; i < kw__variables_of(t, t->scope) && !status; i++) {
    const kw__variable *v = kw__variable_at(t, i);
    out[i] = t->scope->current[i];
    status = computed(t, &out[i]);
    uint32_t name = v->name ? kw__append_text(t, v->name) : port_name(t, e, KW_STATE, i, v->tensor);
    append_port(t, KW_STATE, name, before[i], out[i]);
  }
  return status ? status : t->status;
}

static kw_status fill_entry(kw__translation *t, const entry *e) {
  kw__scope *s = t->scope;
  size_t bytes;
  uint32_t outputs = 0, inputs = s->from->inputs.count, *ids = kw__take_ids(t, s, &bytes);
  if (!ids) return t->status;
  uint32_t *out = ids + bytes / sizeof *ids / 2, states = kw__variables_of(t, s);
  kw_status status = KW_OK;
  for (uint32_t i = 0; i < inputs && !status; i++) status = take_input(t, e, i, &ids[i]);
  if (states) kw__enter_variables(t);
  memcpy(ids + inputs, s->current, states * sizeof *ids);
  if (!status) status = kw__translate_operators(t, s);
  if (!status) status = give_outputs(t, e, out, &outputs);
  if (!status) status = give_states(t, e, ids + inputs, out + outputs);
  if (!status) kw__end_graph(t, s->graph, ids, inputs + states, out, outputs + states);
  if (!status && !t->status)
    ((kw__graph_record *)(void *)t->pool[KW__GRAPHS].at)[s->graph].entry = 1;
  kw__resize(&t->model->memory, ids, bytes, 0);
  return status ? status : t->status;
}

static kw_status translate_entry(kw__translation *t, const entry *e) {
  if (e->subgraph >= t->subgraph_count)
    return kw__damaged(t, "a signature's subgraph is not there");
  const char *name = kw__fb_string(&e->signature, SIGNATURE_KEY);
  if (!*name) name = kw__fb_string(&t->subgraphs[e->subgraph].table, SUBGRAPH_NAME);
  kw__scope scope;
  kw_status status = kw__open_scope(t, &scope, e->subgraph, *name ? name : "main");
  if (!status) status = fill_entry(t, e);
  kw__close_scope(t, &scope);
  return status;
}

kw_status kw__translate_entries(kw__translation *t, const kw__fb_table *model) {
  kw__fb_vector signatures = kw__fb_vector_of(model, MODEL_SIGNATURES, 4);
  entry first = {.signature = {.file = &t->file}, .is_first = true};
  uint32_t taken = KW__NONE;
  for (uint32_t i = 0; i < signatures.count && taken == KW__NONE; i++) {
    kw__fb_table signature = kw__fb_table_of(&signatures, i);
    if (kw__fb_int(&signature, SIGNATURE_SUBGRAPH, 0) != 0) continue;
    first.signature = signature;
    taken = i;
  }
  kw_status status = translate_entry(t, &first);
  for (uint32_t i = 0; i < signatures.count && !status; i++) {
    entry next = {.signature = kw__fb_table_of(&signatures, i)};
    if (i == taken || !next.signature.at) continue;
    next.subgraph = (uint32_t)kw__fb_int(&next.signature, SIGNATURE_SUBGRAPH, 0);
    status = translate_entry(t, &next);
  }
  return status;
}
