/* Opening what is no model: each wrong path, file, range and address is a status and a sentence,
 * never a crash or a leak (an allocator that counts sees to that). */
#include "internal.h"
#include "test.h"

#if !defined(_WIN32)
#include <fcntl.h>
#include <unistd.h>
#endif

static const char *program; /* a file that surely exists and is no model */
static const char scratch[] = "test_open.tmp";

static int64_t live_blocks;
static void *count_resize(void *context, void *old, size_t old_size, size_t size) {
  (void)context, (void)old_size;
  if (old) live_blocks--;
  if (size == 0) return free(old), NULL;
  live_blocks++;
  return realloc(old, size);
}
static const kw_allocator counting = {count_resize, NULL};

static kw_options with(uint32_t flags) {
  return (kw_options){.bytes = sizeof(kw_options), .flags = flags, .allocator = &counting};
}

/* Every refusal gives no model, fills the error, and keeps nothing. */
static void expect_refusal(kw_status must, kw_status is, kw_model *model, const kw_error *error) {
  CHECK_EQUAL(is, must);
  CHECK_EQUAL(error->status, must);
  CHECK(error->message[0] != 0);
  CHECK_EQUAL(error->node, -1);
  CHECK(model == NULL);
  CHECK_EQUAL(live_blocks, 0);
}

static void expect_open(kw_status must, const char *path) {
  for (uint32_t flags = 0; flags <= (KW_COPY | KW_DIGEST); flags++) {
    kw_options options = with(flags);
    kw_model *model = (kw_model *)&model;
    kw_error error;
    kw_status is = kw_open(&model, path, &options, &error);
    expect_refusal(must, is, model, &error);
    model = (kw_model *)&model;
    CHECK_EQUAL(kw_open(&model, path, &options, NULL), must); /* nobody asks why */
    CHECK(model == NULL);
  }
}

static void expect_load(kw_status must, const void *data, size_t bytes, uint32_t flags) {
  kw_options options = with(flags);
  kw_model *model = (kw_model *)&model;
  kw_error error;
  kw_status is = kw_load(&model, data, bytes, NULL, &options, &error);
  expect_refusal(must, is, model, &error);
}

static bool write_scratch(const void *data, size_t bytes) {
  FILE *file = fopen(scratch, "wb");
  if (!file) return false;
  bool good = fwrite(data, 1, bytes, file) == bytes;
  return fclose(file) == 0 && good;
}

static void missing_file(void) {
  expect_open(KW_IO, "no/such/file.kow");
  expect_open(KW_IO, "");
  expect_open(KW_ARGUMENT, NULL);
}

static void folder(void) { expect_open(KW_IO, "."); }

static void empty_file(void) {
  REQUIRE(write_scratch("", 0));
  expect_open(KW_IO, scratch);
}

static void short_file(void) {
  REQUIRE(write_scratch(KW__MAGIC, 8));
  expect_open(KW_FORMAT, scratch);
}

static void other_file(void) { expect_open(KW_FORMAT, program); }

static void text_mode_transfer(void) {
  char data[256] = "KOWARI\n";
  expect_load(KW_FORMAT, data, sizeof data, 0);
}

static void wrong_arguments(void) {
  kw_error error;
  kw_model *model = (kw_model *)&model;
  kw_options options = with(0);
  CHECK_EQUAL(kw_open(NULL, scratch, NULL, &error), KW_ARGUMENT);
  CHECK_EQUAL(error.status, KW_ARGUMENT);
  options.bytes = 4;
  CHECK_EQUAL(kw_open(&model, scratch, &options, &error), KW_ARGUMENT);
  CHECK(model == NULL);
  expect_load(KW_ARGUMENT, NULL, 100, 0);
}

#if !defined(_WIN32)
static void ranges_of_a_descriptor(void) {
  char data[200];
  memset(data, 'x', sizeof data);
  REQUIRE(write_scratch(data, sizeof data));
  int fd = open(scratch, O_RDONLY);
  REQUIRE(fd >= 0);
  static const struct {
    int64_t offset, length;
    kw_status status;
  } rows[] = {{0, 200, KW_FORMAT},   {4, 100, KW_FORMAT},   {0, 201, KW_IO},
              {200, 1, KW_IO},       {201, 0, KW_IO},       {0, 0, KW_IO},
              {INT64_MAX, 8, KW_IO}, {8, INT64_MAX, KW_IO}, {-1, 8, KW_ARGUMENT},
              {0, -1, KW_ARGUMENT}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    kw_options options = with(0);
    kw_model *model = (kw_model *)&model;
    kw_error error;
    kw_status is = kw_open_fd(&model, fd, rows[i].offset, rows[i].length, &options, &error);
    expect_refusal(rows[i].status, is, model, &error);
  }
  close(fd);
  kw_options options = with(0);
  kw_model *model;
  kw_error error;
  kw_status is = kw_open_fd(&model, -1, 0, 8, &options, &error);
  expect_refusal(KW_IO, is, model, &error);
}
#endif

/* Garbage of every length at every address: KW_ALIGNMENT where it is borrowed, KW_FORMAT where it
 * is copied. */
static void garbage_anywhere(void) {
  union {
    double align;
    char bytes[512 + 8];
  } block;
  for (size_t shift = 0; shift < 8; shift++)
    for (size_t bytes = 0; bytes <= 512; bytes += bytes < 160 ? 1 : 37) {
      char *data = block.bytes + shift;
      memset(data, 0x77, bytes);
      memcpy(data, KW__MAGIC, bytes < 8 ? bytes : 8);
      expect_load(shift % 4 ? KW_ALIGNMENT : KW_FORMAT, data, bytes, 0);
      expect_load(bytes == 0 && shift % 4 ? KW_ALIGNMENT : KW_FORMAT, data, bytes, KW_COPY);
    }
}

static bool released;
static void release(void *user) { (void)user, released = true; }

static void failed_load_does_not_release(void) {
  kw_options options = with(0);
  options.user = &options;
  static const char data[64] = "not a model";
  kw_model *model;
  CHECK_EQUAL(kw_load(&model, data, sizeof data, release, &options, NULL), KW_FORMAT);
  CHECK(!released);
}

int main(int argc, char **argv) {
  program = argc > 0 ? argv[0] : "";
  RUN(missing_file);
  RUN(folder);
  RUN(empty_file);
  RUN(short_file);
  RUN(other_file);
  RUN(text_mode_transfer);
  RUN(wrong_arguments);
#if !defined(_WIN32)
  RUN(ranges_of_a_descriptor);
#endif
  RUN(garbage_anywhere);
  RUN(failed_load_does_not_release);
  remove(scratch);
  return finish();
}
