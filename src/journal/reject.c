/* Rejected rows: written by COPY in the transaction of their chunk. */
#include "journal/chunk.h"

static void add_copy_text(keel_str *lines, const char *text)
{
    if (text == NULL) {
        keel_str_add(lines, "\\N");
        return;
    }
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '\\':
            keel_str_add(lines, "\\\\");
            break;
        case '\t':
            keel_str_add(lines, "\\t");
            break;
        case '\n':
            keel_str_add(lines, "\\n");
            break;
        case '\r':
            keel_str_add(lines, "\\r");
            break;
        default:
            keel_str_addc(lines, *c);
        }
    }
}

void keel_journal_reject_line(keel_str *lines, int64_t run, int lane, int seq, const keel_reject *reject)
{
    const char *texts[] = {reject->key, reject->column, reject->storage_class, reject->value};

    keel_str_addf(lines, "%lld\t%d\t%d\t%d\t%lld", (long long)run, reject->table, lane, seq, (long long)reject->position);
    for (size_t i = 0; i < KEEL_COUNT_OF(texts); i++) {
        keel_str_addc(lines, '\t');
        add_copy_text(lines, texts[i]);
    }
    keel_str_addf(lines, "\t%c\t%s\t", reject->hex ? 't' : 'f', reject->code);
    add_copy_text(lines, reject->reason);
    keel_str_addc(lines, '\n');
}

bool keel_journal_rejects_copy(keel_pg *pg, const keel_str *lines, keel_error *err)
{
    int64_t rows = 0;

    if (lines->size == 0)
        return true;
    return keel_pg_copy_in_begin(pg, err,
                                 "COPY pgkeel.reject (run, tbl, lane, seq, position, key, column_name, storage_class,"
                                 " value, hex, code, reason) FROM STDIN") &&
           keel_pg_copy_in_send(pg, err, lines->data, lines->size) && keel_pg_copy_in_end(pg, &rows, err);
}

bool keel_journal_rejects(keel_pg *pg, int64_t run, int table, int64_t limit, keel_reject_take *take, void *context,
                          keel_error *err)
{
    enum { PAGE = 10000 };
    int64_t seen = 0;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str after = {0};

    for (bool more = true; more;) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
        int64_t page = limit > 0 ? KEEL_MIN(limit - seen, (int64_t)PAGE) : PAGE;
        keel_str_clear(&sql);
        keel_str_addf(&sql,
                      "SELECT tbl, position, key, column_name, storage_class, value, hex, code, reason, ctid FROM"
                      " pgkeel.reject WHERE run = %lld AND resolved_by IS NULL",
                      (long long)run);
        if (table >= 0)
            keel_str_addf(&sql, " AND tbl = %d", table);
        keel_str_addf(&sql, " %s ORDER BY tbl, position, ctid LIMIT %lld", keel_str_text(&after), (long long)page);
        if (!keel_pg_query(pg, &result, err, sql.data, 0, NULL))
            return keel_fail_context(err, "read the rejects");
        for (int row = 0; row < keel_pg_rows(result); row++) {
            const keel_reject reject = {.table = (int)keel_pg_int(result, row, 0),
                                        .position = keel_pg_int(result, row, 1),
                                        .key = keel_pg_text(result, row, 2),
                                        .column = keel_pg_text(result, row, 3),
                                        .storage_class = keel_pg_text(result, row, 4),
                                        .value = keel_pg_text(result, row, 5),
                                        .hex = keel_pg_bool(result, row, 6),
                                        .code = keel_pg_text(result, row, 7),
                                        .reason = keel_pg_text(result, row, 8)};
            if (!take(context, &reject, err))
                return false;
        }
        int rows = keel_pg_rows(result);
        seen += rows;
        more = rows == page && (limit == 0 || seen < limit);
        if (rows > 0) {
            keel_str_clear(&after);
            keel_str_addf(&after, "AND (tbl, position, ctid) > (%s, %s, '%s'::tid)", keel_pg_text(result, rows - 1, 0),
                          keel_pg_text(result, rows - 1, 1), keel_pg_text(result, rows - 1, 9));
        }
    }
    return true;
}
