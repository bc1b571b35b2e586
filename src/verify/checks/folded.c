#include "verify/checks/folded.h"

/* One character of valid UTF-8, and how many bytes it takes. */
static uint32_t decode(const char *text, size_t *ret_size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    uint32_t code = size == 1 ? bytes[0] : bytes[0] & (0x7fU >> size);

    *ret_size = 1;
    for (size_t i = 1; i < size; i++, (*ret_size)++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return code;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    return code;
}

static bool is_blank(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xa0 || (code >= 0x2000 && code <= 0x200d) ||
           code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000 || code == 0xfeff;
}

/* Capitals that stand a fixed way before their small letters, or just before them. */
static uint32_t small(uint32_t code)
{
    static const struct {
        uint32_t first, last, distance;
    } ranges[] = {
        {'A', 'Z', 32},     {0xc0, 0xd6, 32},   {0xd8, 0xde, 32},
        {0x391, 0x3ab, 32}, {0x400, 0x40f, 80}, {0x410, 0x42f, 32},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(ranges); i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return code + ranges[i].distance;
    bool even_first =
        (code >= 0x100 && code <= 0x137) || (code >= 0x14a && code <= 0x177) || (code >= 0x460 && code <= 0x481);
    bool odd_first = (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17e);
    return (even_first && code % 2 == 0) || (odd_first && code % 2 == 1) ? code + 1 : code;
}

static void add_code(keel_str *out, uint32_t code)
{
    if (code < 0x80) {
        keel_str_addc(out, (char)code);
    } else if (code < 0x800) {
        keel_str_addc(out, (char)(0xc0 | code >> 6));
        keel_str_addc(out, (char)(0x80 | (code & 0x3f)));
    }
}

static void fold(const char *text, bool lower, keel_str *out, size_t *ret_letters)
{
    size_t size = 0;
    bool gap = false;

    *ret_letters = 0;
    for (const char *at = text; *at != '\0'; at += size) {
        uint32_t code = decode(at, &size);
        uint32_t folded = lower ? small(code) : code;
        if (is_blank(code)) {
            gap = true;
            continue;
        }
        if (gap && out->size > 0)
            keel_str_addc(out, ' ');
        gap = false;
        (*ret_letters)++;
        if (folded != code)
            add_code(out, folded);
        else
            keel_str_addn(out, at, size);
    }
}

const char *keel_folded(keel_arena *arena, const char *text)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    size_t letters;

    fold(text, true, &out, &letters);
    if (letters == 1) {
        keel_str_clear(&out);
        fold(text, false, &out, &letters);
    }
    return keel_arena_strdup(arena, keel_str_text(&out));
}
