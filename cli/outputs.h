/* The outputs of all runs: a CSV table on stdout, or a folder of .npy files and one table. */
#ifndef KOWARI_CLI_OUTPUTS_H
#define KOWARI_CLI_OUTPUTS_H
#include <stdio.h>

#include "command.h"

typedef struct outputs {
  kw_session *session;
  const kw_model *model;
  port_range ports;        /* of the entry */
  const char *each;        /* names the first column, or NULL */
  const char *directory;   /* NULL: everything goes into the table */
  int precision;           /* digits of "%g", or 0: as many as bring the number back */
  FILE *table;             /* NULL: there is none */
  int columns;             /* of the table */
  bool has_header, in_row; /* have been begun */
} outputs;

/* To be closed only after success. */
bool open_outputs(outputs *out, cli_error *error);
bool close_outputs(outputs *out, cli_error *error);

/* Writes what a good run gave.  The group is its value in the column of --each, or NULL; `run`
 * counts from 0. */
bool write_outputs(outputs *out, const char *group, size_t run, cli_error *error);
/* The row of a run that failed: its group, then empty cells. */
void write_failure(outputs *out, const char *group);
#endif
