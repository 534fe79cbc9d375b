/* The file's operators: each is found in the table, gets its operands, and is lowered to nodes. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "../ops/selected.h"
#include "translation.h"

/* ---- the table ---- */
static const struct {
  const char *name;
  kw__lower *lower;
  int16_t code, version;
  int32_t row;
} builtins[] = {
#define TFLITE(code, name, version, function, row) \
  {#name, KW__CHOOSE(TFLITE_##name, function, NULL), code, version, row},
#define CUSTOM(name, function) {#name, KW__CHOOSE(TFLITE_##name, function, NULL), -1, 1, 0},
#include "table.def"
#undef TFLITE
#undef CUSTOM
};

/* One after the other, each ended by NUL, in the order of their codes. */
static const char builtin_names[] =
#define BUILTIN(code, name) #name "\0"
#include "builtins.def"
#undef BUILTIN
    ;

static const char *builtin_name(int32_t code) {
  const char *name = builtin_names;
  for (; code > 0 && *name; code--) name += strlen(name) + 1;
  return *name && code == 0 ? name : "an operator of a later schema";
}

static void find_lowering(kw__translation *t, const kw__fb_table *record, kw__tflite_op *op,
                          kw__lower **lower) {
  uint32_t index = (uint32_t)kw__fb_int(record, OPERATOR_CODE, 0);
  *lower = NULL;
  if (index >= t->codes.count) {
    t->file.damaged = true;
    return;
  }
  kw__fb_table code = kw__fb_table_of(&t->codes, index);
  op->code = kw__builtin_of(&code);
  op->version = kw__fb_int(&code, CODE_VERSION, 1);
  bool is_custom = op->code == KW__TFLITE_CUSTOM;
  op->name = is_custom ? kw__fb_string(&code, CODE_CUSTOM) : builtin_name(op->code);
  for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
    if (is_custom ? builtins[i].code >= 0 || strcmp(builtins[i].name, op->name) != 0
                  : builtins[i].code != op->code)
      continue;
    op->row = builtins[i].row;
    if (op->version <= builtins[i].version) *lower = builtins[i].lower;
    t->used[i / 64] |= (uint64_t)1 << i % 64;
    return;
  }
}

/* Text that grows by a name a line. */
typedef struct name_list {
  char text[4096];
  size_t used;
} name_list;

static void append_name(name_list *list, const char *name) {
  size_t length = strlen(name);
  if (length + 2 > sizeof list->text - list->used) return;
  if (list->used) list->text[list->used++] = '\n';
  memcpy(list->text + list->used, name, length + 1);
  list->used += length;
}

void kw__list_operators(kw__translation *t) {
  name_list of_file = {.used = 0}, folded = {.used = 0};
  for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
    if (t->used[i / 64] >> i % 64 & 1) append_name(&of_file, builtins[i].name);
  for (int32_t i = 0; i < kw__row_count(); i++) {
    const kw__row *row = kw__row_at(i);
    if (t->folded[row->id / 64] >> row->id % 64 & 1) append_name(&folded, kw__row_name(row));
  }
  kw__meta_text(t, "operators", of_file.text);
  kw__meta_text(t, "folded", folded.text);
}

/* ---- refusals ---- */
static kw_status refuse_operator(kw__translation *t, const kw__tflite_op *op, const char *format,
                                 va_list arguments) {
  char text[512];
  vsnprintf(text, sizeof text, format, arguments);
  kw__fail(t->error, KW_UNSUPPORTED, "%s version %d in subgraph %" PRIu32 ", operator %d: %s",
           op->name, op->version, t->scope->subgraph, t->scope->operator_index, text);
  kw__name_error(t->error, op->name);
  return KW_UNSUPPORTED;
}

kw_status kw__refuse_op(kw__translation *t, const kw__tflite_op *op, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  kw_status status = refuse_operator(t, op, format, arguments);
  va_end(arguments);
  return status;
}

/* ---- operands ---- */
static kw_status read_operands(kw__translation *t, kw__scope *s, const kw__fb_table *record,
                               kw__tflite_op *op) {
  kw__fb_vector in = kw__fb_vector_of(record, OPERATOR_INPUTS, 4),
                out = kw__fb_vector_of(record, OPERATOR_OUTPUTS, 4);
  uint32_t *to_in = s->operand,
           *to_out = s->operand + (in.count > KW__TFLITE_INPUTS ? in.count : KW__TFLITE_INPUTS);
  for (uint32_t i = 0; i < KW__TFLITE_INPUTS; i++) to_in[i] = KW__NONE;
  op->in = to_in;
  op->out = to_out;
  op->inputs = (int32_t)in.count;
  op->outputs = (int32_t)out.count;
  for (uint32_t i = 0; i < in.count + out.count; i++) {
    bool is_input = i < in.count, is_value;
    int32_t index = is_input ? kw__fb_int_of(&in, i) : kw__fb_int_of(&out, i - in.count);
    uint32_t *to = is_input ? to_in + i : to_out + (i - in.count);
    *to = KW__NONE;
    if (index == -1) continue;
    if (index < 0 || (uint32_t)index >= s->tensors)
      return kw__damaged(t, "an operator names a tensor that is not there");
    *to = s->first + (uint32_t)index;
    kw_status status = kw__check_type(t, op, *to, &is_value);
    if (status) return status;
    if (!is_input || !is_value || kw__is_variable_tensor(t, *to)) continue;
    if (s->value[index] == KW__NONE) status = kw__define_empty(t, op, *to);
    if (status) return status;
    *to = s->value[index];
  }
  return KW_OK;
}

static kw_status translate_operator(kw__translation *t, kw__scope *s, uint32_t index) {
  kw__fb_table record = kw__fb_table_of(&s->from->operators, index);
  kw__tflite_op op = {.row = -1};
  kw__lower *lower;
  s->operator_index = (int32_t)index;
  find_lowering(t, &record, &op, &lower);
  if (t->file.damaged) return kw__damaged(t, "an operator");
  if (!lower) return kw__refuse_op(t, &op, "not supported by this build");
  op.options = kw__fb_child(&record, OPERATOR_OPTIONS);
  if (!op.options.at) op.options = kw__fb_child(&record, OPERATOR_OPTIONS_2);
  op.custom = kw__fb_vector_of(&record, OPERATOR_CUSTOM_OPTIONS, 1);
  kw_status status = read_operands(t, s, &record, &op);
  if (!status) status = lower(t, &op);
  if (!status && t->file.damaged) status = kw__damaged(t, "the options of an operator");
  for (int32_t i = 0; i < op.outputs && !status; i++) {
    if (op.out[i] == KW__NONE) continue;
    uint32_t tensor = op.out[i] - s->first;
    if (s->value[tensor] == KW__NONE) s->value[tensor] = op.out[i];
  }
  return status;
}

kw_status kw__translate_operators(kw__translation *t, kw__scope *s) {
  kw_status status = KW_OK;
  for (uint32_t i = 0; i < s->from->operators.count && !status; i++)
    status = translate_operator(t, s, i);
  return status;
}
