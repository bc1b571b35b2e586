/* Command line options from a table: one array of keel_option yields the parser and the help text. A set is a
 * table plus the struct its values go into; a command line is parsed against several sets at once (the
 * command's own and the common ones). "--name value", "--name=value", "-n value", "-nvalue" and "-qv" are
 * understood; "--" ends the options. The last one wins when an option is given twice, except TEXTS, which
 * collects. Values are borrowed from argv. */
#ifndef KEEL_BASE_OPTIONS_H
#define KEEL_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

typedef enum keel_option_type {
    KEEL_OPTION_FLAG,   /* bool: set to true */
    KEEL_OPTION_TEXT,   /* const char * */
    KEEL_OPTION_TEXTS,  /* keel_texts: may be given again and again */
    KEEL_OPTION_INT,    /* int64_t, from min to max */
    KEEL_OPTION_CHOICE, /* const char *, one of `choices` */
} keel_option_type;

enum { KEEL_TEXTS_MOST = 64 };
typedef struct keel_texts {
    const char *items[KEEL_TEXTS_MOST];
    size_t count;
} keel_texts;

typedef struct keel_option {
    keel_option_type type;
    const char *name;           /* "from" for --from */
    char short_name;            /* 'q' for -q, or 0 */
    size_t offset;              /* of the value in the target struct */
    const char *argument;       /* "URL", shown in the help; NULL for a flag */
    const char *help;           /* lower case, no full stop */
    const char *const *choices; /* of a CHOICE, NULL-terminated */
    int64_t min, max;           /* of an INT */
} keel_option;

/* Rows of a table: KEEL_FLAG_OPTION(struct transfer_options, dry_run, "dry-run", 0, "plan only") */
#define KEEL_FLAG_OPTION(type_, field, name_, short_, help_) \
    {.type = KEEL_OPTION_FLAG, .name = (name_), .short_name = (short_), .offset = offsetof(type_, field), \
     .help = (help_)}
#define KEEL_TEXT_OPTION(type_, field, name_, short_, argument_, help_) \
    {.type = KEEL_OPTION_TEXT, .name = (name_), .short_name = (short_), .offset = offsetof(type_, field), \
     .argument = (argument_), .help = (help_)}
#define KEEL_TEXTS_OPTION(type_, field, name_, short_, argument_, help_) \
    {.type = KEEL_OPTION_TEXTS, .name = (name_), .short_name = (short_), .offset = offsetof(type_, field), \
     .argument = (argument_), .help = (help_)}
#define KEEL_INT_OPTION(type_, field, name_, short_, argument_, min_, max_, help_) \
    {.type = KEEL_OPTION_INT, .name = (name_), .short_name = (short_), .offset = offsetof(type_, field), \
     .argument = (argument_), .min = (min_), .max = (max_), .help = (help_)}
#define KEEL_CHOICE_OPTION(type_, field, name_, short_, argument_, choices_, help_) \
    {.type = KEEL_OPTION_CHOICE, .name = (name_), .short_name = (short_), .offset = offsetof(type_, field), \
     .argument = (argument_), .choices = (choices_), .help = (help_)}

typedef struct keel_option_set {
    const keel_option *options;
    size_t count;
    void *target;
} keel_option_set;

/* Parses argv[0..argc) (no program name in front). Words that are no options are moved to the front of argv,
 * in order; their number comes back. An unknown option is KEEL_ERR_USAGE with the nearest one as its hint. */
bool keel_options_parse(const keel_option_set *sets, size_t set_count, int argc, char **argv,
                        int *ret_words, keel_error *err);

/* Appends one aligned line or more per option, 80 columns wide. */
void keel_options_help(const keel_option *options, size_t count, keel_str *out);
/* Appends "-q, --quiet" or "--from SOURCE": the option as a reference page shows it. */
void keel_option_spelling(const keel_option *option, keel_str *out);
/* Appends text word by word, no line longer than `width`; further lines start with `indent` spaces. `column`
 * is where the first line stands now. */
void keel_wrap(keel_str *out, const char *text, size_t column, size_t indent, size_t width);

#endif
