#include "sql/hash.h"

#include <stdint.h>
#include <xxhash.h>

#include "sql/token.h"

static void write_hash(XXH128_hash_t hash, char ret_hash[KEEL_SQL_HASH_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    const uint64_t halves[] = {hash.high64, hash.low64};

    for (int i = 0; i < KEEL_SQL_HASH_SIZE - 1; i++)
        ret_hash[i] = digits[halves[i / 16] >> (60 - 4 * (i % 16)) & 0xf];
    ret_hash[KEEL_SQL_HASH_SIZE - 1] = '\0';
}

static void add_token(keel_str *out, const char *text, keel_sql_token token)
{
    if (token.kind != KEEL_SQL_WORD) {
        keel_str_addn(out, text + token.start, token.size);
        return;
    }
    for (size_t i = 0; i < token.size; i++) {
        char c = text[token.start + i];
        keel_str_addc(out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
}

void keel_sql_normal(const char *text, size_t size, keel_str *out)
{
    bool line_break = false; /* between the last token and the next */
    keel_sql_kind last = KEEL_SQL_END;
    size_t start = out->size;

    for (size_t at = 0; at < size;) {
        keel_sql_token token = keel_sql_next(text, size, at);
        at = token.start + token.size;
        if (token.kind == KEEL_SQL_SPACE || token.kind == KEEL_SQL_COMMENT) {
            line_break = line_break || memchr(text + token.start, '\n', token.size) != NULL;
            continue;
        }
        bool joined = last == KEEL_SQL_STRING && line_break && token.kind == KEEL_SQL_STRING;
        if (out->size > start)
            keel_str_addc(out, joined || last == KEEL_SQL_META ? '\n' : ' ');
        add_token(out, text, token);
        last = token.kind;
        line_break = false;
    }
}

void keel_sql_hash_bytes(const char *text, size_t size, char ret_hash[KEEL_SQL_HASH_SIZE])
{
    write_hash(XXH3_128bits(text, size), ret_hash);
}

void keel_sql_hash_tokens(const char *text, size_t size, char ret_hash[KEEL_SQL_HASH_SIZE])
{
    KEEL_CLEANUP(keel_str_free) keel_str normal = {0};

    keel_sql_normal(text, size, &normal);
    keel_sql_hash_bytes(keel_str_text(&normal), normal.size, ret_hash);
}
