/* Leaves zombies to PID 1, and waits until it has taken them all away.

     orphans burst N SECONDS      N times: a child that forks one more, and both exit at once
     orphans handover N SECONDS   N zombies of one process, which ends: PID 1 gets all in one go

   Prints nanoseconds: from the first fork, and from when the last orphan was made or handed over,
   until none is left; then how many are left after SECONDS. */
#include "stamp.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static pid_t *orphans;

static pid_t must_fork(void) {
  pid_t pid = fork();
  if (pid < 0) {
    perror("fork");
    exit(1);
  }
  return pid;
}

static void make_orphan(int index) {
  pid_t child = must_fork();
  if (child == 0) {
    pid_t orphan = must_fork(); // which writes nothing: the memory is shared
    if (orphan != 0) orphans[index] = orphan;
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static void burst(int count) {
  for (int i = 0; i < count; i++) make_orphan(i);
}

/* In the process that is to end: its children are zombies once WNOWAIT has seen each. */
static void collect_zombies(int count) {
  for (int i = 0; i < count; i++) {
    pid_t orphan = must_fork();
    if (orphan == 0) _exit(0);
    orphans[i] = orphan;
  }
  for (int i = 0; i < count; i++) {
    siginfo_t info;
    waitid(P_PID, (id_t)orphans[i], &info, WEXITED | WNOWAIT);
  }
}

static void handover(int count, long long *handed) {
  pid_t middle = must_fork();
  if (middle == 0) {
    collect_zombies(count);
    *handed = now_ns();
    _exit(0);
  }
  waitpid(middle, NULL, 0);
}

/* A zombie still has its pid. Asking for one at a time costs PID 1 next to nothing. */
static int count_left(int count, long long until) {
  struct timespec pause = {.tv_nsec = 50000};
  int first = 0;
  while (first < count && now_ns() < until) {
    if (kill(orphans[first], 0) != 0 && errno == ESRCH) first++;
    else nanosleep(&pause, NULL);
  }
  return count - first;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[2]);
  size_t size = sizeof(long long) + (size_t)count * sizeof(pid_t);
  long long *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 1;
  orphans = (pid_t *)(shared + 1);
  long long began = now_ns();
  if (strcmp(argv[1], "handover") == 0) handover(count, shared);
  else {
    burst(count);
    *shared = now_ns();
  }
  int left = count_left(count, now_ns() + atoi(argv[3]) * 1000000000LL);
  long long ended = now_ns();
  printf("%lld %lld %d\n", ended - began, ended - *shared, left);
  return 0;
}
