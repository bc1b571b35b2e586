load lib

commands() {
    "$PGKEEL" help --format md | sed -n 's/^## pgkeel //p'
}

@test "help lists the commands" {
    keel help
    exits 0
    golden help.txt "$stdout"
    is "$stderr" ""
}

@test "--help is help" {
    keel help
    local help=$stdout
    keel --help
    exits 0
    is "$stdout" "$help"
}

@test "no arguments: help on stderr, exit code 2" {
    keel
    exits 2
    is "$stdout" ""
    has "$stderr" "Usage: pgkeel COMMAND"
}

@test "every command has help with usage, common options and an example" {
    while read -r command; do
        # shellcheck disable=SC2086
        keel $command --help
        exits 0
        has "$stdout" "Usage: pgkeel $command"
        has "$stdout" "Common options:"
        has "$stdout" $'Examples:\n  pgkeel '
        local by_option=$stdout
        # shellcheck disable=SC2086
        keel help $command
        is "$stdout" "$by_option"
    done < <(commands)
}

@test "every group has help with an example" {
    for group in $(commands | sed -n 's/ .*//p' | sort -u); do
        keel "$group" --help
        exits 0
        has "$stdout" $'Examples:\n  pgkeel '
        keel "$group"
        exits 2
        is "$stdout" ""
    done
}

@test "help of one command" {
    keel help version
    golden help_version.txt "$stdout"
}

@test "an unknown command names the nearest" {
    keel versoin
    exits 2
    is "$stdout" ""
    has "$stderr" 'unknown command "versoin"'
    has "$stderr" 'Did you mean "pgkeel version"?'
}

@test "help of an unknown command names the nearest" {
    keel help versoin
    exits 2
    has "$stderr" 'Did you mean "pgkeel version"?'
}

@test "an unknown option names the nearest" {
    keel version --fromat json
    exits 2
    has "$stderr" 'Did you mean "--format"?'
}

@test "a wrong choice names what there is" {
    keel version --format xml
    exits 2
    has "$stderr" "It knows text, json."
}

@test "an option in front of the command is explained" {
    keel --quiet version
    exits 2
    has "$stderr" "pgkeel COMMAND --quiet"
}

@test "a word too many is refused with the usage" {
    keel version again
    exits 2
    has "$stderr" "usage: pgkeel version"
}

@test "version as text" {
    keel version
    exits 0
    golden version.txt "$stdout"
    local text=$stdout
    keel --version
    exits 0
    is "$stdout" "$text"
}

@test "version as JSON: the envelope, nothing else" {
    keel version --format json
    exits 0
    golden version.json "$stdout"
    is "$stderr" ""
}

@test "a place that cannot be written is found before the work" {
    keel version --format json --output /nowhere/x
    exits 2
    has "$stderr" 'cannot write "/nowhere/x"'
}

@test "--output writes a file, and shortens a longer one" {
    printf 'a long old report\n%.0s' {1..100} > report
    keel version --output report
    exits 0
    is "$stdout" ""
    keel version
    is "$(cat report)" "$stdout"
}

@test "a full disk is an error" {
    [[ -w /dev/full ]] || skip "no /dev/full"
    status=0
    "$PGKEEL" version > /dev/full 2> err || status=$?
    is "$status" 2
    has "$(cat err)" "cannot write the result"
}

@test "a closed pipe does not kill" {
    run bash -o pipefail -c '"$PGKEEL" help --format md | true; echo "${PIPESTATUS[0]}"'
    [[ "$output" == *0 || "$output" == *2 ]]
}
