/* One model, many threads, a session each: no races (build it with the thread sanitizer), the
 * answers of one thread; and a run that another thread ends. */
#include "corpus.h"

#if defined(__wasi__) || defined(_WIN32)
int main(void) {
  printf("skipped: no POSIX threads here\n");
  return EXIT_SUCCESS;
}
#else
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, TURNS = 50 };

static atomic_int wrong;

/* Was given a reference of its own, and ends it: the last thread ends the model. */
static void *use_model(void *argument) {
  kw_model *model = argument;
  for (int turn = 0; turn < TURNS; turn++) {
    int64_t passed, failed;
    kw_error error;
    kw_session *session;
    if (kw_check(model, NULL, &passed, &failed, &error) != KW_OK || failed || passed == 0) wrong++;
    if (kw_session_new(&session, model, NULL, &error) != KW_OK) {
      wrong++;
      continue;
    }
    kw_run(session); /* without inputs: an error, in this session only */
    if (kw_session_error(session)->status != KW_ARGUMENT) wrong++;
    kw_session_free(session);
  }
  kw_model_free(model);
  return NULL;
}

static void share(const char *name) {
  pthread_t thread[THREADS];
  kw_model *model = load_corpus(name, NULL);
  for (int i = 0; i < THREADS; i++)
    REQUIRE(pthread_create(&thread[i], NULL, use_model, kw_model_retain(model)) == 0);
  kw_model_free(model);
  for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
  CHECK_EQUAL(wrong, 0);
}
#define SHARE(name) share(#name);
static void a_model_is_shared(void) { CORPUS(SHARE) }

static atomic_bool enough;
static void *cancel_often(void *session) {
  while (!enough) kw_cancel(session);
  return NULL;
}

static void another_thread_cancels(void) {
  kw_session *session = begin_corpus("deep", NULL);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, cancel_often, session) == 0);
  kw_status status = KW_OK;
  for (int64_t turn = 0; turn < 20000000 && status == KW_OK; turn++) status = kw_run(session);
  CHECK_EQUAL(status, KW_CANCELLED);
  CHECK_EQUAL(kw_session_error(session)->status, KW_CANCELLED);
  enough = true;
  pthread_join(thread, NULL);
  CHECK_EQUAL(kw_run(session), KW_OK); /* a cancel between runs has no effect */
  kw_session_free(session);
}

int main(int argc, char **argv) {
  corpus_folder = argc > 1 ? argv[1] : ".";
  RUN(a_model_is_shared);
  RUN(another_thread_cancels);
  return finish();
}
#endif
