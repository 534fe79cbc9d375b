/* Products with panels, and windows, eight outputs or channels at a time; product.c includes this
 * once for each instruction set with vectors of eight. */

TARGET static inline void SET(store_some)(float *to, SET(vector) a, int64_t count) {
  if (count >= 8) {
    SET(store)(to, a);
    return;
  }
  float some[8];
  SET(store)(some, a);
  memcpy(to, some, (size_t)count * sizeof *to);
}

/* The finish of up to eight sums. */
typedef struct SET(ending) {
  SET(vector) bias, low, high;
} SET(ending);
TARGET static inline SET(ending) SET(begin)(const kw__finish *finish, int64_t j, int64_t count) {
  return (SET(ending)){
      finish->bias ? SET(load_some)(finish->bias + j, count < 8 ? count : 8) : SET(repeat)(0),
      SET(repeat)(finish->low), SET(repeat)(finish->high)};
}
TARGET static inline SET(vector) SET(limit)(SET(vector) a, const SET(ending) * ending) {
  return SET(smaller)(SET(larger)(a, ending->low), ending->high);
}

/* ---- patches with one or two panels ---- */
TARGET static ALWAYS_INLINE void SET(panel_tile)(const float *const x[PATCHES],
                                                 const int32_t *offset, int64_t n,
                                                 const float *panel, const int panels,
                                                 const kw__finish *finish, int64_t j, int64_t count,
                                                 float *const y[PATCHES]) {
  SET(vector) sum[PATCHES][2];
  const float *second = panel + n * KW__PANEL;
  SET(ending) ending[2];
  for (int k = 0; k < panels; k++) {
    ending[k] = SET(begin)(finish, j + k * KW__PANEL, count - k * KW__PANEL);
    UNROLL for (int i = 0; i < PATCHES; i++) sum[i][k] = ending[k].bias;
  }
  for (int64_t p = 0; p < n; p++) {
    int32_t from = offset[p];
    SET(vector) a = SET(load)(panel + p * KW__PANEL), b = a;
    if (panels == 2) b = SET(load)(second + p * KW__PANEL);
    UNROLL for (int i = 0; i < PATCHES; i++) {
      SET(vector) value = SET(repeat)(x[i][from]);
      sum[i][0] = SET(multiply_add)(value, a, sum[i][0]);
      if (panels == 2) sum[i][1] = SET(multiply_add)(value, b, sum[i][1]);
    }
  }
  for (int k = 0; k < panels; k++)
    UNROLL for (int i = 0; i < PATCHES; i++) SET(store_some)(
        y[i] + j + k * KW__PANEL, SET(limit)(sum[i][k], &ending[k]), count - k * KW__PANEL);
}

TARGET static void SET(multiply_panels)(kw__grid grid, const int32_t *offset, int64_t n,
                                        const float *panels, int64_t m, const kw__finish *finish,
                                        float *y, int64_t y_stride) {
  int64_t patches = grid.rows * grid.columns;
  for (int64_t j = 0; j < m; j += 2 * KW__PANEL) {
    const float *panel = panels + j * n;
    int64_t row = 0, column = 0;
    for (int64_t first = 0; first < patches; first += PATCHES) {
      const float *x[PATCHES];
      float *to[PATCHES];
      for (int64_t i = 0; i < PATCHES; i++) { /* where there are fewer, the last one repeated */
        bool more = first + i < patches;
        x[i] = more ? grid.x + row * grid.row_step + column * grid.column_step : x[i - 1];
        to[i] = more ? y + (first + i) * y_stride : to[i - 1];
        if (++column == grid.columns) column = 0, row++;
      }
      if (m - j > KW__PANEL)
        SET(panel_tile)(x, offset, n, panel, 2, finish, j, m - j, to);
      else
        SET(panel_tile)(x, offset, n, panel, 1, finish, j, m - j, to);
    }
  }
}

/* ---- windows: eight channels at a time ---- */
TARGET static ALWAYS_INLINE SET(vector)
    SET(add_places)(const kw__windows *x, const float *from, const float *w, int64_t w_step,
                    int64_t m, const int how, int64_t count, SET(vector) sum) {
  for (int64_t row = 0; row < x->rows; row++, from += x->row_step, w += w_step)
    for (int64_t column = 0; column < x->columns; column++) {
      const float *at = from + column * x->column_step;
      SET(vector) value = count < 8 ? SET(load_some)(at, count) : SET(load)(at);
      if (how == KW__WINDOW_MAXIMUM) {
        sum = SET(larger)(sum, value);
      } else if (how == KW__WINDOW_MEAN) {
        sum = SET(add)(sum, value);
      } else {
        at = w + column * m;
        sum = SET(multiply_add)(value, count < 8 ? SET(load_some)(at, count) : SET(load)(at), sum);
      }
    }
  return sum;
}

TARGET static ALWAYS_INLINE void SET(reduce)(const kw__windows *x, const float *w, int64_t w_step,
                                             int64_t m, const int how, const kw__finish *finish,
                                             float *y) {
  SET(vector) places = SET(repeat)((float)(x->rows * x->columns));
  for (int64_t c = 0; c < m; c += 8) {
    int64_t count = m - c;
    SET(ending) ending = SET(begin)(finish, c, count);
    SET(vector) first = how == KW__WINDOW_MAXIMUM ? SET(repeat)(-FLT_MAX) : ending.bias;
    for (int64_t i = 0; i < x->count; i++) {
      const float *from = x->x + i * x->step + c;
      SET(vector)
      sum = count < 8 ? SET(add_places)(x, from, w + c, w_step, m, how, count, first)
                      : SET(add_places)(x, from, w + c, w_step, m, how, 8, first);
      if (how == KW__WINDOW_MEAN) sum = SET(divide)(sum, places);
      SET(store_some)(y + i * m + c, SET(limit)(sum, &ending), count);
    }
  }
}
TARGET static void SET(reduce_windows)(int how, const kw__windows *x, const float *w,
                                       int64_t w_step, int64_t m, const kw__finish *finish,
                                       float *y) {
  if (how == KW__WINDOW_PRODUCT)
    SET(reduce)(x, w, w_step, m, KW__WINDOW_PRODUCT, finish, y);
  else if (how == KW__WINDOW_MEAN)
    SET(reduce)(x, x->x, 0, m, KW__WINDOW_MEAN, finish, y);
  else
    SET(reduce)(x, x->x, 0, m, KW__WINDOW_MAXIMUM, finish, y);
}
