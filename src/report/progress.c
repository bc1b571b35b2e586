#include "report/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"
#include "base/term.h"

enum { BAR_WIDTH = 24 };

static const keel_usec bar_period = KEEL_SECOND / 10;
static const keel_usec line_period = 5 * KEEL_SECOND;

struct keel_progress {
    bool quiet, tty, color;
    keel_progress *parent; /* of a part: gets its notes */
    const char *name;
    atomic_uint_fast64_t done, total;
    pthread_t drawer;
    pthread_mutex_t lock; /* everything below, and the terminal */
    pthread_cond_t wake;
    bool stop;
    bool bar_shown;    /* the terminal's line holds a bar */
    const char *phase; /* NULL before the first one */
    const char *unit;
    keel_usec phase_started;
    keel_arena *names;
};

static void write_err(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, text, size);
        if (written <= 0)
            return;
        text += written;
        size -= (size_t)written;
    }
}

/* "1 234 567" reads badly for programs and well for people: this is for people. */
static void add_number(keel_str *out, uint64_t number)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, number);

    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            keel_str_addc(out, ',');
        keel_str_addc(out, digits[i]);
    }
}

static void add_duration(keel_str *out, uint64_t seconds)
{
    if (seconds >= 3600)
        keel_str_addf(out, "%" PRIu64 "h%02" PRIu64 "m", seconds / 3600, seconds / 60 % 60);
    else if (seconds >= 60)
        keel_str_addf(out, "%" PRIu64 "m%02" PRIu64 "s", seconds / 60, seconds % 60);
    else
        keel_str_addf(out, "%" PRIu64 "s", seconds);
}

static void add_bar(keel_str *out, uint64_t done, uint64_t total, bool color)
{
    int filled = (int)(KEEL_MIN(done, total) * (uint64_t)BAR_WIDTH / total);

    keel_str_addf(out, "[%s", color ? "\033[32m" : "");
    for (int i = 0; i < BAR_WIDTH; i++)
        keel_str_addc(out, i < filled ? '#' : '.');
    keel_str_addf(out, "%s] ", color ? "\033[0m" : "");
}

/* "data: [####....] 12,000 of 30,000 rows, 40%, 6,000 rows/s, ETA 3s" */
static void add_state(const keel_progress *p, keel_str *out, bool bar)
{
    uint64_t done = atomic_load_explicit(&p->done, memory_order_relaxed);
    uint64_t total = atomic_load_explicit(&p->total, memory_order_relaxed);
    double seconds = (double)(keel_monotonic() - p->phase_started) / (double)KEEL_SECOND;
    double rate = seconds > 0.05 ? (double)done / seconds : 0;

    keel_str_addf(out, "%s: ", p->phase);
    if (bar && total > 0)
        add_bar(out, done, total, p->color);
    add_number(out, done);
    if (total > 0) {
        keel_str_add(out, " of ");
        add_number(out, total);
    }
    keel_str_addf(out, " %s", p->unit);
    if (total > 0)
        keel_str_addf(out, ", %.0f%%", 100.0 * (double)KEEL_MIN(done, total) / (double)total);
    if (rate >= 1) {
        keel_str_add(out, ", ");
        add_number(out, (uint64_t)rate);
        keel_str_addf(out, " %s/s", p->unit);
    }
    if (total > done && rate >= 1) {
        keel_str_add(out, ", ETA ");
        add_duration(out, (uint64_t)((double)(total - done) / rate) + 1);
    }
}

/* Cuts a line at the terminal's edge, without counting color codes. */
static void fit(keel_str *line, int columns)
{
    int shown = 0;
    bool in_code = false;

    for (size_t i = 0; i < line->size; i++) {
        char c = line->data[i];
        if (c == '\033')
            in_code = true;
        if (!in_code && ++shown >= columns) {
            line->size = i;
            line->data[i] = '\0';
            return;
        }
        if (in_code && c == 'm')
            in_code = false;
    }
}

/* The functions from here to draw_loop want p->lock held. */
static void clear_bar(keel_progress *p)
{
    if (p->bar_shown)
        write_err("\r\033[K", 4);
    p->bar_shown = false;
}

static void draw(keel_progress *p)
{
    KEEL_CLEANUP(keel_str_free) keel_str line = {0};

    if (p->phase == NULL)
        return;
    if (p->tty)
        keel_str_add(&line, "\r\033[K");
    add_state(p, &line, p->tty);
    if (p->tty)
        fit(&line, keel_term_width(STDERR_FILENO) + 1);
    else
        keel_str_addc(&line, '\n');
    write_err(line.data, line.size);
    p->bar_shown = p->tty;
}

/* The last state of a phase stays on the screen as a line of its own. */
static void end_phase(keel_progress *p)
{
    if (p->phase == NULL)
        return;
    if (p->tty || keel_monotonic() - p->phase_started >= line_period)
        draw(p);
    if (p->bar_shown)
        write_err("\n", 1);
    p->bar_shown = false;
    p->phase = NULL;
}

static void *draw_loop(void *arg)
{
    keel_progress *p = arg;
    keel_usec period = p->tty ? bar_period : line_period;

    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        keel_usec until = keel_now() + period;
        struct timespec deadline = {
            .tv_sec = (time_t)(until / KEEL_SECOND),
            .tv_nsec = (long)(until % KEEL_SECOND) * 1000,
        };
        if (pthread_cond_timedwait(&p->wake, &p->lock, &deadline) != 0)
            draw(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

keel_progress *keel_progress_create(bool quiet, bool color)
{
    keel_progress *p = keel_alloc_zero(1, sizeof *p);

    p->quiet = quiet;
    p->tty = keel_term_is_tty(STDERR_FILENO);
    p->color = color;
    p->names = keel_arena_create();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    if (!quiet && pthread_create(&p->drawer, NULL, draw_loop, p) != 0)
        p->quiet = true; /* work matters more than its progress */
    return p;
}

keel_progress *keel_progress_part(keel_progress *parent, const char *name)
{
    keel_progress *p = keel_progress_create(true, false);

    p->parent = parent;
    p->name = name;
    return p;
}

void keel_progress_free(keel_progress *p)
{
    if (p == NULL)
        return;
    if (!p->quiet) {
        pthread_mutex_lock(&p->lock);
        p->stop = true;
        end_phase(p);
        pthread_cond_signal(&p->wake);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->drawer, NULL);
    }
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    keel_arena_free(p->names);
    free(p);
}

void keel_progress_phase(keel_progress *p, const char *phase, const char *unit, uint64_t total)
{
    if (p->quiet)
        return;
    pthread_mutex_lock(&p->lock);
    end_phase(p);
    p->phase = keel_arena_strdup(p->names, phase);
    p->unit = keel_arena_strdup(p->names, unit);
    p->phase_started = keel_monotonic();
    atomic_store_explicit(&p->done, 0, memory_order_relaxed);
    atomic_store_explicit(&p->total, total, memory_order_relaxed);
    pthread_mutex_unlock(&p->lock);
}

void keel_progress_total(keel_progress *p, uint64_t total)
{
    atomic_store_explicit(&p->total, total, memory_order_relaxed);
}

void keel_progress_add(keel_progress *p, uint64_t done)
{
    atomic_fetch_add_explicit(&p->done, done, memory_order_relaxed);
}

void keel_progress_note(keel_progress *p, const char *fmt, ...)
{
    KEEL_CLEANUP(keel_str_free) keel_str line = {0};
    va_list args;

    if (p->quiet && p->parent == NULL)
        return;
    va_start(args, fmt);
    keel_str_addv(&line, fmt, args);
    va_end(args);
    if (p->parent != NULL) {
        keel_progress_note(p->parent, "%s: %s", p->name, keel_str_text(&line));
        return;
    }
    keel_str_addc(&line, '\n');
    pthread_mutex_lock(&p->lock);
    clear_bar(p);
    write_err(line.data, line.size);
    pthread_mutex_unlock(&p->lock);
}
