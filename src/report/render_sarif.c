/* SARIF 2.1.0, one run. Each check is a rule; each finding a result, whose place is the object in the database and,
 * where it stands in one, the file. Fingerprints name a finding by what it is about, not by its numbers, so that the
 * next run's is known again. */
#include <inttypes.h>

#include "report/render_inside.h"

static const char *level_of(keel_severity severity)
{
    static const char *const levels[] = {
        [KEEL_INFO] = "note", [KEEL_WARNING] = "warning", [KEEL_ERROR] = "error", [KEEL_CRITICAL] = "error"};

    return levels[severity];
}

static void add_message(keel_json *json, const char *key, const char *text)
{
    KEEL_CLEANUP(keel_str_free) keel_str clean = {0};

    keel_render_clean(&clean, text, KEEL_RENDER_TEXT, true);
    keel_json_key(json, key);
    keel_json_object(json);
    keel_json_kv_text(json, "text", keel_str_text(&clean));
    keel_json_end_object(json);
}

static const keel_check_about *about(const keel_render_options *options, const char *check)
{
    for (size_t i = 0; i < options->about_count; i++)
        if (strcmp(options->about[i].id, check) == 0)
            return &options->about[i];
    return NULL;
}

static const char *title_of(const keel_render_rule *r, const keel_check_about *known)
{
    if (known != NULL && known->title != NULL)
        return known->title;
    return r->title != NULL ? r->title : r->check;
}

static void add_rule(keel_json *json, const keel_render_rule *r, const keel_render_options *options)
{
    const keel_check_about *known = about(options, r->check);
    const char *title = title_of(r, known);

    keel_json_object(json);
    keel_render_bounded(json, "id", r->check, KEEL_RENDER_LINE);
    add_message(json, "shortDescription", title);
    add_message(json, "help", known != NULL && known->help != NULL ? known->help : title);
    keel_json_key(json, "defaultConfiguration");
    keel_json_object(json);
    keel_json_kv_text(json, "level", level_of(known != NULL ? known->severity : r->severity));
    keel_json_end_object(json);
    keel_json_key(json, "properties");
    keel_json_object(json);
    keel_json_key(json, "tags");
    keel_json_array(json);
    keel_json_text(json, r->group);
    keel_json_end_array(json);
    keel_json_end_object(json);
    keel_json_end_object(json);
}

static void add_driver(keel_json *json, const keel_render_rules *all, const keel_render_options *options)
{
    keel_json_key(json, "tool");
    keel_json_object(json);
    keel_json_key(json, "driver");
    keel_json_object(json);
    keel_json_kv_text(json, "name", "pgkeel");
    keel_json_kv_text(json, "version", KEEL_VERSION);
    keel_json_kv_text(json, "semanticVersion", KEEL_VERSION);
    keel_json_key(json, "rules");
    keel_json_array(json);
    for (size_t i = 0; i < all->count; i++)
        add_rule(json, all->items[i], options);
    keel_json_end_array(json);
    keel_json_end_object(json);
    keel_json_end_object(json);
}

/* A path as a URI reference: what RFC 3986 does not allow in one is percent-encoded, so is a colon, which would make
 * a scheme of what stands before it. */
static void add_uri(keel_str *out, const char *path)
{
    static const char plain[] = "-._~/!$&'()*+,;=@";

    for (; *path != '\0'; path++) {
        char c = *path;
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (alphanumeric || strchr(plain, c) != NULL)
            keel_str_addc(out, c);
        else
            keel_str_addf(out, "%%%02X", (unsigned char)c);
    }
}

static void add_physical(keel_json *json, const keel_finding *finding)
{
    KEEL_CLEANUP(keel_str_free) keel_str uri = {0};

    if (finding->file[0] == '/')
        keel_str_add(&uri, "file://");
    add_uri(&uri, finding->file);
    keel_json_key(json, "physicalLocation");
    keel_json_object(json);
    keel_json_key(json, "artifactLocation");
    keel_json_object(json);
    keel_render_bounded(json, "uri", keel_str_text(&uri), KEEL_RENDER_TEXT);
    keel_json_end_object(json);
    if (finding->line > 0) {
        keel_json_key(json, "region");
        keel_json_object(json);
        keel_json_kv_int(json, "startLine", finding->line);
        if (finding->column > 0)
            keel_json_kv_int(json, "startColumn", finding->column);
        keel_json_end_object(json);
    }
    keel_json_end_object(json);
}

static void add_logical(keel_json *json, const char *object)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    keel_render_clean(&name, object, KEEL_RENDER_LINE, false);
    keel_json_key(json, "logicalLocations");
    keel_json_array(json);
    keel_json_object(json);
    keel_json_kv_text(json, "fullyQualifiedName", name.data);
    keel_json_kv_text(json, "kind", strchr(object, '(') != NULL ? "member" : "object");
    keel_json_end_object(json);
    keel_json_end_array(json);
}

static void add_locations(keel_json *json, const keel_finding *finding)
{
    bool has_object = finding->object != NULL && finding->object[0] != '\0';

    keel_json_key(json, "locations");
    keel_json_array(json);
    if (has_object || finding->file != NULL) {
        keel_json_object(json);
        if (finding->file != NULL)
            add_physical(json, finding);
        if (has_object)
            add_logical(json, finding->object);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

/* FNV-1a, each text with its end; numbers count as their place only, for they change from run to run. */
static uint64_t hash_text(uint64_t hash, const char *text, bool numbers)
{
    for (;; text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (!digit || numbers)
            hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
        if (*text == '\0')
            return hash;
    }
}

/* The same check may say the same of one object twice: `seen` counts, so that each has a fingerprint of its own. */
static void add_fingerprints(keel_json *json, const keel_finding *finding, keel_map *seen)
{
    char print[48];
    uint64_t hash = hash_text(UINT64_C(0xcbf29ce484222325), finding->check, true);

    hash = hash_text(hash, finding->object != NULL ? finding->object : "", true);
    hash = hash_text(hash, finding->message, false);
    snprintf(print, sizeof print, "%016" PRIx64, hash);
    uintptr_t before = (uintptr_t)keel_map_get(seen, print);
    keel_map_put(seen, print, (void *)(before + 1));
    snprintf(print, sizeof print, "%016" PRIx64 ":%" PRIuPTR, hash, before + 1);
    keel_json_key(json, "fingerprints");
    keel_json_object(json);
    keel_json_kv_text(json, "pgkeel/v1", print);
    keel_json_end_object(json);
    keel_json_key(json, "partialFingerprints");
    keel_json_object(json);
    keel_json_kv_text(json, "primaryLocationLineHash", print);
    keel_json_end_object(json);
}

static void add_result(keel_json *json, const keel_finding *finding, int64_t index, keel_map *seen)
{
    KEEL_CLEANUP(keel_str_free) keel_str headline = {0};

    keel_render_headline(finding, KEEL_RENDER_TEXT, &headline);
    keel_json_object(json);
    keel_render_bounded(json, "ruleId", finding->check, KEEL_RENDER_LINE);
    keel_json_kv_int(json, "ruleIndex", index);
    keel_json_kv_text(json, "level", level_of(finding->severity));
    add_message(json, "message", keel_str_text(&headline));
    add_locations(json, finding);
    add_fingerprints(json, finding, seen);
    keel_json_key(json, "properties");
    keel_json_object(json);
    keel_json_kv_text(json, "severity", keel_severity_name(finding->severity));
    keel_render_bounded(json, "object", finding->object, KEEL_RENDER_TEXT);
    keel_render_bounded(json, "message", finding->message, KEEL_RENDER_TEXT);
    keel_render_evidence(json, finding->evidence);
    keel_render_bounded(json, "remedy", finding->remedy, KEEL_RENDER_TEXT);
    keel_json_end_object(json);
    keel_json_end_object(json);
}

static void add_results(keel_json *json, const keel_report *report, const keel_render_rules *all)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *seen = keel_map_create();

    keel_json_key(json, "results");
    keel_json_array(json);
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *finding = keel_report_at(report, i);
        add_result(json, finding, (int64_t)keel_render_rule_index(all, finding->check), seen);
    }
    keel_json_end_array(json);
}

static void add_invocation(keel_json *json, const keel_report *report, const keel_render_options *options)
{
    char time[KEEL_UTC_SIZE];
    bool failed = false;

    for (size_t i = 0; i < keel_report_count(report); i++)
        failed = failed || strcmp(keel_report_at(report, i)->check, "command.failed") == 0;
    keel_json_key(json, "invocations");
    keel_json_array(json);
    keel_json_object(json);
    keel_json_kv_bool(json, "executionSuccessful", !failed);
    keel_json_kv_int(json, "exitCode", options->exit_code);
    keel_json_kv_text(json, "startTimeUtc", keel_format_utc(options->started_at, time, sizeof time));
    keel_json_kv_text(json, "endTimeUtc", keel_format_utc(options->finished_at, time, sizeof time));
    keel_json_end_object(json);
    keel_json_end_array(json);
}

/* SARIF has a place for results only; what was asked and passed, or was skipped and why, stands here. */
static void add_properties(keel_json *json, const keel_report *report, const keel_render_options *options)
{
    keel_json_key(json, "properties");
    keel_json_object(json);
    keel_json_kv_text(json, "command", options->command);
    keel_json_kv_text(json, "target", options->target);
    keel_json_kv_text(json, "verdict", keel_report_verdict(options->exit_code));
    keel_render_check_lines(json, report);
    keel_json_end_object(json);
}

void keel_render_sarif(const keel_report *report, const keel_render_options *options, keel_str *out)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_map_free_p) keel_map *places = keel_map_create();
    keel_render_rules all = keel_render_find_rules(report, arena, places);
    keel_json json;

    keel_json_start(&json, out, true);
    keel_json_object(&json);
    keel_json_kv_text(&json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    keel_json_kv_text(&json, "version", "2.1.0");
    keel_json_key(&json, "runs");
    keel_json_array(&json);
    keel_json_object(&json);
    add_driver(&json, &all, options);
    keel_json_kv_text(&json, "columnKind", "unicodeCodePoints");
    keel_json_key(&json, "automationDetails");
    keel_json_object(&json);
    keel_json_kv_text(&json, "id", keel_arena_printf(arena, "pgkeel %s/", options->command));
    keel_json_end_object(&json);
    add_invocation(&json, report, options);
    add_results(&json, report, &all);
    add_properties(&json, report, options);
    keel_json_end_object(&json);
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    keel_str_addc(out, '\n');
}
