#include "transfer/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <tap.h>
#include <unistd.h>

static const char FULL[] =
    "tables:\n"
    "  exploits:\n"
    "    to: public.exploits\n"
    "    match: [tx_hash, chain]\n"
    "    where: \"deleted_at IS NULL\"\n"
    "    order: id\n"
    "    keys: remap\n"
    "    columns:\n"
    "      timestamp: {to: ts, time_zone: Europe/Copenhagen, epoch: seconds}\n"
    "      amount_usd: {on_misfit: \"null\", round: true}\n"
    "      score: {default: 0}\n"
    "      note: {on_misfit: default, default: \"\"}\n"
    "      id: {on_misfit: new_uuid}\n"
    "      legacy: skip\n"
    "      older: {skip: true}\n"
    "      old: new\n"
    "      odd: \"skip\"\n"
    "      created: {epoch: milliseconds}\n"
    "      julian: {epoch: julian, on_misfit: reject}\n"
    "      is_active: {empty_is_null: true, allow_duplicate_keys: true, text_is_bytes: true, "
    "allow_nan: true}\n"
    "    set:\n"
    "      password_hash: {value: \"!\"}\n"
    "      empty: {value: \"\"}\n"
    "      stamp: {sql: \"now()\"}\n"
    "    on_orphan: null\n"
    "  audit_log: skip\n"
    "  users: {}\n"
    "  quoted: {to: '\"my.schema\".\"a \"\"b\"\"\"', keys: keep, on_orphan: reject}\n"
    "  alone: {to: other}\n";

static const keel_map_column *column_of(const keel_map_table *table, const char *name)
{
    static const keel_map_column none = {.source = "(none)"};
    const keel_map_column *column = keel_map_table_column(table, name);

    return column != NULL ? column : &none;
}

static void check_columns(const keel_map_table *t)
{
    is_int((int64_t)t->columns.count, 12, "columns");
    is_str(column_of(t, "timestamp")->to, "ts", "to");
    is_str(column_of(t, "timestamp")->time_zone, "Europe/Copenhagen", "time_zone");
    is_int(column_of(t, "timestamp")->epoch, KEEL_EPOCH_SECONDS, "epoch seconds");
    is_int(column_of(t, "created")->epoch, KEEL_EPOCH_MILLISECONDS, "epoch milliseconds");
    is_int(column_of(t, "julian")->epoch, KEEL_EPOCH_JULIAN, "epoch julian");
    is_int(column_of(t, "amount_usd")->misfit, KEEL_MISFIT_NULL, "on_misfit null");
    ok(column_of(t, "amount_usd")->round, "round");
    is_int(column_of(t, "score")->misfit, KEEL_MISFIT_DEFAULT, "default implies the policy");
    is_str(column_of(t, "score")->default_text, "0", "default");
    is_str(column_of(t, "note")->default_text, "", "an empty default, quoted");
    is_int(column_of(t, "id")->misfit, KEEL_MISFIT_NEW_UUID, "on_misfit new_uuid");
    ok(column_of(t, "legacy")->skip, "skip as a word");
    ok(column_of(t, "older")->skip, "skip as a switch");
    is_str(column_of(t, "old")->to, "new", "a word renames");
    is_str(column_of(t, "odd")->to, "skip", "\"skip\" in quotes is a name");
    ok(!column_of(t, "odd")->skip, "and skips nothing");
    const keel_map_column *all = column_of(t, "IS_ACTIVE");
    ok(all->empty_is_null && all->allow_duplicate_keys && all->text_is_bytes && all->allow_nan,
       "every switch, found case-blind as in SQLite");
    is_int(all->epoch, KEEL_EPOCH_NONE, "no epoch unless stated");
    ok(keel_map_table_column(t, "nothing") == NULL, "a column that is not in the mapping");
}

static void test_full(keel_arena *arena)
{
    keel_mapping *mapping = NULL;
    keel_error err = {0};

    if (!ok(keel_mapping_read_text(arena, "m.yaml", FULL, &mapping, &err), "a full mapping %s",
            err.message))
        return;
    is_str(mapping->file, "m.yaml", "its name");
    is_str(mapping->text, FULL, "its text, as it is");
    is_int((int64_t)mapping->tables.count, 5, "tables");
    const keel_map_table *t = keel_mapping_table(mapping, "Exploits");
    if (!ok(t != NULL, "a table is found case-blind"))
        return;
    is_str(t->to_schema, "public", "to: schema");
    is_str(t->to_table, "exploits", "to: table");
    is_int((int64_t)t->match.count, 2, "match");
    is_str(t->match.items[1], "chain", "match in order");
    is_str(t->where, "deleted_at IS NULL", "where");
    is_str(t->order, "id", "order");
    is_int(t->keys, KEEL_KEYS_REMAP, "keys");
    ok(t->orphan_to_null, "on_orphan null");
    is_int(t->node->key_line, 2, "its place");
    check_columns(t);
    is_int((int64_t)t->sets.count, 3, "sets");
    is_str(t->sets.items[0].value, "!", "set value");
    is_str(t->sets.items[1].value, "", "set an empty value");
    is_str(t->sets.items[2].sql, "now()", "set sql");
    ok(t->sets.items[2].value == NULL, "sql and no value");
    ok(keel_mapping_table(mapping, "audit_log")->skip, "a skipped table");
    t = keel_mapping_table(mapping, "users");
    ok(!t->skip && t->to_table == NULL && t->keys == KEEL_KEYS_AUTO, "an empty table says nothing");
    t = keel_mapping_table(mapping, "quoted");
    is_str(t->to_schema, "my.schema", "a quoted schema with a dot");
    is_str(t->to_table, "a \"b\"", "a quoted table with quotes");
    is_int(t->keys, KEEL_KEYS_KEEP, "keys keep");
    t = keel_mapping_table(mapping, "alone");
    ok(t->to_schema == NULL, "no schema");
    is_str(t->to_table, "other", "table alone");
    ok(keel_mapping_table(mapping, "nothing") == NULL, "a table that is not in the mapping");
}

#define T "tables:\n  t:\n"
static const struct {
    const char *text, *wanted, *hint; /* hint: a part of it, or NULL for none */
} WRONG[] = {
    {"", "m.yaml:1:1: the key \"tables\" is missing", NULL},
    {"- a\n", "m.yaml:1:1: a mapping is a map with the key \"tables\"", NULL},
    {"table:\n  t: skip\n", "m.yaml:1:1: unknown key \"table\" in a mapping", "\"tables\""},
    {"tables: {}\n", "m.yaml:1:9: \"tables\" names no table", NULL},
    {"tables: [t]\n", "m.yaml:1:9: \"tables\" must be a map of settings, not a list", NULL},
    {"tables:\n", "m.yaml:1:8: \"tables\" must be a map of settings, not a single value", NULL},
    {"tables:\n  t: skp\n", "m.yaml:2:6: table \"t\" must be `skip` or a map of settings",
     "\"skip\""},
    {"tables:\n  t:\n", "m.yaml:2:5: table \"t\" must be `skip` or a map of settings", "{}"},
    {"tables:\n  t: [skip]\n", "m.yaml:2:6: table \"t\" must be `skip` or a map of settings", NULL},
    {"tables:\n  t: skip\n  t: skip\n", "m.yaml:3:3: duplicate key \"t\", first at line 2", NULL},
    {"tables:\n  t: skip\n  T: skip\n", "m.yaml:3:6: \"t\" and \"T\" are one table to SQLite",
     NULL},
    {T "    colums: {}\n", "m.yaml:3:5: unknown key \"colums\" in table \"t\"", "\"columns\""},
    {T "    to: a.b.c\n",
     "m.yaml:3:9: \"a.b.c\" has more than two parts, a target is [schema.]table", NULL},
    {T "    to: a.\n", "m.yaml:3:9: \"a.\" is not a name, a target is [schema.]table", NULL},
    {T "    to: '\"a\"b'\n", "m.yaml:3:9: \"\"a\"b\" is not a name, a target is [schema.]table",
     NULL},
    {T "    to: '\"a'\n", "m.yaml:3:9: \"\"a\" is not a name, a target is [schema.]table", NULL},
    {T "    to: [a]\n", "m.yaml:3:9: \"to\" must be a single value, not a list", NULL},
    {T "    match: id\n", "m.yaml:3:12: \"match\" must be a list, not a single value", NULL},
    {T "    match: []\n", "m.yaml:3:12: \"match\" names no column", NULL},
    {T "    match: [a, b, a]\n", "m.yaml:3:19: \"match\" names \"a\" twice", NULL},
    {T "    match: [a, {b: c}]\n",
     "m.yaml:3:16: \"match\" must be a single value, not a map of settings", NULL},
    {T "    where: \"\"\n", "m.yaml:3:12: \"where\" is empty", NULL},
    {T "    order: {by: id}\n",
     "m.yaml:3:12: \"order\" must be a single value, not a map of settings", NULL},
    {T "    keys: rempa\n", "m.yaml:3:11: \"keys\" must be keep or remap, not \"rempa\"",
     "\"remap\""},
    {T "    keys: auto\n", "m.yaml:3:11: \"keys\" must be keep or remap, not \"auto\"", NULL},
    {T "    on_orphan: keep\n", "m.yaml:3:16: \"on_orphan\" must be reject or null, not \"keep\"",
     NULL},
    {T "    columns: [a]\n", "m.yaml:3:14: \"columns\" must be a map of settings, not a list",
     NULL},
    {T "    columns:\n      c: {epoch: second}\n",
     "m.yaml:4:18: \"epoch\" must be seconds, milliseconds or julian, not \"second\"",
     "\"seconds\""},
    {T "    columns:\n      c: {on_misfit: nul}\n",
     "m.yaml:4:22: \"on_misfit\" must be reject, null, default or new_uuid, not \"nul\"",
     "\"null\""},
    {T "    columns:\n      c: {on_misfit: default}\n",
     "m.yaml:4:22: \"on_misfit: default\" needs the value, as \"default: ...\"", NULL},
    {T "    columns:\n      c: {on_misfit: reject, default: 0}\n",
     "m.yaml:4:39: \"default\" goes with \"on_misfit: default\", not with \"reject\"", NULL},
    {T "    columns:\n      c: {default: [1]}\n",
     "m.yaml:4:20: \"default\" must be a single value, not a list", NULL},
    {T "    columns:\n      c: {round: yes}\n",
     "m.yaml:4:18: \"round\" must be false or true, not \"yes\"", NULL},
    {T "    columns:\n      c: {timezone: UTC}\n",
     "m.yaml:4:11: unknown key \"timezone\" in column \"c\"", "\"time_zone\""},
    {T "    columns:\n      c: {skip: true, to: d}\n",
     "m.yaml:4:10: a skipped column has no other settings", NULL},
    {T "    columns:\n      c: [d]\n",
     "m.yaml:4:10: column \"c\" must be `skip`, a new name or a map of settings, not a list", NULL},
    {T "    columns:\n      c:\n", "m.yaml:4:9: \"c\" is empty", NULL},
    {T "    columns:\n      c: x\n      d: {to: x}\n",
     "m.yaml:5:10: columns \"c\" and \"d\" both go to \"x\"", NULL},
    {T "    columns:\n      c: skip\n      C: x\n",
     "m.yaml:5:10: \"c\" and \"C\" are one column to SQLite", NULL},
    {T "    set:\n      c: now\n", "m.yaml:4:10: set \"c\" must be {value: ...} or {sql: ...}",
     NULL},
    {T "    set:\n      c: {}\n", "m.yaml:4:10: set \"c\" needs either \"value\" or \"sql\"", NULL},
    {T "    set:\n      c: {value: 1, sql: '2'}\n",
     "m.yaml:4:10: set \"c\" needs either \"value\" or \"sql\"", NULL},
    {T "    set:\n      c: {sq: now()}\n", "m.yaml:4:11: unknown key \"sq\" in set \"c\"",
     "\"sql\""},
    {T "    columns: {a: x}\n    set:\n      x: {value: 1}\n",
     "m.yaml:5:10: \"x\" is set here and filled from column \"a\" too", NULL},
};

static void test_wrong(keel_arena *arena)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(WRONG); i++) {
        keel_mapping *mapping = NULL;
        keel_error err = {0};
        bool read = keel_mapping_read_text(arena, "m.yaml", WRONG[i].text, &mapping, &err);
        ok(!read && mapping == NULL && err.kind == KEEL_ERR_CONFIG, "wrong %zu is refused", i);
        is_str(err.message, WRONG[i].wanted, "its message");
        if (WRONG[i].hint == NULL)
            is_str(err.hint, "", "no hint");
        else
            ok(strstr(err.hint, WRONG[i].hint) != NULL, "the hint names %s: %s", WRONG[i].hint,
               err.hint);
    }
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        exit(2);
}

static void test_files(keel_arena *arena)
{
    char path[] = "/tmp/pgkeel-mapping-XXXXXX";
    char wanted[128];
    int fd = mkstemp(path);
    keel_mapping *mapping = NULL;
    keel_error err = {0};

    if (fd < 0)
        exit(2);
    close(fd);
    write_file(path, "tables:\n  t: skip\n", 18);
    ok(keel_mapping_read(arena, path, &mapping, &err), "a file is read");
    is_str(mapping->text, "tables:\n  t: skip\n", "its text is kept");
    is_str(mapping->file, path, "its name is kept");
    write_file(path, "tables:\n  t: skip\n\0x", 20);
    ok(!keel_mapping_read(arena, path, &mapping, &err), "a file with a NUL byte is refused");
    write_file(path, "tables: {t: x}\n", 15);
    ok(!keel_mapping_read(arena, path, &mapping, &err), "a wrong file is refused");
    snprintf(wanted, sizeof wanted, "%s:1:13: table \"t\" must be `skip` or a map of settings",
             path);
    is_str(err.message, wanted, "with its name and the place");
    unlink(path);
    ok(!keel_mapping_read(arena, path, &mapping, &err), "a file that is not there");
    ok(strstr(err.message, "cannot open") != NULL, "is said to be so: %s", err.message);
    ok(!keel_mapping_read(arena, "/", &mapping, &err), "a directory is refused");
    mapping = NULL;
    ok(keel_mapping_read(arena, NULL, &mapping, &err), "no file at all");
    ok(mapping->file == NULL && mapping->tables.count == 0, "is the empty mapping");
    is_str(mapping->text, "", "with no text");
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    test_full(arena);
    test_wrong(arena);
    test_files(arena);
    is_str(keel_key_choice_name(KEEL_KEYS_AUTO), "auto", "auto");
    is_str(keel_key_choice_name(KEEL_KEYS_KEEP), "keep", "keep");
    is_str(keel_key_choice_name(KEEL_KEYS_REMAP), "remap", "remap");
    return done_testing();
}
