#include "base/json_in.h"

#include "tap.h"

static void refuses(const char *what, const char *text, const char *message)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_json_value *root = NULL;
    keel_error err = {0};

    ok(!keel_json_read(arena, text, strlen(text), &root, &err) && root == NULL, "%s is refused", what);
    is_str(err.message, message, "... with the place");
    is_int(err.kind, KEEL_ERR_CONFIG, "... as a wrong file");
}

static void documents(void)
{
    static const char text[] = "{\"a\": [1, -2.5, true, null, \"x\\u00e4\"],\n \"b\": {}}";
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_json_value *root = NULL;
    keel_error err = {0};

    if (!ok(keel_json_read(arena, text, strlen(text), &root, &err), "a document is read"))
        return;
    const keel_json_value *a = keel_json_get(root, "a");
    ok(root->kind == KEEL_JSON_OBJECT && root->count == 2 && root->key == NULL, "its root");
    ok(a != NULL && a->kind == KEEL_JSON_ARRAY && a->count == 5 && strcmp(a->key, "a") == 0, "an array");
    ok(a->items[0].kind == KEEL_JSON_INTEGER && a->items[0].integer == 1, "an integer");
    ok(a->items[1].kind == KEEL_JSON_REAL && strcmp(a->items[1].text, "-2.5") == 0, "a real");
    ok(a->items[2].kind == KEEL_JSON_BOOL && a->items[2].integer == 1, "a boolean");
    ok(a->items[3].kind == KEEL_JSON_NULL, "null");
    ok(a->items[4].kind == KEEL_JSON_TEXT && strcmp(a->items[4].text, "x\xc3\xa4") == 0, "a text");
    ok(keel_json_get(root, "b")->count == 0 && keel_json_get(root, "c") == NULL && keel_json_get(a, "a") == NULL,
       "an empty object, a missing member, a member of what has none");
    refuses("a missing value", "{\"a\": 1,\n \"b\": }", "line 2, column 7: unexpected token near '}'");
    refuses("a name twice", "{\"a\": 1, \"a\": 2}", "line 1, column 12: duplicate object key near '\"a\"'");
    refuses("a byte that is not UTF-8", "{\"a\": \"\xff\"}", "line 1, column 7: unable to decode byte 0xff near '\"'");
    refuses("nothing", "", "line 1, column 0: unexpected token near end of file");
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_json_member *members = NULL;
    size_t count = 0;

    ok(keel_json_members(arena, "{\"rows\":12,\"name\":\"a\\nb\",\"sample\":[1,{\"x\":null}],\"half\":0.5}",
                         &members, &count),
       "an object is read");
    is_int((int64_t)count, 4, "all members are there");
    is_str(members[0].key, "rows", "in the order written");
    is_str(members[0].value, "12", "a number");
    is_str(members[1].value, "a\nb", "text without quotes and escapes");
    ok(members[2].nested && !members[1].nested, "nested values are marked");
    is_str(members[2].value, "[1,{\"x\":null}]", "a nested value is compact JSON");
    is_str(members[3].value, "0.5", "a real keeps its short form");
    ok(!keel_json_members(arena, "[1]", &members, &count), "an array is refused");
    ok(!keel_json_members(arena, "{\"a\":", &members, &count), "half an object is refused");
    is_int((int64_t)count, 4, "a failure leaves the results alone");
    ok(keel_json_members(arena, "{}", &members, &count) && count == 0, "an empty object");
    documents();
    return done_testing();
}
