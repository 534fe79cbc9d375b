/* Inputs: sizes checked against declaration and capacity, values converted only without loss, text
 * copied into the pool. */
#include <inttypes.h>

#include "session.h"

static kw_status fail_input(kw_session *s, int32_t index, kw_status status) {
  s->error.index = index;
  kw__name_error(&s->error, kw__string(s->model, kw__port(s->model, KW_INPUT, index)->name));
  return status;
}

/* Does the session's memory hold a value of these sizes? */
static kw_status check_sizes(kw_session *s, int32_t index, const int64_t *size, int32_t rank) {
  const kw__port_record *port = kw__port(s->model, KW_INPUT, index);
  const kw__tensor_record *record = KW__AT(s->model, TENSORS, tensor, port->tensor);
  const int64_t *dims = kw__ints(s->model, record->dims);
  const char *name = kw__string(s->model, port->name);
  if (rank != record->rank || (rank && !size)) {
    kw__fail(&s->error, KW_SHAPE, "input '%s' was given %d dimensions, must have %d", name,
             size ? rank : 0, record->rank);
    return fail_input(s, index, KW_SHAPE);
  }
  for (int32_t d = 0; d < rank; d++) {
    int64_t symbol = ~dims[d], limit = dims[d] < 0 ? s->capacity[symbol] : dims[d];
    if (size[d] < 0 || (dims[d] >= 0 && size[d] != dims[d])) {
      kw__fail(&s->error, KW_SHAPE,
               "input '%s' was given size %" PRId64 " along axis %d, must have %" PRId64, name,
               size[d], d, limit);
      return fail_input(s, index, KW_SHAPE);
    }
    if (size[d] <= limit) continue;
    kw__exceed_capacity(&s->error, s->model, symbol, size[d], limit);
    s->error.index = index;
    return KW_CAPACITY;
  }
  return KW_OK;
}

static kw__tensor *accept(kw_session *s, int32_t index, const int64_t *size) {
  kw__tensor *t = kw__port_tensor(s, KW_INPUT, index);
  if (t->rank && memcmp(t->size, size, t->rank * sizeof *size) != 0) {
    memcpy(t->size, size, t->rank * sizeof *size);
    t->stamp = ++s->frame.stamp;
  }
  t->count = kw__count(t->size, t->rank);
  t->present = 1;
  return t;
}

static kw_status begin(kw_session *s, int32_t index) {
  kw_status status = kw__enter_session(s);
  if (status) return status;
  if (index < 0 || index >= kw_count(s->model, KW_INPUT))
    return kw__fail(&s->error, KW_ARGUMENT, "there is no input %d, the model has %d", index,
                    kw_count(s->model, KW_INPUT));
  if (!kw__is_active(s, KW_INPUT, index))
    return kw__fail(&s->error, KW_ARGUMENT, "input %d is none of this entry", index);
  return KW_OK;
}

kw_status kw_input(kw_session *s, int32_t index, const int64_t *size, int32_t rank, void **data) {
  if (!data) return KW_ARGUMENT;
  *data = NULL;
  kw_status status = begin(s, index);
  if (!status && kw__port_tensor(s, KW_INPUT, index)->type == KW_TEXT) {
    kw__fail(&s->error, KW_TYPE, "text is set with kw_set");
    return fail_input(s, index, KW_TYPE);
  }
  if (!status) status = check_sizes(s, index, size, rank);
  if (!status) *data = accept(s, index, size)->data;
  return status;
}

/* ---- text: the pool holds the strings of the inputs, each ended by NUL, one after the other
 * without gaps ---- */
static size_t pool_bytes(const kw__tensor *t) {
  size_t bytes = 0;
  const kw__text *text = t->data;
  for (int64_t i = 0; t->present && i < t->count; i++)
    if (text[i].length != KW__TEXT_NONE) bytes += text[i].length + 1;
  return bytes;
}

/* Takes this input's strings out of the pool; those behind move up. */
static void drop_text(kw_session *s, kw__tensor *old) {
  size_t bytes = pool_bytes(old);
  old->present = 0;
  s->text_moved = true;
  if (!bytes) return;
  uint32_t first = KW__TEXT_NONE;
  const kw__text *text = old->data;
  for (int64_t i = 0; i < old->count; i++)
    if (text[i].length != KW__TEXT_NONE && first == KW__TEXT_NONE)
      first = text[i].offset & ~KW__TEXT_POOL;
  memmove(s->frame.text_pool + first, s->frame.text_pool + first + bytes,
          s->text_used - first - bytes);
  s->text_used -= bytes;
  for (int32_t i = 0; i < kw_count(s->model, KW_INPUT); i++) {
    kw__tensor *t = kw__port_tensor(s, KW_INPUT, i);
    kw__text *moved = t->data;
    for (int64_t k = 0; t->type == KW_TEXT && t->present && k < t->count; k++)
      if (moved[k].length != KW__TEXT_NONE && (moved[k].offset & ~KW__TEXT_POOL) > first)
        moved[k].offset -= (uint32_t)bytes;
  }
}

static bool is_utf8_text(const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c; c++)
    if (*c >= 0x80) return kw__is_utf8((const uint8_t *)text, strlen(text));
  return true;
}

static kw_status set_text(kw_session *s, int32_t index, const char *const *data,
                          const int64_t *size, int32_t rank) {
  int64_t count = kw__count(size, rank);
  size_t bytes = 0;
  kw__tensor *old = kw__port_tensor(s, KW_INPUT, index);
  for (int64_t i = 0; i < count; i++) {
    if (!data[i]) continue;
    if (!is_utf8_text(data[i])) {
      kw__fail(&s->error, KW_TYPE, "element %" PRId64 " is not UTF-8", i);
      return fail_input(s, index, KW_TYPE);
    }
    bytes += strlen(data[i]) + 1;
  }
  size_t capacity = s->text_size < 0 ? 0 : (size_t)s->capacity[s->text_size],
         others = s->text_used - pool_bytes(old);
  if (bytes > capacity - others) {
    if (s->text_size < 0)
      return fail_input(s, index,
                        kw__fail(&s->error, KW_FORMAT, "the file has no size 'text_bytes'"));
    kw__exceed_capacity(&s->error, s->model, s->text_size, (int64_t)(others + bytes),
                        (int64_t)capacity);
    s->error.index = index;
    return KW_CAPACITY;
  }
  drop_text(s, old);
  kw__text *text = accept(s, index, size)->data;
  for (int64_t i = 0; i < count; i++) {
    text[i] = (kw__text){0, KW__TEXT_NONE};
    if (!data[i]) continue;
    size_t length = strlen(data[i]);
    text[i] = (kw__text){(uint32_t)s->text_used | KW__TEXT_POOL, (uint32_t)length};
    memcpy(s->frame.text_pool + s->text_used, data[i], length + 1);
    s->text_used += length + 1;
  }
  return KW_OK;
}

kw_status kw_set(kw_session *s, int32_t index, kw_type type, const void *data, const int64_t *size,
                 int32_t rank) {
  kw_status status = begin(s, index);
  if (status) return status;
  kw__tensor *t = kw__port_tensor(s, KW_INPUT, index);
  const kw__port_record *port = kw__port(s->model, KW_INPUT, index);
  const char *name = kw__string(s->model, port->name);
  int64_t count = size && rank > 0 && rank <= KW_MAX_RANK ? kw__count(size, rank) : 1;
  if (!data && count > 0) {
    if (!(KW__AT(s->model, TENSORS, tensor, port->tensor)->flags & KW__OPTIONAL)) {
      kw__fail(&s->error, KW_TYPE, "input '%s' must not be None", name);
      return fail_input(s, index, KW_TYPE);
    }
    if (t->type == KW_TEXT) drop_text(s, t);
    const int64_t *dims = kw__ints(s->model, KW__AT(s->model, TENSORS, tensor, port->tensor)->dims);
    int64_t none[KW_MAX_RANK] = {0};
    for (int32_t d = 0; d < t->rank; d++) none[d] = dims[d] < 0 ? 0 : dims[d];
    accept(s, index, none)->present = 0;
    return KW_OK;
  }
  status = check_sizes(s, index, size, rank);
  if (status) return status;
  bool text = t->type == KW_TEXT;
  if (text != (type == KW_TEXT) || kw__type_bytes(type) == 0 || type == KW_C64 || type == KW_C128 ||
      (type == KW_F16) != (t->type == KW_F16)) {
    kw__fail(&s->error, KW_TYPE, "input '%s' was given %s, must be %s", name, kw__type_name(type),
             kw__type_name(t->type));
    return fail_input(s, index, KW_TYPE);
  }
  if (text) return set_text(s, index, data, size, rank);
  int64_t lost =
      type == t->type && type != KW_BOOL ? -1 : kw__convert(t->type, NULL, type, data, count);
  if (lost >= 0) {
    kw__fail(&s->error, KW_TYPE,
             "element %" PRId64 " of input '%s' (%s) has no equal value of type %s", lost, name,
             kw__type_name(type), kw__type_name(t->type));
    return fail_input(s, index, KW_TYPE);
  }
  kw__convert(t->type, accept(s, index, size)->data, type, data, count);
  return KW_OK;
}
