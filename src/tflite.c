/* Opening .tflite files: the file's tables are found and translated into the records of a model,
 * which are verified, planned and run as those of a .kow file are.  Weights stay where the file has
 * them. */
#include <inttypes.h>

#include "tflite/translation.h"

bool kw__is_tflite(const uint8_t *data, size_t bytes) {
  return bytes >= 8 && !memcmp(data + 4, KW__TFLITE_IDENTIFIER, 4);
}

kw__fb kw__tflite_buffer(const kw_model *model) {
  size_t bytes = model->file_bytes;
  return (kw__fb){.data = model->file, .size = bytes < INT32_MAX ? (uint32_t)bytes : INT32_MAX};
}

static kw_status read_subgraphs(kw__translation *t, const kw__fb_table *model) {
  kw__fb_vector subgraphs = kw__fb_vector_of(model, MODEL_SUBGRAPHS, 4);
  if (!subgraphs.count) return kw__damaged(t, "it has no subgraph");
  t->subgraphs = kw__resize(&t->model->memory, NULL, 0, subgraphs.count * sizeof *t->subgraphs);
  if (!t->subgraphs)
    return kw__fail(t->error, KW_NO_MEMORY, "out of memory for %" PRIu32 " subgraphs",
                    subgraphs.count);
  t->subgraph_count = subgraphs.count;
  for (uint32_t i = 0; i < subgraphs.count; i++) {
    kw__fb_table s = kw__fb_table_of(&subgraphs, i);
    t->subgraphs[i] = (kw__subgraph){.table = s,
                                     .tensors = kw__fb_vector_of(&s, SUBGRAPH_TENSORS, 4),
                                     .operators = kw__fb_vector_of(&s, SUBGRAPH_OPERATORS, 4),
                                     .inputs = kw__fb_vector_of(&s, SUBGRAPH_INPUTS, 4),
                                     .outputs = kw__fb_vector_of(&s, SUBGRAPH_OUTPUTS, 4)};
  }
  return t->file.damaged ? kw__damaged(t, "its subgraphs") : KW_OK;
}

/* "keys" of kw_meta: what the file says of itself. */
static void read_meta(kw__translation *t, const kw__fb_table *model) {
  kw__meta_text(t, "format", "tflite");
  const char *description = kw__fb_string(model, MODEL_DESCRIPTION);
  if (*description) kw__meta_text(t, "description", description);
}

static kw_status translate(kw__translation *t) {
  kw__fb_table model = kw__fb_root(&t->file);
  uint32_t version = (uint32_t)kw__fb_int(&model, MODEL_VERSION, 0);
  if (!model.at) return kw__damaged(t, "it has no root");
  if (version != 3)
    return kw__fail(t->error, KW_UNSUPPORTED, "schema version %" PRIu32 ", this library reads 3",
                    version);
  t->buffers = kw__fb_vector_of(&model, MODEL_BUFFERS, 4);
  t->codes = kw__fb_vector_of(&model, MODEL_OPERATOR_CODES, 4);
  kw_status status = read_subgraphs(t, &model);
  if (status) return status;
  kw__start_records(t);
  read_meta(t, &model);
  status = kw__find_variables(t);
  if (!status) status = kw__translate_entries(t, &model);
  if (!status && t->file.damaged) status = kw__damaged(t, "its tables");
  if (!status) kw__list_operators(t);
  return status ? status : kw__assemble_records(t);
}

kw_status kw__read_tflite(kw_model *model, kw_error *error) {
  kw_error ignored;
  size_t bytes = sizeof(kw__translation);
  kw__translation *t = kw__resize(&model->memory, NULL, 0, bytes);
  if (!t) return kw__fail(error, KW_NO_MEMORY, "out of memory for %zu bytes", bytes);
  memset(t, 0, bytes);
  t->model = model;
  t->error = error ? error : &ignored;
  t->file = kw__tflite_buffer(model);
  kw_status status = translate(t);
  if (status) { /* what was published is freed */
    memset(model->section, 0, sizeof model->section);
    memset(model->records, 0, sizeof model->records);
  }
  kw__free_records(t);
  kw__resize(&model->memory, t->subgraphs, t->subgraph_count * sizeof *t->subgraphs, 0);
  kw__resize(&model->memory, t, bytes, 0);
  return status;
}
