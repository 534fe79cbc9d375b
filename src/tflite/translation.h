/* What the files of the translator share: the records while they grow, the file's subgraphs, and
 * the scope of the graph that is being made. */
#ifndef KOWARI_TRANSLATION_H
#define KOWARI_TRANSLATION_H
#include "translate.h"

enum {
  KW__OF_FILE = 1,          /* stamp of a value: the file declares it, with its type */
  KW__COMPUTED = 2,         /* stamp: a node gives it */
  KW__TAKEN = 4,            /* stamp: the graph is given it */
  KW__MOST_NODES = 1 << 17, /* also of loop bodies that were tried: ends a hostile file's growth */
  KW__MOST_VALUES = 1 << 19,
  KW__TFLITE_CUSTOM = 32,
  KW__TFLITE_CALL_ONCE = 129,
  KW__TFLITE_VAR_HANDLE = 142,
  KW__TFLITE_READ_VARIABLE = 143,
  KW__TFLITE_ASSIGN_VARIABLE = 144
};

typedef struct kw__pool {
  uint8_t *at;
  size_t bytes, room;
} kw__pool;

/* Pools beside those of the sections. */
enum {
  KW__POOL_VALUES = KW__SECTION_KINDS,
  KW__POOL_OWNERS,
  KW__POOL_NODE_OWNERS,
  KW__POOL_QUANTIZATIONS,
  KW__POOL_VARIABLES,
  KW__POOL_SIGNATURES,
  KW__POOLS
};

typedef struct kw__subgraph {
  kw__fb_table table;
  kw__fb_vector tensors, operators, inputs, outputs;
  bool has_variables; /* here or in what it calls */
} kw__subgraph;

/* A value that a session keeps: a resource by its name, a tensor that is marked as variable, or
 * whether a CALL_ONCE has happened. */
typedef struct kw__variable {
  const char *name;          /* of the resource, or NULL */
  uint32_t subgraph, tensor; /* of the tensor; CALL_ONCE: of the graph it calls, KW__NONE */
  uint8_t type, rank;
  int64_t size[KW_MAX_RANK];
} kw__variable;

typedef struct kw__scope {
  const struct kw__scope *caller;
  const kw__subgraph *from;
  uint32_t graph, subgraph, tensors, place; /* place: "subgraph 0" in TEXT */
  uint32_t first;    /* the value of the file's tensor 0; the others follow */
  uint32_t *value;   /* [tensors] what stands for each; KW__NONE: not defined yet */
  uint32_t *handle;  /* [tensors] the variable that a resource stands for, or KW__NONE */
  uint32_t *current; /* [variables] the value of each now */
  uint32_t *operand; /* room for the inputs and outputs of an operator */
  size_t bytes;      /* of the block of these arrays */
  int32_t operator_index, depth;
} kw__scope;

struct kw__translation {
  kw_model *model;
  kw_error *error;
  kw_status status; /* sticks: out of memory while something grew */
  kw__fb file;
  kw__fb_vector buffers, codes;
  kw__subgraph *subgraphs;
  uint32_t subgraph_count;
  kw__pool pool[KW__POOLS];
  kw__section_record section[KW__SECTION_KINDS];
  uint16_t signature[KW__OP_LIMIT]; /* 1 + place in the pool of signatures */
  kw__frame frame;
  kw__scope *scope;
  uint32_t emitted, defined;          /* nodes and values, those undone too */
  uint64_t used[4];                   /* the operators of the table that occur, a bit each */
  uint64_t folded[KW__OP_LIMIT / 64]; /* the rows of nodes that are no more, a bit each */
};

/* The builtin of an entry of the operator codes: the old field was a byte. */
static inline int32_t kw__builtin_of(const kw__fb_table *code) {
  int32_t old = kw__fb_byte(code, CODE_DEPRECATED, 0), now = kw__fb_int(code, CODE_BUILTIN, 0);
  return now > old ? now : old;
}

/* ---- tflite.c ---- */
kw__fb kw__tflite_buffer(const kw_model *model);

/* ---- builder.c: records that grow ---- */
void kw__start_records(kw__translation *t);
void kw__free_records(kw__translation *t);
/* Room for `bytes` more at the pool's end; NULL: out of memory, and t->status says so. */
void *kw__append(kw__translation *t, int32_t pool, size_t bytes, const void *data);
uint32_t kw__pool_count(const kw__translation *t, int32_t pool);
uint32_t kw__append_text(kw__translation *t, const char *text);
uint32_t kw__append_operands(kw__translation *t, const uint32_t *ids, uint32_t count);
/* name: one that no other size has; source: a size that it is likely to be near, or KW__NONE. */
uint32_t kw__append_size(kw__translation *t, const char *name, int64_t fallback, uint32_t source);
/* Named after a tensor's axis, and numbered: tensors of two subgraphs may have one name. */
uint32_t kw__append_computed_size(kw__translation *t, const char *tensor, int32_t axis,
                                  int64_t fallback, uint32_t source);
/* A value of the scope's graph with type and sizes; a constant where data is not KW__NONE. */
uint32_t kw__define_value(kw__translation *t, const char *name, const kw__tensor *shape,
                          uint32_t data);
void kw__declare_value(kw__translation *t, uint32_t id); /* its record says what its tensor is */
kw__variable *kw__variable_at(const kw__translation *t, uint32_t index);
int64_t kw__fallback_of(const kw__translation *t, int64_t size); /* the number, or the symbol's */
void kw__meta_text(kw__translation *t, const char *key, const char *value);
typedef struct kw__checkpoint {
  size_t bytes[KW__POOLS];
} kw__checkpoint;
kw__checkpoint kw__mark_records(const kw__translation *t);
void kw__undo_records(kw__translation *t, const kw__checkpoint *mark);
/* The records into model->index, graph by graph. */
kw_status kw__assemble_records(kw__translation *t);

/* ---- fold.c ---- */
/* The node's output becomes a constant; false: the node must stay. */
bool kw__fold_node(kw__translation *t, const kw__node *node);

/* ---- subgraph.c: a subgraph becomes a graph ---- */
/* What a caller gives to each input of a subgraph: type and sizes of a value, or the variable that
 * a resource stands for. */
typedef struct kw__given {
  kw__tensor shape;
  uint32_t handle; /* KW__NONE: a value */
  uint8_t joined;  /* of a loop: axes whose size a turn may change, a bit each */
} kw__given;
/* The parameters of the graph are the given values, then all variables if the subgraph uses any;
 * its results those of the subgraph that are no resources, then the same variables.  Of a loop's
 * body no result is a parameter in another's place. */
kw_status kw__translate_callee(kw__translation *t, uint32_t subgraph, const kw__given *given,
                               uint32_t count, bool is_body, uint32_t *graph);
/* A scope for a subgraph: it becomes the translation's; close it whether it opened or not. */
kw_status kw__open_scope(kw__translation *t, kw__scope *scope, uint32_t subgraph, const char *name);
void kw__close_scope(kw__translation *t, kw__scope *scope);
kw_status kw__list_outputs(kw__translation *t, kw__scope *scope, uint32_t *out, uint32_t *count);
uint32_t kw__variables_of(const kw__translation *t, const kw__scope *scope);
uint32_t *kw__take_ids(kw__translation *t, const kw__scope *scope, size_t *bytes);
uint32_t kw__begin_graph(kw__translation *t, const char *name);
void kw__end_graph(kw__translation *t, uint32_t graph, const uint32_t *in, uint32_t inputs,
                   const uint32_t *out, uint32_t outputs);
kw_status kw__copy_value(kw__translation *t, uint32_t from, uint32_t *to); /* as a node's result */
/* The variable of a resource that an operator names; KW__NONE: an unknown one. */
uint32_t kw__handle_of(const kw__translation *t, uint32_t id);
kw_status kw__damaged(kw__translation *t, const char *what);

/* ---- values.c: tensors of the file become values ---- */
kw_status kw__read_tensor(kw__translation *t, kw__scope *scope, uint32_t index);
/* A constant without elements has no bytes that say so: an input that nothing defines. */
kw_status kw__define_empty(kw__translation *t, const kw__tflite_op *op, uint32_t id);
kw__tensor kw__declared_shape(const kw__fb_table *tensor);
int32_t kw__type_code_of(const kw__translation *t, uint32_t id); /* the schema's; -1: none */
bool kw__is_resource(const kw__translation *t, uint32_t id);
/* A value of a type that the library has, not a resource or a list. */
bool kw__is_plain_value(const kw__translation *t, uint32_t id);
/* Types that the library has no values of travel as handles, or are refused. */
kw_status kw__check_type(kw__translation *t, const kw__tflite_op *op, uint32_t id, bool *is_value);

/* ---- operators.c ---- */
kw_status kw__translate_operators(kw__translation *t, kw__scope *scope);
void kw__list_operators(kw__translation *t); /* "operators" and "folded" of kw_meta */

/* ---- entry.c ---- */
kw_status kw__translate_entries(kw__translation *t, const kw__fb_table *model);

/* ---- control.c ---- */
/* The subgraphs that an operator calls: their number, at most two. */
int32_t kw__callees_of(int32_t code, const kw__fb_table *op, int32_t callee[2]);

/* ---- variables.c ---- */
kw_status kw__find_variables(kw__translation *t);
bool kw__is_variable_tensor(const kw__translation *t, uint32_t id);
uint32_t kw__once_variable(const kw__translation *t, uint32_t subgraph); /* has it been called? */
/* The variables as values of the graph that begins: its parameters. */
void kw__enter_variables(kw__translation *t);

#endif
