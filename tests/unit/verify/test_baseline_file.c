/* The file of a baseline: what is written is read again, and whatever else stands there is refused with its place. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "verify/baseline_inside.h"

static char folder[] = "/tmp/pgkeel-baseline-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *text_of(const char *path)
{
    static char text[32 * 1024];
    FILE *file = fopen(path, "r");
    size_t size = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;

    text[size] = '\0';
    if (file != NULL)
        fclose(file);
    return text;
}

static void put(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "w");

    if (file == NULL || fwrite(text, 1, size, file) != size || fclose(file) != 0)
        exit(1);
}

static keel_baseline *sample(keel_arena *arena)
{
    static const char *key[] = {"id"};
    static keel_baseline_column columns[] = {
        {"id", "bigint", NULL, NULL, "identity always", true, true, UINT64_MAX},
        {"odd \"name\"", "text", "'\xc3\xa4\\'::text", "C", NULL, false, false, 0}};
    static keel_baseline_part constraint[] = {{"primary key", "lots_pkey", "PRIMARY KEY (id)", true}};
    static keel_baseline_part index[] = {{"unique index", "lots_pkey", "CREATE UNIQUE INDEX ...", false}};
    static const char *row_key[] = {"7"};
    static keel_baseline_row row[] = {{row_key, 1}};
    static keel_baseline_table table = {.schema = "public", .name = "lots", .kind = 'r', .persistence = 'p', .bytes = 8192,
        .counted = true, .exact = true, .rows = 9007199254740993, .numbered = true, .has_greatest = true,
        .greatest = INT64_MIN, .kept = -1, .hashed = true, .key = {key, 1}, .columns = {columns, 2, 2},
        .constraints = {constraint, 1, 1, true}, .indexes = {index, 1, 1, true}, .sample = {row, 1, 1}};
    static keel_baseline_sequence sequence = {"public.lots_id_seq", "public.lots", "bigint", true, true, -5, 1};
    keel_baseline *baseline = keel_arena_alloc(arena, sizeof *baseline);

    *baseline = (keel_baseline){.tool_version = "0.1.0", .saved_at = "2026-01-02T03:04:05.678Z", .target = "host/db",
        .encoding = "UTF8", .server_version = 150018, .complete = true, .probed = true, .probe = 42, .bytes = 1 << 20,
        .fingerprint = "0123456789abcdef", .tables = {&table, 1, 1}, .sequences = {&sequence, 1, 1},
        .sequences_known = true, .objects = {.known = true}};
    return baseline;
}

static void test_round_trip(keel_arena *arena)
{
    keel_baseline *wanted = sample(arena);
    const keel_baseline *got = NULL;
    const char *path = in_folder("b.json");
    char first[32 * 1024];
    keel_error err = {0};
    struct stat status;

    ok(keel_baseline_write(wanted, path, &err), "a baseline is written: %s", err.message);
    if (!ok(keel_baseline_read(arena, path, &got, &err), "and read again: %s", err.message))
        return;
    const keel_baseline_table *table = &got->tables.items[0];
    ok(got->tables.count == 1 && table->rows == 9007199254740993 && table->greatest == INT64_MIN, "numbers of 64 bits");
    ok(table->columns.items[0].hash == UINT64_MAX && table->columns.items[0].hashed && !table->columns.items[1].hashed,
       "hashes, and that there is none");
    is_str(table->columns.items[1].default_sql, "'\xc3\xa4\\'::text", "texts");
    ok(!table->triggers.known && table->constraints.known && got->objects.known && got->objects.count == 0,
       "what was not looked at is not what is empty");
    ok(table->sample.count == 1 && strcmp(table->sample.items[0].key[0], "7") == 0, "sample rows");
    ok(got->sequences.items[0].used && got->sequences.items[0].last == -5, "sequences");
    snprintf(first, sizeof first, "%s", text_of(path));
    keel_baseline_write(got, path, &err);
    is_str(text_of(path), first, "written again it is the same file");
    ok(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600, "only its owner may read it: it names keys");
}

static void refused(keel_arena *arena, const char *text, size_t size, keel_error_kind kind, const char *message,
                    const char *hint)
{
    const keel_baseline *got = NULL;
    const char *path = in_folder("bad.json");
    keel_error err = {0};

    put(path, text, size);
    ok(!keel_baseline_read(arena, path, &got, &err) && got == NULL && err.kind == kind, "refused");
    const char *told = strstr(err.message, "bad.json\"");
    is_str(told != NULL ? told + strlen("bad.json\"") : err.message, message, "... with the place");
    ok(strstr(err.hint, hint) != NULL, "... and what to do: %s", err.hint);
}

static void refused_text(keel_arena *arena, const char *text, const char *message, const char *hint)
{
    refused(arena, text, strlen(text), KEEL_ERR_CONFIG, message, hint);
}

/* The good file with one thing in it replaced. */
static void refused_with(keel_arena *arena, const char *from, const char *to, const char *message, const char *hint)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    const char *good = text_of(in_folder("b.json"));
    const char *at = strstr(good, from);

    if (!ok(at != NULL, "the file has what is replaced: %.*s", (int)strcspn(from, "\n"), from))
        return;
    keel_str_addn(&text, good, (size_t)(at - good));
    keel_str_add(&text, to);
    keel_str_add(&text, at + strlen(from));
    refused_text(arena, text.data, message, hint);
}

static void test_foreign_files(keel_arena *arena)
{
    static const char no_baseline[] = " is no baseline: it has no \"format\": \"pgkeel baseline\"";

    refused_text(arena, "", ": line 1, column 0: unexpected token near end of file", "damaged");
    refused_text(arena, "tables:\n  - a\n", ": line 1, column 6: invalid token near 'tables'", "damaged");
    refused_text(arena, "{\"tool\": \"pgkeel\", \"findings\": []}", no_baseline, "--save FILE");
    refused_text(arena, "[1, 2]", no_baseline, "--save FILE");
    refused_text(arena, "{\"format\": 7}", no_baseline, "--save FILE");
    refused_with(arena, "\"form\": 1", "\"form\": 0", " is a baseline of form 0, and this pgkeel reads form 1", "pgkeel 0.1.0");
    refused_with(arena, "\"form\": 1", "\"form\": \"x\"", " is a baseline of form x, and this pgkeel reads form 1", "0.1.0");
    refused_with(arena, "\"form\": 1", "\"fort\": 1", " is a baseline of form unknown, and this pgkeel reads form 1", "0.1.0");
}

static void test_places(keel_arena *arena)
{
    static const char by_hand[] = "damaged, or was changed by hand";

    refused_with(arena, "\"rows\": 9007199254740993", "\"rows\": \"many\"", ": tables[0].rows: an integer or null is wanted", by_hand);
    refused_with(arena, "\"type\": \"text\"", "\"type\": null", ": tables[0].columns[1].type: a text is wanted", by_hand);
    refused_with(arena, "\"sound\": true", "\"sound\": 1", ": tables[0].constraints[0].sound: true or false is wanted", by_hand);
    refused_with(arena, "\"hash\": \"ffff", "\"hash\": \"zfff", ": tables[0].columns[0].hash: a hash of 16 hexadecimal digits is wanted", by_hand);
    refused_with(arena, "\"kind\": \"r\"", "\"kind\": \"\"", ": tables[0].kind: one letter is wanted", by_hand);
    refused_with(arena, "\"key\": [\n            \"7\"", "\"key\": [\n            7", ": tables[0].sample[0].key: a list of texts is wanted", by_hand);
    refused_with(arena, "\"key\": [\n            \"7\"", "\"key\": [\n            \"7\", \"8\"",
                 ": tables[0].sample[0].key: a text for each column of the table's key is wanted", by_hand);
    refused_with(arena, "\"numbered\": true", "\"numbered\": false", ": tables[0].greatest_key: null is wanted", by_hand);
    refused_with(arena, "\"encoding\": \"UTF8\"", "\"encoding\": null", ": encoding: a text is wanted", by_hand);
    refused_with(arena, "\"sequences\": [", "\"seqs\": [", ": sequences: a list or null is wanted", by_hand);
    refused_with(arena, "\"bytes\": 8192", "\"bytes\": 8193", ": its checksum does not fit its contents", by_hand);
    refused_with(arena, "\"rows\": 9007199254740993", "\"rows\": 9007199254740994", ": its checksum does not fit its contents", by_hand);
}

/* Cut anywhere, or with any one byte changed, it is refused or says the very same (blanks between its parts). */
static void test_damage(keel_arena *arena)
{
    static char good[32 * 1024], bad[32 * 1024];
    const keel_baseline *got = NULL;
    keel_error err = {0};
    int accepted = 0, changed = 0;

    snprintf(good, sizeof good, "%s", text_of(in_folder("b.json")));
    size_t size = strlen(good);
    for (size_t cut = 0; cut + 2 < size; cut += 7) {
        put(in_folder("bad.json"), good, cut);
        accepted += keel_baseline_read(arena, in_folder("bad.json"), &got, &err);
    }
    is_int(accepted, 0, "cut anywhere it is refused");
    for (size_t at = 0; at < size; at += 3) {
        memcpy(bad, good, size);
        bad[at] = (char)(bad[at] ^ 1 << at % 7);
        put(in_folder("bad.json"), bad, size);
        if (!keel_baseline_read(arena, in_folder("bad.json"), &got, &err))
            continue;
        keel_baseline_write(got, in_folder("again.json"), &err);
        changed += strcmp(text_of(in_folder("again.json")), good) != 0;
        unlink(in_folder("again.json"));
    }
    is_int(changed, 0, "a flipped bit is refused wherever it changes what is said");
}

static void test_system(keel_arena *arena)
{
    const keel_baseline *got = NULL;
    keel_error err = {0};

    ok(!keel_baseline_read(arena, in_folder("absent.json"), &got, &err) && err.kind == KEEL_ERR_IO &&
           strstr(err.message, "absent.json\": No such file or directory") != NULL && strstr(err.hint, "--save") != NULL,
       "a file that is not there: %s", err.message);
    ok(!keel_baseline_writable("/nowhere/b.json", &err) && strstr(err.message, "\"/nowhere/b.json\": No such file") != NULL,
       "a folder that is not there is found before the work");
    ok(!keel_baseline_write(sample(arena), "/nowhere/b.json", &err) && err.kind == KEEL_ERR_IO, "... and after it");
    ok(keel_baseline_writable("b.json", &err), "a file here");
    ok(keel_baseline_writable("/b.json", &err) == (access("/", W_OK) == 0), "a file at the top, for those who may");
    mkdir(in_folder("dir"), 0700);
    ok(!keel_baseline_write(sample(arena), in_folder("dir"), &err), "a folder is no file: %s", err.message);
    rmdir(in_folder("dir"));
    ok(unlink(in_folder("b.json")) == 0 && unlink(in_folder("bad.json")) == 0 && rmdir(folder) == 0,
       "nothing is left behind, whatever failed");
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    if (mkdtemp(folder) == NULL)
        return 1;
    test_round_trip(arena);
    test_foreign_files(arena);
    test_places(arena);
    test_damage(arena);
    test_system(arena);
    is_int((int64_t)keel_baseline_wrap("-1"), -1, "sums are taken modulo 2^64");
    is_int((int64_t)keel_baseline_wrap("18446744073709551623"), 7, "... however large");
    is_int((int64_t)keel_baseline_wrap(NULL), 0, "... and there may be none");
    return done_testing();
}
