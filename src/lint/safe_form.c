/* Rewrites that several rules share: each ends in the catalogue that the statement would have made, names included. */
#include "base/str.h"
#include "lint/rule.h"

#define STEP "\n-- pgkeel:step\n"

const char *keel_safe_step(keel_lint *lint, const keel_lint_statement *s)
{
    keel_rewrite rewrite = {.statement = s, .step = true};

    return keel_lint_rewrite(lint, &rewrite);
}

/* The command of an ALTER TABLE that this constraint is added by. */
static const keel_sql_node *command_of(const keel_alter_text *alter, const keel_sql_node *def, const keel_alter_part **ret_part)
{
    for (size_t i = 0; i < alter->count; i++)
        if (keel_sql_get(&alter->commands[i], "def") == def) {
            *ret_part = &alter->parts[i];
            return &alter->commands[i];
        }
    return NULL;
}

/* Foreign keys of a partitioned table cannot be NOT VALID (before PostgreSQL 18), and take no index that is there. */
static bool is_partitioned(const keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);

    return table != NULL && table->kind == 'p';
}

static size_t place_of(const keel_sql_node *def)
{
    return (size_t)keel_sql_number_of(def, "location");
}

const char *keel_safe_not_valid(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def)
{
    const char *name = keel_lint_constraint_name(lint, s, def, NULL);
    bool nameless = *keel_sql_text_of(def, "conname") == '\0', foreign = keel_streq(keel_sql_text_of(def, "contype"), "CONSTR_FOREIGN");
    const keel_alter_part *part = NULL;
    keel_rewrite rewrite = {.statement = s};
    keel_alter_text alter;

    if (name == NULL || (foreign && is_partitioned(lint, s)) || !keel_alter_cut(keel_lint_arena(lint), s, &alter))
        return NULL;
    name = keel_lint_name(lint, name);
    rewrite.command = command_of(&alter, def, &part);
    if (rewrite.command == NULL)
        return NULL;
    rewrite.edits[0] = (keel_rewrite_edit){part->end, 0, " NOT VALID"};
    if (nameless)
        rewrite.edits[1] = (keel_rewrite_edit){
            place_of(def), 0, keel_arena_printf(keel_lint_arena(lint), "CONSTRAINT %s ", name)};
    rewrite.after = keel_arena_printf(keel_lint_arena(lint), "%s VALIDATE CONSTRAINT %s;", alter.head, name);
    return keel_lint_rewrite(lint, &rewrite);
}

/* DEFERRABLE and its like stand in the list as constraints of their own. */
static bool is_attribute(const keel_sql_node *constraint)
{
    return strncmp(keel_sql_text_of(constraint, "contype"), "CONSTR_ATTR", strlen("CONSTR_ATTR")) == 0;
}

static bool has_attributes(const keel_sql_node *column)
{
    const keel_sql_node *constraints = NULL;
    size_t count = keel_sql_list(column, "constraints", &constraints);

    for (size_t i = 0; i < count; i++)
        if (is_attribute(&constraints[i]))
            return true;
    return false;
}

/* The bytes of a constraint behind a column, with what blanks stand before it. False: they cannot be told. */
static bool span_of(const keel_lint_statement *s, const keel_alter_part *part, const keel_sql_node *column,
                    const keel_sql_node *def, keel_rewrite_edit *ret_cut)
{
    const keel_sql_node *constraints = NULL;
    size_t count = keel_sql_list(column, "constraints", &constraints), start = place_of(def), end = part->end;
    bool behind = false;

    if (keel_sql_get(column, "collClause") != NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (behind && !is_attribute(&constraints[i]) && place_of(&constraints[i]) < end)
            end = place_of(&constraints[i]);
        behind = behind || &constraints[i] == def;
    }
    end = keel_text_trimmed(s, start, end);
    size_t before = keel_text_trimmed(s, part->start, start);
    *ret_cut = (keel_rewrite_edit){before, end - before, ""};
    return start > part->start && end > start;
}

static bool can_be_index(const keel_sql_node *def)
{
    const keel_sql_node *options = NULL;

    return keel_sql_list(def, "options", &options) == 0 && *keel_sql_text_of(def, "indexname") == '\0';
}

/* The unique index, and the constraint that takes it over. keys: quoted. */
static const char *index_and_key(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def, const char *head,
                                 const char *name, const char *keys)
{
    keel_arena *arena = keel_lint_arena(lint);
    const char *more = keel_lint_names(lint, def, "including"), *space = keel_sql_text_of(def, "indexspace");
    const char *included = *more != '\0' ? keel_arena_printf(arena, " INCLUDE (%s)", more) : "";
    const char *placed = *space != '\0' ? keel_arena_printf(arena, " TABLESPACE %s", keel_lint_name(lint, space)) : "";
    const char *nulls = keel_sql_true(def, "nulls_not_distinct") ? " NULLS NOT DISTINCT" : "";
    bool primary = keel_streq(keel_sql_text_of(def, "contype"), "CONSTR_PRIMARY");

    return keel_arena_printf(arena, "CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)%s%s%s;" STEP "%s ADD CONSTRAINT %s %s USING INDEX %s%s%s;",
                             name, keel_lint_relation(lint, s->node, "relation"), keys, included, nulls, placed, head, name,
                             primary ? "PRIMARY KEY" : "UNIQUE", name, keel_sql_true(def, "deferrable") ? " DEFERRABLE" : "",
                             keel_sql_true(def, "initdeferred") ? " INITIALLY DEFERRED" : "");
}

const char *keel_safe_not_null(keel_lint *lint, const keel_lint_statement *s, const char *head, const char *column)
{
    keel_arena *arena = keel_lint_arena(lint);
    const char *table = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname");
    const char *helper = keel_lint_name(lint, keel_lint_object_name(arena, table, column, "nn"));
    const char *name = keel_lint_name(lint, column);

    return keel_arena_printf(arena, "%s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID;" STEP "%s VALIDATE CONSTRAINT %s;" STEP
                             "%s ALTER COLUMN %s SET NOT NULL;\n%s DROP CONSTRAINT %s;",
                             head, helper, name, head, helper, head, name, head, helper);
}

static bool is_set_here(const keel_lint_statement *s, const char *column)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_SetNotNull", &at)) != NULL)
        if (keel_streq(keel_sql_text_of(command, "name"), column))
            return true;
    return false;
}

/* The columns of a primary key that may be NULL as yet. */
static const char *keys_not_null(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def, const char *head)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *keys = NULL;
    size_t count = keel_sql_list(def, "keys", &keys);
    const char *sql = "";

    for (size_t i = 0; i < count; i++) {
        const char *name = keel_sql_text_of(&keys[i], "sval");
        const keel_world_column *column = keel_world_column_find(table, name);
        bool proven = (column != NULL && column->not_null) || keel_world_proves_not_null(table, name, s->transaction);
        if (!proven && !is_set_here(s, name))
            sql = keel_arena_printf(keel_lint_arena(lint), "%s%s" STEP, sql, keel_safe_not_null(lint, s, head, name));
    }
    return sql;
}

const char *keel_safe_key(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def)
{
    bool primary = keel_streq(keel_sql_text_of(def, "contype"), "CONSTR_PRIMARY");
    const char *name = keel_lint_constraint_name(lint, s, def, NULL);
    const keel_alter_part *part = NULL;
    keel_rewrite rewrite = {.statement = s, .outside = true, .gone = true};
    keel_alter_text alter;

    if (name == NULL || !can_be_index(def) || is_partitioned(lint, s) || keel_sql_true(s->node, "missing_ok") ||
        !keel_alter_cut(keel_lint_arena(lint), s, &alter))
        return NULL;
    rewrite.command = command_of(&alter, def, &part);
    if (rewrite.command == NULL)
        return NULL;
    rewrite.after = keel_arena_printf(keel_lint_arena(lint), "%s%s", primary ? keys_not_null(lint, s, def, alter.head) : "",
                                      index_and_key(lint, s, def, alter.head, keel_lint_name(lint, name),
                                                    keel_lint_names(lint, def, "keys")));
    return keel_lint_rewrite(lint, &rewrite);
}

/* What a constraint behind a column is called when it stands by itself; NULL: it cannot. */
static const char *own_command(keel_lint *lint, const keel_lint_statement *s, const keel_rewrite_edit *cut,
                               const char *column, const keel_sql_node *def)
{
    bool check = keel_streq(keel_sql_text_of(def, "contype"), "CONSTR_CHECK");
    size_t end = cut->at + cut->size, start = keel_text_behind_word(s, check ? "check" : "references", cut->at, end);

    if (start == 0)
        return NULL;
    const char *rest = keel_arena_strndup(keel_lint_arena(lint), s->sql + start, end - start);
    return check ? keel_arena_printf(keel_lint_arena(lint), "CHECK%s", rest)
                 : keel_arena_printf(keel_lint_arena(lint), "FOREIGN KEY (%s) REFERENCES%s", column, rest);
}

const char *keel_safe_moved(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *column,
                            const keel_sql_node *def)
{
    bool unique = keel_streq(keel_sql_text_of(def, "contype"), "CONSTR_UNIQUE");
    const char *name = keel_lint_constraint_name(lint, s, def, column), *key = keel_sql_text_of(column, "colname");
    const keel_alter_part *part = NULL;
    keel_rewrite rewrite = {.statement = s};
    keel_alter_text alter;

    if (name == NULL || !can_be_index(def) || is_partitioned(lint, s) || keel_sql_true(s->node, "missing_ok") ||
        !keel_alter_cut(keel_lint_arena(lint), s, &alter))
        return NULL;
    name = keel_lint_name(lint, name);
    key = keel_lint_name(lint, key);
    rewrite.command = command_of(&alter, column, &part);
    if (rewrite.command == NULL || keel_sql_true(rewrite.command, "missing_ok") || (unique && has_attributes(column)) ||
        !span_of(s, part, column, def, &rewrite.edits[0]))
        return NULL;
    if (unique) {
        rewrite.outside = true;
        rewrite.after = index_and_key(lint, s, def, alter.head, name, key);
        return keel_lint_rewrite(lint, &rewrite);
    }
    const char *own = own_command(lint, s, &rewrite.edits[0], key, def);
    if (own == NULL)
        return NULL;
    rewrite.after = keel_arena_printf(keel_lint_arena(lint), "%s ADD CONSTRAINT %s %s NOT VALID;" STEP "%s VALIDATE CONSTRAINT %s;",
                                      alter.head, name, own, alter.head, name);
    return keel_lint_rewrite(lint, &rewrite);
}
