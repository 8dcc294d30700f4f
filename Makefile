# Short names for those who work on the code. Users need only script/demo and script/test.
.POSIX:
.PHONY: help demo test build test-c test-asan test-tsan test-py test-versions fuzz soak oracle-http lint bench truth-unfix truth-real truth-rivals clean

PYTHON = .venv/bin/python
FUZZ_SECONDS = 60
SOAK_SECONDS = 600
NAME = all
PROJECTS =
ARGS =

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: ## the whole product on the example shop
	script/demo

test: ## everything that a change must pass
	script/test

build: ## compile the engine and hotclub._native for this checkout
	script/build

test-asan: ## C tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(PYTHON) script/run_tests.py c-asan

test-tsan: ## C tests under ThreadSanitizer
	$(PYTHON) script/run_tests.py c-tsan

test-py: ## the Python tests only
	$(PYTHON) script/run_tests.py python

test-versions: ## the agent's tests under every other Python that is installed
	$(PYTHON) script/run_tests.py versions

fuzz: ## every fuzz target for FUZZ_SECONDS each
	$(PYTHON) script/run_tests.py fuzz --seconds $(FUZZ_SECONDS)

soak: ## the server under everything at once, under ASan, for SOAK_SECONDS
	test -d build/asan || PATH="$$PWD/.venv/bin:$$PATH" meson setup build/asan -Dpython=false \
		-Dtests=true -Db_sanitize=address,undefined --buildtype=debug -Db_lundef=false
	PATH="$$PWD/.venv/bin:$$PATH" meson compile -C build/asan
	build/asan/tests/engine/soak $(SOAK_SECONDS)

oracle-http: ## gunicorn's corpus of requests over a socket, cut in every way
	HOTCLUB_ORACLE=full $(PYTHON) -m pytest -q tests/serve/test_gunicorn_corpus.py

lint: ## style, types, sizes, rooms, warnings of gcc and clang
	script/bootstrap lint
	$(PYTHON) script/lint.py

bench: ## benchmarks; NAME=x for one of them
	script/bootstrap bench
	$(PYTHON) -m bench $(NAME)

truth-unfix: ## eager loading of others' projects, taken out: seen, fixed? PROJECTS=… ARGS=…
	script/bootstrap test
	$(PYTHON) -m truth.unfix $(PROJECTS) $(ARGS)

truth-real: ## others' projects as they are: routes, findings judged, edits proved
	script/bootstrap test
	$(PYTHON) -m truth.real $(PROJECTS) $(ARGS)

truth-rivals: ## hotclub, zeal, nplusone and query-doctor on the same cases
	script/bootstrap test
	$(PYTHON) -m truth.rivals

clean: ## remove what was built
	rm -rf build src/hotclub/_native*.so src/hotclub/libhotclub_guard.so
