/* The inputs of all runs: what the words of the command line say, and the groups of --each. */
#ifndef KOWARI_CLI_INPUTS_H
#define KOWARI_CLI_INPUTS_H
#include "feed.h"

typedef struct inputs {
  const kw_model *model;
  const char *each; /* the column whose equal values make groups, or NULL */
  port_range ports; /* of the entry */
  feed *feeds;      /* by input */
  source **sources;
  size_t source_count;
  csv **cut; /* the tables that --each cuts up */
  size_t cut_count, group_count;
  void *room; /* for the rows of one group of one input */
} inputs;

/* files and sets: NAME=PATH and NAME=VALUE.  To be freed also after a failure. */
bool read_inputs(inputs *out, const kw_model *model, const word_list *files, const word_list *sets,
                 const char *each, const char *entry, cli_error *error);
void free_inputs(inputs *in);

/* Sets what stays the same in all runs; then, before each run, what its group changes. */
bool set_constant_inputs(const inputs *in, kw_session *session, cli_error *error);
bool set_group_inputs(const inputs *in, kw_session *session, size_t group, cli_error *error);
const char *name_group(const inputs *in, size_t group);
#endif
