/* Options of operators, and what lowering functions share. */
#include "translation.h"

int32_t kw__option_int(const kw__tflite_op *op, int32_t field, int32_t fallback) {
  return kw__fb_int(&op->options, field, fallback);
}

int32_t kw__option_byte(const kw__tflite_op *op, int32_t field, int32_t fallback) {
  return kw__fb_byte(&op->options, field, (int8_t)fallback);
}

bool kw__option_flag(const kw__tflite_op *op, int32_t field, bool fallback) {
  return kw__fb_byte(&op->options, field, fallback) != 0;
}

float kw__option_real(const kw__tflite_op *op, int32_t field, float fallback) {
  return kw__fb_real(&op->options, field, fallback);
}

int32_t kw__option_ints(const kw__tflite_op *op, int32_t field, int64_t *out, int32_t capacity) {
  kw__fb_vector v = kw__fb_vector_of(&op->options, field, 4);
  if (!v.present || v.count > (uint32_t)capacity) return -1;
  for (uint32_t i = 0; i < v.count; i++) out[i] = kw__fb_int_of(&v, i);
  return (int32_t)v.count;
}
