/* The limit of a forest: 100 trees of depth 12, 15 features, 3 classes, the compact nodes of the
 * file.  All trees of a group go down side by side for exactly 12 levels; leaves stay where they
 * are. */
#include <math.h>
#include <stdint.h>

#include "limit.h"

enum { TREES = 100, DEPTH = 12, FEATURES = 15, CLASSES = 3, LANES = 16, SLOT_BITS = 12 };

typedef struct node {
  float threshold;
  uint32_t link;
} node; /* steps to the left child, and what is compared */

static const uint32_t *starts; /* [TREES + 2]: of each tree, then the number of nodes, twice */
static const node *nodes;
static const double *leaves; /* [rows, CLASSES] */

void set_limit(const void *data) {
  starts = data;
  nodes = (const node *)(const void *)(starts + TREES + 2);
  leaves = (const double *)(const void *)(nodes + starts[TREES]);
}

#define DESCEND(lanes)                                                                             \
  do {                                                                                             \
    const node *at[lanes];                                                                         \
    for (int j = 0; j < lanes; j++) at[j] = nodes + starts[tree + j];                              \
    for (int level = 0; level < DEPTH; level++)                                                    \
      for (int j = 0; j < lanes; j++) {                                                            \
        uint32_t link = at[j]->link;                                                               \
        at[j] += (link >> SLOT_BITS) + (slots[link & 31] > at[j]->threshold);                      \
      }                                                                                            \
    for (int j = 0; j < lanes; j++)                                                                \
      for (int k = 0; k < CLASSES; k++) sum[k] += leaves[(int32_t)at[j]->threshold * CLASSES + k]; \
  } while (0)

void run_limit(const double *row, double *out) {
  float slots[32] = {-INFINITY};
  double sum[CLASSES] = {0};
  for (int f = 0; f < FEATURES; f++) slots[1 + 2 * f] = slots[2 + 2 * f] = (float)row[f];
  int tree = 0;
  for (; tree + LANES <= TREES; tree += LANES) DESCEND(LANES);
  for (; tree < TREES; tree += TREES % LANES) DESCEND(TREES % LANES);
  int best = 0;
  for (int k = 0; k < CLASSES; k++) {
    out[k] = sum[k] / TREES;
    if (out[k] > out[best]) best = k;
  }
  out[CLASSES] = best;
}
