/* A proxy on a unix socket between pgkeel and the server that cuts, holds or stalls one connection
 * in the middle of what it carries. One thread of its own; the functions are for the thread that
 * started it. */
#ifndef KEEL_TESTS_PROXY_H
#define KEEL_TESTS_PROXY_H

#include <stdbool.h>

typedef enum proxy_fault {
    PROXY_PASSES,
    PROXY_CUTS_COPY,    /* closes both sides in the middle of a COPY */
    PROXY_CUTS_ANSWER,  /* the server gets COMMIT of a chunk and answers, but pgkeel never learns it
                         */
    PROXY_HOLDS_COMMIT, /* pgkeel is cut off, the server waits for COMMIT until it is released */
    PROXY_STALLS_COPY,  /* both sides stay open, nothing passes any more */
} proxy_fault;

typedef struct proxy proxy;

/* Listens in `directory` for the server whose socket is `server`. */
proxy *proxy_start(const char *directory, const char *server);
/* Arms it: the fault strikes at the place number `at` (from 1) of all that pass from now on. */
void proxy_arm(proxy *proxy, proxy_fault fault, int at);
bool proxy_has_struck(proxy *proxy);
void proxy_release(proxy *proxy); /* a held COMMIT goes to the server; all connections are closed
                                     once it has answered */
void proxy_stop(proxy *proxy);

#endif
