# What people type. `make course` sets everything up; `make test` proves it.
VENV ?= .venv
PYTHON = $(VENV)/bin/python
PIP_FLAGS ?= -q --disable-pip-version-check
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help course install exercises sample test lint bank coverage proof speed constraints clean

help:  ## What there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/'

course: install exercises book sample  ## Install, build the book, make the exercises, grade the sample class
	@$(PYTHON) scripts/where.py

install: $(VENV)/.complete  ## The virtual environment and the system's packages

$(VENV)/.complete: pyproject.toml constraints.txt
	@scripts/system.sh
	@scripts/python.sh -m venv $(VENV)
	$(PYTHON) -m pip install $(PIP_FLAGS) -c constraints.txt -e '.[all]'
	@touch $@

include book/book.mk

book serve pdf offline publish: install
_build/html/.complete: $(VENV)/.complete

exercises: install  ## The released notebooks, from solutions/ (nothing to do where they are current)
	@$(VENV)/bin/autograder release --check 2>/dev/null || $(VENV)/bin/autograder release

sample: install  ## Grade the sample class of tests/bank into _build/sample
	@$(PYTHON) -m tests.bank.build _build/submissions
	@$(VENV)/bin/autograder grade _build/submissions --course _build/sample

lint: install book/vendor/.complete
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	npx --no-install pyright --pythonpath $(PYTHON)

test: install lint book  ## Everything: style, types, tests, the built site, the course's promises
	$(PYTHON) -m pytest -n $(JOBS) --dist loadfile --durations=20
	$(VENV)/bin/autograder verify
	$(VENV)/bin/autograder release --check

bank: install  ## The bank alone, in real sandboxes: attacks, right answers written otherwise, a class graded twice
	$(PYTHON) -m pytest -m bank tests/test_attacks.py tests/test_alternatives.py tests/test_replay.py

coverage: install book  ## The tests once more, twice as slow: which lines they never run; below 90 % it fails
	$(PYTHON) -m pytest -n $(JOBS) --dist loadfile --cov --cov-report=term

proof: install  ## The full counts, which take minutes; writes benchmarks/results/{proof,fuzz,kills}.json
	$(PYTHON) -m benchmarks.proof
	$(PYTHON) -m benchmarks.fuzz
	$(PYTHON) -m benchmarks.kills

speed: install  ## Our grader beside nbgrader, otter and a plain fork; writes benchmarks/results/grading.json
	$(PYTHON) -m benchmarks.grading

constraints: install  ## Pin the versions of this environment
	@{ sed -n '/^#/p' constraints.txt; $(PYTHON) -m pip freeze --exclude-editable | sed 's/+cpu//' \
	  | grep -viE '^(pip|setuptools|wheel)=='; } > .constraints && mv .constraints constraints.txt

clean:  ## Remove what was built, not the environment
	rm -rf _build book/vendor
