/* Errors: filling kw_error, which the caller owns, with what is, what must be, and where. */
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"
#include "ops/ops.h"

void kw__clear_error(kw_error *error) {
  if (!error) return;
  error->status = KW_OK;
  error->node = error->line = error->index = -1;
  error->needed = 0;
  error->type[0] = error->name[0] = error->file[0] = error->message[0] = 0;
}

/* Drops the bytes of a character that the buffer's end cut. */
static void trim_character(char *text, size_t bytes) {
  if (bytes == 0) return;
  size_t start = bytes - 1;
  while (start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80) start--;
  unsigned char lead = (unsigned char)text[start];
  size_t need = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes - start < need) text[start] = 0;
}

static void write_text(char *out, size_t capacity, const char *format, va_list arguments) {
  int length = vsnprintf(out, capacity, format, arguments);
  if (length < 0)
    out[0] = 0;
  else if ((size_t)length >= capacity)
    trim_character(out, capacity - 1);
}

static void copy_text(char *out, size_t capacity, const char *text) {
  size_t length = 0;
  for (; length + 1 < capacity && text[length]; length++) out[length] = text[length];
  out[length] = 0;
  trim_character(out, length);
}

kw_status kw__fail(kw_error *error, kw_status status, const char *format, ...) {
  if (!error) return status;
  kw__clear_error(error);
  error->status = status;
  va_list arguments;
  va_start(arguments, format);
  write_text(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return status;
}

void kw__name_error(kw_error *error, const char *name) {
  if (error) copy_text(error->name, sizeof error->name, name);
}

/* Line and source path belong together: a size's own stay. */
static void set_source(kw_error *error, const kw_model *model, uint32_t line, uint32_t file) {
  if (line == 0 || error->line > 0) return;
  error->line = (int32_t)line;
  copy_text(error->file, sizeof error->file, kw__string(model, file));
}

void kw__locate_error(kw__frame *frame, const kw__node *node) {
  kw_error *error = frame->error;
  if (!error || node->index == KW__NONE) return;
  error->node = (int32_t)node->index;
  if (!frame->model) return;
  const kw__node_record *record = KW__AT(frame->model, NODES, node, node->index);
  set_source(error, frame->model, record->line, record->file);
}

kw_status kw__exceed_capacity(kw_error *error, const kw_model *model, int64_t size, int64_t needed,
                              int64_t capacity) {
  const kw__size_record *record = KW__AT(model, SIZES, size, size);
  const char *name = kw__string(model, record->name);
  kw__fail(error, KW_CAPACITY, "size '%s' needs %lld, its capacity is %lld", name,
           (long long)needed, (long long)capacity);
  if (!error) return KW_CAPACITY;
  error->needed = needed;
  kw__name_error(error, name);
  set_source(error, model, record->line, record->file);
  return KW_CAPACITY;
}

kw_status kw__raise(kw__frame *frame, const kw__node *node, const char *type, const char *format,
                    ...) {
  kw_error *error = frame->error;
  if (!error) return KW_RAISED;
  kw__clear_error(error);
  error->status = KW_RAISED;
  copy_text(error->type, sizeof error->type, type);
  va_list arguments;
  va_start(arguments, format);
  write_text(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  kw__locate_error(frame, node);
  return KW_RAISED;
}

kw_status kw__raise_text(kw__frame *frame, const kw__node *node, kw__text_slot type,
                         kw__text_slot message) {
  char name[40];
  size_t length = type.length < sizeof name ? type.length : sizeof name - 1;
  memcpy(name, kw__string(frame->model, type.offset), length);
  name[length] = 0;
  return kw__raise(frame, node, name, "%.*s", (int)message.length,
                   kw__string(frame->model, message.offset));
}

kw_status kw__refuse(kw__frame *frame, const kw__node *node, kw_status status, const char *format,
                     ...) {
  kw_error *error = frame->error;
  if (!error) return status;
  kw__clear_error(error);
  error->status = status;
  const kw__row *row = kw__find_row(node->op);
  copy_text(error->message, sizeof error->message - 2, row ? kw__row_name(row) : "operator");
  size_t used = strlen(error->message);
  memcpy(error->message + used, ": ", 3);
  va_list arguments;
  va_start(arguments, format);
  write_text(error->message + used + 2, sizeof error->message - used - 2, format, arguments);
  va_end(arguments);
  kw__locate_error(frame, node);
  return status;
}

const char *kw_status_text(kw_status status) {
  switch (status) {
#define X(name, value, text) \
  case value:                \
    return text;
    KW_STATUS(X)
#undef X
    default:
      return "unknown status";
  }
}
