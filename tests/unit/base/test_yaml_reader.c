#include "base/yaml_reader.h"

#include <inttypes.h>
#include <tap.h>

static const keel_yaml *read(const keel_yaml_reader *reader, const char *text)
{
    static const keel_yaml none;
    const keel_yaml *root = NULL;

    if (!ok(keel_yaml_read_text(reader->arena, reader->file, text, &root, reader->err), "%s", reader->err->message))
        return &none;
    return root;
}

static void test_kinds(const keel_yaml_reader *reader)
{
    const keel_yaml *root = read(reader, "a: [x]\nb: \"\"\nc:\nd: true\ne: yes\nf: text\n");
    const char *text = NULL;
    bool value = false;

    ok(keel_yaml_expect(reader, keel_yaml_get(root, "a"), KEEL_YAML_LIST, "a"), "a list is a list");
    ok(!keel_yaml_expect(reader, keel_yaml_get(root, "a"), KEEL_YAML_MAP, "a"), "and not a map");
    is_str(reader->err->message, "f.yaml:1:4: \"a\" must be a map of settings, not a list", "with its place");
    ok(!keel_yaml_read_string(reader, keel_yaml_get(root, "b"), "b", &text) && text == NULL, "an empty text is none");
    ok(keel_yaml_is_empty(keel_yaml_get(root, "c")), "nothing behind the key");
    ok(!keel_yaml_is_empty(keel_yaml_get(root, "b")), "quotes are something");
    ok(keel_yaml_read_string(reader, keel_yaml_get(root, "f"), "f", &text), "a text");
    is_str(text, "text", "is read");
    ok(keel_yaml_read_bool(reader, keel_yaml_get(root, "d"), "d", &value) && value, "true");
    ok(!keel_yaml_read_bool(reader, keel_yaml_get(root, "e"), "e", &value), "yes is text");
    is_str(reader->err->message, "f.yaml:5:4: \"e\" must be false or true, not \"yes\"", "and said to be");
}

static void test_words(const keel_yaml_reader *reader)
{
    static const char *const words[] = {"day", "week", "month"};
    const keel_yaml *root = read(reader, "a: week\nb: moth\nc: zzzzzz\n");
    size_t index = 7;

    ok(keel_yaml_read_word(reader, keel_yaml_get(root, "a"), "a", words, 3, &index), "a word of the list");
    is_int((int64_t)index, 1, "by its number");
    ok(!keel_yaml_read_word(reader, keel_yaml_get(root, "b"), "b", words, 3, &index), "another is refused");
    is_str(reader->err->message, "f.yaml:2:4: \"b\" must be day, week or month, not \"moth\"", "with the list");
    is_str(reader->err->hint, "Did you mean \"month\"?", "and the nearest");
    ok(!keel_yaml_read_word(reader, keel_yaml_get(root, "c"), "c", words, 3, &index), "nothing near");
    is_str(reader->err->hint, "", "no guess");
    is_int((int64_t)index, 1, "the number stays");
}

static void test_numbers(const keel_yaml_reader *reader)
{
    static const struct {
        const char *text, *message; /* NULL: it is read */
    } all[] = {
        {"1", NULL},
        {"10", NULL},
        {"0", "f.yaml:1:4: \"n\" must be a whole number from 1 to 10, not \"0\""},
        {"11", "f.yaml:1:4: \"n\" must be a whole number from 1 to 10, not \"11\""},
        {"5x", "f.yaml:1:4: \"n\" must be a whole number from 1 to 10, not \"5x\""},
        {"1.5", "f.yaml:1:4: \"n\" must be a whole number from 1 to 10, not \"1.5\""},
        {"99999999999999999999",
         "f.yaml:1:4: \"n\" must be a whole number from 1 to 10, not \"99999999999999999999\""},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(all); i++) {
        const keel_yaml *root = read(reader, keel_arena_printf(reader->arena, "n: %s\n", all[i].text));
        int64_t value = -1;
        bool done = keel_yaml_read_int(reader, keel_yaml_get(root, "n"), "n", 1, 10, &value);
        is_int(done, all[i].message == NULL, "%s", all[i].text);
        if (all[i].message != NULL)
            is_str(reader->err->message, all[i].message, "its message");
        else
            is_str(keel_arena_printf(reader->arena, "%" PRId64, value), all[i].text, "its value");
    }
}

static void test_names(keel_arena *arena)
{
    static const struct {
        const char *text;
        size_t count;
        const char *first, *second;
    } all[] = {
        {"t", 1, "t", NULL},         {"s.t", 2, "s", "t"},
        {"\"s.t\"", 1, "s.t", NULL}, {"\"a \"\"b\"\"\".c", 2, "a \"b\"", "c"},
        {"a.b.c", 3, "a", "b"},      {"", 0, NULL, NULL},
        {"a.", 0, "a", NULL},        {".a", 0, NULL, NULL},
        {"\"a", 0, NULL, NULL},      {"\"a\"b", 0, "a", NULL},
        {"\"\"", 0, NULL, NULL},     {"A b", 1, "A b", NULL},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(all); i++) {
        const char *parts[2] = {NULL, NULL};
        is_int((int64_t)keel_yaml_split_name(arena, all[i].text, parts, 2), (int64_t)all[i].count, "parts of %s",
               all[i].text);
        is_str(parts[0], all[i].first, "the first");
        is_str(parts[1], all[i].second, "the second");
    }
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_error err = {0};
    const keel_yaml_reader reader = {.arena = arena, .file = "f.yaml", .err = &err};

    test_kinds(&reader);
    test_words(&reader);
    test_numbers(&reader);
    test_names(arena);
    return done_testing();
}
