/* text, char, bytea, uuid, enum, inet and cidr, json and jsonb, arrays read back. */
#include <arpa/inet.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "convert/comparer.h"
#include "convert/json_tree.h"

static size_t unpadded(const unsigned char *bytes, size_t size)
{
    while (size > 0 && bytes[size - 1] == ' ')
        size--;
    return size;
}

static bool text_is_int(int64_t integer, const unsigned char *bytes, size_t size)
{
    char wanted[24];
    int length = snprintf(wanted, sizeof wanted, "%lld", (long long)integer);

    return keel_bytes_equal(wanted, (size_t)length, bytes, size);
}

/* The real as SQLite writes it, which is as PostgreSQL does but always with a point. */
static bool text_is_real(double real, const unsigned char *bytes, size_t size)
{
    KEEL_CLEANUP(keel_str_free) keel_str wanted = {0};

    if (isinf(real)) {
        keel_str_add(&wanted, real > 0 ? "Inf" : "-Inf");
        return keel_bytes_equal(wanted.data, wanted.size, bytes, size);
    }
    keel_float_text(real, 17, &wanted);
    const char *exponent = strchr(wanted.data, 'e');
    size_t mantissa = exponent != NULL ? (size_t)(exponent - wanted.data) : wanted.size;
    bool whole = isfinite(real) && strchr(wanted.data, '.') == NULL;
    if (size != wanted.size + (whole ? 2 : 0) || memcmp(bytes, wanted.data, mantissa) != 0)
        return false;
    if (whole && memcmp(bytes + mantissa, ".0", 2) != 0)
        return false;
    return memcmp(bytes + mantissa + (whole ? 2 : 0), wanted.data + mantissa,
                  wanted.size - mantissa) == 0;
}

static bool text_is_number(const keel_cell *cell, const unsigned char *bytes, size_t size)
{
    if (cell->class == KEEL_CELL_INTEGER)
        return text_is_int(cell->integer, bytes, size);
    return cell->class == KEEL_CELL_REAL && text_is_real(cell->real, bytes, size);
}

/* A number of jsonb, which has a form of its own: read as a double. */
static bool json_is_real(double real, const unsigned char *bytes, size_t size)
{
    char text[400];
    char *end;

    if (size == 0 || size >= sizeof text)
        return false;
    memcpy(text, bytes, size);
    text[size] = '\0';
    double value = strtod(text, &end);
    return *end == '\0' && isfinite(value) && keel_equal_reals(value, real);
}

bool keel_compare_text(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    (void)rule;
    if (cell->class == KEEL_CELL_TEXT)
        return keel_bytes_equal(cell->bytes, cell->size, field.bytes, (size_t)field.size);
    return text_is_number(cell, field.bytes, (size_t)field.size);
}

bool keel_compare_char(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    if (cell->class == KEEL_CELL_TEXT && unpadded(cell->bytes, cell->size) != cell->size)
        return false;
    field.size = (int32_t)unpadded(field.bytes, (size_t)field.size);
    return keel_compare_text(rule, cell, field);
}

bool keel_compare_bytea(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    if (cell->class != KEEL_CELL_BLOB && !(cell->class == KEEL_CELL_TEXT && rule->text_is_bytes))
        return false;
    return keel_bytes_equal(cell->bytes, cell->size, field.bytes, (size_t)field.size);
}

static void render_uuid(const unsigned char *bytes, char out[36])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
}

/* In any case, with braces or without, with hyphens or without. */
static bool uuid_is_text(const char uuid[36], const keel_cell *cell)
{
    bool braces = cell->size >= 2 && cell->bytes[0] == '{' && cell->bytes[cell->size - 1] == '}';
    const char *text = (const char *)cell->bytes + braces;
    size_t size = cell->size - (braces ? 2 : 0), at = 0;

    if (size == 36)
        return strncasecmp(text, uuid, 36) == 0;
    for (int i = 0; i < 36 && size == 32; i++) {
        if (uuid[i] == '-')
            continue;
        if (tolower((unsigned char)text[at++]) != uuid[i])
            return false;
    }
    return size == 32;
}

bool keel_compare_uuid(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    char uuid[36];

    (void)rule;
    if (field.size != 16)
        return false;
    if (cell->class == KEEL_CELL_BLOB)
        return keel_bytes_equal(cell->bytes, cell->size, field.bytes, 16);
    if (cell->class != KEEL_CELL_TEXT)
        return false;
    render_uuid(field.bytes, uuid);
    return keel_bytes_equal(cell->bytes, cell->size, uuid, sizeof uuid) || uuid_is_text(uuid, cell);
}

bool keel_compare_enum(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    (void)rule;
    return cell->class == KEEL_CELL_TEXT &&
           keel_bytes_equal(cell->bytes, cell->size, field.bytes, (size_t)field.size);
}

bool keel_compare_network(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    char text[64];
    unsigned char address[16];
    bool six = field.size == 20;

    if (cell->class != KEEL_CELL_TEXT || cell->size >= sizeof text || (field.size != 8 && !six))
        return false;
    if (field.bytes[0] != (six ? 3 : 2) || field.bytes[2] != (rule->type->kind == KEEL_PG_CIDR) ||
        field.bytes[3] != field.size - 4)
        return false;
    memcpy(text, cell->bytes, cell->size);
    text[cell->size] = '\0';
    char *slash = strchr(text, '/');
    char *end = NULL;
    long bits = slash != NULL ? strtol(slash + 1, &end, 10) : six ? 128 : 32;
    if (bits != field.bytes[1] || (end != NULL && *end != '\0'))
        return false;
    if (slash != NULL)
        *slash = '\0';
    return inet_pton(six ? AF_INET6 : AF_INET, text, address) == 1 &&
           memcmp(address, field.bytes + 4, six ? 16 : 4) == 0;
}

/* json keeps its text. */
bool keel_compare_json(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    return keel_compare_text(rule, cell, field);
}

bool keel_compare_jsonb(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    (void)rule;
    if (field.size < 2 || field.bytes[0] != 1)
        return false;
    const unsigned char *bytes = field.bytes + 1;
    size_t size = (size_t)field.size - 1;
    if (cell->class == KEEL_CELL_TEXT)
        return keel_bytes_equal(cell->bytes, cell->size, bytes, size) ||
               keel_json_equal(cell->bytes, cell->size, bytes, size);
    if (cell->class == KEEL_CELL_INTEGER)
        return text_is_int(cell->integer, bytes, size);
    return cell->class == KEEL_CELL_REAL && json_is_real(cell->real, bytes, size);
}

/* An item of a JSON array as the cell it stands for; strings with escapes are written to `scratch`.
 */
static bool item_cell(const keel_json_tree *tree,
                      uint32_t index,
                      keel_pg_kind kind,
                      keel_str *scratch,
                      keel_cell *ret_cell)
{
    const keel_json_node *node = &tree->nodes[index];
    const char *token = tree->text + node->start;
    bool json = kind == KEEL_PG_JSON || kind == KEEL_PG_JSONB,
         string = node->kind == KEEL_JSON_STRING;

    *ret_cell = (keel_cell){.class = KEEL_CELL_TEXT, .bytes = (const unsigned char *)token};
    ret_cell->size = node->end - node->start;
    if (node->kind == KEEL_JSON_NULL)
        ret_cell->class = KEEL_CELL_NULL;
    if (json && string) {
        ret_cell->bytes--;
        ret_cell->size += 2;
    } else if (string && node->escaped) {
        keel_str_clear(scratch);
        keel_json_tree_string(tree, node, scratch);
        ret_cell->bytes = (const unsigned char *)scratch->data;
        ret_cell->size = scratch->size;
    }
    return node->kind != KEEL_JSON_ARRAY && node->kind != KEEL_JSON_OBJECT;
}

/* A number token where the type wants a number of seconds: as the cell that the number would have
 * been. */
static void as_number_cell(keel_cell *cell)
{
    char text[64];
    char *end;

    if (cell->size >= sizeof text)
        return;
    memcpy(text, cell->bytes, cell->size);
    text[cell->size] = '\0';
    cell->integer = strtoll(text, &end, 10);
    cell->class = KEEL_CELL_INTEGER;
    if (*end == '\0')
        return;
    cell->real = strtod(text, NULL);
    cell->class = KEEL_CELL_REAL;
}

static bool is_moment(keel_pg_kind kind)
{
    return kind == KEEL_PG_DATE || kind == KEEL_PG_TIME || kind == KEEL_PG_TIMESTAMP ||
           kind == KEEL_PG_TIMESTAMPTZ;
}

static bool compare_item(const keel_rule *rule,
                         const keel_json_tree *tree,
                         uint32_t index,
                         keel_field field,
                         keel_str *scratch)
{
    keel_cell cell;

    if (!item_cell(tree, index, rule->type->kind, scratch, &cell))
        return false;
    if (is_moment(rule->type->kind) && tree->nodes[index].kind == KEEL_JSON_NUMBER)
        as_number_cell(&cell);
    return keel_compare(rule, &cell, field);
}

static bool next_item(keel_field *rest, keel_field *ret_item)
{
    if (rest->size < 4)
        return false;
    int32_t length = keel_get_i32(rest->bytes);
    rest->bytes += 4;
    rest->size -= 4;
    if (length < -1 || length > rest->size)
        return false;
    *ret_item = (keel_field){rest->bytes, length};
    rest->bytes += length < 0 ? 0 : length;
    rest->size -= length < 0 ? 0 : length;
    return true;
}

static bool compare_items(const keel_rule *rule, const keel_json_tree *tree, keel_field field)
{
    KEEL_CLEANUP(keel_str_free) keel_str scratch = {0};
    uint32_t count = tree->nodes[0].count, index = 1;

    if (tree->nodes[0].kind != KEEL_JSON_ARRAY || field.size < 12)
        return false;
    if (keel_get_i32(field.bytes) == 0)
        return count == 0;
    if (keel_get_i32(field.bytes) != 1 || field.size < 20 ||
        keel_get_i32(field.bytes + 12) != (int64_t)count || keel_get_i32(field.bytes + 16) != 1)
        return false;
    keel_field rest = {field.bytes + 20, field.size - 20}, item;
    for (uint32_t i = 0; i < count; i++, index = tree->nodes[index].next) {
        if (!next_item(&rest, &item) || !compare_item(rule, tree, index, item, &scratch))
            return false;
    }
    return rest.size == 0;
}

bool keel_compare_array(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    keel_rule item_rule = *rule;
    keel_json_tree tree;

    item_rule.type = rule->type->element;
    item_rule.misfit = KEEL_MISFIT_REJECT;
    item_rule.empty_is_null = false;
    if (cell->class != KEEL_CELL_TEXT || !keel_json_tree_read(&tree, cell->bytes, cell->size))
        return false;
    bool equal = compare_items(&item_rule, &tree, field);
    keel_json_tree_free(&tree);
    return equal;
}
