/* Finds the input that a word names, sees to it that each is given once, and cuts up --each. */
#include "inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file that feeds several inputs is read once. */
static source *find_source(inputs *in, const char *path, cli_error *error) {
  for (size_t i = 0; i < in->source_count; i++) {
    if (strcmp(in->sources[i]->path, path) == 0) return in->sources[i];
  }
  source **sources = resize(in->sources, in->source_count + 1, sizeof *sources, error);
  if (sources == NULL) return NULL;
  in->sources = sources;
  source *new = allocate(1, sizeof *new, error);
  if (new == NULL) return NULL;
  sources[in->source_count++] = new;
  return open_source(new, path, error) ? new : NULL;
}

/* ---- names ---- */
static kw_info describe_input(const kw_model *model, int32_t index) {
  kw_info info;
  (void)kw_describe(model, KW_INPUT, index, &info);
  return info;
}

/* Splits NAME=VALUE at the '=' behind the name of an input, which may hold '=' itself.  -1: there
 * is no such input; the length is then that of the word up to its first '='. */
static int32_t split_word(const inputs *in, const char *word, size_t *length) {
  *length = strcspn(word, "=");
  for (size_t end = *length; word[end] == '='; end += 1 + strcspn(word + end + 1, "=")) {
    for (int32_t i = in->ports.first; i < in->ports.end; i++) {
      kw_info info = describe_input(in->model, i);
      if (strlen(info.name) != end || strncmp(info.name, word, end) != 0) continue;
      *length = end;
      return i;
    }
  }
  return -1;
}

/* Appends the inputs that are set or not, with their types; what does not fit is left out. */
static void list_inputs(char *out, size_t size, const inputs *in, bool all) {
  size_t used = 0;
  for (int32_t i = in->ports.first; i < in->ports.end; i++) {
    kw_info info = describe_input(in->model, i);
    char shape[SHAPE_TEXT_SIZE], item[2 * SHAPE_TEXT_SIZE];
    if (!all && (in->feeds[i].given || info.optional)) continue;
    describe_shape(shape, in->model, &info);
    (void)snprintf(item, sizeof item, "%s%.*s %s", used == 0 ? "" : ", ", clip_text(info.name, 64),
                   info.name, shape);
    bool fits = used + strlen(item) + sizeof ", ..." < size;
    used += (size_t)snprintf(out + used, size - used, "%s", fits ? item : ", ...");
    if (!fits) return;
  }
}

static bool fail_name(const inputs *in, const char *flag, const char *word, size_t length,
                      cli_error *error) {
  char names[512] = "none";
  if (word[length] != '=') {
    return fail(error, "%s '%s': must be NAME=%s", flag, word,
                strcmp(flag, "--set") == 0 ? "VALUE" : "PATH");
  }
  list_inputs(names, sizeof names, in, true);
  return fail(error, "%s: there is no input '%.*s'; there are: %s", flag, (int)length, word, names);
}

static bool check_once(const inputs *in, int32_t index, cli_error *error) {
  if (!in->feeds[index].given) return true;
  return fail(error, "input '%s' is given twice", describe_input(in->model, index).name);
}

/* ---- words ---- */
static bool feed_input(inputs *in, int32_t index, const char *path, cli_error *error) {
  if (!check_once(in, index, error)) return false;
  kw_info info = describe_input(in->model, index);
  source *from = find_source(in, path, error);
  if (from == NULL) return false;
  if (from->is_table) {
    return feed_table(&in->feeds[index], in->model, &info, from, in->each, error);
  }
  feed_array(&in->feeds[index], from);
  return true;
}

/* One input "PREFIX.COLUMN" from that column. */
static bool feed_member(inputs *in, int32_t index, size_t prefix, const char *path,
                        cli_error *error) {
  if (!check_once(in, index, error)) return false;
  kw_info info = describe_input(in->model, index);
  source *from = find_source(in, path, error);
  if (from == NULL) return false;
  if (!from->is_table) {
    return fail(error, "%s: '%.*s' has columns, give a .csv file", path, (int)prefix, info.name);
  }
  from->is_whole = true;
  const char *name = info.name + prefix + 1;
  ptrdiff_t column = csv_find(&from->table, name);
  if (column < 0) return fail_column_missing(error, from, name, &info);
  return feed_column(&in->feeds[index], &info, from, (size_t)column, error);
}

static bool take_file(inputs *in, const char *word, cli_error *error) {
  size_t length;
  int32_t index = split_word(in, word, &length);
  const char *path = word + length + 1;
  if (index >= 0) return feed_input(in, index, path, error);
  bool any = false;
  for (int32_t i = in->ports.first; i < in->ports.end && word[length] == '='; i++) {
    const char *name = describe_input(in->model, i).name;
    if (strncmp(name, word, length) != 0 || name[length] != '.') continue;
    if (!feed_member(in, i, length, path, error)) return false;
    any = true;
  }
  return any ? true : fail_name(in, "--input", word, length, error);
}

static bool take_set(inputs *in, const char *word, cli_error *error) {
  size_t length;
  int32_t index = split_word(in, word, &length);
  if (index < 0) return fail_name(in, "--set", word, length, error);
  if (!check_once(in, index, error)) return false;
  kw_info info = describe_input(in->model, index);
  cli_error reason;
  if (feed_text(&in->feeds[index], &info, word + length + 1, &reason)) return true;
  return fail(error, "--set %s: %s", info.name, reason.text);
}

/* ---- all of them ---- */
static bool check_all_given(const inputs *in, cli_error *error) {
  char names[768] = "";
  list_inputs(names, sizeof names, in, false);
  return names[0] == '\0' ? true : fail(error, "inputs not given: %s", names);
}

/* Of a table that an input takes as a whole, every column must have been taken. */
static bool check_columns(const inputs *in, cli_error *error) {
  for (size_t i = 0; i < in->source_count; i++) {
    const source *from = in->sources[i];
    for (size_t c = 0; from->is_whole && c < from->table.columns; c++) {
      const char *name = csv_name(&from->table, c);
      if (from->taken[c] || (in->each != NULL && strcmp(in->each, name) == 0)) continue;
      return fail(error, "%s: column '%s' is extra: no input takes it", from->path, name);
    }
  }
  return true;
}

static bool is_cut(const feed *one) { return one->from != NULL && one->from->table.groups > 0; }

/* Every table with the column of --each is cut up. */
static bool find_groups(inputs *in, cli_error *error) {
  if (in->each == NULL) return true;
  in->cut = allocate(in->source_count, sizeof *in->cut, error);
  if (in->cut == NULL) return false;
  size_t rows = 0, bytes = 0;
  for (size_t i = 0; i < in->source_count; i++) {
    source *from = in->sources[i];
    if (!from->is_table || csv_find(&from->table, in->each) < 0) continue;
    in->cut[in->cut_count++] = &from->table;
    if (from->table.rows > rows) rows = from->table.rows;
  }
  if (in->cut_count == 0) {
    return fail(error, "--each: no .csv file of --input has a column '%s'", in->each);
  }
  if (rows == 0) {
    return fail(error, "%s: there are no rows for --each", in->cut[0]->path);
  }
  if (!csv_group(in->cut, in->cut_count, in->each, error)) return false;
  in->group_count = in->cut[0]->groups;

  for (int32_t i = in->ports.first; i < in->ports.end; i++) {
    const feed *one = &in->feeds[i];
    if (is_cut(one) && count_row_bytes(one) > bytes) bytes = count_row_bytes(one);
  }
  in->room = allocate(rows, bytes, error);
  return in->room != NULL;
}

bool read_inputs(inputs *out, const kw_model *model, const word_list *files, const word_list *sets,
                 const char *each, const char *entry, cli_error *error) {
  *out = (inputs){.model = model, .each = each, .ports = find_ports(model, KW_INPUT, entry)};
  size_t count = (size_t)out->ports.end;
  out->feeds = allocate(count, sizeof *out->feeds, error);
  if (out->feeds == NULL) return false;
  for (size_t i = 0; i < count; i++) out->feeds[i] = (feed){0};
  for (size_t i = 0; i < files->count; i++) {
    if (!take_file(out, files->words[i], error)) return false;
  }
  for (size_t i = 0; i < sets->count; i++) {
    if (!take_set(out, sets->words[i], error)) return false;
  }
  return check_all_given(out, error) && check_columns(out, error) && find_groups(out, error);
}

void free_inputs(inputs *in) {
  for (int32_t i = 0; in->feeds != NULL && i < in->ports.end; i++) {
    free(in->feeds[i].owned);
  }
  for (size_t i = 0; i < in->source_count; i++) {
    close_source(in->sources[i]);
    free(in->sources[i]);
  }
  free(in->feeds);
  free(in->sources);
  free(in->cut);
  free(in->room);
}

/* Sends the feeds that --each does not cut up. */
bool set_constant_inputs(const inputs *in, kw_session *session, cli_error *error) {
  for (int32_t i = in->ports.first; i < in->ports.end; i++) {
    const feed *one = &in->feeds[i];
    if (!one->given || is_cut(one)) continue;
    row_set all = {NULL, one->from != NULL ? one->from->table.rows : 0};
    if (!send_feed(one, session, in->model, i, all, in->room, error)) return false;
  }
  return true;
}

bool set_group_inputs(const inputs *in, kw_session *session, size_t group, cli_error *error) {
  for (int32_t i = in->ports.first; i < in->ports.end; i++) {
    const feed *one = &in->feeds[i];
    if (!one->given || !is_cut(one)) continue;
    const csv *table = &one->from->table;
    size_t start = table->starts[group];
    row_set rows = {table->members + start, table->starts[group + 1] - start};
    if (!send_feed(one, session, in->model, i, rows, in->room, error)) return false;
  }
  return true;
}

const char *name_group(const inputs *in, size_t group) {
  size_t i = 0;
  while (in->cut[i]->starts[group] == in->cut[i]->starts[group + 1]) i++; /* one has a row */
  const csv *table = in->cut[i];
  return csv_text(table, table->members[table->starts[group]], (size_t)csv_find(table, in->each));
}
