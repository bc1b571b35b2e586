#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json_out.h"
#include "base/memory.h"
#include "verify/baseline_inside.h"

static void add_number_or_null(keel_json *json, const char *key, bool known, int64_t value)
{
    keel_json_key(json, key);
    if (known)
        keel_json_int(json, value);
    else
        keel_json_null(json);
}

/* 64 bits without a sign do not fit into JSON's numbers. */
static void add_hash(keel_json *json, const char *key, bool known, uint64_t hash)
{
    char hex[20];

    snprintf(hex, sizeof hex, "%016" PRIx64, hash);
    keel_json_kv_text(json, key, known ? hex : NULL);
}

static void add_parts(keel_json *json, const char *key, const keel_baseline_parts *parts)
{
    keel_json_key(json, key);
    if (!parts->known) {
        keel_json_null(json);
        return;
    }
    keel_json_array(json);
    for (size_t i = 0; i < parts->count; i++) {
        const keel_baseline_part *part = &parts->items[i];
        keel_json_object(json);
        keel_json_kv_text(json, "kind", part->kind);
        keel_json_kv_text(json, "name", part->name);
        keel_json_kv_text(json, "definition", part->definition);
        keel_json_kv_bool(json, "sound", part->sound);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

static void add_columns(keel_json *json, const keel_baseline_table *table)
{
    keel_json_key(json, "columns");
    keel_json_array(json);
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_baseline_column *column = &table->columns.items[i];
        keel_json_object(json);
        keel_json_kv_text(json, "name", column->name);
        keel_json_kv_text(json, "type", column->type);
        keel_json_kv_bool(json, "not_null", column->not_null);
        keel_json_kv_text(json, "default", column->default_sql);
        keel_json_kv_text(json, "collation", column->collation);
        keel_json_kv_text(json, "made", column->made);
        add_hash(json, "hash", column->hashed, column->hash);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

static void add_texts(keel_json *json, const char *key, const char *const *texts, size_t count)
{
    keel_json_key(json, key);
    keel_json_array(json);
    for (size_t i = 0; i < count; i++)
        keel_json_text(json, texts[i]);
    keel_json_end_array(json);
}

static void add_sample(keel_json *json, const keel_baseline_table *table)
{
    keel_json_key(json, "sample");
    keel_json_array(json);
    for (size_t i = 0; i < table->sample.count; i++) {
        keel_json_object(json);
        add_texts(json, "key", table->sample.items[i].key, table->key.count);
        add_hash(json, "hash", true, table->sample.items[i].hash);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

static void add_table(keel_json *json, const keel_baseline_table *table)
{
    keel_json_object(json);
    keel_json_kv_text(json, "schema", table->schema);
    keel_json_kv_text(json, "name", table->name);
    keel_json_kv_text(json, "kind", (char[]){table->kind, '\0'});
    keel_json_kv_text(json, "persistence", (char[]){table->persistence, '\0'});
    keel_json_kv_text(json, "partition_of", table->root);
    keel_json_kv_bool(json, "row_security", table->row_security);
    keel_json_kv_int(json, "bytes", table->bytes);
    add_number_or_null(json, "rows", table->counted, table->rows);
    keel_json_kv_bool(json, "exact", table->exact);
    add_texts(json, "key", table->key.items, table->key.count);
    keel_json_kv_bool(json, "numbered", table->numbered);
    add_number_or_null(json, "greatest_key", table->has_greatest, table->greatest);
    keel_json_kv_bool(json, "hashed", table->hashed);
    add_hash(json, "row_hash", table->hashed && table->key.count == 0, table->row_hash);
    add_columns(json, table);
    add_parts(json, "constraints", &table->constraints);
    add_parts(json, "indexes", &table->indexes);
    add_parts(json, "triggers", &table->triggers);
    add_sample(json, table);
    keel_json_end_object(json);
}

static void add_sequences(keel_json *json, const keel_baseline *baseline)
{
    keel_json_key(json, "sequences");
    if (!baseline->sequences_known) {
        keel_json_null(json);
        return;
    }
    keel_json_array(json);
    for (size_t i = 0; i < baseline->sequences.count; i++) {
        const keel_baseline_sequence *sequence = &baseline->sequences.items[i];
        keel_json_object(json);
        keel_json_kv_text(json, "name", sequence->name);
        keel_json_kv_text(json, "owner", sequence->owner);
        keel_json_kv_text(json, "definition", sequence->definition);
        keel_json_kv_bool(json, "readable", sequence->readable);
        add_number_or_null(json, "last", sequence->used, sequence->last);
        keel_json_kv_int(json, "step", sequence->step);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

static void add_head(keel_json *json, const keel_baseline *baseline)
{
    keel_json_kv_text(json, "format", KEEL_BASELINE_FORMAT);
    keel_json_kv_int(json, "form", KEEL_BASELINE_FORM);
    keel_json_kv_text(json, "tool_version", baseline->tool_version);
    keel_json_kv_text(json, "saved_at", baseline->saved_at);
    keel_json_kv_text(json, "target", baseline->target);
    keel_json_kv_int(json, "server_version", baseline->server_version);
    keel_json_kv_text(json, "encoding", baseline->encoding);
    add_hash(json, "hash_probe", baseline->probed, baseline->probe);
    keel_json_kv_bool(json, "quick", baseline->quick);
    keel_json_kv_bool(json, "complete", baseline->complete);
    keel_json_kv_text(json, "schema_fingerprint", baseline->fingerprint);
    add_number_or_null(json, "bytes", baseline->bytes >= 0, baseline->bytes);
}

static void add_body(keel_json *json, const keel_baseline *baseline)
{
    add_head(json, baseline);
    keel_json_key(json, "tables");
    keel_json_array(json);
    for (size_t i = 0; i < baseline->tables.count; i++)
        add_table(json, &baseline->tables.items[i]);
    keel_json_end_array(json);
    add_sequences(json, baseline);
    add_parts(json, "objects", &baseline->objects);
}

/* Written twice: the checksum is of the document as it will be read. */
static bool make_document(const keel_baseline *baseline, keel_str *out, keel_error *err)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const keel_json_value *root = NULL;
    char checksum[KEEL_BASELINE_CHECKSUM_SIZE] = "";
    keel_json json;

    for (int round = 0; round < 2; round++) {
        keel_str_clear(out);
        keel_json_start(&json, out, true);
        keel_json_object(&json);
        add_body(&json, baseline);
        keel_json_kv_text(&json, "checksum", checksum);
        keel_json_end_object(&json);
        keel_str_addc(out, '\n');
        if (root == NULL && !keel_json_read(arena, out->data, out->size, &root, err))
            return keel_fail_context(err, "the baseline that was made");
        keel_baseline_checksum(root, checksum);
    }
    return true;
}

static bool failed(const char *path, keel_error *err)
{
    return keel_fail(err, KEEL_ERR_IO, "cannot write the baseline \"%s\": %s", path, strerror(errno));
}

static bool write_all(int fd, const keel_str *text)
{
    for (size_t at = 0; at < text->size;) {
        ssize_t written = write(fd, text->data + at, text->size - at);
        if (written < 0 && errno != EINTR)
            return false;
        at += written > 0 ? (size_t)written : 0;
    }
    return fsync(fd) == 0;
}

bool keel_baseline_write(const keel_baseline *baseline, const char *path, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str document = {0};
    KEEL_CLEANUP(keel_str_free) keel_str partial = {0};

    if (!make_document(baseline, &document, err))
        return false;
    keel_str_addf(&partial, "%s.XXXXXX", path);
    int fd = mkstemp(partial.data);
    if (fd < 0)
        return failed(path, err);
    bool written = write_all(fd, &document);
    int why = errno;
    written = close(fd) == 0 && written;
    if (written && rename(partial.data, path) == 0)
        return true;
    errno = written ? errno : why;
    failed(path, err);
    unlink(partial.data);
    return false;
}

bool keel_baseline_writable(const char *path, keel_error *err)
{
    const char *slash = strrchr(path, '/');
    KEEL_CLEANUP(keel_str_free) keel_str folder = {0};

    keel_str_addn(&folder, slash != NULL ? path : ".", slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path));
    return access(folder.data, W_OK | X_OK) == 0 || failed(path, err);
}
