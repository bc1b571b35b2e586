/* What is read now, laid out from the catalogue before the first row is read, and brought together at the end. */
#include <string.h>

#include "base/memory.h"
#include "verify/baseline_inside.h"

keel_baseline_job *keel_baseline_job_create(const keel_baseline *before)
{
    keel_baseline_job *job = keel_alloc_zero(1, sizeof *job);

    pthread_mutex_init(&job->lock, NULL);
    job->arena = keel_arena_create();
    job->before = before;
    return job;
}

void keel_baseline_job_free(keel_baseline_job *job)
{
    if (job == NULL)
        return;
    pthread_mutex_destroy(&job->lock);
    keel_arena_free(job->arena);
    free(job);
}

const keel_baseline *keel_baseline_job_before(const keel_baseline_job *job)
{
    return job->before;
}

bool keel_baseline_job_saves(const keel_baseline_job *job)
{
    return job->before == NULL && job->settled && job->now->tables.count > 0;
}

const keel_baseline *keel_baseline_job_result(const keel_baseline_job *job)
{
    return job->settled ? job->now : NULL;
}

const keel_baseline_table *keel_baseline_find(const keel_baseline *baseline, const char *schema, const char *name)
{
    for (size_t i = 0; i < baseline->tables.count; i++) {
        const keel_baseline_table *table = &baseline->tables.items[i];
        if (strcmp(table->name, name) == 0 && strcmp(table->schema, schema) == 0)
            return table;
    }
    return NULL;
}

static void add_columns(keel_arena *arena, const keel_pg_table *table, keel_baseline_table *to)
{
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_pg_column *from = &table->columns.items[i];
        keel_baseline_column column = {
            .name = from->name,
            .type = from->type->name,
            .default_sql = from->identity != 0 ? NULL : from->default_sql,
            .collation = from->collation,
            .made = from->generated         ? "generated"
                    : from->identity == 'a' ? "identity always"
                    : from->identity == 'd' ? "identity by default"
                                            : NULL,
            .not_null = from->not_null,
        };
        keel_arena_push(arena, &to->columns, column);
    }
}

static const char *constraint_kind(char type)
{
    static const char types[] = "pufcx";
    static const char *const kinds[] = {"primary key", "unique", "foreign key", "check", "exclusion"};
    const char *found = type != '\0' ? strchr(types, type) : NULL;

    return found != NULL ? kinds[found - types] : "constraint";
}

static void add_parts(keel_arena *arena, const keel_pg_table *table, keel_baseline_table *to)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const keel_pg_constraint *c = &table->constraints.items[i];
        keel_baseline_part part = {constraint_kind(c->type), c->name, c->definition, c->validated};
        keel_arena_push(arena, &to->constraints, part);
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const keel_pg_index *x = &table->indexes.items[i];
        keel_baseline_part part = {x->unique ? "unique index" : "index", x->name, x->definition, x->valid};
        keel_arena_push(arena, &to->indexes, part);
    }
    to->constraints.known = to->indexes.known = true;
}

static void add_key(keel_arena *arena, const keel_pg_table *table, keel_baseline_table *to)
{
    const keel_pg_constraint *key = keel_pg_table_primary_key(table);

    if (key == NULL)
        return;
    to->key.items = keel_arena_alloc(arena, key->column_count * sizeof *to->key.items);
    for (size_t i = 0; i < key->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(table, key->columns[i]);
        to->key.items[to->key.count++] = column->name;
        to->numbered = key->column_count == 1 && keel_baseline_is_integer(column->type->name);
    }
}

static void add_table(const keel_check_run *run, const keel_pg_table *table, keel_baseline_table *to)
{
    keel_arena *arena = run->baseline->arena;
    const keel_pg_table *root = keel_baseline_root(run, table);

    *to = (keel_baseline_table){
        .schema = table->schema,
        .name = table->name,
        .root = root != table ? keel_arena_printf(arena, "%s.%s", root->schema, root->name) : NULL,
        .kind = table->kind,
        .persistence = table->persistence,
        .row_security = table->row_security,
        .bytes = table->bytes,
        .kept = -1,
    };
    add_columns(arena, table, to);
    add_parts(arena, table, to);
    add_key(arena, root, to);
}

static void link_roots(const keel_check_run *run)
{
    keel_baseline_job *job = run->baseline;

    for (size_t i = 0; i < job->slot_count; i++) {
        const keel_pg_table *root = keel_baseline_root(run, job->slots[i].table);
        for (size_t r = 0; root != job->slots[i].table && r < job->slot_count; r++)
            if (job->slots[r].table == root)
                job->slots[i].root = &job->slots[r];
    }
}

static keel_baseline *lay_out(const keel_check_run *run)
{
    keel_arena *arena = run->baseline->arena;
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};
    keel_baseline *now = keel_arena_alloc(arena, sizeof *now);
    char time[KEEL_UTC_SIZE];

    keel_pg_target_name(run->pg, &target);
    *now = (keel_baseline){
        .tool_version = KEEL_VERSION,
        .saved_at = keel_arena_strdup(arena, keel_format_utc(run->db->now, time, sizeof time)),
        .target = keel_arena_strdup(arena, target.data),
        .server_version = run->db->server_version,
        .quick = run->quick,
        .complete = run->db->table_count == run->db->catalog->tables.count,
        .bytes = -1,
    };
    now->tables.items = keel_arena_alloc(arena, (run->db->table_count + 1) * sizeof *now->tables.items);
    now->tables.count = run->db->table_count;
    for (size_t i = 0; i < now->tables.count; i++)
        add_table(run, run->db->tables[i], &now->tables.items[i]);
    return now;
}

void keel_baseline_start(keel_check_run *run)
{
    keel_baseline_job *job = run->baseline;

    pthread_mutex_lock(&job->lock);
    if (job->now == NULL) {
        job->now = lay_out(run);
        job->slot_count = job->now->tables.count;
        job->slots = keel_arena_alloc(job->arena, (job->slot_count + 1) * sizeof *job->slots);
        for (size_t i = 0; i < job->slot_count; i++)
            keel_baseline_plan(run, i);
        link_roots(run);
    }
    pthread_mutex_unlock(&job->lock);
}

keel_baseline_slot *keel_baseline_slot_of(keel_check_run *run, const keel_pg_table *table)
{
    keel_baseline_start(run);
    for (size_t i = 0; i < run->baseline->slot_count; i++)
        if (run->baseline->slots[i].table == table)
            return &run->baseline->slots[i];
    return NULL;
}

const keel_baseline_table *keel_baseline_now(const keel_check_run *run, const keel_baseline_table *before)
{
    return keel_baseline_find(run->baseline->now, before->schema, before->name);
}

const char *keel_baseline_name(const keel_check_run *run, const keel_baseline_table *table)
{
    return keel_arena_printf(run->arena, "%s.%s", table->schema, table->name);
}

const keel_baseline_column *keel_baseline_column_of(const keel_baseline_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (strcmp(table->columns.items[i].name, name) == 0)
            return &table->columns.items[i];
    return NULL;
}
