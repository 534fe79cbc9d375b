/* The API held wrong: NULL, indexes out of range, sizes, types and numbers that do not fit, calls
 * out of order.  Each is a status and a sentence, and leaves what was set as it was. */
#include <math.h>

#include "corpus.h"

static const int64_t two = 2, four = 4;

/* ---- handles and indexes ---- */
static void nothing_given(void) {
  kw_error error;
  kw_info info;
  kw_view view;
  kw_model *model = load_corpus("calls", NULL);
  kw_session *session;
  void *data;
  size_t bytes;
  int64_t count;
  CHECK_EQUAL(kw_session_new(NULL, model, NULL, &error), KW_ARGUMENT);
  CHECK_EQUAL(kw_session_new(&session, NULL, NULL, NULL), KW_ARGUMENT);
  CHECK(session == NULL);
  session = begin_corpus("calls", NULL);
  CHECK(kw_meta(NULL, "keys") == NULL && kw_meta(model, NULL) == NULL &&
        kw_meta(model, "nothing") == NULL);
  CHECK_EQUAL(kw_count(NULL, KW_INPUT), 0);
  CHECK_EQUAL(kw_find(NULL, KW_INPUT, "x"), -1);
  CHECK_EQUAL(kw_find(model, KW_INPUT, NULL), -1);
  CHECK_EQUAL(kw_describe(NULL, KW_INPUT, 0, &info), KW_ARGUMENT);
  CHECK_EQUAL(kw_describe(model, KW_INPUT, 0, NULL), KW_ARGUMENT);
  CHECK_EQUAL(kw_check(NULL, NULL, &count, &count, &error), KW_ARGUMENT);
  CHECK_EQUAL(kw_check(model, NULL, NULL, &count, NULL), KW_ARGUMENT);
  CHECK_EQUAL(kw_input(NULL, 0, &two, 1, &data), KW_ARGUMENT);
  CHECK_EQUAL(kw_input(session, 0, &two, 1, NULL), KW_ARGUMENT);
  CHECK_EQUAL(kw_set(NULL, 0, KW_F64, NULL, NULL, 0), KW_ARGUMENT);
  CHECK_EQUAL(kw_grow(NULL, NULL, 0), KW_ARGUMENT);
  CHECK_EQUAL(kw_run(NULL), KW_ARGUMENT);
  CHECK_EQUAL(kw_output(NULL, 0, &view), KW_ARGUMENT);
  CHECK_EQUAL(kw_output(session, 0, NULL), KW_ARGUMENT);
  CHECK(kw_output_text(NULL, 0, 0, &bytes) == NULL && bytes == 0);
  CHECK(kw_session_error(NULL) == NULL);
  CHECK_EQUAL(kw_state_save(NULL, NULL, &bytes), KW_ARGUMENT);
  CHECK_EQUAL(kw_state_save(session, NULL, NULL), KW_ARGUMENT);
  CHECK_EQUAL(kw_state_load(session, NULL, 0), KW_ARGUMENT);
  kw_cancel(NULL);
  kw_reset(NULL);
  CHECK_EQUAL(kw_run(session), KW_OK);
  kw_session_free(session);
  kw_model_free(model);
}

static void indexes_out_of_range(void) {
  static const int32_t indexes[] = {-1, 2, INT32_MIN, INT32_MAX};
  kw_model *model = load_corpus("calls", NULL);
  kw_session *session = begin_corpus("calls", NULL);
  CHECK_EQUAL(kw_run(session), KW_OK);
  for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++) {
    kw_info info;
    kw_view view;
    size_t bytes;
    void *data;
    const double number = 1;
    for (kw_kind kind = -1; kind <= 4; kind++)
      CHECK_EQUAL(kw_describe(model, kind, kind == KW_SIZE ? 3 : indexes[i], &info), KW_ARGUMENT);
    CHECK_EQUAL(kw_input(session, indexes[i], &two, 1, &data), KW_ARGUMENT);
    CHECK(data == NULL);
    CHECK_EQUAL(kw_set(session, indexes[i], KW_F64, &number, NULL, 0), KW_ARGUMENT);
    CHECK_EQUAL(kw_output(session, indexes[i], &view), KW_ARGUMENT);
    CHECK(kw_session_error(session)->message[0]);
    CHECK(kw_output_text(session, indexes[i], 0, &bytes) == NULL);
    kw_options options = {.bytes = sizeof options, .outputs = &indexes[i], .output_count = 1};
    kw_session *other;
    CHECK_EQUAL(kw_session_new(&other, model, &options, NULL), KW_ARGUMENT);
  }
  CHECK(kw_output_text(session, 0, 0, NULL) == NULL); /* numbers, not text */
  CHECK_EQUAL(kw_count(model, 7), 0);
  CHECK_EQUAL(kw_find(model, -1, "x"), -1);
  kw_session_free(session);
  kw_model_free(model);
}

/* ---- inputs ---- */
static double first_of(kw_session *session, int32_t output) {
  kw_view view;
  if (kw_run(session) != KW_OK || kw_output(session, output, &view) != KW_OK) return -1;
  return ((const double *)view.data)[0];
}

/* Each of these is refused, and the input keeps its value. */
static void refused_inputs_stay_as_they_were(void) {
  kw_session *session = begin_corpus("selection", NULL);
  const double numbers[16] = {7};
  const char *words[4] = {"a"};
  const int64_t negative = -1, most = INT64_MAX, huge[3] = {INT64_MAX, INT64_MAX, 2}, seven = 7;
  static const struct {
    kw_status status;
    int32_t rank;
  } ranks[] = {{KW_SHAPE, 0}, {KW_SHAPE, 2}, {KW_SHAPE, -1}, {KW_SHAPE, 9}, {KW_SHAPE, INT32_MAX}};
  const double before = first_of(session, 0);
  void *data;
  for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++) {
    const int64_t sizes[9] = {4, 1, 1, 1, 1, 1, 1, 1, 1};
    CHECK_EQUAL(kw_set(session, 0, KW_F64, numbers, sizes, ranks[i].rank), ranks[i].status);
    CHECK_EQUAL(kw_input(session, 0, sizes, ranks[i].rank, &data), ranks[i].status);
    CHECK_EQUAL(kw_session_error(session)->index, 0);
    CHECK_TEXT(kw_session_error(session)->name, "x");
  }
  CHECK_EQUAL(kw_set(session, 0, KW_F64, numbers, NULL, 1), KW_SHAPE);
  CHECK_EQUAL(kw_set(session, 0, KW_F64, numbers, &negative, 1), KW_SHAPE);
  CHECK_EQUAL(kw_set(session, 0, KW_F64, numbers, &most, 1), KW_CAPACITY);
  CHECK_EQUAL(kw_session_error(session)->needed, INT64_MAX);
  CHECK_EQUAL(kw_set(session, 0, KW_F64, numbers, huge, 3), KW_SHAPE);
  CHECK_EQUAL(kw_set(session, 0, KW_F64, numbers, &seven, 1), KW_CAPACITY);
  CHECK_TEXT(kw_session_error(session)->name, "n");
  CHECK_EQUAL(kw_session_error(session)->needed, 7);
  CHECK_EQUAL(kw_set(session, 0, KW_F64, NULL, &four, 1), KW_TYPE); /* None, where none may be */
  CHECK_EQUAL(kw_set(session, 0, KW_TEXT, words, &four, 1), KW_TYPE);
  static const kw_type types[] = {0, -1, 16, INT32_MAX, KW_F16, KW_C64, KW_C128};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    CHECK_EQUAL(kw_set(session, 0, types[i], numbers, &four, 1), KW_TYPE);
  CHECK(first_of(session, 0) == before && before > 0);
  const int64_t three = 3;
  CHECK_EQUAL(kw_set(session, 0, KW_F64, numbers, &three, 1), KW_OK); /* x has 3, y has 4 */
  CHECK_EQUAL(kw_run(session), KW_SHAPE);
  CHECK_TEXT(kw_session_error(session)->name, "y");
  kw_session_free(session);
}

static void inputs_not_set(void) {
  kw_model *model = load_corpus("selection", NULL);
  kw_session *session = new_session(model, NULL);
  kw_view view;
  CHECK_EQUAL(kw_output(session, 0, &view), KW_ARGUMENT);
  CHECK_EQUAL(kw_run(session), KW_ARGUMENT);
  CHECK_EQUAL(kw_session_error(session)->index, 0);
  CHECK_TEXT(kw_session_error(session)->name, "x");
  CHECK_EQUAL(kw_output(session, 0, &view), KW_ARGUMENT);
  kw_session_free(session);
  kw_model_free(model);
}

/* ---- conversion, through the API ---- */
typedef union number {
  double real;
  float narrow;
  int64_t integer;
  uint64_t natural;
  uint8_t byte;
  int32_t word;
} number;

static void expect_set(kw_session *session, const char *input, kw_type type, number value,
                       size_t width, kw_status must) {
  unsigned char pair[16];
  kw_model *model = load_corpus("types", NULL);
  const int32_t index = kw_find(model, KW_INPUT, input);
  kw_model_free(model);
  memcpy(pair, &value, width);
  memcpy(pair + width, &value, width);
  const kw_status status = kw_set(session, index, type, pair, &two, 1);
  if (status != must) printf("%s from type %d\n", input, type);
  CHECK_EQUAL(status, must);
}
#define REAL(x) KW_F64, (number){.real = (x)}, 8
#define NARROW(x) KW_F32, (number){.narrow = (x)}, 4
#define INTEGER(x) KW_I64, (number){.integer = (x)}, 8
#define NATURAL(x) KW_U64, (number){.natural = (x)}, 8

static void only_without_loss(void) {
  kw_session *session = begin_corpus("types", NULL);
  expect_set(session, "f32", REAL(0.1), KW_TYPE);
  expect_set(session, "f32", REAL(0.5), KW_OK);
  expect_set(session, "f32", REAL((double)NAN), KW_OK);
  expect_set(session, "f32", REAL((double)INFINITY), KW_OK);
  expect_set(session, "f32", REAL(1e39), KW_TYPE);
  expect_set(session, "f32", INTEGER((1 << 24) + 1), KW_TYPE);
  expect_set(session, "f32", INTEGER(1 << 24), KW_OK);
  expect_set(session, "u8", REAL((double)NAN), KW_TYPE);
  expect_set(session, "u8", REAL(255), KW_OK);
  expect_set(session, "u8", REAL(255.5), KW_TYPE);
  expect_set(session, "u8", INTEGER(-1), KW_TYPE);
  expect_set(session, "bool", INTEGER(2), KW_TYPE);
  expect_set(session, "bool", KW_BOOL, (number){.byte = 2}, 1, KW_TYPE);
  expect_set(session, "bool", REAL(1), KW_OK);
  expect_set(session, "u64", INTEGER(-1), KW_TYPE);
  expect_set(session, "u64", REAL(0x1p64), KW_TYPE);
  expect_set(session, "u64", REAL(0x1p63), KW_OK);
  expect_set(session, "i8", NATURAL(128), KW_TYPE);
  expect_set(session, "i8", NARROW(-128), KW_OK);
  expect_set(session, "i16", KW_I32, (number){.word = 32768}, 4, KW_TYPE);
  CHECK(strstr(kw_session_error(session)->message, "int32") &&
        strstr(kw_session_error(session)->message, "int16"));
  expect_set(session, "u32", NATURAL(UINT64_MAX), KW_TYPE);
  kw_session_free(session);
  session = begin_corpus("selection", NULL);
  const int64_t exact[4] = {(INT64_C(1) << 53), 1, 2, 3},
                beyond[4] = {(INT64_C(1) << 53) + 1, 1, 2, 3};
  CHECK_EQUAL(kw_set(session, 0, KW_I64, exact, &four, 1), KW_OK);
  CHECK_EQUAL(kw_set(session, 0, KW_I64, beyond, &four, 1), KW_TYPE);
  const double whole = 2, broken = 2.5;
  CHECK_EQUAL(kw_set(session, 2, KW_F64, &whole, NULL, 0), KW_OK);
  CHECK_EQUAL(kw_set(session, 2, KW_F64, &broken, NULL, 0), KW_TYPE);
  CHECK_EQUAL(kw_run(session), KW_OK);
  kw_session_free(session);
}

/* ---- text ---- */
enum { FOUND, SAME, MISSING, WORD, CHOSEN, WORDS };

static bool is_output_text(kw_session *session, int32_t output, int64_t element, const char *must) {
  size_t bytes;
  const char *text = kw_output_text(session, output, element, &bytes);
  return must ? text && bytes == strlen(must) && !memcmp(text, must, bytes) : !text;
}

static void text_that_is_refused(void) {
  static const char *const bad[] = {
      "\xFF", "\xC3", "a\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"};
  kw_model *model = load_corpus("texts", NULL);
  kw_session *session = new_session(model, NULL);
  const char *words[4] = {"a", NULL, "", "h\xC3\xA4\xC3\x9F"}, *word = "a";
  CHECK_EQUAL(kw_set(session, 0, KW_TEXT, words, &four, 1), KW_OK);
  CHECK_EQUAL(kw_set(session, 1, KW_TEXT, &word, NULL, 0), KW_OK);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    const char *mixed[4] = {"longer than before", NULL, bad[i], "b"};
    CHECK_EQUAL(kw_set(session, 0, KW_TEXT, mixed, &four, 1), KW_TYPE);
    CHECK(strstr(kw_session_error(session)->message, "element 2") != NULL);
  }
  char large[70];
  memset(large, 'x', 69);
  large[69] = 0;
  const char *many[4] = {large, "a", "b", "c"};
  CHECK_EQUAL(kw_set(session, 0, KW_TEXT, many, &four, 1), KW_CAPACITY);
  CHECK_TEXT(kw_session_error(session)->name, "text_bytes");
  CHECK_EQUAL(kw_session_error(session)->needed,
              70 + 3 * 2 + 2); /* with what the other input holds, and NULs */
  CHECK_EQUAL(kw_set(session, 0, KW_F64, many, &four, 1), KW_TYPE);
  void *data;
  CHECK_EQUAL(kw_input(session, 0, &four, 1, &data), KW_TYPE);
  CHECK_EQUAL(kw_run(session), KW_OK);
  for (int64_t i = 0; i < 4; i++) CHECK(is_output_text(session, WORDS, i, words[i]));
  CHECK(!kw_output_text(session, WORDS, 4, NULL) && !kw_output_text(session, WORDS, -1, NULL));
  kw_session_free(session);
  kw_model_free(model);
}

/* The pool of the inputs' text stays whole, however they are set. */
static void text_set_again_and_again(void) {
  static const char *const vocabulary[] = {"a", "h\xC3\xA4\xC3\x9F", NULL, ""}, *const any[] = {
                                                                                    "", "a", "bb",
                                                                                    "\xE6\x97\xA5",
                                                                                    NULL};
  kw_model *model = load_corpus("texts", NULL);
  kw_session *session = new_session(model, NULL);
  uint32_t random = 1;
  for (int turn = 0; turn < 2000; turn++) {
    static const char *words[4], *word;
    static int64_t count;
    random = random * 1664525 + 1013904223;
    if (turn == 0 || random >> 30 & 1) {
      count = random >> 8 & 3;
      for (int64_t i = 0; i < count; i++) words[i] = vocabulary[random >> (10 + 2 * i) & 3];
      CHECK_EQUAL(kw_set(session, 0, KW_TEXT, words, &count, 1), KW_OK);
    }
    if (turn == 0 || random >> 31) {
      word = any[(random >> 20) % 5];
      CHECK_EQUAL(kw_set(session, 1, KW_TEXT, word ? &word : NULL, NULL, 0), KW_OK);
    }
    if (turn % 100 == 50) {
      const int64_t capacity[] = {0, 64 + turn};
      CHECK_EQUAL(kw_grow(session, capacity, 2), KW_OK);
    }
    REQUIRE(kw_run(session) == KW_OK);
    kw_view found, same, missing;
    REQUIRE(kw_output(session, FOUND, &found) == KW_OK && kw_output(session, SAME, &same) == KW_OK);
    REQUIRE(kw_output(session, MISSING, &missing) == KW_OK && found.size[0] == count);
    CHECK_EQUAL(*(const uint8_t *)missing.data, word == NULL);
    CHECK(is_output_text(session, CHOSEN, 0, word ? word : "a"));
    CHECK(is_output_text(session, WORD, 0, word));
    for (int64_t i = 0; i < count; i++) {
      CHECK(is_output_text(session, WORDS, i, words[i]));
      CHECK(vocabulary[((const int64_t *)found.data)[i]] == words[i]);
      CHECK_EQUAL(((const uint8_t *)same.data)[i],
                  words[i] && !strcmp(words[i], word ? word : "a"));
    }
  }
  kw_view view;
  CHECK_EQUAL(kw_set(session, 1, KW_TEXT, NULL, NULL, 0), KW_OK);
  CHECK_EQUAL(kw_run(session), KW_OK);
  CHECK_EQUAL(kw_output(session, WORD, &view), KW_OK);
  CHECK(!view.present && view.type == KW_TEXT);
  kw_session_free(session);
  kw_model_free(model);
}

/* ---- outputs on demand ---- */
static void outputs_on_demand(void) {
  const int32_t wanted = 1;
  const kw_options options = {.bytes = sizeof options, .outputs = &wanted, .output_count = 1};
  kw_session *session = begin_corpus("selection", &options);
  const double low[4] = {0}, high[4] = {1, 1, 1, 1};
  kw_view view;
  CHECK_EQUAL(kw_set(session, 0, KW_F64, low, &four, 1), KW_OK);
  CHECK_EQUAL(kw_set(session, 1, KW_F64, high, &four, 1), KW_OK);
  CHECK_EQUAL(kw_run(session), KW_OK); /* what is not wanted would have outgrown its capacity */
  CHECK_EQUAL(kw_output(session, 1, &view), KW_OK);
  CHECK(view.size[0] == 4 && view.type == KW_I64);
  CHECK_EQUAL(kw_output(session, 0, &view), KW_ARGUMENT);
  CHECK_EQUAL(kw_output(session, 2, &view), KW_ARGUMENT);
  const int64_t three = 3;
  CHECK_EQUAL(kw_set(session, 2, KW_I64, &three, NULL, 0), KW_OK);
  CHECK_EQUAL(kw_run(session), KW_RAISED); /* what can raise is computed all the same */
  CHECK_TEXT(kw_session_error(session)->type, "ValueError");
  CHECK_TEXT(kw_session_error(session)->message,
             "cannot reshape array of size 4 into shape (3,newaxis)");
  CHECK_TEXT(kw_session_error(session)->file, "score.py");
  CHECK_EQUAL(kw_session_error(session)->line, 8);
  CHECK(kw_session_error(session)->node >= 0);
  kw_session_free(session);
  const kw_options none = {.bytes = sizeof none, .outputs = &wanted};
  session = begin_corpus("calls", &none);
  CHECK_EQUAL(kw_run(session), KW_OK);
  CHECK_EQUAL(kw_output(session, 1, &view), KW_ARGUMENT);
  kw_session_free(session);
}

/* ---- options ---- */
static kw_status session_status(kw_model *model, const kw_options *options) {
  kw_session *session;
  kw_error error;
  const kw_status status = kw_session_new(&session, model, options, &error);
  CHECK_EQUAL(error.status, status);
  kw_session_free(session);
  return status;
}

static void options_of_sessions(void) {
  kw_model *model = load_corpus("selection", NULL);
  const int64_t capacity[] = {64, 1, 1, 1, 1}, above[] = {65}, negative[] = {0, -1};
  kw_options options = {.bytes = sizeof options, .entry = "score"};
  CHECK_EQUAL(session_status(model, &options), KW_OK);
  options.entry = "other";
  CHECK_EQUAL(session_status(model, &options), KW_ARGUMENT);
  options.entry = NULL;
  options.capacity = capacity;
  options.capacities = 1;
  CHECK_EQUAL(session_status(model, &options), KW_OK);
  options.capacities = kw_count(model, KW_SIZE) + 1;
  CHECK_EQUAL(session_status(model, &options), KW_ARGUMENT);
  options.capacities = -1;
  CHECK_EQUAL(session_status(model, &options), KW_ARGUMENT);
  options.capacity = above;
  options.capacities = 1;
  CHECK_EQUAL(session_status(model, &options), KW_ARGUMENT);
  options.capacity = negative;
  options.capacities = 2;
  CHECK_EQUAL(session_status(model, &options), KW_ARGUMENT);
  const kw_options older = {.bytes = sizeof older - 8};
  CHECK_EQUAL(session_status(model, &older), KW_ARGUMENT);
  kw_model *other;
  CHECK_EQUAL(kw_open(&other, "x", &older, NULL), KW_ARGUMENT);
  kw_session *session = new_session(model, NULL);
  CHECK_EQUAL(kw_grow(session, above, 1), KW_ARGUMENT);
  CHECK_TEXT(kw_session_error(session)->name, "n");
  kw_session_free(session);
  kw_model_free(model);
}

static void without_loops_steps_are_calls(void) {
  const kw_options options = {.bytes = sizeof options, .max_steps = 31};
  kw_session *session = begin_corpus("deep", &options);
  for (int turn = 0; turn < 3; turn++) CHECK_EQUAL(kw_run(session), KW_LIMIT);
  kw_session_free(session);
  const kw_options enough = {.bytes = sizeof enough, .max_steps = 32};
  session = begin_corpus("deep", &enough);
  for (int turn = 0; turn < 3; turn++) CHECK_EQUAL(kw_run(session), KW_OK);
  kw_session_free(session);
}

/* ---- state ---- */
static void state_as_bytes(void) {
  kw_session *session = begin_corpus("state", NULL), *other = begin_corpus("state", NULL);
  char saved[512];
  size_t bytes, room = sizeof saved - 1;
  kw_view view;
  CHECK_EQUAL(kw_run(session), KW_OK);
  CHECK_EQUAL(kw_state_save(session, NULL, &bytes), KW_OK);
  size_t little = bytes - 1;
  CHECK_EQUAL(kw_state_save(session, saved, &little), KW_ARGUMENT);
  CHECK_EQUAL(kw_session_error(session)->needed, (int64_t)bytes);
  CHECK_EQUAL(kw_state_save(session, saved + 1, &room), KW_OK); /* at any address */
  CHECK_EQUAL(room, bytes);
  CHECK_EQUAL(kw_state_load(other, saved + 1, bytes), KW_OK);
  for (int turn = 0; turn < 2; turn++) {
    CHECK_EQUAL(kw_run(turn ? other : session), KW_OK);
    CHECK_EQUAL(kw_output(turn ? other : session, 1, &view), KW_OK);
    CHECK_EQUAL(*(const int32_t *)view.data, 2);
  }
  for (size_t i = 0; i < bytes; i++) { /* damaged: refused, and nothing is taken */
    saved[1 + i] ^= 0x10;
    CHECK_EQUAL(kw_state_load(other, saved + 1, bytes), KW_FORMAT);
    saved[1 + i] ^= 0x10;
    CHECK_EQUAL(kw_state_load(other, saved + 1, i), KW_FORMAT);
  }
  CHECK_EQUAL(kw_run(other), KW_OK);
  CHECK_EQUAL(kw_output(other, 1, &view), KW_OK);
  CHECK_EQUAL(*(const int32_t *)view.data, 3);
  kw_reset(other);
  CHECK_EQUAL(kw_run(other), KW_OK);
  CHECK_EQUAL(kw_output(other, 1, &view), KW_OK);
  CHECK_EQUAL(*(const int32_t *)view.data, 1);
  kw_session *third = begin_corpus("calls", NULL);
  CHECK_EQUAL(kw_state_load(third, saved + 1, bytes), KW_FORMAT);
  kw_session_free(third);
  kw_session_free(session);
  kw_session_free(other);
}

/* A state longer than this session's capacity: the capacity that it needs, then it fits. */
static void state_of_a_larger_session(void) {
  kw_session *large = begin_corpus("state", NULL), *session = begin_corpus("state", NULL);
  const int64_t capacity[] = {0, 40};
  char saved[1024];
  size_t bytes = sizeof saved;
  CHECK_EQUAL(kw_grow(large, capacity, 2), KW_OK);
  for (int turn = 0; turn < 5; turn++) CHECK_EQUAL(kw_run(large), KW_OK);
  CHECK_EQUAL(kw_state_save(large, saved, &bytes), KW_OK);
  CHECK_EQUAL(kw_state_load(session, saved, bytes), KW_CAPACITY);
  CHECK_TEXT(kw_session_error(session)->name, "kept");
  CHECK_EQUAL(kw_session_error(session)->needed, 15);
  CHECK_EQUAL(kw_grow(session, capacity, 2), KW_OK);
  CHECK_EQUAL(kw_state_load(session, saved, bytes), KW_OK);
  CHECK_EQUAL(kw_run(session), KW_OK);
  kw_session_free(large);
  kw_session_free(session);
}

/* A run that raises commits nothing, though the states' new values were there before it raised. */
static void a_run_that_raises_keeps_the_state(void) {
  kw_session *session = begin_corpus("state", NULL);
  const int64_t none = 0;
  const double nothing = 0;
  size_t bytes = 512;
  char before[512], after[512];
  CHECK_EQUAL(kw_set(session, 0, KW_F64, &nothing, &none, 1), KW_OK);
  CHECK_EQUAL(kw_state_save(session, before, &bytes), KW_OK);
  CHECK_EQUAL(kw_run(session), KW_RAISED);
  CHECK_TEXT(kw_session_error(session)->type, "IndexError");
  size_t later = sizeof after;
  CHECK_EQUAL(kw_state_save(session, after, &later), KW_OK);
  CHECK(later == bytes && !memcmp(before, after, bytes));
  kw_session_free(session);
}

/* ---- where data lies ---- */
static void check_at(const char *name, size_t shift, uint32_t flags, kw_status must) {
  static union {
    uint64_t align;
    uint8_t bytes[8192 + 8];
  } block;
  const corpus_file *file = read_corpus(name);
  memcpy(block.bytes + shift, file->at.data, file->bytes);
  kw_options options = {.bytes = sizeof options, .flags = flags};
  kw_model *model;
  kw_error error;
  CHECK_EQUAL(kw_load(&model, block.bytes + shift, file->bytes, NULL, &options, &error), must);
  if (must) return;
  int64_t passed, failed;
  if (flags & KW_COPY) memset(block.bytes, 0, sizeof block.bytes);
  CHECK_EQUAL(kw_check(model, NULL, &passed, &failed, &error), KW_OK);
  CHECK(passed > 0 && failed == 0);
  kw_model_free(model);
}

#define CHECK_AT(name)                                                   \
  for (size_t shift = 0; shift < 8; shift++) {                           \
    check_at(#name, shift, KW_DIGEST, shift % 4 ? KW_ALIGNMENT : KW_OK); \
    check_at(#name, shift, KW_DIGEST | KW_COPY, KW_OK);                  \
  }
static void files_at_any_address(void) { CORPUS(CHECK_AT) }

#if !defined(_WIN32)
#include <fcntl.h>
#include <unistd.h>

/* As an asset within an archive: at any multiple of 4 mapped, elsewhere copied. */
static void files_within_files(void) {
  static const char scratch[] = "test_api.tmp";
  const corpus_file *file = read_corpus("forests");
  static const int64_t offsets[] = {0, 2, 4, 8, 4092, 4096, 5001};
  for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
    FILE *out = fopen(scratch, "wb");
    REQUIRE(out != NULL);
    for (int64_t k = 0; k < offsets[i]; k++) fputc('?', out);
    fwrite(file->at.data, 1, file->bytes, out);
    fputs("more", out);
    fclose(out);
    int fd = open(scratch, O_RDONLY);
    for (uint32_t flags = 0; flags <= KW_COPY; flags++) {
      kw_options options = {.bytes = sizeof options, .flags = flags | KW_DIGEST};
      kw_model *model;
      kw_error error;
      const kw_status must = offsets[i] % 4 && !flags ? KW_ALIGNMENT : KW_OK;
      CHECK_EQUAL(kw_open_fd(&model, fd, offsets[i], (int64_t)file->bytes, &options, &error), must);
      int64_t passed = 0, failed = 0;
      if (!must) CHECK_EQUAL(kw_check(model, NULL, &passed, &failed, &error), KW_OK);
      CHECK(must || (passed > 0 && failed == 0));
      kw_model_free(model);
      CHECK_EQUAL(kw_open_fd(&model, fd, offsets[i], (int64_t)file->bytes + 4, &options, &error),
                  must ? KW_ALIGNMENT : KW_FORMAT);
    }
    close(fd);
  }
  remove(scratch);
}
#endif

static void what_this_version_has_not(void) {
  kw_session *session = begin_corpus("calls", NULL);
  CHECK_EQUAL(kw_push(session, 0, &two, 1), KW_UNSUPPORTED);
  CHECK_EQUAL(kw_next(session), KW_UNSUPPORTED);
  CHECK_EQUAL(kw_session_error(session)->status, KW_UNSUPPORTED);
  kw_session_free(session);
}

int main(int argc, char **argv) {
  corpus_folder = argc > 1 ? argv[1] : ".";
  RUN(nothing_given);
  RUN(indexes_out_of_range);
  RUN(refused_inputs_stay_as_they_were);
  RUN(inputs_not_set);
  RUN(only_without_loss);
  RUN(text_that_is_refused);
  RUN(text_set_again_and_again);
  RUN(outputs_on_demand);
  RUN(options_of_sessions);
  RUN(without_loops_steps_are_calls);
  RUN(state_as_bytes);
  RUN(state_of_a_larger_session);
  RUN(a_run_that_raises_keeps_the_state);
  RUN(files_at_any_address);
#if !defined(_WIN32)
  RUN(files_within_files);
#endif
  RUN(what_this_version_has_not);
  return finish();
}
