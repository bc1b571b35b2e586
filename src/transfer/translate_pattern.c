/* LIKE, which ignores the case of ASCII letters, and GLOB, which becomes a regular expression. Only
 * constant patterns: what a pattern from a column means cannot be checked here. */
#include <ctype.h>
#include <strings.h>

#include "transfer/translate_inside.h"

static bool has_letter(const char *text)
{
    for (; *text != '\0'; text++)
        if (isascii(*text) && isalpha((unsigned char)*text))
            return true;
    return false;
}

static char *lowered(keel_translation *t, const char *text)
{
    char *copy = keel_arena_strdup(t->arena, text);

    for (char *c = copy; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return copy;
}

/* "" without an ESCAPE, else its one sign; NULL if the sign or the pattern is not simple. */
static const char *escape_of(keel_translation *t, const keel_expr *expr, const char *pattern)
{
    if (expr->arg_count < 3)
        return "";
    const keel_expr *escape = expr->args[2];
    bool simple = escape->kind == KEEL_EXPR_TEXT && strlen(escape->text) == 1 &&
                  isascii(escape->text[0]) && ispunct((unsigned char)escape->text[0]) &&
                  strchr("%_", escape->text[0]) == NULL;
    for (const char *c = pattern; simple && *c != '\0'; c++) {
        if (*c != escape->text[0])
            continue;
        simple = *++c != '\0';
        if (!simple)
            break;
    }
    if (!simple)
        keel_differ(t, "LIKE with this ESCAPE is not carried");
    return simple ? escape->text : NULL;
}

static bool like(keel_translation *t,
                 const keel_expr *expr,
                 const keel_piece *value,
                 const char *pattern,
                 keel_piece *ret_piece)
{
    const char *escape = escape_of(t, expr, pattern);
    const char *operand = keel_operand(t, value);

    if (escape == NULL)
        return false;
    if (has_letter(pattern)) {
        operand = keel_arena_printf(t->arena, "lower(%s COLLATE \"C\")", operand);
        pattern = lowered(t, pattern);
        keel_note(t, "LIKE ignores the case of ASCII letters, kept by lower() with COLLATE \"C\"");
    }
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql =
        keel_arena_printf(t->arena, "%s %sLIKE %s ESCAPE %s", operand, expr->negated ? "NOT " : "",
                          keel_literal_sql(t, pattern), keel_literal_sql(t, escape));
    return true;
}

/* A member of [...] that means itself in both languages. */
static bool plain_member(char c)
{
    return isascii(c) && (isalnum((unsigned char)c) || strchr(" _.+@,;/#%=~!", c) != NULL);
}

/* [abc], [a-z], [^...] with a "-" of its own only at an end; *pattern moves behind the "]". */
static bool bracket(const char **pattern, keel_str *regex)
{
    const char *c = *pattern + 1;

    keel_str_addc(regex, '[');
    if (*c == '^')
        keel_str_addc(regex, *c++);
    const char *first = c;
    while (*c != ']') {
        bool lonely = *c == '-' && (c == first || c[1] == ']');
        if (!lonely && !plain_member(*c))
            return false;
        bool range = !lonely && c[1] == '-' && c[2] != ']';
        if (range && (!isalnum((unsigned char)c[2]) || !isalnum((unsigned char)*c) || *c > c[2]))
            return false;
        size_t size = range ? 3 : 1;
        keel_str_addn(regex, c, size);
        c += size;
        if (range && *c == '-' && c[1] != ']')
            return false;
    }
    if (c == first)
        return false;
    keel_str_addc(regex, ']');
    *pattern = c + 1;
    return true;
}

static bool to_regex(const char *pattern, keel_str *regex)
{
    keel_str_addc(regex, '^');
    while (*pattern != '\0') {
        if (*pattern == '[') {
            if (!bracket(&pattern, regex))
                return false;
            continue;
        }
        if (*pattern == '*') {
            keel_str_add(regex, ".*");
        } else if (*pattern == '?') {
            keel_str_addc(regex, '.');
        } else {
            if (strchr(".+(){}^$|\\]", *pattern) != NULL)
                keel_str_addc(regex, '\\');
            keel_str_addc(regex, *pattern);
        }
        pattern++;
    }
    keel_str_addc(regex, '$');
    return true;
}

static bool glob(keel_translation *t,
                 const keel_expr *expr,
                 const keel_piece *value,
                 const char *pattern,
                 keel_piece *ret_piece)
{
    KEEL_CLEANUP(keel_str_free) keel_str regex = {0};

    if (!to_regex(pattern, &regex))
        return keel_differ(t, "the GLOB pattern '%s' is not simple enough to carry", pattern);
    keel_note(t, "GLOB is kept as a regular expression");
    *ret_piece = (keel_piece){.family = KEEL_FAMILY_BOOL};
    ret_piece->sql =
        keel_arena_printf(t->arena, "%s COLLATE \"C\" %s %s", keel_operand(t, value),
                          expr->negated ? "!~" : "~", keel_literal_sql(t, keel_str_text(&regex)));
    return true;
}

bool keel_walk_pattern(keel_translation *t, const keel_expr *expr, keel_piece *ret_piece)
{
    keel_piece value = {0}, pattern = {0};

    if (!keel_streq(expr->text, "LIKE") && !keel_streq(expr->text, "GLOB"))
        return keel_differ(t, "%s is not carried", expr->text);
    if (!keel_walk(t, expr->args[0], &value) || !keel_walk(t, expr->args[1], &pattern))
        return false;
    if (value.family != KEEL_FAMILY_TEXT || value.loose)
        return keel_differ(t, "%s on something else than text", expr->text);
    const char *constant = keel_text_constant(&pattern);
    if (constant == NULL)
        return keel_differ(t, "%s with a pattern that is not a constant", expr->text);
    return keel_streq(expr->text, "LIKE") ? like(t, expr, &value, constant, ret_piece)
                                          : glob(t, expr, &value, constant, ret_piece);
}
