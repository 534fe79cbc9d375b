/* A stage for tests of workers: a model with a door in its first operator, at which a run waits
 * until the test lets it pass, and a record of the answers that done() was given.  So a test knows
 * who is running and who is queued, without a look at the clock. */
#ifndef KOWARI_WORKER_H
#define KOWARI_WORKER_H
#include <pthread.h>

#include "corpus.h"
#include "session.h"

enum { ANSWERS = 64 };

static struct stage {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  kw__kernel *behind; /* the door */
  int entered, passes, answers;
  struct {
    kw_session *session;
    kw_status status;
    pthread_t thread;
  } answer[ANSWERS];
} stage = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

#define CHANGE(statement)                   \
  do {                                      \
    pthread_mutex_lock(&stage.lock);        \
    statement;                              \
    pthread_cond_broadcast(&stage.changed); \
    pthread_mutex_unlock(&stage.lock);      \
  } while (0)
#define AWAIT(condition)                                                 \
  do {                                                                   \
    pthread_mutex_lock(&stage.lock);                                     \
    while (!(condition)) pthread_cond_wait(&stage.changed, &stage.lock); \
    pthread_mutex_unlock(&stage.lock);                                   \
  } while (0)

static kw_status wait_at_door(kw__frame *frame, const kw__node *node) {
  CHANGE(stage.entered++);
  AWAIT(stage.passes > 0);
  CHANGE(stage.passes--);
  return stage.behind(frame, node);
}
static inline void open_door(void) { CHANGE(stage.passes++); }

static inline void begin_stage(void) { CHANGE(stage.entered = stage.passes = stage.answers = 0); }

/* What runs of it wait at the door, in the first of several operators. */
static inline kw_model *load_door(void) {
  kw_model *model = load_corpus("calls", NULL);
  stage.behind = model->nodes[0].run;
  model->nodes[0].run = wait_at_door;
  return model;
}

static inline void note_answer(void *user, kw_session *session, kw_status status) {
  (void)user;
  CHANGE(if (stage.answers == ANSWERS) abort(); stage.answer[stage.answers].session = session;
         stage.answer[stage.answers].status = status;
         stage.answer[stage.answers++].thread = pthread_self());
}

static inline kw_worker *new_worker(kw_done *done, void *user, int32_t queue) {
  const kw_options options = {.bytes = sizeof options, .done = done, .user = user, .queue = queue};
  kw_worker *worker;
  kw_error error;
  if (kw_worker_new(&worker, &options, &error) == KW_OK) return worker;
  printf("no worker: %s\n", error.message);
  exit(EXIT_FAILURE);
}

/* A session of the door's model, running: at the door (or answered, if its time was over before).
 */
static inline kw_session *occupy_for(kw_worker *worker, int64_t timeout_ms) {
  kw_model *model = load_door();
  kw_session *session = new_session(model, NULL);
  kw_model_free(model);
  CHECK_EQUAL(kw_dev_set_example(session, 0), KW_OK);
  int before;
  CHANGE(before = stage.entered);
  CHECK_EQUAL(kw_submit(worker, session, timeout_ms), KW_OK);
  AWAIT(stage.entered > before || (timeout_ms >= 0 && stage.answers > 0));
  return session;
}
static inline kw_session *occupy(kw_worker *worker) { return occupy_for(worker, -1); }

static inline void sleep_until(int64_t time) {
  kw__gate gate; /* at which nobody wakes */
  if (!kw__init_gate(&gate)) abort();
  kw__lock(&gate);
  while (kw__read_clock() < time) kw__sleep(&gate, time);
  kw__unlock(&gate);
  kw__end_gate(&gate);
}
static inline void sleep_milliseconds(int64_t milliseconds) {
  sleep_until(kw__deadline_in(milliseconds));
}

static inline kw_session *new_calls(void) { return begin_corpus("calls", NULL); }
static inline kw_session *new_raising(void) {
  kw_session *session = begin_corpus("deep", NULL);
  CHECK_EQUAL(kw_dev_set_example(session, 1), KW_OK); /* rows that do not divide the elements */
  return session;
}

/* The sums that `calls` makes of its example, by hand: sqrt(|x|) + x, of the result once more the
 * root. */
static inline void check_calls(kw_session *session) {
  kw_view u, v;
  REQUIRE(kw_output(session, 0, &u) == KW_OK && kw_output(session, 1, &v) == KW_OK);
  const double *roots = u.data, *sums = v.data;
  CHECK(u.size[0] == 2 && roots[0] == 2.449489742783178 && roots[1] == 2.449489742783178);
  CHECK(v.size[0] == 3 && sums[0] == 2 && sums[1] == 20 && sums[2] == 30);
}

#endif
