/* Extremes, at the end and so far, and their places, by keys; any and all. */
#include <math.h>

#include "lane.h"

typedef struct extreme {
  uint64_t key;
  int64_t place;
} extreme;

/* The first of the smallest keys; flip: all ones to look for the largest. */
static extreme find_extreme(const kw__tensor *x, const kw__lanes *lanes, int64_t lane, uint64_t nan,
                            bool merge_zeros, uint64_t flip) {
  extreme best = {UINT64_MAX, 0};
  uint64_t key[KW__BLOCK];
  for (kw__block b = {.lane = lane}; kw__next_block(lanes, KW__BLOCK, &b);) {
    kw__read_keys(x, b.at, lanes->stride, b.n, nan, merge_zeros, key);
    for (int64_t i = 0; i < b.n; i++)
      if ((key[i] ^ flip) < best.key) best = (extreme){key[i] ^ flip, b.place + i};
  }
  best.key ^= flip;
  return best;
}

static kw_status run_extreme(kw__frame *frame, const kw__node *node, bool largest) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axes(frame, node));
  bool nan_wins = !KW__ATTRIBUTES(min, node)->skip_nan;
  uint64_t nan = largest == nan_wins ? KW__NAN_LAST : KW__NAN_FIRST,
           flip = largest ? UINT64_MAX : 0;
  for (int64_t lane = 0; lane < lanes.count; lane++)
    kw__write_key(kw__out(frame, node, 0), lane,
                  find_extreme(x, &lanes, lane, nan, false, flip).key);
  return KW_OK;
}

kw_status kw__run_min(kw__frame *frame, const kw__node *node) {
  return run_extreme(frame, node, false);
}
kw_status kw__run_max(kw__frame *frame, const kw__node *node) {
  return run_extreme(frame, node, true);
}

/* ---- extremes so far ---- */
static kw_status run_running_extreme(kw__frame *frame, const kw__node *node, uint64_t flip) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axis(frame, node));
  uint64_t key[KW__BLOCK];
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    uint64_t best = UINT64_MAX;
    for (kw__block b = {.lane = lane}; kw__next_block(&lanes, KW__BLOCK, &b);) {
      kw__read_keys(x, b.at, lanes.stride, b.n, flip, false, key);
      for (int64_t i = 0; i < b.n; i++) {
        if ((key[i] ^ flip) < best) best = key[i] ^ flip;
        kw__write_key(kw__out(frame, node, 0), b.at + i * lanes.stride, best ^ flip);
      }
    }
  }
  return KW_OK;
}

kw_status kw__run_running_min(kw__frame *frame, const kw__node *node) {
  return run_running_extreme(frame, node, 0);
}
kw_status kw__run_running_max(kw__frame *frame, const kw__node *node) {
  return run_running_extreme(frame, node, UINT64_MAX);
}

/* ---- places ---- */
static bool has_number(const kw__tensor *x, const kw__lanes *lanes, int64_t lane) {
  double value[KW__BLOCK];
  for (kw__block b = {.lane = lane}; kw__next_block(lanes, KW__BLOCK, &b);) {
    kw__read_reals(x, b.at, lanes->stride, b.n, value);
    for (int64_t i = 0; i < b.n; i++)
      if (!isnan(value[i])) return true;
  }
  return false;
}

/* A NaN to be skipped counts as the infinity that cannot win, and wins against an equal one after
 * it, as in NumPy. */
static kw_status run_arg_extreme(kw__frame *frame, const kw__node *node, bool largest) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axis(frame, node));
  bool skip_nan = KW__ATTRIBUTES(argmin, node)->skip_nan;
  uint64_t nan = skip_nan  ? kw__real_key(largest ? -INFINITY : INFINITY)
                 : largest ? KW__NAN_LAST
                           : KW__NAN_FIRST;
  for (int64_t lane = 0; lane < lanes.count; lane++) {
    if (skip_nan && !has_number(x, &lanes, lane))
      return kw__raise(frame, node, "ValueError", "All-NaN slice encountered");
    extreme best = find_extreme(x, &lanes, lane, nan, true, largest ? UINT64_MAX : 0);
    kw__write_integer(kw__out(frame, node, 0), lane, best.place);
  }
  return KW_OK;
}

kw_status kw__run_argmin(kw__frame *frame, const kw__node *node) {
  return run_arg_extreme(frame, node, false);
}
kw_status kw__run_argmax(kw__frame *frame, const kw__node *node) {
  return run_arg_extreme(frame, node, true);
}

/* Does the lane hold an element that is `wanted`?  NaN is true. */
static bool has_truth(const kw__tensor *x, const kw__lanes *lanes, int64_t lane, bool wanted) {
  double value[KW__BLOCK];
  for (kw__block b = {.lane = lane}; kw__next_block(lanes, KW__BLOCK, &b);) {
    kw__read_reals(x, b.at, lanes->stride, b.n, value);
    for (int64_t i = 0; i < b.n; i++)
      if ((value[i] != 0) == wanted) return true;
  }
  return false;
}

static kw_status run_truth(kw__frame *frame, const kw__node *node, bool wanted) {
  const kw__tensor *x = kw__in(frame, node, 0);
  kw__lanes lanes = kw__find_lanes(x, kw__reduced_axes(frame, node));
  for (int64_t lane = 0; lane < lanes.count; lane++)
    kw__write_integer(kw__out(frame, node, 0), lane, has_truth(x, &lanes, lane, wanted) == wanted);
  return KW_OK;
}

kw_status kw__run_any(kw__frame *frame, const kw__node *node) {
  return run_truth(frame, node, true);
}
kw_status kw__run_all(kw__frame *frame, const kw__node *node) {
  return run_truth(frame, node, false);
}
