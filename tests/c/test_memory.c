/* Memory: every request of every call fails once, and gives KW_NO_MEMORY, leaks nothing and harms
 * nothing; sessions live in memory of the caller and say what they need; growing keeps what was
 * set; models and sessions end in any order. */
#include "corpus.h"
#include "internal.h"

/* ---- the N-th request fails ---- */
typedef kw_status attempt(const char *name, const kw_options *options, kw_error *error);

static kw_status load(const char *name, const kw_options *options, kw_error *error) {
  const corpus_file *file = read_corpus(name);
  kw_model *model;
  kw_status status = kw_load(&model, file->at.data, file->bytes, NULL, options, error);
  CHECK((model == NULL) == (status != KW_OK));
  kw_model_free(model);
  return status;
}

static kw_status load_copy(const char *name, const kw_options *options, kw_error *error) {
  kw_options copy = *options;
  copy.flags = KW_COPY | KW_DIGEST;
  return load(name, &copy, error);
}

static kw_status open_path(const char *name, const kw_options *options, kw_error *error) {
  kw_model *model;
  kw_options copy = *options;
  copy.flags = KW_COPY;
  kw_status status = kw_open(&model, read_corpus(name)->path, &copy, error);
  kw_model_free(model);
  return status;
}

static kw_status begin_session(const char *name, const kw_options *options, kw_error *error) {
  kw_model *model = load_corpus(name, NULL);
  kw_session *session;
  kw_status status = kw_session_new(&session, model, options, error);
  CHECK((session == NULL) == (status != KW_OK));
  kw_session_free(session);
  kw_model_free(model);
  return status;
}

static kw_status check_examples(const char *name, const kw_options *options, kw_error *error) {
  kw_model *model = load_corpus(name, NULL);
  int64_t passed, failed;
  kw_status status = kw_check(model, options, &passed, &failed, error);
  if (!status) CHECK(passed > 0 && failed == 0);
  kw_model_free(model);
  return status;
}

/* From the first request to the last, until nothing fails. */
static void fail_each(const char *name, attempt *call) {
  ledger l;
  const kw_allocator allocator = count_with(&l);
  const kw_options options = options_with(&allocator, 0);
  kw_error error;
  for (int64_t n = 0; n < 1000; n++) {
    l.calls = 0;
    l.fail_at = n;
    kw_status status = call(name, &options, &error);
    CHECK_EQUAL(l.live, 0);
    if (l.calls <= n) {
      CHECK_EQUAL(status, KW_OK);
      CHECK(n > 0);
      return;
    }
    CHECK_EQUAL(status, KW_NO_MEMORY);
    CHECK_EQUAL(error.status, KW_NO_MEMORY);
    CHECK_EQUAL(call(name, &options, NULL), KW_OK); /* the request has failed; now all goes well */
  }
  CHECK_EQUAL(l.calls, 0); /* a call that never ends */
}

#define EACH(name)                 \
  fail_each(#name, load);          \
  fail_each(#name, load_copy);     \
  fail_each(#name, open_path);     \
  fail_each(#name, begin_session); \
  fail_each(#name, check_examples);
static void every_request_may_fail(void) { CORPUS(EACH) }

static void growing_may_fail(void) {
  ledger l;
  const kw_allocator allocator = count_with(&l);
  const kw_options options = options_with(&allocator, 0);
  kw_session *session = begin_corpus("selection", &options);
  const int64_t more[] = {50};
  kw_view before, after;
  CHECK_EQUAL(kw_run(session), KW_OK);
  CHECK_EQUAL(kw_output(session, 0, &before), KW_OK);
  l.calls = l.fail_at = 0;
  CHECK_EQUAL(kw_grow(session, more, 1), KW_NO_MEMORY);
  CHECK(kw_session_error(session)->needed > 50 * 8);
  CHECK_EQUAL(kw_output(session, 0, &after), KW_OK); /* as if it had not been asked for */
  CHECK(before.data == after.data);
  CHECK_EQUAL(kw_run(session), KW_OK);
  CHECK_EQUAL(kw_grow(session, more, 1), KW_OK);
  CHECK_EQUAL(kw_output(session, 0, &after),
              KW_ARGUMENT); /* memory moved: outputs are gone, inputs stay */
  CHECK_EQUAL(kw_run(session), KW_OK);
  kw_session_free(session);
  CHECK_EQUAL(l.live, 0);
}

/* ---- memory of the caller ---- */
static _Alignas(64) char arena[1 << 16];

/* A lower bound each time: first of the tables, then of all. */
static size_t ask_arena(kw_model *model, kw_options *options) {
  kw_session *session;
  kw_error error;
  options->memory = arena;
  for (int turn = 0; turn < 2; turn++) {
    CHECK_EQUAL(kw_session_new(&session, model, options, &error), KW_NO_MEMORY);
    CHECK_EQUAL(error.status, KW_NO_MEMORY);
    CHECK(error.needed > (int64_t)options->memory_bytes && error.needed <= (int64_t)sizeof arena);
    options->memory_bytes = (size_t)error.needed;
  }
  return options->memory_bytes;
}

static void live_in(const char *name) {
  ledger l;
  const kw_allocator allocator = count_with(&l);
  kw_options options = options_with(&allocator, 0);
  kw_model *model = load_corpus(name, NULL);
  memset(arena, 0x5A, sizeof arena);
  const size_t bytes = ask_arena(model, &options);
  int64_t passed, failed;
  kw_error error;
  CHECK_EQUAL(kw_check(model, &options, &passed, &failed, &error),
              KW_OK); /* exactly what it needs is enough */
  CHECK(passed > 0 && failed == 0);
  for (size_t i = bytes; i < sizeof arena; i++) REQUIRE(arena[i] == 0x5A);
  options.memory = arena + 8;
  kw_session *session;
  CHECK_EQUAL(kw_session_new(&session, model, &options, &error), KW_ARGUMENT);
  kw_model_free(model);
  CHECK_EQUAL(l.live, 0);
}

static void sessions_live_in_given_memory(void) { /* whose examples fit the default capacities */
  live_in("calls");
  live_in("texts");
  live_in("state");
  live_in("forests");
}

/* Growing within the given memory moves what was set; beyond it, says how much more. */
static void given_memory_grows(void) {
  kw_options options = options_with(NULL, 0);
  kw_model *model = load_corpus("texts", NULL);
  const size_t least = ask_arena(model, &options);
  options.memory_bytes = sizeof arena;
  kw_session *session = new_session(model, &options);
  const int64_t some[] = {8, 100}, more[] = {100, 500}, many[] = {1 << 20};
  CHECK_EQUAL(kw_grow(session, some, 2), KW_OK);
  CHECK_EQUAL(kw_dev_set_example(session, 0), KW_OK);
  CHECK_EQUAL(kw_grow(session, more, 2), KW_OK);
  CHECK_EQUAL(kw_grow(session, many, 1), KW_NO_MEMORY);
  CHECK(kw_session_error(session)->needed > (int64_t)sizeof arena && least < sizeof arena);
  CHECK_EQUAL(kw_run(session), KW_OK);
  size_t bytes;
  const char *text = kw_output_text(session, 5, 2, &bytes);
  CHECK(bytes == 5 && text && !memcmp(text, "h\xC3\xA4\xC3\x9F", 5));
  kw_session_free(session);
  kw_model_free(model);
}

/* ---- growing ---- */
static void check_totals(kw_session *session, double first, double second) {
  kw_view view;
  REQUIRE(kw_run(session) == KW_OK && kw_output(session, 0, &view) == KW_OK);
  CHECK(((const double *)view.data)[0] == first && ((const double *)view.data)[1] == second);
}

static void growing_keeps_inputs_and_state(void) {
  kw_session *session = begin_corpus("state", NULL); /* total = ends of all rows so far + last */
  check_totals(session, 1.5, 2.5);
  const int64_t more[] = {10, 30};
  CHECK_EQUAL(kw_grow(session, more, 2), KW_OK);
  check_totals(session, 1 + 1, 3 + 3);
  CHECK_EQUAL(kw_grow(session, NULL, 0), KW_OK);
  check_totals(session, 1 + 1, 3 + 3);
  kw_session_free(session);
}

/* After an overflow nothing is committed, and all is planned anew: also what follows the place of
 * the overflow. */
static void overflow_then_growing(void) {
  kw_session *session = begin_corpus("selection", NULL);
  const double low[] = {1, 4, 9, 16}, high[] = {4, 16, 36, 64};
  const int64_t four = 4;
  kw_view view;
  CHECK_EQUAL(kw_run(session), KW_OK); /* two are chosen, of three at most */
  CHECK_EQUAL(kw_set(session, 0, KW_F64, low, &four, 1), KW_OK);
  CHECK_EQUAL(kw_set(session, 1, KW_F64, high, &four, 1), KW_OK);
  for (int turn = 0; turn < 2; turn++) {
    CHECK_EQUAL(kw_run(session), KW_CAPACITY);
    CHECK_TEXT(kw_session_error(session)->name, "n.compress");
    CHECK_TEXT(kw_session_error(session)->file, "score.py");
    CHECK_EQUAL(kw_session_error(session)->line, 8);
    CHECK_EQUAL(kw_session_error(session)->needed, 4);
    CHECK_EQUAL(kw_output(session, 0, &view), KW_ARGUMENT);
  }
  const int64_t capacity[] = {0, 4};
  CHECK_EQUAL(kw_grow(session, capacity, 2), KW_OK);
  CHECK_EQUAL(kw_run(session), KW_OK);
  REQUIRE(kw_output(session, 0, &view) == KW_OK && view.size[0] == 4);
  for (int i = 0; i < 4; i++) CHECK(((const double *)view.data)[i] == 0.5);
  kw_session_free(session);
}

static void state_overflows(void) {
  kw_session *session = begin_corpus("state", NULL);
  const double rows[] = {5, 6, 7, 8};
  const int64_t four = 4, kept[] = {0, 40};
  for (int turn = 0; turn < 3; turn++) CHECK_EQUAL(kw_run(session), KW_OK); /* 9 of 12 rows */
  CHECK_EQUAL(kw_set(session, 0, KW_F64, rows, &four, 1), KW_OK);
  for (int turn = 0; turn < 2; turn++) {
    CHECK_EQUAL(kw_run(session), KW_CAPACITY);
    CHECK_TEXT(kw_session_error(session)->name, "kept");
    CHECK_EQUAL(kw_session_error(session)->needed, 13);
  }
  CHECK_EQUAL(kw_grow(session, kept, 2), KW_OK);
  check_totals(session, 1 + 1, 8 + 3);
  kw_session_free(session);
}

/* ---- ends ---- */
static int released;
static void release(void *user) { released += *(int *)user; }

static void any_order_of_ends(void) {
  ledger l;
  const kw_allocator allocator = count_with(&l);
  kw_options options = options_with(&allocator, 0);
  int one = 1;
  options.user = &one;
  const corpus_file *file = read_corpus("calls");
  kw_model *model;
  REQUIRE(kw_load(&model, file->at.data, file->bytes, release, &options, NULL) == KW_OK);
  kw_session *a = new_session(model, &options), *b = new_session(model, &options);
  kw_model *shared = kw_model_retain(model);
  kw_model_free(model);
  kw_session_free(a);
  kw_model_free(shared);
  CHECK_EQUAL(released, 0);
  CHECK_EQUAL(kw_dev_set_example(b, 0), KW_OK);
  CHECK_EQUAL(kw_run(b), KW_OK);
  kw_session_free(b);
  CHECK_EQUAL(released, 1);
  CHECK_EQUAL(l.live, 0);
  kw_session_free(NULL);
  kw_model_free(NULL);
  CHECK(kw_model_retain(NULL) == NULL);
}

int main(int argc, char **argv) {
  corpus_folder = argc > 1 ? argv[1] : ".";
  RUN(every_request_may_fail);
  RUN(growing_may_fail);
  RUN(sessions_live_in_given_memory);
  RUN(given_memory_grows);
  RUN(growing_keeps_inputs_and_state);
  RUN(overflow_then_growing);
  RUN(state_overflows);
  RUN(any_order_of_ends);
  return finish();
}
