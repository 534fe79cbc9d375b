/* The value of one input, on its way from a file or from --set into a session.  It is converted as
 * a whole before the first run, so that a bad cell is told while nothing has been computed. */
#ifndef KOWARI_CLI_FEED_H
#define KOWARI_CLI_FEED_H
#include "command.h"
#include "csv.h"
#include "npy.h"

typedef struct source { /* a file, however many inputs it feeds */
  const char *path;
  file_bytes file;
  csv table;               /* .csv */
  npy array;               /* .npy */
  bool is_table, is_whole; /* whole: a column that no input takes is an error */
  bool *taken;             /* [table.columns] */
} source;

typedef struct feed {
  bool given;
  kw_type type;
  int32_t rank;
  int64_t size[KW_MAX_RANK]; /* of a column: rows and 1, also for an input of rank 0 */
  const void *data;          /* NULL: None */
  void *owned;               /* data, unless it is a source's */
  const source *from;        /* NULL: --set */
  size_t column;             /* the first one of a table */
} feed;

typedef struct row_set { /* rows of a table: those listed, or the first `count` */
  const size_t *rows;
  size_t count;
} row_set;

bool open_source(source *out, const char *path, cli_error *error);
void close_source(source *in);

/* A table feeds an input of rank 0 or 1 by the column of its name, or by the only one besides that
 * of --each; one of rank 2 by the columns that the model's note "columns:NAME" lists, or by all. */
bool feed_table(feed *out, const kw_model *model, const kw_info *info, source *from,
                const char *each, cli_error *error);
bool feed_column(feed *out, const kw_info *info, source *from, size_t column, cli_error *error);
void feed_array(feed *out, const source *from);
/* The value, for rank 1 a list with commas, "none" where the input is optional. */
bool feed_text(feed *out, const kw_info *info, const char *text, cli_error *error);
bool fail_column_missing(cli_error *error, const source *from, const char *name,
                         const kw_info *info);

/* Sets the input from these rows of its table; other values are set as they are.  An input of rank
 * 0 takes the value that all rows have.  The room is for the rows, if they are listed. */
bool send_feed(const feed *in, kw_session *session, const kw_model *model, int32_t index,
               row_set rows, void *room, cli_error *error);
size_t count_row_bytes(const feed *in);
#endif
