#include "base/options.h"

enum { WIDTH = 80, INDENT = 2, WIDEST_SPELLING = 26 };

void keel_wrap(keel_str *out, const char *text, size_t column, size_t indent, size_t width)
{
    bool first = true;

    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        if (!first && column + 1 + size > width) {
            keel_str_addf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            keel_str_addc(out, ' ');
            column++;
        }
        keel_str_addn(out, text, size);
        column += size;
        first = false;
        text += size;
        text += strspn(text, " ");
    }
}

void keel_option_spelling(const keel_option *option, keel_str *out)
{
    if (option->short_name != 0)
        keel_str_addf(out, "-%c, ", option->short_name);
    keel_str_addf(out, "--%s", option->name);
    if (option->argument != NULL)
        keel_str_addf(out, " %s", option->argument);
}

static void spell_aligned(const keel_option *option, keel_str *out)
{
    if (option->short_name == 0)
        keel_str_add(out, "    ");
    keel_option_spelling(option, out);
}

static size_t widest_spelling(const keel_option *options, size_t count)
{
    size_t widest = 0;

    for (size_t i = 0; i < count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str spelling = {0};
        spell_aligned(&options[i], &spelling);
        if (spelling.size <= WIDEST_SPELLING)
            widest = KEEL_MAX(widest, spelling.size);
    }
    return widest > 0 ? widest : WIDEST_SPELLING;
}

void keel_options_help(const keel_option *options, size_t count, keel_str *out)
{
    size_t widest = widest_spelling(options, count);
    size_t help_column = INDENT + widest + 2;

    for (size_t i = 0; i < count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str spelling = {0};
        spell_aligned(&options[i], &spelling);
        keel_str_addf(out, "%*s%-*s", INDENT, "", (int)widest, spelling.data);
        if (spelling.size > widest)
            keel_str_addf(out, "\n%*s", (int)help_column, "");
        else
            keel_str_add(out, "  ");
        keel_wrap(out, options[i].help, help_column, help_column, WIDTH);
        keel_str_addc(out, '\n');
    }
}
