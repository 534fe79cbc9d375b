/* A CSV table in memory: RFC 4180 with a header line, every cell a text inside the buffer.
 * What is wrong is said with file, physical line and column, since people edit these files. */
#ifndef KOWARI_CLI_CSV_H
#define KOWARI_CLI_CSV_H
#include <stdint.h>

#include "common.h"
#include "kowari.h"

typedef struct csv {
  const char *path; /* for messages; borrowed, like the buffer */
  size_t columns, rows;
  char **cells;  /* the header, then [rows, columns]; each ends in NUL */
  size_t *lines; /* [rows]: where each row starts, from 1 */
  size_t groups; /* of csv_group; group g is the rows members[starts[g]] to [starts[g + 1] - 1] */
  size_t *members, *starts; /* [rows], [groups + 1] */
} csv;

/* Cuts file->data into cells, in place; it must outlive the table.  LF or CRLF, at the end
 * optional; a byte order mark and lines of no characters are skipped. */
bool csv_parse(csv *out, const char *path, file_bytes *file, cli_error *error);
void csv_free(csv *table);

const char *csv_name(const csv *table, size_t column);
const char *csv_text(const csv *table, size_t row, size_t column);
ptrdiff_t csv_find(const csv *table, const char *name); /* -1: no such column */

/* A cell as a value of a type, as parse_value makes it. */
bool csv_value(const csv *table, size_t row, size_t column, kw_type type, void *out,
               cli_error *error);

/* Groups the rows of tables that all have the column: rows of equal text in it are one group, in
 * order of first appearance, one table after the other.  All get the same groups; of some of them a
 * table may have no row. */
bool csv_group(csv *const *tables, size_t count, const char *column, cli_error *error);
#endif
