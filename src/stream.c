/* Streams: declared in kowari.h, not in this build yet, and saying so. */
#include "session.h"

static kw_status refuse_stream(kw_session *session) {
  kw_status status = kw__enter_session(session);
  return status ? status : kw__fail(&session->error, KW_UNSUPPORTED, "this build has no streams");
}

kw_status kw_push(kw_session *session, int32_t index, const void *rows, int64_t count) {
  (void)index, (void)rows, (void)count;
  return refuse_stream(session);
}

kw_status kw_next(kw_session *session) { return refuse_stream(session); }
