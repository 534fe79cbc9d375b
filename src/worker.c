/* Workers and streams: declared in kowari.h, not in this build yet, and saying so. */
#include "internal.h"

kw_status kw_worker_new(kw_worker **out, const kw_options *options, kw_error *error) {
  (void)options;
  if (out) *out = NULL;
  return kw__fail(error, KW_UNSUPPORTED, "this build has no workers");
}

void kw_worker_free(kw_worker *worker) { (void)worker; }

kw_status kw_submit(kw_worker *worker, kw_session *session, int64_t timeout_ms) {
  (void)worker, (void)session, (void)timeout_ms;
  return KW_UNSUPPORTED;
}

kw_status kw_wait(kw_session *session, int64_t timeout_ms) {
  (void)session, (void)timeout_ms;
  return KW_UNSUPPORTED;
}

kw_status kw_push(kw_session *session, int32_t index, const void *rows, int64_t count) {
  (void)session, (void)index, (void)rows, (void)count;
  return KW_UNSUPPORTED;
}

kw_status kw_next(kw_session *session) {
  (void)session;
  return KW_UNSUPPORTED;
}
