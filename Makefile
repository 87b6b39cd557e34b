# One command each for everything a developer does; continuous integration calls the same.
# All paths are relative, so that a checkout may lie under a path with spaces.

.DEFAULT_GOAL := help
# The steps of one target depend on each other; tests spread over the cores by themselves.
.NOTPARALLEL:

# Which Python makes the environment: by default the first suitable one that is found.
export PYTHON
# More arguments for the command of a target: make run ARGS="--seeds 100", make test ARGS="-k atlas"
ARGS ?=
# Processes that run tests side by side.
N_WORKERS ?= 2

BIN := .venv/bin
PY := $(BIN)/python
PYTEST := $(PY) -m pytest -n $(N_WORKERS)

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

.PHONY: env
env: ## make, update or repair the environment .venv
	@sh tools/with_python.sh tools/setup_env.py

.PHONY: run
run: env ## map the spirals with 2,048 networks: verdict and report
	$(BIN)/learnscope sweep spirals_bigger --named map --report $(ARGS)

.PHONY: test
test: env ## run the tests
	$(PYTEST) $(ARGS)

.PHONY: check
check: lint types docs test ## format check, lint, strict types, docs, tests: all that must pass

.PHONY: lint
lint: env ## check the format and the style, change nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: env ## check the types of source, tests and tools
	$(PY) -m mypy

.PHONY: format
format: env ## format all files and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: browser
browser: ## install the browser that the browser tests drive
	@sh tools/with_python.sh tools/setup_browser.py

.PHONY: bench
bench: env ## measure the speed, beside other libraries, which it installs
	@$(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		'learnscope[bench]' || echo 'bench: goes on without what could not be installed' >&2
	$(PY) -m benchmarks $(ARGS)

.PHONY: study
study: env ## run the long numerical studies
	$(PYTEST) -m study --timeout 0 $(ARGS)

.PHONY: catalogue
catalogue: env ## hold every experiment of the catalogue against its expected outcomes
	$(BIN)/learnscope check --all --progress none $(ARGS)

.PHONY: pages
pages: env ## write the pictures and the generated pages of the docs anew
	$(PY) tools/make_pictures.py
	$(PY) tools/make_settings_page.py
	$(PY) tools/make_catalogue_page.py

.PHONY: docs
docs: env ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict $(ARGS)

.PHONY: clean
clean: ## remove caches and built files; keeps .venv/ and runs/
	rm -rf build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## remove the environment too
	rm -rf .venv
