load lib

# One throwaway cluster for the file; most of lint needs none.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

# file NAME: standard input becomes a file of migrations/.
file() {
    mkdir -p migrations
    cat > "migrations/$1"
}

BLOCKS="CREATE INDEX orders_state ON orders (state);"

@test "what blocks is named with file, line, rule and the safe form; exit code 1" {
    file 0001_orders.sql <<< "-- pgkeel:up"$'\n'"ALTER TABLE orders ADD COLUMN note text;"$'\n'"$BLOCKS"
    keel lint migrations/0001_orders.sql
    exits 1
    has "$stdout" "orders"
    has "$stdout" "0001_orders.sql:3"
    has "$stdout" "CREATE INDEX CONCURRENTLY"
    has "$stdout" "2 statements"
    is "$stderr" ""
}

@test "what blocks nobody is no finding: exit code 0, also of a table that the same run makes" {
    file 0001_orders.sql <<'SQL'
-- pgkeel:up
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL);
CREATE INDEX orders_state ON orders (state);
-- pgkeel:down
DROP TABLE orders;
SQL
    keel lint migrations/0001_orders.sql
    exits 0
    keel lint
    exits 0
    has "$stdout" "2 statements"
}

@test "S1-50: a typo is found before any database sees it, with its place" {
    file 0001_a.sql <<< $'-- pgkeel:up\nCREATE TABLE a (id bigint PRIMARY KEY);\nCREATE INDEX a_id\n  OM a (id);'
    keel lint
    exits 1
    has "$stdout" 'syntax error at or near "OM"'
    has "$stdout" "0001_a.sql:4:3"
    keel lint --server 17
    exits 0
    keel lint --format json
    is "$(json '[(f["check"], f["severity"], f["line"], f["column"]) for f in d["findings"]]')" "[('lint.syntax', 'error', 4, 3)]"
    file 0001_a.sql <<< $'-- pgkeel:up\nCREATE TABLE a (note text DEFAULT \'open end);'
    keel lint
    fails "0001_a.sql:2"
}

@test "every format holds the same findings, and each is valid" {
    file 0001_orders.sql <<< "-- pgkeel:up"$'\n'"ALTER TABLE orders ADD COLUMN note json;"$'\n'"$BLOCKS"$'\n'"DROP TABLE old;"
    keel lint -v
    local code=$status format file
    printf '%s\n' "$stdout" > report.txt
    for format in json junit sarif github; do
        file=report.$format
        [[ $format == junit ]] && file=report.xml
        keel lint -v --format $format --output $file
        exits "$code"
        is "$stdout" "$(cat report.txt)"
        keel lint -v --format $format
        exits "$code"
    done
    (($(python3 "$BATS_TEST_DIRNAME/read_reports.py" same .) >= 2))
    python3 "$BATS_TEST_DIRNAME/read_reports.py" schema "$BATS_TEST_DIRNAME/../../docs/reference/report.schema.json" report.json
    python3 "$BATS_TEST_DIRNAME/read_reports.py" schema "$BATS_TEST_DIRNAME/sarif-2.1.0-subset.schema.json" report.sarif
    xmllint --noout --schema "$BATS_TEST_DIRNAME/junit.xsd" report.xml
    has "$(cat report.github)" "::error file=migrations/0001_orders.sql,line=3,"
    is "$(python3 "$BATS_TEST_DIRNAME/read_reports.py" value report.sarif \
        '{r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in d["runs"][0]["results"]}')" \
        "{'migrations/0001_orders.sql'}"
}

@test "--list and --explain need no file and no database; an unknown rule names the nearest" {
    keel lint --list
    exits 0
    local id count=0
    for id in $(grep -oE '^L[0-9]+' <<< "$stdout"); do
        keel lint --explain "$id"
        exits 0
        has "$stdout" $'\nFound:\n'
        has "$stdout" $'\nInstead:\n'
        ((++count))
    done
    ((count >= 60))
    keel lint --list --format json
    valid_report
    is "$(json 'len(d["result"]["rules"])')" "$count"
    keel lint --explain fk-not-validated --format json
    is "$(json 'd["result"]["rule"]')" L012
    keel lint --explain fk-not-valid
    fails 'there is no rule "fk-not-valid"' 'Did you mean "fk-not-validated"?'
    keel lint --only L0l2
    fails 'there is no rule "L0l2"' "Did you mean"
}

@test "--only and --skip choose rules by id and by name" {
    file 0001_orders.sql <<< "-- pgkeel:up"$'\n'"ALTER TABLE orders ADD COLUMN note json;"$'\n'"$BLOCKS"
    keel lint --format json
    local all
    all=$(json '" ".join(sorted({f["check"] for f in d["findings"]}))')
    local first=${all%% *}
    keel lint --only "$first" --format json
    is "$(json '{f["check"] for f in d["findings"]}')" "{'$first'}"
    keel lint --skip "${all// /,}" --format json
    exits 0
    is "$(json 'd["findings"]')" "[]"
}

@test "a finding that was looked at is suppressed with a reason; a suppression without one, or past its day, is a finding" {
    local name
    file 0001_orders.sql <<< "-- pgkeel:up"$'\n'"$BLOCKS"
    keel lint --format json
    exits 1
    name=$(json 'd["findings"][0]["check"]')
    file 0001_orders.sql <<< "-- pgkeel:up"$'\n'"-- pgkeel:allow=$name \"forty rows\""$'\n'"$BLOCKS"
    keel lint --only "$name"
    exits 0
    file 0001_orders.sql <<< "-- pgkeel:up"$'\n'"-- pgkeel:allow=$name"$'\n'"$BLOCKS"
    keel lint --only "$name"
    exits 1
    has "$stdout" "suppressed without a reason"
    file 0001_orders.sql <<< "-- pgkeel:up"$'\n'"-- pgkeel:allow=$name \"for now\" until=2020-01-01"$'\n'"$BLOCKS"
    keel lint --only "$name"
    exits 1
    has "$stdout" "ended on 2020-01-01"
    file 0001_orders.sql <<< "-- pgkeel:up"$'\n'"-- pgkeel:allow=index-not-concurent \"for now\""$'\n'"SELECT 1;"
    keel lint
    has "$stdout" 'there is no rule "index-not-concurent"'
}

@test "--pending --live: only what is not applied, judged by the tables as they are" {
    fresh_database
    sql "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text);
         CREATE TABLE archive (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text, filler text);
         INSERT INTO orders (state) VALUES ('open');
         INSERT INTO archive (state, filler) SELECT 'paid', repeat('x', 300) FROM generate_series(1, 40000); ANALYZE"
    file 0001_applied.sql <<< $'-- pgkeel:up\nALTER TABLE orders ADD note text;\nDROP TABLE IF EXISTS nothing;'
    keel migrate up
    exits 0
    file 0002_small.sql <<< "-- pgkeel:up"$'\n'"$BLOCKS"
    keel lint --pending --live "$DB"
    exits 0
    [[ "$stdout" != *0001_applied* ]]
    has "$stdout" "1 statements"
    file 0003_large.sql <<< $'-- pgkeel:up\nCREATE INDEX archive_state ON archive (state);'
    keel lint --pending --live "$DB"
    exits 1
    has "$stdout" "0003_large.sql:2"
    has "$stdout" "40000 rows"
    keel lint --pending --live "$DB" --format json
    valid_report
    is "$(json 'd["target"].endswith("/'"$NAME"'"), d["result"]["statements"]')" "(True, 2)"
    is "$(json '{f["file"].split("/")[-1] for f in d["findings"] if f["severity"] == "error"}')" "{'0003_large.sql'}"
    keel migrate up
    exits 0
    keel lint --pending --live "$DB"
    exits 0
    has "$stdout" "0 statements"
}

@test "wrong usage: exit code 2, the cause, and the nearest word" {
    keel lint
    fails 'the folder of migrations "migrations"' "No such file or directory"
    keel lint nowhere.sql
    fails "nowhere.sql: No such file or directory"
    file 0001_a.sql <<< "SELECT 1;"
    keel lint --expain L012
    fails 'Did you mean "--explain"?'
    keel lint --format sariff
    fails 'Did you mean "sarif"?'
    keel lint --server nine
    fails "--server"
    keel lint --live postgresql://keeper:geheim@127.0.0.1:1/app
    fails 127.0.0.1
    [[ "$stdout$stderr" != *geheim* ]]
    unset DATABASE_URL
    keel lint --pending
    fails "no database given"
}

@test "the examples of --help work as they stand" {
    fresh_database app
    export PGHOST PGPORT PGUSER=postgres
    PGHOST=$(sed -E 's/.*host=([^ ]*).*/\1/' <<< "$SERVER")
    PGPORT=$(sed -E 's/.*port=([^ ]*).*/\1/' <<< "$SERVER")
    sql "CREATE TABLE orders (id bigint PRIMARY KEY, state text)"
    file 0042_orders.sql <<< $'-- pgkeel:up\nALTER TABLE orders ADD COLUMN note text;\n-- pgkeel:down\nALTER TABLE orders DROP COLUMN note;'
    mkdir bin
    ln -s "$PGKEEL" bin/pgkeel
    local PATH=$PWD/bin:$PATH line tried=0
    while read -r line; do
        bash -c "$line" > out 2>&1 < /dev/null || { echo "$line"; cat out; return 1; }
        ((++tried))
    done < <(examples lint)
    ((tried >= 3))
}
