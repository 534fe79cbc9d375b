/* Every output is a block of rows: a scalar one row, an array of rank 1 a row an element, one of
 * rank 2 its rows, with its columns side by side.  Blocks of a run stand side by side, runs one
 * below the other with the group's value in front. */
#include "outputs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "npy.h"
#include "number.h"
#include "system.h"

enum { FILE_NAME_SIZE = 256 };

/* ---- cells ---- */
/* An empty text has quotes, None has none; a line of no characters would be no row at all. */
static void put_cell(outputs *out, const char *text, size_t length) {
  bool quoted = text != NULL ? length == 0 : out->columns == 1;
  if (out->in_row) (void)fputc(',', out->table);
  out->in_row = true;
  for (size_t i = 0; i < length; i++) quoted |= strchr(",\"\r\n", text[i]) != NULL;
  if (quoted) (void)fputc('"', out->table);
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '"') (void)fputc('"', out->table);
    (void)fputc(text[i], out->table);
  }
  if (quoted) (void)fputc('"', out->table);
}

static void end_row(outputs *out) {
  (void)fputc('\n', out->table);
  out->in_row = false;
}

static void print_real(char out[NUMBER_SIZE], double value, int precision) {
  if (precision > 0) {
    print_g(out, value, precision);
  } else {
    print_f64(out, value);
  }
}

/* Element i of an array of numbers. */
static void print_element(char out[NUMBER_SIZE], const kw_view *view, int64_t i, int precision) {
  switch (view->type) {
    case KW_F64:
      print_real(out, ((const double *)view->data)[i], precision);
      break;
    case KW_F32:
      if (precision > 0) {
        print_real(out, (double)((const float *)view->data)[i], precision);
      } else {
        print_f32(out, ((const float *)view->data)[i]);
      }
      break;
    case KW_BOOL:
      strcpy(out, ((const uint8_t *)view->data)[i] ? "True" : "False");
      break;
#define CASE(TYPE, ctype, format)                                                 \
  case KW_##TYPE:                                                                 \
    (void)snprintf(out, NUMBER_SIZE, "%" format, ((const ctype *)view->data)[i]); \
    break;
      CASE(I64, int64_t, PRId64)
      CASE(I32, int32_t, PRId32)
      CASE(I16, int16_t, PRId16)
      CASE(I8, int8_t, PRId8)
      CASE(U64, uint64_t, PRIu64)
      CASE(U32, uint32_t, PRIu32)
      CASE(U16, uint16_t, PRIu16)
      CASE(U8, uint8_t, PRIu8)
#undef CASE
    default:
      out[0] = '\0';
  }
}

static void put_element(outputs *out, int32_t index, const kw_view *view, int64_t i) {
  char number[NUMBER_SIZE];
  size_t length = 0;
  const char *text = NULL;
  bool present = view->present && (view->mask == NULL || view->mask[i]);
  if (present && view->type == KW_TEXT) {
    text = kw_output_text(out->session, index, i, &length);
  } else if (present) {
    print_element(number, view, i, out->precision);
    text = number;
    length = strlen(number);
  }
  put_cell(out, text, length);
}

/* ---- the table ---- */
static kw_info describe_output(const outputs *out, int32_t index) {
  kw_info info;
  (void)kw_describe(out->model, KW_OUTPUT, index, &info);
  return info;
}

static bool is_in_table(const outputs *out, const kw_info *info) {
  return out->directory == NULL || info->rank == 0;
}

static int64_t count_columns(const kw_info *info) { return info->rank == 2 ? info->size[1] : 1; }

static bool is_printed(kw_type type) { return type != KW_F16 && type != KW_C64 && type != KW_C128; }

static bool check_shape(const outputs *out, const kw_info *info, cli_error *error) {
  char shape[SHAPE_TEXT_SIZE];
  if (info->rank < 2 || (info->rank == 2 && info->symbol[1] < 0)) {
    if (is_printed(info->type)) return true;
  }
  describe_shape(shape, out->model, info);
  return fail(error, "output '%s', %s, does not fit into a table: use --output DIR", info->name,
              shape);
}

/* Before the first row, so that a run that fails prints nothing. */
static void write_header(outputs *out) {
  if (out->has_header) return;
  out->has_header = true;
  if (out->each != NULL) put_cell(out, out->each, strlen(out->each));
  for (int32_t i = out->ports.first; i < out->ports.end; i++) {
    kw_info info = describe_output(out, i);
    if (!is_in_table(out, &info)) continue;
    for (int64_t c = 0; c < count_columns(&info); c++) {
      char name[256];
      (void)snprintf(name, sizeof name, "%.*s.%" PRId64, clip_text(info.name, 220), info.name, c);
      const char *shown = info.rank == 2 ? name : info.name;
      put_cell(out, shown, strlen(shown));
    }
  }
  end_row(out);
}

static bool open_table(outputs *out, cli_error *error) {
  out->table = stdout;
  if (out->directory == NULL) return true;
  char *path = join_path(out->directory, "scalars.csv", error);
  if (path == NULL) return false;
  out->table = fopen(path, "wb");
  if (out->table == NULL) fail(error, "%s: cannot open: %s", path, strerror(errno));
  free(path);
  return out->table != NULL;
}

bool open_outputs(outputs *out, cli_error *error) {
  out->columns = out->each != NULL;
  for (int32_t i = out->ports.first; i < out->ports.end; i++) {
    kw_info info = describe_output(out, i);
    if (!is_in_table(out, &info)) continue;
    if (!check_shape(out, &info, error)) return false;
    out->columns += (int)count_columns(&info);
  }
  if (out->directory != NULL && !make_directory(out->directory, error)) return false;
  return out->columns == 0 || open_table(out, error);
}

bool close_outputs(outputs *out, cli_error *error) {
  if (out->directory == NULL || out->table == NULL) return true;
  bool good = ferror(out->table) == 0;
  good = fclose(out->table) == 0 && good;
  return good ? true : fail(error, "%s/scalars.csv: cannot write", out->directory);
}

static bool take_output(outputs *out, int32_t index, kw_view *view, cli_error *error) {
  if (kw_output(out->session, index, view) == KW_OK) return true;
  return fail_model(error, kw_session_error(out->session));
}

/* The rows that all outputs of this run have: one where nothing but None, or no element, is there,
 * so that no group vanishes. */
static bool count_rows(outputs *out, int64_t *rows, cli_error *error) {
  kw_info first = {0};
  *rows = -1;
  for (int32_t i = out->ports.first; i < out->ports.end; i++) {
    kw_info info = describe_output(out, i);
    kw_view view;
    if (!is_in_table(out, &info)) continue;
    if (!take_output(out, i, &view, error)) return false;
    int64_t own = view.rank == 0 ? 1 : view.size[0];
    if (!view.present || own == *rows) continue;
    if (*rows >= 0) {
      return fail(error, "output '%s' has %" PRId64 " rows, '%s' %" PRId64 ": use --output DIR",
                  first.name, *rows, info.name, own);
    }
    *rows = own;
    first = info;
  }
  if (*rows < 0 || (*rows == 0 && out->each != NULL)) *rows = 1;
  return true;
}

static bool write_rows(outputs *out, const char *group, cli_error *error) {
  int64_t rows;
  if (!count_rows(out, &rows, error)) return false;
  write_header(out);
  for (int64_t row = 0; row < rows; row++) {
    if (group != NULL) put_cell(out, group, strlen(group));
    for (int32_t i = out->ports.first; i < out->ports.end; i++) {
      kw_info info = describe_output(out, i);
      kw_view view;
      if (!is_in_table(out, &info)) continue;
      if (!take_output(out, i, &view, error)) return false;
      if (view.rank > 0 && view.size[0] == 0) view.present = 0;
      int64_t columns = count_columns(&info);
      for (int64_t c = 0; c < columns; c++) put_element(out, i, &view, row * columns + c);
    }
    end_row(out);
  }
  return true;
}

void write_failure(outputs *out, const char *group) {
  if (out->table == NULL) return;
  write_header(out);
  put_cell(out, group, strlen(group));
  for (int i = 1; i < out->columns; i++) put_cell(out, NULL, 0);
  end_row(out);
}

/* ---- arrays ---- */
/* NAME.npy or NAME.RUN.npy; slashes, as in TensorFlow's names, become underscores. */
static bool spell_name(char out[FILE_NAME_SIZE], const char *name, const char *number) {
  int length = snprintf(out, FILE_NAME_SIZE, "%s%s.npy", name, number);
  for (char *at = out; (at = strchr(at, '/')) != NULL;) *at = '_';
  return length < FILE_NAME_SIZE;
}

/* A name that no output before it has. */
static bool name_array(const outputs *out, int32_t index, const char *number,
                       char name[FILE_NAME_SIZE], cli_error *error) {
  kw_info info = describe_output(out, index);
  bool good = spell_name(name, info.name, number);
  for (int32_t i = out->ports.first; i < index && good; i++) {
    char other[FILE_NAME_SIZE];
    good = !spell_name(other, describe_output(out, i).name, number) || strcmp(name, other) != 0;
  }
  return good ? true : fail(error, "output '%s' has no name for a file", info.name);
}

/* Copies texts to where they end in NUL: the pointers, then the characters. */
static const char **copy_texts(outputs *out, int32_t index, int64_t count, cli_error *error) {
  size_t bytes = 0, length;
  for (int64_t i = 0; i < count; i++) {
    (void)kw_output_text(out->session, index, i, &length);
    bytes += length + 1;
  }
  const char **texts = allocate((size_t)count * sizeof *texts + bytes, 1, error);
  if (texts == NULL) return NULL;
  char *at = (char *)(texts + count);
  for (int64_t i = 0; i < count; i++) {
    const char *text = kw_output_text(out->session, index, i, &length);
    texts[i] = text != NULL ? at : NULL;
    if (text != NULL) memcpy(at, text, length);
    at[length] = '\0';
    at += length + 1;
  }
  return texts;
}

static bool write_array(outputs *out, int32_t index, const kw_view *view, const char *path,
                        cli_error *error) {
  npy array = {.type = view->type, .rank = view->rank, .data = view->data};
  memcpy(array.size, view->size, sizeof array.size);
  if (view->type != KW_TEXT) return npy_write(path, &array, error);
  const char **texts = copy_texts(out, index, npy_elements(&array), error);
  array.data = texts;
  bool good = texts != NULL && npy_write(path, &array, error);
  free(texts);
  return good;
}

static bool write_arrays(outputs *out, const char *group, size_t run, cli_error *error) {
  for (int32_t i = out->ports.first; i < out->ports.end; i++) {
    kw_info info = describe_output(out, i);
    kw_view view;
    char name[FILE_NAME_SIZE], number[NUMBER_SIZE] = "";
    if (is_in_table(out, &info)) continue;
    if (!take_output(out, i, &view, error)) return false;
    if (group != NULL) (void)snprintf(number, sizeof number, ".%zu", run);
    if (!name_array(out, i, number, name, error)) return false;
    if (!view.present) {
      (void)fprintf(stderr, "output '%s' is None: %s is not written\n", info.name, name);
      continue;
    }
    char *path = join_path(out->directory, name, error);
    bool good = path != NULL && write_array(out, i, &view, path, error);
    free(path);
    if (!good) return false;
  }
  return true;
}

bool write_outputs(outputs *out, const char *group, size_t run, cli_error *error) {
  if (out->table != NULL && !write_rows(out, group, error)) return false;
  return write_arrays(out, group, run, error);
}
