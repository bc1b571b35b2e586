load lib

# One throwaway cluster for the file; a database and a folder per test.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    fresh_database
}

# file NAME: standard input becomes a file of migrations/.
file() {
    mkdir -p migrations
    cat > "migrations/$1"
}

# The factory's three revisions, the last one with a statement that no transaction takes.
factory() {
    file 0001_lots.sql <<'SQL'
-- pgkeel:up
CREATE TABLE lots (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL);

-- pgkeel:down
DROP TABLE lots;
SQL
    file 0002_process_data.sql <<'SQL'
-- pgkeel:up
CREATE TABLE process_data (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lot_id bigint NOT NULL REFERENCES lots);

-- pgkeel:down
DROP TABLE process_data;
SQL
    file 0003_wip_unique_index.sql <<'SQL'
-- pgkeel:up
ALTER TABLE process_data ADD COLUMN wip_id bigint;
CREATE UNIQUE INDEX CONCURRENTLY idx_process_data_wip_unique ON process_data (lot_id, wip_id);

-- pgkeel:down
DROP INDEX CONCURRENTLY idx_process_data_wip_unique;
ALTER TABLE process_data DROP COLUMN wip_id;
SQL
}

states() {
    keel migrate status --format json
    json '" ".join(m["version"] + "=" + m["state"] for m in d["result"]["migrations"])'
}

wip() {
    sql "SELECT (SELECT count(*) FROM pg_attribute WHERE attrelid = 'process_data'::regclass AND attname = 'wip_id'
                    AND NOT attisdropped)
             || ' ' || (SELECT count(*) FROM pg_class WHERE relname = 'idx_process_data_wip_unique')"
}

@test "status on an empty database: everything is pending, and nothing is written" {
    factory
    keel migrate status
    exits 0
    has "$stdout" "3 of 3 pending."
    is "$(states)" "0001=pending 0002=pending 0003=pending"
    is "$(sql "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgkeel'")" 0
}

@test "S4-22..27: the revision is shown, each step on the way to the head is named, and its end" {
    factory
    keel migrate up --to 0001
    exits 0
    has "$stdout" "1 migration applied, 1 step run."
    is "$(states)" "0001=applied 0002=pending 0003=pending"
    keel migrate up
    exits 0
    is "$(grep -o '^  [0-9]*_[a-z_]*' <<< "$stdout" | uniq | tr -d '\n')" "  0002_process_data  0003_wip_unique_index"
    has "$stdout" "2 migrations applied, 3 steps run."
    is "$(states)" "0001=applied 0002=applied 0003=applied"
    is "$(wip)" "1 1"
    keel migrate up
    exits 0
    has "$stdout" "Nothing is pending."
}

@test "S4-28..32: one step back undoes just itself, is verified, and goes up again to the same schema" {
    factory
    keel migrate up
    keel migrate down
    exits 0
    has "$stdout" "1 migration taken back, 2 steps run."
    is "$(wip)" "0 0"
    is "$(states)" "0001=applied 0002=applied 0003=pending"
    keel migrate verify
    exits 0
    keel migrate up
    exits 0
    is "$(wip)" "1 1"
    keel migrate verify
    exits 0
    keel migrate down --to 0
    exits 0
    is "$(sql "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")" 0
    keel migrate down --steps 1
    exits 0
}

@test "S4-37..41: status as JSON has the time, the waits and the growth of each step" {
    factory
    keel migrate up
    keel migrate status --format json
    exits 0
    is "$(json 'sorted(k for k in d["result"]["migrations"][2]["steps"][1] if k in ("duration_ms", "lock_wait_ms", "retries", "size_change", "wal_bytes"))')" \
        "['duration_ms', 'lock_wait_ms', 'retries', 'size_change', 'wal_bytes']"
    is "$(json 'd["result"]["migrations"][1]["steps"][0]["duration_ms"] > 0')" True
}

@test "S3-100, S1-50: plan and up --dry-run read every statement and run none" {
    factory
    keel migrate plan
    exits 0
    has "$stdout" "CREATE UNIQUE INDEX CONCURRENTLY"
    has "$stdout" "down, 2 steps:"
    has "$stdout" "3 pending; nothing was run."
    keel migrate up --dry-run
    exits 0
    has "$stdout" "3 pending; nothing was run."
    is "$(sql "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgkeel'")" 0
    file 0004_typo.sql <<< $'-- pgkeel:up\nALTER TABLE lots\n  ADD COLUM closed_at timestamptz;'
    keel migrate up --dry-run
    exits 2
    has "$stdout" "0004_typo.sql:3"
    keel migrate up
    exits 2
    has "$stderr" "nothing was applied"
    is "$(sql "SELECT count(*) FROM pg_class WHERE relname = 'lots'")" 0
}

@test "S1-57: the cause of a failure is shown: a typo" {
    file 0001_a.sql <<< $'-- pgkeel:up\nCREATE TABLE a (id int);\nCREAT INDEX a_id ON a (id);'
    keel migrate up
    fails "0001_a.sql:3" 'syntax error at or near "CREAT"' "CREAT INDEX a_id ON a (id)" "^"
}

@test "S1-57: ... a name that does not exist, with the caret below it" {
    file 0001_a.sql <<< $'-- pgkeel:up\nCREATE TABLE a (id int);\nINSERT INTO a (idd) VALUES (1);'
    keel migrate up
    fails "0001_a.sql:3" 'column "idd" of relation "a" does not exist' "INSERT INTO a (idd)" "^"
    is "$(sql "SELECT count(*) FROM pg_class WHERE relname = 'a'")" 0
}

@test "S1-57, S1-52: ... an edited file, with the difference; a comment is no edit" {
    factory
    keel migrate up
    sed -i 's/^CREATE TABLE lots/-- lots of it\n&/' migrations/0001_lots.sql
    keel migrate up
    exits 0
    sed -i 's/code text NOT NULL/code varchar(20) NOT NULL/' migrations/0001_lots.sql
    keel migrate status
    exits 1
    has "$stdout" "code varchar(20)"
    keel migrate verify
    exits 1
    keel migrate up
    fails "version 0001 was applied and its file has been changed since" "code text NOT NULL" "pgkeel migrate repair 0001 --accept"
}

@test "S1-57: ... a foreign key that stands in the way" {
    factory
    keel migrate up
    file 0004_drop.sql <<< $'-- pgkeel:up\nDROP TABLE lots;'
    keel migrate up
    fails "0004_drop.sql:2" "cannot drop table lots because other objects depend on it" "process_data_lot_id_fkey"
}

@test "S1-57: ... an index that cannot be built, with some of the duplicates, and none left behind" {
    factory
    keel migrate up --to 0002
    sql "ALTER TABLE process_data ADD wip_id bigint; INSERT INTO lots (code) VALUES ('L1');
         INSERT INTO process_data (lot_id, wip_id) VALUES (1, 7), (1, 7); ALTER TABLE process_data RENAME wip_id TO old"
    sed -i 's/ADD COLUMN wip_id bigint/RENAME old TO wip_id/' migrations/0003_wip_unique_index.sql
    keel migrate up
    fails "0003_wip_unique_index.sql:3" "idx_process_data_wip_unique" "(1, 7)"
    is "$(wip)" "1 0"
    sql "DELETE FROM process_data WHERE id = 2"
    keel migrate up
    exits 0
    is "$(wip)" "1 1"
}

@test "S1-57: ... a right that the role does not have" {
    factory
    keel migrate up --to 0002
    sql "CREATE ROLE operator_$NAME LOGIN; GRANT USAGE ON SCHEMA pgkeel TO operator_$NAME;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgkeel TO operator_$NAME"
    DATABASE_URL=${DB/user=postgres/user=operator_$NAME}
    keel migrate up
    fails "must be owner of table process_data"
}

@test "S1-138: a migration that fails at start-up keeps the server from starting, and its cause is in the log" {
    file 0001_a.sql <<< $'-- pgkeel:up\nCREATE TABLE a (id int);'
    file 0002_b.sql <<< $'-- pgkeel:up\nALTER TABLE nowhere ADD b int;'
    cat > start <<'SH'
set -e
"$PGKEEL" migrate up >> server.log 2>&1
echo "listening" >> server.log
SH
    run bash start
    is "$status" 2
    has "$(cat server.log)" 'relation "nowhere" does not exist'
    has "$(cat server.log)" "0002_b.sql:2"
    [[ "$(cat server.log)" != *listening* ]]
    is "$(states)" "0001=applied 0002=pending"
    file 0002_b.sql <<< $'-- pgkeel:up\nALTER TABLE a ADD b int;'
    run bash start
    is "$status" 0
    has "$(cat server.log)" listening
}

@test "S2-1..7, S2-60: the schema is made at the first start, and the next starts change nothing" {
    factory
    local i pids=()
    for i in 1 2 3; do
        "$PGKEEL" migrate up > "out$i" 2>&1 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    is "$(cat out1 out2 out3 | grep -c '3 migrations applied')" 1
    is "$(states)" "0001=applied 0002=applied 0003=applied"
    rm -r migrations
    keel migrate up
    fails 'the folder of migrations "migrations": No such file or directory' "--dir"
}

@test "wrong usage: exit code 2, the cause, and the nearest word" {
    factory
    keel migrate stauts
    fails 'Did you mean "pgkeel migrate status"?'
    keel migrate up --lock-timout 1s
    fails 'Did you mean "--lock-timeout"?'
    keel migrate up --lock-timeout soon
    fails '"soon" is no duration for --lock-timeout' "Write 500ms"
    keel migrate up --to 0009
    fails 'there is no version "0009"'
    keel migrate status --layout gose
    fails 'no layout is called "gose"' "goose"
    keel migrate status --dir nowhere
    fails 'the folder of migrations "nowhere"'
    keel migrate down --steps 0
    fails "--steps"
    keel migrate repair 0001 --accept
    fails "--reason is missing"
    keel migrate repair 0001 --reason "no deed"
    fails "one of --accept, --done, --undone and --forget"
    is "$(sql "SELECT count(*) FROM pg_class WHERE relname = 'lots'")" 0
}

@test "a database that is not there: the cause and no password" {
    factory
    local url=postgresql://keeper:geheim@127.0.0.1:1/app command
    for command in status plan up down verify "adopt --to 0001" "repair 0001 --accept --reason r"; do
        # shellcheck disable=SC2086
        keel migrate $command --db "$url"
        fails "127.0.0.1"
        [[ "$stdout$stderr" != *geheim* ]]
        # shellcheck disable=SC2086
        keel migrate $command --db "$url" --format json
        exits 2
        is "$(json 'd["verdict"], d["findings"][-1]["check"]')" "('critical', 'command.failed')"
        [[ "$stdout$stderr" != *geheim* ]]
    done
    unset DATABASE_URL
    keel migrate status
    fails "no database given"
}

@test "JSON: one document under the published schema, for every command and outcome" {
    factory
    local words
    while read -r words; do
        # shellcheck disable=SC2086
        keel migrate $words --format json
        valid_report
        is "$(json 'd["command"]')" "migrate ${words%% *}"
        is "$(json 'd["target"].endswith("/'"$NAME"'")')" True
    done <<'WORDS'
status
plan
up --dry-run
up --to 0002
up
up
verify
down
adopt --to 0003
repair 0001 --accept --reason checked
WORDS
    sed -i 's/code text NOT NULL/code text/' migrations/0001_lots.sql
    keel migrate verify --format json
    exits 1
    valid_report
    is "$(json 'd["verdict"]')" fail
    keel migrate up --format json
    exits 2
    valid_report
    is "$(json 'd["verdict"]')" critical
}

@test "verify speaks to CI servers: SARIF, JUnit and GitHub name the drift" {
    factory
    keel migrate up
    sql "ALTER TABLE lots ADD by_hand int"
    keel migrate verify
    exits 1
    has "$stdout" "column public.lots.by_hand  was added by another hand"
    keel migrate verify --format sarif --output report.sarif
    exits 1
    python3 "$BATS_TEST_DIRNAME/read_reports.py" schema "$BATS_TEST_DIRNAME/sarif-2.1.0-subset.schema.json" report.sarif
    keel migrate verify --format junit --output report.xml
    xmllint --noout --schema "$BATS_TEST_DIRNAME/junit.xsd" report.xml
    keel migrate verify --format github
    has "$stdout" "::error title=migrate.drift"
}

@test "new: the next version in the layout of the folder" {
    keel migrate new "Add orders.paid_at!"
    exits 0
    has "$stdout" "migrations/0001_add_orders_paid_at.sql"
    has "$(cat migrations/0001_add_orders_paid_at.sql)" "-- pgkeel:down"
    keel migrate new second
    is "$stdout" "migrations/0002_second.sql"
    keel migrate new third --format json
    valid_report
    is "$(json 'd["result"]["files"]')" "['migrations/0003_third.sql']"
    keel migrate new "!!!" --format json
    valid_report
    keel migrate new "!!!"
    fails '"!!!" has no letter or digit'
    keel migrate new
    fails "wants more words"
    keel migrate new first --dir pairs --layout up-down
    exits 0
    [[ -f pairs/0001_first.up.sql && -f pairs/0001_first.down.sql ]]
    keel migrate new first --dir times --layout gooose
    fails 'no layout is called "gooose"'
}

@test "adopt: what another tool has applied is taken over, and not run again" {
    factory
    keel migrate adopt
    fails "no history of another tool is in this database"
    sql "CREATE TABLE lots (id int PRIMARY KEY); CREATE TABLE schema_migrations (version text PRIMARY KEY);
         INSERT INTO schema_migrations VALUES ('0001')"
    keel migrate adopt --dry-run
    exits 0
    has "$stdout" "1 migrations would be taken over"
    is "$(states)" "0001=pending 0002=pending 0003=pending"
    keel migrate adopt
    exits 0
    is "$(states)" "0001=applied 0002=pending 0003=pending"
    keel migrate up
    exits 0
    is "$(wip)" "1 1"
}

@test "S1-52: repair accepts an edited file with a reason, which is kept" {
    factory
    keel migrate up
    sed -i 's/code text NOT NULL/code text/' migrations/0001_lots.sql
    keel migrate repair 0001 --accept --reason "made nullable by hand" --dry-run
    exits 0
    has "$stdout" "Nothing was changed."
    keel migrate status
    exits 1
    keel migrate repair 0001 --accept --reason "made nullable by hand"
    exits 0
    has "$stdout" "Journalled."
    keel migrate status
    exits 0
    is "$(sql "SELECT kind || ': ' || reason FROM pgkeel.migration_event")" "accepted: made nullable by hand"
    keel migrate repair 0042 --forget --reason "never there"
    fails 'neither the folder nor the journal has a version "0042"'
}

# Tables as the examples take for granted, in a database of that name.
shop() {
    psql "$SERVER" -qc "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" 2> /dev/null
    DB=${SERVER/dbname=postgres/dbname=$1}
    sql "CREATE TABLE orders (id bigint PRIMARY KEY, region text); INSERT INTO orders VALUES (1), (2);
         CREATE SCHEMA shop; CREATE TABLE shop.items (id bigint PRIMARY KEY, price numeric, price_cents bigint);
         INSERT INTO shop.items VALUES (1, 1.5); CREATE TABLE tenant (db text, size bigint); INSERT INTO tenant VALUES ('globex', 1);
         CREATE SCHEMA acme; CREATE TABLE acme.orders (id bigint); CREATE SCHEMA \"Globex\"; CREATE TABLE \"Globex\".orders (id bigint)"
}

# stage LINE: what the example of a --help takes for granted.
stage() {
    cd "$BATS_TEST_TMPDIR" || return 1
    rm -rf migrations db
    shop app
    file 0041_orders.sql <<< $'-- pgkeel:up\nALTER TABLE orders ADD note text;\n-- pgkeel:down\nALTER TABLE orders DROP note;'
    file 0042_orders.sql <<< $'-- pgkeel:up\nALTER TABLE orders ADD due date;\n-- pgkeel:step\nALTER TABLE orders ADD paid date;\n-- pgkeel:down\nALTER TABLE orders DROP due;'
    mkdir -p db/migrate
    echo "SELECT 1;" > db/migrate/20260114_one.sql
    case $1 in
    *" adopt --db "*) sql "CREATE TABLE schema_migrations (version text PRIMARY KEY); INSERT INTO schema_migrations VALUES ('0041')" ;;
    *" down "* | *" verify "*)
        # shellcheck disable=SC2046
        "$PGKEEL" migrate up --db "$DB" $(grep -oE -- '--(databases|schemas) [^ ]+' <<< "$1") > /dev/null 2>&1
        ;;
    *" repair 0041 "*)
        "$PGKEEL" migrate up --db "$DB" > /dev/null
        sed -i 's/note text/note varchar/' migrations/0041_orders.sql
        ;;
    *" repair 0042 "*)
        sed -i 's/paid date/paid nothing/' migrations/0042_orders.sql
        "$PGKEEL" migrate up --db "$DB" > /dev/null 2>&1 && return 1
        true
        ;;
    esac
}

@test "the examples of every --help work as they stand" {
    SERVER=$(cat "$SERVER_FILE")
    export PGHOST PGPORT PGUSER=postgres
    PGHOST=$(sed -E 's/.*host=([^ ]*).*/\1/' <<< "$SERVER")
    PGPORT=$(sed -E 's/.*port=([^ ]*).*/\1/' <<< "$SERVER")
    export DATABASE_URL=postgresql:///app
    shop acme
    shop globex
    mkdir bin
    ln -s "$PGKEEL" bin/pgkeel
    local PATH=$PWD/bin:$PATH command line tried=0
    for command in plan up down status new verify adopt repair backfill; do
        while read -r line; do
            stage "$line"
            bash -c "$line" > out 2>&1 < /dev/null || { echo "$line"; cat out; return 1; }
            ((++tried))
        done < <(examples "migrate $command")
    done
    ((tried >= 13))
}
