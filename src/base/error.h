/* Errors are values. A function that can fail returns bool and takes `keel_error *err` last; on false
 * *err is filled and every ret_ parameter is untouched. Messages: one line, lower case, no full stop, object
 * names in double quotes; the hint is a full sentence that says what the reader can do. Nothing here
 * allocates; text longer than the field is cut. Decide by `kind` or `sqlstate`, never by text. */
#ifndef KEEL_BASE_ERROR_H
#define KEEL_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/macros.h"

#define KEEL_ERROR_KINDS(X)                            \
    X(USAGE, "wrong usage")                            \
    X(CONFIG, "wrong configuration or mapping file")   \
    X(CONNECT, "cannot reach the server")              \
    X(LOST, "lost the connection to the server")       \
    X(SERVER, "the server refused")                    \
    X(SOURCE, "cannot read the source")                \
    X(CHANGED, "the source or the plan has changed")   \
    X(LOCKED, "somebody else holds it")                \
    X(DATA, "the data does not allow it")              \
    X(CANCELLED, "stopped on request")                 \
    X(IO, "a file or the system failed")               \
    X(INTERNAL, "a defect in pgkeel")

typedef enum keel_error_kind {
    KEEL_OK = 0,
#define X(name, text) KEEL_ERR_##name,
    KEEL_ERROR_KINDS(X)
#undef X
} keel_error_kind;

typedef struct keel_error {
    keel_error_kind kind;
    char sqlstate[6]; /* of a SERVER error, else "" */
    char message[1024];
    char hint[640];
} keel_error;

/* Fills *err and returns false, so that `return keel_fail(...)` reads well. Clears sqlstate and hint. */
bool keel_fail(keel_error *err, keel_error_kind kind, const char *fmt, ...) KEEL_PRINTF(3, 4);

/* Sets the hint of an error that is already filled; returns false. */
bool keel_fail_hint(keel_error *err, const char *fmt, ...) KEEL_PRINTF(2, 3);

/* Puts "context: " before the message of an error that is already filled; returns false. */
bool keel_fail_context(keel_error *err, const char *fmt, ...) KEEL_PRINTF(2, 3);

#ifdef __clang_analyzer__ /* what the analyzer cannot see across files: they return false */
#define keel_fail(...) ((void)keel_fail(__VA_ARGS__), false)
#define keel_fail_hint(...) ((void)keel_fail_hint(__VA_ARGS__), false)
#define keel_fail_context(...) ((void)keel_fail_context(__VA_ARGS__), false)
#endif

/* The kind in words ("cannot reach the server"). */
const char *keel_error_kind_text(keel_error_kind kind);

#endif
