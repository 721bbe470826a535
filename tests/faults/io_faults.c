/* Preloaded into a command: makes the n-th change that the process makes to files below a folder fail.

   Every write, creation, rename, link, removal, truncation and sync of the C library is wrapped, so those of
   TensorFlow as well as those of Python. `io_faults` says what happens at the n-th; each is logged as a line
   "operation path". Nothing is wrapped but counted through before it is called. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, KILL_BEFORE, TORN, FAIL_EIO, FAIL_ENOSPC, SHORT, FULL };

static char folder[PATH_MAX];
static int armed, wanted, log_descriptor;
static long position, done;

void io_faults(const char *path, int kind, long at, int log)
{
    snprintf(folder, sizeof folder, "%s", path);
    wanted = kind;
    position = at;
    log_descriptor = log;
    done = 0;
    armed = 1;
}

static int below(const char *path)
{
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static const char *of_descriptor(int descriptor, char *buffer)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, buffer, PATH_MAX - 1);
    buffer[length > 0 ? length : 0] = 0;
    return buffer;
}

static const char *absolute(int directory, const char *path, char *buffer)
{
    char base[PATH_MAX];
    if (!path || path[0] == '/')
        return path ? path : "";
    if (directory == AT_FDCWD) {
        if (!getcwd(base, sizeof base))
            base[0] = 0;
    } else
        of_descriptor(directory, base);
    snprintf(buffer, PATH_MAX, "%.2000s/%.2000s", base, path);
    return buffer;
}

/* Counts an operation; returns what is to happen at it. */
static int fault(const char *name, const char *path, int grows)
{
    char line[PATH_MAX + 64];
    if (!armed || !below(path))
        return NOTHING;
    int saved = errno;
    int length = snprintf(line, sizeof line, "%s %s\n", name, path + strlen(folder));
    long number = __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_write, log_descriptor, line, (size_t)length);
    errno = saved;
    if (wanted == FULL)
        return number >= position && grows ? FAIL_ENOSPC : NOTHING;
    if (number != position)
        return NOTHING;
    if (wanted == KILL_BEFORE)
        kill(getpid(), SIGKILL);
    return wanted;
}

static void torn(int kind)
{
    if (kind == TORN)
        kill(getpid(), SIGKILL);
}

static int fails(int kind)
{
    if (kind == FAIL_EIO || kind == FAIL_ENOSPC)
        errno = kind == FAIL_EIO ? EIO : ENOSPC;
    return kind == FAIL_EIO || kind == FAIL_ENOSPC;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* An operation on one or two paths, without a short form. */
#define WRAPPED(result_type, name, parameters, arguments, directory, path, grows, failure) \
    result_type name parameters \
    { \
        char buffer[PATH_MAX]; \
        int kind = fault(#name, absolute(directory, path, buffer), grows); \
        if (fails(kind)) \
            return failure; \
        result_type result = REAL(name) arguments; \
        torn(kind); \
        return result; \
    }

WRAPPED(int, rename, (const char *a, const char *b), (a, b), AT_FDCWD, b, 0, -1)
WRAPPED(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), e, b, 0, -1)
WRAPPED(int, renameat2, (int d, const char *a, int e, const char *b, unsigned f), (d, a, e, b, f), e, b, 0, -1)
WRAPPED(int, link, (const char *a, const char *b), (a, b), AT_FDCWD, b, 1, -1)
WRAPPED(int, linkat, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f), e, b, 1, -1)
WRAPPED(int, unlink, (const char *a), (a), AT_FDCWD, a, 0, -1)
WRAPPED(int, unlinkat, (int d, const char *a, int f), (d, a, f), d, a, 0, -1)
WRAPPED(int, remove, (const char *a), (a), AT_FDCWD, a, 0, -1)
WRAPPED(int, rmdir, (const char *a), (a), AT_FDCWD, a, 0, -1)
WRAPPED(int, mkdir, (const char *a, mode_t m), (a, m), AT_FDCWD, a, 1, -1)
WRAPPED(int, mkdirat, (int d, const char *a, mode_t m), (d, a, m), d, a, 1, -1)
WRAPPED(int, truncate, (const char *a, off_t n), (a, n), AT_FDCWD, a, 0, -1)
WRAPPED(int, truncate64, (const char *a, off64_t n), (a, n), AT_FDCWD, a, 0, -1)

/* An operation on a descriptor, without a short form. */
#define WRAPPED_DESCRIPTOR(name, parameters, arguments) \
    int name parameters \
    { \
        char buffer[PATH_MAX]; \
        int kind = fault(#name, of_descriptor(d, buffer), 0); \
        if (fails(kind)) \
            return -1; \
        int result = REAL(name) arguments; \
        torn(kind); \
        return result; \
    }

WRAPPED_DESCRIPTOR(fsync, (int d), (d))
WRAPPED_DESCRIPTOR(fdatasync, (int d), (d))
WRAPPED_DESCRIPTOR(ftruncate, (int d, off_t n), (d, n))
WRAPPED_DESCRIPTOR(ftruncate64, (int d, off64_t n), (d, n))

/* A write of `size` bytes to descriptor `d`; its short form writes half of them, as does a kill within it. */
#define WRAPPED_WRITE(name, parameters, arguments) \
    ssize_t name parameters \
    { \
        char buffer[PATH_MAX]; \
        int kind = fault(#name, of_descriptor(d, buffer), 1); \
        if (fails(kind)) \
            return -1; \
        if ((kind == SHORT || kind == TORN) && size > 1) \
            size /= 2; \
        ssize_t result = REAL(name) arguments; \
        torn(kind); \
        return result; \
    }

WRAPPED_WRITE(write, (int d, const void *p, size_t size), (d, p, size))
WRAPPED_WRITE(pwrite, (int d, const void *p, size_t size, off_t o), (d, p, size, o))
WRAPPED_WRITE(pwrite64, (int d, const void *p, size_t size, off64_t o), (d, p, size, o))
WRAPPED_WRITE(writev, (int d, const struct iovec *p, int size), (d, p, size))
WRAPPED_WRITE(pwritev, (int d, const struct iovec *p, int size, off_t o), (d, p, size, o))
WRAPPED_WRITE(sendfile, (int d, int from, off_t *o, size_t size), (d, from, o, size))
WRAPPED_WRITE(sendfile64, (int d, int from, off64_t *o, size_t size), (d, from, o, size))
WRAPPED_WRITE(copy_file_range, (int from, off64_t *o, int d, off64_t *p, size_t size, unsigned f),
              (from, o, d, p, size, f))

size_t fwrite(const void *data, size_t size, size_t count, FILE *file)
{
    char buffer[PATH_MAX];
    int kind = armed ? fault("fwrite", of_descriptor(fileno(file), buffer), 1) : NOTHING;
    if (fails(kind))
        return 0;
    if (kind == SHORT || kind == TORN) {
        size_t written = REAL(fwrite)(data, 1, size * count / 2, file);
        if (kind == TORN)
            REAL(fflush)(file);
        torn(kind);
        errno = ENOSPC;
        return written / (size ? size : 1);
    }
    return REAL(fwrite)(data, size, count, file);
}

/* What the buffer held is lost where it cannot be written. */
#define WRAPPED_STREAM(name, close_after_failure) \
    int name(FILE *file) \
    { \
        char buffer[PATH_MAX]; \
        int kind = armed && file ? fault(#name, of_descriptor(fileno(file), buffer), __fpending(file) > 0) : NOTHING; \
        if (kind == FAIL_EIO || kind == FAIL_ENOSPC) { \
            __fpurge(file); \
            if (close_after_failure) \
                REAL(fclose)(file); \
            fails(kind); \
            return EOF; \
        } \
        int result = REAL(name)(file); \
        torn(kind); \
        return result; \
    }

WRAPPED_STREAM(fflush, 0)
WRAPPED_STREAM(fclose, 1)

#define WRAPPED_FOPEN(name) \
    FILE *name(const char *path, const char *mode) \
    { \
        char buffer[PATH_MAX]; \
        int kind = strpbrk(mode, "wa") ? fault(#name, absolute(AT_FDCWD, path, buffer), 1) : NOTHING; \
        if (fails(kind)) \
            return NULL; \
        FILE *result = REAL(name)(path, mode); \
        torn(kind); \
        return result; \
    }

WRAPPED_FOPEN(fopen)
WRAPPED_FOPEN(fopen64)

#define WRAPPED_OPEN(name, parameters, arguments, directory) \
    int name parameters \
    { \
        char buffer[PATH_MAX]; \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        int kind = flags & (O_CREAT | O_TRUNC) ? fault(#name, absolute(directory, path, buffer), 1) : NOTHING; \
        if (fails(kind)) \
            return -1; \
        int result = REAL(name) arguments; \
        torn(kind); \
        return result; \
    }

WRAPPED_OPEN(open, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD)
WRAPPED_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD)
WRAPPED_OPEN(openat, (int d, const char *path, int flags, ...), (d, path, flags, mode), d)
WRAPPED_OPEN(openat64, (int d, const char *path, int flags, ...), (d, path, flags, mode), d)
