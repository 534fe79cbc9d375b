/* Outputs: views on the values that the last run left, and their texts. */
#include "session.h"

static kw_status find_output(kw_session *s, int32_t index, const kw__tensor **out) {
  kw_status status = kw__enter_session(s);
  if (status) return status;
  const kw__port_record *port = kw__port(s->model, KW_OUTPUT, index);
  if (!port) return kw__fail(&s->error, KW_ARGUMENT, "there is no output %d", index);
  const char *name = kw__string(s->model, port->name);
  *out = &s->frame.tensors[port->tensor];
  if (s->has_run && s->output_wanted[index]) return KW_OK;
  kw__fail(&s->error, KW_ARGUMENT,
           s->has_run ? "output '%s' was not asked for" : "no run has given output '%s'", name);
  kw__name_error(&s->error, name);
  return KW_ARGUMENT;
}

kw_status kw_output(kw_session *s, int32_t index, kw_view *out) {
  if (!out) return KW_ARGUMENT;
  memset(out, 0, sizeof *out);
  const kw__tensor *t = NULL;
  kw_status status = find_output(s, index, &t);
  if (status) return status;
  *out = (kw_view){.data = t->type == KW_TEXT ? NULL : t->data,
                   .type = t->type,
                   .present = t->present,
                   .rank = t->rank};
  if (t->present) memcpy(out->size, t->size, t->rank * sizeof *t->size); /* None has no sizes */
  return KW_OK;
}

const char *kw_output_text(kw_session *s, int32_t index, int64_t element, size_t *bytes) {
  if (bytes) *bytes = 0;
  const kw__tensor *t = NULL;
  if (find_output(s, index, &t)) return NULL;
  if (t->type != KW_TEXT || element < 0 || element >= t->count || !t->present || s->text_moved) {
    const char *reason =
        s->text_moved ? "was given up when a text input was set" : "does not exist";
    kw__fail(&s->error, KW_ARGUMENT, "text %lld of output %d %s", (long long)element, index,
             reason);
    return NULL;
  }
  kw__text text = ((const kw__text *)t->data)[element];
  if (text.length == KW__TEXT_NONE) return NULL;
  if (bytes) *bytes = text.length;
  return kw__text_data(&s->frame, text);
}
