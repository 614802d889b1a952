# make            the targets
# Everything below works from a fresh clone with Python >= 3.11, make and a package index.

PYTHON ?= python3
PYTHONS ?= python3.11 python3.12 python3.13
VENV   := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
BENCH := .bench/python/Scripts
else
BIN := $(VENV)/bin
BENCH := .bench/python/bin
endif
LOWEST := import tomllib; print(*(line.replace(">=", "==") for line in \
	tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"] if ">=" in line), sep="\n")
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run test check format test-console test-wine test-versions test-minimum test-real torture coverage mutation \
	bench bench-quick reference docs pictures man hooks audit dist test-dist clean

help:  ## show this
	@awk '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*##/ { split($$0, part, ":.*## "); printf "  make %-14s %s\n", part[1], part[2] }' $(MAKEFILE_LIST)

##@ First (each makes .venv by itself)

run: $(VENV)/installed  ## install parl and run the lesson's demonstration
	@$(BIN)/parl compile

test: $(VENV)/tested  ## run the tests (under three minutes); some: make test PYTEST="-k timer"
	$(BIN)/python -m pytest --numprocesses 2 $(PYTEST)

check: $(VENV)/checked  ## ruff, mypy for three systems, pyright, import-linter, the files for GitHub
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --platform linux
	$(BIN)/mypy --platform darwin
	$(BIN)/mypy --platform win32
	$(BIN)/mypy -p tools -p benchmarks
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pyright --verifytypes parl --ignoreexternal > $(VENV)/types || { cat $(VENV)/types; exit 1; }
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml

format: $(VENV)/checked  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

hooks: $(VENV)/checked  ## have git format and check each commit
	$(PIP) install --group hooks
	$(BIN)/pre-commit install

##@ The manual

docs: $(VENV)/installed  ## build it: build/site/index.html
	$(PIP) install --group docs
	$(BIN)/mkdocs build --strict

reference: $(VENV)/installed  ## write what the manual and the README take from the code anew
	$(BIN)/python -m tools.reference

man: $(VENV)/installed  ## write the man pages anew, from the commands: man/
	$(BIN)/python -m tools.man_pages

pictures: $(VENV)/tested  ## record real sessions as docs/pictures/*.svg (needs bash, cc, git); LOOK at them before you commit
	$(BIN)/python -m tools.pictures $(PICTURES)

##@ More tests

test-console: $(VENV)/tested  ## on Windows: press keys on this console
	$(BIN)/python -m pytest -m console $(PYTEST)

test-wine: $(VENV)/tested  ## the tests on real Windows Python, under Wine (Debian and its like; as root the first time)
	$(BIN)/python -m tools.wine_lane $(WINE_LANE) $(PYTEST)

test-versions:  ## the tests on each of PYTHONS
	@for python in $(PYTHONS); do $(MAKE) test PYTHON=$$python VENV=.venv-$$python || exit; done

test-minimum: $(VENV)/installed  ## the tests with the oldest click, prompt_toolkit and psutil that parl takes
	$(PYTHON) -m venv .venv-minimum
	$(BIN)/python -c '$(LOWEST)' > .venv-minimum/lowest.txt
	.venv-minimum/$(notdir $(BIN))/python -m pip --quiet install --upgrade "pip>=25.1"
	.venv-minimum/$(notdir $(BIN))/python -m pip --quiet install --editable . --group test --constraint .venv-minimum/lowest.txt
	.venv-minimum/$(notdir $(BIN))/python -m pytest --numprocesses 2 $(PYTEST)

test-real: $(VENV)/tested  ## build a real source distribution bare and under parl, abort it, compare
	$(PIP) install --group real
	$(BIN)/python -m pytest -m real --timeout 900 $(PYTEST)

torture: $(VENV)/tested  ## thousands of random runs: keys, trees of processes, timers, compilations, jobs (twenty minutes)
	$(BIN)/python -m pytest -m torture --numprocesses 2 --timeout 600 $(PYTEST)

coverage: $(VENV)/tested  ## which branches the tests take, here and in the Windows lane; 95 % or it fails (twenty minutes)
	$(PIP) install --group coverage
	$(BIN)/python -m tools.measure $(PYTEST)

mutation: $(VENV)/tested  ## change the core in five thousand ways, one at a time, and see whether its tests notice
	$(PIP) install --group mutation
	rm -rf mutants
	$(BIN)/mutmut run --max-children 2 $(MUTANTS)
	$(BIN)/python -m tools.mutation

##@ Figures

bench:  ## measure parl beside its peers (40 minutes): docs/benchmarks.md
	$(PYTHON) -m benchmarks.set_up
	$(BENCH)/python -m benchmarks --folder docs $(PARTS)

bench-quick:  ## the same in two minutes, with fewer runs: .bench/quick/benchmarks.md
	$(PYTHON) -m benchmarks.set_up
	$(BENCH)/python -m benchmarks --quick --folder .bench/quick

##@ To publish

dist: $(VENV)/installed  ## build the wheel and the sdist, and look what is in them
	$(PIP) install --group dist
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	$(BIN)/python -m tools.distribution

test-dist: dist  ## unpack the sdist, and run the tests in it
	rm -rf .sdist
	mkdir .sdist
	tar -xzf dist/*.tar.gz -C .sdist --strip-components 1
	$(MAKE) -C .sdist test PYTHON=$(PYTHON)

audit: $(VENV)/installed  ## is anything known against what parl depends on?
	$(PIP) install --group audit
	$(BIN)/pip-audit --strict .

clean:  ## remove what was made
	rm -rf $(VENV) .venv-* .sdist .wine-lane .bench build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache .coverage* mutants

# Stamps: a second call installs nothing.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("parl needs Python 3.11 or newer; say which: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade "pip>=25.1"
	$(PIP) install --editable .
	@touch $@

$(VENV)/tested: $(VENV)/installed
	$(PIP) install --group test
	@touch $@

$(VENV)/checked: $(VENV)/tested
	$(PIP) install --group check
	@touch $@
