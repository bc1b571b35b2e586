#include "cli/help.h"

static const char *const formats[] = {"text", "json", NULL};
static const char *const report_formats[] = {"text", "json", "junit", "sarif", "github", NULL};

static const keel_option for_db[] = {
    KEEL_TEXT_OPTION(keel_common_options, db, "db", 0, "URL",
                     "the database, as a libpq URI or conninfo string; default: \"database:\" of the "
                     "configuration, then DATABASE_URL"),
};

static const keel_option for_yes[] = {
    KEEL_FLAG_OPTION(keel_common_options, yes, "yes", 'y', "do not ask, do it"),
};

static const keel_option for_config[] = {
    KEEL_TEXT_OPTION(keel_common_options, config, "config", 0, "FILE",
                     "configuration; default ./pgkeel.yaml if it is there"),
};

static const keel_option for_reports[] = {
    KEEL_CHOICE_OPTION(keel_common_options, format, "format", 0, "FORMAT", report_formats,
                       "text, json, junit (XML for CI servers), sarif (2.1.0, for code scanning) or github (annotations "
                       "in a workflow's log); default text"),
    KEEL_TEXT_OPTION(keel_common_options, output, "output", 'o', "FILE",
                     "write the report here; with a --format other than text, the text still goes to stdout"),
};

static const keel_option for_result[] = {
    KEEL_CHOICE_OPTION(keel_common_options, format, "format", 0, "FORMAT", formats,
                       "text or json; default text"),
    KEEL_TEXT_OPTION(keel_common_options, output, "output", 'o', "FILE", "write the result here, not to stdout"),
};

static const keel_option for_all[] = {
    KEEL_FLAG_OPTION(keel_common_options, quiet, "quiet", 'q', "no progress, no notes"),
    KEEL_FLAG_OPTION(keel_common_options, verbose, "verbose", 'v', "INFO findings and details too"),
    KEEL_FLAG_OPTION(keel_common_options, no_color, "no-color", 0, "no color, like NO_COLOR in the environment"),
    KEEL_FLAG_OPTION(keel_common_options, help, "help", 'h', "this help"),
};

const keel_common_table keel_common_tables[KEEL_COMMON_TABLES] = {
    {for_db, KEEL_COUNT_OF(for_db), KEEL_TAKES_DB, 0},
    {for_yes, KEEL_COUNT_OF(for_yes), KEEL_TAKES_YES, 0},
    {for_config, KEEL_COUNT_OF(for_config), 0, 0},
    {for_reports, KEEL_COUNT_OF(for_reports), KEEL_TAKES_REPORTS, 0},
    {for_result, KEEL_COUNT_OF(for_result), 0, KEEL_TAKES_REPORTS},
    {for_all, KEEL_COUNT_OF(for_all), 0, 0},
};

bool keel_common_taken(const keel_common_table *table, unsigned takes)
{
    return (table->needs & takes) == table->needs && (table->unless & takes) == 0;
}

size_t keel_common_sets(unsigned takes, keel_common_options *target, keel_option_set *sets)
{
    size_t count = 0;

    for (size_t i = 0; i < KEEL_COMMON_TABLES; i++) {
        const keel_common_table *table = &keel_common_tables[i];
        if (keel_common_taken(table, takes))
            sets[count++] = (keel_option_set){table->options, table->count, target};
    }
    return count;
}

bool keel_command_has_option(const keel_command *command, const char *name)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (keel_streq(command->options[i].name, name))
            return true;
    return false;
}
