#include "proxy.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "stand.h"

enum { MOST_PAIRS = 64, BUFFER = 65536 };

typedef struct pair {
    int client, server; /* -1 = closed */
    bool copying, stalled, drops_answer, holds;
} pair;

struct proxy {
    char path[108], server[108];
    int listener;
    pair pairs[MOST_PAIRS];
    size_t count;
    char buffer[BUFFER];
    atomic_int fault, left;
    atomic_bool struck, released, over;
    pthread_t thread;
};

static const char commit[] = "Q\0\0\0\013COMMIT";

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        size -= (size_t)sent;
    }
}

static bool strikes(proxy *p, proxy_fault fault)
{
    if (atomic_load(&p->fault) != (int)fault || atomic_fetch_sub(&p->left, 1) != 1)
        return false;
    atomic_store(&p->fault, PROXY_PASSES);
    atomic_store(&p->struck, true);
    return true;
}

static void from_client(proxy *p, pair *c, size_t size)
{
    bool commits = c->copying && memmem(p->buffer, size, commit, sizeof commit) != NULL;

    if (c->copying && !commits && strikes(p, PROXY_CUTS_COPY)) {
        send_all(c->server, p->buffer, size / 2);
        close_end(&c->client);
        close_end(&c->server);
        return;
    }
    if (c->copying && !commits && strikes(p, PROXY_STALLS_COPY)) {
        c->stalled = true;
        return;
    }
    if (commits && strikes(p, PROXY_HOLDS_COMMIT)) {
        c->holds = true;
        close_end(&c->client);
        return;
    }
    c->drops_answer = c->drops_answer || (commits && strikes(p, PROXY_CUTS_ANSWER));
    c->copying = memmem(p->buffer, size, "FROM STDIN", 10) != NULL || (c->copying && !commits);
    send_all(c->server, p->buffer, size);
}

static void from_server(proxy *p, pair *c, size_t size)
{
    if (!c->drops_answer) {
        send_all(c->client, p->buffer, size);
        return;
    }
    close_end(&c->client);
    close_end(&c->server);
}

static void forward(proxy *p, pair *c, bool client)
{
    ssize_t size = recv(client ? c->client : c->server, p->buffer, BUFFER, 0);

    if (size <= 0) {
        close_end(&c->client);
        close_end(&c->server);
    } else if (client) {
        from_client(p, c, (size_t)size);
    } else {
        from_server(p, c, (size_t)size);
    }
}

static void admit(proxy *p)
{
    int client = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    int server = client >= 0 && p->count < MOST_PAIRS ? connect_to(p->server) : -1;

    if (server >= 0)
        p->pairs[p->count++] = (pair){.client = client, .server = server};
    else if (client >= 0)
        close(client);
}

static void release(pair *c)
{
    char answer[64];

    if (!c->holds)
        return;
    send_all(c->server, commit, sizeof commit);
    (void)!recv(c->server, answer, sizeof answer, 0);
    c->holds = false;
    close_end(&c->server);
}

static void look_once(proxy *p)
{
    struct pollfd fds[2 * MOST_PAIRS + 1] = {{.fd = p->listener, .events = POLLIN}};

    for (size_t i = 0; i < p->count; i++) {
        bool quiet = p->pairs[i].stalled || p->pairs[i].holds;
        fds[2 * i + 1] = (struct pollfd){.fd = quiet ? -1 : p->pairs[i].client, .events = POLLIN};
        fds[2 * i + 2] = (struct pollfd){.fd = quiet ? -1 : p->pairs[i].server, .events = POLLIN};
    }
    size_t count = p->count;
    if (poll(fds, 2 * count + 1, 10) <= 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (fds[2 * i + 1].revents != 0 && p->pairs[i].client >= 0)
            forward(p, &p->pairs[i], true);
        if (fds[2 * i + 2].revents != 0 && p->pairs[i].server >= 0)
            forward(p, &p->pairs[i], false);
    }
    if (fds[0].revents != 0)
        admit(p);
}

static void *work(void *argument)
{
    proxy *p = argument;

    while (!atomic_load(&p->over)) {
        look_once(p);
        for (size_t i = 0; atomic_load(&p->released) && i < p->count; i++)
            release(&p->pairs[i]);
        size_t open = 0;
        for (size_t i = 0; i < p->count; i++)
            if (p->pairs[i].client >= 0 || p->pairs[i].server >= 0)
                p->pairs[open++] = p->pairs[i];
        p->count = open;
    }
    return NULL;
}

proxy *proxy_start(const char *directory, const char *server)
{
    proxy *p = calloc(1, sizeof *p);
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(p->path, sizeof p->path, "%s/.s.PGSQL.5432", directory);
    snprintf(p->server, sizeof p->server, "%s", server);
    memcpy(address.sun_path, p->path, sizeof address.sun_path);
    p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(p->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(p->listener, 16) != 0)
        stand_bail_out("proxy", "cannot listen");
    if (pthread_create(&p->thread, NULL, work, p) != 0)
        stand_bail_out("proxy", "no thread");
    return p;
}

void proxy_arm(proxy *p, proxy_fault fault, int at)
{
    atomic_store(&p->struck, false);
    atomic_store(&p->released, false);
    atomic_store(&p->left, at);
    atomic_store(&p->fault, (int)fault);
}

bool proxy_has_struck(proxy *p)
{
    return atomic_load(&p->struck);
}

void proxy_release(proxy *p)
{
    atomic_store(&p->released, true);
}

void proxy_stop(proxy *p)
{
    atomic_store(&p->over, true);
    pthread_join(p->thread, NULL);
    for (size_t i = 0; i < p->count; i++) {
        close_end(&p->pairs[i].client);
        close_end(&p->pairs[i].server);
    }
    close(p->listener);
    unlink(p->path);
    free(p);
}
