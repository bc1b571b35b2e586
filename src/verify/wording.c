#include "verify/wording.h"

#include <stdlib.h>

/* What `out` holds, moved to the arena. */
static const char *keep(keel_check_run *run, keel_str *out)
{
    return keel_arena_strdup(run->arena, keel_str_text(out));
}

const char *keel_word_name(keel_check_run *run, const char *schema, const char *name)
{
    return keel_arena_printf(run->arena, "%s.%s", schema, name);
}

const char *keel_word_sql(keel_check_run *run, const char *schema, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    keel_pg_add_qualified(&out, schema, name);
    return keep(run, &out);
}

const char *keel_word_sql_table(keel_check_run *run, const keel_pg_table *table)
{
    return keel_word_sql(run, table->schema, table->name);
}

const char *keel_word_sql_list(keel_check_run *run, const char *const *names, size_t count)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    for (size_t i = 0; i < count; i++) {
        keel_str_add(&out, i > 0 ? ", " : "");
        keel_pg_add_identifier(&out, names[i]);
    }
    return keep(run, &out);
}

const char *keel_word_literal(keel_check_run *run, const char *text)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    keel_pg_add_literal(&out, text);
    return keep(run, &out);
}

const char *keel_word_bytes(keel_check_run *run, int64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double amount = (double)bytes;
    size_t unit = 0;

    for (; amount >= 10240 && unit + 1 < KEEL_COUNT_OF(units); unit++)
        amount /= 1024;
    if (unit == 0 && bytes >= 1024)
        return keel_arena_printf(run->arena, "%.0f kB", amount / 1024);
    return keel_arena_printf(run->arena, "%.0f %s", amount, units[unit]);
}

const char *keel_word_cell(keel_check_run *run, const keel_pg_result *rows, int row, int column)
{
    return keel_arena_strdup(run->arena, keel_pg_text(rows, row, column));
}

uint32_t keel_word_oid(const keel_pg_result *rows, int row, int column)
{
    const char *text = keel_pg_text(rows, row, column);

    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

void keel_evidence_start(keel_json *json, keel_str *out)
{
    keel_json_start(json, out, false);
    keel_json_object(json);
}

const char *keel_evidence_finish(keel_json *json)
{
    keel_json_end_object(json);
    return keel_str_text(json->out);
}
