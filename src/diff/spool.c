#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "diff/inside.h"

enum { BLOCK = 8192, RECORD_HEAD = 12 }; /* size and key's hash */

typedef struct half { /* of a partition: the rows of one side */
    KEEL_VEC(uint32_t) blocks;
    uint64_t size;
    keel_str tail; /* not written yet */
} half;

typedef half partition[KEEL_SIDES];

struct keel_spool {
    int file;
    pthread_mutex_t lock;
    KEEL_VEC(partition *) sets; /* of KEEL_SPOOL_PARTITIONS each */
    KEEL_VEC(uint32_t) free_blocks;
    uint32_t next_block;
};

static const char *directory(void)
{
    const char *wanted = getenv("TMPDIR");

    return wanted != NULL && wanted[0] != '\0' ? wanted : "/tmp";
}

static bool fail(keel_error *err, const char *what)
{
    int why = errno;

    keel_fail(err, KEEL_ERR_IO, "cannot %s a temporary file in \"%s\": %s", what, directory(), strerror(why));
    return keel_fail_hint(err, "TMPDIR names another directory; it needs room for the rows that differ, of both sides.");
}

static int open_file(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};
    int file = open(directory(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return file;
    keel_str_addf(&path, "%s/pgkeel-diff-XXXXXX", directory());
    file = mkostemp(path.data, O_CLOEXEC);
    if (file >= 0)
        unlink(path.data);
    return file;
}

bool keel_spool_open(keel_spool **ret_spool, keel_error *err)
{
    int file = open_file();

    if (file < 0)
        return fail(err, "make");
    keel_spool *spool = keel_alloc_zero(1, sizeof *spool);
    spool->file = file;
    pthread_mutex_init(&spool->lock, NULL);
    *ret_spool = spool;
    return true;
}

static void free_half(half *h)
{
    keel_vec_free(&h->blocks);
    keel_str_free(&h->tail);
}

void keel_spool_free(keel_spool *spool)
{
    if (spool == NULL)
        return;
    close(spool->file);
    for (size_t i = 0; i < spool->sets.count; i++) {
        for (size_t j = 0; j < KEEL_SPOOL_PARTITIONS; j++)
            for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
                free_half(&spool->sets.items[i][j][side]);
        free(spool->sets.items[i]);
    }
    keel_vec_free(&spool->sets);
    keel_vec_free(&spool->free_blocks);
    pthread_mutex_destroy(&spool->lock);
    free(spool);
}

uint32_t keel_spool_add_set(keel_spool *spool)
{
    partition *set = keel_alloc_zero(KEEL_SPOOL_PARTITIONS, sizeof *set);

    pthread_mutex_lock(&spool->lock);
    keel_vec_push(&spool->sets, set);
    uint32_t first = (uint32_t)(spool->sets.count - 1) * KEEL_SPOOL_PARTITIONS;
    pthread_mutex_unlock(&spool->lock);
    return first;
}

static half *half_of(const keel_spool *spool, uint32_t number, keel_side side)
{
    return &spool->sets.items[number / KEEL_SPOOL_PARTITIONS][number % KEEL_SPOOL_PARTITIONS][side];
}

static uint32_t new_block(keel_spool *spool)
{
    return spool->free_blocks.count > 0 ? spool->free_blocks.items[--spool->free_blocks.count] : spool->next_block++;
}

static bool write_block(const keel_spool *spool, uint32_t block, const char *bytes, keel_error *err)
{
    size_t done = 0;

    while (done < BLOCK) {
        ssize_t written = pwrite(spool->file, bytes + done, BLOCK - done, (off_t)block * BLOCK + (off_t)done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fail(err, "write");
        done += (size_t)written;
    }
    return true;
}

/* Full blocks of the tail go to the file. */
static bool write_full(keel_spool *spool, half *h, keel_error *err)
{
    size_t done = 0;

    for (; h->tail.size - done >= BLOCK; done += BLOCK) {
        uint32_t block = new_block(spool);
        if (!write_block(spool, block, h->tail.data + done, err))
            return false;
        keel_vec_push(&h->blocks, block);
    }
    if (done > 0) {
        h->tail.size -= done;
        memmove(h->tail.data, h->tail.data + done, h->tail.size);
    }
    if (h->tail.capacity > 4 * BLOCK) { /* after a large row */
        keel_str rest = {0};
        keel_str_addn(&rest, h->tail.data, h->tail.size);
        keel_str_free(&h->tail);
        h->tail = rest;
    }
    return true;
}

bool keel_spool_add(keel_spool *spool, uint32_t number, keel_side side, uint64_t key, const unsigned char *tuple,
                    size_t size, keel_error *err)
{
    char head[RECORD_HEAD];
    uint32_t length = (uint32_t)size;

    memcpy(head, &length, sizeof length);
    memcpy(head + sizeof length, &key, sizeof key);
    pthread_mutex_lock(&spool->lock);
    half *h = half_of(spool, number, side);
    keel_str_addn(&h->tail, head, sizeof head);
    keel_str_addn(&h->tail, tuple, size);
    h->size += sizeof head + size;
    bool good = h->tail.size < BLOCK || write_full(spool, h, err);
    pthread_mutex_unlock(&spool->lock);
    return good;
}

bool keel_spool_end_set(keel_spool *spool, uint32_t first, keel_error *err)
{
    bool good = true;

    pthread_mutex_lock(&spool->lock);
    for (uint32_t i = first; good && i < first + KEEL_SPOOL_PARTITIONS; i++) {
        for (keel_side side = KEEL_SOURCE; good && side < KEEL_SIDES; side++) {
            half *h = half_of(spool, i, side);
            if (h->tail.size > 0) {
                keel_str_reserve(&h->tail, BLOCK - h->tail.size);
                memset(h->tail.data + h->tail.size, 0, BLOCK - h->tail.size);
                h->tail.size = BLOCK;
                good = write_full(spool, h, err);
            }
            keel_str_free(&h->tail);
        }
    }
    pthread_mutex_unlock(&spool->lock);
    return good;
}

bool keel_spool_is_empty(keel_spool *spool, uint32_t number)
{
    pthread_mutex_lock(&spool->lock);
    bool empty = half_of(spool, number, KEEL_SOURCE)->size == 0 && half_of(spool, number, KEEL_TARGET)->size == 0;
    pthread_mutex_unlock(&spool->lock);
    return empty;
}

/* Moves what is left of the buffer to its front and reads one more block behind it. */
static bool read_block(keel_spool_reader *reader, const half *h, keel_error *err)
{
    keel_str *buffer = &reader->buffer;
    size_t left = buffer->size - reader->at, done = 0;

    if (left > 0 && reader->at > 0)
        memmove(buffer->data, buffer->data + reader->at, left);
    buffer->size = left;
    reader->at = 0;
    keel_str_reserve(buffer, BLOCK);
    off_t from = (off_t)h->blocks.items[reader->block] * BLOCK;
    while (done < BLOCK) {
        ssize_t got = pread(reader->spool->file, buffer->data + left + done, BLOCK - done, from + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(err, "read");
        done += (size_t)got;
    }
    buffer->size += BLOCK;
    reader->block++;
    return true;
}

static bool have(keel_spool_reader *reader, const half *h, size_t wanted, keel_error *err)
{
    while (reader->buffer.size - reader->at < wanted)
        if (!read_block(reader, h, err))
            return false;
    return true;
}

bool keel_spool_next(keel_spool_reader *reader, uint64_t *ret_key, const unsigned char **ret_tuple, size_t *ret_size,
                     keel_error *err)
{
    uint32_t length;

    pthread_mutex_lock(&reader->spool->lock); /* of the list of sets; nobody else touches this half */
    const half *h = half_of(reader->spool, reader->partition, reader->side);
    pthread_mutex_unlock(&reader->spool->lock);
    if (reader->done >= h->size) {
        *ret_tuple = NULL;
        return true;
    }
    if (!have(reader, h, RECORD_HEAD, err))
        return false;
    memcpy(&length, reader->buffer.data + reader->at, sizeof length);
    if (!have(reader, h, RECORD_HEAD + length, err))
        return false;
    const char *record = reader->buffer.data + reader->at;
    memcpy(ret_key, record + sizeof length, sizeof *ret_key);
    *ret_tuple = (const unsigned char *)record + RECORD_HEAD;
    *ret_size = length;
    reader->at += RECORD_HEAD + length;
    reader->done += RECORD_HEAD + length;
    return true;
}

void keel_spool_reader_free(keel_spool_reader *reader)
{
    keel_str_free(&reader->buffer);
}

void keel_spool_drop(keel_spool *spool, uint32_t number)
{
    pthread_mutex_lock(&spool->lock);
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        half *h = half_of(spool, number, side);
        for (size_t i = 0; i < h->blocks.count; i++)
            keel_vec_push(&spool->free_blocks, h->blocks.items[i]);
        free_half(h);
        h->size = 0;
    }
    pthread_mutex_unlock(&spool->lock);
}
