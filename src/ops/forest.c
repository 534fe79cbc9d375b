/* Ensembles of binary trees: the nodes, how a row walks them, and the check that makes it safe.
 *
 * A row is spread over slots: slot 0 is -inf; feature f has 1 + 2 f, where NaN became -inf, and 2 +
 * 2 f, where it stayed.  A node goes on by `step`, and one further unless slots[slot] <= threshold:
 * siblings are adjacent, NaN goes left from the one slot and right from the other.  A leaf is slot
 * 0 and step 0, so that it stays where it is, and its threshold is its row in the table of leaves.
 * Slot 0 with a step is a jump.  Tree t is nodes[starts[t]] .. nodes[starts[t + 1] - 1].
 *
 * Eight trees are walked side by side: a walk is a chain of dependent loads, and eight chains hide
 * each other's latency. */
#include <math.h>

#include "plan.h"

enum { LANES = 8, SLOT_BITS = 12, NARROW_WORDS = 2, WIDE_WORDS = 4 };

typedef struct narrow_node {
  float threshold;
  uint32_t link;
} narrow_node; /* link: step << SLOT_BITS | slot */
typedef struct wide_node {
  double threshold;
  uint32_t step, slot;
} wide_node;

#define NARROW_STEP(node) ((node).link >> SLOT_BITS)
#define NARROW_SLOT(node) ((node).link & ((1u << SLOT_BITS) - 1))
#define WIDE_STEP(node) ((node).step)
#define WIDE_SLOT(node) ((node).slot)

/* A node of either width. */
static wide_node load_node(const char *at, bool wide) {
  wide_node node;
  narrow_node narrow;
  if (wide) {
    memcpy(&node, at, sizeof node);
    return node;
  }
  memcpy(&narrow, at, sizeof narrow);
  return (wide_node){(double)narrow.threshold, NARROW_STEP(narrow), NARROW_SLOT(narrow)};
}

/* ---- plan: after it a walk stays inside its tree, ends, and ends at a row of the table ---- */
typedef struct ensemble { /* what the inputs are, in numbers that are known */
  const char *nodes;
  const uint32_t *starts;
  int64_t nodes_count, trees, leaves, width, outputs, features;
  bool wide;
} ensemble;

static ensemble read_ensemble(const kw__frame *frame, const kw__node *node) {
  const kw__tensor *nodes = kw__in(frame, node, 1), *starts = kw__in(frame, node, 2),
                   *leaves = kw__in(frame, node, 3);
  return (ensemble){.nodes = nodes->data,
                    .starts = starts->data,
                    .nodes_count = nodes->size[0],
                    .trees = starts->size[0] - 1,
                    .leaves = leaves->size[0],
                    .width = leaves->size[1],
                    .outputs = kw__in(frame, node, 4)->size[0],
                    .features = kw__in(frame, node, 0)->size[1],
                    .wide = nodes->size[1] == WIDE_WORDS};
}

static size_t node_bytes(bool wide) { return wide ? sizeof(wide_node) : sizeof(narrow_node); }

/* `after` counts the nodes of the tree from this one on. */
static bool is_sound(const ensemble *e, wide_node node, int64_t after) {
  if (node.slot == 0 && node.step == 0) /* NaN fails the comparison */
    return node.threshold >= 0 && node.threshold < (double)e->leaves &&
           node.threshold == floor(node.threshold);
  if (node.slot == 0) return node.step < after && node.threshold == 0;
  return node.slot <= 2 * e->features && node.step > 0 && (int64_t)node.step + 1 < after;
}

static bool are_trees_sound(const ensemble *e) {
  if (e->starts[0] != 0 || e->starts[e->trees] != e->nodes_count) return false;
  for (int64_t tree = 0; tree < e->trees; tree++) {
    int64_t start = e->starts[tree], end = e->starts[tree + 1];
    if (start >= end || end > e->nodes_count) return false;
    for (int64_t i = start; i < end; i++)
      if (!is_sound(e, load_node(e->nodes + (size_t)i * node_bytes(e->wide), e->wide), end - i))
        return false;
  }
  return true;
}

/* Nodes and starts are verified once, at open: they lie in INDICES, which no one changes
 * afterwards. */
kw_status kw__plan_forest(kw__frame *frame, const kw__node *node) {
  ensemble e = read_ensemble(frame, node);
  kw__tensor *work = kw__out(frame, node, 1);
  int64_t words = kw__in(frame, node, 1)->size[1];
  if (e.features < 0 || e.features > INT32_MAX || e.leaves < 0 || e.outputs < 1 ||
      (e.width != e.outputs && e.width != 1))
    return kw__refuse(
        frame, node, KW_SHAPE,
        "the numbers of features, leaves and outputs must be fixed, and leaves have a "
        "column or one for each output");
  work->rank = 1;
  work->size[0] = 1 + 2 * e.features;
  if (frame->stage != KW__STAGE_OPEN) return KW_OK;
  if (!kw__is_index_constant(frame, node, 1) || !kw__is_index_constant(frame, node, 2))
    return kw__refuse(frame, node, KW_FORMAT,
                      "nodes and starts must be constants of section INDICES");
  if ((words != NARROW_WORDS && words != WIDE_WORDS) || e.trees < 1 || !are_trees_sound(&e))
    return kw__refuse(frame, node, KW_FORMAT, "the trees are damaged");
  return KW_OK;
}

/* ---- run ---- */
#define DEFINE_WALK(name, node_type, real, STEP, SLOT)                             \
  static void spread_row_##name(const kw__f64 *x, int64_t features, real *slots) { \
    slots[0] = (real)-INFINITY;                                                    \
    for (int64_t f = 0; f < features; f++) {                                       \
      const real value = (real)x[f];                                               \
      slots[1 + 2 * f] = isnan(value) ? (real)-INFINITY : value;                   \
      slots[2 + 2 * f] = value;                                                    \
    }                                                                              \
  }                                                                                \
  /* Moves every lane to its leaf. */                                              \
  static void descend_##name(const char *at[LANES], const real *slots) {           \
    uint32_t moved;                                                                \
    do {                                                                           \
      moved = 0;                                                                   \
      for (int lane = 0; lane < LANES; lane++) {                                   \
        node_type node;                                                            \
        memcpy(&node, at[lane], sizeof node);                                      \
        const size_t beside = !(slots[SLOT(node)] <= node.threshold);              \
        at[lane] += (STEP(node) + beside) * sizeof node;                           \
        moved |= STEP(node);                                                       \
      }                                                                            \
    } while (moved);                                                               \
  }
DEFINE_WALK(narrow, narrow_node, float, NARROW_STEP, NARROW_SLOT)
DEFINE_WALK(wide, wide_node, double, WIDE_STEP, WIDE_SLOT)

static void add_leaf(const ensemble *e, const kw__f64 *leaves, int64_t tree, const char *at,
                     double *y) {
  const kw__f64 *leaf = leaves + (int64_t)load_node(at, e->wide).threshold * e->width;
  if (e->width == 1) y += tree % e->outputs;
  for (int64_t k = 0; k < e->width; k++) y[k] += leaf[k];
}

static void walk_trees(const ensemble *e, const void *slots, const kw__f64 *leaves, double *y) {
  for (int64_t tree = 0; tree < e->trees; tree += LANES) {
    const char *at[LANES];
    for (int64_t lane = 0; lane < LANES; lane++) { /* lanes without a tree repeat the last */
      int64_t mine = tree + lane < e->trees ? tree + lane : e->trees - 1;
      at[lane] = e->nodes + e->starts[mine] * node_bytes(e->wide);
    }
    if (e->wide)
      descend_wide(at, slots);
    else
      descend_narrow(at, slots);
    for (int64_t lane = 0; lane < LANES && tree + lane < e->trees; lane++)
      add_leaf(e, leaves, tree + lane, at[lane], y);
  }
}

kw_status kw__run_forest(kw__frame *frame, const kw__node *node) {
  const ensemble e = read_ensemble(frame, node);
  const kw__f64 *x = kw__in(frame, node, 0)->data, *leaves = kw__in(frame, node, 3)->data,
                *initial = kw__in(frame, node, 4)->data;
  const kw__tensor *y = kw__out(frame, node, 0);
  void *slots = kw__out(frame, node, 1)->data;
  double *out = y->data;
  for (int64_t row = 0; row < y->size[0]; row++, x += e.features, out += e.outputs) {
    if (e.wide)
      spread_row_wide(x, e.features, slots);
    else
      spread_row_narrow(x, e.features, slots);
    for (int64_t k = 0; k < e.outputs; k++) out[k] = initial[k];
    walk_trees(&e, slots, leaves, out);
  }
  return KW_OK;
}

/* ---- checks of estimators ---- */
/* scikit-learn names NaN first wherever it stands, then infinity, then that there is nothing. */
kw_status kw__run_check_samples(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0);
  bool narrow = KW__ATTRIBUTES(check_samples, node)->narrow, has_nan = false, has_infinity = false;
  const kw__f64 *wide_value = x->data;
  const float *value = x->data;
  for (int64_t i = 0; i < x->count; i++) {
    double v = x->type == KW_F32 ? (double)value[i]
               : narrow          ? (double)(float)wide_value[i]
                                 : wide_value[i];
    has_nan |= isnan(v);
    has_infinity |= isinf(v);
  }
  if (has_nan && !KW__ATTRIBUTES(check_samples, node)->allow_nan)
    return kw__raise(frame, node, "ValueError", "Input X contains NaN.");
  if (has_infinity)
    return kw__raise(frame, node, "ValueError",
                     "Input X contains infinity or a value too large for dtype('%s').",
                     narrow ? "float32" : kw__type_name(x->type));
  for (int32_t d = 0; d < 2; d++)
    if (x->size[d] == 0)
      return kw__raise(
          frame, node, "ValueError",
          "Found array with 0 %s(s) (shape=(%lld, %lld)) while a minimum of 1 is required.",
          d ? "feature" : "sample", (long long)x->size[0], (long long)x->size[1]);
  return kw__run_copy(frame, node);
}
