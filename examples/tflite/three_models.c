/* What an app does with three networks: opens them, lends each to a worker, whose thread runs them
 * one after the other while the app's own goes on drawing, and collects a string of each.
 *
 * usage: three_models FOLDER [NUMBER]...   15 numbers, else those of FOLDER/seed_row.csv */
#include <stdio.h>
#include <stdlib.h>

#include "kowari.h"

enum { MODELS = 3, COLUMNS = 15 };
static const char *const FILES[MODELS] = {"model_clf.tflite", "model_reg1.tflite",
                                          "model_reg2.tflite"};

static void stop(const char *what, const char *why) {
  (void)fprintf(stderr, "three_models: %s: %s\n", what, why);
  exit(1);
}

/* The line behind the names of the columns. */
static void read_row(const char *folder, float row[COLUMNS]) {
  char path[1024], line[1024] = "", *at = line;
  (void)snprintf(path, sizeof path, "%s/seed_row.csv", folder);
  FILE *file = fopen(path, "r");
  if (!file) stop(path, "cannot be read");
  for (int i = 0; i < 2; i++)
    if (!fgets(line, sizeof line, file)) stop(path, "has no second line");
  (void)fclose(file);
  for (int i = 0; i < COLUMNS; i++, at += *at == ',') {
    char *start = at;
    row[i] = strtof(start, &at);
    if (at == start) stop(path, "has too few numbers");
  }
}

static kw_session *open_session(const char *folder, const char *name) {
  char path[1024];
  kw_model *model;
  kw_session *session = NULL;
  kw_error error;
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  if (kw_open(&model, path, NULL, &error) || kw_session_new(&session, model, NULL, &error))
    stop(path, error.message);
  kw_model_free(model); /* the session holds it */
  return session;
}

/* The shortest digits that read back as the same float32. */
static void print_shortest(char *out, size_t size, float value) {
  for (int digits = 1; digits <= 9; digits++) {
    (void)snprintf(out, size, "%.*g", digits, (double)value);
    if (strtof(out, NULL) == value) break;
  }
}

int main(int argc, char **argv) {
  float row[COLUMNS];
  kw_session *sessions[MODELS];
  kw_worker *worker;
  kw_error error;
  if (argc != 2 && argc != 2 + COLUMNS) stop("usage", "three_models FOLDER [15 NUMBERS]");
  if (argc == 2) read_row(argv[1], row);
  for (int i = 2; i < argc; i++) row[i - 2] = strtof(argv[i], NULL);
  if (kw_worker_new(&worker, NULL, &error)) stop("worker", error.message);

  for (int i = 0; i < MODELS; i++) {
    sessions[i] = open_session(argv[1], FILES[i]);
    if (kw_set(sessions[i], 0, KW_F32, row, (int64_t[]){1, COLUMNS}, 2) ||
        kw_submit(worker, sessions[i], -1))
      stop(FILES[i], kw_session_error(sessions[i])->message);
  }
  for (int i = 0; i < MODELS; i++) {
    kw_view view;
    char text[32];
    if (kw_wait(sessions[i], -1) || kw_output(sessions[i], 0, &view))
      stop(FILES[i], kw_session_error(sessions[i])->message);
    print_shortest(text, sizeof text, *(const float *)view.data);
    printf("%s%s", i == 0 ? "[" : ", ", text);
    kw_session_free(sessions[i]);
  }
  puts("]");
  kw_worker_free(worker);
  return 0;
}
