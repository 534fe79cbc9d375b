/* Private structs of the library, once: model, session, frame, and what an operator sees of them.
 *
 * A model is immutable after kw_open: records verified, constants mapped, nodes resolved to
 * kernels.  A session is a frame (tensors with their current sizes and memory) over one arena.
 * Sizes travel with values: a plan computes the sizes of a node's outputs from its inputs, the
 * frame checks them against what was declared and against capacity, and the kernel then runs blind.
 */
#ifndef KOWARI_INTERNAL_H
#define KOWARI_INTERNAL_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../include/kowari.h"
#include "format.h"

#define KW__UNKNOWN INT64_MIN /* a size that only the run tells (when planning with symbols) */
#define KW__MAX_DEPTH 32      /* of nested graphs: bounds the stack */
#define KW__ARGUMENTS 8       /* of a signature */
#define KW__ALIGNMENT 64
#define KW__TEXT_NONE UINT32_MAX  /* length of a text that is None */
#define KW__TEXT_POOL 0x80000000u /* offset into the session's pool, not the file's TEXT */

typedef struct kw__frame kw__frame;
typedef struct kw__node kw__node;
typedef kw_status kw__kernel(kw__frame *frame, const kw__node *node);

/* ---- values ---- */
typedef struct kw__text {
  uint32_t offset, length;
} kw__text; /* an element of a TEXT tensor */

typedef struct kw__tensor {
  void *data;     /* row-major, dense; NULL while planning without memory */
  int64_t count;  /* elements */
  uint64_t stamp; /* grows when the sizes change: a node whose inputs did not change is not planned
                     again */
  uint8_t type, rank, present; /* present 0: None; while planning with symbols: it may be None */
  int64_t size[KW_MAX_RANK];   /* while planning with symbols: ~symbol or KW__UNKNOWN below zero */
} kw__tensor;

/* Constants lie in the file at any multiple of 4 bytes: kernels read inputs through these. */
#if defined(__GNUC__)
typedef double kw__f64 __attribute__((aligned(4)));
typedef int64_t kw__i64 __attribute__((aligned(4)));
typedef uint64_t kw__u64 __attribute__((aligned(4)));
#else
typedef double kw__f64;
typedef int64_t kw__i64;
typedef uint64_t kw__u64;
#endif

/* ---- memory ---- */
typedef struct kw__memory {
  kw_allocator allocator;
} kw__memory;
void *kw__resize(const kw__memory *memory, void *old, size_t old_size,
                 size_t size); /* NULL: out of memory; size 0 frees */
void kw__init_memory(kw__memory *memory, const kw_allocator *allocator);
kw_status kw__check_options(const kw_options *options, kw_error *error); /* NULL is fine */

/* ---- signatures (signature.c) ---- */
typedef struct kw__argument {
  uint8_t type;               /* a kw_type, or 0 and */
  uint8_t variable;           /* index of the type variable */
  uint16_t types;             /* the types it may take, a bit each */
  int8_t rank;                /* -1: any */
  uint8_t optional, variadic; /* variadic 1: of one type; 2: each of its own */
  int16_t dims[4];            /* < 0: ~index of a name; else the size */
} kw__argument;
typedef struct kw__signature {
  uint8_t inputs, outputs, variables, names;
  kw__argument argument[KW__ARGUMENTS]; /* inputs, then outputs */
  uint8_t unused[12];                   /* side by side in a block that is carved by 16 */
} kw__signature;
_Static_assert(sizeof(kw__signature) % 16 == 0, "signatures lie side by side");
bool kw__parse_signature(const char *text, kw__signature *out);

/* ---- model ---- */
struct kw__node {
  kw__kernel *run, *plan;
  const void *attributes;  /* kw__NAME_attributes */
  const uint32_t *operand; /* inputs, then outputs: indices of tensors */
  const kw__signature *signature;
  uint16_t inputs, outputs, op;
  uint8_t flags,
      fixed; /* fixed: all sizes are numbers and no value decides one: planned once a session */
  uint32_t index; /* in the file: line and source path are looked up when something fails */
};

typedef struct kw__map {
  void *base;
  size_t base_bytes;
  void *data;
  size_t bytes;
  const kw__memory *memory;
} kw__map;

enum { KW__BODY = 1 };

struct kw_model {
  atomic_int references;
  kw__memory memory;
  kw__map map;         /* the file; data NULL when borrowed or copied */
  const uint8_t *file; /* VALUE sections are read here */
  size_t file_bytes;
  void (*release)(void *user);
  void *user;
  uint8_t *index; /* our copy of the file up to the end of its INDEX sections */
  size_t index_bytes;
  uint8_t *owned;                                       /* KW_COPY: the whole file */
  const kw__section_record *section[KW__SECTION_KINDS]; /* NULL: absent */
  const uint8_t *records[KW__SECTION_KINDS];            /* of INDEX sections: where they lie */
  uint8_t *derived; /* one block: nodes, signatures, constants, texts */
  size_t derived_bytes;
  kw__node *nodes;
  const void **constant;                /* [tensors] bytes of the tensor's constant, or NULL */
  uint8_t *body;                        /* [graphs] KW__BODY + results before those that a loop
                                           carries, whose parameters have memory; 0: no body */
  uint8_t *calls;                       /* [graphs] how many nodes run it, counted to 2 */
  char *meta_keys;                      /* what kw_meta(model, "keys") answers */
  int32_t port_first[4], port_count[4]; /* by kw_kind */
  uint64_t digest;                      /* of header and section table, so of everything */
};

/* Typed views on the records of a section, verified at open. */
static inline const void *kw__records(const kw_model *model, int32_t kind) {
  return model->records[kind];
}
uint32_t kw__record_count(const kw_model *model, int32_t kind);
uint32_t kw__record_bytes(int32_t kind); /* of this format; 0: the section has no records */
#define KW__AT(model, KIND, record, index)                                                      \
  ((const kw__##record##_record *)(const void *)((const char *)kw__records(model, KW__##KIND) + \
                                                 (size_t)(index) *                              \
                                                     (model)->section[KW__##KIND]->record_bytes))
/* OPERANDS are numbers side by side: those from `first` on; NULL in a file without any. */
static inline const uint32_t *kw__operands(const kw_model *model, uint32_t first) {
  const uint32_t *operands = kw__records(model, KW__OPERANDS);
  return operands ? operands + first : NULL;
}
const char *kw__string(const kw_model *model, uint32_t offset);
const int64_t *kw__ints(const kw_model *model, uint32_t offset);
const void *kw__data_bytes(const kw_model *model,
                           uint32_t data); /* where a data record's bytes lie in memory */

/* ---- frame: what a kernel sees of a session ---- */
enum {
  KW__STAGE_OPEN,
  KW__STAGE_SESSION,
  KW__STAGE_RUN
}; /* OPEN: sizes may be symbols, data only of constants */
struct kw__frame {
  kw__tensor *tensors;
  const kw_model *model;
  const int64_t *capacity; /* by named size; NULL at STAGE_OPEN */
  char *text_pool;
  kw_error *error;
  uint64_t *planned;     /* [nodes] stamp of the frame when last planned */
  const uint8_t *wanted; /* [nodes of the entry] KW__EACH_RUN, or others to skip; NULL: run all */
  uint32_t entry;        /* the graph at which the session begins */
  uint64_t stamp;
  int32_t stage;
  bool may_raise; /* set by a plan at STAGE_OPEN: with other sizes this node raises */
  int64_t steps;  /* loop turns and calls left */
  atomic_int *cancel;
  int64_t deadline; /* of the clock in thread.h, or 0: none */
};

static inline const kw__tensor *kw__in(const kw__frame *frame, const kw__node *node,
                                       int32_t index) {
  return &frame->tensors[node->operand[index]];
}
/* An argument marked ? in the signature: NULL where the file gives none. */
static inline const kw__tensor *kw__in_or_null(const kw__frame *frame, const kw__node *node,
                                               int32_t index) {
  uint32_t operand = node->operand[index];
  return operand == KW__NONE ? NULL : &frame->tensors[operand];
}
static inline kw__tensor *kw__out(const kw__frame *frame, const kw__node *node, int32_t index) {
  return &frame->tensors[node->operand[node->inputs + index]];
}
#define KW__ATTRIBUTES(name, node) ((const kw__##name##_attributes *)(node)->attributes)
/* Is attribute number `index` of the row present (not None)? */
static inline bool kw__is_present(const kw__node *node, int32_t index) {
  return (*(const uint64_t *)node->attributes >> index) & 1;
}

/* ---- errors (error.c) ---- */
#if defined(__GNUC__)
#define KW__PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define KW__PRINTF(f, a)
#endif
#if defined(__GNUC__)
#define KW__APART \
  __attribute__((noinline)) /* the long way, beside a short one that is taken often */
#else
#define KW__APART
#endif
/* Fills error (may be NULL) and returns status, so that a check is `return kw__fail(...)`. */
kw_status kw__fail(kw_error *error, kw_status status, const char *format, ...) KW__PRINTF(3, 4);
/* KW_CAPACITY, naming the size, what it needs, and where in the Python source it came from. */
kw_status kw__exceed_capacity(kw_error *error, const kw_model *model, int64_t size, int64_t needed,
                              int64_t capacity);
/* Python's exception `type` with its message: ends the run with KW_RAISED unless a handler takes
 * it. */
kw_status kw__raise(kw__frame *frame, const kw__node *node, const char *type, const char *format,
                    ...) KW__PRINTF(4, 5);
/* The same with texts of the file, which attributes name. */
typedef struct kw__text_slot {
  uint32_t offset, length;
} kw__text_slot; /* in TEXT */
kw_status kw__raise_text(kw__frame *frame, const kw__node *node, kw__text_slot type,
                         kw__text_slot message);
/* A plan's complaint: KW_SHAPE or KW_TYPE with the operator's name before the text. */
kw_status kw__refuse(kw__frame *frame, const kw__node *node, kw_status status, const char *format,
                     ...) KW__PRINTF(4, 5);
void kw__locate_error(kw__frame *frame,
                      const kw__node *node); /* adds node, Python line and source path */
void kw__clear_error(kw_error *error);
void kw__name_error(kw_error *error, const char *name); /* the input, output or size at fault */

/* ---- frame.c: planning and running ---- */
kw_status kw__infer_node(
    kw__frame *frame, const kw__node *node); /* types and sizes of the outputs, not yet checked */
kw_status kw__plan_node(kw__frame *frame, const kw__node *node); /* infers, checks, settles */
kw_status kw__run_graph(kw__frame *frame, uint32_t graph);
/* Asked before every node and on every turn of a loop: CANCELLED or TIMEOUT when the run must end.
 */
kw_status kw__poll_all(kw__frame *frame);
static inline kw_status kw__poll(kw__frame *frame) {
  bool quiet = !frame->deadline && !atomic_load_explicit(frame->cancel, memory_order_relaxed);
  return quiet ? KW_OK : kw__poll_all(frame);
}
/* Gives output `index` its size along `axis` from inside a kernel (counts that only the run tells).
 */
kw_status kw__set_size(kw__frame *frame, const kw__node *node, int32_t index, int32_t axis,
                       int64_t size);
/* Checks the sizes of tensor `id` against its declaration and capacity, and updates count and
 * stamp. */
kw_status kw__settle(kw__frame *frame, uint32_t id, const int64_t before[KW_MAX_RANK]);
int64_t kw__count(const int64_t *size,
                  int32_t rank); /* product; KW__UNKNOWN if any is unknown or symbolic */
const char *kw__text_data(const kw__frame *frame, kw__text text);

/* ---- types ---- */
/* 0: no such type. */
static inline size_t kw__type_bytes(int32_t type) {
  static const uint8_t bytes[] = {
      [KW_F64] = 8, [KW_F32] = 4, [KW_I64] = 8,  [KW_I32] = 4,  [KW_I16] = 2,
      [KW_I8] = 1,  [KW_U8] = 1,  [KW_BOOL] = 1, [KW_TEXT] = 8, [KW_F16] = 2,
      [KW_U16] = 2, [KW_U32] = 4, [KW_U64] = 8,  [KW_C64] = 8,  [KW_C128] = 16};
  return (uint32_t)type < sizeof bytes ? bytes[type] : 0;
}
const char *kw__type_name(int32_t type); /* NumPy's name: "float64" */
/* Copies `count` elements converting only without loss (out NULL: only checks); the index of the
 * first that would lose, or -1. */
int64_t kw__convert(int32_t to, void *out, int32_t from, const void *in, int64_t count);

/* ---- verify.c, verify_graph.c, model.c ---- */
bool kw__is_utf8(const uint8_t *text, uint64_t bytes);
kw_status kw__verify_sections(kw_model *model, kw_error *error); /* finds them in model->index */
kw_status kw__verify_records(
    kw_model *model, kw_error *error); /* after this, every index in every record is in range */
bool kw__is_tflite(const uint8_t *data, size_t bytes);
kw_status kw__read_tflite(kw_model *model, kw_error *error); /* tflite.c: makes model->index */
kw_status kw__verify_values(const kw_model *model,
                            kw_error *error); /* KW_DIGEST: every byte that is not yet verified */
kw_status kw__verify_nodes(kw_model *model, kw_error *error); /* operators, arity, attributes */
kw_status kw__verify_graphs(kw_model *model, kw__frame *frame, uint8_t *defined,
                            uint8_t *depth);         /* order, types, sizes */
uint64_t kw__digest(const void *data, size_t bytes); /* digest.c */
const kw__port_record *kw__port(const kw_model *model, kw_kind kind,
                                int32_t index); /* NULL: out of range */

/* ---- arena.c: lifetimes to offsets ---- */
enum { KW__UNWANTED, KW__EACH_RUN, KW__ONCE }; /* when a node runs; once: of constants alone */
typedef struct kw__layout {
  size_t *offset;  /* [tensors] from the arena's start; SIZE_MAX: no place, as constants */
  uint8_t *wanted; /* [nodes] */
  size_t bytes;
} kw__layout;
/* False: the sizes overflow.  scratch: [KW__PLANNER_SCRATCH * tensors], base: [graphs]. */
enum { KW__PLANNER_SCRATCH = 4 };
bool kw__plan_arena(const kw_model *model, const int64_t *capacity, uint32_t entry,
                    uint32_t *scratch, size_t *base, kw__layout *layout);
void kw__mark_wanted(const kw_model *model, uint32_t entry, const uint8_t *wanted_outputs,
                     uint8_t *needed, uint8_t *wanted);
/* Does the port belong to this entry? */
bool kw__is_of_entry(const kw_model *model, const kw__port_record *port, uint32_t entry);
size_t kw__tensor_bytes(const kw_model *model, const int64_t *capacity,
                        uint32_t tensor); /* SIZE_MAX: overflow */

/* ---- system_*.c ---- */
kw_status kw__map_path(kw__map *out, const char *path, kw_error *error);
kw_status kw__map_fd(kw__map *out, int32_t fd, int64_t offset, int64_t length,
                     kw_error *error); /* length -1: to the end */
void kw__unmap(kw__map *map);

#endif
