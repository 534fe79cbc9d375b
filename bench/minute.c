/* What a minute's score costs where minutes follow each other, each with the state that the one
 * before left: time and requests for memory.  Counts for tools that count instructions come from
 * runs of different lengths.
 *
 * usage: minute FILE MINUTES TIMES, prints the mean of the fastest time
 *
 * MINUTES holds int64 and float64 numbers: how many minutes; then for each of them and for each
 * input of the file -1 and its number, or the length of an array and its numbers.  They are played
 * TIMES times, from the first state. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kowari_dev.h"

/* ---- libc's memory functions; the linker lets the library call these (--wrap) ---- */
static long requests;
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes) { return requests++, __real_malloc(bytes); }
void *__wrap_calloc(size_t count, size_t bytes) { return requests++, __real_calloc(count, bytes); }
void *__wrap_realloc(void *old, size_t bytes) { return requests++, __real_realloc(old, bytes); }

static int64_t *read_all(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
  long bytes = ftell(file);
  int64_t *all = bytes > 0 ? malloc((size_t)bytes) : NULL;
  bool good = all != NULL && fseek(file, 0, SEEK_SET) == 0 &&
              fread(all, 1, (size_t)bytes, file) == (size_t)bytes;
  (void)fclose(file);
  return good ? all : NULL;
}

static double read_clock(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

/* Sets the inputs of a minute; gives the numbers behind them. */
static const int64_t *set_inputs(kw_session *session, int32_t inputs, const int64_t *at) {
  for (int32_t i = 0; i < inputs; i++) {
    int64_t length = *at++, count = length < 0 ? 1 : length;
    if (kw_set(session, i, KW_F64, at, &length, length >= 0) != KW_OK) return NULL;
    at += count;
  }
  return at;
}

/* Plays all minutes from the first state, and gives the time of one on average; below 0: failed. */
static double play(kw_model *model, kw_session *session, const int64_t *minutes) {
  const int32_t inputs = kw_count(model, KW_INPUT);
  const int64_t *at = minutes + 1;
  kw_reset(session);
  double start = read_clock();
  for (int64_t i = 0; i < minutes[0]; i++) {
    at = set_inputs(session, inputs, at);
    if (at != NULL && kw_run(session) == KW_OK) continue;
    (void)fprintf(stderr, "minute %d: %s\n", (int)i, kw_session_error(session)->message);
    return -1;
  }
  return (read_clock() - start) / (double)minutes[0];
}

static int play_often(kw_model *model, kw_session *session, const int64_t *minutes, long times) {
  size_t state_bytes = 0;
  double least = HUGE_VAL;
  const long before = requests;
  for (long t = 0; t < times; t++) {
    double mean = play(model, session, minutes);
    if (mean < 0) return 1;
    least = mean < least ? mean : least;
  }
  (void)kw_state_save(session, NULL, &state_bytes);
  printf("{\"us\": %.3f, \"requests\": %ld, \"state_bytes\": %zu, \"session_bytes\": %zu}\n", least,
         requests - before, state_bytes, kw_dev_session_bytes(session));
  return 0;
}

int main(int argc, char **argv) {
  kw_model *model = NULL;
  kw_session *session = NULL;
  kw_error error = {0};
  if (argc != 4) return 2;
  int64_t *minutes = read_all(argv[2]);
  if (minutes == NULL || kw_open(&model, argv[1], NULL, &error) != KW_OK ||
      kw_session_new(&session, model, NULL, &error) != KW_OK) {
    (void)fprintf(stderr, "minute: %s: %s\n", argv[1], error.message);
    return 1;
  }
  int status = play_often(model, session, minutes, strtol(argv[3], NULL, 10));
  kw_session_free(session);
  kw_model_free(model);
  free(minutes);
  return status;
}
