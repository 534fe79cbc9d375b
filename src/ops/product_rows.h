/* Dot products of rows; product.c includes this once for each instruction set.  A result has one
 * vector of sums, whatever else is computed beside it. */

/* xs rows of x, ROWS or one, with four of w.  A single row may be read from `shift` before its
 * beginning: then lanes lie further on, until the sums are turned back. */
TARGET static ALWAYS_INLINE void SET(dot_tile)(kw__rows x, const int xs, const float *const w[4],
                                               int64_t n, int64_t shift, float out[ROWS][4]) {
  SET(vector) sum[ROWS][4];
  int64_t p = -shift;
  UNROLL for (int i = 0; i < xs; i++) {
    UNROLL for (int k = 0; k < 4; k++) sum[i][k] = SET(repeat)(0);
  }
#if SHIFTS
  if (shift) {
    UNROLL for (int k = 0; k < 4; k++) sum[0][k] = SET(multiply_add)(
        SET(load_behind)(x.data + p, shift), SET(load_behind)(w[k] + p, shift), sum[0][k]);
    p += WIDTH;
  }
#endif
  for (; xs == 1 && p + WIDTH * STEP <= n; p += WIDTH * STEP) { /* memory likes long steps */
    SET(vector) a[STEP];
    UNROLL for (int step = 0; step < STEP; step++) a[step] = SET(load)(x.data + p + WIDTH * step);
    UNROLL for (int k = 0; k < 4; k++) {
      UNROLL for (int step = 0; step < STEP; step++) sum[0][k] =
          SET(multiply_add)(a[step], SET(load)(w[k] + p + WIDTH * step), sum[0][k]);
      KEEP_ORDER;
    }
  }
  for (; p + WIDTH <= n; p += WIDTH) {
    UNROLL for (int k = 0; k < 4; k++) {
      SET(vector) b = SET(load)(w[k] + p);
      if (xs > 1) PIN(b);
      UNROLL for (int i = 0; i < xs; i++) sum[i][k] =
          SET(multiply_add)(SET(load)(x.data + i * x.stride + p), b, sum[i][k]);
    }
  }
  if (p < n) {
    UNROLL for (int k = 0; k < 4; k++) {
      SET(vector) b = SET(load_some)(w[k] + p, n - p);
      UNROLL for (int i = 0; i < xs; i++) sum[i][k] =
          SET(multiply_add)(SET(load_some)(x.data + i * x.stride + p, n - p), b, sum[i][k]);
    }
  }
#if SHIFTS
  if (shift) {
    UNROLL for (int k = 0; k < 4; k++) sum[0][k] = SET(turn)(sum[0][k], shift);
  }
#endif
  UNROLL for (int i = 0; i < xs; i++) SET(add_lanes)(sum[i], out[i]);
}

/* Four rows of w at a time, each from another quarter of w: memory is read in four streams.  Where
 * a quarter ends early, its last row again. */
TARGET static ALWAYS_INLINE void SET(multiply_some)(kw__rows x, const int xs, kw__rows w, int64_t n,
                                                    int64_t shift, float *y, int64_t y_stride) {
  int64_t quarter = (w.count + 3) / 4, left[4];
  const float *rows[4];
  float *to[4];
  for (int64_t k = 0; k < 4; k++) {
    int64_t first = k * quarter < w.count ? k * quarter : w.count - 1;
    left[k] = w.count - first;
    rows[k] = w.data + first * w.stride;
    to[k] = y + first;
  }
  for (int64_t j = 1; j <= quarter; j++) {
    float out[ROWS][4];
    SET(dot_tile)(x, xs, rows, n, shift, out);
    for (int k = 0; k < 4; k++) {
      for (int i = 0; i < xs; i++) to[k][i * y_stride] = out[i][k];
      bool is_more = j < left[k];
      rows[k] += is_more ? w.stride : 0;
      to[k] += is_more;
    }
  }
}

#if WIDTH == 8
/* One row of x with at least four rows of w: four results side by side are finished together.  The
 * last four may have been computed in part already. */
TARGET static void SET(multiply_layer)(kw__rows x, kw__rows w, int64_t n, kw__finish finish,
                                       float *y) {
  int64_t last = w.count - 4;
  for (int64_t j = 0; j <= last; j = j + 4 < last || j == last ? j + 4 : last) {
    const float *rows[4];
    float out[ROWS][4];
    UNROLL for (int k = 0; k < 4; k++) rows[k] = w.data + (j + k) * w.stride;
    SET(dot_tile)(x, 1, rows, n, 0, out);
    SET(finish_four)(out[0], &finish, j, y + j);
  }
}
#endif

/* Long rows are read from a multiple of WIDTH on, so that no load lies in two lines of the cache.
 */
TARGET static void SET(multiply_rows)(kw__rows x, kw__rows w, int64_t n, float *y,
                                      int64_t y_stride) {
  int64_t shift = (int64_t)((uintptr_t)w.data / sizeof(float) % WIDTH);
  if (!SHIFTS || w.stride % WIDTH || n < 16 * WIDTH) shift = 0;
  if (w.count == 0) return;
  for (; ROWS > 1 && x.count >= ROWS;
       x.data += ROWS * x.stride, x.count -= ROWS, y += ROWS * y_stride)
    SET(multiply_some)(x, ROWS, w, n, 0, y, y_stride);
  for (; x.count > 0; x.data += x.stride, x.count--, y += y_stride) {
    if (shift)
      SET(multiply_some)(x, 1, w, n, shift, y, y_stride);
    else
      SET(multiply_some)(x, 1, w, n, 0, y, y_stride);
  }
}
