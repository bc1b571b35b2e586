/* Key maps whose keys are not integers, as the pairwise text[] arrays of a chunk's journal row. */
#include "transfer/text_keys.h"

#include "base/memory.h"

static void add_item(keel_str *array, const char *text)
{
    keel_str_add(array, array->size == 0 ? "{\"" : ",\"");
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            keel_str_addc(array, '\\');
        keel_str_addc(array, *c);
    }
    keel_str_addc(array, '"');
}

void keel_text_keys_add(keel_text_keys *keys, const keel_plan_table *table, const char *old, const keel_new_key *new)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    if (table->key_sequence != NULL)
        keel_str_addf(&text, "%lld", (long long)new->integer);
    for (size_t at = 0; table->key_sequence == NULL && at < sizeof new->uuid; at++) {
        keel_str_add(&text, at == 4 || at == 6 || at == 8 || at == 10 ? "-" : "");
        keel_str_add_hex(&text, &new->uuid[at], 1);
    }
    add_item(&keys->olds, old);
    add_item(&keys->news, text.data);
}

void keel_text_keys_finish(keel_text_keys *keys)
{
    keel_str_add(&keys->olds, keys->olds.size > 0 ? "}" : "{}");
    keel_str_add(&keys->news, keys->news.size > 0 ? "}" : "{}");
}

void keel_text_keys_free(keel_text_keys *keys)
{
    keel_str_free(&keys->olds);
    keel_str_free(&keys->news);
}

/* The next element of an array literal into `item`; NULL at its end. PostgreSQL quotes only where it must. */
static const char *next_item(const char *at, keel_str *item)
{
    keel_str_clear(item);
    if (at == NULL || *at == '\0' || *at == '}')
        return NULL;
    at += *at == '{' || *at == ',';
    if (*at == '}' || *at == '\0')
        return NULL;
    bool quoted = *at == '"';
    at += quoted;
    while (*at != '\0' && (quoted ? *at != '"' : *at != ',' && *at != '}')) {
        at += *at == '\\' && at[1] != '\0';
        keel_str_addc(item, *at++);
    }
    return at + (quoted && *at == '"');
}

static int hex_digit(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static keel_new_key read_new_key(const keel_plan_table *table, const char *text)
{
    keel_new_key key = {0};
    size_t digits = 0;

    if (table->key_sequence != NULL) {
        key.integer = strtoll(text, NULL, 10);
        return key;
    }
    for (const char *c = text; *c != '\0' && digits < 32; c++) {
        if (*c == '-')
            continue;
        key.uuid[digits / 2] = (unsigned char)(key.uuid[digits / 2] << 4 | hex_digit(*c));
        digits++;
    }
    return key;
}

void keel_text_keys_restore(const keel_plan_table *table, keel_keymap *map, const char *olds, const char *news)
{
    KEEL_CLEANUP(keel_str_free) keel_str old_text = {0};
    KEEL_CLEANUP(keel_str_free) keel_str new_text = {0};
    const char *old_at = olds, *new_at = news;

    keel_keymap_lock(map);
    while ((old_at = next_item(old_at, &old_text)) != NULL && (new_at = next_item(new_at, &new_text)) != NULL) {
        keel_cell cell = {.class = KEEL_CELL_TEXT,
                          .bytes = (const unsigned char *)keel_str_text(&old_text),
                          .size = old_text.size};
        const keel_cell *cells = &cell;
        keel_new_key new = read_new_key(table, keel_str_text(&new_text));
        keel_old_key old;
        if (keel_keymap_key(map, &cells, 1, &old))
            keel_keymap_put(map, &old, KEEL_KEY_PRESENT, &new);
    }
    keel_keymap_unlock(map);
}
