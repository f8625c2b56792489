/* SHA-1 (RFC 3174) and base64 of it: what a WebSocket's server answers a handshake with
   (RFC 6455, section 4.2.2). */
#ifndef SHA1_H
#define SHA1_H

#include <stdint.h>
#include <string.h>

static uint32_t rotate(uint32_t word, int by) { return word << by | word >> (32 - by); }

static void sha1_block(uint32_t state[5], const unsigned char *block) {
  uint32_t w[80];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 80; i++) {
    uint32_t f = i < 20 ? ((b & c) | (~b & d)) + 0x5A827999
               : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
               : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                        : (b ^ c ^ d) + 0xCA62C1D6;
    uint32_t next = rotate(a, 5) + f + e + w[i];
    e = d, d = c, c = rotate(b, 30), b = a, a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* The digest of less than 120 bytes. */
static void sha1(const char *text, size_t length, unsigned char digest[20]) {
  uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  unsigned char padded[128] = {0};
  size_t whole = length < 56 ? 64 : 128;
  memcpy(padded, text, length);
  padded[length] = 0x80;
  padded[whole - 2] = (unsigned char)(length >> 5);
  padded[whole - 1] = (unsigned char)(length << 3);
  for (size_t at = 0; at < whole; at += 64) sha1_block(state, padded + at);
  for (int i = 0; i < 20; i++) digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* 20 bytes as 28 characters and an end. */
static void base64_of_digest(const unsigned char digest[20], char out[29]) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int group = 0; group < 7; group++) {
    const unsigned char *in = digest + 3 * group;
    unsigned three = in[0] << 16 | in[1] << 8 | (group < 6 ? in[2] : 0);
    for (int i = 0; i < 4; i++) out[4 * group + i] = letters[three >> (18 - 6 * i) & 63];
  }
  out[27] = '=';
  out[28] = 0;
}

#endif
