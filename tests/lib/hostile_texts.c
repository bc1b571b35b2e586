/* Text, bounded text, JSON, UUIDs and bytes. */
#include "hostile.h"

#define FITS   KEEL_HOSTILE_FITS
#define MISFIT KEEL_HOSTILE_MISFIT

static const char *const schema[] = {
    "CREATE TABLE texts (id INTEGER PRIMARY KEY, v TEXT)",
    "CREATE TABLE clobs (id INTEGER PRIMARY KEY, v CLOB)",
    "CREATE TABLE varchars (id INTEGER PRIMARY KEY, v VARCHAR(3))",
    "CREATE TABLE nvarchars (id INTEGER PRIMARY KEY, v NVARCHAR(2))",
    "CREATE TABLE characters (id INTEGER PRIMARY KEY, v CHARACTER(4))",
    "CREATE TABLE jsons (id INTEGER PRIMARY KEY, v JSON)",
    "CREATE TABLE jsonbs (id INTEGER PRIMARY KEY, v JSONB)",
    "CREATE TABLE uuids (id INTEGER PRIMARY KEY, v UUID)",
    "CREATE TABLE guids (id INTEGER PRIMARY KEY, v GUID)",
    "CREATE TABLE blobs (id INTEGER PRIMARY KEY, v BLOB)",
};

// clang-format off
static const keel_hostile_row rows[] = {
    FITS("texts", "1", "'plain'", "plain"),
    FITS("texts", "2", "''", ""),
    FITS("texts", "3", "NULL", NULL),
    FITS("texts", "4", "'NULL'", "NULL"),
    FITS("texts", "5", "'back\\slash'", "back\\slash"),
    FITS("texts", "6", "'\\N'", "\\N"),
    FITS("texts", "7", "'\\.'", "\\."),
    FITS("texts", "8", "'a' || char(9) || 'b'", "a\tb"),
    FITS("texts", "9", "'a' || char(13) || char(10) || 'b'", "a\r\nb"),
    FITS("texts", "10", "'it''s \"quoted\", with commas;'", "it's \"quoted\", with commas;"),
    FITS("texts", "11", "'💸 레이저 마킹 é'", "💸 레이저 마킹 é"),
    FITS("texts", "12", "'e' || char(769)", "e\xcc\x81"), /* not composed: stays two code points */
    FITS("texts", "13", "CAST(x'f48fbfbf' AS TEXT)", "\xf4\x8f\xbf\xbf"),
    FITS("texts", "14", "CAST(x'efbbbf61' AS TEXT)", "\xef\xbb\xbf" "a"),
    FITS("texts", "15", "12345", "12345"),
    FITS("texts", "16", "' padded '", " padded "),
    FITS("texts", "17", "char(1) || char(127)", "\x01\x7f"),
    MISFIT("texts", "18", "'a' || char(0) || 'b'", "nul_byte"),
    MISFIT("texts", "19", "CAST(x'00' AS TEXT)", "nul_byte"),
    MISFIT("texts", "20", "CAST(x'c3' AS TEXT)", "invalid_utf8"),
    MISFIT("texts", "21", "CAST(x'4772f6df65' AS TEXT)", "invalid_utf8"),
    MISFIT("texts", "22", "CAST(x'eda080' AS TEXT)", "invalid_utf8"),
    MISFIT("texts", "23", "CAST(x'c0af' AS TEXT)", "invalid_utf8"),
    MISFIT("texts", "24", "CAST(x'f4908080' AS TEXT)", "invalid_utf8"),
    MISFIT("texts", "25", "x'deadbeef'", "storage_class"),
    FITS("texts", "26", "'behind the bad ones'", "behind the bad ones"),
    FITS("clobs", "1", "'clob'", "clob"),

    FITS("varchars", "1", "'abc'", "abc"),
    FITS("varchars", "2", "'äöü'", "äöü"), /* three characters, six bytes */
    FITS("varchars", "3", "'ab '", "ab "),
    FITS("varchars", "4", "''", ""),
    MISFIT("varchars", "5", "'abcdef'", "too_long"),
    MISFIT("varchars", "6", "'abc '", "too_long"), /* PostgreSQL's cast would drop the blank in silence */
    MISFIT("varchars", "7", "1234", "too_long"),
    FITS("nvarchars", "1", "'레이'", "레이"),
    MISFIT("nvarchars", "2", "'레이저'", "too_long"),
    FITS("characters", "1", "'ab'", "ab"), /* not padded */

    FITS("jsons", "1", "'{\"a\":1}'", "{\"a\": 1}"),
    FITS("jsons", "2", "' [1 , 2] '", "[1, 2]"),
    FITS("jsons", "3", "'null'", "null"), /* JSON's null is a value */
    FITS("jsons", "4", "NULL", NULL),
    FITS("jsons", "5", "'123'", "123"),   /* an integer by then */
    FITS("jsons", "6", "1.5", "1.5"),
    FITS("jsons", "7", "'true'", "true"),
    FITS("jsons", "8", "'\"\\ud83d\\ude00\"'", "\"😀\""),
    FITS("jsons", "9", "'{\"ключ\": [{}]}'", "{\"ключ\": [{}]}"),
    MISFIT("jsons", "10", "'[1,'", "json"),
    MISFIT("jsons", "11", "''", "json"),
    MISFIT("jsons", "12", "'nul'", "json"),
    MISFIT("jsons", "13", "'{''a'': 1}'", "json"),
    MISFIT("jsons", "14", "'{\"a\":1} x'", "json"),
    MISFIT("jsons", "15", "'NaN'", "json"),
    MISFIT("jsons", "16", "'{\"a\": 1, \"a\": 2}'", "json_duplicate_key"),
    MISFIT("jsons", "17", "'\"x\\u0000y\"'", "json_u0000"),
    MISFIT("jsons", "18", "'\"\\ud800\"'", "json"),
    MISFIT("jsons", "19", "x'7b7d'", "storage_class"),
    FITS("jsonbs", "1", "'{\"b\": 1, \"a\": [true]}'", "{\"a\": [true], \"b\": 1}"),

    FITS("uuids", "1", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    FITS("uuids", "2", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"),
    FITS("uuids", "3", "'a0eebc999c0b4ef8bb6d6bb9bd380a13'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a13"),
    FITS("uuids", "4", "x'a0eebc999c0b4ef8bb6d6bb9bd380a14'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a14"),
    FITS("uuids", "5", "NULL", NULL),
    MISFIT("uuids", "6", "'not-a-uuid'", "syntax"),
    MISFIT("uuids", "7", "''", "syntax"),
    MISFIT("uuids", "8", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1'", "syntax"),
    MISFIT("uuids", "9", "x'a0ee'", "storage_class"),
    MISFIT("uuids", "10", "'12345678901234567890123456789012'", "storage_class"), /* a real by then */
    FITS("guids", "1", "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a15}'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a15"),

    FITS("blobs", "1", "x''", "\\x"),
    FITS("blobs", "2", "x'00ff5c4e'", "\\x00ff5c4e"),
    FITS("blobs", "3", "NULL", NULL),
    MISFIT("blobs", "4", "'text'", "storage_class"),
    MISFIT("blobs", "5", "'aGVsbG8='", "storage_class"), /* no base64 is guessed */
    MISFIT("blobs", "6", "7", "storage_class"),
};
// clang-format on

const keel_hostile_part keel_hostile_texts = {schema, KEEL_COUNT_OF(schema), rows,
                                              KEEL_COUNT_OF(rows)};
