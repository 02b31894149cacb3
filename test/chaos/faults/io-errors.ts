import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A means to let writes to database files fail. */
export interface IoErrors {
  /** What a process must have in its environment, so that its writes can be made to fail. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * From now on one of so many writes to database files fails: with EIO, also in syncs and truncations, or as on a disk
   * that has no room.
   */
  begin(oneOf: number, error: 'EIO' | 'ENOSPC'): void;
  end(): void;
  /** How many have failed so far. */
  injected(): number;
}

/**
 * The library that stands between a process and the C library. It looks at a file for whether writes are to fail, and
 * leaves everything alone that is not a database or its log.
 */
const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>
#include <fcntl.h>

static __thread unsigned state;

static int is_full;

static int one_of(void) {
  char text[16];
  const char *path = getenv("CHAOS_IO");
  int file = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY) : -1;
  if (file < 0) return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  syscall(SYS_close, file);
  if (length <= 0) return 0;
  text[length] = 0;
  is_full = strstr(text, "ENOSPC") != 0;
  return atoi(text);
}

static void count(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s.count", getenv("CHAOS_IO"));
  int file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0) return;
  syscall(SYS_write, file, "x", 1);
  syscall(SYS_close, file);
}

static int fails(int fd, int is_write) {
  char link[64], name[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, sizeof name - 1);
  if (length <= 0) return 0;
  name[length] = 0;
  if (!strstr(name, ".db") && !strstr(name, ".sqlite")) return 0;
  int of = one_of();
  if (of <= 0) return 0;
  if (!state) state = (unsigned)getpid() * 2654435761u + 1;
  state = state * 1664525u + 1013904223u;
  if ((state >> 8) % (unsigned)of || (is_full && !is_write)) return 0;
  count();
  errno = is_full ? ENOSPC : EIO;
  return 1;
}

#define NEXT(type, name) static type next; if (!next) next = (type)dlsym(RTLD_NEXT, name)
typedef ssize_t (*write_t)(int, const void *, size_t);
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef int (*sync_t)(int);
typedef int (*truncate_t)(int, off_t);

ssize_t write(int fd, const void *b, size_t n) { NEXT(write_t, "write"); return fails(fd, 1) ? -1 : next(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { NEXT(pwrite_t, "pwrite"); return fails(fd, 1) ? -1 : next(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off_t o) { NEXT(pwrite_t, "pwrite64"); return fails(fd, 1) ? -1 : next(fd, b, n, o); }
int fsync(int fd) { NEXT(sync_t, "fsync"); return fails(fd, 0) ? -1 : next(fd); }
int fdatasync(int fd) { NEXT(sync_t, "fdatasync"); return fails(fd, 0) ? -1 : next(fd); }
int ftruncate(int fd, off_t n) { NEXT(truncate_t, "ftruncate"); return fails(fd, 0) ? -1 : next(fd, n); }
int ftruncate64(int fd, off_t n) { NEXT(truncate_t, "ftruncate64"); return fails(fd, 0) ? -1 : next(fd, n); }
`;

/** Compiles the library into a folder. A text says why it could not be done. */
export function prepareIoErrors(folder: string): IoErrors | string {
  const [source, library, control] = ['io-errors.c', 'io-errors.so', 'io-errors'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  if (process.platform !== 'linux') return `${process.platform} has no LD_PRELOAD`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(source, SOURCE);
  const reasons = ['cc', 'gcc', 'clang'].map((compiler) => {
    const { status, stderr, error } = spawnSync(compiler, ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
    return status === 0 ? null : `${compiler}: ${error?.message ?? stderr.toString().trim()}`;
  });
  if (!reasons.includes(null)) return `no C compiler (${reasons.join('; ')})`;
  return {
    env: { LD_PRELOAD: library, CHAOS_IO: control },
    begin: (oneOf, error) => writeFileSync(control, `${oneOf} ${error}`),
    end: () => rmSync(control, { force: true }),
    injected: () => statSync(`${control}.count`, { throwIfNoEntry: false })?.size ?? 0,
  };
}
