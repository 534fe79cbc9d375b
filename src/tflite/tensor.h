/* What the lowering functions of operators that move elements share. */
#ifndef KOWARI_TFLITE_TENSOR_H
#define KOWARI_TFLITE_TENSOR_H
#include "common.h"

/* Refuses an operator without its first `inputs` inputs or with another number of outputs (-1: any
 * but none), and one whose inputs from `first` on, so many as are values, and outputs have
 * quantised elements of different scales: these would have to change. */
kw_status kw__check_move(kw__translation *t, const kw__tflite_op *op, int32_t inputs,
                         int32_t outputs, int32_t first, int32_t values);
/* `*id` becomes a new value: without axes, of another type. */
kw_status kw__make_scalar(kw__translation *t, const kw__tflite_op *op, uint32_t *id);
kw_status kw__make_type(kw__translation *t, const kw__tflite_op *op, kw_type type, uint32_t *id);
/* An index operand: int16 becomes int32, and its sizes are those of the file, since they decide how
 * many axes a result has; but for the first of several, if it may be open. */
kw_status kw__make_indices(kw__translation *t, const kw__tflite_op *op, bool open, uint32_t *id);

#endif
