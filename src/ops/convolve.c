/* Convolution as a product: each window of x is a patch, whose elements lie at the same offsets
 * from its first one; the filters are packed, eight outputs side by side.  Where windows reach
 * outside of x, some rows of it at a time are copied between zeros. */
#include <inttypes.h>

#include "product.h"
#include "window.h"

static int64_t blocks_of(int64_t filters) {
  return filters / KW__PANEL + (filters % KW__PANEL > 0);
}

/* ---- filters ---- */
kw_status kw__plan_pack_filters(kw__frame *frame, const kw__node *node) {
  int64_t groups = KW__ATTRIBUTES(pack_filters, node)->groups;
  const int64_t *size = kw__in(frame, node, 0)->size;
  kw__tensor *y = kw__out(frame, node, 0);
  if (size[0] >= 0 && size[0] % groups)
    return kw__refuse(frame, node, KW_SHAPE, "%" PRId64 " filters in %" PRId64 " groups", size[0],
                      groups);
  y->rank = 5;
  y->size[0] = size[0] < 0 ? KW__UNKNOWN : groups * blocks_of(size[0] / groups);
  for (int32_t d = 1; d < 4; d++) y->size[d] = size[d];
  y->size[4] = KW__PANEL;
  return KW_OK;
}

kw_status kw__run_pack_filters(kw__frame *frame, const kw__node *node) {
  int64_t groups = KW__ATTRIBUTES(pack_filters, node)->groups;
  const kw__tensor *filters = kw__in(frame, node, 0);
  kw__tensor *y = kw__out(frame, node, 0);
  if (y->count == 0) return KW_OK;
  const float *from = filters->data;
  float *to = y->data;
  int64_t each = filters->size[0] / groups, n = filters->count / filters->size[0];
  for (int64_t group = 0; group < groups; group++, from += each * n)
    for (int64_t first = 0; first < each; first += KW__PANEL)
      for (int64_t p = 0; p < n; p++, to += KW__PANEL)
        for (int64_t lane = 0; lane < KW__PANEL; lane++)
          to[lane] = first + lane < each ? from[(first + lane) * n + p] : 0;
  return KW_OK;
}

/* ---- convolution ---- */
enum { BAND = 1 << 14 }; /* elements: rows of x between zeros, as many as fit */

typedef struct convolution {
  kw__axis height, width;
  int64_t outputs, groups, depth, channels; /* depth: channels that a filter reads */
  bool is_bordered;                         /* windows may reach outside */
  int64_t line; /* elements from one row of patches' memory to the next */
  int64_t last; /* offset of a patch's last element */
} convolution;

/* Products of sizes: KW__UNKNOWN where one is unknown, or the product too large. */
static int64_t multiply_places(int64_t a, int64_t b) {
  return kw__count((const int64_t[]){a, b}, 2);
}

static convolution convolution_of(const kw__frame *frame, const kw__node *node) {
  const kw__conv2d_attributes *a = node->attributes;
  const int64_t *x = kw__in(frame, node, 0)->size, *filters = kw__in(frame, node, 1)->size;
  convolution c = {
      .height = kw__axis_of(x[1], filters[1], a->stride_height, a->dilation_height, a->same),
      .width = kw__axis_of(x[2], filters[2], a->stride_width, a->dilation_width, a->same),
      .outputs = a->outputs,
      .groups = a->groups,
      .depth = filters[3],
      .channels = multiply_places(filters[3], a->groups)};
  c.is_bordered = a->same && (filters[1] != 1 || filters[2] != 1);
  int64_t places = c.width.in;
  if (c.is_bordered && c.width.out >= 0)
    places = (c.width.out - 1) * c.width.stride + c.width.reach;
  c.line = multiply_places(places, c.channels);
  int64_t down = multiply_places(c.height.reach - 1, c.line),
          right = multiply_places(c.width.reach - 1, c.channels);
  c.last = down < 0 || right < 0 || down > INT32_MAX || right > INT32_MAX || c.depth < 1
               ? KW__UNKNOWN
               : down + right + c.depth - 1;
  return c;
}

/* At least the rows of one window; more of them up to BAND. */
static int64_t band_elements(const convolution *c) {
  if (!c->is_bordered) return 0;
  if (c->height.out < 0 || c->width.out < 0) return KW__UNKNOWN;
  int64_t rows = (c->height.out - 1) * c->height.stride + c->height.reach,
          least = multiply_places(c->height.reach, c->line), most = multiply_places(rows, c->line);
  if (least < 0) return KW__UNKNOWN;
  if (most < 0 || most > BAND) most = BAND;
  return least > most ? least : most;
}

static kw_status check_filters(kw__frame *frame, const kw__node *node, const convolution *c) {
  const int64_t *x = kw__in(frame, node, 0)->size;
  const kw__tensor *filters = kw__in(frame, node, 1), *bias = kw__in_or_null(frame, node, 2);
  int64_t blocks = c->groups * blocks_of(c->outputs / c->groups);
  if (filters->rank != 5 || (filters->size[4] >= 0 && filters->size[4] != KW__PANEL) ||
      (filters->size[0] >= 0 && filters->size[0] != blocks) || c->outputs % c->groups)
    return kw__refuse(frame, node, KW_SHAPE,
                      "filters must be packed: %" PRId64 " blocks of %d in %" PRId64 " groups",
                      blocks, KW__PANEL, c->groups);
  if (c->channels >= 0 && x[3] >= 0 && c->channels != x[3])
    return kw__refuse(frame, node, KW_SHAPE,
                      "%" PRId64 " channels, the filters read %" PRId64 " in each of %" PRId64
                      " groups",
                      x[3], c->depth, c->groups);
  if (bias && bias->size[0] >= 0 && bias->size[0] != c->outputs)
    return kw__refuse(frame, node, KW_SHAPE, "%" PRId64 " biases for %" PRId64 " outputs",
                      bias->size[0], c->outputs);
  return kw__check_taps(frame, node, filters->size[1], filters->size[2]);
}

kw_status kw__plan_conv2d(kw__frame *frame, const kw__node *node) {
  kw__tensor *y = kw__out(frame, node, 0), *offsets = kw__out(frame, node, 1),
             *band = kw__out(frame, node, 2);
  offsets->rank = band->rank = 1;
  if (kw__in(frame, node, 1)->rank != 5)
    return kw__refuse(frame, node, KW_SHAPE, "filters must be packed");
  convolution c = convolution_of(frame, node);
  kw_status status = check_filters(frame, node, &c);
  if (status) return status;
  y->size[1] = c.height.out;
  y->size[2] = c.width.out;
  y->size[3] = c.outputs;
  offsets->size[0] = kw__count(kw__in(frame, node, 1)->size + 1, 3);
  band->size[0] = band_elements(&c);
  int64_t count = kw__count(y->size, 4);
  if (count == 0 && band->size[0] < 0) band->size[0] = 0;
  if (count > 0 && c.depth > 0 && (c.last < 0 || c.last > INT32_MAX || band->size[0] < 0))
    return kw__refuse(frame, node, KW_UNSUPPORTED, "a window reaches too far");
  return KW_OK;
}

/* Where the elements of a patch lie, in the order of the filters. */
static void fill_offsets(const convolution *c, int32_t *offset) {
  for (int64_t row = 0; row < c->height.taps; row++)
    for (int64_t column = 0; column < c->width.taps; column++)
      for (int64_t k = 0; k < c->depth; k++)
        *offset++ = (int32_t)(row * c->height.dilation * c->line +
                              column * c->width.dilation * c->channels + k);
}

/* The rows of x from `first` on, which may lie outside, between zeros. */
static void fill_band(const convolution *c, const float *image, int64_t first, int64_t rows,
                      float *band) {
  int64_t before = c->width.before * c->channels, inside = c->width.in * c->channels;
  if (inside > c->line - before) inside = c->line - before;
  memset(band, 0, (size_t)(rows * c->line) * sizeof *band);
  for (int64_t row = 0; row < rows; row++, band += c->line)
    if (first + row >= 0 && first + row < c->height.in)
      memcpy(band + before, image + (first + row) * c->width.in * c->channels,
             (size_t)inside * sizeof *band);
}

/* All groups of some rows of windows. */
static void multiply_patches(const convolution *c, kw__grid patches, const int32_t *offset,
                             const float *filters, kw__finish finish, float *y) {
  int64_t each = c->outputs / c->groups, n = c->height.taps * c->width.taps * c->depth;
  for (int64_t group = 0; group < c->groups; group++) {
    kw__multiply_panels_f32(patches, offset, n, filters, each, finish, y, c->outputs);
    patches.x += c->depth;
    filters += blocks_of(each) * n * KW__PANEL;
    y += each;
    if (finish.bias) finish.bias += each;
  }
}

kw_status kw__run_conv2d(kw__frame *frame, const kw__node *node) {
  const kw__conv2d_attributes *a = node->attributes;
  const kw__tensor *x = kw__in(frame, node, 0), *bias = kw__in_or_null(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0), *band = kw__out(frame, node, 2);
  const float *filters = kw__in(frame, node, 1)->data, *image = x->data;
  int32_t *offset = kw__out(frame, node, 1)->data;
  if (y->count == 0) return KW_OK;
  convolution c = convolution_of(frame, node);
  kw__finish finish = {bias ? bias->data : NULL, (float)a->low, (float)a->high};
  kw__grid grid = {.columns = c.width.out, .column_step = c.width.stride * c.channels};
  int64_t rows = c.height.out, line_out = c.width.out * c.outputs;
  if (c.is_bordered && c.line > 0)
    rows = (band->size[0] / c.line - c.height.reach) / c.height.stride + 1;
  grid.row_step = c.height.stride * c.line;
  fill_offsets(&c, offset);
  float *to = y->data;
  for (int64_t i = 0; i < x->size[0]; i++, image += c.height.in * c.width.in * c.channels)
    for (int64_t row = 0; row < c.height.out; row += grid.rows, to += grid.rows * line_out) {
      grid.rows = c.height.out - row < rows ? c.height.out - row : rows;
      grid.x = c.is_bordered ? band->data : image;
      if (c.is_bordered)
        fill_band(&c, image, row * c.height.stride - c.height.before,
                  (grid.rows - 1) * c.height.stride + c.height.reach, band->data);
      multiply_patches(&c, grid, offset, filters, finish, to);
    }
  return KW_OK;
}

/* ---- transposed convolution ---- */
enum { PIXELS = 24 }; /* of x at a time */

/* The windows of the convolution from y to x. */
static void transposed_axes(const kw__frame *frame, const kw__node *node, kw__axis axes[2]) {
  const kw__transpose_conv_attributes *a = node->attributes;
  const int64_t *filters = kw__in(frame, node, 1)->size, *y = kw__out(frame, node, 0)->size;
  axes[0] = kw__axis_of(y[1], filters[1], a->stride_height, 1, a->same);
  axes[1] = kw__axis_of(y[2], filters[2], a->stride_width, 1, a->same);
}

kw_status kw__plan_transpose_conv(kw__frame *frame, const kw__node *node) {
  const kw__tensor *x = kw__in(frame, node, 0), *filters = kw__in(frame, node, 1),
                   *size = kw__in(frame, node, 2);
  kw__tensor *y = kw__out(frame, node, 0), *work = kw__out(frame, node, 1);
  const int32_t *sizes = size->data;
  y->rank = 4;
  y->size[0] = x->size[0];
  y->size[3] = filters->size[0];
  work->rank = 1;
  work->size[0] = multiply_places(PIXELS, kw__count(filters->size, 3));
  y->size[1] = y->size[2] = KW__UNKNOWN;
  kw_status status = kw__check_taps(frame, node, filters->size[1], filters->size[2]);
  if (status || !sizes || size->count != 4) return status;
  if (sizes[1] < 0 || sizes[2] < 0 || (x->size[0] >= 0 && sizes[0] != x->size[0]) ||
      (filters->size[0] >= 0 && sizes[3] != filters->size[0]))
    return kw__refuse(frame, node, KW_SHAPE, "the result cannot have sizes [%d, %d, %d, %d]",
                      sizes[0], sizes[1], sizes[2], sizes[3]);
  y->size[1] = sizes[1];
  y->size[2] = sizes[2];
  return KW_OK;
}

/* y += what one element of x adds: terms[output, row, column] of its filter. */
static void scatter(const kw__axis axes[2], int64_t row, int64_t column, const float *terms,
                    int64_t outputs, float *y) {
  kw__part v = kw__part_inside(&axes[0], row), h = kw__part_inside(&axes[1], column);
  for (int64_t o = 0; o < outputs; o++, terms += axes[0].taps * axes[1].taps)
    for (int64_t i = 0; i < v.taps; i++)
      for (int64_t k = 0; k < h.taps; k++)
        y[((v.at + i) * axes[1].in + h.at + k) * outputs + o] +=
            terms[(v.first + i) * axes[1].taps + h.first + k];
}

kw_status kw__run_transpose_conv(kw__frame *frame, const kw__node *node) {
  const kw__transpose_conv_attributes *a = node->attributes;
  const kw__tensor *x = kw__in(frame, node, 0), *filters = kw__in(frame, node, 1),
                   *bias = kw__in_or_null(frame, node, 3);
  kw__tensor *y = kw__out(frame, node, 0);
  if (y->count == 0) return KW_OK;
  float *terms = kw__out(frame, node, 1)->data, *to = y->data;
  int64_t outputs = filters->size[0], depth = filters->size[3], places = x->size[1] * x->size[2],
          n = outputs * filters->size[1] * filters->size[2], image = y->count / y->size[0];
  kw__axis axes[2];
  transposed_axes(frame, node, axes);
  memset(to, 0, (size_t)y->count * sizeof *to);
  for (int64_t i = 0; x->count > 0 && i < x->size[0]; i++, to += image)
    for (int64_t first = 0, pixels; first < places; first += pixels) {
      pixels = places - first < PIXELS ? places - first : PIXELS;
      const float *from = (const float *)x->data + (i * places + first) * depth;
      kw__multiply_rows_f32((kw__rows){from, pixels, depth}, (kw__rows){filters->data, n, depth},
                            depth, terms, n);
      for (int64_t p = first; p < first + pixels; p++)
        scatter(axes, p / x->size[2], p % x->size[2], terms + (p - first) * n, outputs, to);
    }
  kw__finish_rows_f32(y->data, y->count / outputs, outputs,
                      (kw__finish){bias ? bias->data : NULL, (float)a->low, (float)a->high});
  return KW_OK;
}
