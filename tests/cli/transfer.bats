load lib

# One throwaway cluster for the file, one database per test.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    fresh_database
    unset DATABASE_URL
    sqlite3 app.db "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER);
                    INSERT INTO people VALUES (1, 'Ada', 36), (2, 'Bob, \"the\" second', 'old'), (3, 'Cyd', NULL);"
}

as_role() {
    echo "${DB/user=postgres/user=$1}"
}

# refused MESSAGE REMEDY: exit code 2, and stderr names both.
refused() {
    exits 2
    has "$stderr" "$1"
    has "$stderr$stdout" "$2"
}

# JSON on stdout is one document, and a program can read it.
@test "a run with a reject: exit code 1, the same again does nothing and exits the same" {
    keel transfer run --from sqlite:app.db --to "$DB"
    exits 1
    has "$stdout" "Run 1 complete: 2 rows"
    has "$stdout" "1 of 3 rows were rejected"
    is "$(sql 'SELECT count(*) FROM people')" 2
    keel transfer run --from sqlite:app.db --to "$DB"
    exits 1
    has "$stdout" "Run 1 of this source is complete already; nothing was done."
    is "$(sql 'SELECT count(*) FROM people')" 2
    is "$(sql 'SELECT count(*) FROM pgkeel.reject')" 1
}

@test "every row arrives: exit code 0, and again" {
    sqlite3 app.db "DELETE FROM people WHERE id = 2"
    keel transfer run --from sqlite:app.db --to "$DB"
    exits 0
    keel transfer run --from sqlite:app.db --to "$DB"
    exits 0
    is "$(sql 'SELECT count(*) FROM people')" 2
}

@test "--dry-run and plan write nothing" {
    keel transfer run --from sqlite:app.db --to "$DB" --dry-run
    exits 0
    has "$stdout" "Nothing was written."
    local plan=$stdout
    keel transfer plan --from sqlite:app.db --to "$DB"
    exits 0
    is "$stdout" "$plan"
    is "$(sql "SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'pgkeel')")" 0
}

@test "rejects for people, as CSV and as JSON" {
    keel transfer run --from sqlite:app.db --to "$DB"
    keel transfer rejects --db "$DB"
    exits 1
    has "$stdout" 'people 2 age = "old" (text): not a valid value of the type'
    keel transfer rejects --db "$DB" --as csv
    exits 1
    is "$stdout" 'table,key,column,storage_class,value,form,code,reason
"people","2","age","text","old","text","syntax","not a valid value of the type"'
    keel transfer rejects --db "$DB" --format json
    exits 1
    is "$(json 'd["result"]["rejects"]')" "[{'table': 'people', 'key': '2', 'column': 'age', 'storage_class': 'text', 'value': 'old', 'hex': False, 'code': 'syntax', 'reason': 'not a valid value of the type'}]"
    keel transfer rejects 7 --db "$DB"
    refused "the journal knows no run 7" "transfer list"
    keel transfer rejects x --db "$DB"
    refused '"x" is not the number of a run' "transfer list"
    keel transfer rejects --table peeple --db "$DB"
    refused 'no table "peeple"' "people"
}

@test "no rejects: exit code 0" {
    sqlite3 app.db "DELETE FROM people WHERE id = 2"
    keel transfer run --from sqlite:app.db --to "$DB"
    keel transfer rejects --db "$DB"
    exits 0
    has "$stdout" "0 rejects"
}

@test "JSON output is one document and names the target" {
    keel transfer plan --from sqlite:app.db --to "$DB" --format json
    exits 0
    is "$(json 'd["result"]["rows"]')" 3
    keel transfer run --from sqlite:app.db --to "$DB" --format json
    exits 1
    is "$(json 'd["verdict"]')" fail
    has "$(json 'd["target"]')" "/t$BATS_TEST_NUMBER"
    is "$(json '[(t["source_rows"], t["inserted"], t["merged"], t["rejected"]) for t in d["result"]["tables"]]')" "[(3, 2, 0, 1)]"
    keel transfer list --db "$DB" --format json
    exits 0
    is "$(json '[(r["run"], r["state"]) for r in d["result"]["runs"]]')" "[(1, 'complete')]"
    keel transfer run --from sqlite:none.db --to "$DB" --format json
    exits 2
    is "$(json 'd["verdict"]')" critical
}

@test "sources that cannot be read" {
    keel transfer run --from sqlite:none.db --to "$DB"
    refused '"none.db": No such file' "never creates a source"
    [[ ! -e none.db ]]
    keel transfer run --from app.db --to "$DB"
    refused '"app.db" is not a source' "sqlite:PATH"
    keel transfer run --to "$DB"
    refused "--from is missing" "sqlite:PATH"
    keel transfer run --from sqlite:. --to "$DB"
    refused '"." is a directory' "SQLite file"
    echo "this is no database at all, not even nearly" > text.db
    keel transfer run --from sqlite:text.db --to "$DB"
    refused '"text.db" is not a SQLite database' "encrypted"
    head -c 8192 /dev/urandom > random.db
    keel transfer plan --from sqlite:random.db --to "$DB"
    refused '"random.db" is not a SQLite database' "encrypted"
    : > empty.db
    keel transfer run --from sqlite:empty.db --to "$DB"
    has "$stdout$stderr" "no table"
}

@test "a damaged file: nothing is reported as complete" {
    sqlite3 app.db "CREATE TABLE big (id INTEGER PRIMARY KEY, x TEXT);
        WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000) INSERT INTO big SELECT i, hex(randomblob(40)) FROM c"
    dd if=/dev/urandom of=app.db bs=4096 seek=10 count=20 conv=notrunc status=none
    keel transfer run --from sqlite:app.db --to "$DB"
    refused '"app.db" is corrupt' ".recover"
}

@test "a file that a writer holds: the writer is named" {
    mkfifo hold
    sqlite3 app.db < hold > held & # one process, and it is known
    local writer=$!
    exec 8> hold
    printf 'BEGIN EXCLUSIVE;\nSELECT 1;\n' >&8
    until [[ -s held ]]; do sleep 0.05; done
    keel transfer run --from sqlite:app.db --to "$DB"
    exec 8>&-
    wait "$writer"
    refused '"app.db" is locked by a writer' "run again when it has committed"
    has "$stderr" "process $writer"
}

@test "a WAL file in a directory that may not be written" {
    [[ $(id -u) == 0 ]] || skip "only root can become an ordinary user"
    command -v setpriv > /dev/null || skip "no setpriv"
    mkdir locked
    sqlite3 locked/app.db "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY)" > /dev/null
    cp "$PGKEEL" locked/pgkeel
    rm -f locked/app.db-wal locked/app.db-shm
    chmod -R a+rX "$BATS_RUN_TMPDIR" && chmod 555 locked
    setpriv --reuid=65534 --regid=65534 --clear-groups true || skip "cannot become an ordinary user"
    status=0
    stderr=$(setpriv --reuid=65534 --regid=65534 --clear-groups locked/pgkeel transfer plan --from sqlite:locked/app.db --to "$DB" 2>&1) || status=$?
    exits 2
    has "$stderr" "locked/app.db"
    has "$stderr" "hint:"
}

@test "servers that cannot be reached" {
    keel transfer run --from sqlite:app.db --to nonsense
    refused "the connection string cannot be read" "postgresql://user@host:port/dbname"
    keel transfer run --from sqlite:app.db --to "postgresql://u@127.0.0.1:1/x"
    refused "127.0.0.1:1/x" "is it running"
    keel transfer run --from sqlite:app.db --to "${SERVER/dbname=postgres/dbname=nowhere}"
    refused 'database "nowhere" does not exist' "createdb"
    keel transfer run --from sqlite:app.db --to "$(as_role nobody_at_all)"
    refused 'role "nobody_at_all" does not exist' "pg_hba.conf"
    keel transfer run --from sqlite:app.db
    refused "no database given" "DATABASE_URL"
}

# S0-72
@test "a wrong password; no password ever comes out" {
    local hba secret=oPeN-sEsAmE-42
    hba=$(sql "SHOW hba_file")
    cp "$hba" hba.kept
    sql "CREATE ROLE careful$BATS_TEST_NUMBER LOGIN SUPERUSER PASSWORD '$secret'"
    { echo "local all careful$BATS_TEST_NUMBER scram-sha-256"; cat hba.kept; } > "$hba"
    sql "SELECT pg_reload_conf()" > reloaded
    local careful
    careful=$(as_role careful$BATS_TEST_NUMBER)
    until ! psql "$careful password=wrong" -qc "SELECT 1" > /dev/null 2>&1; do sleep 0.05; done
    keel transfer run --from sqlite:app.db --to "$careful password=not-$secret"
    refused "password authentication failed" "hint:"
    local said=$stdout$stderr arguments
    for arguments in "plan --verbose" "plan --format json" "run --verbose" "run --format json" "list --format json" "rejects --format json"; do
        # shellcheck disable=SC2086
        if [[ $arguments == plan* || $arguments == run* ]]; then
            keel transfer $arguments --from sqlite:app.db --to "$careful password=$secret"
        else
            keel transfer $arguments --db "$careful password=$secret"
        fi
        [[ $status -le 1 ]] || { echo "$arguments: $stderr"; false; }
        said+=$stdout$stderr
    done
    keel transfer run --from sqlite:app.db --to "postgresql://careful:p@$secret@localhost/x"
    exits 2
    said+=$stdout$stderr
    pg_dump_of_journal=$(psql "$DB" -qAtc "SELECT r::text FROM pgkeel.run r UNION ALL SELECT t::text FROM pgkeel.run_table t")
    cat hba.kept > "$hba"
    sql "SELECT pg_reload_conf()" > reloaded
    [[ "$said$pg_dump_of_journal" != *"$secret"* ]]
}

@test "a role without rights gets the administrator's SQL" {
    sql "CREATE ROLE reader LOGIN; CREATE TABLE people (id integer PRIMARY KEY, name text, age integer); GRANT SELECT ON people TO reader"
    keel transfer run --from sqlite:app.db --to "$(as_role reader)"
    refused "2 critical findings" "CREATE SCHEMA pgkeel AUTHORIZATION reader;"
    has "$stdout" 'GRANT SELECT, INSERT, DELETE ON "public"."people" TO'
    sql "DROP TABLE people"
    keel transfer run --from sqlite:app.db --to "$(as_role reader)"
    refused "2 critical findings" 'GRANT CREATE ON SCHEMA "public" TO reader;'
    sql "DROP ROLE reader"
}

@test "row security is refused before anything is written" {
    sql "CREATE ROLE guarded LOGIN; CREATE TABLE people (id integer PRIMARY KEY, name text, age integer);
         ALTER TABLE people ENABLE ROW LEVEL SECURITY; GRANT ALL ON people TO guarded; CREATE SCHEMA pgkeel AUTHORIZATION guarded"
    keel transfer run --from sqlite:app.db --to "$(as_role guarded)"
    refused "1 critical finding" "BYPASSRLS"
    has "$stdout" '"public"."people"'
}

@test "target columns without a source, source columns without a target" {
    sql "CREATE TABLE people (id integer PRIMARY KEY, name text, extra text NOT NULL)"
    keel transfer run --from sqlite:app.db --to "$DB"
    refused "2 critical findings" 'set: {extra: {value: "..."}}'
    has "$stdout" 'has no column "age"'
    has "$stdout" "skip"
    is "$(sql 'SELECT count(*) FROM people')" 0
}

@test "mapping files with mistakes: file, line and the nearest name" {
    keel transfer run --from sqlite:app.db --to "$DB" --file none.yaml
    refused '"none.yaml": No such file' "--file"
    printf 'tables:\n  peopel:\n    to: x\n' > m.yaml
    keel transfer run --from sqlite:app.db --to "$DB" --file m.yaml
    refused 'm.yaml:3:' 'Did you mean "people"?'
    printf 'tables:\n  people:\n    colums: {}\n' > m.yaml
    keel transfer run --from sqlite:app.db --to "$DB" --file m.yaml
    refused 'unknown key "colums"' 'Did you mean "columns"?'
    printf 'tables:\n  people:\n    columns: {nmae: {skip: true}}\n' > m.yaml
    keel transfer run --from sqlite:app.db --to "$DB" --file m.yaml
    refused 'has no column "nmae"' 'Did you mean "name"?'
    printf 'tables:\n  people:\n    columns: {name: {time_zone: Europe/Kopenhagen}}\n' > m.yaml
    keel transfer run --from sqlite:app.db --to "$DB" --file m.yaml
    refused 'm.yaml:3:' 'Europe/Copenhagen'
    printf 'tables: [\n' > m.yaml
    keel transfer run --from sqlite:app.db --to "$DB" --file m.yaml
    refused "m.yaml:" ""
    sql "CREATE TABLE people (id integer PRIMARY KEY, name text, age integer)"
    printf 'tables:\n  people:\n    columns: {name: {to: nam}}\n' > m.yaml
    keel transfer run --from sqlite:app.db --to "$DB" --file m.yaml
    refused "1 critical finding" 'Say `to: name`'
}

@test "options with mistakes" {
    keel transfer run --from sqlite:app.db --to "$DB" --table people,pepole
    refused '--table: the source has no table "pepole"' 'Did you mean "people"?'
    keel transfer run --from sqlite:app.db --to "$DB" --exclude zzz
    refused '--exclude: the source has no table "zzz"' "transfer plan"
    keel transfer run --from sqlite:app.db --to "$DB" --keys kep
    refused '"kep"' 'Did you mean "keep"?'
    keel transfer run --from sqlite:app.db --to "$DB" --retry-rejects 1 --new-rows 1
    refused "do not go together" ""
    keel transfer run --from sqlite:app.db --to "$DB" --retry-rejects 9
    refused "the journal knows no run 9" "transfer list"
    keel transfer run --from sqlite:app.db --to "$DB" surplus
    refused "surplus" "usage:"
}

@test "a server that takes no writes is refused" {
    sql "CREATE TABLE people (id integer PRIMARY KEY, name text, age integer)"
    keel transfer run --from sqlite:app.db --to "$DB options='-c default_transaction_read_only=on'"
    exits 2
    has "$stderr" "read-only"
}

@test "every transfer command shows an example" {
    local command
    for command in plan run list rejects; do
        keel transfer $command --help
        exits 0
        has "$stdout" $'Examples:\n  pgkeel transfer '"$command"
    done
}
