/* What the two halves of the verifier share: verify.c (records) and verify_graph.c (operators,
 * order, shapes). */
#ifndef KOWARI_VERIFY_H
#define KOWARI_VERIFY_H
#include "ops/ops.h"

#define REFUSE(...) return kw__fail(error, KW_FORMAT, __VA_ARGS__)

static inline bool kw__is_range(uint64_t first, uint64_t count, uint64_t limit) {
  return first <= limit && count <= limit - first;
}
uint64_t kw__section_bytes(const kw_model *model, int32_t kind);
bool kw__is_text(const kw_model *model, uint32_t offset); /* the offset of a string in TEXT */

#endif
