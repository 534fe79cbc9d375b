/* What lowering functions share: checks of operands, axes, constants, and nodes that end or begin a
 * chain. */
#ifndef KOWARI_TFLITE_COMMON_H
#define KOWARI_TFLITE_COMMON_H
#include "translate.h"

/* Refuses, naming the types of the operator's inputs and its output. */
kw_status kw__refuse_types(kw__translation *t, const kw__tflite_op *op);
/* Refuses an operator without its first `inputs` inputs, or with another number of outputs than 1.
 */
kw_status kw__check_inputs(kw__translation *t, const kw__tflite_op *op, int32_t inputs);
/* An axis of `rank` that counts from the end below zero; one that a constant holds. */
kw_status kw__take_axis(kw__translation *t, const kw__tflite_op *op, int64_t value, int32_t rank,
                        int64_t *axis);
kw_status kw__read_axis(kw__translation *t, const kw__tflite_op *op, uint32_t id, int32_t rank,
                        int64_t *axis);
uint32_t kw__scalar_constant(kw__translation *t, kw_type type, const void *data);

/* The node that defines the operator's output; types that the row does not take are refused. */
kw_status kw__emit_last(kw__translation *t, const kw__tflite_op *op, int32_t row,
                        const void *attributes, int32_t inputs, const uint32_t *in);
/* A node whose output `*out` is a new value; `*out` may be among its inputs. */
kw_status kw__emit_step(kw__translation *t, const kw__tflite_op *op, int32_t row,
                        const void *attributes, int32_t inputs, const uint32_t *in, uint32_t *out);
/* A node that only checks. */
kw_status kw__emit_check(kw__translation *t, const kw__tflite_op *op, int32_t row, uint32_t in);

#endif
