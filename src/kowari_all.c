/* The amalgamation: the whole library as one translation unit, `cc -std=c11 -O2 -c kowari_all.c`,
 * for those who embed it. The two pragmas stand for the flags that the build gives each file: the
 * same bits everywhere. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("no-tree-slp-vectorize", "fp-contract=off")
#endif

/* clang-format off */
#include "system_posix.c" /* first: it asks the C library for more than C11 */

#include "arena.c"
#include "check.c"
#include "digest.c"
#include "error.c"
#include "frame.c"
#include "input.c"
#include "memory.c"
#include "model.c"
#include "output.c"
#include "session.c"
#include "signature.c"
#include "state.c"
#include "stream.c"
#include "tflite.c"
#include "types.c"
#include "verify.c"
#include "verify_graph.c"
#include "worker.c"

#include "ops/activation.c"
#include "ops/broadcast.c"
#include "ops/convert.c"
#include "ops/convolve.c"
#include "ops/dense.c"
#include "ops/elementwise.c"
#include "ops/extreme.c"
#include "ops/fold.c"
#include "ops/forest.c"
#include "ops/functions.c"
#include "ops/gather.c"
#include "ops/hybrid.c"
#include "ops/hybrid_convolve.c"
#include "ops/lane.c"
#include "ops/libm.c"
#include "ops/list.c"
#include "ops/network.c"
#include "ops/order.c"
#include "ops/pad.c"
#include "ops/plan.c"
#include "ops/product.c"
#include "ops/python.c"
#include "ops/quantile.c"
#include "ops/quantized.c"
#include "ops/reduce.c"
#include "ops/reduce_plan.c"
#include "ops/resize.c"
#include "ops/roll.c"
#include "ops/scan.c"
#include "ops/search.c"
#include "ops/select.c"
#include "ops/sequence.c"
#include "ops/shape.c"
#include "ops/slice.c"
#include "ops/structure.c"
#include "ops/table.c"
#include "ops/tensor.c"
#include "ops/text.c"
#include "ops/window.c"

#include "tflite/assemble.c"
#include "tflite/builder.c"
#include "tflite/common.c"
#include "tflite/control.c"
#include "tflite/element.c"
#include "tflite/entry.c"
#include "tflite/hybrid.c"
#include "tflite/list.c"
#include "tflite/options.c"
#include "tflite/quantized.c"
#include "tflite/reduce.c"
#include "tflite/sequence.c"
#include "tflite/subgraph.c"
#include "tflite/variables.c"

#if defined(KOWARI_DEV)
#include "dev.c"
#endif
