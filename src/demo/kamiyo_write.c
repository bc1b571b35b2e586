/* One table: fill a row, let the defects at it, insert it, count it. */
#include <assert.h>
#include <math.h>

#include "base/memory.h"
#include "base/str.h"
#include "demo/kamiyo_table.h"

#define ENOUGH_FOR_ALL 100 /* a table of this many rows has every defect at least once */

typedef struct keel_kamiyo_writer {
    keel_kamiyo_job *job;
    const keel_kamiyo_table *table;
    sqlite3 *db;
    sqlite3_stmt *insert;
    keel_kamiyo_parents *parents; /* where this table's own rows are remembered, or NULL */
    keel_quota quotas[KEEL_KAMIYO_DEFECTS];
    int64_t planted[KEEL_KAMIYO_DEFECTS];
    int64_t rejected, parents_lost;
} keel_kamiyo_writer;

static void statement_free(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

bool keel_kamiyo_fail(sqlite3 *db, keel_error *err, const char *doing)
{
    return keel_fail(err, KEEL_ERR_IO, "cannot %s: %s", doing, sqlite3_errmsg(db));
}

static bool prepare_insert(keel_kamiyo_writer *writer, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "INSERT INTO %s VALUES (", writer->table->name);
    for (int column = 0; column < writer->table->columns; column++)
        keel_str_add(&sql, column == 0 ? "?" : ", ?");
    keel_str_add(&sql, ")");
    if (sqlite3_prepare_v2(writer->db, keel_str_text(&sql), -1, &writer->insert, NULL) != SQLITE_OK)
        return keel_kamiyo_fail(writer->db, err, writer->table->name);
    return true;
}

static int64_t wanted_rows(const keel_kamiyo_defect *defect, double dirt, int64_t rows)
{
    if (dirt <= 0)
        return 0;
    int64_t wanted = defect->exactly > 0 ? defect->exactly
                                         : llround((double)rows * defect->per_10k * dirt / 10000);

    if (wanted == 0 && rows >= ENOUGH_FOR_ALL)
        wanted = 1;
    return KEEL_MIN(wanted, rows);
}

static void start_quotas(keel_kamiyo_writer *writer, int64_t rows)
{
    const keel_kamiyo_dirt *dirt = writer->table->dirt;

    assert(dirt->count <= KEEL_KAMIYO_DEFECTS);
    for (size_t i = 0; i < dirt->count; i++)
        writer->quotas[i] =
            (keel_quota){.wanted = wanted_rows(&dirt->defects[i], writer->job->options->dirt, rows),
                         .rows = rows};
}

static void start_parents(keel_kamiyo_writer *writer, int64_t rows)
{
    if (writer->table->parents_offset == 0)
        return;
    writer->parents = (void *)((char *)writer->job + writer->table->parents_offset);
    writer->parents->ids = keel_alloc_zero((size_t)rows, sizeof *writer->parents->ids);
    writer->parents->rejected = keel_alloc_zero((size_t)rows, 1);
    writer->parents->barren = keel_alloc_zero((size_t)rows, 1);
}

static bool spoil(keel_kamiyo_job *job, const keel_kamiyo_defect *defect, keel_kamiyo_row *row)
{
    if ((row->touched & 1u << defect->column) != 0)
        return false;
    if (defect->spoil == NULL)
        row->cells[defect->column] = defect->cell;
    else if (!defect->spoil(job, row, defect->column))
        return false;
    row->touched |= 1u << defect->column;
    row->rejected = row->rejected || defect->rejects;
    return true;
}

static void apply_dirt(keel_kamiyo_writer *writer, keel_kamiyo_row *row)
{
    const keel_kamiyo_dirt *dirt = writer->table->dirt;

    for (size_t i = 0; i < dirt->count; i++) {
        if (!keel_quota_draw(&writer->quotas[i], &writer->job->random) ||
            !spoil(writer->job, &dirt->defects[i], row))
            continue;
        keel_quota_take(&writer->quotas[i]);
        writer->planted[i]++;
    }
}

static int bind_cell(sqlite3_stmt *insert, int place, const keel_kamiyo_cell *cell)
{
    switch (cell->class) {
    case KEEL_KAMIYO_NULL:
        return sqlite3_bind_null(insert, place);
    case KEEL_KAMIYO_INTEGER:
        return sqlite3_bind_int64(insert, place, cell->integer);
    case KEEL_KAMIYO_REAL:
        return sqlite3_bind_double(insert, place, cell->real);
    case KEEL_KAMIYO_TEXT:
        return sqlite3_bind_text(insert, place, cell->bytes, (int)cell->size, SQLITE_STATIC);
    case KEEL_KAMIYO_BLOB:
        return sqlite3_bind_blob(insert, place, cell->bytes, (int)cell->size, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static bool insert_row(keel_kamiyo_writer *writer, const keel_kamiyo_row *row, keel_error *err)
{
    for (int column = 0; column < writer->table->columns; column++)
        if (bind_cell(writer->insert, column + 1, &row->cells[column]) != SQLITE_OK)
            return keel_kamiyo_fail(writer->db, err, writer->table->name);
    int state = sqlite3_step(writer->insert);

    sqlite3_reset(writer->insert);
    return state == SQLITE_DONE || keel_kamiyo_fail(writer->db, err, writer->table->name);
}

/* What later rows and tables need to know of this one. */
static void remember(keel_kamiyo_writer *writer, const keel_kamiyo_row *row)
{
    int key = writer->table->key_column;
    keel_kamiyo_job *job = writer->job;

    writer->rejected += row->rejected;
    writer->parents_lost += row->parent_lost;
    job->previous = row;
    if (key >= 0 && (row->touched & 1u << key) == 0)
        snprintf(job->previous_key, sizeof job->previous_key, "%s", row->cells[key].bytes);
    if (writer->parents == NULL)
        return;
    int64_t place = writer->parents->count++;
    writer->parents->ids[place] = row->cells[0].integer;
    writer->parents->rejected[place] = row->rejected;
    writer->parents->barren[place] = row->barren;
}

static void start_row(keel_kamiyo_row *row)
{
    memset(row->cells, 0, sizeof row->cells);
    row->touched = 0;
    row->rejected = row->parent_lost = row->barren = false;
    row->seconds = 0;
    row->text_size = 0;
}

static void expect_defect(keel_kamiyo_expected *expected,
                          const char *defect,
                          const char *table,
                          int64_t rows,
                          bool rejects)
{
    if (rows == 0)
        return;
    assert(expected->defect_count < KEEL_COUNT_OF(expected->defects));
    expected->defects[expected->defect_count].defect = defect;
    expected->defects[expected->defect_count].table = table;
    expected->defects[expected->defect_count].rows = rows;
    expected->defects[expected->defect_count].rejects = rejects;
    expected->defect_count++;
}

static void report(const keel_kamiyo_writer *writer, int64_t rows, keel_kamiyo_expected *expected)
{
    const char *name = writer->table->name;
    size_t place = expected->table_count++;

    assert(place < KEEL_COUNT_OF(expected->tables));
    expected->tables[place].table = name;
    expected->tables[place].rows = rows;
    expected->tables[place].must_reject = writer->rejected;
    for (size_t i = 0; i < writer->table->dirt->count; i++)
        expect_defect(expected, writer->table->dirt->defects[i].name, name, writer->planted[i],
                      writer->table->dirt->defects[i].rejects);
    expect_defect(expected, "parent_rejected", name, writer->parents_lost, true);
}

bool keel_kamiyo_write(keel_kamiyo_job *job,
                       sqlite3 *db,
                       const keel_kamiyo_table *table,
                       keel_kamiyo_expected *expected,
                       keel_error *err)
{
    keel_kamiyo_writer writer = {.job = job, .table = table, .db = db};
    keel_kamiyo_row rows[2]; /* this one and the one before */
    int64_t row_count = table->rows(job);

    job->previous = NULL;
    job->previous_key[0] = '\0';
    if (!prepare_insert(&writer, err))
        return false;
    KEEL_CLEANUP(statement_free) KEEL_UNUSED sqlite3_stmt *insert = writer.insert;
    start_quotas(&writer, row_count);
    start_parents(&writer, row_count);
    for (int64_t ordinal = 0; ordinal < row_count; ordinal++) {
        keel_kamiyo_row *row = &rows[ordinal % 2];
        start_row(row);
        table->fill(job, ordinal, row);
        apply_dirt(&writer, row);
        if (!insert_row(&writer, row, err))
            return false;
        remember(&writer, row);
    }
    job->previous = NULL;
    report(&writer, row_count, expected);
    return true;
}
