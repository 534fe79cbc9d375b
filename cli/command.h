/* What the commands share: how each is described and run, its words, models and sessions.
 * A command prints results to stdout; main prints its error to stderr. */
#ifndef KOWARI_CLI_COMMAND_H
#define KOWARI_CLI_COMMAND_H
#include "common.h"
#include "kowari.h"

enum { /* what the program answers to the shell */
       DONE = 0,
       FAILED = 1,
       USED_WRONGLY = 2,
       RUN_FAILED = 3
};

typedef struct command {
  const char *name, *summary, *help;
  /* Words behind the command's name, NULL behind the last.  One of the answers above. */
  int (*run)(char **words, cli_error *error);
} command;

extern const command COMMAND_INSPECT, COMMAND_RUN, COMMAND_CHECK, COMMAND_BENCH, COMMAND_OPS,
    COMMAND_STRIP;

/* An option is a flag, or has a value (once), or has values (as often as wanted). */
typedef struct word_list {
  const char **words;
  size_t count;
} word_list;

typedef struct option {
  const char *name; /* NULL: the list ends */
  bool *flag;
  const char **value;
  word_list *values;
} option;

/* Sorts words into options and files, of which there are `least` to `most`; the rest is NULL.
 * Lists are to be freed also after a failure. */
bool parse_words(char **words, const option *options, const char **files, int least, int most,
                 cli_error *error);
void free_words(word_list *list);
bool parse_count(const option *wanted, int64_t low, int64_t high, int64_t *out, cli_error *error);

/* Fails with what the library says, as in "ValueError: too few beats (score.py:12)". */
bool fail_model(cli_error *error, const kw_error *from);
bool open_model(kw_model **out, const char *path, uint32_t flags, cli_error *error);
/* entry: name of a signature, NULL: the first. */
bool open_session(kw_session **out, kw_model *model, const char *entry, cli_error *error);

/* The inputs or outputs of an entry, which stand side by side. */
typedef struct port_range {
  int32_t first, end;
} port_range;
port_range find_ports(const kw_model *model, kw_kind kind, const char *entry);

/* After KW_CAPACITY makes room for what was missing: true means "call again".  Else, or where there
 * is no room, the status stands. */
bool grow_session(kw_session *session, const kw_model *model, kw_status *status);

/* "f64[beats, 2]" of an input, output or state. */
enum { SHAPE_TEXT_SIZE = 256 };
void describe_shape(char out[SHAPE_TEXT_SIZE], const kw_model *model, const kw_info *info);
bool find_file_size(int64_t *out, const char *path, cli_error *error);
#endif
