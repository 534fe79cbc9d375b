/* Time from opening a file to its first score, in a process that does nothing else: kw_open,
 * kw_session_new, kw_run.  The inputs are the file's first example; setting them is not counted.
 *
 * usage: first FILE, prints microseconds */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <time.h>

#include "kowari_dev.h"

static double read_clock(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

int main(int argc, char **argv) {
  kw_model *model = NULL;
  kw_session *session = NULL;
  kw_error error;
  if (argc != 2) return 2;
  double start = read_clock();
  kw_status status = kw_open(&model, argv[1], NULL, &error);
  if (!status) status = kw_session_new(&session, model, NULL, &error);
  double opened = read_clock();
  if (!status) status = kw_dev_set_example(session, 0);
  double set = read_clock();
  if (!status) status = kw_run(session);
  double end = read_clock();
  if (!status)
    printf("%.1f\n", opened - start + end - set);
  else
    (void)fprintf(stderr, "first: %s: %s\n", argv[1], kw_status_text(status));
  kw_session_free(session);
  kw_model_free(model);
  return status != KW_OK;
}
