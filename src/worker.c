/* Workers: a thread and a bounded queue of sessions, run in the order in which they were lent.  A
 * session is BUSY from kw_submit until its answer was given, once: to done(), or to kw_wait.  Who
 * still needs a session holds it, so that any of them may be the last to go. */
#include "session.h"

enum { USUAL_SLOTS = 16 };

struct kw_worker {
  kw__memory memory;
  kw__thread thread;
  kw_done *done;
  void *user;
  int32_t slots;
  bool orphan;   /* freed by its own done(): the thread cleans up behind itself */
  kw__gate gate; /* guards what follows */
  bool closing;
  int32_t queued;
  kw_session *first, *last, *running;
};

/* ---- the worker's thread ---- */
/* NULL: the worker is closing, and all are served. */
static kw_session *take_session(kw_worker *worker) {
  kw__lock(&worker->gate);
  while (!worker->first && !worker->closing) kw__sleep(&worker->gate, 0);
  kw_session *session = worker->running = worker->first;
  if (session) {
    worker->first = session->next;
    worker->queued--;
  }
  kw__unlock(&worker->gate);
  return session;
}

/* From here on the session may be lent again, here or elsewhere, and freed.  One that was freed
 * stays BUSY: its owner gets the answer, and nothing else. */
static void answer_session(const kw_worker *worker, kw_session *session, kw_status status) {
  bool freed = atomic_load(&session->freed);
  if (freed) status = kw__fail(&session->error, KW_CANCELLED, "the session was freed");
  if (worker->done) {
    if (!freed) atomic_store(&session->loan, KW__IDLE);
    worker->done(worker->user, session, status);
  } else {
    kw__lock(&session->gate);
    atomic_store(&session->loan, KW__LANDED);
    kw__wake(&session->gate);
    kw__unlock(&session->gate);
  }
  kw__release_session(session);
}

static void serve_sessions(kw_worker *worker) {
  for (kw_session *session; (session = take_session(worker));) {
    kw_status status = kw__run_session(session);
    kw__lock(&worker->gate);
    worker->running = NULL;
    kw__unlock(&worker->gate);
    answer_session(worker, session, status);
  }
}

/* ---- life ---- */
static void end_worker(kw_worker *worker) {
  kw__memory memory = worker->memory;
  kw__end_gate(&worker->gate);
  kw__resize(&memory, worker, sizeof *worker, 0);
}

static void live_worker(void *argument) {
  kw_worker *worker = argument;
  serve_sessions(worker);
  if (!worker->orphan) return;
  kw__detach_thread(&worker->thread);
  end_worker(worker);
}

static kw_status create_worker(kw_worker **out, const kw_options *options, kw_error *error) {
  kw__memory memory;
  kw__init_memory(&memory, options->allocator);
  kw_worker *worker = kw__resize(&memory, NULL, 0, sizeof *worker);
  if (!worker) {
    kw__fail(error, KW_NO_MEMORY, "a worker needs %zu bytes", sizeof *worker);
    if (error) error->needed = sizeof *worker;
    return KW_NO_MEMORY;
  }
  *worker = (kw_worker){.memory = memory,
                        .done = options->done,
                        .user = options->user,
                        .slots = options->queue ? options->queue : USUAL_SLOTS};
  worker->thread =
      (kw__thread){.body = live_worker, .argument = worker, .background = options->background != 0};
  if (!kw__init_gate(&worker->gate)) {
    kw__resize(&memory, worker, sizeof *worker, 0);
    return kw__fail(error, KW_NO_MEMORY, "the system has no more locks");
  }
  kw_status status = kw__start_thread(&worker->thread, error);
  if (status)
    end_worker(worker);
  else
    *out = worker;
  return status;
}

kw_status kw_worker_new(kw_worker **out, const kw_options *options, kw_error *error) {
  static const kw_options usual = {.bytes = sizeof usual};
  kw__clear_error(error);
  if (!out) return kw__fail(error, KW_ARGUMENT, "out is NULL");
  *out = NULL;
  if (!options) options = &usual;
  kw_status status = kw__check_options(options, error);
  if (status) return status;
  if (options->queue < 0)
    return kw__fail(error, KW_ARGUMENT, "a queue of %d slots", options->queue);
  return create_worker(out, options, error);
}

/* Called by its own done(), it answers the others before it returns. */
void kw_worker_free(kw_worker *worker) {
  if (!worker) return;
  kw__lock(&worker->gate);
  worker->closing = true;
  for (kw_session *s = worker->first; s; s = s->next) kw_cancel(s);
  kw_cancel(worker->running);
  kw__wake(&worker->gate);
  kw__unlock(&worker->gate);
  if (kw__is_this_thread(&worker->thread)) {
    serve_sessions(worker);
    worker->orphan = true;
  } else {
    kw__join_thread(&worker->thread);
    end_worker(worker);
  }
}

/* ---- lending ---- */
static kw_status queue_session(kw_worker *worker, kw_session *session) {
  if (worker->closing) return kw__fail(&session->error, KW_CANCELLED, "the worker is being freed");
  if (worker->queued == worker->slots) {
    kw__fail(&session->error, KW_FULL, "all %d slots of the queue are taken", worker->slots);
    session->error.needed = (int64_t)worker->slots + 1;
    return KW_FULL;
  }
  session->next = NULL;
  if (worker->first)
    worker->last->next = session;
  else
    worker->first = session;
  worker->last = session;
  worker->queued++;
  kw__wake(&worker->gate);
  return KW_OK;
}

kw_status kw_submit(kw_worker *worker, kw_session *session, int64_t timeout_ms) {
  kw_status status = worker && session ? KW_OK : kw__enter_session(session);
  if (!worker && !status) status = kw__fail(&session->error, KW_ARGUMENT, "worker is NULL");
  if (status) return status;
  int loan = KW__IDLE;
  if (!atomic_compare_exchange_strong(&session->loan, &loan,
                                      worker->done ? KW__CALLBACK : KW__AWAITED))
    return KW_BUSY;
  kw__hold_session(session);
  kw__clear_error(&session->error);
  kw__ready_session(session, kw__deadline_in(timeout_ms));
  kw__lock(&worker->gate);
  status = queue_session(worker, session);
  kw__unlock(&worker->gate);
  if (!status) return KW_OK;
  atomic_store(&session->loan, KW__IDLE);
  kw__release_session(session);
  return status;
}

kw_status kw_wait(kw_session *session, int64_t timeout_ms) {
  if (!session) return KW_ARGUMENT;
  kw__hold_session(session); /* it may be freed meanwhile */
  int64_t deadline = kw__deadline_in(timeout_ms);
  kw__lock(&session->gate);
  while (atomic_load(&session->loan) == KW__AWAITED && kw__sleep(&session->gate, deadline)) {
  }
  kw_status status = KW_BUSY; /* done() will tell */
  switch (atomic_load(&session->loan)) {
    case KW__LANDED:
      status = session->error.status;
      atomic_store(&session->loan, KW__IDLE);
      break;
    case KW__AWAITED:
      status = KW_AGAIN;
      break;
    case KW__IDLE:
      status = kw__fail(&session->error, KW_ARGUMENT, "there is no answer to wait for");
      break;
    default:
      break;
  }
  kw__unlock(&session->gate);
  kw__release_session(session);
  return status;
}
