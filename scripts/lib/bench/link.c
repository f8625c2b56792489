/* A link between this network namespace, 10.99.0.1, and a new one, 10.99.0.2, which is this
   process's: link MBIT_PER_SECOND MILLISECONDS

   MBIT_PER_SECOND goes through in each direction, MILLISECONDS is how long it takes there and
   back. Two TUN devices with this process between them: unlike netem (tc-netem(8)), it needs
   nothing of the kernel that a small one leaves out.

   Says "ready", then for each line that it reads "DOWN UP DROPPED": the bytes that went out of
   this namespace and into it, and the packets that found the queue full. Ends with its input. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 8192, MTU = 1500, QUEUE_MS = 100, LEAST_QUEUE = 64 << 10, BURST = 64 };

struct packet {
  long long due;
  size_t length;
  unsigned char bytes[MTU];
};

/* What waits, or is under way, in one direction. */
struct direction {
  struct packet *ring;
  unsigned first, count;
  long long free_at; /* when the last one has left */
  unsigned long long passed, dropped;
};

static double bytes_per_ns;
static long long delay_ns, queue_ns;

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int open_end(const char *name, const char *address) {
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  char command[256];
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) die("/dev/net/tun");
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) != 0) die("TUNSETIFF");
  snprintf(command, sizeof command,
           "ip link set lo up && ip address add %s/30 dev %s && ip link set dev %s mtu %d up", address, name,
           name, MTU);
  if (system(command) != 0) exit(1);
  return fd;
}

/* Takes a packet from a device; false where there is none. */
static int take(int fd, struct direction *to) {
  struct packet *packet = &to->ring[(to->first + to->count) % SLOTS];
  ssize_t n = read(fd, packet->bytes, MTU);
  if (n <= 0) return 0;
  long long now = now_ns();
  if (to->free_at < now) to->free_at = now;
  if (to->count == SLOTS - 1 || to->free_at - now > queue_ns) {
    to->dropped++;
    return 1;
  }
  to->free_at += (long long)((double)n / bytes_per_ns);
  packet->due = to->free_at + delay_ns;
  packet->length = (size_t)n;
  to->count++;
  return 1;
}

/* Hands over what has arrived; returns when the next one does, or 0. */
static long long deliver(int fd, struct direction *from) {
  while (from->count) {
    struct packet *packet = &from->ring[from->first];
    if (packet->due > now_ns()) return packet->due;
    if (write(fd, packet->bytes, packet->length) > 0) from->passed += packet->length;
    from->first = (from->first + 1) % SLOTS;
    from->count--;
  }
  return 0;
}

/* Answers a question; false at the end of the input. */
static int answer(const struct direction *down, const struct direction *up) {
  char line[64];
  if (read(0, line, sizeof line) <= 0) return 0;
  printf("%llu %llu %llu\n", down->passed, up->passed, down->dropped + up->dropped);
  fflush(stdout);
  return 1;
}

static void set_up(struct direction *direction) {
  direction->ring = calloc(SLOTS, sizeof *direction->ring);
  if (!direction->ring) die("memory");
}

static void wait_until(struct pollfd *fds, long long down_due, long long up_due) {
  long long due = down_due && (!up_due || down_due < up_due) ? down_due : up_due;
  long long left = due ? due - now_ns() : 0;
  struct timespec most = {.tv_sec = left > 0 ? left / 1000000000 : 0, .tv_nsec = left > 0 ? left % 1000000000 : 0};
  ppoll(fds, 3, due ? &most : NULL, NULL);
}

int main(int argc, char **argv) {
  if (argc != 3 || atof(argv[1]) <= 0) return 2;
  struct direction down = {0}, up = {0};
  bytes_per_ns = atof(argv[1]) / 8e3;
  delay_ns = (long long)(atof(argv[2]) * 1e6 / 2);
  queue_ns = QUEUE_MS * 1000000LL;
  if ((double)queue_ns * bytes_per_ns < LEAST_QUEUE) queue_ns = (long long)(LEAST_QUEUE / bytes_per_ns);
  set_up(&down), set_up(&up);
  int here = open_end("wire", "10.99.0.1");
  if (unshare(CLONE_NEWNET) != 0) die("unshare");
  int there = open_end("wire", "10.99.0.2");
  printf("ready\n");
  fflush(stdout);
  struct pollfd fds[] = {{.fd = here, .events = POLLIN}, {.fd = there, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  do {
    wait_until(fds, deliver(there, &down), deliver(here, &up));
    for (int i = 0; i < BURST && take(here, &down); i++) continue;
    for (int i = 0; i < BURST && take(there, &up); i++) continue;
  } while (!fds[2].revents || answer(&down, &up));
  return 0;
}
