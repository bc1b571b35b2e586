/* The model of a type from its SQL name. */
#include "base/memory.h"
#include "pg/catalog_internal.h"
#include "pg/internal.h"

/* to_regtype accepts a whole type name and nothing else, so the name may then stand in a statement. */
static bool find_oid(keel_pg *pg, const char *sql_name, keel_str *oid, keel_error *err)
{
    bool none;

    if (!keel_pg_query_value(pg, oid, &none, err, "SELECT pg_catalog.to_regtype($1)::pg_catalog.oid", 1, &sql_name))
        return keel_fail_context(err, "type \"%s\"", sql_name);
    if (!none)
        return true;
    keel_fail(err, KEEL_ERR_CONFIG, "type \"%s\" does not exist", sql_name);
    return keel_fail_hint(err, "Write a type as CREATE TABLE would take it, with its schema if that is not in "
                               "search_path; serial is int with a default.");
}

/* Only the parser knows the modifier of "varchar(20)": the statement is described, never run. Of a domain it
 * tells its base type, whose modifier the domain has itself. */
static bool find_typmod(keel_pg *pg, const char *sql_name, const char *oid, int *ret_typmod, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT CAST(NULL AS %s)", sql_name);
    KEEL_CLEANUP(keel_pg_raw_free) PGresult *prepared = PQprepare(pg->conn, "", sql.data, 0, NULL);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK)
        return keel_pg_fail_result(pg, prepared, err);
    KEEL_CLEANUP(keel_pg_raw_free) PGresult *described = PQdescribePrepared(pg->conn, "");
    if (PQresultStatus(described) != PGRES_COMMAND_OK || PQnfields(described) != 1)
        return keel_pg_fail_result(pg, described, err);
    bool same = PQftype(described, 0) == strtoul(oid, NULL, 10);
    *ret_typmod = same ? PQfmod(described, 0) : -1;
    return true;
}

static bool find_name(keel_pg *pg, const char *oid, int typmod, keel_str *name, keel_error *err)
{
    char typmod_text[16];

    snprintf(typmod_text, sizeof typmod_text, "%d", typmod);
    const char *const params[] = {oid, typmod_text};
    return keel_pg_query_value(pg, name, NULL, err,
                               "SELECT pg_catalog.format_type($1::pg_catalog.oid, $2::pg_catalog.int4)", 2, params);
}

/* The reader carries the one type that is asked for. */
typedef struct named_type {
    keel_catalog_reader reader;
    const char *oid;
    keel_str name;
    int typmod;
} named_type;

static bool read_named(keel_catalog_reader *reader, keel_error *err)
{
    named_type *named = (named_type *)reader; /* its first member */

    return find_name(reader->pg, named->oid, named->typmod, &named->name, err) &&
           keel_catalog_read_types(reader, named->oid, err);
}

bool keel_pg_type_by_name(keel_pg *pg, keel_arena *arena, const char *sql_name, const keel_pg_type **ret_type,
                          keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str oid = {0};
    named_type named = {.reader = {.pg = pg, .arena = arena}};

    if (!find_oid(pg, sql_name, &oid, err) || !find_typmod(pg, sql_name, oid.data, &named.typmod, err))
        return false;
    named.oid = oid.data;
    bool read = keel_catalog_with_empty_path(&named.reader, read_named, err);
    if (read)
        *ret_type = keel_catalog_type(&named.reader, (uint32_t)strtoul(oid.data, NULL, 10), named.typmod,
                                      keel_arena_strdup(arena, named.name.data));
    keel_str_free(&named.name);
    return read;
}
