/* What the two halves of the arena's planner share: arena.c places values, takeover.c tells which
 * may take the place of another. */
#ifndef KOWARI_ARENA_H
#define KOWARI_ARENA_H
#include "ops/ops.h"

enum { KW__ANY_RESULT = 0x7FFFFFFF }; /* more than any tensor's index */

/* Live values are a list sorted by offset, linked through `next` by tensor. */
typedef struct kw__planner {
  const kw_model *model;
  const int64_t *capacity;
  uint32_t entry;
  uint32_t *last_use; /* [tensors] node of the last use, KW__NONE: until the graph ends */
  uint32_t *next;     /* [tensors] */
  uint32_t *leaves;   /* [tensors] of parameters in whose place a graph may write: the one of its
                         results that may lie there in the end, or KW__ANY_RESULT; else KW__NONE */
  uint32_t *producer; /* [tensors] the node, or KW__NONE */
  kw__layout *layout;
  uint32_t head;
  size_t base, end; /* of the frame being placed */
} kw__planner;

/* Arguments and results of a node that runs graphs: where they begin among its inputs and outputs.
 * A loop has one graph, its body, whose first results are not carried. */
typedef struct kw__calls {
  int32_t argument, result, graphs;
  uint32_t graph[2];
  bool is_loop;
} kw__calls;
kw__calls kw__read_calls(const kw__node *node);

static inline uint32_t kw__parameter_at(const kw_model *model, uint32_t graph, uint32_t index) {
  return kw__operands(model, KW__AT(model, GRAPHS, graph, graph)->inputs)[index];
}
bool kw__is_same_shape(const kw_model *model, uint32_t a, uint32_t b);
/* A loop's body gives this parameter back as it is: all turns share what the loop is given. */
bool kw__passes_through(const kw_model *model, uint32_t graph, uint32_t index);

/* Lets output `index` of a node take the place of an input that is live only up to this node;
 * false: it needs a place of its own. */
bool kw__take_over(kw__planner *p, uint32_t graph, const kw__node *node, int32_t index);
/* Once its outputs have a place: where the graphs that it runs may write. */
void kw__lend_places(kw__planner *p, uint32_t graph, const kw__node *node);

#endif
