#include "transfer/mapping_reader.h"

bool keel_map_read_qualified(const keel_yaml_reader *reader,
                             const keel_yaml *node,
                             const char **ret_schema,
                             const char **ret_table)
{
    const char *parts[2] = {NULL, NULL};
    const char *text = NULL;

    if (!keel_yaml_read_string(reader, node, "to", &text))
        return false;
    size_t count = keel_yaml_split_name(reader->arena, text, parts, KEEL_COUNT_OF(parts));
    if (count > KEEL_COUNT_OF(parts))
        return keel_yaml_fail(node, reader->file, reader->err,
                              "\"%s\" has more than two parts, a target is [schema.]table", text);
    if (count == 0)
        return keel_yaml_fail(node, reader->file, reader->err,
                              "\"%s\" is not a name, a target is [schema.]table", text);
    *ret_schema = count == 2 ? parts[0] : NULL;
    *ret_table = parts[count - 1];
    return true;
}
