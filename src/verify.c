/* Trusts nothing: first every record's numbers are in range, then every graph defines before it uses and plans. */
#include <math.h>

#include "ops/ops.h"

#define REFUSE(...) return kw__fail(error, KW_FORMAT, __VA_ARGS__)

/* ---- records ---- */
static const uint32_t record_bytes[] = {
#define RECORD(name, fields) sizeof(kw__##name##_record),
  KW__RECORDS(RECORD)
#undef RECORD
};
enum {
#define RECORD(name, fields) record_##name,
  KW__RECORDS(RECORD)
#undef RECORD
  record_none
};

static const struct { uint8_t record, in_index; char name[15]; } section_rules[KW__SECTION_KINDS] = {
#define SECTION(kind, name, record, in_index) [kind] = {record_##record, in_index, #name},
  KW__SECTIONS(SECTION)
#undef SECTION
};

const void *kw__records(const kw_model *model, int32_t kind) {
  return model->section[kind] ? model->index + model->section[kind]->offset : NULL;
}

uint32_t kw__record_count(const kw_model *model, int32_t kind) {
  const kw__section_record *s = model->section[kind];
  return s && s->record_bytes ? (uint32_t)(s->bytes / s->record_bytes) : 0;
}

static uint64_t section_bytes(const kw_model *model, int32_t kind) {
  return model->section[kind] ? model->section[kind]->bytes : 0;
}

const char *kw__string(const kw_model *model, uint32_t offset) {
  return (const char *)kw__records(model, KW__TEXT) + offset;
}

const int64_t *kw__ints(const kw_model *model, uint32_t offset) {
  static const int64_t nothing[1] = {0}; /* dims of a scalar in a file without INTS */
  const int64_t *ints = kw__records(model, KW__INTS);
  return ints ? ints + offset : nothing;
}

static bool is_range(uint64_t first, uint64_t count, uint64_t limit) { return first <= limit && count <= limit - first; }

bool kw__is_utf8(const uint8_t *text, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes;) {
    uint8_t c = text[i];
    uint32_t more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 9;
    if (more == 9 || more >= bytes - i) return false;
    uint32_t code = more ? c & (0x3Fu >> more) : c;
    for (uint32_t k = 1; k <= more; k++) {
      if ((text[i + k] & 0xC0) != 0x80) return false;
      code = code << 6 | (text[i + k] & 0x3F);
    }
    if ((more == 2 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) || (more == 3 && (code < 0x10000 || code > 0x10FFFF)))
      return false;
    i += more + 1;
  }
  return true;
}

static kw_status verify_header(kw_model *model, kw_error *error) {
  const kw__header_record *h = (const void *)model->index;
  if (h->format != KW__FORMAT) REFUSE("format %u, this library reads %d", h->format, KW__FORMAT);
  if (h->header_bytes != sizeof *h || h->section_bytes != sizeof(kw__section_record))
    REFUSE("header of %u bytes and sections of %u, must be %zu and %zu", h->header_bytes, h->section_bytes, sizeof *h,
           sizeof(kw__section_record));
  if (h->file_bytes != model->file_bytes)
    REFUSE("the file has %zu bytes, its header says %llu", model->file_bytes, (unsigned long long)h->file_bytes);
  if (h->sections > 64 || !is_range(sizeof *h, (uint64_t)h->sections * h->section_bytes, model->index_bytes))
    REFUSE("%u sections do not fit", h->sections);
  kw__header_record copy = *h;
  copy.digest = 0;
  uint64_t digest = kw__digest(&copy, sizeof copy) ^ kw__digest(h + 1, (size_t)h->sections * h->section_bytes);
  if (digest != h->digest) REFUSE("the header's digest is wrong: the file is damaged");
  model->digest = digest;
  return KW_OK;
}

static kw_status verify_section(kw_model *model, const kw__section_record *s, kw_error *error) {
  if (s->kind == 0 || s->kind >= KW__SECTION_KINDS) REFUSE("section kind %u is not known", s->kind);
  const char *name = section_rules[s->kind].name;
  if (model->section[s->kind]) REFUSE("section %s stands twice", name);
  bool in_index = section_rules[s->kind].in_index;
  if (s->offset % 8 || !is_range(s->offset, s->bytes, in_index ? model->index_bytes : model->file_bytes) ||
      (!in_index && s->offset < model->index_bytes))
    REFUSE("section %s is out of place", name);
  uint32_t least = section_rules[s->kind].record == record_none ? 0 : record_bytes[section_rules[s->kind].record];
  if (least ? s->record_bytes < least || s->record_bytes > 4096 || s->bytes % s->record_bytes ||
                  s->record_bytes % (least % 8 ? 4 : 8) || s->bytes / s->record_bytes > INT32_MAX
            : s->record_bytes != 0)
    REFUSE("section %s has records of %u bytes, must be %u", name, s->record_bytes, least);
  if (s->kind == KW__INTS || s->kind == KW__SLOTS || s->kind == KW__OPERANDS) {
    if (s->record_bytes != least) REFUSE("section %s has records of %u bytes, must be %u", name, s->record_bytes, least);
  }
  if (in_index && kw__digest(model->index + s->offset, (size_t)s->bytes) != s->digest)
    REFUSE("the digest of section %s is wrong: the file is damaged", name);
  model->section[s->kind] = s;
  return KW_OK;
}

static bool is_text(const kw_model *model, uint32_t offset) { return offset < section_bytes(model, KW__TEXT); }
static bool is_data(const kw_model *model, uint32_t data) { return data < kw__record_count(model, KW__DATA); }
static bool is_dims(const kw_model *model, uint32_t dims, uint32_t rank) {
  return rank <= KW_MAX_RANK && is_range(dims, rank, kw__record_count(model, KW__INTS));
}

static kw_status verify_pools(kw_model *model, kw_error *error) {
  const char *text = kw__records(model, KW__TEXT);
  uint64_t bytes = section_bytes(model, KW__TEXT);
  if (!text || bytes == 0 || bytes >= KW__TEXT_POOL || text[0] || text[bytes - 1] || !kw__is_utf8((const uint8_t *)text, bytes))
    REFUSE("section TEXT is not UTF-8 ended by NUL");
  for (uint32_t i = 0; i < kw__record_count(model, KW__META); i++) {
    const kw__meta_record *meta = KW__AT(model, META, meta, i);
    if (!is_text(model, meta->key) || !is_text(model, meta->value)) REFUSE("meta %u is out of range", i);
  }
  for (uint32_t i = 0; i < kw__record_count(model, KW__SIZES); i++) {
    const kw__size_record *size = KW__AT(model, SIZES, size, i);
    if (!is_text(model, size->name) || !is_text(model, size->file) || size->line > INT32_MAX || size->fallback < 0 ||
        (size->maximum >= 0 && size->fallback > size->maximum) || size->maximum < -1 ||
        (size->source != KW__NONE && size->source >= i))
      REFUSE("size %u is out of range", i);
  }
  for (uint32_t i = 0; i < kw__record_count(model, KW__DATA); i++) {
    const kw__data_record *data = KW__AT(model, DATA, data, i);
    if (data->section != KW__INDICES && data->section != KW__VALUES && data->section != KW__EXAMPLE_VALUES)
      REFUSE("data %u is in no section of data", i);
    if (data->offset % 8 || !is_range(data->offset, data->bytes, section_bytes(model, (int32_t)data->section)))
      REFUSE("data %u is out of range", i);
  }
  return KW_OK;
}

/* Bytes that a constant of a type with these fixed sizes has in the file, where a text is the offset of a string. */
static bool data_bytes(int32_t type, const int64_t *dims, uint32_t rank, uint64_t *out) {
  uint64_t bytes = type == KW_TEXT ? 4 : kw__type_bytes(type);
  for (uint32_t d = 0; d < rank; d++) {
    if (dims[d] < 0 || dims[d] > INT32_MAX || (dims[d] && bytes > (uint64_t)INT64_MAX / (uint64_t)dims[d])) return false;
    bytes *= (uint64_t)dims[d];
  }
  *out = bytes;
  return true;
}

static kw_status verify_tensor(kw_model *model, uint32_t i, kw_error *error) {
  const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, i);
  if (!is_text(model, t->name) || kw__type_bytes(t->type) == 0 || (t->flags & ~KW__OPTIONAL) ||
      !is_dims(model, t->dims, t->rank))
    REFUSE("tensor %u is out of range", i);
  const int64_t *dims = kw__ints(model, t->dims);
  for (uint32_t d = 0; d < t->rank; d++)
    if (dims[d] < 0 && (uint64_t)~dims[d] >= kw__record_count(model, KW__SIZES)) REFUSE("tensor %u has no such size", i);
  if (t->data == KW__NONE) return KW_OK;
  uint64_t bytes;
  if (!is_data(model, t->data) || !data_bytes(t->type, dims, t->rank, &bytes) || t->flags) REFUSE("constant %u is out of range", i);
  const kw__data_record *data = KW__AT(model, DATA, data, t->data);
  if (data->bytes != bytes || data->section == KW__EXAMPLE_VALUES || (t->type == KW_TEXT && data->section != KW__INDICES))
    REFUSE("constant %u has %llu bytes, must have %llu", i, (unsigned long long)data->bytes, (unsigned long long)bytes);
  if (t->type != KW_TEXT || bytes == 0) return KW_OK;
  const uint32_t *text = (const void *)((const char *)kw__records(model, KW__INDICES) + data->offset);
  for (uint64_t k = 0; k < bytes / 4; k++)
    if (text[k] != KW__NONE && !is_text(model, text[k])) REFUSE("constant %u has a text out of range", i);
  return KW_OK;
}

static kw_status verify_port(kw_model *model, uint32_t i, kw_error *error) {
  const kw__port_record *p = KW__AT(model, PORTS, port, i);
  uint32_t tensors = kw__record_count(model, KW__TENSORS);
  if (!is_text(model, p->name) || !is_text(model, p->unit) || !is_text(model, p->doc) || p->tensor >= tensors ||
      (p->data != KW__NONE && !is_data(model, p->data)) || p->tier > KW__CONDITIONED)
    REFUSE("port %u is out of range", i);
  if (p->kind != KW_INPUT && p->kind != KW_OUTPUT && p->kind != KW_STATE) REFUSE("port %u has no such kind", i);
  if (i && KW__AT(model, PORTS, port, i - 1)->kind > p->kind) REFUSE("port %u is out of order", i);
  const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, p->tensor);
  uint64_t bytes = p->data == KW__NONE ? 0 : KW__AT(model, DATA, data, p->data)->bytes, must;
  if (p->kind == KW_OUTPUT && p->data != KW__NONE) {
    const int64_t *dims = kw__ints(model, t->dims);
    uint64_t columns = bytes / 16;
    if (bytes == 0 || bytes % 16 || (columns > 1 && (t->rank == 0 || dims[t->rank - 1] != (int64_t)columns)))
      REFUSE("the bounds of output %u do not fit its columns", i);
  }
  if (p->kind == KW_INPUT && p->data != KW__NONE) REFUSE("input %u has data", i);
  if (p->kind != KW_STATE) return KW_OK;
  if (p->source >= tensors || t->type == KW_TEXT || t->flags) REFUSE("state %u is out of range", i);
  const kw__tensor_record *source = KW__AT(model, TENSORS, tensor, p->source);
  if (source->type != t->type || source->rank != t->rank || source->flags) REFUSE("state %u has a source of another type", i);
  if (p->data != KW__NONE && (!data_bytes(t->type, kw__ints(model, t->dims), t->rank, &must) || must != bytes))
    REFUSE("the first value of state %u has the wrong size", i);
  return KW_OK;
}

static kw_status verify_example(kw_model *model, uint32_t i, kw_error *error) {
  const kw__example_record *e = KW__AT(model, EXAMPLES, example, i);
  if (!is_text(model, e->raises)) REFUSE("example %u is out of range", i);
  if (e->port == KW__NONE) return KW_OK; /* the row raises */
  if (e->port >= kw__record_count(model, KW__PORTS) || e->present > 1) REFUSE("example %u is out of range", i);
  const kw__port_record *port = KW__AT(model, PORTS, port, e->port);
  const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, port->tensor);
  if (port->kind == KW_STATE) REFUSE("example %u is of a state", i);
  if (!e->present) return KW_OK;
  uint64_t bytes;
  if (e->rank != t->rank || !is_dims(model, e->dims, e->rank) || !is_data(model, e->data) ||
      !data_bytes(t->type, kw__ints(model, e->dims), e->rank, &bytes))
    REFUSE("example %u is out of range", i);
  if (KW__AT(model, DATA, data, e->data)->bytes != bytes) REFUSE("example %u has the wrong size", i);
  return KW_OK;
}

kw_status kw__verify_records(kw_model *model, kw_error *error) {
  kw_status status = verify_header(model, error);
  const kw__header_record *h = (const void *)model->index;
  const kw__section_record *table = (const void *)(h + 1);
  for (uint32_t i = 0; i < (status ? 0 : h->sections) && !status; i++) status = verify_section(model, &table[i], error);
  if (!status) status = verify_pools(model, error);
  for (uint32_t i = 0; !status && i < kw__record_count(model, KW__TENSORS); i++) status = verify_tensor(model, i, error);
  for (uint32_t i = 0; !status && i < kw__record_count(model, KW__PORTS); i++) status = verify_port(model, i, error);
  for (uint32_t i = 0; !status && i < kw__record_count(model, KW__EXAMPLES); i++) status = verify_example(model, i, error);
  return status;
}

/* ---- nodes ---- */
static kw_status verify_attribute(kw_model *model, const kw__row *row, int32_t index, uint64_t bits, bool present,
                                  kw_error *error) {
  const kw__attribute *rule = kw__row_attribute(row, index);
  const char *name = kw__attribute_name(row, index);
  if (!present) {
    if (!isnan(rule->fallback)) REFUSE("%s: attribute %s is missing", kw__row_name(row), name);
    return KW_OK;
  }
  int64_t integer = (int64_t)bits;
  uint32_t offset = (uint32_t)bits, length = (uint32_t)(bits >> 32);
  double real;
  memcpy(&real, &bits, sizeof real);
  bool good = true;
  switch (rule->kind) {
    case KW__INT_SLOT: case KW__FLAG_SLOT: case KW__TYPE_SLOT: good = (double)integer >= rule->low && (double)integer <= rule->high; break;
    case KW__REAL_SLOT: good = isnan(real) || (real >= rule->low && real <= rule->high); break;
    case KW__TEXT_SLOT: good = is_range(offset, length, section_bytes(model, KW__TEXT) - 1); break;
    case KW__GRAPH_SLOT: good = integer >= 0 && integer < (int64_t)kw__record_count(model, KW__GRAPHS); break;
    case KW__INTS_SLOT:
      good = is_range(offset, length, kw__record_count(model, KW__INTS));
      for (uint32_t i = 0; good && i < length; i++) {
        double value = (double)kw__ints(model, offset)[i];
        good = value >= rule->low && value <= rule->high;
      }
      break;
    default: good = false;
  }
  if (!good) REFUSE("%s: attribute %s is out of range", kw__row_name(row), name);
  return KW_OK;
}

static kw_status verify_node(kw_model *model, uint32_t i, kw_error *error) {
  const kw__node_record *n = KW__AT(model, NODES, node, i);
  const kw__row *row = kw__find_row(n->op);
  if (!row) return kw__fail(error, KW_UNSUPPORTED, "operator %u is not in this build", n->op);
  if (row->version != n->version)
    return kw__fail(error, KW_UNSUPPORTED, "operator %s has version %u, this library runs %u", kw__row_name(row), n->version,
                    row->version);
  kw__signature s;
  if (!kw__parse_signature(kw__row_signature(row), &s)) REFUSE("%s: bad signature", kw__row_name(row));
  bool many_in = s.inputs && s.argument[s.inputs - 1].variadic;
  bool many_out = s.outputs && s.argument[s.inputs + s.outputs - 1].variadic;
  if ((many_in ? n->inputs < s.inputs : n->inputs != s.inputs) || (many_out ? n->outputs < s.outputs : n->outputs != s.outputs))
    REFUSE("%s: %u inputs and %u outputs, must be %u and %u", kw__row_name(row), n->inputs, n->outputs, s.inputs, s.outputs);
  if (!is_range(n->operands, (uint64_t)n->inputs + n->outputs, kw__record_count(model, KW__OPERANDS)) ||
      !is_range(n->slots, (uint64_t)row->attributes + 1, kw__record_count(model, KW__SLOTS)) || !is_text(model, n->file) ||
      n->line > INT32_MAX)
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

static kw_status define(kw_model *model, const kw__graph_record *g, uint8_t *defined, uint32_t tensor, kw_error *error) {
  if (tensor < g->first_tensor || tensor - g->first_tensor >= g->tensors) REFUSE("a graph defines a tensor that it does not own");
  if (defined[tensor] || KW__AT(model, TENSORS, tensor, tensor)->data != KW__NONE) REFUSE("tensor %u is defined twice", tensor);
  defined[tensor] = 1;
  return KW_OK;
}

static bool is_usable(const kw_model *model, const kw__graph_record *g, const uint8_t *defined, uint32_t tensor) {
  if (tensor >= kw__record_count(model, KW__TENSORS)) return false;
  if (KW__AT(model, TENSORS, tensor, tensor)->data != KW__NONE) return true;
  return tensor >= g->first_tensor && tensor - g->first_tensor < g->tensors && defined[tensor];
}

/* Graphs only call later ones, so that nothing recurses; depth[g] is the longest chain that ends in g. */
static kw_status verify_calls(uint32_t graph, const kw__row *row, const uint64_t *slot, uint8_t *depth,
                              kw_error *error) {
  for (int32_t k = 0; k < row->attributes; k++) {
    if (kw__row_attribute(row, k)->kind != KW__GRAPH_SLOT || !(slot[0] >> k & 1)) continue;
    uint64_t callee = slot[k + 1];
    if (callee <= graph) REFUSE("graph %u calls graph %llu, must call a later one", graph, (unsigned long long)callee);
    if (depth[graph] + 1 > KW__MAX_DEPTH) REFUSE("graphs are nested deeper than %d", KW__MAX_DEPTH);
    if (depth[callee] < depth[graph] + 1) depth[callee] = (uint8_t)(depth[graph] + 1);
  }
  return KW_OK;
}

static kw_status plan_node(kw_model *model, kw__frame *frame, uint32_t i) {
  kw__node *node = &model->nodes[i];
  bool fixed = !(node->flags & VALUES);
  for (int32_t k = 0; k < node->inputs + node->outputs; k++) {
    if (node->operand[k] == KW__NONE) continue;
    const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, node->operand[k]);
    for (uint32_t d = 0; d < t->rank; d++) fixed &= kw__ints(model, t->dims)[d] >= 0;
    if (k < node->inputs && (t->flags & KW__OPTIONAL) && !(node->flags & NULLABLE))
      return kw__refuse(frame, node, KW_FORMAT, "input %d may be None", k);
  }
  frame->may_raise = false;
  kw_status status = kw__plan_node(frame, node);
  node->fixed = fixed;
  if (frame->may_raise) node->flags |= RAISES;
  for (int32_t k = 0; k < node->outputs; k++) { /* back to what was declared: the next nodes plan with symbols */
    kw__tensor *y = kw__out(frame, node, k);
    const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, node->operand[node->inputs + k]);
    memcpy(y->size, kw__ints(model, t->dims), t->rank * sizeof *y->size);
  }
  return status;
}

static kw_status verify_graph(kw_model *model, kw__frame *frame, uint32_t graph, uint8_t *defined, uint8_t *depth) {
  kw_error *error = frame->error;
  const kw__graph_record *g = KW__AT(model, GRAPHS, graph, graph);
  const uint32_t operands = kw__record_count(model, KW__OPERANDS);
  if (!is_text(model, g->name) || !is_range(g->first_tensor, g->tensors, kw__record_count(model, KW__TENSORS)) ||
      !is_range(g->first_node, g->nodes, kw__record_count(model, KW__NODES)) ||
      !is_range(g->inputs, g->input_count, operands) || !is_range(g->outputs, g->output_count, operands))
    REFUSE("graph %u is out of range", graph);
  if (graph) {
    const kw__graph_record *before = KW__AT(model, GRAPHS, graph, graph - 1);
    if (g->first_tensor < before->first_tensor + before->tensors || g->first_node < before->first_node + before->nodes)
      REFUSE("graph %u overlaps the one before", graph);
  }
  kw_status status = KW_OK;
  for (uint32_t k = 0; k < g->input_count && !status; k++)
    status = define(model, g, defined, KW__AT(model, OPERANDS, operand, g->inputs + k)->tensor, error);
  for (uint32_t i = g->first_node; i - g->first_node < g->nodes && !status; i++) {
    kw__node *node = &model->nodes[i];
    const kw__row *row = kw__find_row(node->op);
    for (int32_t k = 0; k < node->inputs; k++)
      if (node->operand[k] != KW__NONE && !is_usable(model, g, defined, node->operand[k]))
        REFUSE("node %u uses tensor %u before it is defined", i, node->operand[k]);
    for (int32_t k = 0; k < node->outputs && !status; k++)
      status = define(model, g, defined, node->operand[node->inputs + k], error);
    if (!status) status = verify_calls(graph, row, node->attributes, depth, error);
    if (!status) status = plan_node(model, frame, i);
  }
  for (uint32_t k = 0; k < g->output_count && !status; k++)
    if (!is_usable(model, g, defined, KW__AT(model, OPERANDS, operand, g->outputs + k)->tensor))
      REFUSE("graph %u gives a tensor that it does not define", graph);
  return status;
}

static bool is_state(const kw_model *model, uint32_t tensor) {
  for (uint32_t i = 0; i < kw__record_count(model, KW__PORTS); i++) {
    const kw__port_record *p = KW__AT(model, PORTS, port, i);
    if (p->kind == KW_STATE && p->tensor == tensor) return true;
  }
  return false;
}

/* Ports name inputs and outputs of graph 0: each input of the graph is an input or a state, once. */
static kw_status verify_entry(kw_model *model, uint8_t *defined, kw_error *error) {
  const kw__graph_record *g = KW__AT(model, GRAPHS, graph, 0);
  uint32_t fed = 0;
  for (uint32_t i = 0; i < kw__record_count(model, KW__PORTS); i++) {
    const kw__port_record *p = KW__AT(model, PORTS, port, i);
    uint32_t result = p->kind == KW_OUTPUT ? p->tensor : p->source;
    if (p->kind != KW_INPUT && !is_usable(model, g, defined, result)) REFUSE("port %u is no result of graph 0", i);
    if (p->kind != KW_INPUT && is_state(model, result)) REFUSE("port %u is a state's old value: it must be copied", i);
    if (p->kind == KW_OUTPUT) continue;
    if (fed == g->input_count || KW__AT(model, OPERANDS, operand, g->inputs + fed)->tensor != p->tensor)
      REFUSE("port %u is not input %u of graph 0", i, fed);
    fed++;
  }
  if (fed != g->input_count) REFUSE("graph 0 has %u inputs, %u of them have a name", g->input_count, fed);
  return KW_OK;
}

kw_status kw__verify_nodes(kw_model *model, kw_error *error) {
  if (!kw__record_count(model, KW__GRAPHS)) REFUSE("the file has no graph");
  for (uint32_t i = 0; i < kw__record_count(model, KW__NODES); i++) {
    kw_status status = verify_node(model, i, error);
    if (status) return status;
  }
  return KW_OK;
}

/* Plans every node once with symbols for the named sizes; `frame` has a tensor and a byte of `defined` for each tensor. */
kw_status kw__verify_graphs(kw_model *model, kw__frame *frame, uint8_t *defined, uint8_t *depth) {
  kw_status status = KW_OK;
  for (uint32_t i = 0; i < kw__record_count(model, KW__TENSORS); i++) {
    const kw__tensor_record *record = KW__AT(model, TENSORS, tensor, i);
    kw__tensor *t = &frame->tensors[i];
    *t = (kw__tensor){.type = record->type, .rank = record->rank, .present = 1, .data = (void *)(uintptr_t)model->constant[i]};
    memcpy(t->size, kw__ints(model, record->dims), record->rank * sizeof *t->size);
    t->count = kw__count(t->size, t->rank);
  }
  for (uint32_t i = 0; i < kw__record_count(model, KW__GRAPHS) && !status; i++)
    status = verify_graph(model, frame, i, defined, depth);
  return status ? status : verify_entry(model, defined, frame->error);
}
