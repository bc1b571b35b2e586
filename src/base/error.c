#include "base/error.h"

#include <stdio.h>
#include <string.h>

bool (keel_fail)(keel_error *err, keel_error_kind kind, const char *fmt, ...)
{
    va_list args;

    err->kind = kind;
    err->sqlstate[0] = '\0';
    err->hint[0] = '\0';
    va_start(args, fmt);
    vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    return false;
}

bool (keel_fail_hint)(keel_error *err, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
    return false;
}

bool (keel_fail_context)(keel_error *err, const char *fmt, ...)
{
    char context[256];
    char old[sizeof err->message];
    va_list args;

    va_start(args, fmt);
    vsnprintf(context, sizeof context, fmt, args);
    va_end(args);
    memcpy(old, err->message, sizeof old);
    snprintf(err->message, sizeof err->message, "%s: %s", context, old);
    return false;
}

const char *keel_error_kind_text(keel_error_kind kind)
{
    switch (kind) {
    case KEEL_OK:
        return "no error";
#define X(name, text)     \
    case KEEL_ERR_##name: \
        return text;
        KEEL_ERROR_KINDS(X)
#undef X
    }
    return "unknown error";
}
