/* A baseline's file, read strictly: whatever is not as it was written is named with its place. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/baseline_inside.h"

static const size_t most_bytes = (size_t)512 << 20;

typedef struct reader {
    keel_arena *arena;
    const char *path;
    keel_error *err;
    bool failed; /* the first failure stands; what is read after it counts for nothing */
} reader;

/* Where in the document: "tables[3].columns[0]"; "" is the document. */
typedef struct place {
    const keel_json_value *value;
    const char *name;
} place;

static bool damaged(const char *path, keel_error *err)
{
    char was[sizeof err->message];

    snprintf(was, sizeof was, "%s", err->message);
    keel_fail(err, KEEL_ERR_CONFIG, "\"%s\": %s", path, was);
    return keel_fail_hint(err, "The file is damaged, or was changed by hand. Take a copy of it, or save a new baseline.");
}

static void refuse(reader *r, place at, const char *member, const char *wanted)
{
    if (r->failed)
        return;
    r->failed = true;
    keel_fail(r->err, KEEL_ERR_CONFIG, "%s%s%s: %s is wanted", at.name, at.name[0] != '\0' ? "." : "", member, wanted);
    damaged(r->path, r->err);
}

static const keel_json_value *member(reader *r, place at, const char *key, keel_json_kind kind, bool may_be_null,
                                     const char *wanted)
{
    const keel_json_value *found = keel_json_get(at.value, key);

    if (found != NULL && found->kind == kind)
        return found;
    if (found == NULL || found->kind != KEEL_JSON_NULL || !may_be_null)
        refuse(r, at, key, wanted);
    return NULL;
}

static const char *text(reader *r, place at, const char *key)
{
    const keel_json_value *found = member(r, at, key, KEEL_JSON_TEXT, false, "a text");

    return found != NULL ? found->text : "";
}

static const char *text_or_null(reader *r, place at, const char *key)
{
    const keel_json_value *found = member(r, at, key, KEEL_JSON_TEXT, true, "a text or null");

    return found != NULL ? found->text : NULL;
}

static bool flag(reader *r, place at, const char *key)
{
    const keel_json_value *found = member(r, at, key, KEEL_JSON_BOOL, false, "true or false");

    return found != NULL && found->integer != 0;
}

static int64_t number(reader *r, place at, const char *key)
{
    const keel_json_value *found = member(r, at, key, KEEL_JSON_INTEGER, false, "an integer");

    return found != NULL ? found->integer : 0;
}

static bool number_or_null(reader *r, place at, const char *key, int64_t *ret_number)
{
    const keel_json_value *found = member(r, at, key, KEEL_JSON_INTEGER, true, "an integer or null");

    if (found != NULL)
        *ret_number = found->integer;
    return found != NULL;
}

static bool hash_or_null(reader *r, place at, const char *key, uint64_t *ret_hash)
{
    const char *hex = text_or_null(r, at, key);
    char *end = NULL;

    if (hex == NULL)
        return false;
    *ret_hash = strtoull(hex, &end, 16);
    if (strlen(hex) != 16 || strspn(hex, "0123456789abcdef") != 16)
        refuse(r, at, key, "a hash of 16 hexadecimal digits");
    return true;
}

static char letter(reader *r, place at, const char *key)
{
    const char *found = text(r, at, key);

    if (strlen(found) != 1)
        refuse(r, at, key, "one letter");
    return found[0];
}

static size_t list(reader *r, place at, const char *key, bool may_be_null, const keel_json_value **ret_list)
{
    *ret_list = member(r, at, key, KEEL_JSON_ARRAY, may_be_null, may_be_null ? "a list or null" : "a list");
    return *ret_list != NULL ? (*ret_list)->count : 0;
}

static place item(reader *r, place at, const char *key, const keel_json_value *list, size_t index)
{
    return (place){&list->items[index],
                   keel_arena_printf(r->arena, "%s%s%s[%zu]", at.name, at.name[0] != '\0' ? "." : "", key, index)};
}

static const char **texts(reader *r, place at, const char *key, size_t *ret_count)
{
    const keel_json_value *found = NULL;
    size_t count = list(r, at, key, false, &found);
    const char **all = keel_arena_alloc(r->arena, (count + 1) * sizeof *all);

    for (size_t i = 0; i < count; i++) {
        if (found->items[i].kind != KEEL_JSON_TEXT)
            refuse(r, at, key, "a list of texts");
        all[i] = found->items[i].text != NULL ? found->items[i].text : "";
    }
    *ret_count = count;
    return all;
}

static keel_baseline_parts parts(reader *r, place at, const char *key, bool may_be_null)
{
    const keel_json_value *found = NULL;
    size_t count = list(r, at, key, may_be_null, &found);
    keel_baseline_parts all = {.known = found != NULL};

    for (size_t i = 0; i < count; i++) {
        place one = item(r, at, key, found, i);
        keel_baseline_part part = {text(r, one, "kind"), text(r, one, "name"), text(r, one, "definition"),
                                   flag(r, one, "sound")};
        keel_arena_push(r->arena, &all, part);
    }
    return all;
}

static void read_columns(reader *r, place at, keel_baseline_table *table)
{
    const keel_json_value *found = NULL;
    size_t count = list(r, at, "columns", false, &found);

    for (size_t i = 0; i < count; i++) {
        place one = item(r, at, "columns", found, i);
        keel_baseline_column column = {
            .name = text(r, one, "name"),
            .type = text(r, one, "type"),
            .not_null = flag(r, one, "not_null"),
            .default_sql = text_or_null(r, one, "default"),
            .collation = text_or_null(r, one, "collation"),
            .made = text_or_null(r, one, "made"),
        };
        column.hashed = hash_or_null(r, one, "hash", &column.hash);
        keel_arena_push(r->arena, &table->columns, column);
    }
}

static void read_sample(reader *r, place at, keel_baseline_table *table)
{
    const keel_json_value *found = NULL;
    size_t count = list(r, at, "sample", false, &found);

    for (size_t i = 0; i < count; i++) {
        place one = item(r, at, "sample", found, i);
        keel_baseline_row row = {0};
        size_t keys = 0;
        row.key = texts(r, one, "key", &keys);
        if (keys != table->key.count)
            refuse(r, one, "key", "a text for each column of the table's key");
        if (!hash_or_null(r, one, "hash", &row.hash))
            refuse(r, one, "hash", "a hash of 16 hexadecimal digits");
        keel_arena_push(r->arena, &table->sample, row);
    }
}

static void read_rows(reader *r, place at, keel_baseline_table *table)
{
    table->counted = number_or_null(r, at, "rows", &table->rows);
    table->exact = flag(r, at, "exact");
    table->key.items = texts(r, at, "key", &table->key.count);
    table->numbered = flag(r, at, "numbered");
    table->has_greatest = number_or_null(r, at, "greatest_key", &table->greatest);
    table->hashed = flag(r, at, "hashed");
    if (hash_or_null(r, at, "row_hash", &table->row_hash) != (table->hashed && table->key.count == 0))
        refuse(r, at, "row_hash", table->hashed ? "a hash where there is no key, and only there" : "null");
    if (table->has_greatest && (!table->numbered || table->key.count != 1))
        refuse(r, at, "greatest_key", "null");
}

static keel_baseline_table read_table(reader *r, place at)
{
    keel_baseline_table table = {
        .schema = text(r, at, "schema"),
        .name = text(r, at, "name"),
        .kind = letter(r, at, "kind"),
        .persistence = letter(r, at, "persistence"),
        .root = text_or_null(r, at, "partition_of"),
        .row_security = flag(r, at, "row_security"),
        .bytes = number(r, at, "bytes"),
        .kept = -1,
    };

    read_rows(r, at, &table);
    read_columns(r, at, &table);
    table.constraints = parts(r, at, "constraints", false);
    table.indexes = parts(r, at, "indexes", false);
    table.triggers = parts(r, at, "triggers", true);
    read_sample(r, at, &table);
    return table;
}

static void read_sequences(reader *r, place at, keel_baseline *baseline)
{
    const keel_json_value *found = NULL;
    size_t count = list(r, at, "sequences", true, &found);

    baseline->sequences_known = found != NULL;
    for (size_t i = 0; i < count; i++) {
        place one = item(r, at, "sequences", found, i);
        keel_baseline_sequence sequence = {
            .name = text(r, one, "name"),
            .owner = text_or_null(r, one, "owner"),
            .definition = text(r, one, "definition"),
            .readable = flag(r, one, "readable"),
            .step = number(r, one, "step"),
        };
        sequence.used = number_or_null(r, one, "last", &sequence.last);
        keel_arena_push(r->arena, &baseline->sequences, sequence);
    }
}

static void read_document(reader *r, place at, keel_baseline *baseline)
{
    const keel_json_value *tables = NULL;
    size_t count = list(r, at, "tables", false, &tables);

    *baseline = (keel_baseline){
        .tool_version = text(r, at, "tool_version"),
        .saved_at = text(r, at, "saved_at"),
        .target = text(r, at, "target"),
        .server_version = (int)number(r, at, "server_version"),
        .encoding = text_or_null(r, at, "encoding"),
        .quick = flag(r, at, "quick"),
        .complete = flag(r, at, "complete"),
        .fingerprint = text_or_null(r, at, "schema_fingerprint"),
        .bytes = -1,
    };
    baseline->probed = hash_or_null(r, at, "hash_probe", &baseline->probe);
    if (baseline->probed && baseline->encoding == NULL)
        refuse(r, at, "encoding", "a text");
    number_or_null(r, at, "bytes", &baseline->bytes);
    for (size_t i = 0; i < count && !r->failed; i++) {
        keel_baseline_table table = read_table(r, item(r, at, "tables", tables, i));
        keel_arena_push(r->arena, &baseline->tables, table);
    }
    read_sequences(r, at, baseline);
    baseline->objects = parts(r, at, "objects", true);
}

static bool is_baseline(const char *path, const keel_json_value *root, keel_error *err)
{
    const keel_json_value *format = keel_json_get(root, "format");
    const keel_json_value *form = keel_json_get(root, "form");
    const keel_json_value *version = keel_json_get(root, "tool_version");

    if (format == NULL || !keel_streq(format->text, KEEL_BASELINE_FORMAT)) {
        keel_fail(err, KEEL_ERR_CONFIG, "\"%s\" is no baseline: it has no \"format\": \"%s\"", path, KEEL_BASELINE_FORMAT);
        return keel_fail_hint(err, "A baseline is what \"pgkeel check --save FILE\" writes.");
    }
    if (form != NULL && form->kind == KEEL_JSON_INTEGER && form->integer == KEEL_BASELINE_FORM)
        return true;
    keel_fail(err, KEEL_ERR_CONFIG, "\"%s\" is a baseline of form %s, and this pgkeel reads form %d", path,
              form != NULL && form->text != NULL ? form->text : "unknown", KEEL_BASELINE_FORM);
    return keel_fail_hint(err, "It was saved by pgkeel %s. Compare with that version, or save a new baseline.",
                          version != NULL && version->text != NULL ? version->text : "of another version");
}

static bool is_intact(const char *path, const keel_json_value *root, keel_error *err)
{
    const keel_json_value *found = keel_json_get(root, "checksum");
    char checksum[KEEL_BASELINE_CHECKSUM_SIZE];

    keel_baseline_checksum(root, checksum);
    if (found != NULL && keel_streq(found->text, checksum))
        return true;
    keel_fail(err, KEEL_ERR_CONFIG, "its checksum does not fit its contents");
    return damaged(path, err);
}

static bool read_file(const char *path, keel_str *text, keel_error *err)
{
    enum { PIECE = 1 << 16 };
    FILE *file = fopen(path, "re");
    size_t got = PIECE;

    if (file == NULL) {
        keel_fail(err, KEEL_ERR_IO, "cannot read the baseline \"%s\": %s", path, strerror(errno));
        return keel_fail_hint(err, "\"pgkeel check --save FILE\" writes one.");
    }
    while (got == PIECE && text->size < most_bytes) {
        keel_str_reserve(text, PIECE);
        got = fread(text->data + text->size, 1, PIECE, file);
        text->size += got;
    }
    bool good = !ferror(file) && text->size < most_bytes;
    if (!good)
        keel_fail(err, KEEL_ERR_IO, "cannot read the baseline \"%s\": %s", path,
                  ferror(file) ? strerror(errno) : "it is larger than 512 MB");
    fclose(file);
    return good;
}

bool keel_baseline_read(keel_arena *arena, const char *path, const keel_baseline **ret_baseline, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_baseline *baseline = keel_arena_alloc(arena, sizeof *baseline);
    const keel_json_value *root = NULL;
    reader r = {.arena = arena, .path = path, .err = err};

    if (!read_file(path, &text, err))
        return false;
    if (!keel_json_read(arena, keel_str_text(&text), text.size, &root, err))
        return damaged(path, err);
    if (!is_baseline(path, root, err))
        return false;
    read_document(&r, (place){root, ""}, baseline);
    if (r.failed || !is_intact(path, root, err))
        return false;
    *ret_baseline = baseline;
    return true;
}
