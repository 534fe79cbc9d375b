/* The session's struct, for the files that share it: session.c (life, run), input.c, output.c,
 * state.c, worker.c, dev.c. */
#ifndef KOWARI_SESSION_H
#define KOWARI_SESSION_H
#include "ops/ops.h"
#include "thread.h"

/* Whose a session is: its owner's; a worker's, whose done() or for whose answer kw_wait asks; its
 * owner's again, once kw_wait has given the answer. */
enum { KW__IDLE, KW__CALLBACK, KW__AWAITED, KW__LANDED };

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
  bool text_moved;          /* since the last run: texts of its outputs may be gone */
  atomic_int loan, holders; /* holders: its owner, a worker, who waits */
  atomic_bool freed;        /* by its owner: it lives until the last holder goes */
  kw__gate gate;            /* between landing and kw_wait */
  kw_session *next;         /* in the queue of a worker, guarded by that one's gate */
};

static inline kw__tensor *kw__port_tensor(kw_session *s, kw_kind kind, int32_t index) {
  return &s->frame.tensors[kw__port(s->model, kind, index)->tensor];
}
static inline bool kw__is_active(const kw_session *s, kw_kind kind, int32_t index) {
  return kw__is_of_entry(s->model, kw__port(s->model, kind, index), s->frame.entry);
}
static inline bool kw__is_lent(const kw_session *s) {
  return atomic_load_explicit(&s->loan, memory_order_acquire) != KW__IDLE;
}
/* What a call on a session begins with: ARGUMENT, BUSY, or its error cleared. */
static inline kw_status kw__enter_session(kw_session *s) {
  if (!s) return KW_ARGUMENT;
  if (kw__is_lent(s)) return KW_BUSY;
  kw__clear_error(&s->error);
  return KW_OK;
}
void kw__hold_session(kw_session *s);
void kw__release_session(kw_session *s);                 /* by the last holder: ends it */
void kw__ready_session(kw_session *s, int64_t deadline); /* forgets an earlier cancel */
kw_status kw__run_session(kw_session *s);                /* once made ready */
kw_status kw__grow_size(kw_session *s, int32_t size,
                        int64_t needed);   /* one size; the others stay */
kw_status kw__commit_state(kw_session *s); /* copies new values of states; nothing unless all fit */

#endif
