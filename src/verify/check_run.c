/* What a check may do with its run. */
#include <stdarg.h>
#include <string.h>

#include "verify/engine_inside.h"

void keel_check_looked(keel_check_run *run, int64_t objects, const char *what)
{
    run->tally->objects += objects;
    snprintf(run->tally->what, sizeof run->tally->what, "%s", what);
}

void keel_tally_remark(keel_check_tally *tally, const char *remark)
{
    static const char cut[] = ", ...";
    size_t used = strlen(tally->remarks), room = sizeof tally->remarks - used;
    bool full = used >= sizeof cut && strcmp(tally->remarks + used - (sizeof cut - 1), cut) == 0;

    if (full)
        return;
    if (strlen(remark) + 2 + sizeof cut > room)
        snprintf(tally->remarks + used, room, "%s", used > 0 ? cut : cut + 2);
    else
        snprintf(tally->remarks + used, room, "%s%s", used > 0 ? ", " : "", remark);
}

void keel_check_remark(keel_check_run *run, const char *fmt, ...)
{
    KEEL_CLEANUP(keel_str_free) keel_str remark = {0};
    va_list args;

    va_start(args, fmt);
    keel_str_addv(&remark, fmt, args);
    va_end(args);
    keel_tally_remark(run->tally, keel_str_text(&remark));
}

void keel_check_skip(keel_check_run *run, const char *fmt, ...)
{
    va_list args;

    if (run->tally->skip[0] != '\0')
        return;
    va_start(args, fmt);
    vsnprintf(run->tally->skip, sizeof run->tally->skip, fmt, args);
    va_end(args);
}

KEEL_PRINTF(7, 0)
static void found(keel_check_run *run,
                  keel_severity severity,
                  const keel_suite_place *place,
                  const char *object,
                  const char *evidence,
                  const char *remedy,
                  const char *fmt,
                  va_list args)
{
    KEEL_CLEANUP(keel_str_free) keel_str message = {0};

    keel_str_addv(&message, fmt, args);
    keel_report_add(run->report, &(keel_finding){.check = run->check->id,
                                                 .severity = severity,
                                                 .object = object,
                                                 .message = keel_str_text(&message),
                                                 .evidence = evidence,
                                                 .remedy = remedy,
                                                 .file = place != NULL ? place->file : NULL,
                                                 .line = place != NULL ? place->line : 0,
                                                 .column = place != NULL ? place->column : 0});
}

void keel_check_found(keel_check_run *run,
                      const char *object,
                      const char *evidence,
                      const char *remedy,
                      const char *message_fmt,
                      ...)
{
    va_list args;

    va_start(args, message_fmt);
    found(run, run->check->severity, NULL, object, evidence, remedy, message_fmt, args);
    va_end(args);
}

void keel_check_found_as(keel_check_run *run,
                         keel_severity severity,
                         const char *object,
                         const char *evidence,
                         const char *remedy,
                         const char *message_fmt,
                         ...)
{
    va_list args;

    va_start(args, message_fmt);
    found(run, severity, NULL, object, evidence, remedy, message_fmt, args);
    va_end(args);
}

void keel_check_found_at(keel_check_run *run,
                         keel_severity severity,
                         const keel_suite_place *place,
                         const char *object,
                         const char *evidence,
                         const char *remedy,
                         const char *message_fmt,
                         ...)
{
    va_list args;

    va_start(args, message_fmt);
    found(run, severity, place, object, evidence, remedy, message_fmt, args);
    va_end(args);
}

bool keel_check_query(keel_check_run *run,
                      keel_pg_result **ret_result,
                      keel_error *err,
                      const char *sql)
{
    return keel_pg_query(run->pg, ret_result, err, sql, strstr(sql, "$1") != NULL ? 1 : 0,
                         &run->db->oids);
}

const char *keel_check_table_name(keel_check_run *run, const keel_pg_table *table)
{
    return keel_arena_printf(run->arena, "%s.%s", table->schema, table->name);
}

const char *keel_check_columns_name(keel_check_run *run,
                                    const keel_pg_table *table,
                                    const char *const *columns,
                                    size_t count)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    keel_str_addf(&name, "%s.%s(", table->schema, table->name);
    for (size_t i = 0; i < count; i++)
        keel_str_addf(&name, "%s%s", i > 0 ? ", " : "", columns[i]);
    keel_str_addc(&name, ')');
    return keel_arena_strdup(run->arena, name.data);
}
