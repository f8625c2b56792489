/* Says when it is about to become another program: launcher SOCKET PROGRAM [ARGS] */
#include "stamp.h"

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int benchmark = stamp_socket(argv[1]);
  send_stamp(benchmark, 'X', now_ns(), 0);
  execv(argv[2], argv + 2);
  perror(argv[2]);
  return 127;
}
