/* What stands in kowari.h itself: status texts, the sizes that never change, what NULL gives, and
 * the calls that this build refuses. */
#include "test.h"
#include "thread.h"

static void every_status_has_its_text(void) {
#define X(name, value, text) CHECK_TEXT(kw_status_text(value), text);
  KW_STATUS(X)
#undef X
  CHECK_TEXT(kw_status_text(-1), "unknown status");
  CHECK_TEXT(kw_status_text(KW_ARGUMENT + 1), "unknown status");
}

static void structs_have_the_size_they_will_keep(void) {
  CHECK_EQUAL(sizeof(kw_error), 1024);
  CHECK_EQUAL(offsetof(kw_error, message) + sizeof(((kw_error *)NULL)->message), 1024);
}

#if !KW__THREADS
static void workers_are_refused(void) {
  kw_worker *worker = (kw_worker *)&worker;
  kw_error error;
  CHECK_EQUAL(kw_worker_new(&worker, NULL, &error), KW_UNSUPPORTED);
  CHECK(worker == NULL);
  CHECK_EQUAL(error.status, KW_UNSUPPORTED);
  CHECK(error.message[0] != 0);
  CHECK_EQUAL(kw_worker_new(NULL, NULL, NULL), KW_ARGUMENT);
}
#endif

static void nothing_is_taken_for_null(void) {
  kw_model_free(NULL);
  kw_session_free(NULL);
  kw_worker_free(NULL);
  kw_cancel(NULL);
  kw_reset(NULL);
  CHECK(kw_model_retain(NULL) == NULL);
  CHECK(kw_meta(NULL, "keys") == NULL);
  CHECK(kw_session_error(NULL) == NULL);
  CHECK(kw_output_text(NULL, 0, 0, NULL) == NULL);
  CHECK_EQUAL(kw_count(NULL, KW_INPUT), 0);
  CHECK_EQUAL(kw_find(NULL, KW_INPUT, "x"), -1);
  kw_info info;
  CHECK_EQUAL(kw_describe(NULL, KW_INPUT, 0, &info), KW_ARGUMENT);
  kw_session *session;
  kw_error error;
  CHECK_EQUAL(kw_session_new(&session, NULL, NULL, &error), KW_ARGUMENT);
  CHECK_EQUAL(kw_run(NULL), KW_ARGUMENT);
  CHECK_EQUAL(kw_submit(NULL, NULL, 0), KW_ARGUMENT);
  CHECK_EQUAL(kw_wait(NULL, 0), KW_ARGUMENT);
  CHECK_EQUAL(kw_push(NULL, 0, NULL, 0), KW_ARGUMENT);
  CHECK_EQUAL(kw_next(NULL), KW_ARGUMENT);
  CHECK_EQUAL(kw_grow(NULL, NULL, 0), KW_ARGUMENT);
  CHECK_EQUAL(kw_set(NULL, 0, KW_F64, NULL, NULL, 0), KW_ARGUMENT);
  CHECK_EQUAL(kw_state_save(NULL, NULL, NULL), KW_ARGUMENT);
  CHECK_EQUAL(kw_state_load(NULL, NULL, 0), KW_ARGUMENT);
}

/* A message longer than its room is cut at a character, never inside one. */
static void long_messages_are_cut_at_a_character(void) {
  char text[2000];
  kw_error error;
  for (size_t shift = 0; shift < 4; shift++) {
    size_t used = shift;
    memset(text, 'a', shift);
    for (; used + 4 < sizeof text; used += 3)
      memcpy(text + used, "\xE2\x82\xAC", 3); /* the Euro sign */
    text[used] = 0;
    CHECK_EQUAL(kw__fail(&error, KW_SHAPE, "%s", text), KW_SHAPE);
    size_t length = strlen(error.message);
    CHECK(length < sizeof error.message && length >= sizeof error.message - 4);
    CHECK_EQUAL((length - shift) % 3, 0);
    CHECK(memcmp(error.message, text, length) == 0);
    CHECK_EQUAL(error.node, -1);
    CHECK_EQUAL(error.line, -1);
    CHECK_EQUAL(error.index, -1);
  }
}

int main(void) {
  RUN(every_status_has_its_text);
  RUN(structs_have_the_size_they_will_keep);
#if !KW__THREADS
  RUN(workers_are_refused);
#endif
  RUN(nothing_is_taken_for_null);
  RUN(long_messages_are_cut_at_a_character);
  return finish();
}
