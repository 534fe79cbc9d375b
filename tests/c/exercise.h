/* Uses a file as an app may: opens, describes, runs with inputs of several sizes, reads every
 * output, saves and loads state, grows, checks, strips.  It looks at no answer: sanitizers watch,
 * each byte read goes into a sum, and memory is counted. What damaged files and the fuzzer's files
 * go through. */
#ifndef KOWARI_EXERCISE_H
#define KOWARI_EXERCISE_H
#include <math.h>
#include <stdlib.h>

#include "../../include/kowari_dev.h"
#include "internal.h"

enum {
  EXERCISE_TURNS = 4,
  EXERCISE_ELEMENTS = 4096,
  EXERCISE_MEMORY = 1 << 20, /* a turn of a loop may go through all of it, */
  EXERCISE_STEPS = 16        /* so that both together bound the time of a run */
};

typedef struct exercise {
  size_t live, most; /* bytes given out; the cap */
  uint64_t sum;      /* of all that was read */
  uint32_t random;
} exercise;

static void *exercise_resize(void *context, void *old, size_t old_size, size_t size) {
  exercise *e = context;
  if (old_size > e->live) abort();
  e->live -= old_size;
  void *block = NULL;
  if (size == 0)
    free(old);
  else if (size <= e->most - e->live)
    block = realloc(old, size);
  e->live += block ? size : size ? old_size : 0;
  return block;
}

static uint32_t exercise_random(exercise *e) {
  return e->random = e->random * 1664525u + 1013904223u, e->random >> 8;
}

static void exercise_read(exercise *e, const void *data, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) e->sum = e->sum * 31 + ((const uint8_t *)data)[i];
}
static void exercise_error(exercise *e, const kw_error *error) {
  const char *const texts[] = {error->message, error->name, error->file, error->type};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (!kw__is_utf8((const uint8_t *)texts[i], strlen(texts[i]))) abort();
  exercise_read(e, error, sizeof *error);
}
static void exercise_read_string(exercise *e, const char *text) {
  if (text) exercise_read(e, text, strlen(text) + 1);
}

/* ---- what the model says of itself ---- */
static void exercise_describe(exercise *e, const kw_model *model) {
  kw_info info;
  for (kw_kind kind = KW_INPUT; kind <= KW_STATE; kind++)
    for (int32_t i = 0; kw_describe(model, kind, i, &info) == KW_OK; i++) {
      exercise_read_string(e, info.name);
      exercise_read_string(e, info.unit);
      exercise_read_string(e, info.doc);
      exercise_read(e, info.scale, (size_t)info.quantized * sizeof *info.scale);
      exercise_read(e, info.zero_point, (size_t)info.quantized * sizeof *info.zero_point);
      if (kw_find(model, kind, info.name) > i) abort(); /* the first of that name, or itself */
      int32_t tier, pairs;
      const double *bounds;
      if (kind == KW_OUTPUT && kw_dev_bounds(model, i, &tier, &bounds, &pairs) == KW_OK)
        exercise_read(e, bounds, (size_t)pairs * 16);
    }
  exercise_read_string(e, kw_meta(model, "keys"));
  exercise_read_string(e, kw_meta(model, "python"));
  kw_dev_node node;
  for (int32_t i = 0; kw_dev_node_at(model, i, &node) == KW_OK; i++) {
    exercise_read_string(e, node.operator_name);
    exercise_read_string(e, node.source);
  }
}

/* ---- inputs ---- */
/* Turn 0: nothing; 1: one element; then a few; in the end as much as fits. */
static int64_t exercise_size(exercise *e, int32_t symbol, int64_t capacity, int32_t turn) {
  int64_t size = turn == 0 ? 0 : turn == 1 ? 1 : turn == 2 ? 3 + symbol % 2 : capacity;
  (void)e;
  return size < 200 ? size : 200;
}

static void exercise_fill(exercise *e, kw_type type, void *data, int64_t count, int32_t turn) {
  static const double reals[] = {0, 1, -1, 2.5, 1e300, -1e-300, 3, 0.5};
  for (int64_t i = 0; i < count; i++) {
    double real =
        turn == 3 && exercise_random(e) % 8 == 0 ? (double)NAN : reals[exercise_random(e) % 8];
    float narrow = (float)(real > 1e30 ? (double)INFINITY : real);
    int64_t integer = turn == 3
                          ? (int64_t)((uint64_t)exercise_random(e) << 40) >> exercise_random(e) % 64
                          : (int64_t)(exercise_random(e) % 5) - 1;
    size_t width = kw__type_bytes(type);
    char *at = (char *)data + (size_t)i * width;
    if (type == KW_F64)
      memcpy(at, &real, width);
    else if (type == KW_F32)
      memcpy(at, &narrow, width);
    else
      memcpy(at, &integer,
             width < 8 ? width : 8); /* bools become any byte: true is what is not 0 */
  }
}

static void exercise_set(exercise *e, kw_session *session, int32_t index, const kw_info *info,
                         int32_t turn) {
  static const char *const words[] = {"a", "", "h\xC3\xA4\xC3\x9F", NULL, "zz"};
  int64_t size[KW_MAX_RANK] = {0}, count = 1;
  for (int32_t d = 0; d < info->rank; d++) {
    size[d] = info->symbol[d] < 0 ? info->size[d]
                                  : exercise_size(e, info->symbol[d], info->size[d], turn);
    count =
        size[d] && count > EXERCISE_ELEMENTS / size[d] ? EXERCISE_ELEMENTS + 1 : count * size[d];
  }
  if (info->optional && turn % 2 == 0) {
    kw_set(session, index, info->type, NULL, NULL, 0);
    return;
  }
  if (count > EXERCISE_ELEMENTS) return;
  if (info->type == KW_TEXT) {
    const char *texts[EXERCISE_ELEMENTS];
    for (int64_t i = 0; i < count; i++) texts[i] = words[exercise_random(e) % (turn == 1 ? 1 : 5)];
    kw_set(session, index, KW_TEXT, texts, size, info->rank);
    return;
  }
  void *data;
  if (kw_input(session, index, size, info->rank, &data) == KW_OK)
    exercise_fill(e, info->type, data, count, turn);
}

/* ---- outputs ---- */
static void exercise_output(exercise *e, kw_session *session, int32_t index) {
  kw_view view;
  if (kw_output(session, index, &view) != KW_OK) return;
  int64_t count = 1;
  for (int32_t d = 0; d < view.rank; d++) {
    if (view.size[d] < 0) abort();
    count *= view.size[d];
  }
  if (!view.present) return;
  if (view.type != KW_TEXT) exercise_read(e, view.data, (size_t)count * kw__type_bytes(view.type));
  for (int64_t i = 0; i < count && view.type == KW_TEXT; i++) {
    size_t bytes;
    const char *text = kw_output_text(session, index, i, &bytes);
    if (text) exercise_read(e, text, bytes);
  }
}

/* ---- a session's life ---- */
static void exercise_state(exercise *e, kw_session *session) {
  char saved[4096];
  size_t bytes;
  if (kw_state_save(session, NULL, &bytes) != KW_OK || bytes > sizeof saved) return;
  bytes = sizeof saved;
  if (kw_state_save(session, saved, &bytes) != KW_OK ||
      kw_state_load(session, saved, bytes) != KW_OK)
    abort();
  exercise_read(e, saved, bytes);
  if (exercise_random(e) % 2) kw_reset(session);
}

static void exercise_session(exercise *e, kw_model *model, const kw_options *options) {
  kw_session *session;
  kw_error error;
  if (kw_session_new(&session, model, options, &error) != KW_OK) return;
  for (int32_t turn = 0; turn < EXERCISE_TURNS; turn++) {
    kw_info info;
    for (int32_t i = 0; kw_describe(model, KW_INPUT, i, &info) == KW_OK; i++)
      exercise_set(e, session, i, &info, turn);
    kw_status status = kw_run(session);
    const kw_error *why = kw_session_error(session);
    if (status != why->status) abort();
    exercise_error(e, why);
    for (int32_t i = 0; i < kw_count(model, KW_OUTPUT); i++) exercise_output(e, session, i);
    exercise_state(e, session);
    int32_t size = status == KW_CAPACITY ? kw_find(model, KW_SIZE, why->name) : -1;
    if (size < 0) continue;
    int64_t capacity[64] = {0};
    if (size < 64) capacity[size] = why->needed;
    if (kw_grow(session, capacity, size < 64 ? size + 1 : 0) == KW_OK) kw_run(session);
  }
  kw_session_free(session);
}

static void exercise_strip(exercise *e, const void *file, size_t bytes) {
  size_t room = bytes;
  uint64_t *out = malloc(bytes + 8);
  if (!out) return;
  kw_error error;
  kw_model *model;
  if (kw_dev_strip(file, bytes, out, &room, &error) == KW_OK) {
    kw_options options = {.bytes = sizeof options, .flags = KW_DIGEST};
    if (kw_load(&model, out, room, NULL, &options, &error) == KW_OK) kw_model_free(model);
    exercise_read(e, out, room);
  }
  free(out);
}

/* A session at each entry that has outputs. */
static void exercise_entries(exercise *e, kw_model *model, const kw_options *options) {
  kw_options at = *options;
  kw_dev_port port;
  exercise_session(e, model, options);
  for (int32_t i = 0; kw_dev_port_at(model, KW_OUTPUT, i, &port) == KW_OK; i++) {
    if (port.first || (at.entry && !strcmp(port.entry, at.entry))) continue;
    at.entry = port.entry;
    exercise_session(e, model, &at);
  }
}

/* What kw_load said.  file: at a multiple of 8 bytes; it may change (strip reads a copy). */
static kw_status exercise_file(const void *file, size_t bytes, uint32_t flags) {
  exercise e = {.most = EXERCISE_MEMORY, .random = 1};
  kw_allocator allocator = {exercise_resize, &e};
  kw_options options = {.bytes = sizeof options,
                        .flags = flags,
                        .allocator = &allocator,
                        .max_steps = EXERCISE_STEPS};
  kw_model *model;
  kw_error error;
  kw_status status = kw_load(&model, file, bytes, NULL, &options, &error);
  if (status != error.status) abort();
  exercise_error(&e, &error);
  if (!status) {
    exercise_describe(&e, model);
    exercise_entries(&e, model, &options);
    int32_t last = kw_count(model, KW_OUTPUT) - 1;
    options.outputs = &last;
    options.output_count = last >= 0;
    int64_t passed, failed;
    kw_check(model, &options, &passed, &failed, &error);
    options.outputs = NULL;
    kw_check(model, &options, &passed, &failed, &error);
    kw_model_free(model);
    exercise_strip(&e, file, bytes);
  }
  if (e.live) abort();
  return status;
}

#endif
