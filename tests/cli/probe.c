/* Serves the readers of the command line to the tests: requests on stdin, answers on stdout, so
 * that one sanitized process sees thousands of files.  Memory fails at a wanted call: probe_resize.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t calls_left; /* 0: memory never fails */

static void *probe_resize(void *old, size_t size) {
  if (calls_left > 0 && --calls_left == 0) return NULL;
  return realloc(old, size);
}

#define realloc probe_resize
#include "common.c"
#undef realloc
#include "csv.h"
#include "npy.h"

static void send(const void *data, size_t bytes) {
  if (bytes > 0 && fwrite(data, bytes, 1, stdout) != 1) abort();
}

static void send_number(int64_t number) { send(&number, sizeof number); }

static void send_text(const char *text) {
  send_number((int64_t)strlen(text));
  send(text, strlen(text));
}

/* Header, cells, lines; then each cell as a float and as an integer, or what is wrong with it. */
static bool answer_csv(file_bytes *file, cli_error *error) {
  csv table;
  cli_error wrong;
  if (!csv_parse(&table, "t.csv", file, error)) return false;
  send_number(0);
  send_number((int64_t)table.columns);
  send_number((int64_t)table.rows);
  for (size_t column = 0; column < table.columns; column++) send_text(csv_name(&table, column));
  for (size_t row = 0; row < table.rows; row++) {
    send_number((int64_t)table.lines[row]);
    for (size_t column = 0; column < table.columns; column++) {
      double number = 0;
      int64_t integer = 0;
      send_text(csv_text(&table, row, column));
      send_text(csv_value(&table, row, column, KW_F64, &number, &wrong) ? "" : wrong.text);
      send(&number, sizeof number);
      send_text(csv_value(&table, row, column, KW_I64, &integer, &wrong) ? "" : wrong.text);
      send_number(integer);
    }
  }
  csv_free(&table);
  return true;
}

/* The groups of the first column, as counts of rows and their numbers. */
static bool answer_groups(file_bytes *file, cli_error *error) {
  csv table, *tables[] = {&table};
  if (!csv_parse(&table, "t.csv", file, error)) return false;
  bool good = csv_group(tables, 1, csv_name(&table, 0), error);
  if (good) {
    send_number(0);
    send_number((int64_t)table.groups);
    for (size_t group = 0; group < table.groups; group++) {
      send_number((int64_t)(table.starts[group + 1] - table.starts[group]));
      for (size_t i = table.starts[group]; i < table.starts[group + 1]; i++) {
        send_number((int64_t)table.members[i]);
      }
    }
  }
  csv_free(&table);
  return good;
}

/* Type, shape and, for text, the elements; the array is also written to `copy`, if there is one. */
static bool answer_npy(const file_bytes *file, const char *copy, cli_error *error) {
  npy array;
  if (!npy_parse(&array, "t.npy", file, error)) return false;
  bool good = copy == NULL || npy_write(copy, &array, error);
  if (good) {
    send_number(0);
    send_number(array.type);
    send_number(array.rank);
    for (int32_t i = 0; i < array.rank; i++) send_number(array.size[i]);
    const char *const *texts = array.data;
    for (int64_t i = 0; array.type == KW_TEXT && i < npy_elements(&array); i++) {
      send_text(texts[i]);
    }
  }
  npy_free(&array);
  return good;
}

/* Reads the file of that name; answers its length. */
static bool answer_file(const char *path, cli_error *error) {
  file_bytes file;
  if (!read_file(path, &file, error)) return false;
  send_number(0);
  send_number((int64_t)file.length);
  free(file.data);
  return true;
}

int main(int argc, char **argv) {
  uint64_t request[3]; /* what, call of the allocator that fails, bytes that follow */
  while (argc == 2 && fread(request, sizeof request, 1, stdin) == 1) {
    file_bytes file = {malloc(request[2] + 1), request[2]};
    cli_error error = {"no error was set"};
    bool good = false;
    if (file.data == NULL || fread(file.data, 1, file.length, stdin) != file.length) return 1;
    file.data[file.length] = '\0';
    calls_left = request[1];
    switch (request[0]) {
      case 'c':
        good = answer_csv(&file, &error);
        break;
      case 'g':
        good = answer_groups(&file, &error);
        break;
      case 'n':
        good = answer_npy(&file, NULL, &error);
        break;
      case 'w':
        good = answer_npy(&file, argv[1], &error);
        break;
      case 'f':
        good = answer_file(file.data, &error);
        break;
      default:
        return 1;
    }
    if (!good) {
      send_number(1);
      send_text(error.text);
    }
    free(file.data);
    (void)fflush(stdout);
  }
  return 0;
}
