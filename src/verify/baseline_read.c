/* A baseline's file, read strictly: whatever is not as it was written is named with its place. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "verify/baseline_fields.h"
#include "verify/baseline_inside.h"

static const size_t most_bytes = (size_t)512 << 20;

static keel_baseline_parts parts(keel_fields *f, keel_place at, const char *key, bool may_be_null)
{
    const keel_json_value *found = NULL;
    size_t count = keel_fields_list(f, at, key, may_be_null, &found);
    keel_baseline_parts all = {.known = found != NULL};

    for (size_t i = 0; i < count; i++) {
        keel_place one = keel_fields_item(f, at, key, found, i);
        keel_baseline_part part = {keel_fields_text(f, one, "kind"), keel_fields_text(f, one, "name"),
                                   keel_fields_text(f, one, "definition"), keel_fields_flag(f, one, "sound")};
        keel_arena_push(f->arena, &all, part);
    }
    return all;
}

static void read_columns(keel_fields *f, keel_place at, keel_baseline_table *table)
{
    const keel_json_value *found = NULL;
    size_t count = keel_fields_list(f, at, "columns", false, &found);

    for (size_t i = 0; i < count; i++) {
        keel_place one = keel_fields_item(f, at, "columns", found, i);
        keel_baseline_column column = {
            .name = keel_fields_text(f, one, "name"),
            .type = keel_fields_text(f, one, "type"),
            .not_null = keel_fields_flag(f, one, "not_null"),
            .default_sql = keel_fields_text_or_null(f, one, "default"),
            .collation = keel_fields_text_or_null(f, one, "collation"),
            .made = keel_fields_text_or_null(f, one, "made"),
        };
        column.hashed = keel_fields_hash_or_null(f, one, "hash", &column.hash);
        keel_arena_push(f->arena, &table->columns, column);
    }
}

static void read_sample(keel_fields *f, keel_place at, keel_baseline_table *table)
{
    const keel_json_value *found = NULL;
    size_t count = keel_fields_list(f, at, "sample", false, &found);

    for (size_t i = 0; i < count; i++) {
        keel_place one = keel_fields_item(f, at, "sample", found, i);
        keel_baseline_row row = {0};
        size_t keys = 0;
        row.key = keel_fields_texts(f, one, "key", &keys);
        if (keys != table->key.count)
            keel_fields_refuse(f, one, "key", "a text for each column of the table's key");
        if (!keel_fields_hash_or_null(f, one, "hash", &row.hash))
            keel_fields_refuse(f, one, "hash", "a hash of 16 hexadecimal digits");
        keel_arena_push(f->arena, &table->sample, row);
    }
}

static void read_rows(keel_fields *f, keel_place at, keel_baseline_table *table)
{
    table->counted = keel_fields_number_or_null(f, at, "rows", &table->rows);
    table->exact = keel_fields_flag(f, at, "exact");
    table->key.items = keel_fields_texts(f, at, "key", &table->key.count);
    table->numbered = keel_fields_flag(f, at, "numbered");
    table->has_greatest = keel_fields_number_or_null(f, at, "greatest_key", &table->greatest);
    table->hashed = keel_fields_flag(f, at, "hashed");
    if (keel_fields_hash_or_null(f, at, "row_hash", &table->row_hash) != (table->hashed && table->key.count == 0))
        keel_fields_refuse(f, at, "row_hash", table->hashed ? "a hash where there is no key, and only there" : "null");
    if (table->has_greatest && (!table->numbered || table->key.count != 1))
        keel_fields_refuse(f, at, "greatest_key", "null");
}

static keel_baseline_table read_table(keel_fields *f, keel_place at)
{
    keel_baseline_table table = {
        .schema = keel_fields_text(f, at, "schema"),
        .name = keel_fields_text(f, at, "name"),
        .kind = keel_fields_letter(f, at, "kind"),
        .persistence = keel_fields_letter(f, at, "persistence"),
        .root = keel_fields_text_or_null(f, at, "partition_of"),
        .row_security = keel_fields_flag(f, at, "row_security"),
        .bytes = keel_fields_number(f, at, "bytes"),
        .kept = -1,
    };

    read_rows(f, at, &table);
    read_columns(f, at, &table);
    table.constraints = parts(f, at, "constraints", false);
    table.indexes = parts(f, at, "indexes", false);
    table.triggers = parts(f, at, "triggers", true);
    read_sample(f, at, &table);
    return table;
}

static void read_sequences(keel_fields *f, keel_place at, keel_baseline *baseline)
{
    const keel_json_value *found = NULL;
    size_t count = keel_fields_list(f, at, "sequences", true, &found);

    baseline->sequences_known = found != NULL;
    for (size_t i = 0; i < count; i++) {
        keel_place one = keel_fields_item(f, at, "sequences", found, i);
        keel_baseline_sequence sequence = {
            .name = keel_fields_text(f, one, "name"),
            .owner = keel_fields_text_or_null(f, one, "owner"),
            .definition = keel_fields_text(f, one, "definition"),
            .readable = keel_fields_flag(f, one, "readable"),
            .step = keel_fields_number(f, one, "step"),
        };
        sequence.used = keel_fields_number_or_null(f, one, "last", &sequence.last);
        keel_arena_push(f->arena, &baseline->sequences, sequence);
    }
}

static void read_document(keel_fields *f, keel_place at, keel_baseline *baseline)
{
    const keel_json_value *tables = NULL;
    size_t count = keel_fields_list(f, at, "tables", false, &tables);

    *baseline = (keel_baseline){
        .tool_version = keel_fields_text(f, at, "tool_version"),
        .saved_at = keel_fields_text(f, at, "saved_at"),
        .target = keel_fields_text(f, at, "target"),
        .server_version = (int)keel_fields_number(f, at, "server_version"),
        .encoding = keel_fields_text_or_null(f, at, "encoding"),
        .quick = keel_fields_flag(f, at, "quick"),
        .complete = keel_fields_flag(f, at, "complete"),
        .fingerprint = keel_fields_text_or_null(f, at, "schema_fingerprint"),
        .bytes = -1,
    };
    baseline->probed = keel_fields_hash_or_null(f, at, "hash_probe", &baseline->probe);
    if (baseline->probed && baseline->encoding == NULL)
        keel_fields_refuse(f, at, "encoding", "a text");
    keel_fields_number_or_null(f, at, "bytes", &baseline->bytes);
    for (size_t i = 0; i < count && !f->failed; i++) {
        keel_baseline_table table = read_table(f, keel_fields_item(f, at, "tables", tables, i));
        keel_arena_push(f->arena, &baseline->tables, table);
    }
    read_sequences(f, at, baseline);
    baseline->objects = parts(f, at, "objects", true);
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
    return keel_fields_damaged(path, err);
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
    keel_fields f = {.arena = arena, .path = path, .err = err};

    if (!read_file(path, &text, err))
        return false;
    if (!keel_json_read(arena, keel_str_text(&text), text.size, &root, err))
        return keel_fields_damaged(path, err);
    if (!is_baseline(path, root, err))
        return false;
    read_document(&f, (keel_place){root, ""}, baseline);
    if (f.failed || !is_intact(path, root, err))
        return false;
    *ret_baseline = baseline;
    return true;
}
