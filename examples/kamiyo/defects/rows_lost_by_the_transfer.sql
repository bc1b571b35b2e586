-- The journal of a transfer that had 4,003 rows to bring and accounts for 4,000: those columns of it that tell the story.
-- finds: data.transfer_accounting error public.exploits
-- exit: 1
CREATE SCHEMA pgkeel;
CREATE TABLE pgkeel.version (version integer PRIMARY KEY);
INSERT INTO pgkeel.version VALUES (1);
CREATE TABLE pgkeel.run (
    run bigint PRIMARY KEY, base_run bigint, mode text, state text, source text, source_facts jsonb, target text,
    mapping_file text, mapping text, options jsonb, exit_code integer, started_at timestamptz, finished_at timestamptz,
    system_identifier bigint, database_oid oid, journal_oid oid
);
CREATE TABLE pgkeel.run_table (
    run bigint, tbl integer, source text, target_schema text, target_name text, keys text, created boolean,
    had_rows boolean, by_rowid boolean, source_rows bigint, key_column text, columns jsonb, slices bigint[], undone bigint,
    PRIMARY KEY (run, tbl)
);
CREATE TABLE pgkeel.chunk (
    run bigint, tbl integer, kind "char", lane integer, seq integer, rows_read bigint, inserted bigint, merged bigint,
    rejected bigint, committed_at timestamptz, PRIMARY KEY (run, tbl, kind, lane, seq)
);
INSERT INTO pgkeel.run
VALUES (1, NULL, 'copy', 'complete', '/srv/kamiyo.db', '{}', 'kamiyo', NULL, '', '{}', 0, now(), now());
INSERT INTO pgkeel.run_table
VALUES (1, 0, 'exploits', 'public', 'exploits', 'keep', true, false, true, 4003, 'id', '[]', '{}', 0);
INSERT INTO pgkeel.chunk VALUES (1, 0, 'l', 0, 0, 4000, 3990, 0, 10, now());
