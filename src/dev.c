/* kowari_dev.h: the table with its documentation, planning for the exporter, the layout of the
 * file, sealing and stripping. Compiled with KOWARI_DEV only. */
#ifdef KOWARI_DEV
#include "../include/kowari_dev.h"
#include "session.h"
#include "tflite/translation.h"

/* ---- the operator table ---- */
/* text_of_NAME: plan, doc and reference of a row, each ended by NUL. */
#define OP(id, version, name, signature, plan, attributes, flags, doc, reference) \
  static const char text_of_##name[] = #plan "\0" doc "\0" reference;
#include "ops/all.def"
#undef OP
static const char *const row_texts[] = {
#define OP(id, version, name, ...) text_of_##name,
#include "ops/all.def"
#undef OP
};

int32_t kw_dev_operator_count(void) { return kw__row_count(); }

kw_status kw_dev_operator_at(int32_t index, kw_dev_operator *out) {
  if (index < 0 || index >= kw__row_count() || !out) return KW_ARGUMENT;
  const kw__row *row = kw__row_at(index);
  const char *plan = row_texts[index], *doc = plan + strlen(plan) + 1;
  *out = (kw_dev_operator){.name = kw__row_name(row),
                           .signature = kw__row_signature(row),
                           .plan = plan,
                           .doc = doc,
                           .reference = doc + strlen(doc) + 1,
                           .id = row->id,
                           .version = row->version,
                           .flags = row->flags,
                           .attributes = row->attributes};
  return KW_OK;
}

kw_status kw_dev_attribute_at(int32_t operator_index, int32_t index, kw_dev_attribute *out) {
  if (operator_index < 0 || operator_index >= kw__row_count() || !out) return KW_ARGUMENT;
  const kw__row *row = kw__row_at(operator_index);
  if (index < 0 || index >= row->attributes) return KW_ARGUMENT;
  const kw__attribute *a = kw__row_attribute(row, index);
  *out = (kw_dev_attribute){kw__attribute_name(row, index), a->fallback, a->low, a->high, a->kind};
  return KW_OK;
}

/* ---- planning ---- */
enum { MAX_ARGUMENTS = 4096 };

static void set_tensor(kw__tensor *t, const kw_dev_shape *shape) {
  *t = (kw__tensor){.type = (uint8_t)shape->type,
                    .rank = (uint8_t)shape->rank,
                    .present = !shape->optional,
                    .data = (void *)(uintptr_t)shape->value};
  memcpy(t->size, shape->size, sizeof t->size);
  t->count = kw__count(t->size, t->rank);
}

static kw_status plan_with(kw__frame *frame, kw__node *node, uint32_t *operand,
                           const kw_dev_shape *inputs, kw_dev_shape *outputs) {
  for (int32_t i = 0; i < node->inputs + node->outputs; i++) operand[i] = (uint32_t)i;
  for (int32_t i = 0; i < node->inputs; i++) {
    if (inputs[i].rank < 0 || inputs[i].rank > KW_MAX_RANK)
      return kw__fail(frame->error, KW_ARGUMENT, "bad rank");
    if (inputs[i].optional && !(node->flags & NULLABLE))
      return kw__refuse(frame, node, KW_SHAPE, "input %d may be None", i);
    if (inputs[i].type == 0)
      operand[i] = KW__NONE;
    else
      set_tensor(&frame->tensors[i], &inputs[i]);
  }
  kw_status status = kw__infer_node(frame, node);
  for (int32_t i = 0; i < node->outputs && !status; i++) {
    const kw__tensor *y = kw__out(frame, node, i);
    outputs[i] = (kw_dev_shape){.type = y->type, .rank = y->rank, .optional = !y->present};
    memcpy(outputs[i].size, y->size, sizeof y->size);
  }
  return status;
}

/* A model of two sections, as much of one as plans look at. */
static kw_status with_model(kw__frame *frame, kw__node *node, uint32_t *operand,
                            const int64_t *ints, const kw_dev_shape *inputs,
                            kw_dev_shape *outputs) {
  static const uint8_t no_text[8] = "";
  kw__section_record section = {.kind = KW__INTS, .record_bytes = 8, .bytes = 0},
                     text = {.kind = KW__TEXT, .bytes = 1};
  kw_model model = {0};
  model.section[KW__INTS] = &section;
  model.section[KW__TEXT] = &text;
  model.records[KW__INTS] = ints ? (const void *)ints : no_text;
  model.records[KW__TEXT] = (const void *)no_text;
  frame->model = &model;
  return plan_with(frame, node, operand, inputs, outputs);
}

/* Their plans look at the graphs of a file. */
static bool calls_graphs(const kw__row *row) {
  for (int32_t k = 0; k < row->attributes; k++)
    if (kw__row_attribute(row, k)->kind == KW__GRAPH_SLOT) return true;
  return false;
}

kw_status kw_dev_plan(int32_t id, const void *slots, const int64_t *ints,
                      const kw_dev_shape *inputs, int32_t input_count, kw_dev_shape *outputs,
                      int32_t output_count, int32_t *may_raise, kw_error *error) {
  kw__clear_error(error);
  const kw__row *row = kw__find_row((uint32_t)id);
  if (!row) return kw__fail(error, KW_UNSUPPORTED, "operator %d is not in this build", id);
  kw__signature signature;
  if (!kw__parse_signature(kw__row_signature(row), &signature))
    return kw__fail(error, KW_FORMAT, "bad signature of %s", kw__row_name(row));
  int32_t total = input_count + output_count;
  if (input_count < 0 || output_count < 0 || total > MAX_ARGUMENTS || calls_graphs(row))
    return kw__fail(error, KW_ARGUMENT, "%s cannot be planned with %d arguments", kw__row_name(row),
                    total);
  kw__memory memory;
  kw__init_memory(&memory, NULL);
  size_t bytes = (size_t)total * (sizeof(kw__tensor) + sizeof(uint32_t)) + 8;
  kw__tensor *tensors = kw__resize(&memory, NULL, 0, bytes);
  if (!tensors) return kw__fail(error, KW_NO_MEMORY, "out of memory");
  memset(tensors, 0, bytes);
  uint32_t *operand = (uint32_t *)(void *)(tensors + total);
  kw_error ignored;
  kw__frame frame = {
      .tensors = tensors, .error = error ? error : &ignored, .stage = KW__STAGE_OPEN};
  kw__node node = {.plan = kw__row_plan(row),
                   .attributes = slots,
                   .operand = operand,
                   .signature = &signature,
                   .inputs = (uint16_t)input_count,
                   .outputs = (uint16_t)output_count,
                   .op = row->id,
                   .flags = row->flags,
                   .index = KW__NONE};
  kw_status status = with_model(&frame, &node, operand, ints, inputs, outputs);
  if (may_raise) *may_raise = frame.may_raise || (row->flags & RAISES);
  kw__resize(&memory, tensors, bytes, 0);
  return status;
}

/* ---- the file ---- */
/* Fields are packed in order, each aligned to itself, as in the C structs; a record's field carries
 * no record name in its macro, so that names and widths are strings that kw_dev_field_at walks. */
#define U8(f) "u1" #f "\0"
#define U16(f) "u2" #f "\0"
#define U32(f) "u4" #f "\0"
#define U64(f) "u8" #f "\0"
#define I64(f) "i8" #f "\0"
#define F64(f) "f8" #f "\0"
#define RECORD(name, fields) static const char name##_fields[] = fields;
KW__RECORDS(RECORD)
#undef RECORD
#undef U8
#undef U16
#undef U32
#undef U64
#undef I64
#undef F64

static const struct {
  const char *record, *fields;
  int32_t bytes;
} layouts[] = {
#define RECORD(name, fields) {#name, name##_fields, sizeof(kw__##name##_record)},
    KW__RECORDS(RECORD)
#undef RECORD
};
#define COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

static int32_t walk_fields(const char *record, const char *at, int32_t skip, kw_dev_field *out) {
  int32_t offset = 0;
  for (; *at; at += strlen(at) + 1) {
    int32_t bytes = at[1] - '0';
    offset = (offset + bytes - 1) / bytes * bytes;
    if (skip-- == 0) {
      *out = (kw_dev_field){
          .record = record, .field = at + 2, .kind = at[0], .offset = offset, .bytes = bytes};
      return -1;
    }
    offset += bytes;
  }
  return skip;
}

kw_status kw_dev_field_at(int32_t index, kw_dev_field *out) {
  if (index < 0 || !out) return KW_ARGUMENT;
  for (int32_t i = 0; i < COUNT(layouts); i++) {
    index = walk_fields(layouts[i].record, layouts[i].fields, index, out);
    if (index < 0) return KW_OK;
  }
  return KW_ARGUMENT;
}

static const kw_dev_section sections[] = {
#define SECTION(kind, name, record, in_index) {#name, #record, kind, in_index},
    KW__SECTIONS(SECTION)
#undef SECTION
};

kw_status kw_dev_section_at(int32_t index, kw_dev_section *out) {
  if (index < 0 || index >= COUNT(sections) || !out) return KW_ARGUMENT;
  *out = sections[index];
  return KW_OK;
}

uint64_t kw_dev_digest(const void *data, size_t bytes) { return kw__digest(data, bytes); }

static kw__section_record *section_table(void *file, size_t bytes, kw__header_record *header) {
  if (bytes < sizeof *header) return NULL;
  memcpy(header, file, sizeof *header);
  if (header->section_bytes != sizeof(kw__section_record) ||
      header->sections > (bytes - sizeof *header) / sizeof(kw__section_record))
    return NULL;
  return (void *)((char *)file + sizeof *header);
}

kw_status kw_dev_seal(void *file, size_t bytes) {
  kw__header_record header;
  kw__section_record *table = section_table(file, bytes, &header);
  if (!table || (uintptr_t)file % 8) return KW_FORMAT;
  kw_status status = KW_OK;
  for (uint32_t i = 0; i < header.sections; i++) {
    if (table[i].offset > bytes || table[i].bytes > bytes - table[i].offset)
      status = KW_FORMAT;
    else
      table[i].digest = kw__digest((char *)file + table[i].offset, (size_t)table[i].bytes);
  }
  header.digest = 0;
  header.digest =
      kw__digest(&header, sizeof header) ^ kw__digest(table, header.sections * sizeof *table);
  memcpy(file, &header, sizeof header);
  return status;
}

/* ---- stripping: the same file without examples; lines and paths become 0 and "" ---- */
static void blank_text(char *text, uint32_t offset) {
  size_t length = strlen(text + offset);
  memset(text + offset, 0, length);
}

static void *section_at(const kw_model *model, char *file, int32_t kind, uint32_t record) {
  const kw__section_record *s = model->section[kind];
  return file + s->offset + (size_t)record * s->record_bytes;
}

static void strip_sources(const kw_model *model, char *file) {
  char *text = file + model->section[KW__TEXT]->offset;
  for (uint32_t i = 0; i < kw__record_count(model, KW__NODES); i++) {
    kw__node_record *node = section_at(model, file, KW__NODES, i);
    blank_text(text, node->file);
    node->line = node->file = 0;
  }
  for (uint32_t i = 0; i < kw__record_count(model, KW__SIZES); i++) {
    kw__size_record *size = section_at(model, file, KW__SIZES, i);
    blank_text(text, size->file);
    size->line = size->file = 0;
  }
}

/* Empties the examples, which the writer puts last: nothing else moves. */
static size_t strip_examples(char *file, size_t bytes) {
  kw__header_record *header = (void *)file;
  kw__section_record *table = (void *)(header + 1);
  size_t end = bytes;
  for (uint32_t i = 0; i < header->sections; i++) {
    if (table[i].kind != KW__EXAMPLES && table[i].kind != KW__EXAMPLE_VALUES) continue;
    if (table[i].kind == KW__EXAMPLE_VALUES && table[i].offset + table[i].bytes == bytes)
      end = (size_t)table[i].offset;
    memset(file + table[i].offset, 0, (size_t)table[i].bytes);
    table[i].bytes = 0;
  }
  for (uint32_t i = 0; i < header->sections;
       i++) { /* data records of examples point into nothing now */
    if (table[i].kind != KW__DATA) continue;
    for (size_t at = 0; at < table[i].bytes; at += table[i].record_bytes) {
      kw__data_record *data = (void *)(file + table[i].offset + at);
      if (data->section == KW__EXAMPLE_VALUES) data->offset = data->bytes = 0;
    }
  }
  header->file_bytes = end;
  return end;
}

kw_status kw_dev_strip(const void *file, size_t bytes, void *out, size_t *out_bytes,
                       kw_error *error) {
  kw__clear_error(error);
  if (!file || !out_bytes)
    return kw__fail(error, KW_ARGUMENT, "%s is NULL", file ? "out_bytes" : "file");
  if (kw__is_tflite(file, bytes))
    return kw__fail(error, KW_UNSUPPORTED, "a .tflite file has neither examples nor source lines");
  size_t room = *out_bytes;
  *out_bytes = bytes;
  if (!out) return KW_OK;
  if (room < bytes)
    return kw__fail(error, KW_ARGUMENT, "stripping needs room for %zu bytes", bytes);
  kw_model *model;
  kw_status status = kw_load(&model, file, bytes, NULL,
                             &(kw_options){.bytes = sizeof(kw_options), .flags = KW_DIGEST}, error);
  if (status) return status;
  memcpy(out, file, bytes);
  strip_sources(model, out);
  kw_model_free(model);
  *out_bytes = strip_examples(out, bytes);
  return kw_dev_seal(out, *out_bytes);
}

/* ---- a look inside ---- */
int32_t kw_dev_node_count(const kw_model *model) {
  return model ? (int32_t)kw__record_count(model, KW__NODES) : 0;
}

kw_status kw_dev_node_at(const kw_model *model, int32_t index, kw_dev_node *out) {
  if (!out || index < 0 || index >= kw_dev_node_count(model)) return KW_ARGUMENT;
  const kw__node_record *node = KW__AT(model, NODES, node, index);
  *out = (kw_dev_node){kw__row_name(kw__find_row(node->op)), kw__string(model, node->file),
                       (int32_t)node->line, 0};
  for (uint32_t g = 0; g < kw__record_count(model, KW__GRAPHS); g++) {
    const kw__graph_record *graph = KW__AT(model, GRAPHS, graph, g);
    if ((uint32_t)index >= graph->first_node && (uint32_t)index - graph->first_node < graph->nodes)
      out->graph = (int32_t)g;
  }
  return KW_OK;
}

/* The subgraph of a .tflite file that an entry is made of: that of the signature of its name, and
 * the first one where sessions begin.  at 0: there is none. */
static kw__fb_table find_subgraph(kw__fb *file, kw_dev_port *port) {
  kw__fb_table root = kw__fb_root(file);
  kw__fb_vector signatures = kw__fb_vector_of(&root, MODEL_SIGNATURES, 4),
                subgraphs = kw__fb_vector_of(&root, MODEL_SUBGRAPHS, 4);
  for (uint32_t i = 0; i < signatures.count; i++) {
    kw__fb_table signature = kw__fb_table_of(&signatures, i);
    uint32_t subgraph = (uint32_t)kw__fb_int(&signature, SIGNATURE_SUBGRAPH, 0);
    if ((port->first && subgraph) || strcmp(kw__fb_string(&signature, SIGNATURE_KEY), port->entry))
      continue;
    port->is_signed = 1;
    if (subgraph < subgraphs.count) return kw__fb_table_of(&subgraphs, subgraph);
  }
  return port->first ? kw__fb_table_of(&subgraphs, 0) : (kw__fb_table){.file = file};
}

static void describe_tensor(const kw__fb_table *subgraph, kw_kind kind, uint32_t place,
                            kw_dev_port *out) {
  kw__fb_vector tensors = kw__fb_vector_of(subgraph, SUBGRAPH_TENSORS, 4),
                ports = kw__fb_vector_of(subgraph,
                                         kind == KW_INPUT ? SUBGRAPH_INPUTS : SUBGRAPH_OUTPUTS, 4);
  uint32_t index = place < ports.count ? (uint32_t)kw__fb_int_of(&ports, place) : KW__NONE;
  if (index >= tensors.count) return;
  kw__fb_table tensor = kw__fb_table_of(&tensors, index);
  kw__fb_vector open = kw__fb_vector_of(&tensor, TENSOR_SHAPE_SIGNATURE, 4);
  out->index = (int32_t)index;
  out->tensor = kw__fb_string(&tensor, TENSOR_NAME);
  for (uint32_t d = 0; d < open.count && d < KW_MAX_RANK; d++)
    if (kw__fb_int_of(&open, d) < 0) out->open |= 1u << d;
}

kw_status kw_dev_port_at(const kw_model *model, kw_kind kind, int32_t index, kw_dev_port *out) {
  const kw__port_record *port = model ? kw__port(model, kind, index) : NULL;
  if (!port || !out) return KW_ARGUMENT;
  uint32_t graph = 0, place = 0;
  while (!kw__is_of_entry(model, port, graph)) graph++;
  for (int32_t i = 0; i < index; i++)
    place += kw__is_of_entry(model, kw__port(model, kind, i), graph);
  *out = (kw_dev_port){.entry = kw__string(model, KW__AT(model, GRAPHS, graph, graph)->name),
                       .tensor = kw__string(model, port->name),
                       .first = graph == 0,
                       .index = index};
  if (kind == KW_STATE || !kw__is_tflite(model->file, model->file_bytes)) return KW_OK;
  kw__fb file = kw__tflite_buffer(model);
  kw__fb_table subgraph = find_subgraph(&file, out);
  describe_tensor(&subgraph, kind, place, out);
  return KW_OK;
}

kw_status kw_dev_section_bytes(const kw_model *model, int32_t kind, int64_t *out) {
  if (!model || !out || kind <= 0 || kind >= KW__SECTION_KINDS) return KW_ARGUMENT;
  *out = model->section[kind] ? (int64_t)model->section[kind]->bytes : 0;
  return KW_OK;
}

size_t kw_dev_session_bytes(const kw_session *session) {
  return session ? session->table_bytes + session->data_bytes : 0;
}

kw_status kw_dev_run(kw_session *session, kw_view *outputs) {
  kw_status status = outputs ? kw_run(session) : KW_ARGUMENT, answer = KW_OK;
  for (int32_t i = 0; !status && i < kw_count(session->model, KW_OUTPUT); i++) {
    kw_view view;
    if (!session->output_wanted[i]) continue;
    status = kw_output(session, i, &view);
    if (memcmp(&view, &outputs[i], sizeof view) != 0) answer = KW_AGAIN;
    outputs[i] = view;
  }
  return status ? status : answer;
}

kw_status kw_dev_clear_inputs(kw_session *session) {
  if (!session) return KW_ARGUMENT;
  for (int32_t i = 0; i < kw_count(session->model, KW_INPUT); i++) {
    kw_info info;
    void *data;
    if (!kw__is_active(session, KW_INPUT, i)) continue;
    (void)kw_describe(session->model, KW_INPUT, i, &info);
    if (info.type == KW_TEXT) continue;
    kw_status status = kw_input(session, i, info.size, info.rank, &data);
    if (status) return status;
    memset(data, 0, (size_t)kw__count(info.size, info.rank) * kw__type_bytes(info.type));
  }
  return KW_OK;
}

kw_status kw_dev_bounds(const kw_model *model, int32_t output, int32_t *tier, const double **bounds,
                        int32_t *pairs) {
  const kw__port_record *port = model ? kw__port(model, KW_OUTPUT, output) : NULL;
  if (!port || !tier || !bounds || !pairs) return KW_ARGUMENT;
  *tier = (int32_t)port->tier;
  *bounds = port->data == KW__NONE ? NULL : kw__data_bytes(model, port->data);
  *pairs =
      port->data == KW__NONE ? 0 : (int32_t)(KW__AT(model, DATA, data, port->data)->bytes / 16);
  return KW_OK;
}
#endif
