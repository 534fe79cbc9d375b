/* Files and words to values, values to sessions. */
#include "feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

/* ---- files ---- */
static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool open_source(source *out, const char *path, cli_error *error) {
  *out = (source){.path = path, .is_table = ends_with(path, ".csv")};
  if (!out->is_table && !ends_with(path, ".npy")) {
    return fail(error, "%s: the name of an input file must end in .csv or .npy", path);
  }
  if (!read_file(path, &out->file, error)) return false;
  if (!out->is_table) return npy_parse(&out->array, path, &out->file, error);
  if (!csv_parse(&out->table, path, &out->file, error)) return false;
  out->taken = allocate(out->table.columns, sizeof *out->taken, error);
  if (out->taken == NULL) return false;
  memset(out->taken, 0, out->table.columns * sizeof *out->taken);
  return true;
}

void close_source(source *in) {
  csv_free(&in->table);
  npy_free(&in->array);
  free(in->taken);
  free(in->file.data);
}

/* ---- tables ---- */
/* The names of a table's columns, for messages. */
enum { NAMES_SIZE = 256, NAME_SHOWN = 40 };
static const char *list_columns(char out[NAMES_SIZE], const csv *table) {
  size_t length = 0;
  for (size_t i = 0; i < table->columns; i++) {
    const char *name = csv_name(table, i);
    bool fits = length + NAME_SHOWN + sizeof ", ..." < NAMES_SIZE;
    length += (size_t)snprintf(out + length, NAMES_SIZE - length, "%s%.*s", i == 0 ? "" : ", ",
                               fits ? clip_text(name, NAME_SHOWN) : 3, fits ? name : "...");
    if (!fits) break;
  }
  return out;
}

bool fail_column_missing(cli_error *error, const source *from, const char *name,
                         const kw_info *info) {
  char names[NAMES_SIZE];
  return fail(error, "%s: column '%s' is missing for input '%s'; there are: %s", from->path, name,
              info->name, list_columns(names, &from->table));
}

/* Reads columns side by side. */
static bool feed_columns(feed *out, const kw_info *info, source *from, const size_t *columns,
                         size_t count, cli_error *error) {
  const csv *table = &from->table;
  size_t width = kept_bytes(info->type);
  *out = (feed){.given = true, .type = kept_type(info->type), .rank = info->rank};
  out->size[0] = (int64_t)table->rows;
  out->size[1] = (int64_t)count;
  out->from = from;
  out->column = columns[0];
  char *at = out->owned = allocate(table->rows * count, width, error);
  if (at == NULL) return false;
  out->data = at;
  for (size_t row = 0; row < table->rows; row++) {
    for (size_t i = 0; i < count; i++, at += width) {
      if (!csv_value(table, row, columns[i], info->type, at, error)) return false;
    }
  }
  for (size_t i = 0; i < count; i++) from->taken[columns[i]] = true;
  return true;
}

bool feed_column(feed *out, const kw_info *info, source *from, size_t column, cli_error *error) {
  return feed_columns(out, info, from, &column, 1, error);
}

/* All columns besides that of --each. */
static size_t choose_others(const csv *table, const char *each, size_t *columns) {
  size_t count = 0;
  for (size_t i = 0; i < table->columns; i++) {
    if (each == NULL || strcmp(csv_name(table, i), each) != 0) columns[count++] = i;
  }
  return count;
}

/* The columns that the model names, one a line. */
static bool choose_named(const char *names, const kw_info *info, const source *from,
                         size_t *columns, size_t *count, cli_error *error) {
  for (*count = 0; *names != '\0'; names += *names == '\n') {
    char name[256];
    int length = (int)strcspn(names, "\n");
    (void)snprintf(name, sizeof name, "%.*s", length, names);
    ptrdiff_t column = csv_find(&from->table, name);
    if (column < 0) return fail_column_missing(error, from, name, info);
    if (*count == from->table.columns) return fail(error, "the model names a column twice");
    columns[(*count)++] = (size_t)column;
    names += length;
  }
  return true;
}

static bool check_count(const kw_info *info, const source *from, const size_t *columns,
                        size_t count, cli_error *error) {
  char names[NAMES_SIZE];
  int64_t wanted = info->size[1], given = (int64_t)count;
  if (count > 0 && (info->symbol[1] >= 0 || given == wanted)) return true;
  list_columns(names, &from->table);
  if (given > wanted) {
    return fail(error,
                "%s: column '%s' is extra: input '%s' takes %" PRId64 " columns; there are: %s",
                from->path, csv_name(&from->table, columns[wanted]), info->name, wanted, names);
  }
  return fail(error, "%s: a column is missing: input '%s' takes %" PRId64 " columns; there are: %s",
              from->path, info->name, wanted, names);
}

static bool feed_matrix(feed *out, const kw_model *model, const kw_info *info, source *from,
                        size_t *columns, size_t others, cli_error *error) {
  char key[256];
  (void)snprintf(key, sizeof key, "columns:%s", info->name);
  const char *names = kw_meta(model, key);
  size_t count = others;
  if (names != NULL && !choose_named(names, info, from, columns, &count, error)) return false;
  if (!check_count(info, from, columns, count, error)) return false;
  from->is_whole = true;
  return feed_columns(out, info, from, columns, count, error);
}

bool feed_table(feed *out, const kw_model *model, const kw_info *info, source *from,
                const char *each, cli_error *error) {
  if (info->rank > 2) {
    return fail(error, "%s: input '%s' has %d dimensions, give a .npy file", from->path, info->name,
                (int)info->rank);
  }
  size_t *columns = allocate(from->table.columns, sizeof *columns, error);
  if (columns == NULL) return false;
  size_t others = choose_others(&from->table, each, columns);
  ptrdiff_t column = csv_find(&from->table, info->name);
  if (column < 0 && others == 1) column = (ptrdiff_t)columns[0];
  bool good;
  if (info->rank == 2) {
    good = feed_matrix(out, model, info, from, columns, others, error);
  } else if (column < 0) {
    good = fail_column_missing(error, from, info->name, info);
  } else {
    good = feed_column(out, info, from, (size_t)column, error);
  }
  free(columns);
  return good;
}

void feed_array(feed *out, const source *from) {
  const npy *array = &from->array;
  *out = (feed){.given = true, .type = array->type, .rank = array->rank, .from = from};
  out->data = array->data;
  memcpy(out->size, array->size, sizeof out->size);
}

/* ---- words ---- */
/* Cuts a copy at commas; texts stay in it, behind the values. */
static bool feed_list(feed *out, kw_type type, const char *list, cli_error *error) {
  size_t count = *list != '\0', length = strlen(list), width = kept_bytes(type);
  for (const char *at = list; *at != '\0'; at++) count += *at == ',';
  char *value = out->owned = allocate(count * width + length + 1, 1, error);
  if (value == NULL) return false;
  out->data = value;
  out->size[0] = (int64_t)count;
  char *text = memcpy(value + count * width, list, length + 1);
  for (size_t i = 0; i < count; i++, value += width) {
    size_t end = strcspn(text, ",");
    text[end] = '\0';
    if (*text == '\0' && type != KW_TEXT) return fail(error, "value %zu is missing", i + 1);
    if (!parse_value(type, text, value, error)) return false;
    text += end + 1;
  }
  return true;
}

bool feed_text(feed *out, const kw_info *info, const char *text, cli_error *error) {
  *out = (feed){.given = true, .type = kept_type(info->type), .rank = info->rank};
  if (info->optional && strcmp(text, "none") == 0) return true;
  if (info->rank > 1) {
    return fail(error, "it has %d dimensions, give it with --input", (int)info->rank);
  }
  if (info->rank == 1) return feed_list(out, info->type, text, error);
  if (*text == '\0' && info->type != KW_TEXT) return fail(error, "the value is missing");
  out->data = out->owned = allocate(1, kept_bytes(info->type), error);
  return out->owned != NULL && parse_value(info->type, text, out->owned, error);
}

/* ---- sending ---- */
static bool is_same_value(const feed *in, size_t a, size_t b) {
  size_t width = kept_bytes(in->type);
  const char *data = in->data;
  if (in->type != KW_TEXT) return memcmp(data + a * width, data + b * width, width) == 0;
  const char *const *texts = in->data;
  return strcmp(texts[a], texts[b]) == 0;
}

/* The value that all rows have. */
static const void *take_single(const feed *in, row_set rows, cli_error *error) {
  const csv *table = &in->from->table;
  if (rows.count == 0) {
    fail(error, "%s: no row, the value of column '%s' is missing", table->path,
         csv_name(table, in->column));
    return NULL;
  }
  size_t first = rows.rows != NULL ? rows.rows[0] : 0;
  for (size_t i = 1; i < rows.count; i++) {
    size_t row = rows.rows != NULL ? rows.rows[i] : i;
    if (is_same_value(in, first, row)) continue;
    fail(error, "%s: column '%s' must hold one value, but has '%.*s' in line %zu, '%.*s' in %zu",
         table->path, csv_name(table, in->column),
         clip_text(csv_text(table, first, in->column), NAME_SHOWN),
         csv_text(table, first, in->column), table->lines[first],
         clip_text(csv_text(table, row, in->column), NAME_SHOWN), csv_text(table, row, in->column),
         table->lines[row]);
    return NULL;
  }
  return (const char *)in->data + first * kept_bytes(in->type);
}

size_t count_row_bytes(const feed *in) {
  return kept_bytes(in->type) * (in->rank == 2 ? (size_t)in->size[1] : 1);
}

static const void *gather_rows(const feed *in, row_set rows, void *room) {
  size_t bytes = count_row_bytes(in);
  for (size_t i = 0; i < rows.count; i++) {
    memcpy((char *)room + i * bytes, (const char *)in->data + rows.rows[i] * bytes, bytes);
  }
  return room;
}

bool send_feed(const feed *in, kw_session *session, const kw_model *model, int32_t index,
               row_set rows, void *room, cli_error *error) {
  const void *data = in->data;
  int64_t size[KW_MAX_RANK];
  memcpy(size, in->size, sizeof size);
  if (in->from != NULL && in->from->is_table) {
    size[0] = (int64_t)rows.count;
    if (in->rank > 0 && rows.rows != NULL) data = gather_rows(in, rows, room);
    if (in->rank == 0 && (data = take_single(in, rows, error)) == NULL) return false;
  }
  kw_status status;
  do {
    status = kw_set(session, index, in->type, data, size, in->rank);
  } while (grow_session(session, model, &status));
  if (status == KW_OK) return true;
  cli_error reason;
  fail_model(&reason, kw_session_error(session));
  if (in->from == NULL) return fail(error, "%s", reason.text);
  return fail(error, "%s: %s", in->from->path, reason.text);
}
