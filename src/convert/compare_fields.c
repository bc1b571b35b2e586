/* Two fields of one type that both came from a server: equal by value? */
#include "convert/comparer.h"
#include "convert/json_tree.h"

static bool equal_numerics(keel_field left, keel_field right)
{
    KEEL_CLEANUP(keel_figure_free) keel_figure a = {0};
    KEEL_CLEANUP(keel_figure_free) keel_figure b = {0};
    double special_a, special_b;
    bool special = keel_numeric_special(left, &special_a);

    if (special != keel_numeric_special(right, &special_b))
        return false;
    if (special)
        return keel_equal_reals(special_a, special_b);
    return keel_figure_of_numeric(left, &a) && keel_figure_of_numeric(right, &b) &&
           keel_figure_equal(&a, &b);
}

static size_t unpadded(keel_field field)
{
    size_t size = (size_t)field.size;

    while (size > 0 && field.bytes[size - 1] == ' ')
        size--;
    return size;
}

static bool next_item(keel_field *rest, keel_field *ret_item)
{
    if (rest->size < 4)
        return false;
    int32_t length = KEEL_MAX(keel_get_i32(rest->bytes), -1);
    *ret_item = (keel_field){rest->bytes + 4, length};
    int32_t taken = 4 + KEEL_MAX(length, 0);
    if (length > rest->size - 4)
        return false;
    rest->bytes += taken;
    rest->size -= taken;
    return true;
}

static bool equal_arrays(const keel_pg_type *type, keel_field left, keel_field right)
{
    keel_field a, b;
    int32_t head = left.size >= 12 ? keel_get_i32(left.bytes) : -1;

    if (head < 0 || head > 6 || left.size < 12 + 8 * head || right.size < 12 + 8 * head)
        return false;
    head = 12 + 8 * head;
    if (memcmp(left.bytes, right.bytes, (size_t)head) != 0)
        return false;
    left = (keel_field){left.bytes + head, left.size - head};
    right = (keel_field){right.bytes + head, right.size - head};
    while (left.size > 0 && right.size > 0) {
        if (!next_item(&left, &a) || !next_item(&right, &b) ||
            !keel_compare_fields(type->element, a, b))
            return false;
    }
    return left.size == 0 && right.size == 0;
}

static bool equal_values(const keel_pg_type *type, keel_field left, keel_field right)
{
    bool same_size = left.size == right.size;

    switch ((int)type->kind) {
    case KEEL_PG_FLOAT4:
        return same_size && left.size == 4 &&
               keel_equal_reals(keel_field_float4(left), keel_field_float4(right));
    case KEEL_PG_FLOAT8:
        return same_size && left.size == 8 &&
               keel_equal_reals(keel_field_float8(left), keel_field_float8(right));
    case KEEL_PG_NUMERIC:
        return equal_numerics(left, right);
    case KEEL_PG_CHAR:
        return keel_bytes_equal(left.bytes, unpadded(left), right.bytes, unpadded(right));
    case KEEL_PG_JSONB:
        return left.size > 1 && right.size > 1 &&
               keel_json_equal(left.bytes + 1, (size_t)left.size - 1, right.bytes + 1,
                               (size_t)right.size - 1);
    case KEEL_PG_ARRAY:
        return type->element != NULL && equal_arrays(type, left, right);
    default:
        return false;
    }
}

bool keel_compare_fields(const keel_pg_type *type, keel_field left, keel_field right)
{
    if (left.size < 0 || right.size < 0)
        return left.size < 0 && right.size < 0;
    if (keel_bytes_equal(left.bytes, (size_t)left.size, right.bytes, (size_t)right.size))
        return true;
    return equal_values(type, left, right);
}
