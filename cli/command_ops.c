/* kowari ops: the operator table, as it is compiled in. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "kowari_dev.h"
#include "number.h"

/* By kw_dev_attribute.kind. */
static const char *const KINDS[] = {"?",    "integer", "real",  "flag",
                                    "type", "text",    "graph", "integers"};

static void print_flags(int32_t flags) {
  static const char *const FLAGS[] = {
      "may raise",   "may work in place",           "its sizes depend on values",
      "keeps state", "approximate (libm or order)", "takes None"};
  const char *comma = "";
  for (size_t i = 0; i < sizeof FLAGS / sizeof *FLAGS; i++) {
    if ((flags >> i & 1) == 0) continue;
    printf("%s%s", comma, FLAGS[i]);
    comma = ", ";
  }
}

static void print_attribute(const kw_dev_attribute *a) {
  char fallback[NUMBER_SIZE], low[NUMBER_SIZE], high[NUMBER_SIZE];
  bool numeric = a->kind <= 2 || a->kind == 7;
  print_g(fallback, a->fallback, 17);
  print_g(low, a->low, 17);
  print_g(high, a->high, 17);
  printf("%s: %s", a->name, KINDS[a->kind]);
  if (numeric) printf(" from %s to %s", low, high);
  if (isinf(a->fallback)) {
    printf(", required");
  } else {
    printf(", default %s", isnan(a->fallback) ? "None" : fallback);
  }
}

static void print_line(int32_t index, const kw_dev_operator *row) {
  (void)index;
  printf("%4d  %-20s %s\n", (int)row->id, row->name, row->signature);
}

static void print_details(int32_t index, const kw_dev_operator *row) {
  printf("%s  (operator %d, version %d)\n  %s\n", row->name, (int)row->id, (int)row->version,
         row->doc);
  printf("  signature  %s\n", row->signature);
  if (strcmp(row->plan, "none") != 0) printf("  sizes      by the rule '%s'\n", row->plan);
  kw_dev_attribute attribute;
  for (int32_t i = 0; kw_dev_attribute_at(index, i, &attribute) == KW_OK; i++) {
    printf("  attribute  ");
    print_attribute(&attribute);
    (void)putchar('\n');
  }
  if (row->flags != 0) {
    printf("  flags      ");
    print_flags(row->flags);
    (void)putchar('\n');
  }
  printf("  reference  %s\n", row->reference);
}

/* Text in a Markdown table, where a bar would end the cell. */
static void print_cell(const char *text, const char *quote) {
  printf(" %s", quote);
  for (; *text != '\0'; text++) {
    if (*text == '|') (void)putchar('\\');
    (void)putchar(*text);
  }
  printf("%s |", quote);
}

static void print_row(int32_t index, const kw_dev_operator *row) {
  printf("| %d.%d |", (int)row->id, (int)row->version);
  print_cell(row->name, "`");
  print_cell(row->signature, "`");
  const char *separator = " ";
  kw_dev_attribute attribute;
  for (int32_t i = 0; kw_dev_attribute_at(index, i, &attribute) == KW_OK; i++) {
    printf("%s", separator);
    print_attribute(&attribute);
    separator = "; ";
  }
  printf(" |");
  print_cell(row->doc, "");
  (void)putchar(' ');
  print_flags(row->flags);
  printf(" |");
  print_cell(row->reference, "`");
  (void)putchar('\n');
}

/* For a build that has what a model needs, a name a line: src/ops/selected.h says what that means.
 */
static void print_uses_of(const char *names, const char *prefix) {
  while (names != NULL && *names != '\0') {
    size_t length = strcspn(names, "\n");
    printf("#define KW__USE_%s%.*s 0,\n", prefix, (int)length, names);
    names += length + (names[length] != '\0');
  }
}

static int print_uses(const char *path, cli_error *error) {
  kw_model *model;
  if (!open_model(&model, path, 0, error)) return FAILED;
  kw_dev_node node;
  for (int32_t i = 0; kw_dev_node_at(model, i, &node) == KW_OK; i++)
    print_uses_of(node.operator_name, "");
  if (kw_meta(model, "format") != NULL) {
    print_uses_of("TFLITE", "");
    print_uses_of(kw_meta(model, "operators"), "TFLITE_");
    print_uses_of(kw_meta(model, "folded"), "");
  }
  kw_model_free(model);
  return DONE;
}

static int print_table(char **words, cli_error *error) {
  bool markdown = false, uses = false;
  const option options[] = {
      {.name = "--markdown", .flag = &markdown}, {.name = "--uses", .flag = &uses}, {0}};
  const char *name = NULL;
  if (!parse_words(words, options, &name, 0, 1, error)) return USED_WRONGLY;
  if (uses && name != NULL) return print_uses(name, error);
  if (markdown) {
    puts("| id | name | signature | attributes | meaning | flags | reference |");
    puts("|---:|---|---|---|---|---|---|");
  }
  bool found = name == NULL;
  kw_dev_operator row;
  for (int32_t i = 0; kw_dev_operator_at(i, &row) == KW_OK; i++) {
    if (name != NULL && strcmp(name, row.name) != 0) continue;
    found = true;
    (markdown ? print_row : name != NULL ? print_details : print_line)(i, &row);
  }
  if (!found) fail(error, "there is no operator '%s'", name);
  return found ? DONE : FAILED;
}

const command COMMAND_OPS = {"ops", "the operator table",
                             "usage: kowari ops [NAME] [--markdown]\n"
                             "       kowari ops --uses FILE\n\n"
                             "Lists the operators: id, name and signature; of NAME everything.\n"
                             "--markdown prints everything of all as a Markdown table.\n"
                             "--uses prints what FILE needs, as lines for a build that has only\n"
                             "that (KOWARI_MODELS of the CMake build).\n",
                             print_table};
