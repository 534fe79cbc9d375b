/* Models: opening a file, resolving its records to nodes and constants, and describing what it
 * takes and gives. */
#include <math.h>

#include "ops/ops.h"
#include "ops/selected.h"

/* ---- life ---- */
kw_model *kw_model_retain(kw_model *model) {
  if (model) atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
  return model;
}

void kw_model_free(kw_model *model) {
  if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1) return;
  kw__memory memory = model->memory;
  kw__resize(&memory, model->derived, model->derived_bytes, 0);
  kw__resize(&memory, model->index, model->index_bytes, 0);
  kw__resize(&memory, model->owned, model->owned ? model->file_bytes : 0, 0);
  kw__unmap(&model->map);
  if (model->release) model->release(model->user);
  kw__resize(&memory, model, sizeof *model, 0);
}

static kw_status create_model(kw_model **out, const kw_options *options, kw_error *error) {
  kw__clear_error(error);
  if (!out) return kw__fail(error, KW_ARGUMENT, "out is NULL");
  *out = NULL;
  kw_status status = kw__check_options(options, error);
  if (status) return status;
  kw__memory memory;
  kw__init_memory(&memory, options ? options->allocator : NULL);
  kw_model *model = kw__resize(&memory, NULL, 0, sizeof *model);
  if (!model)
    return kw__fail(error, KW_NO_MEMORY, "out of memory for a model of %zu bytes", sizeof *model);
  memset(model, 0, sizeof *model);
  model->memory = memory;
  model->map.memory = &model->memory;
  atomic_init(&model->references, 1);
  *out = model;
  return KW_OK;
}

static void *take(const kw__memory *memory, size_t bytes, kw_error *error) {
  void *block = kw__resize(memory, NULL, 0, bytes);
  if (!block) {
    kw__fail(error, KW_NO_MEMORY, "out of memory for %zu bytes", bytes);
    if (error) error->needed = (int64_t)bytes;
  }
  return block;
}

/* ---- resolving ---- */
static size_t round_up(size_t bytes) { return (bytes + 15) & ~(size_t)15; }

static uint64_t text_elements(const kw_model *model, const kw__tensor_record *t) {
  return t->type == KW_TEXT && t->data != KW__NONE ? KW__AT(model, DATA, data, t->data)->bytes / 4
                                                   : 0;
}

/* Carves `bytes` off the derived block, or only counts them while it is NULL. */
static void *carve(kw_model *model, size_t *used, size_t bytes) {
  void *at = model->derived ? model->derived + *used : NULL;
  *used = bytes > SIZE_MAX / 4 || *used > SIZE_MAX / 4
              ? SIZE_MAX
              : *used + round_up(bytes); /* SIZE_MAX: nobody has it */
  return at;
}

const void *kw__data_bytes(const kw_model *model, uint32_t index) {
  const kw__data_record *data = KW__AT(model, DATA, data, index);
  const kw__section_record *section =
      model->section[data->section]; /* absent: there are only empty constants */
  if (!section) return model->file;
  const uint8_t *base =
      data->section == KW__INDICES ? model->records[KW__INDICES] : model->file + section->offset;
  return base + data->offset;
}

static void resolve_text(const kw_model *model, kw__text *out, const uint32_t *offset,
                         uint64_t count) {
  for (uint64_t k = 0; k < count; k++) {
    bool none = offset[k] == KW__NONE;
    out[k] = (kw__text){none ? 0 : offset[k],
                        none ? KW__TEXT_NONE : (uint32_t)strlen(kw__string(model, offset[k]))};
  }
}

static void resolve_constants(kw_model *model, size_t *used) {
  for (uint32_t i = 0; i < kw__record_count(model, KW__TENSORS); i++) {
    const kw__tensor_record *t = KW__AT(model, TENSORS, tensor, i);
    uint64_t texts = text_elements(model, t);
    kw__text *text = texts ? carve(model, used, (size_t)texts * sizeof *text) : NULL;
    if (!model->derived) continue;
    if (t->data == KW__NONE) {
      model->constant[i] = NULL;
      continue;
    }
    const void *bytes = kw__data_bytes(model, t->data);
    if (text) resolve_text(model, text, bytes, texts);
    model->constant[i] = text ? text : bytes;
  }
}

static void count_calls(kw_model *model, const kw__row *row, const uint64_t *slot) {
  for (int32_t k = 0; k < row->attributes; k++)
    if (kw__row_attribute(row, k)->kind == KW__GRAPH_SLOT && (slot[0] >> k & 1))
      if (model->calls[slot[k + 1]] < 2) model->calls[slot[k + 1]]++;
}

static void resolve_nodes(kw_model *model, size_t *used) {
  uint16_t seen[KW__OP_LIMIT] = {
      0}; /* 1 + index among the signatures: one for each operator that the file uses */
  uint16_t signatures = 0;
  kw__signature *first = NULL;
  for (uint32_t i = 0; i < kw__record_count(model, KW__NODES); i++) {
    const kw__node_record *n = KW__AT(model, NODES, node, i);
    const kw__row *row = kw__find_row(n->op);
    if (!seen[n->op]) {
      kw__signature *signature = carve(model, used, sizeof *signature);
      if (signature) kw__parse_signature(kw__row_signature(row), signature);
      if (!signatures) first = signature;
      seen[n->op] = ++signatures;
    }
    if (!model->derived) continue;
    model->nodes[i] = (kw__node){.run = kw__row_kernel(row),
                                 .plan = kw__row_plan(row),
                                 .signature = first + seen[n->op] - 1,
                                 .attributes = KW__AT(model, SLOTS, slot, n->slots),
                                 .operand = kw__operands(model, n->operands),
                                 .inputs = n->inputs,
                                 .outputs = n->outputs,
                                 .op = n->op,
                                 .flags = row->flags,
                                 .index = i};
    count_calls(model, row, model->nodes[i].attributes);
    int64_t body = kw__loop_body(&model->nodes[i]);
    if (body >= 0) model->body[body] = n->op == KW__OP_repeat ? KW__BODY + 1 : KW__BODY;
  }
}

static void resolve_meta(kw_model *model, size_t *used) {
  size_t bytes = 1;
  for (uint32_t i = 0; i < kw__record_count(model, KW__META); i++)
    bytes += strlen(kw__string(model, KW__AT(model, META, meta, i)->key)) + 1;
  char *at = model->meta_keys = carve(model, used, bytes);
  if (!at) return;
  for (uint32_t i = 0; i < kw__record_count(model, KW__META); i++) {
    const char *key = kw__string(model, KW__AT(model, META, meta, i)->key);
    size_t length = strlen(key);
    memcpy(at, key, length);
    at[length] = '\n';
    at += length + 1;
  }
  *at = 0;
}

static void resolve_ports(kw_model *model) {
  for (uint32_t i = kw__record_count(model, KW__PORTS); i-- > 0;) {
    uint32_t kind = KW__AT(model, PORTS, port, i)->kind;
    model->port_first[kind] = (int32_t)i;
    model->port_count[kind]++;
  }
}

/* Twice: first counting, then filling. */
static size_t resolve(kw_model *model) {
  size_t used = 0;
  model->nodes = carve(model, &used, kw__record_count(model, KW__NODES) * sizeof *model->nodes);
  model->constant =
      carve(model, &used, kw__record_count(model, KW__TENSORS) * sizeof *model->constant);
  model->body = carve(model, &used, kw__record_count(model, KW__GRAPHS));
  model->calls = carve(model, &used, kw__record_count(model, KW__GRAPHS));
  resolve_constants(model, &used);
  resolve_nodes(model, &used);
  resolve_meta(model, &used);
  return used;
}

/* ---- opening ---- */
static kw_status verify_graphs(kw_model *model, kw_error *error) {
  size_t tensors = kw__record_count(model, KW__TENSORS), nodes = kw__record_count(model, KW__NODES);
  size_t graphs = kw__record_count(model, KW__GRAPHS);
  size_t bytes = tensors * sizeof(kw__tensor) + nodes * sizeof(uint64_t) + tensors + graphs;
  uint8_t *block = take(&model->memory, bytes, error);
  if (!block) return KW_NO_MEMORY;
  memset(block, 0, bytes);
  kw_error ignored;
  kw__frame frame = {.tensors = (void *)block,
                     .model = model,
                     .error = error ? error : &ignored,
                     .stage = KW__STAGE_OPEN};
  frame.planned = (void *)(block + tensors * sizeof(kw__tensor));
  uint8_t *defined = (uint8_t *)(frame.planned + nodes);
  kw_status status = kw__verify_graphs(model, &frame, defined, defined + tensors);
  kw__resize(&model->memory, block, bytes, 0);
  return status;
}

static kw_status read_index(kw_model *model, kw_error *error) {
  kw__header_record header;
  if (model->file_bytes < sizeof header || memcmp(model->file, KW__MAGIC, 8) != 0)
    return kw__fail(error, KW_FORMAT, "neither a .kow nor a .tflite file: %zu bytes",
                    model->file_bytes);
  memcpy(&header, model->file, sizeof header);
  if (header.index_bytes < sizeof header || header.index_bytes > model->file_bytes)
    return kw__fail(error, KW_FORMAT, "the file ends before its index does");
  if (header.index_bytes >
      SIZE_MAX / 64) /* what is derived from a record is less than 64 times its size */
    return kw__fail(error, KW_NO_MEMORY, "an index of %llu bytes is larger than memory",
                    (unsigned long long)header.index_bytes);
  model->index_bytes = (size_t)header.index_bytes;
  model->index = take(&model->memory, model->index_bytes, error);
  if (!model->index) return KW_NO_MEMORY;
  memcpy(model->index, model->file, model->index_bytes);
  return kw__verify_sections(model, error);
}

static kw_status read_tflite(kw_model *model, kw_error *error) {
  (void)model;
  return KW__CHOOSE(TFLITE, kw__read_tflite(model, error),
                    kw__fail(error, KW_UNSUPPORTED, "this build opens no .tflite files"));
}

/* Reads the bytes that model->file points to; on failure the caller frees the model. */
static kw_status read_file(kw_model *model, uint32_t flags, kw_error *error) {
  bool is_tflite = kw__is_tflite(model->file, model->file_bytes);
  kw_status status = is_tflite ? read_tflite(model, error) : read_index(model, error);
  if (!status) status = kw__verify_records(model, error);
  if (!status) status = kw__verify_nodes(model, error);
  if (status) return status;
  model->derived_bytes = resolve(model);
  model->derived = take(&model->memory, model->derived_bytes, error);
  if (!model->derived) return KW_NO_MEMORY;
  memset(model->derived, 0, model->derived_bytes);
  resolve(model);
  resolve_ports(model);
  status = verify_graphs(model, error);
  return !status && !is_tflite && (flags & KW_DIGEST) ? kw__verify_values(model, error) : status;
}

static kw_status copy_file(kw_model *model, const void *data, kw_error *error) {
  model->owned = take(&model->memory, model->file_bytes, error);
  if (!model->owned) return KW_NO_MEMORY;
  memcpy(model->owned, data, model->file_bytes);
  model->file = model->owned;
  return KW_OK;
}

static kw_status refuse_alignment(kw_error *error) {
  return kw__fail(error, KW_ALIGNMENT,
                  "the data does not start at a multiple of 4 bytes; KW_COPY copies it");
}

static kw_status finish(kw_model **out, kw_status status, const void *data, size_t bytes,
                        uint32_t flags, kw_error *error) {
  kw_model *model = *out;
  model->file = data;
  model->file_bytes = bytes;
  if (!status && (flags & KW_COPY) && bytes)
    status = copy_file(model, data, error);
  else if (!status && (uintptr_t)data % 4)
    status = refuse_alignment(error);
  if (!status) status = read_file(model, flags, error);
  if (status) {
    kw_model_free(model);
    *out = NULL;
  } else if (flags & KW_COPY) {
    kw__unmap(&model->map);
  }
  return status;
}

kw_status kw_open(kw_model **out, const char *path, const kw_options *options, kw_error *error) {
  kw_status status = create_model(out, options, error);
  if (status) return status;
  status =
      path ? kw__map_path(&(*out)->map, path, error) : kw__fail(error, KW_ARGUMENT, "path is NULL");
  return finish(out, status, (*out)->map.data, (*out)->map.bytes, options ? options->flags : 0,
                error);
}

kw_status kw_open_fd(kw_model **out, int32_t fd, int64_t offset, int64_t length,
                     const kw_options *options, kw_error *error) {
  kw_status status = create_model(out, options, error);
  if (status) return status;
  if (offset < 0 || length < 0)
    status = kw__fail(error, KW_ARGUMENT, "offset and length must not be negative");
  else
    status = kw__map_fd(&(*out)->map, fd, offset, length, error);
  uint32_t flags = options ? options->flags : 0;
  if (!status && offset % 4 && !(flags & KW_COPY)) /* also where the file is read, not mapped */
    status = refuse_alignment(error);
  return finish(out, status, (*out)->map.data, (*out)->map.bytes, flags, error);
}

kw_status kw_load(kw_model **out, const void *data, size_t bytes, void (*release)(void *user),
                  const kw_options *options, kw_error *error) {
  kw_status status = create_model(out, options, error);
  if (status) return status;
  if (!data) status = kw__fail(error, KW_ARGUMENT, "data is NULL");
  uint32_t flags = options ? options->flags : 0;
  status = finish(out, status, data, bytes, flags, error);
  if (status) return status;
  void *user = options ? options->user : NULL;
  if ((flags & KW_COPY) && release) {
    release(user); /* nothing is borrowed any more */
    return KW_OK;
  }
  (*out)->release = release;
  (*out)->user = user;
  return KW_OK;
}

/* ---- describing ---- */
const kw__port_record *kw__port(const kw_model *model, kw_kind kind, int32_t index) {
  if (kind < 0 || kind > KW_STATE || kind == KW_SIZE || index < 0 ||
      index >= model->port_count[kind])
    return NULL;
  return KW__AT(model, PORTS, port, model->port_first[kind] + index);
}

const char *kw_meta(const kw_model *model, const char *key) {
  if (!model || !key) return NULL;
  if (!strcmp(key, "keys")) return model->meta_keys;
  for (uint32_t i = 0; i < kw__record_count(model, KW__META); i++) {
    const kw__meta_record *meta = KW__AT(model, META, meta, i);
    if (!strcmp(kw__string(model, meta->key), key)) return kw__string(model, meta->value);
  }
  return NULL;
}

int32_t kw_count(const kw_model *model, kw_kind kind) {
  if (!model || kind < 0 || kind > KW_STATE) return 0;
  return kind == KW_SIZE ? (int32_t)kw__record_count(model, KW__SIZES) : model->port_count[kind];
}

static const char *name_of(const kw_model *model, kw_kind kind, int32_t index) {
  uint32_t name = kind == KW_SIZE ? KW__AT(model, SIZES, size, index)->name
                                  : kw__port(model, kind, index)->name;
  return kw__string(model, name);
}

int32_t kw_find(const kw_model *model, kw_kind kind, const char *name) {
  if (!name) return -1;
  for (int32_t i = 0; i < kw_count(model, kind); i++)
    if (!strcmp(name_of(model, kind, i), name)) return i;
  return -1;
}

static void describe_quantization(const kw_model *model, uint32_t tensor, kw_info *out) {
  for (uint32_t i = 0; i < kw__record_count(model, KW__QUANTIZATIONS); i++) {
    const kw__quantization_record *q = KW__AT(model, QUANTIZATIONS, quantization, i);
    if (q->tensor != tensor) continue;
    out->scale = kw__data_bytes(model, q->scales);
    out->zero_point = kw__ints(model, q->zero_points);
    out->quantized = (int32_t)q->count;
    out->axis = (int32_t)q->axis;
    return;
  }
}

kw_status kw_describe(const kw_model *model, kw_kind kind, int32_t index, kw_info *out) {
  if (!out || index < 0 || index >= kw_count(model, kind)) return KW_ARGUMENT;
  memset(out, 0, sizeof *out);
  out->name = name_of(model, kind, index);
  out->unit = out->doc = "";
  out->low = out->high = (double)NAN;
  for (int32_t d = 0; d < KW_MAX_RANK; d++) out->symbol[d] = -1;
  if (kind == KW_SIZE) {
    const kw__size_record *size = KW__AT(model, SIZES, size, index);
    out->type = KW_I64;
    out->size[0] = size->fallback;
    out->size[1] = size->maximum;
    return KW_OK;
  }
  const kw__port_record *port = kw__port(model, kind, index);
  const kw__tensor_record *tensor = KW__AT(model, TENSORS, tensor, port->tensor);
  out->unit = kw__string(model, port->unit);
  out->doc = kw__string(model, port->doc);
  out->low = port->low;
  out->high = port->high;
  out->type = tensor->type;
  out->rank = tensor->rank;
  out->optional = tensor->flags & KW__OPTIONAL;
  const int64_t *dims = kw__ints(model, tensor->dims);
  for (int32_t d = 0; d < tensor->rank; d++) {
    if (dims[d] < 0) out->symbol[d] = (int32_t)~dims[d];
    out->size[d] = dims[d] < 0 ? KW__AT(model, SIZES, size, ~dims[d])->fallback : dims[d];
  }
  describe_quantization(model, port->tensor, out);
  return KW_OK;
}

int32_t kw_version(void) { return 10000 * 0 + 100 * 1 + 0; }
