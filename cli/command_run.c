/* kowari run: inputs from files and words, one run or one a group, outputs to a table or files. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "inputs.h"
#include "number.h"
#include "outputs.h"

typedef struct job {
  kw_model *model;
  kw_session *session;
  inputs inputs;
  outputs outputs;
} job;

/* One run with the inputs that are set. */
static bool run_session(job *work, cli_error *error) {
  kw_status status;
  do {
    status = kw_run(work->session);
  } while (grow_session(work->session, work->model, &status));
  return status == KW_OK ? true : fail_model(error, kw_session_error(work->session));
}

static int run_once(job *work, cli_error *error) {
  if (!run_session(work, error)) return RUN_FAILED;
  return write_outputs(&work->outputs, NULL, 0, error) ? DONE : FAILED;
}

/* A group that fails keeps its row, and the next one runs: a recording is no worse for one minute
 * that cannot be scored. */
static int run_groups(job *work, cli_error *error) {
  size_t failed = 0, count = work->inputs.group_count;
  for (size_t group = 0; group < count; group++) {
    const char *name = name_group(&work->inputs, group);
    cli_error reason;
    if (set_group_inputs(&work->inputs, work->session, group, &reason) &&
        run_session(work, &reason)) {
      if (!write_outputs(&work->outputs, name, group, error)) return FAILED;
      continue;
    }
    failed++;
    (void)fprintf(stderr, "%s %s: %s\n", work->inputs.each, name, reason.text);
    write_failure(&work->outputs, name);
  }
  if (failed == 0) return DONE;
  fail(error, "%zu of %zu runs failed", failed, count);
  return RUN_FAILED;
}

static int run_job(job *work, cli_error *error) {
  work->outputs.session = work->session;
  work->outputs.model = work->model;
  work->outputs.each = work->inputs.each;
  if (!set_constant_inputs(&work->inputs, work->session, error)) return FAILED;
  if (!open_outputs(&work->outputs, error)) return FAILED;
  const char *note = kw_meta(work->model, "note");
  if (note != NULL) (void)fprintf(stderr, "note: %s\n", note);
  int result = (work->inputs.each != NULL ? run_groups : run_once)(work, error);
  return close_outputs(&work->outputs, error) ? result : FAILED;
}

static int run_file(char **words, cli_error *error) {
  job work = {0};
  word_list files = {0}, sets = {0};
  const char *path, *each = NULL, *output = NULL, *precision = NULL, *entry = NULL;
  const option options[] = {{.name = "--input", .values = &files},
                            {.name = "--set", .values = &sets},
                            {.name = "--each", .value = &each},
                            {.name = "--output", .value = &output},
                            {.name = "--precision", .value = &precision},
                            {.name = "--entry", .value = &entry},
                            {0}};
  int64_t digits = 0;
  int result = FAILED;
  if (!parse_words(words, options, &path, 1, 1, error) ||
      !parse_count(&options[4], 1, MAX_PRECISION, &digits, error)) {
    result = USED_WRONGLY;
  } else if (open_model(&work.model, path, KW_DIGEST, error) &&
             open_session(&work.session, work.model, entry, error) &&
             read_inputs(&work.inputs, work.model, &files, &sets, each, entry, error)) {
    work.outputs.precision = (int)digits;
    work.outputs.ports = find_ports(work.model, KW_OUTPUT, entry);
    if (output != NULL && strcmp(output, "-") != 0) work.outputs.directory = output;
    result = run_job(&work, error);
  }
  free_inputs(&work.inputs);
  kw_session_free(work.session);
  kw_model_free(work.model);
  free_words(&files);
  free_words(&sets);
  return result;
}

const command COMMAND_RUN = {
    "run", "compute the outputs of inputs from .csv and .npy files",
    "usage: kowari run FILE [--input NAME=PATH]... [--set NAME=VALUE]...\n"
    "                  [--each COLUMN] [--output DIR|-] [--precision DIGITS] [--entry NAME]\n\n"
    "--input NAME=PATH  from a .npy file, or from a .csv file with a header line: an array of "
    "rank\n"
    "                   1 takes the column NAME, or the only one; a scalar does too, all its rows\n"
    "                   being equal; a table of rank 2 takes all columns, and inputs NAME.COLUMN\n"
    "                   take one each, and none may be left over.  An empty cell is the float NaN\n"
    "                   or the empty text.  One file may serve several inputs.\n"
    "--set NAME=VALUE   a scalar, or a list of rank 1 with commas; 'none' for an optional input\n"
    "--each COLUMN      one run for each group of equal values in that column of .csv files, in\n"
    "                   order of first appearance, in one session: a state passes from run to "
    "run.\n"
    "                   Every file with that column is cut up: a run takes its rows of each, for\n"
    "                   an array maybe none; inputs from other files stay the same.  A group\n"
    "                   that fails is told on standard error and keeps its row, with empty cells.\n"
    "--output -         (the default) a table on standard output: a row for scalars, a row for\n"
    "                   each element of arrays, the group in front.  None is an empty cell.\n"
    "--output DIR       scalars.csv with a row for each run; arrays exactly, in NAME.npy or, for\n"
    "                   run N of --each, counted from 0, in NAME.N.npy\n"
    "--precision DIGITS floats of tables as \"%.DIGITSg\", not with all digits that they have\n"
    "--entry NAME       the signature of a .tflite file that is run; without it the first\n\n"
    "exit status: 0 done, 1 failed, 2 used wrongly, 3 the model raised an error or refused the\n"
    "inputs of a run\n",
    run_file};
