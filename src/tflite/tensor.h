/* What the lowering functions of operators that move elements share. */
#ifndef KOWARI_TFLITE_TENSOR_H
#define KOWARI_TFLITE_TENSOR_H
#include "common.h"

/* Refuses an operator without its first `inputs` inputs or with another number of outputs (-1: any
 * but none), and one whose inputs from `first` on, so many as are values, and outputs have
 * quantised elements of different scales: these would have to change. */
kw_status kw__check_move(kw__translation *t, const kw__tflite_op *op, int32_t inputs,
                         int32_t outputs, int32_t first, int32_t values);
/* `*id` as a new value with other sizes, without axes, of another type. */
kw_status kw__emit_sizes(kw__translation *t, const int64_t *sizes, int32_t rank, uint32_t from,
                         uint32_t to);
kw_status kw__make_scalar(kw__translation *t, uint32_t *id);
kw_status kw__make_type(kw__translation *t, kw_type type, uint32_t *id);
/* Indices of int16 become int32. */
kw_status kw__widen_indices(kw__translation *t, uint32_t *id);

#endif
