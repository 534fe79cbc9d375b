/* Fully connected layers. */
#include "plan.h"
#include "product.h"

/* How many rows of n x makes: a symbol where a single size is one and the others make a row; false:
 * x does not fall into rows. */
static bool count_rows(const kw__tensor *x, int64_t n, int64_t *out) {
  int64_t known = 1, open = 0;
  int32_t rank = x->rank;
  if (rank > 0 && x->size[rank - 1] == n) rank--, n = 1; /* the last axis is a row */
  for (int32_t d = 0; d < rank; d++) {
    if (x->size[d] >= 0)
      known = kw__count((const int64_t[]){known, x->size[d]}, 2);
    else
      open = open ? KW__UNKNOWN : x->size[d];
  }
  if (open || n < 0)
    *out = open && known == n ? open : KW__UNKNOWN;
  else if (known < 0 || n == 0 || known % n)
    return false;
  else
    *out = known / n;
  return true;
}

kw_status kw__plan_fully_connected(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *weights = kw__in(frame, node, 1);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t rows, n = weights->size[1], last = x->rank ? x->size[x->rank - 1] : 1;
  bool keeps = KW__ATTRIBUTES(fully_connected, node)->keep_dims && x->rank > 0;
  if (!count_rows(x, n, &rows) || (keeps && n >= 0 && last >= 0 && last != n))
    return kw__refuse(frame, node, KW_SHAPE, "the input does not consist of rows as the weights'");
  if (keeps) {
    kw__copy_shape(y, x);
  } else {
    y->rank = 2;
    y->size[0] = rows;
  }
  y->size[y->rank - 1] = weights->size[0];
  return KW_OK;
}

kw_status kw__run_fully_connected(kw__frame *frame, const kw__node *node) {
  const kw__fully_connected_attributes *a = node->attributes;
  const kw__tensor *x = kw__in(frame, node, 0), *weights = kw__in(frame, node, 1),
                   *bias = kw__in_or_null(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0);
  int64_t m = weights->size[0], n = weights->size[1];
  if (y->count == 0) return KW_OK;
  int64_t rows =
      y->count == m ? 1 : y->count / m; /* a division takes as long as a small layer's row */
  kw__multiply_layer_f32((kw__rows){x->data, rows, n}, (kw__rows){weights->data, m, n}, n,
                         (kw__finish){bias ? bias->data : NULL, (float)a->low, (float)a->high},
                         y->data);
  return KW_OK;
}
