/* kw_check: replays the examples that the file carries, and compares by the tiers of the outputs.
 */
#include <math.h>

#include "session.h"

typedef struct replay {
  kw_model *model;
  kw_session *session;
  uint32_t at, end;   /* records of the current row */
  const char *raises; /* "" if the row gives outputs */
} replay;

static const kw__example_record *record_at(const replay *r, uint32_t index) {
  return KW__AT(r->model, EXAMPLES, example, index);
}

/* ---- comparing ---- */
/* |a - b| <= absolute + relative |b|, NaN like NaN, infinities alike; bounds NULL: equal. */
static bool is_close(double a, double b, const kw__f64 *bounds) {
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
  if (a == b) return true;
  if (!bounds || isinf(a) || isinf(b)) return false;
  return fabs(a - b) <= bounds[0] + bounds[1] * fabs(b);
}

/* The first element that differs, or -1. */
static int64_t compare_reals(const kw__port_record *port, const kw__tensor *y, const char *expected,
                             const kw__f64 *bounds, int64_t columns) {
  for (int64_t k = 0; k < y->count; k++) {
    const kw__f64 *bound =
        bounds && port->tier != KW__EXACT ? bounds + 2 * (columns > 1 ? k % columns : 0) : NULL;
    double a, b;
    if (y->type == KW_F64) {
      a = ((const double *)y->data)[k];
      b = ((const kw__f64 *)(const void *)expected)[k];
    } else {
      a = (double)((const float *)y->data)[k];
      b = (double)((const float *)(const void *)expected)[k];
    }
    if (!is_close(a, b, bound)) return k;
  }
  return -1;
}

/* Examples lie in a VALUE section, which nothing has verified. */
static bool is_string(const replay *r, uint32_t offset) {
  return offset == KW__NONE || offset < r->model->section[KW__TEXT]->bytes;
}

static int64_t compare_texts(const replay *r, const kw__tensor *y, const uint32_t *expected) {
  const kw__text *text = y->data;
  for (int64_t k = 0; k < y->count; k++) {
    if (!is_string(r, expected[k])) return k;
    bool none = expected[k] == KW__NONE;
    const char *must = none ? "" : kw__string(r->model, expected[k]);
    if (none != (text[k].length == KW__TEXT_NONE)) return k;
    if (!none && (strlen(must) != text[k].length ||
                  memcmp(must, kw__text_data(&r->session->frame, text[k]), text[k].length) != 0))
      return k;
  }
  return -1;
}

static int64_t compare_value(const replay *r, const kw__port_record *port, const kw__tensor *y,
                             uint32_t data) {
  const char *expected = kw__data_bytes(r->model, data);
  if (y->type == KW_TEXT) return compare_texts(r, y, (const void *)expected);
  if (y->type == KW_F64 || y->type == KW_F32) {
    const kw__f64 *bounds = port->data == KW__NONE ? NULL : kw__data_bytes(r->model, port->data);
    int64_t columns = bounds ? (int64_t)(KW__AT(r->model, DATA, data, port->data)->bytes / 16) : 1;
    return compare_reals(port, y, expected, bounds, columns);
  }
  size_t width = kw__type_bytes(y->type);
  for (int64_t k = 0; k < y->count; k++)
    if (memcmp((const char *)y->data + (size_t)k * width, expected + (size_t)k * width, width) != 0)
      return k;
  return -1;
}

static bool check_output(const replay *r, const kw__example_record *e, kw_error *error) {
  const kw__port_record *port = KW__AT(r->model, PORTS, port, e->port);
  const kw__tensor *y = &r->session->frame.tensors[port->tensor];
  const char *name = kw__string(r->model, port->name);
  int64_t at = 0;
  bool same = y->present == e->present;
  if (same && e->present) {
    same = memcmp(y->size, kw__ints(r->model, e->dims), e->rank * sizeof *y->size) == 0;
    if (same) at = compare_value(r, port, y, e->data);
    same &= at < 0;
  }
  if (same) return true;
  kw__fail(error, KW_OK, "example %u: output '%s' differs from Python at element %lld", e->row,
           name, (long long)at);
  kw__name_error(error, name);
  return false;
}

static bool is_wanted(const replay *r, const kw__example_record *e) {
  const int32_t index = (int32_t)e->port - r->model->port_first[KW_OUTPUT];
  return KW__AT(r->model, PORTS, port, e->port)->kind == KW_OUTPUT &&
         r->session->output_wanted[index];
}

/* ---- replaying ---- */
/* Sets one input from the file; as the file's data may lie at any multiple of 4, it goes through
 * kw_set. */
static kw_status set_input(replay *r, const kw__example_record *e) {
  int32_t index = (int32_t)e->port - r->model->port_first[KW_INPUT];
  kw__tensor *t = kw__port_tensor(r->session, KW_INPUT, index);
  if (!e->present) return kw_set(r->session, index, t->type, NULL, NULL, 0);
  const void *data = kw__data_bytes(r->model, e->data);
  const int64_t *size = kw__ints(r->model, e->dims);
  if (t->type != KW_TEXT) return kw_set(r->session, index, t->type, data, size, e->rank);
  size_t count = (size_t)kw__count(size, e->rank), bytes = (count + 1) * sizeof(char *);
  const char **texts = kw__resize(&r->session->memory, NULL, 0, bytes);
  if (!texts)
    return kw__fail(&r->session->error, KW_NO_MEMORY, "out of memory for %zu texts", count);
  kw_status status = KW_OK;
  for (size_t k = 0; k < count && !status; k++) {
    uint32_t offset = ((const uint32_t *)data)[k];
    if (!is_string(r, offset))
      status = kw__fail(&r->session->error, KW_FORMAT, "an example has a text out of range");
    else
      texts[k] = offset == KW__NONE ? NULL : kw__string(r->model, offset);
  }
  if (!status) status = kw_set(r->session, index, KW_TEXT, texts, size, e->rank);
  kw__resize(&r->session->memory, texts, bytes, 0);
  return status;
}

static kw_status set_inputs(replay *r) {
  int32_t given = 0;
  for (uint32_t i = r->at; i < r->end; i++) {
    const kw__example_record *e = record_at(r, i);
    if (e->port == KW__NONE || KW__AT(r->model, PORTS, port, e->port)->kind != KW_INPUT) continue;
    kw_status status = set_input(r, e);
    if (status) return status;
    given++;
  }
  int32_t inputs = 0;
  for (int32_t i = 0; i < kw_count(r->model, KW_INPUT); i++)
    inputs += kw__is_active(r->session, KW_INPUT, i);
  if (given == inputs) return KW_OK; /* else a value of the row before would stay */
  return kw__fail(&r->session->error, KW_FORMAT, "an example sets %d of %d inputs", given, inputs);
}

/* Examples may be longer than the default capacities: grows what they need. */
static kw_status run_row(replay *r) {
  for (;;) {
    kw_status status = set_inputs(r);
    if (!status) status = kw_run(r->session);
    const kw_error *error = &r->session->error;
    int32_t size = status == KW_CAPACITY ? kw_find(r->model, KW_SIZE, error->name) : -1;
    if (size < 0 || r->session->capacity[size] >= error->needed)
      return status; /* another size of this name */
    status = kw__grow_size(r->session, size, error->needed);
    if (status) return status;
  }
}

static bool check_row(replay *r, kw_error *error, kw_status *status) {
  kw_reset(r->session);
  *status = run_row(r);
  if (*status == KW_NO_MEMORY) {
    *error = r->session->error;
    return false;
  }
  if (*r->raises) {
    bool same = *status == KW_RAISED && !strcmp(r->session->error.type, r->raises);
    if (!same)
      kw__fail(error, KW_OK, "example %u: Python raises %s, this gave '%s'",
               record_at(r, r->at)->row, r->raises,
               *status == KW_RAISED ? r->session->error.type : kw_status_text(*status));
    *status = KW_OK;
    return same;
  }
  if (*status) {
    *error = r->session->error;
    *status = KW_OK;
    return false;
  }
  for (uint32_t i = r->at; i < r->end; i++) {
    const kw__example_record *e = record_at(r, i);
    if (is_wanted(r, e) && !check_output(r, e, error)) return false;
  }
  return true;
}

/* Finds the records of the row that begins at r->at. */
static void find_row(replay *r) {
  uint32_t count = kw__record_count(r->model, KW__EXAMPLES), row = record_at(r, r->at)->row;
  r->raises = "";
  for (r->end = r->at; r->end < count && record_at(r, r->end)->row == row; r->end++)
    if (record_at(r, r->end)->port == KW__NONE)
      r->raises = kw__string(r->model, record_at(r, r->end)->raises);
}

kw_status kw_check(kw_model *model, const kw_options *options, int64_t *passed, int64_t *failed,
                   kw_error *first) {
  kw__clear_error(first);
  if (!model || !passed || !failed)
    return kw__fail(first, KW_ARGUMENT, "%s is NULL", model ? "passed or failed" : "model");
  *passed = *failed = 0;
  replay r = {.model = model};
  kw_status status = kw_session_new(&r.session, model, options, first);
  uint32_t count = kw__record_count(model, KW__EXAMPLES);
  for (r.at = 0; r.at < count && !status; r.at = r.end) {
    kw_error error;
    kw__clear_error(&error);
    find_row(&r);
    bool good = check_row(&r, &error, &status);
    if (first && !good && (*failed == 0 || status)) *first = error;
    if (!status) *(good ? passed : failed) += 1;
  }
  kw_session_free(r.session);
  return status;
}

#ifdef KOWARI_DEV
#include "../include/kowari_dev.h"

kw_status kw_dev_set_example(kw_session *session, int64_t index) {
  if (!session || index < 0) return KW_ARGUMENT;
  replay r = {.model = session->model, .session = session};
  for (uint32_t count = kw__record_count(r.model, KW__EXAMPLES); r.at < count; r.at = r.end) {
    find_row(&r);
    if (index-- == 0) return set_inputs(&r);
  }
  return KW_ARGUMENT;
}
#endif
