#include "report/render_inside.h"

#include "base/json_in.h"

/* How many bytes of text stand before `most`, without cutting a character. */
static size_t cut_at(const char *text, size_t size, size_t most)
{
    if (size <= most)
        return size;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

static void add_character(keel_str *out, const char *text, size_t length, bool lines)
{
    unsigned char first = (unsigned char)text[0];
    bool c1 = length == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0;
    bool unfit = length == 3 && (memcmp(text, "\xef\xbf\xbe", 3) == 0 || memcmp(text, "\xef\xbf\xbf", 3) == 0);

    if (length == 0 || unfit)
        keel_str_add(out, "\xef\xbf\xbd");
    else if (c1)
        keel_str_addf(out, "\\x%02x", (unsigned char)text[1]);
    else if (first == '\n' && !lines)
        keel_str_add(out, "\\n");
    else if ((first < 0x20 && first != '\n' && first != '\t') || first == 0x7f)
        keel_str_addf(out, "\\x%02x", first);
    else
        keel_str_addn(out, text, length);
}

void keel_render_clean(keel_str *out, const char *text, size_t most, bool lines)
{
    size_t size = text != NULL ? strlen(text) : 0;
    size_t shown = cut_at(text, size, most);

    for (size_t at = 0; at < shown;) {
        size_t length = keel_utf8_size(text + at, shown - at);
        add_character(out, text + at, length, lines);
        at += length > 0 ? length : 1;
    }
    if (shown < size)
        keel_str_addf(out, "... (%zu bytes)", size);
}

void keel_render_bounded(keel_json *json, const char *key, const char *text, size_t most)
{
    size_t size = text != NULL ? strlen(text) : 0;
    size_t shown = cut_at(text, size, most);

    keel_json_key(json, key);
    if (shown == size) {
        keel_json_text(json, text);
        return;
    }
    KEEL_CLEANUP(keel_str_free) keel_str cut = {0};
    keel_str_addn(&cut, text, shown);
    keel_str_addf(&cut, "... (%zu bytes)", size);
    keel_json_text(json, cut.data);
}

static bool is_object(const char *json)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_json_member *members = NULL;
    size_t count = 0;

    return keel_json_members(arena, json, &members, &count);
}

/* Bytes that are not UTF-8 can only stand inside JSON's strings, where U+FFFD may stand too. */
static void add_repaired(keel_str *out, const char *text)
{
    size_t size = strlen(text);

    for (size_t at = 0; at < size;) {
        size_t length = keel_utf8_size(text + at, size - at);
        keel_str_addn(out, length > 0 ? text + at : "\xef\xbf\xbd", length > 0 ? length : 3);
        at += length > 0 ? length : 1;
    }
}

void keel_render_evidence(keel_json *json, const char *evidence)
{
    KEEL_CLEANUP(keel_str_free) keel_str repaired = {0};

    keel_json_key(json, "evidence");
    if (evidence == NULL) {
        keel_json_raw(json, "{}");
        return;
    }
    add_repaired(&repaired, evidence);
    if (repaired.size <= KEEL_RENDER_EVIDENCE && is_object(repaired.data)) {
        keel_json_raw(json, repaired.data);
        return;
    }
    keel_json_object(json);
    keel_json_kv_int(json, "bytes", (int64_t)strlen(evidence));
    keel_render_bounded(json, "begins", repaired.data, KEEL_RENDER_LINE);
    keel_json_end_object(json);
}

void keel_render_headline(const keel_finding *finding, size_t most, keel_str *out)
{
    if (finding->object != NULL && finding->object[0] != '\0') {
        keel_render_clean(out, finding->object, most / 2, false);
        keel_str_add(out, ": ");
    }
    keel_render_clean(out, finding->message, most, false);
}

void keel_render_place(const keel_finding *finding, const char *before, keel_str *out)
{
    if (finding->file == NULL)
        return;
    keel_str_add(out, before);
    keel_render_clean(out, finding->file, KEEL_RENDER_LINE, false);
    if (finding->line > 0)
        keel_str_addf(out, ":%d", finding->line);
    if (finding->line > 0 && finding->column > 0)
        keel_str_addf(out, ":%d", finding->column);
}

/* Its further lines are indented, so that none looks like the next finding. */
static void add_remedy(const keel_finding *finding, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};

    if (finding->remedy == NULL)
        return;
    keel_render_clean(&remedy, finding->remedy, KEEL_RENDER_TEXT, true);
    keel_str_add(out, "\n  -> ");
    for (const char *at = keel_str_text(&remedy); *at != '\0'; at++) {
        keel_str_addc(out, *at);
        if (*at == '\n')
            keel_str_add(out, "     ");
    }
}

void keel_render_lines(const keel_finding *finding, keel_str *out)
{
    keel_str_addf(out, "%s ", keel_severity_name(finding->severity));
    keel_render_headline(finding, KEEL_RENDER_TEXT, out);
    keel_str_addf(out, "  [%s]", finding->check);
    if (finding->evidence != NULL && strcmp(finding->evidence, "{}") != 0) {
        keel_str_add(out, "\n  ");
        keel_render_clean(out, finding->evidence, KEEL_RENDER_TEXT, false);
    }
    add_remedy(finding, out);
    keel_render_place(finding, "\n  at ", out);
}
