#!/usr/bin/env bats
# tools/apply-folder: any folder of migrations, up and down, and what is left of it.

load lib

apply() {
    status=0
    stdout=$("$BATS_TEST_DIRNAME/../../tools/apply-folder" --pgkeel "$PGKEEL" "$@" 2>&1) || status=$?
}

@test "folders of several layouts go up and down, and leave nothing" {
    apply --var TENANT=acme "$BATS_TEST_DIRNAME"/../layouts/{own,goose,diesel,prisma}
    exits 0
    has "$stdout" "own: layout pgkeel
  up: 4 of 4 migrations, 7 steps
  objects: 3 constraint, 1 function, 3 index, 2 table, 1 trigger, 1 type, 1 view
  down: 4 of 4 taken back, 0 failed, 0 without a way down; left: nothing"
    has "$stdout" "goose: layout goose
  up: 5 of 5 migrations, 6 steps"
    has "$stdout" "diesel: layout diesel
  up: 5 of 5 migrations, 6 steps"
    has "$stdout" "prisma: layout prisma
  up: 5 of 5 migrations, 5 steps
  objects: 3 constraint, 1 function, 3 index, 2 table, 1 trigger, 1 type, 1 view
  down: there is no way down"
}

@test "what a way down leaves is named, and what fails by its place" {
    mkdir leaves fails
    printf -- '-- pgkeel:up\nCREATE TABLE a (v int);\nCREATE TYPE e AS ENUM ();\n-- pgkeel:down\nDROP TABLE a;\n' > leaves/1_a.sql
    printf -- '-- pgkeel:up\nCREATE TABLE a (v int);\n-- pgkeel:down\nDROP TABLE a;\n' > fails/1_a.sql
    printf -- '-- pgkeel:up\nCREATE TABLE b (v int);\n-- pgkeel:down\nDROP TABLE c;\n' > fails/2_b.sql
    apply leaves
    exits 1
    has "$stdout" "  down: 1 of 1 taken back, 0 failed, 0 without a way down; left: 1 type
    type public.e"
    apply fails
    exits 1
    has "$stdout" '  down: stopped at 2
    fails/2_b.sql:4: table "c" does not exist'
    apply --keep-going fails
    exits 1
    has "$stdout" "  down: 1 of 2 taken back, 1 failed, 0 without a way down; left: 1 table
    table public.b"
    printf -- 'CREATE TABLE c (v int);\nCREATE TABLE c (v int);\n' > fails/2_b.sql
    apply fails
    exits 1
    has "$stdout" "  up: 1 of 2 migrations, 1 steps
  up: failed
    fails/2_b.sql:2: relation \"c\" already exists"
}
