/* The packed operator table: small rows, limits of attributes, and one pool of strings found by
 * offset, so that the table costs no relocations beyond two arrays of function pointers. */
#include <math.h>

#include "ops.h"
#include "plan.h"
#include "selected.h"

/* One run of strings a row: name, signature, names of attributes, each ended by NUL. */
#define NONE
#define INT(name, ...) #name "\0"
#define REAL(name, ...) #name "\0"
#define FLAG(name, ...) #name "\0"
#define TYPE(name) #name "\0"
#define TEXT(name) #name "\0"
#define GRAPH(name) #name "\0"
#define INTS(name, ...) #name "\0"
#define OP(id, version, name, signature, plan, attributes, ...) \
  char name[sizeof(#name "\0" signature "\0" attributes "")];
static const struct texts {
#include "all.def"
} texts = {
#undef OP
#define OP(id, version, name, signature, plan, attributes, ...) \
#name "\0" signature "\0" attributes "",
#include "all.def"
#undef OP
};
#undef INT
#undef REAL
#undef FLAG
#undef TYPE
#undef TEXT
#undef GRAPH
#undef INTS

#define REQUIRED (-HUGE_VAL)
#define ABSENT NAN
#define INT(name, fallback, low, high) {fallback, (double)(low), (double)(high), KW__INT_SLOT},
#define REAL(name, fallback, low, high) {fallback, low, high, KW__REAL_SLOT},
#define FLAG(name, fallback) {fallback, 0, 1, KW__FLAG_SLOT},
#define TYPE(name) {REQUIRED, KW_F64, KW_C128, KW__TYPE_SLOT},
#define TEXT(name) {REQUIRED, 0, 0, KW__TEXT_SLOT},
#define GRAPH(name) {REQUIRED, 0, 0, KW__GRAPH_SLOT},
#define INTS(name, fallback, low, high) {fallback, (double)(low), (double)(high), KW__INTS_SLOT},
#define OP(id, version, name, signature, plan, attributes, ...) attributes
static const kw__attribute attributes_of_all[] = {
#include "all.def"
    {0, 0, 0, 0}};
#undef OP

/* An enumerator for the first attribute of each row: the previous first plus its struct's slots
 * without the mask. */
enum {
#define OP(id, version, name, ...) \
  first_##name, last_##name = first_##name + (int)(sizeof(kw__##name##_attributes) / 8) - 2,
#include "all.def"
#undef OP
  attributes_in_all
};
_Static_assert(sizeof attributes_of_all / sizeof attributes_of_all[0] == attributes_in_all + 1,
               "slots are 8 bytes");

static const kw__row rows[] = {
#define OP(id, version, name, signature, plan, attributes, flags, ...) \
  {id,                                                                 \
   (uint16_t)offsetof(struct texts, name),                             \
   first_##name,                                                       \
   version,                                                            \
   (uint8_t)(flags),                                                   \
   (uint8_t)(sizeof(kw__##name##_attributes) / 8 - 1)},
#include "all.def"
#undef OP
};
enum { row_total = sizeof rows / sizeof rows[0] };

static kw__kernel *const kernels[] = {
#define OP(id, version, name, ...) KW__CHOOSE(name, kw__run_##name, NULL),
#include "all.def"
#undef OP
};
#define kw__plan_none NULL
static kw__kernel *const plans[] = {
#define OP(id, version, name, signature, plan, ...) KW__CHOOSE(name, kw__plan_##plan, NULL),
#include "all.def"
#undef OP
};

enum {
#define OP(id, version, name, ...) row_##name,
#include "all.def"
#undef OP
};
static const uint16_t row_by_id[KW__OP_LIMIT] = {
/* index + 1; an id given twice is a compiler's warning, so an error */
#define OP(id, version, name, ...) [id] = KW__CHOOSE(name, row_##name + 1, 0),
#include "all.def"
#undef OP
};

int32_t kw__row_count(void) { return row_total; }
const kw__row *kw__row_at(int32_t index) { return &rows[index]; }
const kw__row *kw__find_row(uint32_t id) {
  return id < KW__OP_LIMIT && row_by_id[id] ? &rows[row_by_id[id] - 1] : NULL;
}
kw__kernel *kw__row_kernel(const kw__row *row) { return kernels[row - rows]; }
kw__kernel *kw__row_plan(const kw__row *row) { return plans[row - rows]; }
const kw__attribute *kw__row_attribute(const kw__row *row, int32_t index) {
  return &attributes_of_all[row->first_attribute + index];
}

const char *kw__row_name(const kw__row *row) { return (const char *)&texts + row->text; }
const char *kw__row_signature(const kw__row *row) {
  const char *name = kw__row_name(row);
  return name + strlen(name) + 1;
}
const char *kw__attribute_name(const kw__row *row, int32_t index) {
  const char *text = kw__row_signature(row);
  for (int32_t i = 0; i <= index; i++) text += strlen(text) + 1;
  return text;
}
