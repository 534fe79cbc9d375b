/* Words, models and sessions for all commands. */
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kowari_dev.h"
#include "number.h"
#include "value.h"

static bool take_option(const option *wanted, char ***at, cli_error *error) {
  if (wanted->flag != NULL) {
    *wanted->flag = true;
    return true;
  }
  const char *value = *++*at;
  if (value == NULL) return fail(error, "%s needs a value", wanted->name);
  if (wanted->values != NULL) {
    word_list *list = wanted->values;
    const char **words = resize(list->words, list->count + 1, sizeof *words, error);
    if (words == NULL) return false;
    list->words = words;
    words[list->count++] = value;
    return true;
  }
  if (*wanted->value != NULL) return fail(error, "%s is given twice", wanted->name);
  *wanted->value = value;
  return true;
}

bool parse_words(char **words, const option *options, const char **files, int least, int most,
                 cli_error *error) {
  int count = 0;
  for (int i = 0; i < most; i++) files[i] = NULL;
  for (char **at = words; *at != NULL; at++) {
    const option *found = options;
    while (found->name != NULL && strcmp(found->name, *at) != 0) found++;
    if (found->name != NULL) {
      if (!take_option(found, &at, error)) return false;
    } else if (strncmp(*at, "--", 2) == 0) {
      return fail(error, "unknown option '%s'", *at);
    } else if (count == most) {
      return fail(error, "'%s' is one word too many", *at);
    } else {
      files[count++] = *at;
    }
  }
  return count >= least ? true : fail(error, "a file must be given");
}

void free_words(word_list *list) { free(list->words); }

bool parse_count(const option *wanted, int64_t low, int64_t high, int64_t *out, cli_error *error) {
  const char *text = *wanted->value;
  if (text == NULL) return true;
  if (parse_i64(text, strlen(text), out) == PARSE_GOOD && *out >= low && *out <= high) return true;
  return fail(error, "%s '%s' is not a number from %" PRId64 " to %" PRId64, wanted->name, text,
              low, high);
}

bool fail_model(cli_error *error, const kw_error *from) {
  char where[sizeof from->file + NUMBER_SIZE] = "";
  if (from->line > 0 && from->file[0] != '\0') {
    (void)snprintf(where, sizeof where, " (%s:%d)", from->file, (int)from->line);
  }
  const char *kind = from->type[0] != '\0' ? from->type : kw_status_text(from->status);
  if (from->message[0] == '\0') return fail(error, "%s%s", kind, where);
  return fail(error, "%s: %s%s", kind, from->message, where);
}

bool open_model(kw_model **out, const char *path, uint32_t flags, cli_error *error) {
  kw_error from;
  cli_error reason;
  kw_options options = {.bytes = sizeof options, .flags = flags};
  if (kw_open(out, path, &options, &from) == KW_OK) return true;
  fail_model(&reason, &from);
  return fail(error, "%s: %s", path, reason.text);
}

bool open_session(kw_session **out, kw_model *model, const char *entry, cli_error *error) {
  kw_error from;
  kw_options options = {.bytes = sizeof options, .entry = entry};
  return kw_session_new(out, model, &options, &from) == KW_OK ? true : fail_model(error, &from);
}

port_range find_ports(const kw_model *model, kw_kind kind, const char *entry) {
  port_range range = {0, 0};
  kw_dev_port port;
  for (int32_t i = 0; kw_dev_port_at(model, kind, i, &port) == KW_OK; i++) {
    if (entry == NULL ? !port.first : strcmp(port.entry, entry) != 0) continue;
    if (range.end == 0) range.first = i;
    range.end = i + 1;
  }
  return range;
}

/* Room for twice as much: a size that grows by one a run would take as many runs. */
bool grow_session(kw_session *session, const kw_model *model, kw_status *status) {
  if (*status != KW_CAPACITY) return false;
  kw_error from = *kw_session_error(session);
  kw_info info;
  int32_t index = kw_find(model, KW_SIZE, from.name);
  if (kw_describe(model, KW_SIZE, index, &info) != KW_OK) return false;
  int64_t wish = from.needed <= INT64_MAX / 2 ? 2 * from.needed : from.needed;
  if (info.size[1] >= from.needed && info.size[1] < wish) wish = info.size[1];

  cli_error ignored;
  int64_t *capacity = allocate((size_t)index + 1, sizeof *capacity, &ignored);
  if (capacity == NULL) return false;
  memset(capacity, 0, (size_t)index * sizeof *capacity); /* 0: stays */
  capacity[index] = wish;
  *status = kw_grow(session, capacity, index + 1);
  free(capacity);
  return *status == KW_OK;
}

void describe_shape(char out[SHAPE_TEXT_SIZE], const kw_model *model, const kw_info *info) {
  name_type(out, info->type);
  size_t length = strlen(out);
  for (int32_t d = 0; d < info->rank && length < SHAPE_TEXT_SIZE; d++) {
    kw_info size;
    char number[NUMBER_SIZE];
    const char *name = number;
    (void)snprintf(number, sizeof number, "%" PRId64, info->size[d]);
    if (kw_describe(model, KW_SIZE, info->symbol[d], &size) == KW_OK) name = size.name;
    length +=
        (size_t)snprintf(out + length, SHAPE_TEXT_SIZE - length, "%s%.*s%s", d == 0 ? "[" : ", ",
                         clip_text(name, 24), name, d + 1 == info->rank ? "]" : "");
  }
}

bool find_file_size(int64_t *out, const char *path, cli_error *error) {
  FILE *file = fopen(path, "rb");
  bool good = file != NULL && fseek(file, 0, SEEK_END) == 0;
  *out = good ? ftell(file) : -1;
  if (file != NULL) fclose(file);
  return *out >= 0 ? true : fail(error, "%s: cannot read: %s", path, strerror(errno));
}
