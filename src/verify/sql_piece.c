#include "verify/sql_piece.h"

#include <stddef.h>
#include <string.h>

const char *keel_sql_piece_skip(const char *at)
{
    int depth = 0;

    do {
        if (*at == '\0')
            return NULL;
        if (*at == '\'' || *at == '"') {
            const char *end = strchr(at + 1, *at);
            if (end == NULL)
                return NULL;
            at = end;
        }
        depth += (*at == '(') - (*at == ')' && depth > 0);
        at++;
    } while (depth > 0);
    return at;
}

bool keel_sql_piece_is_whole(const char *sql)
{
    while (sql != NULL && *sql != '\0' && *sql != ')')
        sql = keel_sql_piece_skip(sql);
    return sql != NULL && *sql == '\0';
}
