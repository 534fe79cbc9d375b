/* The session's struct, for the files that share it: session.c (life, run, outputs), input.c,
 * state.c, dev.c. */
#ifndef KOWARI_SESSION_H
#define KOWARI_SESSION_H
#include "ops/ops.h"

struct kw_session {
  kw_model *model;
  kw__memory memory;
  kw__frame frame;
  kw_error error;
  atomic_int cancel;
  int64_t max_steps;
  int64_t *capacity, *next_capacity; /* by named size; next: while growing */
  int64_t *run_size; /* what the inputs and states of a run gave each named size, or -1 */
  int64_t *wish;     /* what kw__grow_size asks for */
  kw__layout layout;
  uint32_t *scratch;
  size_t *base;
  uint8_t *output_wanted;
  char *data; /* the second block */
  size_t data_bytes, table_bytes, given_bytes;
  size_t text_used;  /* bytes of the pool that inputs hold */
  int32_t text_size; /* index of "text_bytes", or -1 */
  bool given, has_run;
  bool text_moved; /* since the last run: texts of its outputs may be gone */
};

static inline kw__tensor *kw__port_tensor(kw_session *s, kw_kind kind, int32_t index) {
  return &s->frame.tensors[kw__port(s->model, kind, index)->tensor];
}
static inline bool kw__is_active(const kw_session *s, kw_kind kind, int32_t index) {
  return kw__is_of_entry(s->model, kw__port(s->model, kind, index), s->frame.entry);
}
kw_status kw__grow_size(kw_session *s, int32_t size,
                        int64_t needed);   /* one size; the others stay */
kw_status kw__commit_state(kw_session *s); /* copies new values of states; nothing unless all fit */

#endif
