/* kw_run asks for no memory, however it ends, and needs less than 16 KB of stack, as do opening and
 * new sessions: the memory functions of libc are replaced by ones that count, and the calls run on
 * a thread whose stack is painted first. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* syscall, pthread_attr_setstack */
#endif
#include "corpus.h"

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__wasi__) || defined(_WIN32) || defined(__SANITIZE_ADDRESS__) || \
    defined(__SANITIZE_THREAD__) || HAS_FEATURE(address_sanitizer) ||        \
    HAS_FEATURE(thread_sanitizer) || HAS_FEATURE(memory_sanitizer)
int main(void) {
  printf("skipped: the memory functions cannot be replaced in this build\n");
  return EXIT_SUCCESS;
}
#else
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- libc's memory, replaced: blocks come one after the other, each behind its size, and never
 * come back ---- */
static _Alignas(64) char pool[1 << 26];
static atomic_size_t pool_used;
static atomic_int requests;

static void *take(size_t bytes, size_t alignment) {
  enum { HEAD = 16 };
  if (bytes > sizeof pool) return NULL;
  size_t whole = bytes + alignment + 2 * HEAD, at = atomic_fetch_add(&pool_used, whole);
  if (at > sizeof pool - whole) abort();
  uintptr_t block = ((uintptr_t)pool + at + HEAD + alignment - 1) & ~(uintptr_t)(alignment - 1);
  memcpy((char *)block - HEAD, &bytes, sizeof bytes);
  return (char *)block;
}

void *malloc(size_t bytes) {
  requests++;
  return take(bytes, 16);
}
void free(void *block) { (void)block; }
void *calloc(size_t count, size_t bytes) {
  requests++;
  return bytes && count > sizeof pool / bytes
             ? NULL
             : take(count * bytes, 16); /* the pool is zero, once */
}
void *realloc(void *old, size_t bytes) {
  requests++;
  void *block = take(bytes, 16);
  size_t kept = 0;
  if (old) memcpy(&kept, (char *)old - 16, sizeof kept);
  if (block && old) memcpy(block, old, kept < bytes ? kept : bytes);
  return block;
}
void *aligned_alloc(size_t alignment, size_t bytes) {
  requests++;
  return take(bytes, alignment < 16 ? 16 : alignment);
}
void *memalign(size_t alignment, size_t bytes) { return aligned_alloc(alignment, bytes); }
int posix_memalign(void **out, size_t alignment, size_t bytes) {
  *out = aligned_alloc(alignment, bytes);
  return *out ? 0 : ENOMEM;
}
void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset) {
  requests++;
#ifdef SYS_mmap2
  return (void *)syscall(SYS_mmap2, at, bytes, protection, flags, file, offset >> 12);
#else
  return (void *)syscall(SYS_mmap, at, bytes, protection, flags, file, offset);
#endif
}

/* ---- nothing is asked for ---- */
static kw_status run_quietly(kw_session *session) {
  int before = requests;
  kw_status status = kw_run(session);
  CHECK_EQUAL(requests, before);
  return status;
}

static void counting_counts(void) {
  int before = requests;
  kw_session *session = begin_corpus("calls", NULL);
  CHECK(requests >= before + 3); /* a model's handle, its copy, and more */
  kw_session_free(session);
}

static void run_examples_of(const char *name) {
  kw_model *model = load_corpus(name, NULL);
  const int64_t capacity[] = {64, 64};
  const kw_options options = {
      .bytes = sizeof options,
      .capacity = capacity,
      .capacities = kw_count(model, KW_SIZE) < 2 ? kw_count(model, KW_SIZE) : 2};
  kw_session *session = new_session(model, &options);
  kw_model_free(model);
  int64_t row = 0;
  for (; kw_dev_set_example(session, row) == KW_OK; row++) {
    kw_status status = run_quietly(session);
    CHECK(status == KW_OK || status == KW_RAISED);
    CHECK_EQUAL(run_quietly(session), status);
  }
  CHECK(row > 0);
  kw_session_free(session);
}
#define EXAMPLES_OF(name) run_examples_of(#name);
static void examples_and_exceptions(void) { CORPUS(EXAMPLES_OF) }

static void overflow(void) {
  kw_session *session = begin_corpus("selection", NULL);
  const double low[4] = {0}, high[4] = {1, 1, 1, 1};
  const int64_t four = 4;
  CHECK_EQUAL(kw_set(session, 0, KW_F64, low, &four, 1), KW_OK);
  CHECK_EQUAL(kw_set(session, 1, KW_F64, high, &four, 1), KW_OK);
  CHECK_EQUAL(run_quietly(session), KW_CAPACITY);
  kw_session_free(session);
}

static void limit_of_steps(void) {
  for (int64_t steps = 1; steps <= 6; steps++) {
    const kw_options options = {.bytes = sizeof options, .max_steps = steps};
    kw_session *session = begin_corpus("calls", &options);
    CHECK_EQUAL(run_quietly(session), steps < 5 ? KW_LIMIT : KW_OK); /* five calls */
    kw_session_free(session);
  }
}

static void missing_input(void) {
  kw_model *model = load_corpus("calls", NULL);
  kw_session *session = new_session(model, NULL);
  CHECK_EQUAL(run_quietly(session), KW_ARGUMENT);
  kw_session_free(session);
  kw_model_free(model);
}

static atomic_bool enough;
static void *cancel_often(void *session) {
  while (!enough) kw_cancel(session);
  return NULL;
}

static void cancelled(void) {
  kw_session *session = begin_corpus("deep", NULL);
  pthread_t thread;
  enough = false;
  REQUIRE(pthread_create(&thread, NULL, cancel_often, session) == 0);
  kw_status status = KW_OK;
  for (int64_t turn = 0; turn < 50000000 && status != KW_CANCELLED; turn++) {
    status = run_quietly(session);
    CHECK(status == KW_OK || status == KW_CANCELLED);
  }
  CHECK_EQUAL(status, KW_CANCELLED);
  enough = true;
  pthread_join(thread, NULL);
  CHECK_EQUAL(run_quietly(session), KW_OK);
  kw_session_free(session);
}

/* ---- stack ---- */
enum { STACK = 256 << 10, MOST = 16 << 10, PAINT = 0x5C, MARGIN = 512 };
static _Alignas(4096) char stack[STACK];
typedef struct job {
  void (*call)(void *);
  void *argument;
  size_t depth;
} job;

static void *measure(void *argument) {
  job *j = argument;
  char here, *top = (char *)((uintptr_t)&here - MARGIN); /* below this frame */
  memset(stack, PAINT, (size_t)(top - stack));
  j->call(j->argument);
  const char *lowest = stack;
  while (lowest < top && *lowest == PAINT) lowest++;
  j->depth = (size_t)(top - lowest) + MARGIN;
  return NULL;
}

static size_t deepest;
static void expect_shallow(void (*call)(void *), void *argument, const char *what) {
  job j = {call, argument, 0};
  pthread_t thread;
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstack(&attributes, stack, sizeof stack) == 0);
  REQUIRE(pthread_create(&thread, &attributes, measure, &j) == 0);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
  if (j.depth > deepest) deepest = j.depth;
  if (j.depth > MOST) printf("%s needs %zu bytes of stack\n", what, j.depth);
  CHECK(j.depth <= MOST);
}

static void call_run(void *session) { kw_run(session); }
static void call_open(void *path) {
  kw_model *model;
  kw_error *error = NULL;
  if (kw_open(&model, path, NULL, error) == KW_OK) kw_model_free(model);
}
static void call_session(void *model) {
  kw_session *session;
  if (kw_session_new(&session, model, NULL, NULL) == KW_OK) kw_session_free(session);
}
static void call_check(void *model) {
  int64_t passed, failed;
  kw_check(model, NULL, &passed, &failed, NULL);
}

static void measure_file(const char *name) {
  char path[1024];
  snprintf(path, sizeof path, "%s", read_corpus(name)->path);
  expect_shallow(call_open, path, "kw_open");
  kw_model *model = load_corpus(name, NULL);
  expect_shallow(call_session, model, "kw_session_new");
  expect_shallow(call_check, model, "kw_check");
  kw_session *session = new_session(model, NULL);
  for (int64_t row = 0; kw_dev_set_example(session, row) != KW_ARGUMENT; row++)
    expect_shallow(call_run, session, "kw_run");
  kw_session_free(session);
  kw_model_free(model);
}
#define STACK_OF(name) measure_file(#name);
static void stack_is_shallow(void) {
#ifdef __OPTIMIZE__
  CORPUS(STACK_OF)
  printf("the deepest call took %zu bytes of stack\n", deepest);
#else
  (void)measure_file;
  printf("stack not measured: this build is not optimised\n");
#endif
}

int main(int argc, char **argv) {
  corpus_folder = argc > 1 ? argv[1] : ".";
  RUN(counting_counts);
  RUN(examples_and_exceptions);
  RUN(overflow);
  RUN(limit_of_steps);
  RUN(missing_input);
  RUN(cancelled);
  RUN(stack_is_shallow);
  return finish();
}
#endif
