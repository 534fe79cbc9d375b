/* LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM: one row of the library walks along time; the older form of
 * a single step is made of operators. */
#include "../ops/activation.h"
#include "quantized.h"

/* Inputs of the full form, and fields of the options, which both operators have alike up to the
 * clips. */
enum {
  LSTM_INPUT,
  LSTM_INPUT_GATE,
  LSTM_OUTPUT_GATE = 4,
  LSTM_PEEPHOLE = 9,
  LSTM_OUTPUT_STATE = 18,
  LSTM_CELL_STATE,
  LSTM_ACTIVATION = 0,
  LSTM_CELL_CLIP,
  LSTM_PROJECTION_CLIP,
  LSTM_KERNEL_TYPE,    /* of LSTM */
  LSTM_TIME_MAJOR = 3, /* of UNIDIRECTIONAL_SEQUENCE_LSTM */
  LSTM_ASYMMETRIC,
  LSTM_DIAGONAL,
  LSTM_WEIGHTS = 21, /* in the row, without their scales */
  LSTM_SCALED = 16   /* of these, as many have scales */
};

/* The weights in the row's order, their scales behind them if they are int8. */
static kw_status take_weights_and_scales(kw__translation *t, const kw__tflite_op *op,
                                         uint32_t *out) {
  float scale[LSTM_SCALED] = {0};
  int32_t zero;
  bool hybrid = kw__is_hybrid(t, op->in[LSTM_INPUT], op->in[LSTM_OUTPUT_GATE]);
  for (int32_t i = 0, place = 0; i < KW__TFLITE_INPUTS; i++) {
    if (i == LSTM_INPUT || i == LSTM_OUTPUT_STATE || i == LSTM_CELL_STATE) continue;
    uint32_t id = out[place] = op->in[i];
    kw_status status = KW_OK;
    if (id != KW__NONE && kw__is_hybrid(t, op->in[LSTM_INPUT], id)) {
      if (place >= LSTM_SCALED || !kw__find_scale(t, id, &scale[place], &zero))
        return kw__refuse_op(t, op, "weights without a scale");
      status = kw__constant_of_i8(t, op, &out[place]);
    }
    if (status) return status;
    place++;
  }
  /* Parts of an input gate that is not there are left unread. */
  if (out[LSTM_INPUT_GATE - 1] == KW__NONE) out[LSTM_PEEPHOLE - 1] = KW__NONE;
  const int64_t size = LSTM_SCALED;
  if (hybrid) out[LSTM_WEIGHTS] = kw__new_constant(t, KW_F32, 1, &size, scale);
  return KW_OK;
}

/* x, state, state, weights */
static kw_status lower_layer(kw__translation *t, const kw__tflite_op *op,
                             const kw__lstm_attributes *attributes) {
  if ((op->inputs != 20 && op->inputs != 24) || op->outputs != 1 || op->out[0] == KW__NONE)
    return kw__refuse_op(t, op, "%d inputs and %d outputs", op->inputs, op->outputs);
  if (op->in[LSTM_INPUT] == KW__NONE || op->in[LSTM_OUTPUT_GATE] == KW__NONE ||
      op->in[LSTM_OUTPUT_STATE] == KW__NONE || op->in[LSTM_CELL_STATE] == KW__NONE)
    return kw__refuse_op(t, op, "an input is missing");
  if (kw__value(t, op->in[LSTM_INPUT])->type != KW_F32) return kw__refuse_types(t, op);
  if (kw__option_byte(op, LSTM_ACTIVATION, 0) != KW__FUSED_TANH)
    return kw__refuse_op(t, op, "a fused activation that is not TANH");
  uint32_t in[3 + LSTM_WEIGHTS + 1] = {op->in[LSTM_INPUT]}, out[4] = {op->out[0]};
  in[1] = kw__variable_value(t, op, op->in[LSTM_OUTPUT_STATE]);
  in[2] = kw__variable_value(t, op, op->in[LSTM_CELL_STATE]);
  in[3 + LSTM_WEIGHTS] = KW__NONE;
  if (in[1] == KW__NONE || in[2] == KW__NONE)
    return kw__refuse_op(t, op, "its states are no variables");
  kw_status status = take_weights_and_scales(t, op, in + 3);
  for (int32_t i = 1; i < 4; i++) out[i] = kw__new_value(t);
  if (!status) status = kw__emit(t, KW__OP_lstm, attributes, 3 + LSTM_WEIGHTS + 1, in, 4, out);
  if (!status) status = kw__assign_variable(t, op, op->in[LSTM_OUTPUT_STATE], out[1]);
  return status ? status : kw__assign_variable(t, op, op->in[LSTM_CELL_STATE], out[2]);
}

static bool read_clips(const kw__tflite_op *op, kw__lstm_attributes *a) {
  a->cell_clip = (double)kw__option_real(op, LSTM_CELL_CLIP, 0);
  a->projection_clip = (double)kw__option_real(op, LSTM_PROJECTION_CLIP, 0);
  a->asymmetric = kw__option_flag(op, LSTM_ASYMMETRIC, false);
  const double most = 3.4e38;
  return a->cell_clip >= 0 && a->cell_clip <= most && a->projection_clip >= 0 &&
         a->projection_clip <= most;
}

kw_status kw__lower_sequence_lstm(kw__translation *t, const kw__tflite_op *op) {
  kw__lstm_attributes a = {.present = 15};
  if (!read_clips(op, &a)) return kw__refuse_op(t, op, "a clip below 0");
  if (kw__option_flag(op, LSTM_DIAGONAL, false))
    return kw__refuse_op(t, op, "diagonal recurrent weights");
  a.time_major = kw__option_flag(op, LSTM_TIME_MAJOR, false);
  return lower_layer(t, op, &a);
}

/* ---- the older form ---- */
enum { BASIC_X, BASIC_H, BASIC_WEIGHTS, BASIC_BIAS, BASIC_C, BASIC_INPUTS, BASIC_OUTPUTS = 4 };

static kw_status emit_simple(kw__translation *t, int32_t row, uint32_t a, uint32_t b,
                             uint32_t *out) {
  const uint32_t in[] = {a, b};
  if (*out == KW__NONE) *out = kw__new_value(t);
  return kw__emit(t, row, NULL, 2, in, 1, out);
}

static kw_status emit_function(kw__translation *t, int32_t function, uint32_t x, uint32_t *out) {
  kw__activate_attributes a = {.present = 1, .function = function};
  *out = kw__new_value(t);
  return kw__emit(t, KW__OP_activate, &a, 1, &x, 1, out);
}

/* f of the part of z that belongs to a gate. */
static kw_status emit_gate(kw__translation *t, uint32_t z, int64_t gate, int64_t cells,
                           int32_t function, uint32_t *out) {
  const int64_t first = gate * cells, last = first + cells;
  uint32_t in[] = {z, kw__new_constant(t, KW_I64, 0, NULL, &first),
                   kw__new_constant(t, KW_I64, 0, NULL, &last)};
  uint32_t part = kw__new_value(t);
  kw__slice_attributes a = {.present = 1, .axis = 1};
  kw_status status = kw__emit(t, KW__OP_slice, &a, 3, in, 1, &part);
  return status ? status : emit_function(t, function, part, out);
}

/* c' = i g + f c and h' = o tanh(c'), of z in the order i, g, f, o. */
static kw_status emit_cell(kw__translation *t, uint32_t z, uint32_t c, int64_t cells,
                           uint32_t out[2]) {
  static const int32_t function[] = {KW__LOGISTIC, KW__TANH, KW__LOGISTIC, KW__LOGISTIC};
  uint32_t gate[4], kept = KW__NONE, added = KW__NONE, bent;
  kw_status status = KW_OK;
  for (int32_t k = 0; k < 4 && !status; k++)
    status = emit_gate(t, z, k, cells, function[k], &gate[k]);
  if (!status) status = emit_simple(t, KW__OP_multiply, gate[0], gate[1], &added);
  if (!status) status = emit_simple(t, KW__OP_multiply, gate[2], c, &kept);
  if (!status) status = emit_simple(t, KW__OP_add, added, kept, &out[1]);
  if (!status) status = emit_function(t, KW__TANH, out[1], &bent);
  return status ? status : emit_simple(t, KW__OP_multiply, gate[3], bent, &out[0]);
}

static kw_status lower_basic(kw__translation *t, const kw__tflite_op *op) {
  bool complete = op->inputs == BASIC_INPUTS && op->outputs == BASIC_OUTPUTS;
  for (int32_t i = 0; i < BASIC_INPUTS && complete; i++)
    complete = op->in[i] != KW__NONE && (i == BASIC_OUTPUTS || op->out[i] != KW__NONE);
  if (!complete) return kw__refuse_op(t, op, "an input or output is missing");
  uint32_t h = kw__variable_value(t, op, op->in[BASIC_H]),
           c = kw__variable_value(t, op, op->in[BASIC_C]);
  const kw__tensor *weights = kw__value(t, op->in[BASIC_WEIGHTS]);
  if (kw__value(t, op->in[BASIC_X])->type != KW_F32 || weights->type != KW_F32 ||
      kw__value(t, c)->type != KW_F32)
    return kw__refuse_types(t, op);
  if (weights->rank != 2 || weights->size[0] < 0 || kw__value(t, c)->rank != 2)
    return kw__refuse_op(t, op, "weights or states that are no matrices");
  const int64_t cells = weights->size[0] / 4;
  const uint32_t both[] = {op->in[BASIC_X], h};
  uint32_t joined[] = {op->out[2], op->in[BASIC_WEIGHTS], op->in[BASIC_BIAS]}, out[2];
  kw__concat_attributes a = {.present = 1, .axis = 1};
  out[0] = op->out[0];
  out[1] = op->out[1];
  kw_status status = kw__emit(t, KW__OP_concat, &a, 2, both, 1, joined);
  if (!status) status = kw__emit(t, KW__OP_fully_connected, NULL, 3, joined, 1, &op->out[3]);
  if (!status) status = emit_cell(t, op->out[3], c, cells, out);
  if (!status && h != op->in[BASIC_H]) status = kw__assign_variable(t, op, op->in[BASIC_H], out[0]);
  if (!status && c != op->in[BASIC_C]) status = kw__assign_variable(t, op, op->in[BASIC_C], out[1]);
  return status;
}

kw_status kw__lower_lstm(kw__translation *t, const kw__tflite_op *op) {
  if (kw__option_byte(op, LSTM_KERNEL_TYPE, 0) == 1) return lower_basic(t, op);
  kw__lstm_attributes a = {.present = 15};
  if (!read_clips(op, &a)) return kw__refuse_op(t, op, "a clip below 0");
  if (op->in[LSTM_INPUT] != KW__NONE && kw__value(t, op->in[LSTM_INPUT])->rank != 2)
    return kw__refuse_op(t, op, "an input of %d dimensions",
                         kw__value(t, op->in[LSTM_INPUT])->rank);
  return lower_layer(t, op, &a);
}
