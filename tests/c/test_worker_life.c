/* What done() may do - lend again, free, be listened to late - and freeing in every order while
 * sessions are queued and running: nothing hangs, nothing is used after it was freed. */
#include <math.h>

#include "test.h"

#if defined(__wasi__) || defined(_WIN32)
int main(void) {
  printf("skipped: no POSIX threads here\n");
  return EXIT_SUCCESS;
}
#else
#if defined(__linux__)
#include <sys/resource.h>
#endif

#include "worker.h"

static const int64_t three = 3;

/* ---- done() lends ---- */
enum { TURNS = 20 };

/* Sets an input to the number of the turn, and goes round again. */
static void submit_again(void *user, kw_session *session, kw_status status) {
  kw_worker **worker = user;
  kw_view v;
  const double y[3] = {stage.answers, 0, 0};
  const double before = stage.answers - 1;
  if (!status) status = kw_output(session, 1, &v);
  if (!status && before >= 0 && *(const double *)v.data != sqrt(before) + before) abort();
  if (!status) status = kw_set(session, 1, KW_F64, y, &three, 1);
  note_answer(NULL, session, status);
  if (stage.answers < TURNS && kw_submit(*worker, session, -1) != KW_OK) abort();
}

static void done_submits_the_session_again(void) {
  begin_stage();
  static kw_worker *worker;
  worker = new_worker(submit_again, &worker, 1);
  kw_session *session = new_calls();
  CHECK_EQUAL(kw_submit(worker, session, -1), KW_OK);
  AWAIT(stage.answers == TURNS);
  for (int i = 0; i < TURNS; i++)
    CHECK(stage.answer[i].session == session && stage.answer[i].status == KW_OK);
  kw_session_free(session);
  kw_worker_free(worker);
}

static void pass_on(void *user, kw_session *session, kw_status status) {
  note_answer(NULL, session, status);
  if (kw_submit(user, session, -1) != KW_OK) abort();
}

/* Three models one after the other, each on its thread: a chain of workers. */
static void done_submits_to_another_worker(void) {
  begin_stage();
  kw_worker *last = new_worker(NULL, NULL, 0), *first = new_worker(pass_on, last, 0);
  kw_session *session = new_calls();
  CHECK_EQUAL(kw_submit(first, session, -1), KW_OK);
  AWAIT(stage.answers == 1);
  kw_worker_free(first); /* done() has ended: the session is with the last */
  CHECK_EQUAL(kw_wait(session, -1), KW_OK);
  check_calls(session);
  kw_session_free(session);
  kw_worker_free(last);
}

/* ---- a listener that is late ---- */
static int64_t due[ANSWERS];

static void post(void *user, kw_session *session, kw_status status) {
  (void)user;
  due[stage.answers] = kw__read_clock() + 100 * 1000000;
  note_answer(NULL, session, status);
}

static void a_listener_late_by_100_ms_reads_right_outputs(void) {
  enum { SESSIONS = 10 };
  begin_stage();
  kw_worker *worker = new_worker(post, NULL, SESSIONS);
  kw_session *session[SESSIONS];
  for (int i = 0; i < SESSIONS; i++) {
    const double y[3] = {i, 4 * i, 9 * i};
    session[i] = i % 4 == 3 ? new_raising() : new_calls();
    if (i % 4 != 3) CHECK_EQUAL(kw_set(session[i], 1, KW_F64, y, &three, 1), KW_OK);
    CHECK_EQUAL(kw_submit(worker, session[i], -1), KW_OK);
  }
  for (int i = 0; i < SESSIONS; i++) { /* the event loop of an app */
    AWAIT(stage.answers > i);
    sleep_until(due[i]);
    CHECK(stage.answer[i].session == session[i]);
    if (i % 4 == 3) {
      CHECK_TEXT(kw_session_error(session[i])->type, "ValueError");
      continue;
    }
    kw_view v;
    REQUIRE(kw_output(session[i], 1, &v) == KW_OK);
    for (int k = 0; k < 3; k++) {
      double y = (k + 1) * (k + 1) * i;
      CHECK(((const double *)v.data)[k] == sqrt(y) + y);
    }
  }
  for (int i = 0; i < SESSIONS; i++) kw_session_free(session[i]);
  kw_worker_free(worker);
}

/* ---- freed in flight ---- */
/* Close during a run: a use after free elsewhere. */
static void sessions_freed_in_flight_are_answered(void) {
  ledger given;
  const kw_allocator allocator = count_with(&given);
  const kw_options options = options_with(&allocator, 0);
  begin_stage();
  kw_worker *worker = new_worker(note_answer, NULL, 0);
  kw_session *running = occupy(worker), *queued = begin_corpus("calls", &options);
  CHECK_EQUAL(kw_submit(worker, queued, -1), KW_OK);
  kw_session_free(running);
  kw_session_free(queued);
  kw_session_free(queued); /* as a second close may */
  CHECK(given.live > 0);
  open_door();
  AWAIT(stage.answers == 2);
  CHECK(stage.answer[0].session == running && stage.answer[0].status == KW_CANCELLED);
  CHECK(stage.answer[1].session == queued && stage.answer[1].status == KW_CANCELLED);
  kw_worker_free(worker);
  CHECK_EQUAL(given.live, 0);
}

static void look_at_freed(void *user, kw_session *session, kw_status status) {
  kw_view view;
  note_answer(NULL, session, status);
  if (kw_output(session, 0, &view) != KW_BUSY || kw_run(session) != KW_BUSY ||
      kw_submit(*(kw_worker **)user, session, -1) != KW_BUSY)
    abort();
  kw_session_free(session); /* what every done() of this app does */
}

static void freed_sessions_stay_busy_in_done(void) {
  begin_stage();
  static kw_worker *worker;
  worker = new_worker(look_at_freed, &worker, 0);
  kw_session *session = occupy(worker);
  kw_session_free(session);
  open_door();
  AWAIT(stage.answers == 1);
  kw_worker_free(worker);
  CHECK_EQUAL(stage.answers, 1);
}

static void free_it(void *user, kw_session *session, kw_status status) {
  (void)user;
  kw_session_free(session);
  note_answer(NULL, session, status);
}

static void done_frees_the_session(void) {
  begin_stage();
  kw_worker *worker = new_worker(free_it, NULL, 0);
  for (int i = 0; i < 8; i++)
    CHECK_EQUAL(kw_submit(worker, i % 2 ? new_calls() : new_raising(), -1), KW_OK);
  kw_worker_free(worker);
  CHECK_EQUAL(stage.answers, 8);
}

static void sessions_freed_before_kw_wait(void) {
  begin_stage();
  kw_worker *worker = new_worker(NULL, NULL, 0);
  kw_session *early = new_calls(), *running, *queued = new_calls();
  CHECK_EQUAL(kw_submit(worker, early, -1), KW_OK);
  running = occupy(worker); /* so early has landed */
  CHECK_EQUAL(kw_submit(worker, queued, -1), KW_OK);
  kw_session_free(early);
  kw_session_free(running);
  kw_session_free(queued);
  open_door();
  kw_worker_free(worker);
}

static void *wait_for_it(void *session) { return (void *)(intptr_t)kw_wait(session, -1); }

static void another_thread_waits(void) {
  for (int freed = 0; freed < 2; freed++) {
    begin_stage();
    kw_worker *worker = new_worker(NULL, NULL, 0);
    kw_session *session = occupy(worker);
    pthread_t thread;
    void *status;
    REQUIRE(pthread_create(&thread, NULL, wait_for_it, session) == 0);
    while (atomic_load(&session->holders) < 3) sleep_milliseconds(1); /* owner, worker, who waits */
    if (freed) kw_session_free(session);
    open_door();
    pthread_join(thread, &status);
    CHECK_EQUAL((intptr_t)status, freed ? KW_CANCELLED : KW_OK);
    if (!freed) check_calls(session);
    if (!freed) kw_session_free(session);
    kw_worker_free(worker);
  }
}

static void models_are_freed_first(void) {
  begin_stage();
  kw_worker *worker = new_worker(note_answer, NULL, 0);
  kw_model *model = load_corpus("calls", NULL);
  kw_session *running = occupy(worker), *queued = new_session(model, NULL); /* occupy's is gone */
  CHECK_EQUAL(kw_dev_set_example(queued, 0), KW_OK);
  CHECK_EQUAL(kw_submit(worker, queued, -1), KW_OK);
  kw_model_free(model);
  open_door();
  AWAIT(stage.answers == 2);
  check_calls(running);
  check_calls(queued);
  kw_session_free(running);
  kw_session_free(queued);
  kw_worker_free(worker);
}

/* ---- the worker is freed ---- */
static void *free_worker(void *worker) {
  kw_worker_free(worker);
  return NULL;
}

static bool is_cancelled(kw_session *session) { return atomic_load(&session->cancel) != 0; }

static void freeing_a_worker_cancels_and_answers_all(void) {
  enum { QUEUED = 5 };
  begin_stage();
  kw_worker *worker = new_worker(note_answer, NULL, 0);
  kw_session *running = occupy(worker), *queued[QUEUED];
  for (int i = 0; i < QUEUED; i++)
    CHECK_EQUAL(kw_submit(worker, queued[i] = i % 2 ? new_calls() : new_raising(), -1), KW_OK);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, free_worker, worker) == 0);
  while (!is_cancelled(running)) sleep_milliseconds(1);
  open_door();
  pthread_join(thread, NULL);
  CHECK_EQUAL(stage.answers, QUEUED + 1);
  for (int i = 0; i <= QUEUED; i++) {
    CHECK(stage.answer[i].session == (i ? queued[i - 1] : running));
    CHECK_EQUAL(stage.answer[i].status, KW_CANCELLED);
  }
  for (int i = 0; i < QUEUED; i++) kw_session_free(queued[i]);
  kw_session_free(running);
}

static void answers_outlive_the_worker(void) {
  begin_stage();
  kw_worker *worker = new_worker(NULL, NULL, 0), *next = new_worker(NULL, NULL, 0);
  kw_session *landed = new_calls(), *running, *queued = new_calls();
  CHECK_EQUAL(kw_submit(worker, landed, -1), KW_OK);
  running = occupy(worker);
  CHECK_EQUAL(kw_submit(worker, queued, -1), KW_OK);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, free_worker, worker) == 0);
  while (!is_cancelled(queued)) sleep_milliseconds(1);
  open_door();
  pthread_join(thread, NULL);
  CHECK_EQUAL(kw_wait(queued, -1), KW_CANCELLED);
  CHECK_EQUAL(kw_wait(running, -1), KW_CANCELLED);
  CHECK_EQUAL(kw_submit(next, landed, -1), KW_BUSY);
  CHECK_EQUAL(kw_wait(landed, -1), KW_OK);
  CHECK_EQUAL(kw_submit(next, landed, -1), KW_OK);
  CHECK_EQUAL(kw_wait(landed, -1), KW_OK);
  check_calls(landed);
  kw_session_free(landed);
  kw_session_free(running);
  kw_session_free(queued);
  kw_worker_free(next);
}

/* The first answer frees the worker; a session is not taken any more. */
static void free_worker_in_done(void *user, kw_session *session, kw_status status) {
  kw_worker **worker = user, *freed;
  int answers;
  CHANGE(freed = *worker; *worker = NULL; answers = stage.answers);
  note_answer(NULL, session, status);
  if (!freed) return;
  kw_worker_free(freed);
  if (stage.answers != answers + 4) abort(); /* all were answered before it returned */
  CHANGE(stage.entered = -1);
}

/* The thread gives the memory back at its end. */
static atomic_int live_blocks;
static void *count_blocks(void *context, void *old, size_t old_size, size_t size) {
  (void)context, (void)old_size;
  void *block = size ? realloc(old, size) : NULL;
  if (!size) free(old);
  live_blocks += (block != NULL) - (old != NULL);
  return block;
}

static void done_frees_the_worker(void) {
  begin_stage();
  const kw_allocator allocator = {count_blocks, NULL};
  static kw_worker *worker;
  const kw_options options = {.bytes = sizeof options,
                              .allocator = &allocator,
                              .done = free_worker_in_done,
                              .user = &worker};
  REQUIRE(kw_worker_new(&worker, &options, NULL) == KW_OK);
  kw_session *session[4] = {occupy(worker), new_calls(), new_calls(), new_raising()};
  for (int i = 1; i < 4; i++) CHECK_EQUAL(kw_submit(worker, session[i], -1), KW_OK);
  open_door();
  AWAIT(stage.entered < 0);
  for (int i = 0; i < 4; i++) {
    CHECK(stage.answer[i].session == session[i]);
    CHECK_EQUAL(stage.answer[i].status, i ? KW_CANCELLED : KW_OK);
  }
  CHECK_EQUAL(kw_run(session[1]), KW_OK);
  for (int i = 0; i < 4; i++) kw_session_free(session[i]);
  while (live_blocks) sleep_milliseconds(1);
}

static void submit_while_closing(void *user, kw_session *session, kw_status status) {
  kw_status again = kw_submit(*(kw_worker **)user, session, -1);
  note_answer(NULL, session, again);
  if (status != KW_CANCELLED || again != KW_CANCELLED) abort();
}

static void a_closing_worker_takes_nothing(void) {
  begin_stage();
  static kw_worker *worker;
  worker = new_worker(submit_while_closing, &worker, 0);
  kw_session *running = occupy(worker);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, free_worker, worker) == 0);
  while (!is_cancelled(running)) sleep_milliseconds(1);
  open_door();
  pthread_join(thread, NULL);
  CHECK_EQUAL(stage.answers, 1);
  CHECK_TEXT(kw_session_error(running)->message, "the worker is being freed");
  kw_session_free(running);
}

/* ---- options and memory ---- */
static void memory_comes_with_kw_worker_new(void) {
  ledger given;
  const kw_allocator allocator = count_with(&given);
  kw_options options = {.bytes = sizeof options, .allocator = &allocator, .queue = 4};
  kw_worker *worker;
  kw_error error;
  given.fail_at = 0;
  CHECK_EQUAL(kw_worker_new(&worker, &options, &error), KW_NO_MEMORY);
  CHECK(worker == NULL && error.status == KW_NO_MEMORY && error.needed > 0);
  CHECK_EQUAL(given.live, 0);
  CHECK_EQUAL(kw_worker_new(&worker, &options, &error), KW_OK);
  kw_session *session = begin_corpus("calls", &options);
  int64_t calls = given.calls;
  for (int i = 0; i < 10; i++) {
    CHECK_EQUAL(kw_submit(worker, session, -1), KW_OK);
    CHECK_EQUAL(kw_wait(session, -1), KW_OK);
  }
  CHECK_EQUAL(given.calls, calls);
  kw_session_free(session);
  kw_worker_free(worker);
  CHECK_EQUAL(given.live, 0);
}

static void options_are_checked(void) {
  kw_options options = {.bytes = sizeof options, .queue = -1};
  kw_worker *worker = (kw_worker *)&worker;
  kw_error error;
  CHECK_EQUAL(kw_worker_new(&worker, &options, &error), KW_ARGUMENT);
  CHECK(worker == NULL && error.status == KW_ARGUMENT);
  options = (kw_options){.bytes = 3};
  CHECK_EQUAL(kw_worker_new(&worker, &options, &error), KW_ARGUMENT);
  CHECK_EQUAL(kw_worker_new(NULL, NULL, &error), KW_ARGUMENT);
  CHECK_EQUAL(kw_worker_new(&worker, NULL, NULL), KW_OK);
  kw_session *session = new_calls();
  CHECK_EQUAL(kw_submit(worker, NULL, -1), KW_ARGUMENT);
  CHECK_EQUAL(kw_submit(NULL, session, -1), KW_ARGUMENT);
  CHECK_EQUAL(kw_session_error(session)->status, KW_ARGUMENT);
  CHECK_EQUAL(kw_wait(NULL, -1), KW_ARGUMENT);
  kw_worker_free(NULL);
  kw_worker_free(worker);
  kw_session_free(session);
}

#if defined(__linux__)
static void note_priority(void *user, kw_session *session, kw_status status) {
  *(int *)user = getpriority(PRIO_PROCESS, 0);
  note_answer(NULL, session, status);
}

static void a_background_worker_gives_way(void) {
  begin_stage();
  kw_session *session = new_calls();
  const int here = getpriority(PRIO_PROCESS, 0);
  for (int32_t background = 0; background < 2; background++) {
    int there = -100;
    const kw_options options = {
        .bytes = sizeof options, .background = background, .done = note_priority, .user = &there};
    kw_worker *worker;
    REQUIRE(kw_worker_new(&worker, &options, NULL) == KW_OK);
    CHECK_EQUAL(kw_submit(worker, session, -1), KW_OK);
    AWAIT(stage.answers == background + 1);
    kw_worker_free(worker);
    CHECK(background ? there > here || here >= 10 : there == here);
  }
  CHECK_EQUAL(getpriority(PRIO_PROCESS, 0), here);
  kw_session_free(session);
}
#endif

int main(int argc, char **argv) {
  corpus_folder = argc > 1 ? argv[1] : ".";
  RUN(done_submits_the_session_again);
  RUN(done_submits_to_another_worker);
  RUN(a_listener_late_by_100_ms_reads_right_outputs);
  RUN(sessions_freed_in_flight_are_answered);
  RUN(freed_sessions_stay_busy_in_done);
  RUN(done_frees_the_session);
  RUN(sessions_freed_before_kw_wait);
  RUN(another_thread_waits);
  RUN(models_are_freed_first);
  RUN(freeing_a_worker_cancels_and_answers_all);
  RUN(answers_outlive_the_worker);
  RUN(done_frees_the_worker);
  RUN(a_closing_worker_takes_nothing);
  RUN(memory_comes_with_kw_worker_new);
  RUN(options_are_checked);
#if defined(__linux__)
  RUN(a_background_worker_gives_way);
#endif
  return finish();
}
#endif
