/* The 64-bit digest of a section: finds corruption, gives no security.  Words are little-endian,
 * the tail padded with zeros; each is mixed by xor, a multiplication by an odd constant and a
 * rotation, the length and a finishing shift-multiply last. */
#include "internal.h"

uint64_t kw__digest(const void *data, size_t bytes) {
  const uint64_t odd = 0x9E3779B97F4A7C15u; /* 2^64 / golden ratio */
  const uint8_t *at = data;
  uint64_t digest = (uint64_t)bytes * odd;
  for (size_t left = bytes; left > 0;) {
    uint64_t word = 0;
    size_t step = left < 8 ? left : 8;
    memcpy(&word, at, step);
    digest = (digest ^ word) * odd;
    digest = digest << 29 | digest >> 35;
    at += step;
    left -= step;
  }
  digest ^= digest >> 32;
  digest *= odd;
  return digest ^ digest >> 29;
}
