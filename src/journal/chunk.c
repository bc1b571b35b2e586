/* The record of a chunk: written at the start and at the end of its transaction, read back by resume, verify and
 * undo. Arrays travel in PostgreSQL's binary array format. */
#include "journal/chunk.h"

#include <stdlib.h>

#include "base/memory.h"

enum { OID_INT8 = 20, OID_INT4 = 23, OID_BYTEA = 17, OID_INT8_ARRAY = 1016, OID_INT4_ARRAY = 1007 };

void keel_journal_chunk_begin_sql(keel_str *sql, int64_t run, int table, char kind, int lane, int seq, const char *relation)
{
    KEEL_CLEANUP(keel_str_free) keel_str literal = {0};

    keel_pg_add_literal(&literal, relation);
    keel_str_addf(sql,
                  "INSERT INTO pgkeel.chunk (run, tbl, kind, lane, seq, xid, filenode) VALUES (%lld, %d, '%c', %d, %d,"
                  " pg_catalog.txid_current(), pg_catalog.pg_relation_filenode(%s::pg_catalog.regclass)); ",
                  (long long)run, table, kind, lane, seq, literal.data);
}

/* Binary one-dimensional array header without NULLs. */
static void array_header(keel_str *out, uint32_t element, size_t count)
{
    keel_str_add_i32(out, count > 0 ? 1 : 0);
    keel_str_add_i32(out, 0);
    keel_str_add_i32(out, (int32_t)element);
    if (count > 0) {
        keel_str_add_i32(out, (int32_t)count);
        keel_str_add_i32(out, 1);
    }
}

static void int8_array(keel_str *out, const int64_t *values, size_t count)
{
    array_header(out, OID_INT8, count);
    keel_str_reserve(out, count * 12);
    for (size_t i = 0; i < count; i++) {
        keel_str_add_i32(out, 8);
        keel_str_add_i64(out, values[i]);
    }
}

static void int4_array(keel_str *out, const int32_t *values, size_t count)
{
    array_header(out, OID_INT4, count);
    keel_str_reserve(out, count * 8);
    for (size_t i = 0; i < count; i++) {
        keel_str_add_i32(out, 4);
        keel_str_add_i32(out, values[i]);
    }
}

static bool all_ones(const keel_key_runs *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->length[i] != 1)
            return false;
    return true;
}

static keel_pg_param binary_param(uint32_t type, const keel_str *bytes)
{
    return (keel_pg_param){.type = type, .value = bytes->data, .size = (int)bytes->size, .binary = true};
}

/* Three parameters: old starts, new starts, lengths; each NULL where it says nothing. */
static void key_params(keel_pg_param *params, keel_str buffers[3], const keel_key_runs *keys)
{
    params[0] = (keel_pg_param){.type = OID_INT8_ARRAY};
    params[1] = (keel_pg_param){.type = OID_INT8_ARRAY};
    params[2] = (keel_pg_param){.type = OID_INT4_ARRAY};
    if (keys->count == 0)
        return;
    int8_array(&buffers[0], keys->old_start, keys->count);
    params[0] = binary_param(OID_INT8_ARRAY, &buffers[0]);
    if (keys->new_start != NULL) {
        int8_array(&buffers[1], keys->new_start, keys->count);
        params[1] = binary_param(OID_INT8_ARRAY, &buffers[1]);
    }
    if (!all_ones(keys)) {
        int4_array(&buffers[2], keys->length, keys->count);
        params[2] = binary_param(OID_INT4_ARRAY, &buffers[2]);
    }
}

static const char finish_sql[] =
    "UPDATE pgkeel.chunk SET first_position = $6, last_position = $7, rows_read = $8, inserted = $9, merged = $10,"
    " rejected = $11, old_start = $12, new_start = $13, run_length = $14, merged_old = $15, merged_new = $16,"
    " merged_length = $17, old_text = $18::text[], new_text = $19::text[], row_hashes = $20, key_hashes = $21,"
    " notes = $22::jsonb, seconds = $23::float8"
    " WHERE run = $1 AND tbl = $2 AND kind = $3::text::\"char\" AND lane = $4 AND seq = $5";

bool keel_journal_chunk_finish(keel_pg *pg, int64_t run, const keel_chunk_record *record, keel_error *err)
{
    enum { PARAMS = 23 };
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    keel_str arrays[6] = {{0}};
    char numbers[11][24], kind[2] = {record->kind, '\0'}, seconds[32];
    const int64_t integers[] = {run, record->table, 0, record->lane, record->seq, record->first_position,
                                record->last_position, record->read, record->inserted, record->merged, record->rejected};
    keel_pg_param params[PARAMS] = {{0}};

    for (size_t i = 0; i < KEEL_COUNT_OF(integers); i++) {
        snprintf(numbers[i], sizeof numbers[i], "%lld", (long long)integers[i]);
        params[i] = (keel_pg_param){.value = numbers[i]};
    }
    params[2].value = kind;
    snprintf(seconds, sizeof seconds, "%.6f", record->seconds);
    key_params(&params[11], &arrays[0], &record->keys);
    key_params(&params[14], &arrays[3], &record->merged_keys);
    params[17].value = record->key_texts;
    params[18].value = record->new_key_texts;
    params[19] = (keel_pg_param){OID_BYTEA, record->row_hashes, (int)(record->row_hash_count * 8), true};
    params[20] = (keel_pg_param){OID_BYTEA, record->key_hashes, (int)(record->key_hash_count * 8), true};
    params[21].value = record->notes;
    params[22].value = seconds;
    bool done = keel_pg_query_params(pg, &result, err, finish_sql, PARAMS, params, false);
    for (size_t i = 0; i < KEEL_COUNT_OF(arrays); i++)
        keel_str_free(&arrays[i]);
    if (!done)
        return keel_fail_context(err, "write the chunk into the journal");
    if (keel_pg_affected(result) != 1)
        return keel_fail(err, KEEL_ERR_INTERNAL, "the journal lost chunk %d/%c/%d/%d of run %lld", record->table,
                         record->kind, record->lane, record->seq, (long long)run);
    return true;
}

bool keel_journal_chunk_exists(keel_pg *pg, int64_t run, int table, char kind, int lane, int seq, bool *ret_exists,
                               keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    keel_str_addf(&sql,
                  "SELECT 1 FROM pgkeel.chunk WHERE run = %lld AND tbl = %d AND kind = '%c' AND lane = %d AND seq = %d",
                  (long long)run, table, kind, lane, seq);
    if (!keel_pg_query(pg, &result, err, sql.data, 0, NULL))
        return false;
    *ret_exists = keel_pg_rows(result) > 0;
    return true;
}

/* The elements of a binary array of int8 or int4, widened; NULL for SQL NULL. */
static int64_t *read_array(const keel_pg_result *result, int column, size_t *ret_count)
{
    int size = 0;
    const unsigned char *at = keel_pg_bytes(result, 0, column, &size);

    *ret_count = 0;
    if (at == NULL || size < 20)
        return NULL;
    size_t count = (size_t)keel_get_i32(at + 12);
    int64_t *values = keel_alloc(count * sizeof *values);
    at += 20;
    for (size_t i = 0; i < count; i++) {
        int32_t width = keel_get_i32(at);
        values[i] = width == 8 ? keel_get_i64(at + 4) : keel_get_i32(at + 4);
        at += 4 + width;
    }
    *ret_count = count;
    return values;
}

static void read_keys(const keel_pg_result *result, int column, keel_key_runs *keys)
{
    size_t news = 0, lengths = 0;
    keys->old_start = read_array(result, column, &keys->count);
    keys->new_start = read_array(result, column + 1, &news);
    int64_t *wide = read_array(result, column + 2, &lengths);

    if (keys->count > 0) {
        keys->length = keel_alloc(keys->count * sizeof *keys->length);
        for (size_t i = 0; i < keys->count; i++)
            keys->length[i] = wide != NULL ? (int32_t)wide[i] : 1;
    }
    free(wide);
}

static void free_keys(keel_key_runs *keys)
{
    free(keys->old_start);
    free(keys->new_start);
    free(keys->length);
    *keys = (keel_key_runs){0};
}

static int64_t integer_at(const keel_pg_result *result, int column)
{
    int size = 0;
    const void *bytes = keel_pg_bytes(result, 0, column, &size);

    if (bytes == NULL)
        return 0;
    return size == 8 ? keel_get_i64(bytes) : keel_get_i32(bytes);
}

static char *text_at(const keel_pg_result *result, int column)
{
    int size = 0;
    const void *bytes = keel_pg_bytes(result, 0, column, &size);

    if (bytes == NULL)
        return NULL;
    char *text = keel_alloc((size_t)size + 1);
    memcpy(text, bytes, (size_t)size);
    text[size] = '\0';
    return text;
}

static void list_sql(keel_str *sql, int64_t run, int table, char kind)
{
    keel_str_addf(sql, "SELECT kind, lane, seq FROM pgkeel.chunk WHERE run = %lld AND tbl = %d", (long long)run, table);
    if (kind != 0)
        keel_str_addf(sql, " AND kind = '%c'", kind);
    keel_str_add(sql, " ORDER BY kind, lane, seq");
}

static void one_sql(keel_str *sql, int64_t run, const keel_chunk_record *at, bool hashes)
{
    keel_str_addf(sql,
                  "SELECT coalesce(first_position, 0), coalesce(last_position, 0), rows_read, inserted, merged, rejected,"
                  " xid, coalesce(filenode, 0)::bigint, old_start, new_start, run_length, merged_old, merged_new,"
                  " merged_length, old_text::text, new_text::text, notes::text, %s, %s FROM pgkeel.chunk"
                  " WHERE run = %lld AND tbl = %d AND kind = '%c' AND lane = %d AND seq = %d",
                  hashes ? "row_hashes" : "NULL::bytea", hashes ? "key_hashes" : "NULL::bytea", (long long)run,
                  at->table, at->kind, at->lane, at->seq);
}

static bool take_one(keel_pg *pg, int64_t run, keel_chunk_record *record, bool hashes, keel_chunk_take *take,
                     void *context, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    int row_hash_bytes = 0, key_hash_bytes = 0;

    one_sql(&sql, run, record, hashes);
    if (!keel_pg_query_params(pg, &result, err, sql.data, 0, NULL, true))
        return false;
    if (keel_pg_rows(result) == 0)
        return true;
    record->first_position = integer_at(result, 0);
    record->last_position = integer_at(result, 1);
    record->read = integer_at(result, 2);
    record->inserted = integer_at(result, 3);
    record->merged = integer_at(result, 4);
    record->rejected = integer_at(result, 5);
    record->xid = integer_at(result, 6);
    record->filenode = (uint32_t)integer_at(result, 7);
    read_keys(result, 8, &record->keys);
    read_keys(result, 11, &record->merged_keys);
    char *old_texts = text_at(result, 14), *new_texts = text_at(result, 15), *notes = text_at(result, 16);
    record->key_texts = old_texts;
    record->new_key_texts = new_texts;
    record->notes = notes;
    record->row_hashes = keel_pg_bytes(result, 0, 17, &row_hash_bytes);
    record->row_hash_count = (size_t)row_hash_bytes / 8;
    record->key_hashes = keel_pg_bytes(result, 0, 18, &key_hash_bytes);
    record->key_hash_count = (size_t)key_hash_bytes / 8;
    bool taken = take(context, record, err);
    free_keys(&record->keys);
    free_keys(&record->merged_keys);
    free(old_texts);
    free(new_texts);
    free(notes);
    return taken;
}

bool keel_journal_chunks(keel_pg *pg, int64_t run, int table, char kind, bool hashes, keel_chunk_take *take,
                         void *context, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *list = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    list_sql(&sql, run, table, kind);
    if (!keel_pg_query(pg, &list, err, sql.data, 0, NULL))
        return keel_fail_context(err, "read the journal");
    for (int row = 0; row < keel_pg_rows(list); row++) {
        keel_chunk_record record = {.table = table,
                                    .kind = keel_pg_text(list, row, 0)[0],
                                    .lane = (int)keel_pg_int(list, row, 1),
                                    .seq = (int)keel_pg_int(list, row, 2)};
        if (!take_one(pg, run, &record, hashes, take, context, err))
            return false;
    }
    return true;
}

bool keel_journal_chunk_load(keel_pg *pg, int64_t run, int table, char kind, int lane, int seq, bool hashes,
                             keel_chunk_take *take, void *context, keel_error *err)
{
    keel_chunk_record record = {.table = table, .kind = kind, .lane = lane, .seq = seq};

    return take_one(pg, run, &record, hashes, take, context, err);
}
