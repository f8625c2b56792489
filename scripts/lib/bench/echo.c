/* A WebSocket server that costs little: echo PORT

     a path that ends in /source   sends messages of 64 KB as fast as they are taken
     any other path                sends every message back

   One thread; messages of any length, in any number of frames. */
#define _GNU_SOURCE
#include "sha1.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 256 << 10, MESSAGE = 64 << 10, SOURCE = MESSAGE + 10, HEAD = 8 << 10 };
enum stage { HANDSHAKE, ECHO, SENDING };

struct peer {
  int fd;
  enum stage stage;
  char head[HEAD + 1]; /* the handshake, and the beginning of a frame's head */
  size_t held;
  uint64_t left; /* of the payload of the frame that has begun */
  unsigned char mask[4];
  size_t sent; /* of the message that a source sends */
};

static int events;
static unsigned char input[ROOM], output[ROOM + ROOM / 2], source[SOURCE];

static void watch(struct peer *peer, int how, uint32_t what) {
  struct epoll_event event = {.events = what, .data.ptr = peer};
  epoll_ctl(events, how, peer->fd, &event);
}

static void drop(struct peer *peer) {
  close(peer->fd);
  free(peer);
}

/* Waits where the client takes no more. */
static int send_all(int fd, const void *data, size_t length) {
  while (length) {
    ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) {
      poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
      continue;
    }
    if (n <= 0) return -1;
    data = (const char *)data + n;
    length -= (size_t)n;
  }
  return 0;
}

static int answer_handshake(struct peer *peer) {
  char text[128], accepted[29], answer[256];
  unsigned char digest[20];
  char *key = strcasestr(peer->head, "\r\nsec-websocket-key:");
  if (!key || sscanf(key + 20, " %60[^ \r\n]", text) != 1) return -1;
  strcat(text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  sha1(text, strlen(text), digest);
  base64_of_digest(digest, accepted);
  int length = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                        accepted);
  return send_all(peer->fd, answer, (size_t)length);
}

/* The head of a request; nothing follows it before it is answered. */
static int take_handshake(struct peer *peer) {
  ssize_t n = recv(peer->fd, peer->head + peer->held, HEAD - peer->held, 0);
  if (n <= 0) return n < 0 && errno == EAGAIN ? 0 : -1;
  peer->held += (size_t)n;
  peer->head[peer->held] = 0;
  if (!strstr(peer->head, "\r\n\r\n")) return peer->held < HEAD ? 0 : -1;
  char *path = strchr(peer->head, ' '), *end = path ? strchr(path + 1, ' ') : NULL;
  peer->stage = end && end - path > 7 && !strncmp(end - 7, "/source", 7) ? SENDING : ECHO;
  peer->held = 0;
  if (answer_handshake(peer) != 0) return -1;
  if (peer->stage == SENDING) watch(peer, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  return 0;
}

/* The head of a masked frame (RFC 6455, section 5.2): its length, or 0 while some is missing. */
static size_t head_length(const unsigned char *head, size_t held) {
  if (held < 2) return 0;
  size_t length = 6 + ((head[1] & 127) == 126 ? 2 : (head[1] & 127) == 127 ? 8 : 0);
  return held < length ? 0 : length;
}

/* Notes what the head says, and writes the same without a mask. A ping is answered by a pong. */
static size_t begin_frame(struct peer *peer, const unsigned char *head, size_t length, unsigned char *out) {
  size_t plain = length - 4;
  memcpy(out, head, plain);
  memcpy(peer->mask, head + plain, 4);
  out[1] &= 127;
  if ((out[0] & 15) == 9) out[0] ^= 9 ^ 10;
  peer->left = out[1];
  if (plain > 2) peer->left = 0;
  for (size_t i = 2; i < plain; i++) peer->left = peer->left << 8 | out[i];
  return plain;
}

static void unmask(struct peer *peer, const unsigned char *in, size_t length, unsigned char *out) {
  unsigned char mask[4];
  memcpy(mask, peer->mask, 4);
  for (size_t i = 0; i < length; i++) out[i] = in[i] ^ mask[i & 3];
  for (size_t i = 0; i < 4; i++) peer->mask[i] = mask[(length + i) & 3];
}

/* One byte of a frame's head, kept until the head is whole; returns what it adds to the output. */
static size_t take_head_byte(struct peer *peer, unsigned char byte, unsigned char *out) {
  peer->head[peer->held++] = (char)byte;
  size_t length = head_length((unsigned char *)peer->head, peer->held);
  if (!length) return 0;
  peer->held = 0;
  return begin_frame(peer, (unsigned char *)peer->head, length, out);
}

static int echo(struct peer *peer) {
  ssize_t n = recv(peer->fd, input, sizeof input, 0);
  if (n <= 0) return n < 0 && errno == EAGAIN ? 0 : -1;
  size_t at = 0, out = 0, end = (size_t)n;
  while (at < end) {
    if (!peer->left) {
      out += take_head_byte(peer, input[at++], output + out);
      continue;
    }
    size_t part = end - at < peer->left ? end - at : (size_t)peer->left;
    unmask(peer, input + at, part, output + out);
    at += part, out += part, peer->left -= part;
  }
  return send_all(peer->fd, output, out);
}

static int send_source(struct peer *peer) {
  ssize_t n = send(peer->fd, source + peer->sent, SOURCE - peer->sent, MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN ? 0 : -1;
  peer->sent = (peer->sent + (size_t)n) % SOURCE;
  return 0;
}

/* Whatever a source is told but its end makes no difference. */
static int serve(struct peer *peer, uint32_t what) {
  if (peer->stage == HANDSHAKE) return take_handshake(peer);
  if (peer->stage == ECHO) return echo(peer);
  if (what & EPOLLIN) {
    ssize_t n = recv(peer->fd, input, sizeof input, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return -1;
  }
  return what & EPOLLOUT ? send_source(peer) : what & (EPOLLERR | EPOLLHUP) ? -1 : 0;
}

static int listen_on(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0) {
    perror("echo");
    exit(1);
  }
  return fd;
}

static void welcome(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), on = 1;
  if (fd < 0) return;
  struct peer *peer = calloc(1, sizeof *peer);
  if (!peer) exit(1);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  peer->fd = fd;
  watch(peer, EPOLL_CTL_ADD, EPOLLIN);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int listener = listen_on(atoi(argv[1]));
  source[0] = 0x82, source[1] = 127, source[7] = MESSAGE >> 16;
  events = epoll_create1(0);
  struct epoll_event found[64], first = {.events = EPOLLIN};
  epoll_ctl(events, EPOLL_CTL_ADD, listener, &first);
  while (1) {
    int count = epoll_wait(events, found, 64, -1);
    for (int i = 0; i < count; i++) {
      struct peer *peer = found[i].data.ptr;
      if (!peer) welcome(listener);
      else if (serve(peer, found[i].events) != 0) drop(peer);
    }
  }
}
