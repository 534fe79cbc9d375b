/* A .tflite file on its way into the records of a model.  Each operator of the file has a line in
 * table.def that names a lowering function: it reads the operator's options and inputs and adds
 * nodes.  A node is planned when it is added, so that every value has its type, rank and sizes at
 * once: numbers, symbols of named sizes (below zero), or a new named size where only the run tells.
 *
 * Ids are those of values (tensors of the model); KW__NONE is an input that the file leaves out. */
#ifndef KOWARI_TRANSLATE_H
#define KOWARI_TRANSLATE_H
#include "../flatbuffer.h"
#include "../ops/activation.h"
#include "../ops/ops.h"
#include "schema.h"

enum {
  KW__TFLITE_INPUTS = 24
}; /* of an operator that names its inputs: `in` may be read up to here */

typedef struct kw__translation kw__translation;

typedef struct kw__tflite_op {
  const char *name; /* of the builtin, or the custom code */
  int32_t code, version, row;
  int32_t inputs, outputs;
  const uint32_t *in, *out; /* in: KW__NONE behind `inputs`; out: values to define */
  kw__fb_table options;     /* absent: every field has its fallback */
  kw__fb_vector custom;     /* options of a custom operator */
} kw__tflite_op;

typedef struct kw__quantization {
  const float *scale;
  const int64_t *zero_point; /* as many as scales */
  int32_t count, axis;       /* count 0: not quantised */
  uint32_t first;            /* of the zero points in INTS */
} kw__quantization;

/* ---- values ---- */
/* Type, rank, sizes; data of constants, else NULL.  Valid until the next value is made. */
const kw__tensor *kw__value(const kw__translation *t, uint32_t id);
const kw__quantization *kw__value_quantization(const kw__translation *t, uint32_t id);
uint32_t kw__new_value(kw__translation *t); /* which the next kw__emit defines */
/* A constant of the model's own: the data is copied. */
uint32_t kw__new_constant(kw__translation *t, kw_type type, int32_t rank, const int64_t *size,
                          const void *data);
/* The elements of a constant of int32 or int64; false: no constant, or more than `capacity`. */
bool kw__read_ints(const kw__translation *t, uint32_t id, int64_t *out, int32_t capacity,
                   int32_t *count);

/* ---- nodes ---- */
/* Adds a node and plans it.  attributes: a kw__NAME_attributes whose `present` has a bit for each
 * attribute given; NULL: the row has none. */
kw_status kw__emit(kw__translation *t, int32_t op, const void *attributes, int32_t inputs,
                   const uint32_t *in, int32_t outputs, const uint32_t *out);
kw__ints_slot kw__pool_ints(kw__translation *t, const int64_t *values, int32_t count);
/* `to` = f(from), where f is the schema's fused activation as a node of its own; 0: a copy. */
kw_status kw__emit_activation(kw__translation *t, const kw__tflite_op *op, uint32_t from,
                              uint32_t to, int32_t fused);

/* ---- variables: values that the session keeps from run to run ---- */
/* Of a tensor that the file marks as variable: its value now, and its next one. */
uint32_t kw__variable_value(kw__translation *t, const kw__tflite_op *op, uint32_t tensor);
kw_status kw__assign_variable(kw__translation *t, const kw__tflite_op *op, uint32_t tensor,
                              uint32_t value);

/* ---- options ---- */
int32_t kw__option_int(const kw__tflite_op *op, int32_t field, int32_t fallback);
int32_t kw__option_byte(const kw__tflite_op *op, int32_t field, int32_t fallback); /* enums */
bool kw__option_flag(const kw__tflite_op *op, int32_t field, bool fallback);
float kw__option_real(const kw__tflite_op *op, int32_t field, float fallback);
/* Count, or -1: absent, or more than `capacity`. */
int32_t kw__option_ints(const kw__tflite_op *op, int32_t field, int64_t *out, int32_t capacity);

/* KW_UNSUPPORTED, naming operator, version and subgraph before the text. */
kw_status kw__refuse_op(kw__translation *t, const kw__tflite_op *op, const char *format, ...)
    KW__PRINTF(3, 4);

/* ---- lowering functions, one a line of the table ---- */
typedef kw_status kw__lower(kw__translation *t, const kw__tflite_op *op);
#define TFLITE(code, name, version, function, row) kw__lower function;
#define CUSTOM(name, function) kw__lower function;
#include "table.def"
#undef TFLITE
#undef CUSTOM

#endif
