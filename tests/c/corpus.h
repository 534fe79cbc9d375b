/* The files of tests/hostile/corpus for the C tests, which get the folder as their argument, and an
 * allocator that knows what it gave: it counts, fails on demand, and stops the program where a size
 * it is told is not the one it gave. */
#ifndef KOWARI_CORPUS_H
#define KOWARI_CORPUS_H
#include "../../include/kowari_dev.h"
#include "test.h"

/* Names of all files, as make_corpus.py writes them. */
#define CORPUS(X) \
  X(selection) X(calls) X(deep) X(texts) X(state) X(forests) X(shapes) X(types) X(control) X(turns)

typedef struct corpus_file {
  char path[1024];
  size_t bytes;
  union {
    uint64_t align;
    uint8_t data[8192];
  } at;
} corpus_file;

static const char *corpus_folder;

static const corpus_file *read_corpus(const char *name) {
  static corpus_file file;
  snprintf(file.path, sizeof file.path, "%s/%s.kow", corpus_folder, name);
  FILE *in = fopen(file.path, "rb");
  file.bytes = in ? fread(file.at.data, 1, sizeof file.at.data, in) : 0;
  if (in) fclose(in);
  if (file.bytes == 0 || file.bytes == sizeof file.at.data) {
    printf("%s: cannot be read\n", file.path);
    exit(EXIT_FAILURE);
  }
  return &file;
}

/* ---- the allocator ---- */
typedef struct ledger {
  int64_t live, calls, fail_at; /* blocks; requests so far; the request that fails, -1: none */
} ledger;

static void *ledger_resize(void *context, void *old, size_t old_size, size_t size) {
  enum {
    HEAD = 64
  }; /* keeps the alignment of malloc, and more than that of any read before a block */
  ledger *l = context;
  char *block = old ? (char *)old - HEAD : NULL;
  if (old && memcmp(block, &old_size, sizeof old_size) != 0) {
    printf("a block was given back with size %zu, which it does not have\n", old_size);
    abort();
  }
  if (size == 0) {
    l->live -= old != NULL;
    free(block);
    return NULL;
  }
  if (l->calls++ == l->fail_at) return NULL;
  block = realloc(block, size + HEAD);
  if (!block) abort();
  memcpy(block, &size, sizeof size);
  l->live += old == NULL;
  if (!old) memset(block + HEAD, 0xA5, size); /* nothing may count on zeros */
  return block + HEAD;
}

static inline kw_allocator count_with(ledger *l) {
  *l = (ledger){.fail_at = -1};
  return (kw_allocator){ledger_resize, l};
}

static inline kw_options options_with(const kw_allocator *allocator, uint32_t flags) {
  return (kw_options){.bytes = sizeof(kw_options), .flags = flags, .allocator = allocator};
}

/* ---- a model of the corpus, as it is ---- */
static inline kw_model *load_corpus(const char *name, const kw_options *options) {
  const corpus_file *file = read_corpus(name);
  kw_options copy = options ? *options : (kw_options){.bytes = sizeof copy};
  copy.flags |= KW_COPY;
  kw_model *model;
  kw_error error;
  if (kw_load(&model, file->at.data, file->bytes, NULL, &copy, &error) == KW_OK) return model;
  printf("%s: %s\n", file->path, error.message);
  exit(EXIT_FAILURE);
}

static inline kw_session *new_session(kw_model *model, const kw_options *options) {
  kw_session *session;
  kw_error error;
  if (kw_session_new(&session, model, options, &error) == KW_OK) return session;
  printf("no session: %s\n", error.message);
  exit(EXIT_FAILURE);
}

/* A session with the first row of examples set; the model lives as long as it. */
static inline kw_session *begin_corpus(const char *name, const kw_options *options) {
  kw_model *model = load_corpus(name, NULL);
  kw_session *session = new_session(model, options);
  kw_model_free(model);
  CHECK_EQUAL(kw_dev_set_example(session, 0), KW_OK);
  return session;
}

#endif
