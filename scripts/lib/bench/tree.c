/* The trees that ownership walks are measured on.

     tree make DIR FILES full|empty   makes DIR and so many files below it, all root's
     tree own DIR all|some|none       makes everything root's, one file in a hundred, or nothing;
                                      the rest is 1000:100
     tree age DIR SECONDS             sets every access time so far back; negative: ahead
     tree survey DIR SINCE            prints: entries, those that are not 1000:100, those whose
                                      inode changed since then (nanoseconds), those read since
                                      then, and the bytes that all take

   None but `make` changes an access time by reading. */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { UID = 1000, GID = 100, LARGE = 5000, BLOCK = 4096 };

typedef void visit(int dir, const char *name, const struct stat *meta);

static long long argument; // of the present visit
static enum { ALL, SOME, NONE } roots;
static long long entries, wrong, changed, read_since, bytes;

static long long ns(struct timespec at) { return at.tv_sec * 1000000000LL + at.tv_nsec; }

/* Everything in a directory, and then the directory itself is the caller's to visit. */
static void walk(int parent, const char *name, visit *each) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir(fd);
  if (!dir) err(1, "%s", name);
  struct dirent *entry;
  while ((entry = readdir(dir))) {
    struct stat meta;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (fstatat(fd, entry->d_name, &meta, AT_SYMLINK_NOFOLLOW)) err(1, "%s", entry->d_name);
    if (S_ISDIR(meta.st_mode)) walk(fd, entry->d_name, each);
    each(fd, entry->d_name, &meta);
  }
  closedir(dir);
}

static void walk_all(const char *top, visit *each) {
  struct stat meta;
  if (lstat(top, &meta)) err(1, "%s", top);
  walk(AT_FDCWD, top, each);
  each(AT_FDCWD, top, &meta);
}

/* Names end in a number, by which the same files are chosen on every file system. */
static int is_roots(const char *name, const struct stat *meta) {
  size_t length = strlen(name);
  if (roots != SOME) return roots == ALL;
  return !S_ISDIR(meta->st_mode) && length > 2 && strcmp(name + length - 2, "37") == 0;
}

static void own(int dir, const char *name, const struct stat *meta) {
  int is = is_roots(name, meta);
  uid_t uid = is ? 0 : UID;
  gid_t gid = is ? 0 : GID;
  if (meta->st_uid == uid && meta->st_gid == gid) return;
  if (fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW)) err(1, "%s", name);
}

static void age(int dir, const char *name, const struct stat *meta) {
  (void)meta;
  struct timespec times[2] = {{.tv_sec = time(NULL) - argument}, {.tv_nsec = UTIME_OMIT}};
  if (utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW)) err(1, "%s", name);
}

static void survey(int dir, const char *name, const struct stat *meta) {
  (void)dir;
  (void)name;
  entries++;
  wrong += meta->st_uid != UID || meta->st_gid != GID;
  changed += ns(meta->st_ctim) >= argument;
  read_since += ns(meta->st_atim) >= argument;
  bytes += meta->st_blocks * 512LL;
}

/* Most take one block, one in 64 takes ten; one in 50 is a symbolic link to nowhere. */
static void make_file(const char *dir, long number, int is_full) {
  static const char content[BLOCK * 10];
  char path[4096];
  snprintf(path, sizeof path, "%s/file%07ld", dir, number);
  if (number % 50 == 49) {
    if (symlink("../nowhere", path)) err(1, "%s", path);
    return;
  }
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  size_t size = number % 64 == 0 ? sizeof content : (size_t)(number % 37 + 1) * 100;
  if (fd < 0 || (is_full && write(fd, content, size) < 0)) err(1, "%s", path);
  close(fd);
}

/* How many files directory `number` holds: one in 5,000 holds LARGE of them, the rest 1 to 18, so
   that it is about 10 on average. */
static long capacity(long number) { return number % 5000 == 500 ? LARGE : number % 18 + 1; }

/* Each directory but the first three is in one that was made before it: about ten levels. */
static void make(const char *top, long files, int is_full) {
  char **dirs = calloc((size_t)files + 1, sizeof *dirs);
  if (!dirs) err(1, "memory");
  long made = 0;
  for (long at = 0; made < files; at++) {
    if (at == 0) dirs[at] = strdup(top);
    else if (asprintf(&dirs[at], "%s/dir%06ld", dirs[(at - 1) / 3], at) < 0) err(1, "memory");
    if (mkdir(dirs[at], 0755)) err(1, "%s", dirs[at]);
    for (long left = capacity(at); left > 0 && made < files; left--)
      make_file(dirs[at], made++, is_full);
  }
}

static int choose(const char *word, const char *const *words) {
  for (int at = 0; words[at]; at++)
    if (strcmp(word, words[at]) == 0) return at;
  errx(2, "%s is not known", word);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  umask(022);
  const char *const commands[] = {"make", "own", "age", "survey", NULL};
  const char *const extents[] = {"all", "some", "none", NULL};
  const char *top = argv[2];
  int command = choose(argv[1], commands);
  argument = atoll(argv[3]);
  if (command == 0) make(top, (long)argument, argc > 4 && strcmp(argv[4], "full") == 0);
  if (command == 1) {
    roots = choose(argv[3], extents);
    walk_all(top, own);
  }
  if (command == 2) walk_all(top, age);
  if (command == 3) {
    walk_all(top, survey);
    printf("%lld %lld %lld %lld %lld\n", entries, wrong, changed, read_since, bytes);
  }
  return 0;
}
