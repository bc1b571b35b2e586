load lib

# One throwaway cluster for the file, one database per test.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    SERVER=$(cat "$SERVER_FILE")
    NAME=t$BATS_TEST_NUMBER
    psql "$SERVER" -qc "CREATE DATABASE $NAME"
    export DATABASE_URL=${SERVER/dbname=postgres/dbname=$NAME}
    mkdir migrations
    printf -- '-- pgkeel:up\nCREATE TABLE orders (id int, at date, note text);\nCREATE INDEX orders_note ON orders (note);\n' \
        > migrations/0001_orders.sql
    # shellcheck disable=SC2016
    printf -- '-- pgkeel:up\n%s\n%s\n-- pgkeel:down\n%s\n' 'CREATE INDEX orders_at ON orders (at); -- for the report' \
        'ALTER TABLE orders ADD PRIMARY KEY (id);' 'ALTER TABLE orders DROP CONSTRAINT orders_pkey; DROP INDEX orders_at;' \
        > migrations/0002_keys.sql
}

fill_orders() {
    keel migrate up --to 0001
    exits 0
    psql "$DATABASE_URL" -qc "INSERT INTO orders SELECT i, '2026-01-01', repeat('x', 500) FROM generate_series(1, $1) i; ANALYZE orders"
}

@test "S0-45: plan --safe shows the sequence to paste, with the names of the original" {
    fill_orders 20000
    keel migrate plan --safe
    exits 0
    golden migrate_safe.txt "$stdout"
    keel migrate plan --safe --format json
    is "$(python3 -c 'import json,sys; r = json.load(sys.stdin)["result"]; print(r["pending"], [(s["line"], s["rules"]) for s in r["safe"]])' \
        <<< "$stdout")" "1 [(2, ['L001']), (3, ['L008'])]"
}

@test "small tables are left alone, and without a database all are large" {
    fill_orders 10
    keel migrate plan --safe
    exits 0
    has "$stdout" "0 statements"
    unset DATABASE_URL
    rm migrations/0001_orders.sql
    keel migrate plan --safe
    exits 0
    has "$stdout" "2 statements"
}

@test "S0-45: --write copies the pending files only; they lint clean, apply, and go down again" {
    fill_orders 20000
    before=$(cat migrations/*.sql)
    keel migrate plan --write safer
    exits 0
    is "$(cat migrations/*.sql)" "$before"
    is "$(ls safer)" 0002_keys.sql
    golden migrate_safe_file.sql "$(cat safer/0002_keys.sql)"
    keel migrate plan --write safer
    exits 2
    has "$stderr" "Nothing is written over"
    cp safer/0002_keys.sql migrations/
    keel lint --pending --live "$DATABASE_URL"
    exits 0
    has "$stdout" "0 findings"
    keel migrate up
    exits 0
    is "$(psql "$DATABASE_URL" -qAtc "SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY indexrelid::regclass::text) FROM pg_index
        WHERE indrelid = 'orders'::regclass AND indisvalid")" "orders_at orders_note orders_pkey"
    keel migrate down
    exits 0
}

@test "what has no safe form stays a finding, and what was allowed is not touched" {
    fill_orders 20000
    printf -- '-- pgkeel:up\nALTER TABLE orders ALTER id TYPE bigint;\n-- pgkeel:allow=L001 "at night"\nCREATE INDEX i ON orders (id);\n' \
        > migrations/0002_keys.sql
    keel migrate plan --safe
    exits 1
    has "$stdout" "0 statements"
    has "$stdout$stderr" "L022"
}

@test "a statement with a variable is not written down with its value" {
    fill_orders 20000
    # shellcheck disable=SC2016
    printf -- '-- pgkeel:up\nCREATE INDEX i ON ${TABLE} (id);\n' > migrations/0002_keys.sql
    keel migrate plan --safe --var TABLE=orders
    exits 1
    has "$stdout" "0 statements"
    has "$stdout$stderr" "lint --explain L001"
}
