/* Text.  An element is an offset and a length, in the file or in the session's pool; ids of equal
 * texts may differ. */
#include "elementwise.h"

static bool is_equal_text(const kw__frame *frame, kw__text a, kw__text b) {
  if (a.length != b.length) return false;
  if (a.length == KW__TEXT_NONE || a.length == 0 || a.offset == b.offset) return true;
  return memcmp(kw__text_data(frame, a), kw__text_data(frame, b), a.length) == 0;
}

static void equal_texts(const kw__frame *frame, void *out, const void *const *in, int64_t n) {
  const kw__text *a = in[0], *b = in[1];
  uint8_t *y = out;
  for (int64_t i = 0; i < n; i++) y[i] = is_equal_text(frame, a[i], b[i]);
}

kw_status kw__run_text_equal(kw__frame *frame, const kw__node *node) {
  kw__broadcast(frame, node, equal_texts);
  return KW_OK;
}

kw_status kw__run_text_find(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *vocabulary = kw__in(frame, node, 1);
  const kw__text *text = x->data, *word = vocabulary->data;
  int64_t *y = kw__out(frame, node, 0)->data;
  for (int64_t i = 0; i < x->count; i++) {
    int64_t k = 0;
    while (k < vocabulary->count && !is_equal_text(frame, text[i], word[k])) k++;
    y[i] = k < vocabulary->count ? k : -1;
  }
  return KW_OK;
}
