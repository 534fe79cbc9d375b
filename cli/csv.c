/* One pass over the buffer: every cell is unescaped where it stands and ended with a NUL, so a
 * table is an array of pointers, and reading it takes two allocations. */
#include "csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

enum { SHOWN = 40 }; /* bytes of a name that a message repeats */

typedef struct reader {
  csv *table;
  cli_error *error;
  char *at, *end; /* *end is a NUL */
  size_t line;
  char **row;   /* where the cells of this row go */
  size_t cells; /* of this row, so far */
} reader;

const char *csv_name(const csv *table, size_t column) { return table->cells[column]; }

const char *csv_text(const csv *table, size_t row, size_t column) {
  return table->cells[(row + 1) * table->columns + column];
}

static bool fail_column(const csv *table, size_t line, size_t column, const char *problem,
                        cli_error *error) {
  const char *name = column < table->columns ? csv_name(table, column) : "";
  if (*name == '\0') {
    return fail(error, "%s: line %zu, column %zu: %s", table->path, line, column + 1, problem);
  }
  return fail(error, "%s: line %zu, column '%.*s': %s", table->path, line, clip_text(name, SHOWN),
              name, problem);
}

/* Fails at the cell being read, which starts at `line`. */
static bool fail_cell(const reader *in, size_t line, const char *problem) {
  return fail_column(in->table, line, in->cells, problem, in->error);
}

/* Moves a quoted cell onto its opening quote and stops behind the closing one. */
static bool unquote(reader *in, char **stop) {
  size_t line = in->line;
  char *to = in->at++;
  for (;;) {
    if (in->at == in->end) return fail_cell(in, line, "the quote that opens here is not closed");
    if (*in->at == '\0') return fail_cell(in, in->line, "a NUL byte: this is not UTF-8 text");
    if (*in->at == '"' && *++in->at != '"') break;
    in->line += *in->at == '\n';
    *to++ = *in->at++;
  }
  *stop = to;
  return true;
}

static bool read_cell(reader *in, bool *last) {
  size_t line = in->line;
  char *start = in->at, *stop = NULL;
  bool quoted = *start == '"';
  if (quoted && !unquote(in, &stop)) return false;
  if (!quoted) stop = in->at += strcspn(in->at, ",\r\n");

  char next = *in->at;
  bool at_end = in->at == in->end;
  if (next == '\0' && !at_end) return fail_cell(in, in->line, "a NUL byte: this is not UTF-8 text");
  if (next == '\r' && in->at[1] != '\n') {
    return fail_cell(in, in->line, "a carriage return without a line feed");
  }
  if (!at_end && strchr(",\r\n", next) == NULL) {
    return fail_cell(in, in->line, "text after the closing quote");
  }
  if (in->table->columns > 0 && in->cells == in->table->columns) {
    return fail(in->error, "%s: line %zu: more cells than the %zu columns of the header",
                in->table->path, line, in->table->columns);
  }
  *last = next != ',';
  in->line += *last;
  if (!at_end) in->at += next == '\r' ? 2 : 1;
  *stop = '\0';
  for (const char *at = start; at < stop;) {
    uint32_t character;
    if (!take_character(&at, &character)) return fail_cell(in, line, "this is not UTF-8 text");
  }
  in->row[in->cells++] = start;
  return true;
}

static bool read_row(reader *in) {
  size_t line = in->line, columns = in->table->columns;
  in->cells = 0;
  for (bool last = false; !last;) {
    if (!read_cell(in, &last)) return false;
  }
  in->row += in->cells;
  if (in->cells < columns) {
    return fail(in->error, "%s: line %zu: %zu of %zu cells, the one of column '%.*s' is missing",
                in->table->path, line, in->cells, columns,
                clip_text(csv_name(in->table, in->cells), SHOWN), csv_name(in->table, in->cells));
  }
  return true;
}

static bool read_header(reader *in) {
  csv *table = in->table;
  size_t line = in->line;
  if (!read_row(in)) return false;
  table->columns = in->cells;
  for (size_t column = 0; column < table->columns; column++) {
    const char *name = csv_name(table, column);
    if (*name == '\0') return fail_column(table, line, column, "it has no name", in->error);
    if ((size_t)csv_find(table, name) < column) {
      return fail_column(table, line, column, "two columns have this name", in->error);
    }
  }
  return true;
}

/* Skips lines of no characters; false at the end of the buffer. */
static bool find_row(reader *in) {
  for (; *in->at == '\n' || (*in->at == '\r' && in->at[1] == '\n'); in->line++) {
    in->at += *in->at == '\r' ? 2 : 1;
  }
  return in->at < in->end;
}

static bool read_table(reader *in) {
  csv *table = in->table;
  if (!find_row(in)) return fail(in->error, "%s: there is no header line", table->path);
  if (!read_header(in)) return false;
  while (find_row(in)) {
    table->lines[table->rows] = in->line;
    if (!read_row(in)) return false;
    table->rows++;
  }
  return true;
}

bool csv_parse(csv *out, const char *path, file_bytes *file, cli_error *error) {
  *out = (csv){.path = path};
  size_t commas = 0, lines = 1;
  for (size_t i = 0; i < file->length; i++) {
    commas += file->data[i] == ',';
    lines += file->data[i] == '\n';
  }
  out->cells = allocate(commas + lines, sizeof *out->cells, error);
  out->lines = allocate(lines, sizeof *out->lines, error);
  reader in = {out, error, file->data, file->data + file->length, 1, out->cells, 0};
  if (file->length >= 3 && memcmp(in.at, "\xEF\xBB\xBF", 3) == 0) in.at += 3;
  if (out->cells != NULL && out->lines != NULL && read_table(&in)) return true;
  csv_free(out);
  return false;
}

void csv_free(csv *table) {
  free(table->cells);
  free(table->lines);
  free(table->members);
  free(table->starts);
  *table = (csv){0};
}

ptrdiff_t csv_find(const csv *table, const char *name) {
  for (size_t column = 0; column < table->columns; column++) {
    if (strcmp(csv_name(table, column), name) == 0) return (ptrdiff_t)column;
  }
  return -1;
}

bool csv_value(const csv *table, size_t row, size_t column, kw_type type, void *out,
               cli_error *error) {
  cli_error problem;
  if (parse_value(type, csv_text(table, row, column), out, &problem)) return true;
  return fail_column(table, table->lines[row], column, problem.text, error);
}

typedef struct member { /* a row of one of several tables */
  const char *text;
  size_t first, order; /* of the row where the text appears first, of this one: in all tables */
  csv *table;
  size_t row;
} member;

static int compare_texts(const void *left, const void *right) {
  const member *a = left, *b = right;
  int order = strcmp(a->text, b->text);
  return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static int compare_orders(const void *left, const void *right) {
  const member *a = left, *b = right;
  int order = (a->first > b->first) - (a->first < b->first);
  return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static void list_members(member *out, csv *const *tables, size_t count, const char *column) {
  size_t order = 0;
  for (size_t i = 0; i < count; i++) {
    size_t at = (size_t)csv_find(tables[i], column);
    for (size_t row = 0; row < tables[i]->rows; row++, order++) {
      out[order] = (member){csv_text(tables[i], row, at), order, order, tables[i], row};
    }
  }
}

/* Sorting by text brings a group together and tells where it first appears; sorting by that gives
 * the order wanted. */
static void sort_members(member *members, size_t count) {
  qsort(members, count, sizeof *members, compare_texts);
  for (size_t i = 1; i < count; i++) {
    if (strcmp(members[i - 1].text, members[i].text) == 0) members[i].first = members[i - 1].first;
  }
  qsort(members, count, sizeof *members, compare_orders);
}

static bool allocate_groups(csv *table, size_t groups, cli_error *error) {
  table->members = allocate(table->rows, sizeof *table->members, error);
  if (table->members == NULL) return false;
  table->starts = allocate(groups + 1, sizeof *table->starts, error);
  if (table->starts != NULL) table->starts[0] = 0;
  return table->starts != NULL;
}

static void begin_group(csv *table) {
  size_t start = table->starts[table->groups++];
  table->starts[table->groups] = start;
}

/* Deals sorted rows out to their tables; a table's last start is where its next row goes. */
static void deal_members(csv *const *tables, size_t count, const member *members, size_t rows) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t t = 0; t < count && members[i].first == members[i].order; t++) {
      begin_group(tables[t]);
    }
    csv *table = members[i].table;
    table->members[table->starts[table->groups]++] = members[i].row;
  }
}

bool csv_group(csv *const *tables, size_t count, const char *column, cli_error *error) {
  size_t rows = 0; /* and so many groups at most */
  for (size_t i = 0; i < count; i++) rows += tables[i]->rows;
  for (size_t i = 0; i < count; i++) {
    if (!allocate_groups(tables[i], rows, error)) return false;
  }
  member *members = allocate(rows, sizeof *members, error);
  if (members == NULL) return false;
  list_members(members, tables, count, column);
  sort_members(members, rows);
  deal_members(tables, count, members, rows);
  free(members);
  return true;
}
