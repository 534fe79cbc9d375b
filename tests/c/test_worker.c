/* Workers, rule by rule: whose a session is, in which order and how often it is answered, the
 * queue, cancelling, time that is over, and done() that lends again. */
#include <math.h>

#include "test.h"

#if defined(__wasi__) || defined(_WIN32)
int main(void) {
  printf("skipped: no POSIX threads here\n");
  return EXIT_SUCCESS;
}
#else
#include "worker.h"

static const int64_t two = 2, three = 3;

/* ---- answers ---- */
static void answers_come_in_order_on_the_workers_thread(void) {
  enum { SESSIONS = 8 };
  begin_stage();
  kw_worker *worker = new_worker(note_answer, NULL, 0);
  kw_session *session[SESSIONS], *first = occupy(worker);
  for (int i = 0; i < SESSIONS; i++) {
    session[i] = i % 3 == 1 ? new_raising() : new_calls();
    CHECK_EQUAL(kw_submit(worker, session[i], -1), KW_OK);
  }
  open_door();
  AWAIT(stage.answers == SESSIONS + 1);
  CHECK(stage.answer[0].session == first && stage.answer[0].status == KW_OK);
  for (int i = 0; i < SESSIONS; i++) {
    CHECK(stage.answer[i + 1].session == session[i]);
    CHECK_EQUAL(stage.answer[i + 1].status, i % 3 == 1 ? KW_RAISED : KW_OK);
    CHECK(pthread_equal(stage.answer[i + 1].thread, stage.answer[0].thread));
    CHECK(!pthread_equal(stage.answer[i + 1].thread, pthread_self()));
    if (i % 3 != 1) check_calls(session[i]);
    CHECK_EQUAL(kw_wait(session[i], -1), KW_ARGUMENT); /* was answered */
    kw_session_free(session[i]);
  }
  check_calls(first);
  kw_session_free(first);
  kw_worker_free(worker);
  CHECK_EQUAL(stage.answers, SESSIONS + 1);
}

static void wait_gives_the_answer_once(void) {
  begin_stage();
  kw_worker *worker = new_worker(NULL, NULL, 0);
  kw_session *running = occupy(worker), *queued = new_calls();
  CHECK_EQUAL(kw_submit(worker, queued, -1), KW_OK);
  CHECK_EQUAL(kw_wait(running, 0), KW_AGAIN);
  CHECK_EQUAL(kw_wait(queued, 1), KW_AGAIN);
  open_door();
  CHECK_EQUAL(kw_wait(queued, -1), KW_OK);
  CHECK_EQUAL(kw_wait(running, -1), KW_OK);
  check_calls(running);
  check_calls(queued);
  CHECK_EQUAL(kw_wait(queued, -1), KW_ARGUMENT);
  CHECK_EQUAL(kw_session_error(queued)->status, KW_ARGUMENT);
  kw_session_free(running);
  kw_session_free(queued);
  kw_worker_free(worker);
}

static void nothing_to_wait_for(void) {
  kw_session *session = new_calls();
  CHECK_EQUAL(kw_wait(session, -1), KW_ARGUMENT);
  CHECK_EQUAL(kw_run(session), KW_OK);
  CHECK_EQUAL(kw_wait(session, 0), KW_ARGUMENT); /* kw_run has answered itself */
  kw_session_free(session);
}

/* ---- BUSY ---- */
static void check_busy(kw_worker *worker, kw_session *session) {
  const double x[2] = {0};
  char saved[64];
  size_t bytes = sizeof saved;
  void *data;
  kw_view view;
  CHECK_EQUAL(kw_set(session, 0, KW_F64, x, &two, 1), KW_BUSY);
  CHECK_EQUAL(kw_input(session, 0, &two, 1, &data), KW_BUSY);
  CHECK_EQUAL(kw_grow(session, &three, 1), KW_BUSY);
  CHECK_EQUAL(kw_run(session), KW_BUSY);
  CHECK_EQUAL(kw_output(session, 0, &view), KW_BUSY);
  CHECK(view.data == NULL && data == NULL);
  CHECK(kw_output_text(session, 0, 0, &bytes) == NULL);
  bytes = sizeof saved;
  CHECK_EQUAL(kw_state_save(session, saved, &bytes), KW_BUSY);
  CHECK_EQUAL(kw_state_load(session, saved, bytes), KW_BUSY);
  CHECK_EQUAL(kw_push(session, 0, x, 1), KW_BUSY);
  CHECK_EQUAL(kw_next(session), KW_BUSY);
  CHECK_EQUAL(kw_submit(worker, session, -1), KW_BUSY);
  CHECK_EQUAL(kw_submit(NULL, session, -1), KW_BUSY);
  CHECK_EQUAL(kw_session_error(session)->status, KW_BUSY);
  CHECK_TEXT(kw_session_error(session)->message, kw_status_text(KW_BUSY));
  kw_reset(session);
}

static void lent_sessions_are_busy(void) {
  begin_stage();
  kw_worker *worker = new_worker(note_answer, NULL, 0), *other = new_worker(NULL, NULL, 0);
  kw_session *running = occupy(worker), *queued = begin_corpus("state", NULL);
  CHECK_EQUAL(kw_run(queued), KW_OK);
  CHECK_EQUAL(kw_submit(worker, queued, -1), KW_OK);
  for (int i = 0; i < 2; i++) {
    check_busy(i ? worker : other, running);
    check_busy(i ? worker : other, queued);
    CHECK_EQUAL(kw_wait(running, -1),
                KW_BUSY); /* done() will answer: there is nothing to wait for */
  }
  open_door();
  AWAIT(stage.answers == 2);
  check_calls(running);
  kw_view count;
  CHECK_EQUAL(kw_output(queued, 1, &count), KW_OK);
  CHECK_EQUAL(*(const int32_t *)count.data, 2); /* kw_reset had no effect */
  kw_session_free(running);
  kw_session_free(queued);
  kw_worker_free(worker);
  kw_worker_free(other);
}

static void busy_until_kw_wait_has_answered(void) {
  begin_stage();
  kw_worker *worker = new_worker(NULL, NULL, 0);
  kw_session *early = new_calls(), *late = new_calls();
  CHECK_EQUAL(kw_submit(worker, early, -1), KW_OK);
  CHECK_EQUAL(kw_submit(worker, late, -1), KW_OK);
  CHECK_EQUAL(kw_wait(late, -1), KW_OK); /* so early has landed before */
  check_busy(worker, early);
  kw_cancel(early); /* too late */
  CHECK_EQUAL(kw_wait(early, 0), KW_OK);
  check_calls(early);
  kw_session_free(early);
  kw_session_free(late);
  kw_worker_free(worker);
}

/* What hangs or loses its output elsewhere: a second run while one is under way, of the same
 * session and of another. */
static void a_second_run_at_once_keeps_its_output(void) {
  begin_stage();
  kw_worker *worker = new_worker(note_answer, NULL, 0);
  kw_session *first = occupy(worker), *second = new_calls();
  CHECK_EQUAL(kw_submit(worker, first, -1), KW_BUSY); /* said, not lost */
  CHECK_EQUAL(kw_submit(worker, second, -1), KW_OK);
  open_door();
  AWAIT(stage.answers == 2);
  check_calls(first);
  check_calls(second);
  kw_session_free(first);
  kw_session_free(second);
  kw_worker_free(worker);
}

/* And an exception, after which nothing is answered any more. */
static void a_failure_is_an_answer_like_any_other(void) {
  begin_stage();
  kw_worker *called = new_worker(note_answer, NULL, 0), *waited = new_worker(NULL, NULL, 0);
  kw_model *model = load_corpus("calls", NULL);
  kw_session *raising = new_raising(), *unset = new_session(model, NULL), *good = new_calls();
  CHECK_EQUAL(kw_submit(called, raising, -1), KW_OK);
  CHECK_EQUAL(kw_submit(called, unset, -1), KW_OK);
  CHECK_EQUAL(kw_submit(called, good, -1), KW_OK);
  AWAIT(stage.answers == 3);
  CHECK_EQUAL(stage.answer[0].status, KW_RAISED);
  CHECK_TEXT(kw_session_error(raising)->type, "ValueError");
  CHECK_EQUAL(stage.answer[1].status, KW_ARGUMENT);
  CHECK_TEXT(kw_session_error(unset)->message, "input 'x' has not been set");
  CHECK_EQUAL(stage.answer[2].status, KW_OK);
  check_calls(good);
  CHECK_EQUAL(kw_submit(waited, raising, -1), KW_OK);
  CHECK_EQUAL(kw_wait(raising, -1), KW_RAISED);
  CHECK_TEXT(kw_session_error(raising)->type, "ValueError");
  kw_session_free(raising);
  kw_session_free(unset);
  kw_session_free(good);
  kw_model_free(model);
  kw_worker_free(called);
  kw_worker_free(waited);
}

/* ---- the queue ---- */
static void a_full_queue_takes_nothing(void) {
  enum { SLOTS = 3 };
  begin_stage();
  kw_worker *worker = new_worker(NULL, NULL, SLOTS);
  kw_session *running = occupy(worker), *session[SLOTS + 1];
  for (int i = 0; i <= SLOTS; i++) {
    session[i] = new_calls();
    CHECK_EQUAL(kw_run(session[i]), KW_OK);
    CHECK_EQUAL(kw_submit(worker, session[i], -1), i < SLOTS ? KW_OK : KW_FULL);
  }
  CHECK_EQUAL(kw_session_error(session[SLOTS])->status, KW_FULL);
  CHECK_EQUAL(kw_session_error(session[SLOTS])->needed, SLOTS + 1);
  check_calls(session[SLOTS]); /* as before */
  open_door();
  for (int i = 0; i < SLOTS; i++) CHECK_EQUAL(kw_wait(session[i], -1), KW_OK);
  CHECK_EQUAL(kw_wait(session[SLOTS], -1), KW_ARGUMENT);
  CHECK_EQUAL(kw_submit(worker, session[SLOTS], -1), KW_OK);
  CHECK_EQUAL(kw_wait(session[SLOTS], -1), KW_OK);
  for (int i = 0; i <= SLOTS; i++) kw_session_free(session[i]);
  kw_session_free(running);
  kw_worker_free(worker);
}

static void sixteen_slots_are_usual(void) {
  begin_stage();
  kw_worker *worker = new_worker(NULL, NULL, 0);
  kw_session *running = occupy(worker), *session[17];
  for (int i = 0; i < 17; i++) {
    session[i] = new_calls();
    CHECK_EQUAL(kw_submit(worker, session[i], -1), i < 16 ? KW_OK : KW_FULL);
  }
  open_door();
  for (int i = 0; i < 17; i++) kw_session_free(session[i]);
  kw_session_free(running);
  kw_worker_free(worker);
}

/* ---- cancelled, timed out ---- */
static void cancelled_ones_are_answered_in_their_turn(void) {
  begin_stage();
  kw_worker *worker = new_worker(note_answer, NULL, 0);
  kw_model *model = load_corpus("calls", NULL);
  kw_session *running = occupy(worker), *queued = new_session(model, NULL), *last = new_calls();
  CHECK_EQUAL(kw_submit(worker, queued, -1),
              KW_OK); /* its inputs are not looked at, unset or not */
  CHECK_EQUAL(kw_submit(worker, last, -1), KW_OK);
  kw_cancel(queued);
  kw_cancel(running);
  open_door();
  AWAIT(stage.answers == 3);
  CHECK(stage.answer[0].session == running && stage.answer[0].status == KW_CANCELLED);
  CHECK(stage.answer[1].session == queued && stage.answer[1].status == KW_CANCELLED);
  CHECK(stage.answer[2].session == last && stage.answer[2].status == KW_OK);
  CHECK_EQUAL(kw_session_error(running)->status, KW_CANCELLED);
  CHECK_EQUAL(kw_session_error(queued)->status, KW_CANCELLED);
  kw_view view;
  CHECK_EQUAL(kw_output(queued, 0, &view), KW_ARGUMENT); /* no run has given it */
  CHECK_EQUAL(kw_dev_set_example(queued, 0), KW_OK);
  kw_cancel(queued); /* idle: no effect */
  CHECK_EQUAL(kw_submit(worker, queued, -1), KW_OK);
  AWAIT(stage.answers == 4);
  CHECK_EQUAL(stage.answer[3].status, KW_OK);
  kw_cancel(queued);
  CHECK_EQUAL(kw_run(queued), KW_OK);
  kw_session_free(running);
  kw_session_free(queued);
  kw_session_free(last);
  kw_model_free(model);
  kw_worker_free(worker);
}

static void time_that_is_over_ends_the_queued(void) {
  enum { SESSIONS = 4 };
  static const int64_t given[SESSIONS] = {0, 1, 600000, -1};
  static const kw_status must[SESSIONS] = {KW_TIMEOUT, KW_TIMEOUT, KW_OK, KW_OK};
  begin_stage();
  kw_worker *worker = new_worker(NULL, NULL, 0);
  kw_session *running = occupy(worker), *session[SESSIONS];
  for (int i = 0; i < SESSIONS; i++) {
    session[i] = new_calls();
    CHECK_EQUAL(kw_submit(worker, session[i], given[i]), KW_OK);
  }
  sleep_milliseconds(2);
  CHECK_EQUAL(kw_wait(session[0], 0), KW_AGAIN); /* in its turn */
  open_door();
  for (int i = 0; i < SESSIONS; i++) {
    CHECK_EQUAL(kw_wait(session[i], -1), must[i]);
    CHECK_EQUAL(kw_session_error(session[i])->status, must[i]);
    CHECK_EQUAL(kw_run(session[i]), KW_OK); /* kw_run has all the time there is */
    kw_session_free(session[i]);
  }
  kw_session_free(running);
  kw_worker_free(worker);
}

static void time_that_is_over_ends_the_running(void) {
  enum { GIVEN = 1000 }; /* the run has to begin within it, also on a loaded machine */
  begin_stage();
  kw_worker *worker = new_worker(note_answer, NULL, 0);
  kw_session *session = occupy_for(worker, GIVEN);
  sleep_milliseconds(GIVEN);
  open_door();
  AWAIT(stage.answers == 1);
  CHECK_EQUAL(stage.answer[0].status, KW_TIMEOUT);
  CHECK_EQUAL(kw_session_error(session)->status, KW_TIMEOUT);
  kw_session_free(session);
  kw_worker_free(worker);
}

/* Of 2^62 turns. */
static kw_session *new_endless(void) {
  kw_model *model = load_corpus("control", NULL);
  kw_options options = options_with(NULL, 0);
  options.entry = "other";
  options.max_steps = INT64_MAX;
  kw_session *session = new_session(model, &options);
  int64_t turns = (int64_t)1 << 62;
  CHECK_EQUAL(kw_set(session, kw_find(model, KW_INPUT, "count"), KW_I64, &turns, NULL, 0), KW_OK);
  kw_model_free(model);
  return session;
}

static void endless_loops_end(void) {
  kw_worker *worker = new_worker(NULL, NULL, 0);
  kw_session *session = new_endless();
  CHECK_EQUAL(kw_submit(worker, session, 50), KW_OK);
  CHECK_EQUAL(kw_wait(session, -1), KW_TIMEOUT);
  CHECK_EQUAL(kw_submit(worker, session, -1), KW_OK);
  CHECK_EQUAL(kw_wait(session, 20), KW_AGAIN);
  kw_cancel(session);
  CHECK_EQUAL(kw_wait(session, -1), KW_CANCELLED);
  CHECK_EQUAL(kw_submit(worker, session, -1), KW_OK);
  kw_session_free(session); /* in flight: cancelled */
  session = new_endless();
  CHECK_EQUAL(kw_submit(worker, session, -1), KW_OK);
  kw_worker_free(worker); /* cancels all */
  CHECK_EQUAL(kw_wait(session, -1), KW_CANCELLED);
  kw_session_free(session);
}

static void every_number_is_a_timeout(void) {
  static const int64_t given[] = {INT64_MIN, INT64_MAX, INT64_MAX / 1000000, 2147483648};
  kw_worker *worker = new_worker(NULL, NULL, 0);
  kw_session *session = new_calls();
  for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
    CHECK_EQUAL(kw_submit(worker, session, given[i]), KW_OK);
    CHECK_EQUAL(kw_wait(session, given[i]), KW_OK);
  }
  kw_session_free(session);
  kw_worker_free(worker);
}

int main(int argc, char **argv) {
  corpus_folder = argc > 1 ? argv[1] : ".";
  RUN(answers_come_in_order_on_the_workers_thread);
  RUN(wait_gives_the_answer_once);
  RUN(nothing_to_wait_for);
  RUN(lent_sessions_are_busy);
  RUN(busy_until_kw_wait_has_answered);
  RUN(a_second_run_at_once_keeps_its_output);
  RUN(a_failure_is_an_answer_like_any_other);
  RUN(a_full_queue_takes_nothing);
  RUN(sixteen_slots_are_usual);
  RUN(cancelled_ones_are_answered_in_their_turn);
  RUN(time_that_is_over_ends_the_queued);
  RUN(time_that_is_over_ends_the_running);
  RUN(endless_loops_end);
  RUN(every_number_is_a_timeout);
  return finish();
}
#endif
