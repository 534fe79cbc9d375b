/* Lanes: the sequence of elements that one result of a reduction, a sort or a scan is made of, in
 * the order in which NumPy reads them; and reading stretches of a tensor as float64, int64, or keys
 * whose order is that of the values. */
#ifndef KOWARI_LANE_H
#define KOWARI_LANE_H
#include "plan.h"

enum { KW__BLOCK = 128 }; /* elements that kernels read at a time */

/* Loops over strides stay plain: clang would gather, in ten times the code. */
#if defined(__clang__)
#define KW__STRIDED _Pragma("clang loop vectorize(disable) unroll(disable)")
#else
#define KW__STRIDED
#endif

typedef struct kw__axes { /* innermost first */
  int32_t rank;
  int64_t size[KW_MAX_RANK], stride[KW_MAX_RANK];
} kw__axes;

typedef struct kw__lanes {
  int64_t count, length; /* lanes; elements of each */
  int64_t run, stride;   /* a lane is made of stretches of `run` elements, `stride` apart */
  bool inner;            /* a run is the innermost stretch of memory: NumPy sums it pairwise */
  kw__axes kept, outer;  /* which lane; which run */
} kw__lanes;

uint32_t kw__all_axes(const kw__tensor *x);
/* axes: a bit for each axis that a lane goes along */
kw__lanes kw__find_lanes(const kw__tensor *x, uint32_t axes);
int64_t kw__lane_start(const kw__lanes *lanes, int64_t lane);

/* Walking a lane: for (kw__block b = {.lane = lane}; kw__next_block(lanes, limit, &b);) ...
 * A block is the n elements from `at`; the first is number `place` of the lane. */
typedef struct kw__block {
  int64_t lane, at, n, place;
} kw__block;
bool kw__next_block(const kw__lanes *lanes, int64_t limit, kw__block *block);

/* Elements at, at + stride, ...; as integers: those of integers and bool only. */
void kw__read_reals(const kw__tensor *x, int64_t at, int64_t stride, int64_t n, double *out);
void kw__read_integers(const kw__tensor *x, int64_t at, int64_t stride, int64_t n, int64_t *out);
void kw__write_real(kw__tensor *y, int64_t at, double value);
void kw__write_integer(kw__tensor *y, int64_t at, int64_t value);
static inline bool kw__is_real(const kw__tensor *x) {
  return x->type == KW_F64 || x->type == KW_F32;
}

/* Keys order as values do, -0.0 before 0.0 (or equal: merge_zeros); every NaN has the key nan. */
#define KW__NAN_LAST UINT64_MAX
#define KW__NAN_FIRST 0
void kw__read_keys(const kw__tensor *x, int64_t at, int64_t stride, int64_t n, uint64_t nan,
                   bool merge_zeros, uint64_t *out);
uint64_t kw__real_key(double value);
double kw__key_real(uint64_t key); /* NaN from both of the keys above */
int64_t kw__key_integer(uint64_t key);
void kw__write_key(kw__tensor *y, int64_t at, uint64_t key);

/* ---- what plans of reductions share (reduce_plan.c) ---- */
/* Appends x's sizes to y's shape: without `axes`, or with 1 in their place. */
void kw__append_kept(kw__tensor *y, const kw__tensor *x, uint32_t axes, bool keep);
/* Attribute 0, INTS or INT, as bits; None: all axes. */
uint32_t kw__reduced_axes(const kw__frame *frame, const kw__node *node);
uint32_t kw__reduced_axis(const kw__frame *frame, const kw__node *node);
kw_status kw__check_reduced_axis(kw__frame *frame, const kw__node *node);
/* Are there lanes without elements?  At STAGE_OPEN, when only the run tells: false, and the node
 * may raise. */
bool kw__has_empty_lanes(kw__frame *frame, const kw__tensor *x, uint32_t axes);

#endif
