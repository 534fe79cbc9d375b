/* kowari bench: how fast a file runs here, and what it weighs. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "kowari_dev.h"
#include "system.h"
#include "value.h"

enum { OPENINGS = 9, MOST_RUNS = 10000, LEAST_RUNS = 30 };
static const double LONGEST = 1e6; /* microseconds for all runs, if they are not too few */

typedef struct bench {
  kw_model *model;
  kw_session *session;
  const char *entry;
  int64_t rows;     /* of drawn inputs; 0: what the file declares */
  int64_t examples; /* of the file; 0: inputs are drawn */
  uint64_t seed;
} bench;

typedef struct result {
  int64_t runs, file_bytes;
  double median, p99, open;
  size_t session_bytes;
} result;

/* ---- inputs ---- */
/* In [0, 1): Knuth's linear congruential generator, the same numbers on every machine. */
static double draw_number(bench *b) {
  b->seed = b->seed * 6364136223846793005u + 1442695040888963407u;
  return (double)(b->seed >> 11) * 0x1p-53;
}

/* A value within the range seen in training, or from 0 to 1. */
static double draw_value(bench *b, const kw_info *info) {
  bool known = isfinite(info->low) && isfinite(info->high);
  double low = known ? info->low : 0, high = known ? info->high : 1;
  double value = low + (high - low) * draw_number(b);
  return info->type == KW_F64 || info->type == KW_F32 ? value : floor(value + 0.5);
}

static void fill_values(bench *b, const kw_info *info, void *data, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    switch (kept_type(info->type)) {
      case KW_F64:
        ((double *)data)[i] = draw_value(b, info);
        break;
      case KW_F32:
        ((float *)data)[i] = (float)draw_value(b, info);
        break;
      case KW_BOOL:
        ((uint8_t *)data)[i] = draw_number(b) < 0.5;
        break;
      case KW_TEXT:
        ((const char **)data)[i] = "";
        break;
      default:
        ((int64_t *)data)[i] = (int64_t)draw_value(b, info);
    }
  }
}

static bool check_status(const bench *b, kw_status status, cli_error *error) {
  return status == KW_OK ? true : fail_model(error, kw_session_error(b->session));
}

/* Sets a drawn value; named sizes are the rows wanted. */
static bool draw_input(bench *b, int32_t index, cli_error *error) {
  kw_info info;
  int64_t size[KW_MAX_RANK], count = 1;
  (void)kw_describe(b->model, KW_INPUT, index, &info);
  for (int32_t d = 0; d < info.rank; d++) {
    size[d] = info.symbol[d] >= 0 && b->rows > 0 ? b->rows : info.size[d];
    if (size[d] > 0 && count > PTRDIFF_MAX / 8 / size[d]) return fail(error, "out of memory");
    count *= size[d];
  }
  void *data = allocate((size_t)count, kept_bytes(info.type), error);
  if (data == NULL) return false;
  fill_values(b, &info, data, count);
  kw_status status;
  do {
    status = kw_set(b->session, index, kept_type(info.type), data, size, info.rank);
  } while (grow_session(b->session, b->model, &status));
  free(data);
  return check_status(b, status, error);
}

static bool set_inputs(bench *b, int64_t run, cli_error *error) {
  kw_status status = KW_OK;
  port_range ports = find_ports(b->model, KW_INPUT, b->entry);
  for (int32_t i = ports.first; b->examples == 0 && i < ports.end; i++) {
    if (!draw_input(b, i, error)) return false;
  }
  if (b->examples > 0) {
    if (run % b->examples == 0) kw_reset(b->session); /* examples in order: a stretch of states */
    do {
      status = kw_dev_set_example(b->session, run % b->examples);
    } while (grow_session(b->session, b->model, &status));
  }
  return check_status(b, status, error);
}

/* ---- measuring ---- */
/* An example on which Python raises is a run too. */
static bool run_inputs(bench *b, cli_error *error) {
  kw_status status;
  do {
    status = kw_run(b->session);
  } while (grow_session(b->session, b->model, &status));
  if (status == KW_RAISED && b->examples > 0) return true;
  return check_status(b, status, error);
}

static void close_bench(bench *b) {
  kw_session_free(b->session);
  kw_model_free(b->model);
  b->session = NULL;
  b->model = NULL;
}

static bool open_bench(bench *b, const char *path, double *took, cli_error *error) {
  double start = read_clock();
  if (!open_model(&b->model, path, 0, error) ||
      !open_session(&b->session, b->model, b->entry, error)) {
    return false;
  }
  double opened = read_clock();
  cli_error reason;
  bool good = set_inputs(b, 0, &reason);
  double set = read_clock();
  good = good && run_inputs(b, &reason);
  *took = opened - start + read_clock() - set;
  if (good) return true;
  return fail(error, "%s: %s%s", path, reason.text,
              b->examples > 0 ? "" : "; inputs were drawn, --rows gives their number");
}

static int compare_times(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double find_quantile(double *times, int64_t count, double share) {
  qsort(times, (size_t)count, sizeof *times, compare_times);
  return times[(int64_t)(share * (double)(count - 1) + 0.5)];
}

/* Inputs are set between the runs and not timed. */
static bool time_runs(bench *b, double *times, int64_t *runs, cli_error *error) {
  double begin = read_clock();
  for (*runs = 0; *runs < MOST_RUNS; ++*runs) {
    if (*runs >= LEAST_RUNS && read_clock() - begin > LONGEST) break;
    if (!set_inputs(b, *runs, error)) return false;
    double start = read_clock();
    if (!run_inputs(b, error)) return false;
    times[*runs] = read_clock() - start;
  }
  return true;
}

static bool measure(bench *b, const char *path, double *times, result *out, cli_error *error) {
  for (int i = 0; i < OPENINGS; i++) {
    close_bench(b);
    if (!open_bench(b, path, &times[i], error)) return false;
  }
  out->open = find_quantile(times, OPENINGS, 0.5);
  if (!time_runs(b, times, &out->runs, error)) return false;
  out->median = find_quantile(times, out->runs, 0.5);
  out->p99 = find_quantile(times, out->runs, 0.99);
  out->session_bytes = kw_dev_session_bytes(b->session);
  return find_file_size(&out->file_bytes, path, error);
}

static bool count_examples(bench *b, const char *path, cli_error *error) {
  if (!open_model(&b->model, path, 0, error) ||
      !open_session(&b->session, b->model, b->entry, error)) {
    return false;
  }
  while (kw_dev_set_example(b->session, b->examples) != KW_ARGUMENT) b->examples++;
  b->rows = kw_meta(b->model, "format") == NULL; /* a .tflite file's are those of its training */
  return true;
}

/* ---- the command ---- */
static void print_text(const bench *b, const result *r) {
  printf("run      %.2f us median, %.2f us p99, of %" PRId64 " runs over ", r->median, r->p99,
         r->runs);
  if (b->examples > 0) printf("the %" PRId64 " examples of the file\n", b->examples);
  if (b->examples == 0 && b->rows == 0) puts("drawn inputs of the sizes that the file declares");
  if (b->examples == 0 && b->rows > 0)
    printf("drawn inputs, named sizes being %" PRId64 "\n", b->rows);
  printf("open     %.0f us from opening to the first output, median of %d\n", r->open, OPENINGS);
  printf("session  %zu bytes\nfile     %" PRId64 " bytes\n", r->session_bytes, r->file_bytes);
}

static void print_json(const bench *b, const result *r) {
  printf("{\"median_us\": %.3f, \"p99_us\": %.3f, \"runs\": %" PRId64 ", \"examples\": %" PRId64,
         r->median, r->p99, r->runs, b->examples);
  printf(", \"rows\": %" PRId64 ", \"open_us\": %.3f", b->examples > 0 ? 0 : b->rows, r->open);
  printf(", \"session_bytes\": %zu, \"file_bytes\": %" PRId64 "}\n", r->session_bytes,
         r->file_bytes);
}

static int bench_file(char **words, cli_error *error) {
  bool json = false;
  bench b = {.rows = 1};
  const char *path, *rows = NULL;
  const option options[] = {{.name = "--rows", .value = &rows},
                            {.name = "--json", .flag = &json},
                            {.name = "--entry", .value = &b.entry},
                            {0}};
  if (!parse_words(words, options, &path, 1, 1, error) ||
      !parse_count(&options[0], 1, INT32_MAX, &b.rows, error)) {
    return USED_WRONGLY;
  }
  double *times = allocate(MOST_RUNS, sizeof *times, error);
  result r;
  bool good = times != NULL && (rows != NULL || count_examples(&b, path, error)) &&
              measure(&b, path, times, &r, error);
  if (good) (json ? print_json : print_text)(&b, &r);
  close_bench(&b);
  free(times);
  return good ? DONE : FAILED;
}

const command COMMAND_BENCH = {
    "bench", "time of a run and of opening, memory and size of the file",
    "usage: kowari bench FILE [--rows N] [--json] [--entry NAME]\n\n"
    "Times runs over the examples of the file, whose inputs are set in between and not timed.\n"
    "Without examples, or with --rows, inputs are drawn at random within their ranges, and every\n"
    "named size is N (default 1, in .tflite files what they declare).  --entry names the "
    "signature\n"
    "of a .tflite file that is run.\n",
    bench_file};
