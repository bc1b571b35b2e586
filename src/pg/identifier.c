/* Identifiers and literals as SQL text: nothing else in the house quotes. */
#include "pg/pg.h"

/* Appends text between two quote characters, each one inside doubled. */
static void add_quoted(keel_str *out, const char *text, char quote)
{
    keel_str_addc(out, quote);
    for (; *text != '\0'; text++) {
        if (*text == quote)
            keel_str_addc(out, quote);
        keel_str_addc(out, *text);
    }
    keel_str_addc(out, quote);
}

void keel_pg_add_identifier(keel_str *out, const char *name)
{
    add_quoted(out, name, '"');
}

void keel_pg_add_qualified(keel_str *out, const char *schema, const char *name)
{
    if (schema != NULL) {
        keel_pg_add_identifier(out, schema);
        keel_str_addc(out, '.');
    }
    keel_pg_add_identifier(out, name);
}

static void add_escape_literal(keel_str *out, const char *text)
{
    keel_str_add(out, "E'");
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            keel_str_addc(out, *text);
        keel_str_addc(out, *text);
    }
    keel_str_addc(out, '\'');
}

void keel_pg_add_literal(keel_str *out, const char *text)
{
    if (strchr(text, '\\') != NULL)
        add_escape_literal(out, text);
    else
        add_quoted(out, text, '\'');
}
