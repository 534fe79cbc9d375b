/* The digest against values computed in Python from its description, and for what it is there: any
 * damage changes it. */
#include "internal.h"
#include "test.h"

static void gives_known_values(void) {
  uint8_t bytes[256];
  for (int i = 0; i < 256; i++) bytes[i] = (uint8_t)i;
  CHECK_EQUAL(kw__digest("", 0), 0);
  CHECK(kw__digest("\0", 1) == UINT64_C(0x98D645B8B7FFCBEC));
  CHECK(kw__digest("kowari", 6) == UINT64_C(0x0FF8C7BA661BB202));
  CHECK(kw__digest("12345678", 8) == UINT64_C(0xD9A39D67DF1A16F9));
  CHECK(kw__digest(bytes, 256) == UINT64_C(0x0A09F06D97A9A653));
}

static void depends_on_every_bit(void) {
  uint8_t bytes[61];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 37);
  uint64_t whole = kw__digest(bytes, sizeof bytes);
  for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
    bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    CHECK(kw__digest(bytes, sizeof bytes) != whole);
    bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
}

static void depends_on_length(void) {
  const uint8_t zeros[64] = {0};
  for (size_t a = 0; a <= sizeof zeros; a++)
    for (size_t b = 0; b < a; b++) CHECK(kw__digest(zeros, a) != kw__digest(zeros, b));
}

static void reads_from_any_address(void) {
  uint8_t bytes[40];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 11);
  uint64_t first = kw__digest(bytes, 29);
  for (size_t shift = 1; shift < 8; shift++) {
    memmove(bytes + shift, bytes + shift - 1, 29);
    CHECK(kw__digest(bytes + shift, 29) == first);
  }
}

int main(void) {
  RUN(gives_known_values);
  RUN(depends_on_every_bit);
  RUN(depends_on_length);
  RUN(reads_from_any_address);
  return finish();
}
