#include "base/yaml.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static const char *const mapping =
    "# a mapping\n"
    "from: sqlite:app.db\n"
    "strict: no\n"
    "quoted: \"no\"\n"
    "empty:\n"
    "tables:\n"
    "  users:\n"
    "    columns: [id, 'name', {from: a, to: b}]\n"
    "text: |\n"
    "  select 1\n"
    "  from x\n";

static void a_tree_is_read(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_yaml *root = NULL;
    keel_error err = {0};

    if (!ok(keel_yaml_read_text(arena, "x.yaml", mapping, &root, &err), "read: %s", err.message))
        return;
    is_int((int64_t)root->count, 6, "six keys");
    is_str(keel_yaml_get(root, "from")->text, "sqlite:app.db", "plain text");
    is_str(keel_yaml_get(root, "strict")->text, "no", "no stays the text no");
    ok(!keel_yaml_get(root, "strict")->quoted && keel_yaml_get(root, "quoted")->quoted, "quotes are known");
    is_str(keel_yaml_get(root, "empty")->text, "", "nothing is empty text");
    is_str(keel_yaml_get(root, "text")->text, "select 1\nfrom x\n", "a block");
    const keel_yaml *users = keel_yaml_get(keel_yaml_get(root, "tables"), "users");
    is_str(users->key, "users", "a member knows its key");
    is_int(users->key_line, 7, "line of the key");
    is_int(users->key_column, 3, "column of the key");
    const keel_yaml *columns = keel_yaml_get(users, "columns");
    is_int(columns->kind, KEEL_YAML_LIST, "a list");
    is_int((int64_t)columns->count, 3, "of three");
    is_str(columns->items[1]->text, "name", "single quotes");
    is_int(columns->items[1]->column, 19, "column of an item");
    is_str(keel_yaml_get(columns->items[2], "to")->text, "b", "a map in a list");
    ok(keel_yaml_get(root, "absent") == NULL && keel_yaml_get(columns, "x") == NULL, "absent is NULL");
}

static void refused(const char *text, const char *message)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_yaml *root = NULL;
    keel_error err = {0};

    ok(!keel_yaml_read_text(arena, "x.yaml", text, &root, &err) && root == NULL, "refused: %s", message);
    is_str(err.message, message, "... with its place");
    is_int(err.kind, KEEL_ERR_CONFIG, "... as wrong configuration");
}

static void bad_files_are_refused(void)
{
    refused("a: 1\nb: 2\na: 3\n", "x.yaml:3:1: duplicate key \"a\", first at line 1");
    refused("a: &x 1\n", "x.yaml:1:4: anchors (&name) are not supported");
    refused("a: *x\n", "x.yaml:1:4: aliases (*name) are not supported");
    refused("a: !!str 1\n", "x.yaml:1:4: tags (!name) are not supported");
    refused("a: !x {b: 1}\n", "x.yaml:1:4: tags (!name) are not supported");
    refused("a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document is not supported");
    refused("a: [1, 2\nb: 3\n", "x.yaml:2:2: did not find expected ',' or ']'");
    refused("a: 1\n\tb: 2\n", "x.yaml:2:1: found a tab character that violates indentation");
    refused("? [a]\n: 1\n", "x.yaml:1:3: a key must be plain text");
    refused("a: \"x\\0y\"\n", "x.yaml:1:4: a NUL character is not allowed in text");
    refused("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "x.yaml:1:33: nested too deeply");
    refused("a: \xff\n", "x.yaml:1:1: invalid leading UTF-8 octet at byte 3");
}

static void empty_files_are_empty_maps(void)
{
    static const char *const texts[] = {"", "# only a comment\n"};

    for (size_t i = 0; i < KEEL_COUNT_OF(texts); i++) {
        KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
        const keel_yaml *root = NULL;
        keel_error err = {0};
        ok(keel_yaml_read_text(arena, "x.yaml", texts[i], &root, &err) && root->kind == KEEL_YAML_MAP &&
               root->count == 0,
           "an empty map for \"%s\"", i == 0 ? "" : "# only a comment");
    }
}

static void unknown_keys_are_refused(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    static const char *const allowed[] = {"from", "columns"};
    const keel_yaml *root = NULL;
    keel_error err = {0};

    ok(keel_yaml_read_text(arena, "x.yaml", "from: a\ncolunms: 1\n", &root, &err), "read");
    ok(!keel_yaml_only(root, "x.yaml", "table \"users\"", allowed, 2, &err), "an unknown key");
    is_str(err.message, "x.yaml:2:1: unknown key \"colunms\" in table \"users\"", "names its place");
    is_str(err.hint, "Did you mean \"columns\"?", "and the nearest word");
    keel_yaml_fail(root->items[0], "x.yaml", &err, "no table \"%s\"", "a");
    is_str(err.message, "x.yaml:1:7: no table \"a\"", "keel_yaml_fail names the value's place");
}

static void files_are_read(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char path[] = "/tmp/pgkeel-test-XXXXXX";
    const keel_yaml *root = NULL;
    keel_error err = {0};
    int fd = mkstemp(path);

    ok(fd >= 0 && write(fd, "a: 1\n", 5) == 5, "a file to read");
    ok(keel_yaml_read_file(arena, path, &root, &err), "is read");
    is_str(keel_yaml_get(root, "a")->text, "1", "with its text");
    close(fd);
    unlink(path);
    ok(!keel_yaml_read_file(arena, path, &root, &err), "a missing file fails");
    ok(strstr(err.message, "No such file") != NULL, "and says so: %s", err.message);
    ok(!keel_yaml_read_file(arena, "/tmp", &root, &err), "a directory fails: %s", err.message);
}

int main(void)
{
    a_tree_is_read();
    bad_files_are_refused();
    empty_files_are_empty_maps();
    unknown_keys_are_refused();
    files_are_read();
    return done_testing();
}
