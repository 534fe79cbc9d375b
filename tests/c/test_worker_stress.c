/* Four producers lend ten thousand times each, to workers that are closed and replaced meanwhile,
 * sessions that raise, are cancelled, time out, are lent again by done(), or freed in flight: each
 * is answered once, with an answer that there was a reason for, and all memory comes back. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* pthread_rwlock_t */
#endif
#include "test.h"

#if defined(__wasi__) || defined(_WIN32)
int main(void) {
  printf("skipped: no POSIX threads here\n");
  return EXIT_SUCCESS;
}
#else
#include <math.h>
#include <sched.h>

#include "worker.h"

enum { PRODUCERS = 4, SUBMISSIONS = 10000, SEATS = 6, WORKERS = 3, AWAITED = 0, SLOTS = 4 };

static atomic_int wrong;
#define EXPECT(condition)                                              \
  do {                                                                 \
    if (!(condition) && wrong++ < 20)                                  \
      printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
  } while (0)

/* A worker's address, as long as it takes sessions. */
typedef struct desk {
  kw_worker *worker;
  atomic_bool closed;
  struct desk *before;
} desk;

/* A session and what becomes of it.  While it is lent, done() alone changes more than `freed`. */
typedef struct seat {
  kw_session *session;
  desk *desk;
  atomic_int submitted, answered, blocks;
  kw_status unread; /* the answer, until its outputs were read; -1: none */
  bool awaited, raises, limited, cancelled, again;
  atomic_bool freed;
  double number;
  struct seat *before;
} seat;

/* ---- memory: each block says whose it is ---- */
static void *resize_of_seat(void *context, void *old, size_t old_size, size_t size) {
  enum { HEAD = 64 };
  (void)old_size;
  seat *s = context;
  char *block = old ? (char *)old - HEAD : NULL;
  s->blocks += (size > 0) - (old != NULL);
  if (size == 0) return free(block), NULL;
  block = realloc(block, size + HEAD);
  if (!block) abort();
  memcpy(block, &context, sizeof context);
  return block + HEAD;
}

static seat *seat_of(kw_session *session) {
  void *context;
  memcpy(&context, (char *)session - 64, sizeof context);
  return context;
}

/* ---- answers ---- */
static atomic_int answers[KW_ARGUMENT + 1];

static bool is_due(const seat *s, const desk *from, kw_status status) {
  switch (status) {
    case KW_OK:
      return !s->raises;
    case KW_RAISED:
      return s->raises;
    case KW_TIMEOUT:
      return s->limited;
    case KW_CANCELLED:
      return s->cancelled || s->freed || from->closed;
    default:
      return false;
  }
}

static void take_answer(seat *s, const desk *from, kw_status status) {
  EXPECT(s->answered < s->submitted);
  EXPECT(is_due(s, from, status));
  EXPECT(kw_session_error(s->session)->status == status || s->freed);
  answers[status]++;
  s->unread = status;
}

static void answer(void *user, kw_session *session, kw_status status) {
  desk *d = user;
  seat *s = seat_of(session);
  take_answer(s, d, status);
  if (s->again) {
    s->again = s->limited = false;
    s->submitted++;
    if (kw_submit(d->worker, session, -1) != KW_OK) s->submitted--;
  }
  s->answered++; /* from here on it is the producer's */
}

/* What a listener does, however late it hears of it. */
static void read_outputs(seat *s) {
  kw_view v;
  EXPECT(kw_output(s->session, s->raises ? 0 : 1, &v) == (s->unread ? KW_ARGUMENT : KW_OK));
  if (!s->unread) EXPECT(*(const double *)v.data == sqrt(s->number) + s->number);
  s->unread = -1;
}

/* ---- desks ---- */
static pthread_rwlock_t desks = PTHREAD_RWLOCK_INITIALIZER;
static desk *open_desk[WORKERS], *all_desks;

static desk *new_desk(int index) {
  desk *d = calloc(1, sizeof *d);
  if (!d) abort();
  d->worker = new_worker(index == AWAITED ? NULL : answer, d, SLOTS);
  d->before = all_desks;
  return all_desks = d;
}

static void close_desk(desk *d) {
  d->closed = true;
  kw_worker_free(d->worker);
}

static atomic_bool enough;
static int closed_desks;
static void *replace_desks(void *unused) {
  for (int turn = 0; !enough; turn++) {
    sleep_milliseconds(5);
    desk *next = new_desk(turn % WORKERS), *old;
    pthread_rwlock_wrlock(&desks);
    old = open_desk[turn % WORKERS];
    open_desk[turn % WORKERS] = next;
    pthread_rwlock_unlock(&desks);
    close_desk(old);
    closed_desks++;
  }
  return unused;
}

/* ---- producers ---- */
typedef struct producer {
  pthread_t thread;
  uint32_t random;
  kw_model *calls, *deep;
  seat *seat[SEATS], *all; /* all: also those whose session is freed */
  int submitted, full;
} producer;

static uint32_t draw(producer *p, uint32_t below) {
  p->random = p->random * 1664525u + 1013904223u;
  return (p->random >> 8) % below;
}

static seat *new_seat(producer *p) {
  seat *s = calloc(1, sizeof *s);
  if (!s) abort();
  s->raises = draw(p, 4) == 0;
  const kw_allocator allocator = {resize_of_seat, s};
  const kw_options options = options_with(&allocator, 0);
  s->session = new_session(s->raises ? p->deep : p->calls, &options);
  EXPECT(kw_dev_set_example(s->session, s->raises ? 1 : 0) == KW_OK);
  s->unread = -1;
  s->before = p->all;
  return p->all = s;
}

/* The session goes; what it was lent for stays. */
static void free_seat(producer *p, int index) {
  p->seat[index]->freed = true;
  kw_session_free(p->seat[index]->session);
}

static bool is_idle(producer *p, seat *s) {
  if (s->answered == s->submitted) return true;
  if (!s->awaited) return sched_yield(), false;
  kw_status status = kw_wait(s->session, (int64_t)draw(p, 3) - 1);
  if (status == KW_AGAIN) return false;
  take_answer(s, s->desk, status);
  s->answered++;
  kw_cancel(s->session); /* idle: no effect on what comes */
  return true;
}

static kw_status lend(producer *p, seat *s) {
  static const int64_t limits[] = {-1, -1, -1, -1, -1, 0, 1, 1000};
  const double y[3] = {s->number = draw(p, 1000), 0, 0};
  const int64_t three = 3, limit = limits[draw(p, 8)];
  const int index = (int)draw(p, WORKERS);
  if (!s->raises) EXPECT(kw_set(s->session, 1, KW_F64, y, &three, 1) == KW_OK);
  s->limited = limit >= 0;
  s->cancelled = draw(p, 10) == 0;
  s->awaited = index == AWAITED;
  s->again = !s->awaited && draw(p, 20) == 0;
  s->submitted++;
  pthread_rwlock_rdlock(&desks);
  s->desk = open_desk[index];
  const kw_status status = kw_submit(s->desk->worker, s->session, limit);
  pthread_rwlock_unlock(&desks);
  if (status) s->submitted--;
  return status;
}

static void take_step(producer *p) {
  const int index = (int)draw(p, SEATS);
  seat *s = p->seat[index];
  if (!is_idle(p, s)) return;
  if (s->unread >= 0) read_outputs(s);
  const kw_status status = lend(p, s);
  EXPECT(status == KW_OK || status == KW_FULL);
  p->full += status == KW_FULL;
  if (status) return;
  p->submitted++;
  if (s->cancelled) kw_cancel(s->session);
  if (draw(p, 12) > 0) return;
  free_seat(p, index);
  p->seat[index] = new_seat(p);
}

static void *produce(void *argument) {
  producer *p = argument;
  for (int i = 0; i < SEATS; i++) p->seat[i] = new_seat(p);
  while (p->submitted < SUBMISSIONS) take_step(p);
  for (int i = 0; i < SEATS; i++) free_seat(p, i); /* whatever they are doing */
  kw_model_free(p->calls);
  kw_model_free(p->deep);
  return NULL;
}

/* ---- the count ---- */
static int64_t count_seats(producer *p) {
  int64_t submitted = 0;
  for (seat *s = p->all, *before; s; s = before) {
    before = s->before;
    submitted += s->submitted;
    CHECK_EQUAL(s->answered + (s->awaited && s->freed && s->answered < s->submitted),
                s->submitted); /* freed, it is not there to be waited for */
    CHECK_EQUAL(s->blocks, 0);
    free(s);
  }
  return submitted;
}

static void every_submission_is_answered_once(void) {
  static producer producers[PRODUCERS];
  kw_model *calls = load_corpus("calls", NULL), *deep = load_corpus("deep", NULL);
  pthread_t closer;
  for (int i = 0; i < WORKERS; i++) open_desk[i] = new_desk(i);
  REQUIRE(pthread_create(&closer, NULL, replace_desks, NULL) == 0);
  for (int i = 0; i < PRODUCERS; i++) {
    producer *p = &producers[i];
    *p = (producer){.random = (uint32_t)i, .calls = calls, .deep = deep};
    kw_model_retain(calls);
    kw_model_retain(deep);
    REQUIRE(pthread_create(&p->thread, NULL, produce, p) == 0);
  }
  kw_model_free(calls);
  kw_model_free(deep);
  for (int i = 0; i < PRODUCERS; i++) pthread_join(producers[i].thread, NULL);
  enough = true;
  pthread_join(closer, NULL);
  for (int i = 0; i < WORKERS; i++) close_desk(open_desk[i]);
  for (desk *d = all_desks, *before; d; d = before) before = d->before, free(d);
  int64_t submitted = 0, full = 0;
  for (int i = 0; i < PRODUCERS; i++) {
    full += producers[i].full;
    submitted += count_seats(&producers[i]);
  }
  CHECK_EQUAL(wrong, 0);
  CHECK(submitted >= PRODUCERS * SUBMISSIONS);
  CHECK(answers[KW_OK] && answers[KW_RAISED] && answers[KW_CANCELLED] && answers[KW_TIMEOUT]);
  printf("%" PRId64
         " submissions: %d ok, %d raised, %d cancelled, %d timed out, the rest freed "
         "unheard; %" PRId64 " times full, %d workers closed\n",
         submitted, answers[KW_OK], answers[KW_RAISED], answers[KW_CANCELLED], answers[KW_TIMEOUT],
         full, closed_desks);
}

int main(int argc, char **argv) {
  corpus_folder = argc > 1 ? argv[1] : ".";
  RUN(every_submission_is_answered_once);
  return finish();
}
#endif
