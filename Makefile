# Thin on purpose: Meson and Ninja do the work, tools/ holds what is longer than a line.
BUILD ?= build
MESON = tools/configure

.PHONY: all setup demo test asan tsan tidy fmt bench docs check install clean

all: setup
	@$(MESON) $(BUILD)
	@ninja -C $(BUILD) pgkeel

setup:
	@tools/setup

demo: all
	@$(BUILD)/pgkeel demo

test: setup
	@tools/run-tests $(BUILD)-test -Dfaults=true

asan: setup
	@tools/run-tests $(BUILD)-asan -Dfaults=true --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false

tsan: setup
	@tools/run-tests $(BUILD)-tsan --suite=unit --suite=pg --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false

tidy:
	@tools/tidy $(BUILD)-tidy

fmt:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

bench: all
	@set -e; for run in bench/*/run*; do $$run $(BUILD)/pgkeel; done

docs: all
	@$(BUILD)/pgkeel help --format md --output docs/reference/commands.md
	@$(BUILD)/pgkeel help --format man --output man/pgkeel.1
	@$(BUILD)/pgkeel help checks --format md --output docs/reference/checks.md
	@$(BUILD)/pgkeel help lint-rules --format md --output docs/reference/lint-rules.md

check: all
	@tools/check-layers $(BUILD)
	@tools/check-docs $(BUILD)/pgkeel

install: all
	@meson install -C $(BUILD)

clean:
	@rm -rf $(BUILD) $(BUILD)-test $(BUILD)-asan $(BUILD)-tsan $(BUILD)-tidy $(BUILD)-fuzz $(BUILD)-ci
