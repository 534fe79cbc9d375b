/* State: values that a run leaves for the next, taken over when the run is OK (all of them, or
 * none), saved and loaded as bytes.  verify_graph.c sees to it that no new value is itself a state,
 * so that the order of taking over does not matter. */
#include "session.h"

#define STATE_MAGIC 0x54534B57u /* "WKST" */

typedef struct state_header {
  uint32_t magic, count;
  uint64_t model, digest, bytes;
} state_header; /* digest: of what follows */

static uint32_t state_id(const kw_session *s, int32_t index) {
  return kw__port(s->model, KW_STATE, index)->tensor;
}

static size_t value_bytes(const kw__tensor *t) {
  return (size_t)t->count * kw__type_bytes(t->type);
}

static void assign_sizes(kw_session *s, kw__tensor *t, const int64_t *size) {
  if (memcmp(t->size, size, t->rank * sizeof *size) == 0) return;
  memcpy(t->size, size, t->rank * sizeof *size);
  t->count = kw__count(size, t->rank);
  t->stamp = ++s->frame.stamp;
}

/* Do these sizes fit the state's declaration and capacity? */
static kw_status check_state(kw_session *s, int32_t index, const int64_t *size) {
  kw__tensor *t = &s->frame.tensors[state_id(s, index)], kept = *t;
  memcpy(t->size, size, t->rank * sizeof *size);
  kw_status status = kw__settle(&s->frame, state_id(s, index), kept.size);
  *t = kept;
  return status;
}

kw_status kw__commit_state(kw_session *s) {
  int32_t states = kw_count(s->model, KW_STATE);
  for (int32_t i = 0; i < states; i++) {
    if (!kw__is_active(s, KW_STATE, i)) continue;
    kw_status status =
        check_state(s, i, s->frame.tensors[kw__port(s->model, KW_STATE, i)->source].size);
    if (status) return status;
  }
  for (int32_t i = 0; i < states; i++) {
    if (!kw__is_active(s, KW_STATE, i)) continue;
    const kw__tensor *source = &s->frame.tensors[kw__port(s->model, KW_STATE, i)->source];
    kw__tensor *t = &s->frame.tensors[state_id(s, i)];
    assign_sizes(s, t, source->size);
    memcpy(t->data, source->data, value_bytes(t));
  }
  return KW_OK;
}

void kw_reset(kw_session *s) {
  if (!s || kw__is_lent(s)) return;
  for (int32_t i = 0; i < kw_count(s->model, KW_STATE); i++) {
    const kw__port_record *port = kw__port(s->model, KW_STATE, i);
    const int64_t *dims = kw__ints(s->model, KW__AT(s->model, TENSORS, tensor, port->tensor)->dims);
    kw__tensor *t = &s->frame.tensors[port->tensor];
    int64_t size[KW_MAX_RANK] = {0};
    for (int32_t d = 0; d < t->rank; d++) size[d] = dims[d] < 0 ? 0 : dims[d];
    assign_sizes(s, t, size);
    if (port->data != KW__NONE)
      memcpy(t->data, kw__data_bytes(s->model, port->data), value_bytes(t));
    else
      memset(t->data, 0, value_bytes(t));
  }
}

static size_t padded(size_t bytes) { return (bytes + 7) & ~(size_t)7; }

kw_status kw_state_save(kw_session *s, void *data, size_t *bytes) {
  kw_status status = bytes ? kw__enter_session(s) : KW_ARGUMENT;
  if (status) return status;
  size_t need = sizeof(state_header), room = data ? *bytes : 0;
  for (int32_t i = 0; i < kw_count(s->model, KW_STATE); i++) {
    const kw__tensor *t = &s->frame.tensors[state_id(s, i)];
    need += t->rank * sizeof *t->size + padded(value_bytes(t));
  }
  *bytes = need;
  if (!data) return KW_OK;
  if (room < need) {
    kw__fail(&s->error, KW_ARGUMENT, "the state has %zu bytes, room was given for %zu", need, room);
    s->error.needed = (int64_t)need;
    return KW_ARGUMENT;
  }
  memset(data, 0, need);
  char *at = (char *)data + sizeof(state_header);
  for (int32_t i = 0; i < kw_count(s->model, KW_STATE); i++) {
    const kw__tensor *t = &s->frame.tensors[state_id(s, i)];
    memcpy(at, t->size, t->rank * sizeof *t->size);
    at += t->rank * sizeof *t->size;
    memcpy(at, t->data, value_bytes(t));
    at += padded(value_bytes(t));
  }
  size_t body = need - sizeof(state_header);
  state_header header = {STATE_MAGIC, (uint32_t)kw_count(s->model, KW_STATE), s->model->digest,
                         kw__digest((char *)data + sizeof header, body), body};
  memcpy(data, &header, sizeof header);
  return KW_OK;
}

/* Walks the saved values: checks them all, or takes them. */
static kw_status walk_saved(kw_session *s, const char *at, size_t left, bool take) {
  for (int32_t i = 0; i < kw_count(s->model, KW_STATE); i++) {
    kw__tensor *t = &s->frame.tensors[state_id(s, i)];
    size_t sizes = t->rank * sizeof *t->size;
    int64_t size[KW_MAX_RANK] = {0};
    if (left < sizes) return kw__fail(&s->error, KW_FORMAT, "the saved state ends early");
    memcpy(size, at, sizes);
    for (int32_t d = 0; d < t->rank; d++)
      if (size[d] < 0) return kw__fail(&s->error, KW_FORMAT, "the saved state has a negative size");
    kw_status status = take ? KW_OK : check_state(s, i, size);
    if (status) return status;
    size_t bytes = (size_t)kw__count(size, t->rank) * kw__type_bytes(t->type);
    if (left - sizes < padded(bytes))
      return kw__fail(&s->error, KW_FORMAT, "the saved state ends early");
    if (take) {
      assign_sizes(s, t, size);
      memcpy(t->data, at + sizes, bytes);
    }
    at += sizes + padded(bytes);
    left -= sizes + padded(bytes);
  }
  return left ? kw__fail(&s->error, KW_FORMAT, "the saved state is too long") : KW_OK;
}

kw_status kw_state_load(kw_session *s, const void *data, size_t bytes) {
  kw_status status = data ? kw__enter_session(s) : KW_ARGUMENT;
  if (status) return status;
  state_header header;
  if (bytes < sizeof header)
    return kw__fail(&s->error, KW_FORMAT, "%zu bytes are no saved state", bytes);
  memcpy(&header, data, sizeof header);
  const char *body = (const char *)data + sizeof header;
  if (header.magic != STATE_MAGIC || header.bytes != bytes - sizeof header ||
      header.digest != kw__digest(body, bytes - sizeof header))
    return kw__fail(&s->error, KW_FORMAT, "not a saved state, or a damaged one");
  if (header.model != s->model->digest || header.count != (uint32_t)kw_count(s->model, KW_STATE))
    return kw__fail(&s->error, KW_FORMAT, "the saved state is of another model");
  status = walk_saved(s, body, bytes - sizeof header, false);
  return status ? status : walk_saved(s, body, bytes - sizeof header, true);
}
