/* The records of a model while they grow, section by section, and their assembly into the one block
 * that the verifier and the sessions read: what a .kow file brings along, made in memory. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "translation.h"

/* ---- pools ---- */
static uint32_t pool_width(int32_t pool) {
  switch (pool) {
    case KW__POOL_VALUES:
      return sizeof(kw__tensor);
    case KW__POOL_QUANTIZATIONS:
      return sizeof(kw__quantization);
    case KW__POOL_VARIABLES:
      return sizeof(kw__variable);
    case KW__POOL_SIGNATURES:
      return sizeof(kw__signature);
    case KW__POOL_OWNERS:
    case KW__POOL_NODE_OWNERS:
      return sizeof(uint32_t);
    default:
      return kw__record_bytes(pool) ? kw__record_bytes(pool) : 1;
  }
}

uint32_t kw__pool_count(const kw__translation *t, int32_t pool) {
  return (uint32_t)(t->pool[pool].bytes / pool_width(pool));
}

/* Constants that were copied move with their pool. */
static void move_constants(kw__translation *t) {
  for (uint32_t i = 0; i < kw__pool_count(t, KW__TENSORS); i++) {
    uint32_t data = KW__AT(t->model, TENSORS, tensor, i)->data;
    if (data != KW__NONE && KW__AT(t->model, DATA, data, data)->section == KW__INDICES)
      t->frame.tensors[i].data = (void *)(uintptr_t)kw__data_bytes(t->model, data);
  }
}

/* What reads records while they grow finds them where they lie now. */
static void publish_pool(kw__translation *t, int32_t pool) {
  if (pool == KW__POOL_VALUES) t->frame.tensors = (void *)t->pool[pool].at;
  if (pool >= KW__SECTION_KINDS || pool == KW__VALUES) return; /* values stay in the file */
  t->model->records[pool] = t->pool[pool].at;
  t->section[pool].bytes = t->pool[pool].bytes;
}

static bool reserve(kw__translation *t, int32_t index, size_t bytes) {
  kw__pool *pool = &t->pool[index];
  if (bytes <= pool->room - pool->bytes) return true;
  size_t room =
      bytes < SIZE_MAX / 8 && pool->bytes < SIZE_MAX / 8 ? 2 * pool->bytes + bytes + 1024 : 0;
  void *at =
      room && room < INT32_MAX ? kw__resize(&t->model->memory, pool->at, pool->room, room) : NULL;
  if (!at) {
    t->status = kw__fail(t->error, KW_NO_MEMORY, "out of memory for the records of the file");
    return false;
  }
  pool->at = at;
  pool->room = room;
  publish_pool(t, index);
  if (index == KW__INDICES) move_constants(t);
  return true;
}

void *kw__append(kw__translation *t, int32_t pool, size_t bytes, const void *data) {
  if (t->status || !reserve(t, pool, bytes + !bytes)) return NULL; /* nothing has a place, too */
  void *at = t->pool[pool].at + t->pool[pool].bytes;
  t->pool[pool].bytes += bytes;
  if (data)
    memcpy(at, data, bytes);
  else
    memset(at, 0, bytes);
  publish_pool(t, pool);
  return at;
}

void kw__start_records(kw__translation *t) {
  for (int32_t kind = 1; kind < KW__SECTION_KINDS; kind++) {
    t->section[kind] =
        (kw__section_record){.kind = (uint32_t)kind, .record_bytes = kw__record_bytes(kind)};
    t->model->section[kind] = &t->section[kind];
  }
  t->section[KW__VALUES].bytes = t->model->file_bytes; /* constants lie where the file has them */
  t->frame = (kw__frame){.model = t->model, .error = t->error, .stage = KW__STAGE_OPEN};
  kw__append(t, KW__TEXT, 1, "");
}

void kw__free_records(kw__translation *t) {
  for (int32_t i = 0; i < KW__POOLS; i++)
    kw__resize(&t->model->memory, t->pool[i].at, t->pool[i].room, 0);
}

kw__checkpoint kw__mark_records(const kw__translation *t) {
  kw__checkpoint mark;
  for (int32_t i = 0; i < KW__POOLS; i++) mark.bytes[i] = t->pool[i].bytes;
  return mark;
}

void kw__undo_records(kw__translation *t, const kw__checkpoint *mark) {
  for (int32_t i = 0; i < KW__POOLS; i++) {
    if (i == KW__POOL_SIGNATURES) continue; /* found by operator */
    t->pool[i].bytes = mark->bytes[i];
    publish_pool(t, i);
  }
}

/* ---- texts, numbers, sizes ---- */
uint32_t kw__append_text(kw__translation *t, const char *text) {
  if (!*text || !kw__is_utf8((const uint8_t *)text, strlen(text))) return 0;
  uint32_t at = (uint32_t)t->pool[KW__TEXT].bytes;
  return kw__append(t, KW__TEXT, strlen(text) + 1, text) ? at : 0;
}

void kw__meta_text(kw__translation *t, const char *key, const char *value) {
  kw__meta_record meta = {kw__append_text(t, key), kw__append_text(t, value)};
  kw__append(t, KW__META, sizeof meta, &meta);
}

uint32_t kw__append_operands(kw__translation *t, const uint32_t *ids, uint32_t count) {
  uint32_t first = kw__pool_count(t, KW__OPERANDS);
  kw__append(t, KW__OPERANDS, count * sizeof *ids, ids);
  return first;
}

kw__ints_slot kw__pool_ints(kw__translation *t, const int64_t *values, int32_t count) {
  kw__ints_slot slot = {kw__pool_count(t, KW__INTS), (uint32_t)count};
  if (!kw__append(t, KW__INTS, (size_t)count * sizeof *values, values)) slot.count = 0;
  return slot;
}

uint32_t kw__append_size(kw__translation *t, const char *name, int64_t fallback, uint32_t source) {
  uint32_t size = kw__pool_count(t, KW__SIZES);
  kw__size_record record = {.name = kw__append_text(t, name),
                            .source = source,
                            .fallback = fallback > 0 ? fallback : 0,
                            .maximum = -1};
  kw__append(t, KW__SIZES, sizeof record, &record);
  return size;
}

uint32_t kw__append_computed_size(kw__translation *t, const char *tensor, int32_t axis,
                                  int64_t fallback, uint32_t source) {
  char name[256];
  uint32_t size = kw__pool_count(t, KW__SIZES);
  snprintf(name, sizeof name, "%.200s[%d]#%" PRIu32, tensor, axis, size);
  return kw__append_size(t, name, fallback, source);
}

int64_t kw__fallback_of(const kw__translation *t, int64_t size) {
  if (size >= 0) return size;
  return size == KW__UNKNOWN ? 1 : KW__AT(t->model, SIZES, size, ~size)->fallback;
}

/* ---- values ---- */
const kw__tensor *kw__value(const kw__translation *t, uint32_t id) {
  static const kw__tensor none = {.type = KW_F32};
  return id < kw__pool_count(t, KW__POOL_VALUES) ? &t->frame.tensors[id] : &none;
}

const kw__quantization *kw__value_quantization(const kw__translation *t, uint32_t id) {
  static const kw__quantization none = {NULL, NULL, 0, 0, 0};
  if (id >= kw__pool_count(t, KW__POOL_QUANTIZATIONS)) return &none;
  kw__quantization *q = (kw__quantization *)(void *)t->pool[KW__POOL_QUANTIZATIONS].at + id;
  q->zero_point = kw__ints(t->model, q->first);
  return q;
}

kw__variable *kw__variable_at(const kw__translation *t, uint32_t index) {
  return (kw__variable *)(void *)t->pool[KW__POOL_VARIABLES].at + index;
}

void kw__declare_value(kw__translation *t, uint32_t id) {
  if (t->status) return;
  const kw__tensor *x = kw__value(t, id);
  kw__tensor shape = *x;
  uint32_t dims = kw__pool_ints(t, shape.size, shape.rank).offset;
  kw__tensor_record *record = (kw__tensor_record *)(void *)t->pool[KW__TENSORS].at + id;
  record->type = shape.type;
  record->rank = shape.rank;
  record->dims = shape.rank ? dims : 0;
}

uint32_t kw__define_value(kw__translation *t, const char *name, const kw__tensor *shape,
                          uint32_t data) {
  if (++t->defined > KW__MOST_VALUES && !t->status)
    t->status =
        kw__fail(t->error, KW_UNSUPPORTED, "the file needs more than %d values", KW__MOST_VALUES);
  uint32_t id = kw__pool_count(t, KW__TENSORS), graph = t->scope ? t->scope->graph : 0;
  kw__tensor_record record = {.name = kw__append_text(t, name), .type = KW_U8, .data = data};
  kw__append(t, KW__POOL_VALUES, sizeof *shape, shape);
  kw__append(t, KW__POOL_OWNERS, sizeof graph, &graph);
  kw__append(t, KW__POOL_QUANTIZATIONS, sizeof(kw__quantization), NULL);
  kw__append(t, KW__TENSORS, sizeof record, &record);
  if (t->status) return KW__NONE;
  kw__tensor *value = &t->frame.tensors[id];
  value->present = 1;
  value->count = kw__count(value->size, value->rank);
  value->data = data == KW__NONE ? NULL : (void *)(uintptr_t)kw__data_bytes(t->model, data);
  kw__declare_value(t, id);
  return id;
}

uint32_t kw__new_value(kw__translation *t) {
  return kw__define_value(t, "", &(kw__tensor){.type = KW_U8}, KW__NONE);
}

uint32_t kw__new_constant(kw__translation *t, kw_type type, int32_t rank, const int64_t *size,
                          const void *data) {
  kw__tensor shape = {.type = (uint8_t)type, .rank = (uint8_t)rank};
  if (rank) memcpy(shape.size, size, (size_t)rank * sizeof *size);
  size_t bytes = (size_t)kw__count(size, rank) * kw__type_bytes(type);
  kw__data_record record = {
      .section = KW__INDICES, .offset = t->pool[KW__INDICES].bytes, .bytes = bytes};
  kw__append(t, KW__INDICES, (bytes + 7) & ~(size_t)7, NULL);
  if (!t->status && bytes) memcpy(t->pool[KW__INDICES].at + record.offset, data, bytes);
  uint32_t index = kw__pool_count(t, KW__DATA);
  kw__append(t, KW__DATA, sizeof record, &record);
  return t->status ? KW__NONE : kw__define_value(t, "", &shape, index);
}

bool kw__read_ints(const kw__translation *t, uint32_t id, int64_t *out, int32_t capacity,
                   int32_t *count) {
  const kw__tensor *x = kw__value(t, id);
  *count = 0;
  if (!x->data || x->count < 0 || x->count > capacity || (x->type != KW_I32 && x->type != KW_I64))
    return false;
  *count = (int32_t)x->count;
  for (int32_t i = 0; i < *count; i++)
    out[i] = x->type == KW_I64 ? ((const kw__i64 *)x->data)[i] : ((const int32_t *)x->data)[i];
  return true;
}

/* ---- nodes ---- */
static const kw__signature *signature_of(kw__translation *t, const kw__row *row) {
  uint16_t *place = &t->signature[row->id];
  if (!*place) {
    kw__signature *parsed = kw__append(t, KW__POOL_SIGNATURES, sizeof *parsed, NULL);
    if (!parsed) return NULL;
    kw__parse_signature(kw__row_signature(row), parsed);
    *place = (uint16_t)kw__pool_count(t, KW__POOL_SIGNATURES);
  }
  return (const kw__signature *)(const void *)t->pool[KW__POOL_SIGNATURES].at + *place - 1;
}

/* The attributes as the file of a .kow has them: what was not given has its fallback. */
static uint32_t append_slots(kw__translation *t, const kw__row *row, const void *attributes) {
  uint32_t first = kw__pool_count(t, KW__SLOTS);
  uint64_t *slot = kw__append(t, KW__SLOTS, ((size_t)row->attributes + 1) * sizeof *slot, NULL);
  if (!slot) return 0;
  if (attributes) memcpy(slot, attributes, ((size_t)row->attributes + 1) * sizeof *slot);
  for (int32_t k = 0; k < row->attributes; k++) {
    const kw__attribute *rule = kw__row_attribute(row, k);
    if (slot[0] >> k & 1) continue;
    slot[k + 1] = 0;
    if (isnan(rule->fallback)) continue;
    int64_t integer = rule->kind == KW__REAL_SLOT ? 0 : (int64_t)rule->fallback;
    if (rule->kind == KW__REAL_SLOT)
      memcpy(&slot[k + 1], &rule->fallback, sizeof *slot);
    else
      memcpy(&slot[k + 1], &integer, sizeof *slot);
    slot[0] |= (uint64_t)1 << k;
  }
  return first;
}

/* A size that only the run tells and that the file declares as large as the first input's leading
 * size is likely to be it: its capacity grows with that one. */
static uint32_t likely_source(const kw__translation *t, int64_t fallback) {
  return kw__pool_count(t, KW__SIZES) && KW__AT(t->model, SIZES, size, 0)->fallback == fallback
             ? 0
             : KW__NONE;
}

static bool is_defined(const kw__tensor *x) {
  return x->data || (x->stamp & (KW__COMPUTED | KW__TAKEN));
}

static kw_status refuse_tensor(kw__translation *t, uint32_t id, const char *what) {
  return kw__fail(t->error, KW_FORMAT, "subgraph %" PRIu32 ", operator %" PRId32 ": tensor '%s' %s",
                  t->scope->subgraph, t->scope->operator_index,
                  kw__string(t->model, KW__AT(t->model, TENSORS, tensor, id)->name), what);
}

/* A tensor that is marked as variable has no value where it is no operator's state. */
static kw_status check_given(kw__translation *t, int32_t inputs, const uint32_t *in) {
  for (int32_t i = 0; i < inputs; i++)
    if (in[i] != KW__NONE && !is_defined(kw__value(t, in[i])))
      return refuse_tensor(t, in[i], "is used before it is defined");
  return KW_OK;
}

/* A value is defined once: plans rely on outputs that are none of their inputs. */
static kw_status define_outputs(kw__translation *t, int32_t outputs, const uint32_t *out) {
  for (int32_t i = 0; i < outputs; i++) {
    if (out[i] >= kw__pool_count(t, KW__POOL_VALUES))
      return kw__fail(t->error, KW_FORMAT,
                      "subgraph %" PRIu32 ", operator %" PRId32 ": output %" PRId32 " is missing",
                      t->scope->subgraph, t->scope->operator_index, i);
    kw__tensor *y = &t->frame.tensors[out[i]];
    if (is_defined(y)) return refuse_tensor(t, out[i], "is defined twice");
    y->stamp |= KW__COMPUTED;
  }
  return KW_OK;
}

/* Gives an output its record, whose type must be what the file declared; a size that only the run
 * tells becomes a named one, whose capacity is what the file declared, or 1. */
static kw_status settle_output(kw__translation *t, uint32_t id) {
  const kw__tensor_record declared = *KW__AT(t->model, TENSORS, tensor, id);
  kw__tensor *y = &t->frame.tensors[id];
  const char *name = kw__string(t->model, declared.name);
  if ((y->stamp & KW__OF_FILE) && declared.type != y->type)
    return kw__fail(t->error, KW_UNSUPPORTED,
                    "subgraph %" PRIu32 ", operator %" PRId32 ": tensor '%s' is %s, must be %s",
                    t->scope->subgraph, t->scope->operator_index, name,
                    kw__type_name(declared.type), kw__type_name(y->type));
  for (int32_t d = 0; d < y->rank; d++) {
    if (y->size[d] != KW__UNKNOWN) continue;
    int64_t fallback = declared.rank == y->rank ? kw__ints(t->model, declared.dims)[d] : 1;
    if (fallback < 1) fallback = 1;
    uint32_t size = kw__append_computed_size(t, kw__string(t->model, declared.name), d, fallback,
                                             likely_source(t, fallback));
    y->size[d] = ~(int64_t)size;
  }
  y->count = kw__count(y->size, y->rank);
  kw__declare_value(t, id);
  return t->status;
}

static kw__node make_node(const kw__translation *t, const kw__row *row, const kw__signature *s,
                          const kw__node_record *record) {
  return (kw__node){
      .plan = kw__row_plan(row),
      .run = kw__row_kernel(row),
      .attributes = t->pool[KW__SLOTS].at + record->slots * sizeof(uint64_t),
      .operand = (const uint32_t *)(const void *)t->pool[KW__OPERANDS].at + record->operands,
      .signature = s,
      .inputs = record->inputs,
      .outputs = record->outputs,
      .op = row->id,
      .flags = row->flags,
      .index = kw__pool_count(t, KW__NODES) - 1};
}

/* The node that was added last is no more. */
static void drop_node(kw__translation *t, const kw__node_record *record) {
  t->pool[KW__NODES].bytes -= sizeof *record;
  t->pool[KW__POOL_NODE_OWNERS].bytes -= sizeof t->scope->graph;
  t->pool[KW__OPERANDS].bytes = record->operands * sizeof(uint32_t);
  t->pool[KW__SLOTS].bytes = record->slots * sizeof(uint64_t);
  static const uint8_t pools[] = {KW__NODES, KW__POOL_NODE_OWNERS, KW__OPERANDS, KW__SLOTS};
  for (size_t i = 0; i < sizeof pools; i++) publish_pool(t, pools[i]);
}

kw_status kw__emit(kw__translation *t, int32_t op, const void *attributes, int32_t inputs,
                   const uint32_t *in, int32_t outputs, const uint32_t *out) {
  const kw__row *row = kw__find_row((uint32_t)op);
  if (t->status) return t->status;
  if (!row) return kw__fail(t->error, KW_UNSUPPORTED, "operator %d is not in this build", op);
  if (++t->emitted > KW__MOST_NODES)
    return kw__fail(t->error, KW_UNSUPPORTED, "the file needs more than %d nodes", KW__MOST_NODES);
  uint32_t first = kw__append_operands(t, in, (uint32_t)inputs);
  kw__append_operands(t, out, (uint32_t)outputs);
  kw__node_record record = {.op = row->id,
                            .version = row->version,
                            .operands = first,
                            .inputs = (uint16_t)inputs,
                            .outputs = (uint16_t)outputs,
                            .slots = append_slots(t, row, attributes),
                            .line = (uint32_t)t->scope->operator_index + 1,
                            .file = t->scope->place};
  kw__append(t, KW__NODES, sizeof record, &record);
  kw__append(t, KW__POOL_NODE_OWNERS, sizeof t->scope->graph, &t->scope->graph);
  const kw__signature *signature = signature_of(t, row);
  if (t->status) return t->status;
  kw_status status = check_given(t, inputs, in);
  if (!status) status = define_outputs(t, outputs, out);
  kw__node node = make_node(t, row, signature, &record);
  if (!status) status = kw__infer_node(&t->frame, &node);
  for (int32_t i = 0; i < outputs && !status; i++) status = settle_output(t, out[i]);
  if (!status && kw__fold_node(t, &node)) drop_node(t, &record);
  return status;
}
