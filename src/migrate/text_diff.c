/* The difference of two texts by lines: the common beginning and end are left out, and between them the longest common
 * subsequence decides. Texts that differ in more lines than the table holds are shown as one replaced block. */
#include "base/memory.h"
#include "migrate/work.h"

enum { LARGEST = 1500, SHOWN = 40, AROUND = 2 };

typedef struct lines {
    KEEL_VEC(const char *) starts; /* and the end behind the last */
    size_t count;
} lines;

static void free_lines(lines *l)
{
    keel_vec_free(&l->starts);
}

static void read_lines(const char *text, lines *out)
{
    keel_vec_push(&out->starts, text);
    for (const char *at = text; *at != '\0'; at++)
        if (*at == '\n' && at[1] != '\0')
            keel_vec_push(&out->starts, at + 1);
    out->count = *text != '\0' ? out->starts.count : 0;
    keel_vec_push(&out->starts, text + strlen(text));
}

static size_t length_of(const lines *l, size_t i)
{
    size_t size = (size_t)(l->starts.items[i + 1] - l->starts.items[i]);

    while (size > 0 && strchr("\r\n", l->starts.items[i][size - 1]) != NULL)
        size--;
    return size;
}

static bool equal(const lines *a, size_t i, const lines *b, size_t j)
{
    size_t size = length_of(a, i);

    return size == length_of(b, j) && memcmp(a->starts.items[i], b->starts.items[j], size) == 0;
}

typedef struct printer {
    keel_str *out;
    int shown;
} printer;

static void print(printer *p, char mark, const lines *l, size_t i)
{
    if (p->shown++ < SHOWN)
        keel_str_addf(p->out, "%c %.*s\n", mark, (int)KEEL_MIN(length_of(l, i), 200), l->starts.items[i]);
}

/* table[i][j]: length of the longest common subsequence of a[i..) and b[j..). */
static void walk(printer *p, const lines *a, size_t a0, size_t a1, const lines *b, size_t b0, size_t b1)
{
    size_t rows = a1 - a0, columns = b1 - b0, width = columns + 1;
    KEEL_CLEANUP(keel_free_p) unsigned short *table = keel_alloc_zero((rows + 1) * width, sizeof *table);
    size_t i = 0, j = 0;

    for (size_t r = rows; r-- > 0;)
        for (size_t c = columns; c-- > 0;)
            table[r * width + c] = equal(a, a0 + r, b, b0 + c)
                                       ? (unsigned short)(table[(r + 1) * width + c + 1] + 1)
                                       : KEEL_MAX(table[(r + 1) * width + c], table[r * width + c + 1]);
    while (i < rows || j < columns) {
        if (i < rows && j < columns && equal(a, a0 + i, b, b0 + j)) {
            print(p, ' ', a, a0 + i++);
            j++;
        } else if (j >= columns || (i < rows && table[(i + 1) * width + j] >= table[i * width + j + 1])) {
            print(p, '-', a, a0 + i++);
        } else {
            print(p, '+', b, b0 + j++);
        }
    }
}

static void replace_block(printer *p, const lines *a, size_t a0, size_t a1, const lines *b, size_t b0, size_t b1)
{
    for (size_t i = a0; i < a1; i++)
        print(p, '-', a, i);
    for (size_t j = b0; j < b1; j++)
        print(p, '+', b, j);
}

void keel_text_diff(const char *before, const char *after, keel_str *out)
{
    KEEL_CLEANUP(free_lines) lines a = {0};
    KEEL_CLEANUP(free_lines) lines b = {0};
    printer p = {.out = out};
    size_t head = 0, tail = 0;

    read_lines(before, &a);
    read_lines(after, &b);
    while (head < a.count && head < b.count && equal(&a, head, &b, head))
        head++;
    while (tail < a.count - head && tail < b.count - head && equal(&a, a.count - 1 - tail, &b, b.count - 1 - tail))
        tail++;
    size_t a1 = a.count - tail, b1 = b.count - tail;
    for (size_t i = head > AROUND ? head - AROUND : 0; i < head; i++)
        print(&p, ' ', &a, i);
    if (a1 - head <= LARGEST && b1 - head <= LARGEST)
        walk(&p, &a, head, a1, &b, head, b1);
    else
        replace_block(&p, &a, head, a1, &b, head, b1);
    for (size_t i = a1; i < a1 + AROUND && i < a.count; i++)
        print(&p, ' ', &a, i);
    if (p.shown > SHOWN)
        keel_str_addf(out, "  ... and %d lines more\n", p.shown - SHOWN);
}
