# Everyday words; the build itself is Meson's.
BUILD ?= build
FUZZ_SECONDS ?= 600
RULES ?=
BENCH ?=

.PHONY: all run test asan tsan bench bench-10g bench-build compare fuzz fmt help clean

all: ## build
	@scripts/install build
	@scripts/build $(BUILD)

run: ## build, then the shipped rules over the examples
	@scripts/run

test: ## every test
	@BUILD=$(BUILD) scripts/test

asan: ## every test under ASan and UBSan
	@BUILD=build-asan MESON_OPTIONS="-Db_sanitize=address,undefined -Db_lundef=false" scripts/test

tsan: ## what has threads, under TSan
	@scripts/install build test
	@scripts/build build-tsan -Db_sanitize=thread -Db_lundef=false
	@python3 tests/all.py build-tsan test_source test_engine test_threads test_store test_stream test_schedule test_later test_candidates test_live test_values test_http \
	    test_steady test_search test_service.py test_elasticsearch

bench: bench-build ## the table of docs/performance.md (RULES=PATH, BENCH="--only many --markdown")
	@tools/bench.py build-bench $(if $(RULES),--rules "$(RULES)") $(BENCH)

bench-10g: bench-build ## memory over a stream of 10 GB
	@tools/bench.py build-bench $(if $(RULES),--rules "$(RULES)") --long --only stream

compare: bench-build ## speed against the Python engine of EQL, which pip installs into build-compare
	@tools/compare_eql.py build-bench $(if $(RULES),--rules "$(RULES)")

bench-build:
	@scripts/install build
	@TARGETS="src/cli/vedette bench/gen/vedette-gen bench/load/vedette-load" scripts/build build-bench --buildtype=release -Db_lto=true

fuzz: ## every fuzz target for FUZZ_SECONDS (600), two at a time
	@scripts/install build fuzz
	@CC=clang CXX=clang++ scripts/build build-fuzz -Dfuzz=true -Dbench=false -Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link -Dcpp_args=-fsanitize=fuzzer-no-link
	@scripts/fuzz build-fuzz $(FUZZ_SECONDS)

fmt: ## format the C files that changed
	@git diff --name-only --diff-filter=d HEAD -- '*.c' '*.h' | xargs -r clang-format -i

clean: ## remove the build folders
	@rm -rf build build-asan build-tsan build-bench build-compare build-fuzz

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10
