#include "verify/row_sql.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

static const char *keep(keel_check_run *run, keel_str *text)
{
    const char *kept = keel_arena_strndup(run->arena, keel_str_text(text), text->size);

    keel_str_free(text);
    return kept;
}

const char *keel_row_column(keel_check_run *run, const char *name)
{
    keel_str sql = {0};

    keel_str_add(&sql, "t.");
    keel_pg_add_identifier(&sql, name);
    return keep(run, &sql);
}

const char *keel_row_literal(keel_check_run *run, const char *text)
{
    keel_str sql = {0};

    keel_pg_add_literal(&sql, text);
    return keep(run, &sql);
}

const char *keel_row_whole(keel_check_run *run, const keel_pg_table *table)
{
    keel_str sql = {0};

    keel_str_add(&sql, table->kind == 'r' ? "ONLY " : "");
    keel_pg_add_qualified(&sql, table->schema, table->name);
    keel_str_add(&sql, " t");
    return keep(run, &sql);
}

static bool stands_in(const keel_check_run *run, const keel_pg_table *leaf, const keel_pg_table *table)
{
    while (leaf != NULL && leaf != table)
        leaf = leaf->partition_of != 0 ? keel_pg_catalog_find_oid(run->db->catalog, leaf->partition_of) : NULL;
    return leaf != NULL;
}

double keel_row_estimate(const keel_check_run *run, const keel_pg_table *table)
{
    const keel_pg_catalog *catalog = run->db->catalog;
    double rows = 0;

    if (table->kind != 'p')
        return table->estimated_rows;
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *leaf = catalog->tables.items[i];
        if (leaf->kind == 'p' || !leaf->partition || !stands_in(run, leaf, table))
            continue;
        if (leaf->estimated_rows < 0)
            return -1;
        rows += leaf->estimated_rows;
    }
    return rows;
}

int64_t keel_row_bytes(const keel_check_run *run, const keel_pg_table *table)
{
    const keel_pg_catalog *catalog = run->db->catalog;
    int64_t bytes = table->bytes;

    for (size_t i = 0; table->kind == 'p' && i < catalog->tables.count; i++) {
        const keel_pg_table *leaf = catalog->tables.items[i];
        if (leaf != table && leaf->partition && stands_in(run, leaf, table))
            bytes += leaf->bytes;
    }
    return bytes;
}

/* Counters of this many decimal digits share one numeric sum: no table has more rows. */
enum { TALLY_DIGITS = 12 };

const char *keel_row_tally(keel_check_run *run, const char *const *conditions, size_t count)
{
    keel_str sql = {0};

    assert(count <= KEEL_ROW_TALLY);
    keel_str_add(&sql, "pg_catalog.sum(CASE");
    for (size_t i = 0; i < count; i++)
        keel_str_addf(&sql, " WHEN %s THEN '1e%zu'::pg_catalog.numeric", conditions[i], i * TALLY_DIGITS);
    keel_str_add(&sql, " END)");
    return keep(run, &sql);
}

const char *keel_row_tally_values(keel_check_run *run, const char *expression, const char *const *values,
                                  size_t count)
{
    keel_str sql = {0};

    assert(count <= KEEL_ROW_TALLY);
    keel_str_addf(&sql, "pg_catalog.sum(CASE %s", expression);
    for (size_t i = 0; i < count; i++)
        keel_str_addf(&sql, " WHEN %s THEN '1e%zu'::pg_catalog.numeric", keel_row_literal(run, values[i]),
                      i * TALLY_DIGITS);
    keel_str_add(&sql, " END)");
    return keep(run, &sql);
}

void keel_row_untally(const char *value, int64_t *ret_counts, size_t count)
{
    size_t size = value != NULL ? strspn(value, "0123456789") : 0;

    for (size_t i = 0; i < count; i++) {
        size_t end = size > i * TALLY_DIGITS ? size - i * TALLY_DIGITS : 0;
        size_t start = end > TALLY_DIGITS ? end - TALLY_DIGITS : 0;
        ret_counts[i] = 0;
        for (size_t at = start; at < end; at++)
            ret_counts[i] = ret_counts[i] * 10 + (value[at] - '0');
    }
}

static bool part_of_name(char c)
{
    return isalnum((unsigned char)c) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
}

/* Behind a quoted text or name that starts here. A quote inside is doubled, which reads as two of them; only E''
 * strings know \'. */
static const char *behind_quoted(const char *at, bool escapes)
{
    char quote = *at++;

    for (; *at != '\0' && *at != quote; at++)
        if (escapes && *at == '\\' && at[1] != '\0')
            at++;
    return *at == quote ? at + 1 : at;
}

const char *keel_row_replace_word(keel_check_run *run, const char *sql, const char *word, const char *replacement)
{
    size_t size = strlen(word);
    keel_str out = {0};
    const char *at = sql;

    while (*at != '\0') {
        bool fresh = at == sql || !part_of_name(at[-1]);
        bool ends = !part_of_name(word[size - 1]) || strncmp(at, word, size) != 0 || !part_of_name(at[size]);
        const char *next = at + 1;
        if (fresh && ends && strncmp(at, word, size) == 0) {
            keel_str_add(&out, replacement);
            at += size;
            continue;
        }
        if (*at == '\'' || *at == '"')
            next = behind_quoted(at, at > sql && *at == '\'' && at[-1] == 'E');
        keel_str_addn(&out, at, (size_t)(next - at));
        at = next;
    }
    return keep(run, &out);
}

const keel_suite_table *keel_row_demands(const keel_check_run *run, const keel_pg_table *table)
{
    const keel_pg_catalog *catalog = run->db->catalog;
    const keel_suite_table *found = NULL;

    while (run->suite != NULL && table != NULL && found == NULL) {
        found = keel_suite_find(run->suite, table->schema, catalog->default_schema, table->name);
        table = table->partition_of != 0 ? keel_pg_catalog_find_oid(catalog, table->partition_of) : NULL;
    }
    return found;
}

void keel_row_no_column(keel_check_run *run, const keel_pg_table *table, const char *column, keel_suite_place place)
{
    keel_check_found_at(run, KEEL_ERROR, &place, keel_check_columns_name(run, table, &column, 1), NULL,
                        "Correct the suite, or add the column.",
                        "the suite judges the column \"%s\", which the table does not have", column);
}
