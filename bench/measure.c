/* Time of one row in C: the library against a limit, on the same rows, turn by turn; warm, and with
 * cold caches.
 *
 * usage: measure FILE ROWS OUTPUT LIMIT-DATA
 * ROWS holds float64 rows of input 0; OUTPUT is compared with what the limit gives.  Prints JSON.
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kowari.h"
#include "limit.h"

enum { PASSES = 9, STRETCH = 64, MOST_STRETCHES = 1024, COLD_RUNS = 41, MOST_OUTPUTS = 8 };
static const size_t CACHE = (size_t)96 << 20; /* bytes, more than any cache of a desktop or phone */

typedef struct subject {
  kw_session *session;
  double *input; /* where the session reads its row */
  int32_t output;
  size_t columns;
} subject;

typedef void score(const subject *s, const double *row, double *out);

static void stop(const char *what, const char *why) {
  (void)fprintf(stderr, "measure: %s: %s\n", what, why);
  exit(1);
}

/* ---- the two ways ---- */
static void score_limit(const subject *s, const double *row, double *out) {
  (void)s;
  run_limit(row, out);
}

static void score_library(const subject *s, const double *row, double *out) {
  kw_view view;
  memcpy(s->input, row, s->columns * sizeof *row);
  if (kw_run(s->session) || kw_output(s->session, s->output, &view))
    stop("kw_run", kw_session_error(s->session)->message);
  memcpy(out, view.data, (size_t)view.size[view.rank - 1] * sizeof *out);
}

static size_t open_subject(subject *s, const char *path, const char *output) {
  kw_model *model;
  kw_error error;
  kw_info info;
  kw_view view;
  if (kw_open(&model, path, NULL, &error) || kw_session_new(&s->session, model, NULL, &error))
    stop(path, error.message);
  (void)kw_describe(model, KW_INPUT, 0, &info);
  int64_t size[] = {1, info.size[1]};
  void *input;
  if (kw_input(s->session, 0, size, 2, &input)) stop(path, kw_session_error(s->session)->message);
  s->input = input;
  s->columns = (size_t)size[1];
  s->output = kw_find(model, KW_OUTPUT, output);
  memset(input, 0, s->columns * sizeof *s->input);
  if (kw_run(s->session) || kw_output(s->session, s->output, &view))
    stop(path, kw_session_error(s->session)->message);
  kw_model_free(model);
  return (size_t)view.size[view.rank - 1];
}

/* ---- time ---- */
static double read_clock(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static int compare_times(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double find_median(double *times, size_t count) {
  qsort(times, count, sizeof *times, compare_times);
  return times[count / 2];
}

static double time_rows(score *run, const subject *s, const double *rows, size_t count) {
  double out[MOST_OUTPUTS], start = read_clock();
  for (size_t i = 0; i < count; i++) run(s, rows + i * s->columns, out);
  return (read_clock() - start) / (double)count;
}

/* Fills every cache with something else; read back through volatile, so that no compiler drops it.
 */
static void evict(unsigned char *other, int value) {
  memset(other, value, CACHE);
  for (size_t i = 0; i < CACHE; i += 64) (void)((volatile unsigned char *)other)[i];
}

typedef struct times {
  double warm[MOST_STRETCHES], cold[COLD_RUNS];
  size_t stretches;
} times;

/* In stretches of rows, short enough that most are not interrupted by other work on the machine. */
static void time_warm(score *run, const subject *s, const double *rows, size_t count, times *t) {
  for (size_t i = 0; i + STRETCH <= count && t->stretches < MOST_STRETCHES; i += STRETCH)
    t->warm[t->stretches++] = time_rows(run, s, rows + i * s->columns, STRETCH);
}

static void measure(const subject *s, const double *rows, size_t count, times t[2]) {
  score *ways[] = {score_library, score_limit};
  unsigned char *other = malloc(CACHE);
  if (!other) stop("measure", "out of memory");
  for (int pass = 0; pass < PASSES; pass++)
    for (int way = 0; way < 2; way++) time_warm(ways[way], s, rows, count, &t[way]);
  for (int run = 0; run < COLD_RUNS; run++)
    for (int way = 0; way < 2; way++) {
      evict(other, run);
      t[way].cold[run] = time_rows(ways[way], s, rows + (size_t)run * s->columns, 1);
    }
  free(other);
}

/* ---- the program ---- */
static void *read_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) stop(path, "cannot be read");
  *bytes = (size_t)ftell(file);
  void *data = aligned_alloc(64, (*bytes + 63) / 64 * 64);
  rewind(file);
  if (!data || fread(data, 1, *bytes, file) != *bytes) stop(path, "cannot be read");
  (void)fclose(file);
  return data;
}

static double find_difference(const subject *s, const double *rows, size_t count, size_t outputs) {
  double most = 0, ours[MOST_OUTPUTS], limit[MOST_OUTPUTS];
  for (size_t i = 0; i < count; i++) {
    score_library(s, rows + i * s->columns, ours);
    score_limit(s, rows + i * s->columns, limit);
    for (size_t k = 0; k < outputs; k++) most = fmax(most, fabs(ours[k] - limit[k]));
  }
  return most;
}

int main(int argc, char **argv) {
  if (argc != 5) stop("usage", "measure FILE ROWS OUTPUT LIMIT-DATA");
  size_t bytes, limit_bytes;
  double *rows = read_file(argv[2], &bytes);
  void *data = read_file(argv[4], &limit_bytes);
  subject s;
  size_t outputs = open_subject(&s, argv[1], argv[3]), count = bytes / sizeof *rows / s.columns;
  if (count < COLD_RUNS) stop(argv[2], "too few rows");
  set_limit(data);
  static times t[2];
  measure(&s, rows, count, t);
  printf(
      "{\"warm_ns\": %.1f, \"limit_warm_ns\": %.1f, \"cold_ns\": %.0f, \"limit_cold_ns\": %.0f, "
      "\"difference\": %g}\n",
      find_median(t[0].warm, t[0].stretches), find_median(t[1].warm, t[1].stretches),
      find_median(t[0].cold, COLD_RUNS), find_median(t[1].cold, COLD_RUNS),
      find_difference(&s, rows, count, outputs));
  kw_session_free(s.session);
  free(rows);
  free(data);
  return 0;
}
