/* Products of rows against sums in float64, at every alignment and for every remainder of vectors
 * and tiles; and that a result depends on its two rows alone, bit for bit. */
#include <math.h>

#include "ops/product.h"
#include "test.h"

enum { ROOM = 1 << 18, MOST_ROWS = 7 };
static float x_room[ROOM], w_room[2 * ROOM], y[MOST_ROWS * 4096], again[MOST_ROWS * 4096];

static void fill(float *to, size_t count, uint32_t seed) {
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1664525U + 1013904223U;
    to[i] = (float)((int32_t)(seed >> 8) % 2001 - 1000) / 512;
  }
}

static bool is_near(const float *a, const float *b, int64_t n, float sum) {
  double exact = 0, size = 0;
  for (int64_t p = 0; p < n; p++) {
    exact += (double)a[p] * (double)b[p];
    size += fabs((double)a[p] * (double)b[p]);
  }
  return fabs(exact - (double)sum) <= size * 1.2e-7 * (double)(n + 2);
}

/* rows x of n with m rows of w, from `shift` elements behind a multiple of 64 bytes on. */
static void compare(int64_t rows, int64_t n, int64_t m, int64_t gap, size_t shift) {
  const float *x = x_room + 16 - (uintptr_t)x_room / sizeof *x_room % 16 + shift / 2,
              *w = w_room + 16 - (uintptr_t)w_room / sizeof *w_room % 16 + shift;
  kw__rows all = {x, rows, n}, weights = {w, m, n + gap};
  kw__multiply_rows_f32(all, weights, n, y, m);
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < m; j++) CHECK(is_near(x + i * n, w + j * (n + gap), n, y[i * m + j]));
    kw__dot_rows_f32(x + i * n, w, n, m, n + gap, again);
    CHECK(!memcmp(again, y + i * m, (size_t)m * sizeof *y));
  }
}

static void every_remainder(void) {
  static const int64_t sizes[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 130, 257};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (int64_t m = 0; m <= 9; m++)
      for (int64_t rows = 0; rows <= MOST_ROWS; rows++) compare(rows, sizes[k], m, m % 3, k % 5);
}

static void every_alignment(void) {
  static const int64_t sizes[] = {128, 200, 256, 272, 520, 1024};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (size_t shift = 0; shift < 16; shift++) compare(1, sizes[k], 11, 0, shift);
}

/* More than 512 KB of weights, which some processors read in another way. */
static void large_weights(void) {
  for (size_t shift = 0; shift < 16; shift += 5) {
    compare(4, 256, 515, 0, shift);
    compare(2, 1001, 140, 0, shift);
    compare(1, 64, 2049, 16, shift);
  }
}

/* The same numbers elsewhere in memory give the same bits. */
static void alignment_changes_nothing(void) {
  static float moved[2 * ROOM], at_first[1024];
  static const int64_t shapes[][2] = {{256, 20}, {336, 9}, {512, 260}, {1024, 130}};
  for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
    for (size_t shift = 0; shift < 16; shift++) {
      int64_t n = shapes[k][0], m = shapes[k][1];
      float *w = moved + 16 - (uintptr_t)moved / sizeof *moved % 16 + shift;
      memcpy(w, w_room, (size_t)(n * m) * sizeof *w);
      kw__dot_rows_f32(x_room, w, n, m, n, shift ? again : at_first);
      if (shift) CHECK(!memcmp(again, at_first, (size_t)m * sizeof *again));
    }
}

static void finishes(void) {
  const float bias[3] = {1, -2, NAN};
  float rows[6] = {0, 0, 0, 9, INFINITY, -1};
  kw__finish_rows_f32(rows, 2, 3, (kw__finish){bias, 0, 6});
  CHECK(rows[0] == 1 && rows[1] == 0 && isnan(rows[2]));
  CHECK(rows[3] == 6 && rows[4] == 6 && isnan(rows[5]));
  kw__finish_rows_f32(rows, 1, 2, (kw__finish){NULL, -1, 0.5F});
  CHECK(rows[0] == 0.5F && rows[1] == 0);
}

/* A layer is its products, finished, whichever way it takes. */
static void layers(void) {
  static const int64_t sizes[] = {0, 1, 7, 15, 64, 127, 128, 200};
  static float bias[16];
  fill(bias, 16, 3);
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (int64_t m = 1; m <= 13; m++)
      for (int64_t rows = 1; rows <= 4; rows++) {
        kw__rows x = {x_room + k, rows, sizes[k]}, w = {w_room + k, m, sizes[k]};
        kw__finish finish = {k % 2 ? bias : NULL, -1, 3};
        kw__multiply_layer_f32(x, w, sizes[k], finish, y);
        kw__multiply_rows_f32(x, w, sizes[k], again, m);
        kw__finish_rows_f32(again, rows, m, finish);
        CHECK(!memcmp(again, y, (size_t)(rows * m) * sizeof *y));
      }
}

int main(void) {
  fill(x_room, ROOM, 1);
  fill(w_room, 2 * ROOM, 2);
  RUN(every_remainder);
  RUN(every_alignment);
  RUN(large_weights);
  RUN(alignment_changes_nothing);
  RUN(finishes);
  RUN(layers);
  return finish();
}
