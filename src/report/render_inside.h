/* What the renderers for programs share; nothing outside src/report includes it. Text that comes from a database,
 * a file or a user is made harmless here, once: whatever it holds, the document stays valid and its size bounded. */
#ifndef KEEL_REPORT_RENDER_INSIDE_H
#define KEEL_REPORT_RENDER_INSIDE_H

#include "base/json_out.h"
#include "base/map.h"
#include "report/render.h"

/* Bytes of one text in a report; of its evidence as JSON. */
enum { KEEL_RENDER_LINE = 1024, KEEL_RENDER_TEXT = 16 * 1024, KEEL_RENDER_EVIDENCE = 64 * 1024 };

/* Appends text as UTF-8 that XML takes too (U+FFFD for what is none), without control characters ("\x1b" in their
 * place; a line feed stays if `lines`, else it is "\n" in two characters), no more than about `most` bytes of it, and
 * then how many there were. */
void keel_render_clean(keel_str *out, const char *text, size_t most, bool lines);
/* The same, as the value of a JSON key; control characters are left to JSON's own escapes. NULL gives null. */
void keel_render_bounded(keel_json *json, const char *key, const char *text, size_t most);
/* The key "evidence": as it is if that is an object and not too long, repaired where it is not UTF-8, else an object
 * that says so ({"bytes":N,"begins":"..."}). */
void keel_render_evidence(keel_json *json, const char *evidence);
/* The key "checks": every line of the report with its outcome. */
void keel_render_check_lines(keel_json *json, const keel_report *report);
/* Several lines for a person: severity, object, message and id; evidence; remedy; place. Clean. */
void keel_render_lines(const keel_finding *finding, keel_str *out);
/* `before` and then "checks/app.yaml:12:3"; nothing of a finding that stands in no file. */
void keel_render_place(const keel_finding *finding, const char *before, keel_str *out);
/* "public.t: 12 rows ...": clean, one line. */
void keel_render_headline(const keel_finding *finding, size_t most, keel_str *out);

/* A line of the report and all that it is about: the findings of its id, and those of its group about the object that
 * is its title (diff has a line per table). What belongs to no line is a case of its own, one per id. */
typedef struct keel_render_case {
    const char *check;
    const char *name;  /* unique: the check, and the line's title if the check has several */
    const char *group; /* of the line, else the id's first word */
    const keel_check_line *line; /* or NULL */
    const keel_finding **findings;
    size_t count;
    size_t counted; /* of them: ERROR and CRITICAL, WARNING too under strict */
} keel_render_case;
typedef struct keel_render_cases {
    keel_render_case **items;
    size_t count, capacity;
} keel_render_cases;
/* In the order of the lines, then of the findings. Lives in the arena. */
keel_render_cases keel_render_sort(const keel_report *report, const keel_render_options *options, keel_arena *arena);
bool keel_render_counts(const keel_finding *finding, const keel_render_options *options);

/* An id, and what lines and findings say of it. */
typedef struct keel_render_rule {
    const char *check, *group;
    const char *title; /* of its line; NULL if there is none, or several */
    keel_severity severity; /* of its first finding; ERROR without one */
    size_t lines, findings;
} keel_render_rule;
typedef struct keel_render_rules {
    keel_render_rule **items;
    size_t count, capacity;
    keel_map *places; /* of the caller, which lets go of it last */
} keel_render_rules;
/* Every id that the report has, once, in the order of lines and then findings. */
keel_render_rules keel_render_find_rules(const keel_report *report, keel_arena *arena, keel_map *places);
size_t keel_render_rule_index(const keel_render_rules *rules, const char *check); /* of an id that is among them */

#endif
