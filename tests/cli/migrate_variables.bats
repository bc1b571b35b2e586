#!/usr/bin/env bats
# Variables of migrations: from pgkeel.yaml, the environment and the command line.
# shellcheck disable=SC2016 # what stands in files is not the shell's

load lib

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    DB=$(cat "$SERVER_FILE")
    mkdir migrations
    unset TENANT REGION
}

# pending: what up would run, as it would be run: the name of the table that is not there.
pending() {
    keel migrate up --db "$DB" "$@"
    [[ $status -eq 2 ]]
    table=$(grep -o 'relation "[a-z_]*"' <<< "$stderr" | head -n 1)
}

@test "--var goes before --env, and both before pgkeel.yaml" {
    printf 'ALTER TABLE t_${TENANT} ADD COLUMN v int;\n' > migrations/1_a.sql
    printf 'migrate:\n  variables: {TENANT: configured}\n' > pgkeel.yaml
    pending
    is "$table" 'relation "t_configured"'
    TENANT=outside pending --env TENANT
    is "$table" 'relation "t_outside"'
    TENANT=outside pending --env TENANT --var TENANT=given
    is "$table" 'relation "t_given"'
    printf 'migrate:\n  variables: [TENANT]\n' > pgkeel.yaml
    TENANT=listed pending
    is "$table" 'relation "t_listed"'
}

@test "a variable that is named and not set stops with file, line and caret" {
    printf 'SELECT 1;\nSELECT\n  ${TENANT};\n' > migrations/1_a.sql
    keel migrate up --db "$DB" --env TENANT
    exits 2
    has "$stderr" 'migrations/1_a.sql:3: variable "TENANT" is not set'
    has "$stderr" '      ${TENANT}
      ^'
    keel migrate up --db "$DB" --var TENANT
    exits 2
    has "$stderr" '"TENANT" is not NAME=VALUE'
    keel migrate up --db "$DB" --var 1=2
    exits 2
    has "$stderr" '"1" is no name of a variable'
}

@test "plan warns of what is not named, and shows no value; lint reads with values" {
    printf "CREATE TABLE q (v text DEFAULT '\${SECRET} \${OTHER}');\n" > migrations/1_a.sql
    keel migrate plan --db "$DB" --var SECRET=hush
    exits 0
    has "$stdout" '${OTHER} is run as it stands: no variable of that name is named'
    has "$stdout" '${SECRET}'
    [[ $stdout$stderr != *hush* ]]
    printf 'CREATE TABLE ${NAME} (v int);\n' > migrations/1_a.sql
    keel lint
    exits 1
    has "$stdout" 'syntax error at or near "$"'
    has "$stdout" 'A variable? Name it: --env NAME, or --var NAME=VALUE.'
    keel lint --var NAME=q
    has "$stdout" 'no primary key'
}
