/* .tflite files for the whole engine, as fuzz_file.c does it for the library's own.  The mutator
 * knows the schema: it changes numbers where they lie (shapes, types, operators, their inputs and
 * options, small constants), so that the offsets around them still lead somewhere. */
#include "../src/flatbuffer.h"
#include "../src/tflite/schema.h"
#include "../tests/c/exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  void *file = malloc(size + !size); /* exactly: one byte further is a finding */
  if (!file) return 0;
  if (size) memcpy(file, data, size);
  exercise_file(file, size, size % 3 ? 0 : KW_COPY);
  free(file);
  return 0;
}

#ifdef KOWARI_FUZZ
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

static uint32_t state;
static uint32_t draw(uint32_t limit) {
  state = state * 1664525u + 1013904223u;
  return limit ? (uint32_t)((uint64_t)(state >> 4) * limit >> 28) : 0;
}

static uint32_t draw_number(uint32_t now) {
  static const uint32_t edges[] = {0,   1,    2,         3,           4,           7,
                                   16,  64,   255,       1024,        0x7FFFFFFF,  0x80000000,
                                   100, 5000, 1u << 20u, 0xFFFFFFFFu, 0xFFFFFFFEu, 0xFFFFFFF8u};
  switch (draw(5)) {
    case 0:
      return now + 1;
    case 1:
      return now - 1;
    case 2:
      return now ^ 1u << draw(32);
    case 3:
      return draw(12);
    default:
      return edges[draw(sizeof edges / sizeof edges[0])];
  }
}

/* ---- numbers in place ---- */
static void write_number(kw__fb *file, uint32_t at, uint32_t width, uint32_t value) {
  if (at && kw__fb_has(file, at, width))
    memcpy((uint8_t *)(uintptr_t)file->data + at, &value, width);
}

static void change_field(kw__fb_table *t, int32_t field, uint32_t width, uint32_t value) {
  write_number(t->file, kw__fb_field(t, field, width), width, value);
}

/* An element of a vector of int32. */
static void change_element(const kw__fb_table *t, int32_t field, uint32_t limit) {
  kw__fb_vector v = kw__fb_vector_of(t, field, 4);
  if (!v.count) return;
  uint32_t index = draw(v.count), now = (uint32_t)kw__fb_int_of(&v, index);
  write_number(v.file, v.at + 4 * index, 4, limit ? draw(limit + 1) - 1 : draw_number(now));
}

static kw__fb_table draw_table(const kw__fb_table *t, int32_t field) {
  kw__fb_vector v = kw__fb_vector_of(t, field, 4);
  return v.count ? kw__fb_table_of(&v, draw(v.count)) : (kw__fb_table){.file = t->file};
}

/* A number of the options, wherever it lies in their table. */
static void change_options(const kw__fb_table *op) {
  kw__fb_table t = kw__fb_child(op, draw(8) ? OPERATOR_OPTIONS : OPERATOR_OPTIONS_2);
  if (t.bytes <= 4) return;
  int32_t fields = t.fields > 4 ? (int32_t)(t.fields - 4) / 2 : 0,
          field = (int32_t)draw((uint32_t)fields);
  uint32_t width = draw(2) ? 4 : 1, at = kw__fb_field(&t, field, width);
  if (at) write_number(t.file, at, width, draw_number(t.file->data[at]));
}

static void change_operator(const kw__fb_table *model, const kw__fb_table *subgraph) {
  kw__fb_table op = draw_table(subgraph, SUBGRAPH_OPERATORS);
  uint32_t tensors = kw__fb_vector_of(subgraph, SUBGRAPH_TENSORS, 4).count;
  switch (draw(6)) {
    case 0:
      change_field(&op, OPERATOR_CODE, 4,
                   draw(kw__fb_vector_of(model, MODEL_OPERATOR_CODES, 4).count));
      break;
    case 1:
    case 2:
      change_element(&op, OPERATOR_INPUTS, tensors);
      break;
    case 3:
      change_element(&op, OPERATOR_OUTPUTS, tensors);
      break;
    default:
      change_options(&op);
  }
}

static void change_tensor(const kw__fb_table *model, const kw__fb_table *subgraph) {
  kw__fb_table tensor = draw_table(subgraph, SUBGRAPH_TENSORS);
  switch (draw(6)) {
    case 0:
      change_field(&tensor, TENSOR_TYPE, 1, draw(19));
      break;
    case 1:
      change_field(&tensor, TENSOR_BUFFER, 4,
                   draw(kw__fb_vector_of(model, MODEL_BUFFERS, 4).count));
      break;
    case 2:
      change_field(&tensor, TENSOR_IS_VARIABLE, 1, draw(2));
      break;
    case 3:
      change_element(&tensor, TENSOR_SHAPE_SIGNATURE, 0);
      break;
    default:
      change_element(&tensor, TENSOR_SHAPE, 0);
  }
}

/* An integer of a small constant: sizes, axes, places. */
static void change_buffer(const kw__fb_table *model) {
  kw__fb_table buffer = draw_table(model, MODEL_BUFFERS);
  kw__fb_vector data = kw__fb_vector_of(&buffer, BUFFER_DATA, 1);
  if (data.count < 4 || data.count > 256) return;
  uint32_t at = data.at + 4 * draw(data.count / 4);
  write_number(data.file, at, 4, draw_number(kw__fb_u32(data.file, at)));
}

static void change_code(const kw__fb_table *model) {
  kw__fb_table code = draw_table(model, MODEL_OPERATOR_CODES);
  uint32_t builtin = draw(207);
  if (draw(8) == 0) {
    change_field(&code, CODE_VERSION, 4, draw(8));
    return;
  }
  change_field(&code, CODE_BUILTIN, 4, builtin);
  change_field(&code, CODE_DEPRECATED, 1, builtin < 127 ? builtin : 127);
}

static void change_file(kw__fb *file) {
  kw__fb_table model = kw__fb_root(file), subgraph = draw_table(&model, MODEL_SUBGRAPHS);
  switch (draw(12)) {
    case 0:
      change_code(&model);
      break;
    case 1:
    case 2:
      change_buffer(&model);
      break;
    case 3:
      change_element(&subgraph, draw(2) ? SUBGRAPH_INPUTS : SUBGRAPH_OUTPUTS,
                     kw__fb_vector_of(&subgraph, SUBGRAPH_TENSORS, 4).count);
      break;
    case 4:
    case 5:
    case 6:
      change_tensor(&model, &subgraph);
      break;
    default:
      change_operator(&model, &subgraph);
  }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  state = seed;
  if (draw(10) == 0) return LLVMFuzzerMutate(data, size, most);
  kw__fb file = {.data = data, .size = (uint32_t)size};
  for (uint32_t i = draw(4) + 1; i > 0 && !file.damaged; i--) change_file(&file);
  return size;
}
#endif
