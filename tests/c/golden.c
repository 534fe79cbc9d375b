/* Replays the examples that the named files carry, on any machine: `golden FILE...`.  Beside
 * FILE.kow may lie FILE.bits, a digest of all EXACT outputs as the reference machine computed them:
 * other machines must give the same bits. `golden --bits FILE...` prints the digests instead. */
#include <math.h>

#include "kowari_dev.h"
#include "test.h"

enum { PATH = 512 };

/* Folds a value into the digest; every NaN is the same NaN, whose sign and payload machines choose
 * differently. */
static uint64_t fold_bytes(uint64_t digest, const void *data, size_t bytes) {
  uint64_t pair[2] = {digest, kw_dev_digest(data, bytes)};
  return kw_dev_digest(pair, sizeof pair);
}

static uint64_t fold_output(kw_session *session, int32_t output, uint64_t digest) {
  static const size_t width[] = {0, 8, 4, 8, 4, 2, 1, 1, 1};
  kw_view view;
  if (kw_output(session, output, &view) || !view.present) return digest;
  int64_t count = 1;
  for (int32_t d = 0; d < view.rank; d++) count *= view.size[d];
  for (int64_t k = 0; k < count; k++) {
    size_t bytes = 0;
    if (view.type == KW_TEXT) {
      const char *text = kw_output_text(session, output, k, &bytes);
      digest = fold_bytes(digest, text ? text : "", bytes);
    } else if (view.type == KW_F64) {
      double value = ((const double *)view.data)[k];
      uint64_t bits;
      memcpy(&bits, &value, sizeof bits);
      if (isnan(value)) bits = UINT64_MAX; /* itself a NaN */
      digest = fold_bytes(digest, &bits, sizeof bits);
    } else {
      digest = fold_bytes(digest, (const char *)view.data + (size_t)k * width[view.type],
                          width[view.type]);
    }
  }
  return digest;
}

/* Over all examples that give a result: the bits of the EXACT outputs. */
static uint64_t fold_model(kw_model *model) {
  uint64_t digest = 0;
  kw_session *session;
  if (kw_session_new(&session, model, NULL, NULL)) return digest;
  for (int64_t example = 0; kw_dev_set_example(session, example) == KW_OK; example++) {
    kw_reset(session);
    digest = fold_bytes(digest, &example, sizeof example);
    if (kw_run(session)) continue;
    for (int32_t i = 0; i < kw_count(model, KW_OUTPUT); i++) {
      int32_t tier, pairs;
      const double *bounds;
      if (kw_dev_bounds(model, i, &tier, &bounds, &pairs) == KW_OK && tier == 0)
        digest = fold_output(session, i, digest);
    }
  }
  kw_session_free(session);
  return digest;
}

/* The digest in FILE.bits; false where there is none. */
static bool read_bits(const char *path, uint64_t *bits) {
  char name[PATH];
  size_t length = strlen(path);
  if (length < 4 || length + 2 > sizeof name) return false;
  memcpy(name, path, length - 3);
  memcpy(name + length - 3, "bits", 5);
  FILE *file = fopen(name, "r");
  if (!file) return false;
  bool found = fscanf(file, "%" SCNx64, bits) == 1;
  fclose(file);
  return found;
}

/* Adds to the totals; a file that does not open, or proves nothing, counts as one failure. */
static void replay(const char *path, bool print, int64_t *passed, int64_t *failed) {
  const kw_options options = {.bytes = sizeof options, .flags = KW_DIGEST};
  kw_error error = {0};
  kw_model *model = NULL;
  int64_t good = 0, bad = 0;
  kw_status status = kw_open(&model, path, &options, &error);
  if (!status) status = kw_check(model, NULL, &good, &bad, &error);
  if (status || bad)
    printf("%s: %s: %s\n", path, kw_status_text(error.status), error.message);
  else if (good == 0)
    printf("%s: carries no examples\n", path);
  uint64_t must, bits = model ? fold_model(model) : 0;
  if (print) printf("%s %016" PRIx64 "\n", path, bits);
  if (!print && read_bits(path, &must)) {
    if (bits != must)
      printf("%s: the bits of EXACT outputs are %016" PRIx64 ", must be %016" PRIx64 "\n", path,
             bits, must);
    *(bits == must ? &good : &bad) += 1;
  }
  kw_model_free(model);
  *passed += good;
  *failed += bad + (status || good + bad == 0);
}

int main(int argc, char **argv) {
  bool print = argc > 1 && strcmp(argv[1], "--bits") == 0;
  int64_t passed = 0, failed = 0;
  for (int i = 1 + print; i < argc; i++) replay(argv[i], print, &passed, &failed);
  if (!print) printf("%" PRId64 " passed, %" PRId64 " failed\n", passed, failed);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
