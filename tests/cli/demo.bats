#!/usr/bin/env bats
# The demo from end to end, on a small file: it checks its own accounting, verification and undo.

load lib

@test "demo tells the whole story and leaves nothing behind" {
    TMPDIR=$(mktemp -d)
    export TMPDIR
    chmod 755 "$TMPDIR" # started as root, the cluster's own user must get through
    keel demo --exploits 2000 --quiet
    left=$(ls -A "$TMPDIR")
    rm -rf "$TMPDIR"
    echo "$stdout$stderr"
    [[ $status -eq 0 ]]
    [[ $stdout == *"1. Plan"* ]]
    [[ $stdout == *"rows compared value by value: 0 differences"* ]]
    [[ $stdout == *"the 1000 exploits that were there before are there still"* ]]
    [[ -z $left ]]
}
