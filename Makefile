# Everyday words; the build itself is Meson's.
BUILD ?= build
FUZZ_SECONDS ?= 600
BENCH_SIZE ?= 256M
BENCH_EVENTS = $(BUILD)/bench-$(BENCH_SIZE).ndjson

.PHONY: all run test asan bench fuzz fmt help clean

all: ## build
	@scripts/install build
	@scripts/build $(BUILD)

run: ## build, then the shipped rules over the examples
	@scripts/run

test: ## every test
	@BUILD=$(BUILD) scripts/test

asan: ## every test under ASan and UBSan
	@BUILD=build-asan MESON_OPTIONS="-Db_sanitize=address,undefined -Db_lundef=false" scripts/test

bench: all ## how fast the rules run over BENCH_SIZE (256M) of made-up events
	@[ -s $(BENCH_EVENTS) ] || { $(BUILD)/bench/gen/vedette-gen --size $(BENCH_SIZE) --attacks 70 -o $(BENCH_EVENTS).part && \
		mv $(BENCH_EVENTS).part $(BENCH_EVENTS); }
	@$(BUILD)/src/cli/vedette bench -r rules -r bench/rules $(BENCH_EVENTS)

fuzz: ## every fuzz target for FUZZ_SECONDS (600), two at a time
	@scripts/install build fuzz
	@CC=clang CXX=clang++ scripts/build build-fuzz -Dfuzz=true -Dbench=false -Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link -Dcpp_args=-fsanitize=fuzzer-no-link
	@scripts/fuzz build-fuzz $(FUZZ_SECONDS)

fmt: ## format the C files that changed
	@git diff --name-only --diff-filter=d HEAD -- '*.c' '*.h' | xargs -r clang-format -i

clean: ## remove the build folders
	@rm -rf build build-asan build-fuzz

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10
