#include "verify/suite_yaml.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define WORD    LETTERS "0123456789"

/* A blank at the end, and a colon before a blank or at the end, end a plain value or change it. */
static bool is_plain(const char *text, const char *others)
{
    size_t size = strlen(text);
    size_t good = 0;

    if (size == 0 || strchr(WORD, text[0]) == NULL || text[size - 1] == ' ' || text[size - 1] == ':' ||
        strstr(text, ": ") != NULL)
        return false;
    while (good < size && (strchr(WORD, text[good]) != NULL || strchr(others, text[good]) != NULL))
        good++;
    return good == size;
}

/* Beyond ASCII, what YAML does not take as it is or folds like a line break: control characters, line and paragraph
 * separator, byte order mark. Returns the size of the character, or 0 for any other. */
static size_t add_odd(keel_str *out, const unsigned char *c)
{
    if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F) {
        keel_str_addf(out, "\\x%02X", (unsigned)c[1]);
        return 2;
    }
    if (c[0] == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9)) {
        keel_str_add(out, c[2] == 0xA8 ? "\\u2028" : "\\u2029");
        return 3;
    }
    if (c[0] == 0xEF && c[1] == 0xBB && c[2] == 0xBF) {
        keel_str_add(out, "\\uFEFF");
        return 3;
    }
    if (c[0] == 0xEF && c[1] == 0xBF && c[2] >= 0xBE) {
        keel_str_add(out, c[2] == 0xBE ? "\\uFFFE" : "\\uFFFF");
        return 3;
    }
    return 0;
}

static void add_quoted(keel_str *out, const char *text)
{
    keel_str_addc(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        size_t odd = add_odd(out, (const unsigned char *)c);
        if (odd > 0)
            c += odd - 1;
        else if (*c == '"' || *c == '\\')
            keel_str_addf(out, "\\%c", *c);
        else if (*c == '\n')
            keel_str_add(out, "\\n");
        else if ((unsigned char)*c < ' ' || *c == 0x7F)
            keel_str_addf(out, "\\x%02X", (unsigned)(unsigned char)*c);
        else
            keel_str_addc(out, *c);
    }
    keel_str_addc(out, '"');
}

static void add(keel_str *out, const char *text, const char *others)
{
    if (is_plain(text, others))
        keel_str_add(out, text);
    else
        add_quoted(out, text);
}

void keel_suite_yaml_add(keel_str *out, const char *text)
{
    add(out, text, " ().,'\"<>=+*/|:-");
}

void keel_suite_yaml_add_flow(keel_str *out, const char *text)
{
    add(out, text, " ().'\"<>=+*/|-");
}

void keel_suite_yaml_add_part(keel_str *out, const char *name)
{
    if (name[0] != '\0' && strchr(LETTERS, name[0]) != NULL && strspn(name, WORD) == strlen(name)) {
        keel_str_add(out, name);
        return;
    }
    keel_str_addc(out, '"');
    for (const char *c = name; *c != '\0'; c++)
        keel_str_addf(out, *c == '"' ? "\"%c" : "%c", *c);
    keel_str_addc(out, '"');
}
