/* clang-format off */
/* THE TABLE: joins the families' rows (*.def) and expands them into ids, attribute structs and
 * prototypes.  One row an operator; table.c holds the packed form of the rows, and Python reads
 * that through kowari_dev.h.
 *
 *   OP(id, version, name, "signature", plan, ATTRIBUTES, FLAGS, "doc", "reference")
 *
 * id, version  for ever after 1.0; what an operator means never changes under a version.
 * signature    "x:f[n], y:f[n] -> z:f[n, 2]".  An argument is NAME MARK : TYPE [DIMS].
 *              Mark: ? may be absent, * one or more (last argument), ** none or more, each of its own type.
 *              Type: f64 ... text, or a class that binds a type on first use and may carry a digit
 *              to be a second variable: f {f64 f32}, i {i64 i32}, n {f i}, b {n bool},
 *              a {all but text}, t {all}, q {i32 i16 i8 u8: quantised},
 *              w {f32 i8: weights}.
 *              Dims: none = any rank; numbers or names in brackets, a name binds a size on first
 *              use; [] is a scalar.
 *              An output called `work` is scratch: the kernel's own, no part of the meaning.
 * plan         kw__plan_NAME, the one shape rule beyond the signature, or `none`.
 * ATTRIBUTES   INT REAL FLAG TYPE TEXT GRAPH INTS in the order of 8-byte slots: the struct is the
 *              layout in the file.  The fallback is a number, REQUIRED, or ABSENT (None, told by
 *              the presence mask).  NONE: no attributes.
 * FLAGS        PLAIN, or a sum of
 *              RAISES       may end the run with a Python exception: keeps its place
 *              INPLACE      output 0 may take the memory of an input of the same shape
 *              STORE        ... only that of the first input, of which it is a changed copy
 *              VALUES       the plan reads the values of inputs
 *              STATE        keeps something between runs
 *              APPROXIMATE  a libm function or a free order of summation: CLOSE, not EXACT
 *              NULLABLE     takes None
 *              TELLS        the kernel tells the sizes of its outputs: planned once, whatever sizes
 *                           the inputs have later
 * reference    one expression over NumPy (np), pandas (pd) or SciPy of the arguments:
 *              documentation and oracle. */
/* clang-format on */
#ifndef KOWARI_OPS_H
#define KOWARI_OPS_H
#include "../internal.h"

enum {
  PLAIN = 0,
  RAISES = 1,
  INPLACE = 2,
  VALUES = 4,
  STATE = 8,
  APPROXIMATE = 16,
  NULLABLE = 32,
  STORE = 64,
  TELLS = 128
};

/* Ids. */
enum {
#define OP(id, version, name, ...) KW__OP_##name = id,
#include "all.def"
#undef OP
  KW__OP_LIMIT = 1024
};

/* Attribute structs: kw__NAME_attributes. */
typedef struct kw__ints_slot {
  uint32_t offset, count;
} kw__ints_slot; /* in INTS */
#define NONE
#define INT(name, fallback, low, high) int64_t name;
#define REAL(name, fallback, low, high) double name;
#define FLAG(name, fallback) int64_t name;
#define TYPE(name) int64_t name;
#define TEXT(name) kw__text_slot name;
#define GRAPH(name) int64_t name;
#define INTS(name, fallback, low, high) kw__ints_slot name;
#define OP(id, version, name, signature, plan, attributes, ...) \
  typedef struct kw__##name##_attributes {                      \
    uint64_t present;                                           \
    attributes                                                  \
  } kw__##name##_attributes;
#include "all.def"
#undef OP
#undef NONE
#undef INT
#undef REAL
#undef FLAG
#undef TYPE
#undef TEXT
#undef GRAPH
#undef INTS

/* Kernels: kw__run_NAME.  Plans are shared by rows, so each family's header part declares its own
 * in plan.h. */
#define OP(id, version, name, ...) kw_status kw__run_##name(kw__frame *frame, const kw__node *node);
#include "all.def"
#undef OP

/* The graph that is a loop's body; below 0: the node is no loop. */
static inline int64_t kw__loop_body(const kw__node *node) {
  if (node->op == KW__OP_repeat) return KW__ATTRIBUTES(repeat, node)->body;
  return node->op == KW__OP_while_loop ? KW__ATTRIBUTES(while_loop, node)->body : -1;
}

/* The packed table. */
enum {
  KW__INT_SLOT = 1,
  KW__REAL_SLOT,
  KW__FLAG_SLOT,
  KW__TYPE_SLOT,
  KW__TEXT_SLOT,
  KW__GRAPH_SLOT,
  KW__INTS_SLOT
};
typedef struct kw__attribute {
  double fallback, low, high;
  int32_t kind;
} kw__attribute; /* fallback: -inf REQUIRED, NaN ABSENT */
typedef struct kw__row {
  uint16_t id, text, first_attribute;
  uint8_t version, flags, attributes;
} kw__row;

int32_t kw__row_count(void);
const kw__row *kw__row_at(int32_t index); /* in table order */
const kw__row *kw__find_row(uint32_t id); /* NULL: no such operator in this build */
const char *kw__row_name(const kw__row *row);
const char *kw__row_signature(const kw__row *row);
const char *kw__attribute_name(const kw__row *row, int32_t index);
const kw__attribute *kw__row_attribute(const kw__row *row, int32_t index);
kw__kernel *kw__row_kernel(const kw__row *row);
kw__kernel *kw__row_plan(const kw__row *row); /* NULL: the signature says all */

#endif
