/* .tflite files as they should not be: they ask for too much, lie where they must not, end early,
 * have any byte changed, or find no memory.  Each ends with a status, and leaks nothing. */
#include "corpus.h"
#include "exercise.h"
#include "flatbuffer.h"
#include "tflite/schema.h"

static const char *folder;

typedef struct file {
  union {
    uint64_t align;
    uint8_t data[32768];
  } at;
  size_t bytes;
} file;

static const file *read_file(const char *name) {
  static file f;
  char path[1200];
  snprintf(path, sizeof path, "%s/%s.tflite", folder, name);
  FILE *in = fopen(path, "rb");
  f.bytes = in ? fread(f.at.data, 1, sizeof f.at.data, in) : 0;
  if (in) fclose(in);
  if (f.bytes == 0 || f.bytes == sizeof f.at.data) {
    printf("%s: cannot be read\n", path);
    exit(EXIT_FAILURE);
  }
  return &f;
}

/* Small files of many kinds: branches and loops, variables, networks, layers of int8. */
static const char *const kinds[] = {"hostile/endless", "57014006bfe2", "505ee4fae7fa",
                                    "ee939863195c"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* ---- too much ---- */
/* What opening says, or a session, or a run. */
static kw_status use(const char *name, kw_error *error) {
  const file *f = read_file(name);
  kw_model *model;
  kw_session *session;
  kw_status status = kw_load(&model, f->at.data, f->bytes, NULL, NULL, error);
  if (status) return status;
  const kw_options options = {.bytes = sizeof options, .max_steps = 10000};
  status = kw_session_new(&session, model, &options, error);
  kw_model_free(model);
  if (status) return status;
  int64_t size[KW_MAX_RANK] = {1};
  void *data;
  kw_info info;
  kw_describe(model, KW_INPUT, 0, &info);
  status = kw_input(session, 0, size, info.rank, &data);
  if (!status) memset(data, 0, kw__type_bytes(info.type));
  if (!status) status = kw_run(session);
  *error = *kw_session_error(session);
  kw_session_free(session);
  return status;
}

static void too_much_is_refused(void) {
  kw_error error;
  CHECK_EQUAL(use("hostile/endless", &error), KW_LIMIT);
  CHECK(strstr(error.message, "step limit"));
  CHECK_EQUAL(use("hostile/cycle", &error), KW_UNSUPPORTED);
  CHECK(strstr(error.message, "deeper than 32"));
  CHECK_EQUAL(use("hostile/crowd", &error), KW_UNSUPPORTED);
  CHECK(strstr(error.message, "nodes"));
  CHECK_EQUAL(use("hostile/terabytes", &error), KW_NO_MEMORY);
  CHECK(error.needed > 0);
  CHECK_EQUAL(use("hostile/wide", &error), KW_NO_MEMORY);
  CHECK(error.needed > 0);
}

/* ---- where a file may lie ---- */
static void alignment_is_four_bytes(void) {
  static union {
    uint64_t align;
    uint8_t bytes[40000];
  } room;
  const file *f = read_file("57014006bfe2");
  for (size_t offset = 0; offset < 8; offset++) {
    kw_model *model;
    kw_error error;
    memcpy(room.bytes + offset, f->at.data, f->bytes);
    kw_status status = kw_load(&model, room.bytes + offset, f->bytes, NULL, NULL, &error);
    CHECK_EQUAL(status, offset % 4 ? KW_ALIGNMENT : KW_OK);
    kw_model_free(model);
    const kw_options copy = {.bytes = sizeof copy, .flags = KW_COPY};
    CHECK_EQUAL(kw_load(&model, room.bytes + offset, f->bytes, NULL, &copy, &error), KW_OK);
    kw_model_free(model);
  }
}

/* ---- damage ---- */
static void every_end_and_every_byte(void) {
  int64_t opened = 0, refused = 0;
  for (int32_t k = 0; k < KINDS; k++) {
    const file *f = read_file(kinds[k]);
    static file changed;
    changed = *f;
    CHECK_EQUAL(exercise_file(changed.at.data, f->bytes, 0), KW_OK);
    for (size_t end = 0; end < f->bytes; end += 1 + end / 64)
      exercise_file(changed.at.data, end, KW_COPY) ? refused++ : opened++;
    for (size_t i = 0; i < f->bytes; i++) {
      static const uint8_t flips[] = {0x01, 0x80, 0xFF};
      for (size_t way = 0; way < sizeof flips; way++) {
        changed.at.data[i] ^= flips[way];
        exercise_file(changed.at.data, f->bytes, 0) ? refused++ : opened++;
        changed.at.data[i] ^= flips[way];
      }
    }
  }
  printf("%" PRId64 " damaged files refused, %" PRId64 " used\n", refused, opened);
  CHECK(refused > 1000 && opened > 1000);
}

/* Names that are no UTF-8, in files that are damaged elsewhere: exercise.h looks at every error. */
static void spoil_names(file *f) {
  kw__fb bytes = {.data = f->at.data, .size = (uint32_t)f->bytes};
  kw__fb_table model = kw__fb_root(&bytes);
  kw__fb_vector subgraphs = kw__fb_vector_of(&model, MODEL_SUBGRAPHS, 4);
  kw__fb_table subgraph = kw__fb_table_of(&subgraphs, 0);
  kw__fb_vector tensors = kw__fb_vector_of(&subgraph, SUBGRAPH_TENSORS, 4);
  for (uint32_t i = 0; i < tensors.count; i++) {
    kw__fb_table tensor = kw__fb_table_of(&tensors, i);
    kw__fb_vector name = kw__fb_vector_of(&tensor, TENSOR_NAME, 1);
    if (name.count) f->at.data[name.at] = 0xFF;
  }
}

static void names_are_text_or_nothing(void) {
  static file spoilt;
  spoilt = *read_file("ee939863195c");
  spoil_names(&spoilt);
  CHECK_EQUAL(exercise_file(spoilt.at.data, spoilt.bytes, 0), KW_OK);
  for (size_t i = 0; i < spoilt.bytes; i++) {
    spoilt.at.data[i] ^= 0x01;
    exercise_file(spoilt.at.data, spoilt.bytes, 0);
    spoilt.at.data[i] ^= 0x01;
  }
}

/* ---- memory ---- */
static void every_request_may_fail(void) {
  for (int32_t k = 0; k < KINDS; k++) {
    const file *f = read_file(kinds[k]);
    ledger l;
    const kw_allocator allocator = count_with(&l);
    const kw_options options = options_with(&allocator, 0);
    kw_status status = KW_NO_MEMORY;
    for (int64_t n = 0; status && n < 1000; n++) {
      kw_model *model;
      kw_session *session;
      kw_error error;
      l.calls = 0;
      l.fail_at = n;
      status = kw_load(&model, f->at.data, f->bytes, NULL, &options, &error);
      if (!status) {
        status = kw_session_new(&session, model, &options, &error);
        kw_session_free(session);
      }
      kw_model_free(model);
      CHECK_EQUAL(l.live, 0);
      CHECK_EQUAL(status, l.calls > n ? KW_NO_MEMORY : KW_OK);
    }
    CHECK_EQUAL(status, KW_OK);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    printf("usage: test_tflite FOLDER_OF_HOSTILE_FILES FOLDER_OF_TFLITE_FILES\n");
    return EXIT_FAILURE;
  }
  corpus_folder = argv[1];
  folder = argv[2];
  RUN(too_much_is_refused);
  RUN(alignment_is_four_bytes);
  RUN(every_end_and_every_byte);
  RUN(names_are_text_or_nothing);
  RUN(every_request_may_fail);
  return finish();
}
