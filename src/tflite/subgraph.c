/* A subgraph of the file becomes a graph of the model: its tensors become values, its operators
 * nodes.  A subgraph that is called from two places becomes two graphs, since sizes differ. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "../ops/selected.h"
#include "translation.h"

enum { COPIED_CONSTANT = 1 << 16 }; /* bytes: integers up to here may be sizes and indices */

kw_status kw__damaged(kw__translation *t, const char *what) {
  return kw__fail(t->error, KW_FORMAT, "the .tflite file is damaged: %s", what);
}

/* ---- tensors ---- */
static const struct {
  const char *name;
  uint8_t type;
} types[] = {
#define KIND(code, name, type) [code] = {#name, type},
    KW__TFLITE_TYPES(KIND)
#undef KIND
};

static int32_t type_code(const kw__fb_table *tensor) {
  int32_t code = kw__fb_byte(tensor, TENSOR_TYPE, 0);
  return code < 0 || code >= (int32_t)(sizeof types / sizeof types[0]) ? -1 : code;
}

static kw__fb_table tensor_at(const kw__scope *s, uint32_t index) {
  return kw__fb_table_of(&s->from->tensors, index);
}

/* Where a tensor's constant lies in the file; bytes 0: it has none. */
static kw_status find_constant(kw__translation *t, const kw__fb_table *tensor, uint64_t *offset,
                               uint64_t *bytes) {
  uint32_t index = (uint32_t)kw__fb_int(tensor, TENSOR_BUFFER, 0);
  *bytes = 0;
  if (!index) return KW_OK; /* buffer 0 is empty by convention */
  if (index >= t->buffers.count) return kw__damaged(t, "a tensor names a buffer that is not there");
  kw__fb_table buffer = kw__fb_table_of(&t->buffers, index);
  kw__fb_vector data = kw__fb_vector_of(&buffer, BUFFER_DATA, 1);
  *offset = data.at;
  *bytes = data.count;
  uint64_t far = kw__fb_long(&buffer, BUFFER_OFFSET, 0); /* behind the FlatBuffer */
  if (far > 1) {
    *offset = far;
    *bytes = kw__fb_long(&buffer, BUFFER_SIZE, 0);
  }
  if (*offset > t->model->file_bytes || *bytes > t->model->file_bytes - *offset)
    return kw__damaged(t, "a buffer ends behind the file");
  return KW_OK;
}

kw__tensor kw__declared_shape(const kw__fb_table *tensor) {
  int32_t code = type_code(tensor);
  kw__fb_vector dims = kw__fb_vector_of(tensor, TENSOR_SHAPE, 4);
  kw__tensor shape = {.type = KW_U8};
  if (code < 0 || !types[code].type || dims.count > KW_MAX_RANK) return shape;
  shape.type = types[code].type;
  shape.rank = (uint8_t)dims.count;
  for (uint32_t d = 0; d < dims.count; d++) {
    int32_t size = kw__fb_int_of(&dims, d);
    shape.size[d] = size < 0 ? 1 : size;
  }
  return shape;
}

static kw_status define_constant(kw__translation *t, const char *name, const kw__tensor *shape,
                                 uint64_t offset, uint64_t bytes) {
  int64_t count = kw__count(shape->size, shape->rank);
  uint64_t width = kw__type_bytes(shape->type);
  if (count < 0 || (uint64_t)count > bytes / width || (uint64_t)count * width != bytes)
    return kw__fail(t->error, KW_FORMAT,
                    "tensor '%s' has %" PRIu64 " bytes, must have %" PRId64 " elements of %" PRIu64,
                    name, bytes, count, width);
  bool copied = bytes <= COPIED_CONSTANT && (offset % 4 || shape->type == KW_I32 ||
                                             shape->type == KW_I64 || shape->type == KW_BOOL);
  if (!copied && offset % 4)
    return kw__fail(t->error, KW_FORMAT,
                    "the data of tensor '%s' begins at byte %" PRIu64
                    " of the file, must begin at a multiple of 4",
                    name, offset);
  kw__data_record record = {copied ? KW__INDICES : KW__VALUES, 0, offset, bytes};
  if (copied) {
    record.offset = t->pool[KW__INDICES].bytes;
    kw__append(t, KW__INDICES, (size_t)((bytes + 7) & ~(uint64_t)7), NULL);
    if (t->status) return t->status;
    memcpy(t->pool[KW__INDICES].at + record.offset, t->model->file + offset, (size_t)bytes);
  }
  uint32_t data = kw__pool_count(t, KW__DATA);
  kw__append(t, KW__DATA, sizeof record, &record);
  kw__define_value(t, name, shape, data);
  return t->status;
}

static kw_status read_quantization(kw__translation *t, const kw__fb_table *tensor, uint32_t id) {
  kw__fb_table q = kw__fb_child(tensor, TENSOR_QUANTIZATION);
  kw__fb_vector scale = kw__fb_vector_of(&q, QUANTIZATION_SCALE, 4),
                zero = kw__fb_vector_of(&q, QUANTIZATION_ZERO_POINT, 8);
  if (!scale.count) return KW_OK;
  if (scale.at % 4 || (zero.count && zero.count != scale.count && zero.count != 1))
    return kw__damaged(t, "the quantization of a tensor");
  uint32_t first = kw__pool_count(t, KW__INTS);
  int64_t *out = kw__append(t, KW__INTS, (size_t)scale.count * sizeof *out, NULL);
  for (uint32_t i = 0; out && i < scale.count && zero.count; i++)
    memcpy(&out[i], zero.file->data + zero.at + 8 * (size_t)(zero.count == 1 ? 0 : i), 8);
  if (t->status) return t->status;
  kw__quantization *to = (kw__quantization *)(void *)t->pool[KW__POOL_QUANTIZATIONS].at + id;
  *to = (kw__quantization){.scale = (const float *)(const void *)(t->file.data + scale.at),
                           .first = first,
                           .count = (int32_t)scale.count,
                           .axis = kw__fb_int(&q, QUANTIZATION_AXIS, 0)};
  return KW_OK;
}

static kw_status read_tensor(kw__translation *t, kw__scope *s, uint32_t index) {
  kw__fb_table tensor = tensor_at(s, index);
  kw__fb_vector dims = kw__fb_vector_of(&tensor, TENSOR_SHAPE, 4);
  const char *name = kw__fb_string(&tensor, TENSOR_NAME);
  int32_t code = type_code(&tensor);
  if (t->file.damaged || code < 0) return kw__damaged(t, "a tensor");
  if (dims.count > KW_MAX_RANK)
    return kw__fail(t->error, KW_UNSUPPORTED, "tensor '%s' has %" PRIu32 " dimensions, at most %d",
                    name, dims.count, KW_MAX_RANK);
  if (kw__fb_child(&tensor, TENSOR_SPARSITY).at)
    return kw__fail(t->error, KW_UNSUPPORTED, "tensor '%s' is sparse", name);
  kw__tensor shape = kw__declared_shape(&tensor);
  uint64_t offset = 0, bytes = 0;
  kw_status status = find_constant(t, &tensor, &offset, &bytes);
  s->value[index] = KW__NONE;
  if (!status && bytes && types[code].type) {
    s->value[index] = s->first + index;
    status = define_constant(t, name, &shape, offset, bytes);
  } else if (!status) {
    kw__define_value(t, name, &shape, KW__NONE);
  }
  if (status || t->status) return status ? status : t->status;
  if (types[code].type) t->frame.tensors[s->first + index].stamp = KW__OF_FILE;
  return read_quantization(t, &tensor, s->first + index);
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
  for (uint32_t i = 0; i < s->tensors && !status; i++) status = read_tensor(t, s, i);
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

bool kw__is_resource(const kw__translation *t, uint32_t id) {
  kw__fb_table tensor = tensor_at(t->scope, id - t->scope->first);
  return type_code(&tensor) == KW__TFLITE_RESOURCE;
}

bool kw__is_plain_value(const kw__translation *t, uint32_t id) {
  kw__fb_table tensor = tensor_at(t->scope, id - t->scope->first);
  int32_t code = type_code(&tensor);
  return code >= 0 && types[code].type != 0;
}

uint32_t kw__handle_of(const kw__translation *t, uint32_t id) {
  return t->scope->handle[id - t->scope->first];
}

/* ---- operators ---- */
static const struct {
  const char *name;
  kw__lower *lower;
  int16_t code, version;
  int32_t row;
} builtins[] = {
#define TFLITE(code, name, version, function, row) \
  {#name, KW__CHOOSE(TFLITE_##name, function, NULL), code, version, row},
#define CUSTOM(name, function) {#name, KW__CHOOSE(TFLITE_##name, function, NULL), -1, 1, 0},
#include "table.def"
#undef TFLITE
#undef CUSTOM
};

/* One after the other, each ended by NUL, in the order of their codes. */
static const char builtin_names[] =
#define BUILTIN(code, name) #name "\0"
#include "builtins.def"
#undef BUILTIN
    ;

static const char *builtin_name(int32_t code) {
  const char *name = builtin_names;
  for (; code > 0 && *name; code--) name += strlen(name) + 1;
  return *name && code == 0 ? name : "an operator of a later schema";
}

static kw_status refuse_operator(kw__translation *t, const kw__tflite_op *op, const char *format,
                                 va_list arguments) {
  char text[512];
  vsnprintf(text, sizeof text, format, arguments);
  kw__fail(t->error, KW_UNSUPPORTED, "%s version %d in subgraph %" PRIu32 ", operator %d: %s",
           op->name, op->version, t->scope->subgraph, t->scope->operator_index, text);
  kw__name_error(t->error, op->name);
  return KW_UNSUPPORTED;
}

kw_status kw__refuse_op(kw__translation *t, const kw__tflite_op *op, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  kw_status status = refuse_operator(t, op, format, arguments);
  va_end(arguments);
  return status;
}

/* An operator's inputs are defined: constants without elements have no bytes that say so. */
static kw_status define_empty(kw__translation *t, kw__scope *s, const kw__tflite_op *op,
                              uint32_t index) {
  uint32_t id = s->first + index;
  if (kw__value(t, id)->count != 0)
    return kw__refuse_op(t, op, "uses tensor %" PRIu32 " '%s' before it is defined", index,
                         kw__string(t->model, KW__AT(t->model, TENSORS, tensor, id)->name));
  kw__data_record record = {.section = KW__VALUES};
  uint32_t data = kw__pool_count(t, KW__DATA);
  kw__append(t, KW__DATA, sizeof record, &record);
  if (t->status) return t->status;
  ((kw__tensor_record *)(void *)t->pool[KW__TENSORS].at)[id].data = data;
  t->frame.tensors[id].data = (void *)(uintptr_t)t->model->file;
  s->value[index] = id;
  return KW_OK;
}

/* Types that the library has no values of travel as handles, or not at all. */
static kw_status check_type(kw__translation *t, const kw__tflite_op *op, uint32_t index,
                            bool *is_value) {
  kw__fb_table tensor = tensor_at(t->scope, index);
  int32_t code = type_code(&tensor);
  if (code < 0) return kw__damaged(t, "the type of a tensor");
  *is_value = types[code].type || code == KW__TFLITE_VARIANT;
  if (*is_value || code == KW__TFLITE_RESOURCE) return KW_OK;
  return kw__refuse_op(t, op, "tensor '%s' is %s", kw__fb_string(&tensor, TENSOR_NAME),
                       types[code].name);
}

static kw_status read_operands(kw__translation *t, kw__scope *s, const kw__fb_table *record,
                               kw__tflite_op *op) {
  kw__fb_vector in = kw__fb_vector_of(record, OPERATOR_INPUTS, 4),
                out = kw__fb_vector_of(record, OPERATOR_OUTPUTS, 4);
  uint32_t *to_in = s->operand,
           *to_out = s->operand + (in.count > KW__TFLITE_INPUTS ? in.count : KW__TFLITE_INPUTS);
  for (uint32_t i = 0; i < KW__TFLITE_INPUTS; i++) to_in[i] = KW__NONE;
  op->in = to_in;
  op->out = to_out;
  op->inputs = (int32_t)in.count;
  op->outputs = (int32_t)out.count;
  for (uint32_t i = 0; i < in.count + out.count; i++) {
    bool is_input = i < in.count, is_value;
    int32_t index = is_input ? kw__fb_int_of(&in, i) : kw__fb_int_of(&out, i - in.count);
    uint32_t *to = is_input ? to_in + i : to_out + (i - in.count);
    *to = KW__NONE;
    if (index == -1) continue;
    if (index < 0 || (uint32_t)index >= s->tensors)
      return kw__damaged(t, "an operator names a tensor that is not there");
    kw_status status = check_type(t, op, (uint32_t)index, &is_value);
    *to = s->first + (uint32_t)index;
    if (status) return status;
    if (!is_input || !is_value || kw__is_variable_tensor(t, *to)) continue;
    if (s->value[index] == KW__NONE) status = define_empty(t, s, op, (uint32_t)index);
    if (status) return status;
    *to = s->value[index];
  }
  return KW_OK;
}

static void find_lowering(kw__translation *t, const kw__fb_table *record, kw__tflite_op *op,
                          kw__lower **lower) {
  uint32_t index = (uint32_t)kw__fb_int(record, OPERATOR_CODE, 0);
  *lower = NULL;
  if (index >= t->codes.count) {
    t->file.damaged = true;
    return;
  }
  kw__fb_table code = kw__fb_table_of(&t->codes, index);
  op->code = kw__builtin_of(&code);
  op->version = kw__fb_int(&code, CODE_VERSION, 1);
  bool is_custom = op->code == KW__TFLITE_CUSTOM;
  op->name = is_custom ? kw__fb_string(&code, CODE_CUSTOM) : builtin_name(op->code);
  for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
    if (is_custom ? builtins[i].code >= 0 || strcmp(builtins[i].name, op->name) != 0
                  : builtins[i].code != op->code)
      continue;
    op->row = builtins[i].row;
    if (op->version <= builtins[i].version) *lower = builtins[i].lower;
    t->used[i / 64] |= (uint64_t)1 << i % 64;
    return;
  }
}

/* "operators" of kw_meta. */
void kw__list_operators(kw__translation *t) {
  char text[4096];
  size_t used = 0;
  for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
    size_t length = strlen(builtins[i].name);
    if (!(t->used[i / 64] >> i % 64 & 1) || used + length + 2 > sizeof text) continue;
    if (used) text[used++] = '\n';
    memcpy(text + used, builtins[i].name, length);
    used += length;
  }
  text[used] = 0;
  kw__meta_text(t, "operators", text);
}

static kw_status translate_operator(kw__translation *t, kw__scope *s, uint32_t index) {
  kw__fb_table record = kw__fb_table_of(&s->from->operators, index);
  kw__tflite_op op = {.row = -1};
  kw__lower *lower;
  s->operator_index = (int32_t)index;
  find_lowering(t, &record, &op, &lower);
  if (t->file.damaged) return kw__damaged(t, "an operator");
  if (!lower) return kw__refuse_op(t, &op, "not supported by this build");
  op.options = kw__fb_child(&record, OPERATOR_OPTIONS);
  if (!op.options.at) op.options = kw__fb_child(&record, OPERATOR_OPTIONS_2);
  op.custom = kw__fb_vector_of(&record, OPERATOR_CUSTOM_OPTIONS, 1);
  kw_status status = read_operands(t, s, &record, &op);
  if (!status) status = lower(t, &op);
  if (!status && t->file.damaged) status = kw__damaged(t, "the options of an operator");
  for (int32_t i = 0; i < op.outputs && !status; i++) {
    if (op.out[i] == KW__NONE) continue;
    uint32_t tensor = op.out[i] - s->first;
    if (s->value[tensor] == KW__NONE) s->value[tensor] = op.out[i];
  }
  return status;
}

kw_status kw__translate_operators(kw__translation *t, kw__scope *s) {
  kw_status status = KW_OK;
  for (uint32_t i = 0; i < s->from->operators.count && !status; i++)
    status = translate_operator(t, s, i);
  return status;
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
    kw__fb_table tensor = tensor_at(s, index);
    if (x->type != given[i].shape.type && type_code(&tensor) != KW__TFLITE_VARIANT)
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
