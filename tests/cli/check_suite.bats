load lib

# One throwaway cluster for the file, one database per test.
setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    fresh_database
    sql "CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, tier text CHECK (tier IN ('free', 'pro')));
         CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE);
         CREATE INDEX ON orders (user_id)"
}

@test "S3-45: a suite is written, read back, and finds nothing; a column that is gone is critical" {
    keel check --init checks/app.yaml
    exits 0
    has "$stdout" "wrote checks/app.yaml: 2 tables, 5 columns, 3 keys, 1 foreign keys, 1 indexes, 1 constraints"
    has "$(cat checks/app.yaml)" "      - {columns: user_id, references: users(id), on_delete: cascade}"
    has "$(cat checks/app.yaml)" "      tier: [free, pro]"
    keel check --strict
    exits 0
    has "$stdout" "schema.table_missing"
    sql "ALTER TABLE users DROP COLUMN tier"
    keel check
    exits 2
    has "$stdout" "the column does not exist"
}

@test "a suite that exists is replaced only with --yes" {
    mkdir checks
    echo "tables: [mine]" > checks/schema.yaml
    keel check --init
    exits 2
    has "$stderr" '"checks/schema.yaml" exists'
    has "$stderr" "say --yes to replace it"
    is "$(cat checks/schema.yaml)" "tables: [mine]"
    keel check --init --yes
    exits 0
    has "$(cat checks/schema.yaml)" "  orders:"
    is "$(ls -A checks)" "schema.yaml"
}

@test "only the tables that are named, and the numbers as JSON" {
    keel check --init only.yaml --table orders --format json
    exits 0
    has "$stdout" '"tables":1'
    [[ "$(cat only.yaml)" != *"email"* ]]
    keel check --init other.yaml --table ordres
    exits 2
    has "$stderr" 'there is no table "ordres"'
    [[ ! -e other.yaml ]]
}

@test "a folder that cannot be written is named" {
    touch folder
    keel check --init folder/app.yaml
    exits 2
    has "$stderr" "folder/app.yaml"
}

@test "a word without --init is not taken for anything" {
    keel check users
    exits 2
    has "$stderr" '"users" is not expected'
}

@test "a mistake in a suite is named with its place and the nearest word" {
    mkdir checks
    printf 'tables:\n  users:\n    colums: [id]\n' > checks/app.yaml
    keel check
    exits 2
    has "$stderr" 'checks/app.yaml:3:5: unknown key "colums" in table "users"'
    has "$stderr" 'Did you mean "columns"?'
}

@test "a rule is a check: chosen by its id, failed by its rows, exit code by its severity" {
    mkdir checks
    printf 'rules:\n  emails_have_an_at:\n    severity: critical\n    sql: SELECT id, email FROM users WHERE email NOT LIKE %s\n' \
        "'%@%'" > checks/app.yaml
    printf "    message: '{count} users have no address, the first is {email}'\n" >> checks/app.yaml
    keel check --only business.emails_have_an_at
    exits 0
    sql "INSERT INTO users (email) VALUES ('a@b'), ('c')"
    keel check --only business.emails_have_an_at
    exits 2
    has "$stdout" "1 users have no address, the first is c"
    keel check --only business.emails_have_an_at --format json
    has "$stdout" '"file": "checks/app.yaml"'
}
