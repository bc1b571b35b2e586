/* The parts of an index: columns, folded columns, expressions; and its predicate. */
#include "transfer/ddl_draft.h"

#include <strings.h>

enum { MAX_INDEX_PARTS = 32 };

void keel_create_draft_free(keel_create_draft *draft)
{
    keel_str_free(&draft->parts);
    keel_str_free(&draft->plain);
}

static bool
lose(keel_create_maker *maker, const keel_create_draft *draft, bool unique, const char *reason)
{
    const char *sql = draft->source != NULL ? draft->source->sql : NULL;
    const char *message = keel_arena_printf(maker->arena, "%s is not carried: %s", draft->what,
                                            unique ? "its uniqueness is not enforced in PostgreSQL"
                                                   : "queries that used it may be slower");

    keel_create_say(maker, KEEL_WARNING, draft->check, draft->object, sql, reason, message);
    return false;
}

static void add_part(keel_create_draft *draft, const char *sql, bool descending)
{
    keel_str_addf(&draft->parts, "%s%s%s", draft->parts.size > 0 ? ", " : "", sql,
                  descending ? " DESC" : "");
    keel_str_addf(&draft->plain, "%s%s", draft->plain.size > 0 ? ", " : "", sql);
}

static void report_part_collation(keel_create_maker *maker,
                                  const keel_create_draft *draft,
                                  const char *collation,
                                  const keel_create_column *column)
{
    if (keel_streq(collation, keel_create_collation(column, NULL)))
        return; /* the column's own: said already */
    keel_report_addf(maker->report, KEEL_WARNING, "collation.not_carried", draft->object, NULL,
                     NULL,
                     "COLLATE %s on column \"%s\" is not carried: it is indexed by its plain text",
                     collation, column->source->name);
}

bool keel_create_draft_column(keel_create_maker *maker,
                              keel_create_draft *draft,
                              const char *name,
                              const char *part_collation,
                              bool descending)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const keel_create_column *column = keel_create_shape_column(draft->shape, name);
    bool unique = draft->source == NULL || draft->source->unique;

    if (column == NULL)
        return lose(maker, draft, unique,
                    keel_arena_printf(maker->arena, "column \"%s\" is not transferred", name));
    const char *collation = keel_create_collation(column, part_collation);
    bool folded = collation != NULL && strcasecmp(collation, "NOCASE") == 0;
    if (collation != NULL && !folded)
        report_part_collation(maker, draft, collation, column);
    if (folded)
        keel_str_add(&sql, "lower(");
    keel_pg_add_identifier(&sql, column->target);
    if (folded)
        keel_str_add(&sql, " COLLATE \"C\")");
    draft->folded = draft->folded || folded;
    keel_arena_push(maker->arena, &draft->columns, column->target);
    add_part(draft, sql.data, descending);
    return true;
}

static bool add_expression_part(keel_create_maker *maker,
                                keel_create_draft *draft,
                                const keel_sqlite_index_part *part)
{
    const char *sql = NULL;
    const char *note = NULL;

    if (!keel_create_translate(maker, draft->shape, KEEL_TRANSLATE_INDEX, part->expr, NULL, &sql,
                               &note))
        return lose(maker, draft, draft->source->unique, note);
    if (sql == NULL)
        return true; /* a part that says nothing */
    if (note != NULL)
        keel_create_say(maker, KEEL_INFO, "index.translated", draft->object, part->sql, note,
                        "an expression of the index is written differently");
    draft->expression = true;
    add_part(draft, keel_arena_printf(maker->arena, "(%s)", sql), part->descending);
    return true;
}

/* The statement could not be read, and it may have a condition: an index over all rows would be
 * another one. */
static bool hides_predicate(const keel_sqlite_index *source)
{
    bool unread = source->part_count > 0 && source->parts[0].expr == NULL;

    return unread && source->sql != NULL && strcasestr(source->sql, "WHERE") != NULL;
}

bool keel_create_draft_predicate(keel_create_maker *maker, keel_create_draft *draft)
{
    const keel_sqlite_index *source = draft->source;
    const char *note = NULL;

    if (source->where_sql == NULL && hides_predicate(source))
        return lose(maker, draft, source->unique, "pgkeel cannot read the statement");
    if (source->where_sql == NULL)
        return true;
    if (!keel_create_translate(maker, draft->shape, KEEL_TRANSLATE_PREDICATE, source->where_expr,
                               NULL, &draft->where, &note))
        return lose(maker, draft, source->unique, note);
    if (draft->where != NULL && note != NULL)
        keel_create_say(maker, KEEL_INFO, "index.translated", draft->object, source->where_sql,
                        note, "the predicate of the index is written differently");
    return true;
}

bool keel_create_draft_parts(keel_create_maker *maker, keel_create_draft *draft)
{
    const keel_sqlite_index *source = draft->source;

    if (source->part_count > MAX_INDEX_PARTS)
        return lose(maker, draft, source->unique, "PostgreSQL indexes at most 32 columns");
    for (size_t i = 0; i < source->part_count; i++) {
        const keel_sqlite_index_part *part = &source->parts[i];
        bool added = part->column != NULL
                         ? keel_create_draft_column(maker, draft, part->column, part->collation,
                                                    part->descending)
                         : add_expression_part(maker, draft, part);
        if (!added)
            return false;
    }
    if (draft->parts.size == 0)
        return lose(maker, draft, source->unique, "nothing of it is left to index");
    return true;
}
