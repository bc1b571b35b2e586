#include "sqlite/cell.h"

const char *keel_cell_class_name(keel_cell_class class)
{
    switch (class) {
    case KEEL_CELL_NULL:
        return "null";
    case KEEL_CELL_INTEGER:
        return "integer";
    case KEEL_CELL_REAL:
        return "real";
    case KEEL_CELL_TEXT:
        return "text";
    case KEEL_CELL_BLOB:
        return "blob";
    }
    return "unknown";
}
