/* kowari_dev.h - the operator table, planning, file layout and a view into sessions, for the
 * exporter and the command line. No promise of compatibility; compiled into the wheel's and the
 * command line's library only (KOWARI_DEV). */
/* clang-format off */
#ifndef KOWARI_DEV_H
#define KOWARI_DEV_H
#include "kowari.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- the operator table (src/ops/ops.h says what the columns mean) ---- */
typedef struct kw_dev_operator {
  const char *name, *signature, *plan, *doc, *reference; /* static */
  int32_t id, version, flags, attributes;
} kw_dev_operator;
typedef struct kw_dev_attribute {
  const char *name;              /* static */
  double fallback, low, high;    /* fallback: -inf required, NaN None */
  int32_t kind;                  /* 1 INT 2 REAL 3 FLAG 4 TYPE 5 TEXT 6 GRAPH 7 INTS */
} kw_dev_attribute;
KW_API int32_t   kw_dev_operator_count(void);
KW_API kw_status kw_dev_operator_at(int32_t index, kw_dev_operator *out);
KW_API kw_status kw_dev_attribute_at(int32_t operator_index, int32_t index, kw_dev_attribute *out);

/* ---- planning: the one shape rule, asked by the exporter ---- */
typedef struct kw_dev_shape {
  const void *value;             /* inputs: the constant's bytes, or NULL; texts are not given */
  kw_type type;                  /* inputs: 0 = the argument is absent */
  int32_t rank;
  int64_t size[KW_MAX_RANK];     /* below zero: ~index of a named size; outputs: INT64_MIN = only the run tells */
  int64_t optional;              /* it may be None */
} kw_dev_shape;
/* slots: the attribute struct; ints: the pool that INTS attributes point into.  may_raise: with other sizes it raises. */
KW_API kw_status kw_dev_plan(int32_t id, const void *slots, const int64_t *ints, const kw_dev_shape *inputs, int32_t input_count,
                             kw_dev_shape *outputs, int32_t output_count, int32_t *may_raise, kw_error *error);

/* ---- the file ---- */
typedef struct kw_dev_field { const char *record, *field; int32_t kind, offset, bytes; } kw_dev_field; /* kind: 'u', 'i' or 'f' */
typedef struct kw_dev_section { const char *name, *record; int32_t kind, in_index; } kw_dev_section;
KW_API kw_status kw_dev_field_at(int32_t index, kw_dev_field *out);     /* KW_ARGUMENT past the end */
KW_API kw_status kw_dev_section_at(int32_t index, kw_dev_section *out);
KW_API uint64_t  kw_dev_digest(const void *data, size_t bytes);
/* Recomputes every digest of a file in memory; KW_FORMAT where a section is out of range (the others are sealed then too). */
KW_API kw_status kw_dev_seal(void *file, size_t bytes);
/* Removes examples, source lines and source paths.  out NULL: asks the size; else *out_bytes is the room there. */
KW_API kw_status kw_dev_strip(const void *file, size_t bytes, void *out, size_t *out_bytes, kw_error *error);

/* ---- a look inside ---- */
typedef struct kw_dev_node { const char *operator_name, *source; int32_t line, graph; } kw_dev_node; /* source: path, or "" */
KW_API int32_t   kw_dev_node_count(const kw_model *model);
KW_API kw_status kw_dev_node_at(const kw_model *model, int32_t index, kw_dev_node *out);
/* Where a port belongs.  entry: name of its graph; first: of the one at which sessions begin unless told otherwise; is_signed: the
 * name is a signature's of a .tflite file.  Of such a file: name and index of the tensor, open: bit d where it leaves size d to the
 * caller; else the port's name and index. */
typedef struct kw_dev_port { const char *entry, *tensor; int32_t first, is_signed, index; uint32_t open; } kw_dev_port;
KW_API kw_status kw_dev_port_at(const kw_model *model, kw_kind kind, int32_t index, kw_dev_port *out);
KW_API kw_status kw_dev_section_bytes(const kw_model *model, int32_t kind, int64_t *out);
KW_API size_t    kw_dev_session_bytes(const kw_session *session);       /* handle, inputs, state and arena */
/* kw_run, then kw_output of each output that the session was asked for: one call for a binding to pay.  outputs: [kw_count];
 * KW_OK: they are what was there before, KW_AGAIN: it ran, and something else is there. */
KW_API kw_status kw_dev_run(kw_session *session, kw_view *outputs);
/* Zeros for each input of the session's entry but texts, in the sizes that kw_describe tells. */
KW_API kw_status kw_dev_clear_inputs(kw_session *session);
/* Sets the inputs of the index-th row of the file's examples, as kw_set does; KW_ARGUMENT past the last row. */
KW_API kw_status kw_dev_set_example(kw_session *session, int64_t index);
/* How far from Python an output may be: tier 0 EXACT 1 CLOSE 2 CONDITIONED; bounds: (absolute, relative) float64 pairs. */
KW_API kw_status kw_dev_bounds(const kw_model *model, int32_t output, int32_t *tier, const double **bounds, int32_t *pairs);
#ifdef __cplusplus
}
#endif
#endif
