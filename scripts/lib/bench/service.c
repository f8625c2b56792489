/* The service that every peer runs: says when main began, then sleeps.

     service SOCKET obey     says when TERM came, and exits at once
     service SOCKET ignore   ignores TERM

   USR1 is answered, so that the benchmark can tell that it lives. */
#include "stamp.h"

#include <signal.h>

static int benchmark;

static void on_term(int number) {
  (void)number;
  long long came = now_ns();
  send_stamp(benchmark, 'T', came, now_ns());
  _exit(0);
}

static void on_usr1(int number) {
  (void)number;
  send_stamp(benchmark, 'U', now_ns(), 0);
}

int main(int argc, char **argv) {
  long long began = now_ns();
  if (argc < 3) return 2;
  benchmark = stamp_socket(argv[1]);
  signal(SIGUSR1, on_usr1);
  signal(SIGTERM, strcmp(argv[2], "ignore") == 0 ? SIG_IGN : on_term);
  send_stamp(benchmark, 'S', began, 0);
  for (;;) pause();
}
