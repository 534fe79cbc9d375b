# For a machine with gcc, make and python3: everything else comes into .venv, what is built into build/.
#   make        the library, the command line, and the Python package in .venv
#   make demo   the pilot, from training to scores in C            make test   all tests
#   make programs  20,000 random programs in C against Python
#   make bench  the measurements                                  make lint   layout and style
#   make clean  removes what was built;  .venv stays until `make distclean`
PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
BUILD := build/release
export PATH := $(CURDIR)/$(BIN):$(PATH)

PACKAGE := $(shell find include src cli cmake python -type f -not -name '*.pyc') CMakeLists.txt pyproject.toml

.PHONY: all native demo test programs bench lint clean distclean
all: native .venv/package

.venv/requirements: requirements.txt
	@echo "== a virtual environment in .venv, with the packages of requirements.txt (some minutes, once)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/bench: requirements-bench.txt .venv/requirements
	@echo "== what the measurements compare with"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

# Without it, where the package index cannot be reached, the tests of functions that others wrote are skipped, and say so.
.venv-others/requirements: tests/others/requirements.txt
	@echo "== functions that others wrote, with the packages that they need, in .venv-others (some 200 MB to load, once)"
	-$(PYTHON) -m venv .venv-others && .venv-others/bin/python -m pip install --quiet --disable-pip-version-check --retries 1 -r $< && touch $@

$(BUILD)/CMakeCache.txt: CMakePresets.json | .venv/requirements
	@echo "== configuring the C library in $(BUILD)"
	$(BIN)/cmake --preset release

native: $(BUILD)/CMakeCache.txt
	@echo "== building the C library, the command line and the C tests in $(BUILD)"
	$(BIN)/cmake --build $(BUILD) --parallel $(JOBS)

.venv/package: .venv/requirements $(PACKAGE)
	@echo "== building the Python package and installing it into .venv"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall .
	@touch $@

demo: all
	$(BIN)/python examples/pilot/demo.py --kowari $(BUILD)/kowari --library $(BUILD)/libkowari.so --out build/demo
	$(BIN)/python examples/tflite/demo.py $(BUILD)/examples/three_models

# Both runners run, whatever the first one finds.
test: all .venv-others/requirements
	@echo "== C tests"; $(BIN)/ctest --test-dir $(BUILD) --output-on-failure; status=$$?; \
	echo "== Python tests"; $(BIN)/python -m pytest tests && exit $$status

# 20,000 random Python programs, some 40 minutes; FIRST=SEED and COUNT=N choose others.
FIRST ?= 0
COUNT ?= 20000
programs: all
	$(BIN)/python tests/random/random_programs.py --first $(FIRST) --count $(COUNT)

bench: all .venv/bench
	$(BIN)/python bench/run.py

lint: .venv/requirements
	$(BIN)/ruff check --output-format concise .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/clang-format --dry-run --Werror $(shell find include src cli tests fuzz bench examples -name '*.[ch]' 2>/dev/null)

clean:
	rm -rf build .venv/package

distclean: clean
	rm -rf .venv .venv-others
