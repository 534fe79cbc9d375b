/* Workers and streams: declared in kowari.h, not in this build yet, and saying so. */
#include "session.h"

static kw_status refuse(kw_session *session) {
  return kw__fail(session ? &session->error : NULL, KW_UNSUPPORTED,
                  "this build has no workers and no streams");
}

kw_status kw_worker_new(kw_worker **out, const kw_options *options, kw_error *error) {
  (void)options;
  if (out) *out = NULL;
  return kw__fail(error, KW_UNSUPPORTED, "this build has no workers");
}

void kw_worker_free(kw_worker *worker) { (void)worker; }

kw_status kw_submit(kw_worker *worker, kw_session *session, int64_t timeout_ms) {
  (void)worker, (void)timeout_ms;
  return refuse(session);
}

kw_status kw_wait(kw_session *session, int64_t timeout_ms) {
  (void)timeout_ms;
  return refuse(session);
}

kw_status kw_push(kw_session *session, int32_t index, const void *rows, int64_t count) {
  (void)index, (void)rows, (void)count;
  return refuse(session);
}

kw_status kw_next(kw_session *session) { return refuse(session); }
