/* Compiler attributes and the scope-exit cleanup that the whole house uses. */
#ifndef KEEL_BASE_MACROS_H
#define KEEL_BASE_MACROS_H

#include <stddef.h>

#define KEEL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define KEEL_MUST_CHECK __attribute__((warn_unused_result))
#define KEEL_NEVER_NULL __attribute__((returns_nonnull))
#define KEEL_UNUSED __attribute__((unused))
#define KEEL_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define KEEL_MIN(a, b) ((a) < (b) ? (a) : (b))
#define KEEL_MAX(a, b) ((a) > (b) ? (a) : (b))

/* KEEL_CLEANUP(free_fn) T x = ...;  free_fn(&x) runs when x leaves scope. */
#define KEEL_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Defines `static inline void fn_p(type **p)`, the cleanup form of `void fn(type *)`. */
#define KEEL_DEFINE_CLEANUP(type, fn)                \
    static inline void fn##_p(type **p)              \
    {                                                \
        if (*p != NULL)                              \
            fn(*p);                                  \
    }                                                \
    struct keel_semicolon_##fn

#endif
