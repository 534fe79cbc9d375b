/* The file's tensors become values: their types, their constants where the file has them, their
 * quantization. */
#include <inttypes.h>

#include "translation.h"

enum { COPIED_CONSTANT = 1 << 16 }; /* bytes: integers up to here may be sizes and indices */

/* ---- types ---- */
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

static kw__fb_table tensor_at(const kw__translation *t, uint32_t id) {
  return kw__fb_table_of(&t->scope->from->tensors, id - t->scope->first);
}

int32_t kw__type_code_of(const kw__translation *t, uint32_t id) {
  kw__fb_table tensor = tensor_at(t, id);
  return type_code(&tensor);
}

bool kw__is_resource(const kw__translation *t, uint32_t id) {
  return kw__type_code_of(t, id) == KW__TFLITE_RESOURCE;
}

bool kw__is_plain_value(const kw__translation *t, uint32_t id) {
  int32_t code = kw__type_code_of(t, id);
  return code >= 0 && types[code].type != 0;
}

kw_status kw__check_type(kw__translation *t, const kw__tflite_op *op, uint32_t id, bool *is_value) {
  kw__fb_table tensor = tensor_at(t, id);
  int32_t code = type_code(&tensor);
  if (code < 0) return kw__damaged(t, "the type of a tensor");
  *is_value = types[code].type || code == KW__TFLITE_VARIANT;
  if (*is_value || code == KW__TFLITE_RESOURCE) return KW_OK;
  return kw__refuse_op(t, op, "tensor '%s' is %s", kw__fb_string(&tensor, TENSOR_NAME),
                       types[code].name);
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

/* ---- constants ---- */
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

kw_status kw__define_empty(kw__translation *t, const kw__tflite_op *op, uint32_t id) {
  kw__scope *s = t->scope;
  uint32_t index = id - s->first;
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

/* ---- tensors ---- */
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

kw_status kw__read_tensor(kw__translation *t, kw__scope *s, uint32_t index) {
  kw__fb_table tensor = tensor_at(t, s->first + index);
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
