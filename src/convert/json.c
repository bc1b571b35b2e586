/* One pass over JSON text by recursive descent: judged and hashed at once, no tree. A member of an
 * object is two hashes; members that are still open stand in one stack for all levels. */
#include "convert/json_scan.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/memory.h"
#include "convert/utf8.h"

enum {
    DEEPEST = 6400,
    FEW_MEMBERS = 32, /* up to here a repeated key is searched for one by one */
    MEMBERS_AT_HAND = 64,
};

static const uint64_t null_hash = UINT64_C(0x6e756c6c6e756c6c),
                      true_hash = UINT64_C(0x7472756574727565),
                      false_hash = UINT64_C(0x66616c7366616c73),
                      array_tag = UINT64_C(0x6172726179212121),
                      object_tag = UINT64_C(0x6f626a6563742121);

typedef struct member {
    uint64_t key, value;
    size_t order;
} member;

typedef struct scan {
    keel_json_reader in;
    int depth;
    member *members;
    size_t member_count, member_room;
    member at_hand[MEMBERS_AT_HAND];
} scan;

static bool scan_value(scan *s, uint64_t *ret_hash);

static void skip_space(scan *s)
{
    while (s->in.at < s->in.end &&
           (*s->in.at == ' ' || *s->in.at == '\n' || *s->in.at == '\t' || *s->in.at == '\r'))
        s->in.at++;
}

static bool take_word(scan *s, const char *word, size_t size, uint64_t hash, uint64_t *ret_hash)
{
    if ((size_t)(s->in.end - s->in.at) < size || memcmp(s->in.at, word, size) != 0)
        return false;
    s->in.at += size;
    *ret_hash = hash;
    return true;
}

static bool scan_array(scan *s, uint64_t *ret_hash)
{
    uint64_t hash = array_tag, item;

    skip_space(s);
    if (!keel_json_take(&s->in, ']')) {
        do {
            if (!scan_value(s, &item))
                return false;
            hash = keel_json_mix(hash, item);
            skip_space(s);
        } while (keel_json_take(&s->in, ','));
        if (!keel_json_take(&s->in, ']'))
            return false;
    }
    *ret_hash = keel_json_mix(hash, array_tag);
    return true;
}

static void add_member(scan *s, size_t first, uint64_t key, uint64_t value)
{
    if (s->member_count - first < FEW_MEMBERS) {
        for (size_t i = first; i < s->member_count; i++) {
            if (s->members[i].key == key) {
                s->in.facts.duplicate_keys = true;
                s->members[i].value = value;
                return;
            }
        }
    }
    if (s->member_count == s->member_room) {
        size_t size = s->member_room * sizeof(member);
        bool at_hand = s->members == s->at_hand;
        s->members = keel_realloc(at_hand ? NULL : s->members, size * 2);
        if (at_hand)
            memcpy(s->members, s->at_hand, size);
        s->member_room *= 2;
    }
    s->members[s->member_count] = (member){key, value, s->member_count};
    s->member_count++;
}

static int by_key_and_order(const void *left, const void *right)
{
    const member *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* The sum over the members, in which order does not matter; of repeated keys the last counts. */
static uint64_t hash_members(scan *s, size_t first)
{
    member *members = s->members + first;
    size_t count = s->member_count - first;
    uint64_t sum = 0;

    if (count > FEW_MEMBERS)
        qsort(members, count, sizeof *members, by_key_and_order);
    for (size_t i = 0; i < count; i++) {
        if (count > FEW_MEMBERS && i + 1 < count && members[i].key == members[i + 1].key)
            s->in.facts.duplicate_keys = true;
        else
            sum += keel_json_mix(members[i].key, members[i].value);
    }
    return keel_json_mix(object_tag, sum);
}

static bool scan_object(scan *s, uint64_t *ret_hash)
{
    size_t first = s->member_count;
    uint64_t key, value;

    skip_space(s);
    if (!keel_json_take(&s->in, '}')) {
        do {
            skip_space(s);
            if (!keel_json_take(&s->in, '"') || !keel_json_scan_string(&s->in, &key))
                return false;
            skip_space(s);
            if (!keel_json_take(&s->in, ':') || !scan_value(s, &value))
                return false;
            add_member(s, first, key, value);
            skip_space(s);
        } while (keel_json_take(&s->in, ','));
        if (!keel_json_take(&s->in, '}'))
            return false;
    }
    *ret_hash = hash_members(s, first);
    s->member_count = first;
    return true;
}

static bool scan_nested(scan *s, uint64_t *ret_hash)
{
    if (s->depth == DEEPEST)
        return false;
    s->depth++;
    bool valid = *s->in.at++ == '{' ? scan_object(s, ret_hash) : scan_array(s, ret_hash);
    s->depth--;
    return valid;
}

static bool scan_value(scan *s, uint64_t *ret_hash)
{
    skip_space(s);
    if (s->in.at == s->in.end)
        return false;
    switch (*s->in.at) {
    case '{':
    case '[':
        return scan_nested(s, ret_hash);
    case '"':
        s->in.at++;
        return keel_json_scan_string(&s->in, ret_hash);
    case 't':
        return take_word(s, "true", 4, true_hash, ret_hash);
    case 'f':
        return take_word(s, "false", 5, false_hash, ret_hash);
    case 'n':
        return take_word(s, "null", 4, null_hash, ret_hash);
    default:
        return keel_json_scan_number(&s->in, ret_hash);
    }
}

static bool scan_document(scan *s, uint64_t *ret_hash)
{
    if (!scan_value(s, ret_hash))
        return false;
    skip_space(s);
    return s->in.at == s->in.end;
}

keel_json_facts keel_json_scan(const void *text, size_t size)
{
    scan s;
    size_t offset;
    uint64_t hash = 0;

    s.in.facts = (keel_json_facts){.verdict = KEEL_JSON_INVALID};
    if (size == 0)
        return s.in.facts;
    if (keel_utf8_check(text, size, &offset) != KEEL_UTF8_VALID) {
        s.in.facts.error_offset = offset;
        return s.in.facts;
    }
    s.in.at = text;
    s.in.end = s.in.at + size;
    s.depth = 0;
    s.members = s.at_hand;
    s.member_count = 0;
    s.member_room = MEMBERS_AT_HAND;
    s.in.scratch = (keel_str){0};
    if (scan_document(&s, &hash)) {
        s.in.facts.verdict = KEEL_JSON_VALID;
        s.in.facts.hash = hash;
    } else {
        s.in.facts.error_offset = size - (size_t)(s.in.end - s.in.at);
    }
    if (s.members != s.at_hand)
        free(s.members);
    keel_str_free(&s.in.scratch);
    return s.in.facts;
}

uint64_t keel_json_hash(const void *text, size_t size)
{
    keel_json_facts facts = keel_json_scan(text, size);

    return facts.verdict == KEEL_JSON_VALID ? facts.hash : XXH3_64bits(text, size);
}
