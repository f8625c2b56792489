/* A WebSocket client that costs little.

     sockets PORT PATH round-trip CONNECTIONS BYTES SECONDS
         sends a message on each connection, waits for the same to come back, sends the next
     sockets PORT PATH bulk CONNECTIONS 0 SECONDS
         takes what is sent, and throws it away

   Prints one line of JSON: messages, bytes (with the frames' heads), seconds,
   p50_us and p99_us of the round trips. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1024, ROOM = 1 << 20, MOST_SAMPLES = 1 << 23, PATIENCE_MS = 20000 };

struct connection {
  int fd;
  size_t got; /* of the message that is on its way back */
  long long began;
};

static struct connection connections[MOST_CONNECTIONS];
static unsigned char frame[ROOM], expected[ROOM], input[ROOM];
static size_t frame_length, expected_length;
static uint32_t *samples; /* nanoseconds */
static size_t sample_count;
static unsigned long long messages, bytes;

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "sockets: %s: %s\n", what, errno ? strerror(errno) : "not as expected");
  exit(1);
}

static void send_all(int fd, const void *data, size_t length) {
  while (length) {
    ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) {
      poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, PATIENCE_MS);
      continue;
    }
    if (n <= 0) die("sending");
    data = (const char *)data + n;
    length -= (size_t)n;
  }
}

/* Reads a head to its end and no further. */
static void read_answer(int fd) {
  char head[4096];
  size_t held = 0;
  while (held < 4 || memcmp(head + held - 4, "\r\n\r\n", 4) != 0) {
    ssize_t n = recv(fd, head + held, 1, 0);
    if (n <= 0 || ++held == sizeof head) die("the answer to the handshake");
  }
  errno = 0;
  if (memcmp(head, "HTTP/1.1 101", 12) != 0) die("the answer to the handshake");
}

static int open_socket(int port, const char *path) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
  char request[1024];
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("connecting");
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\n"
                        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                        path, port, port);
  send_all(fd, request, (size_t)length);
  read_answer(fd);
  return fd;
}

/* A binary message's head for so many bytes, masked or not (RFC 6455, section 5.2). */
static size_t write_head(unsigned char *out, size_t length, int masked) {
  size_t at = 2;
  out[0] = 0x82;
  out[1] = (unsigned char)((masked ? 128 : 0) | (length < 126 ? length : length < 65536 ? 126 : 127));
  for (int shift = length < 126 ? -8 : length < 65536 ? 8 : 56; shift >= 0; shift -= 8)
    out[at++] = (unsigned char)((uint64_t)length >> shift);
  if (masked) memcpy(out + at, "\x37\xfa\x21\x3d", 4), at += 4;
  return at;
}

/* The message that is sent, and how it is to come back. */
static void make_message(size_t length) {
  if (length + 14 > ROOM) die("so long a message");
  size_t masked = write_head(frame, length, 1), plain = write_head(expected, length, 0);
  for (size_t i = 0; i < length; i++) {
    expected[plain + i] = (unsigned char)('a' + i % 26);
    frame[masked + i] = expected[plain + i] ^ frame[masked - 4 + (i & 3)];
  }
  frame_length = masked + length, expected_length = plain + length;
}

static void send_message(struct connection *connection) {
  connection->got = 0;
  connection->began = now_ns();
  send_all(connection->fd, frame, frame_length);
}

static void take_echo(struct connection *connection) {
  ssize_t n = recv(connection->fd, input, expected_length - connection->got, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) die("receiving");
  errno = 0;
  if (memcmp(input, expected + connection->got, (size_t)n) != 0) die("what came back");
  connection->got += (size_t)n;
  if (connection->got < expected_length) return;
  if (sample_count < MOST_SAMPLES) samples[sample_count++] = (uint32_t)(now_ns() - connection->began);
  messages++, bytes += expected_length;
  send_message(connection);
}

/* Read into nowhere (tcp(7), MSG_TRUNC): the client must not be what holds things up. */
static void take_bulk(struct connection *connection) {
  ssize_t n = recv(connection->fd, NULL, ROOM, MSG_TRUNC);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) die("receiving");
  bytes += (unsigned long long)n;
}

static int by_size(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

static double percentile(double share) {
  return sample_count ? samples[(size_t)(share * (double)(sample_count - 1))] / 1e3 : 0;
}

static void open_all(int port, const char *path, int count, int events) {
  for (int i = 0; i < count; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
    connections[i].fd = open_socket(port, path);
    if (fcntl(connections[i].fd, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
    epoll_ctl(events, EPOLL_CTL_ADD, connections[i].fd, &event);
  }
}

static void run(int events, int is_bulk, double seconds) {
  struct epoll_event found[64];
  long long began = now_ns(), until = began + (long long)(seconds * 1e9), last = began;
  while (last < until) {
    int count = epoll_wait(events, found, 64, PATIENCE_MS);
    if (count == 0) die("nothing comes");
    for (int i = 0; i < count; i++) (is_bulk ? take_bulk : take_echo)(found[i].data.ptr);
    last = now_ns();
  }
  qsort(samples, sample_count, sizeof *samples, by_size);
  printf("{\"messages\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
         messages, bytes, (double)(last - began) / 1e9, percentile(0.5), percentile(0.99));
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  int is_bulk = !strcmp(argv[3], "bulk"), count = atoi(argv[4]), events = epoll_create1(0);
  if (count < 1 || count > MOST_CONNECTIONS) return 2;
  samples = calloc(MOST_SAMPLES, sizeof *samples);
  if (!samples) die("memory");
  make_message((size_t)atol(argv[5]));
  open_all(atoi(argv[1]), argv[2], count, events);
  for (int i = 0; i < count && !is_bulk; i++) send_message(&connections[i]);
  run(events, is_bulk, atof(argv[6]));
}
