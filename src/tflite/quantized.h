/* Lowering of what is quantised, for the operators that other files lower where values and weights
 * are floats. */
#ifndef KOWARI_TFLITE_QUANTIZED_H
#define KOWARI_TFLITE_QUANTIZED_H
#include "common.h"

/* Fields of the options of FULLY_CONNECTED. */
enum { KW__DENSE_ACTIVATION, KW__DENSE_WEIGHTS_FORMAT, KW__DENSE_KEEP_DIMS, KW__DENSE_ASYMMETRIC };
/* Float values and weights of int8 (or of uint8, which old files say and mean int8). */
bool kw__is_hybrid(const kw__translation *t, uint32_t values, uint32_t weights);
/* Makes such weights a constant of int8. */
kw_status kw__constant_of_i8(kw__translation *t, const kw__tflite_op *op, uint32_t *id);
kw__lower kw__lower_fully_connected_hybrid, kw__lower_conv2d_hybrid,
    kw__lower_depthwise_conv2d_hybrid;
/* BATCH_MATMUL of values that are transposed already, where the options say so. */
kw_status kw__lower_hybrid_product(kw__translation *t, const kw__tflite_op *op, uint32_t values);

/* All of int8. */
kw__lower kw__lower_fully_connected_i8, kw__lower_softmax_i8, kw__lower_logistic_i8;

/* The scale and zero point of a value that has one of each, sound for its type. */
bool kw__find_scale(const kw__translation *t, uint32_t id, float *scale, int32_t *zero);
/* The scales of weights as a constant: one, or one for each index of `axis`. */
kw_status kw__weights_scale(kw__translation *t, const kw__tflite_op *op, uint32_t weights,
                            int32_t axis, uint32_t *out);
/* The values of a fully connected layer as [-1, n], or as they are where the options keep them. */
kw_status kw__flatten_rows(kw__translation *t, const kw__tflite_op *op, int64_t n,
                           uint32_t *values);

#endif
