# The course's commands. `make` lists them; times are typical ones on two cores.
PYTHON ?= python3
ASSIGNMENT ?=
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo lab source release check autograde status feedback report nbval test mutants messages bench results overview lint clean

help:  ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(READY): pyproject.toml constraints.txt grading/environment.py
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) found. Install Python 3.11 or later, or name one: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) grading/environment.py $(VENV)
	@touch $@

demo: $(READY)  ## The main job end to end with three example students (2 min)
	@$(RUN) -m grading demo

lab: $(READY)  ## JupyterLab with the course and nbgrader's extensions
	@$(RUN) -m grading lab

source: $(READY)  ## course/ to source/: bring both together and execute what changed (30 s a lesson)
	@$(RUN) -m grading source $(ASSIGNMENT)

release: source  ## source/ to release/: the students' notebooks (2 s a lesson)
	@$(RUN) -m grading release $(ASSIGNMENT)

check: $(READY)  ## Fail if a generated file differs from what its source gives (2 s a lesson)
	@$(RUN) -m grading check

autograde: $(READY)  ## Grade what students handed in: ASSIGNMENT=ps04_one_layer_networks
	@$(RUN) -m grading autograde $(ASSIGNMENT)

status: $(READY)  ## How each submission's grading ended: ASSIGNMENT=...
	@$(RUN) -m grading status $(ASSIGNMENT)

feedback: $(READY)  ## HTML for each student: ASSIGNMENT=...
	@$(RUN) -m grading feedback $(ASSIGNMENT)

report: $(READY)  ## One page about the class: ASSIGNMENT=...
	@$(RUN) -m grading report $(ASSIGNMENT)

nbval: $(READY)  ## Run the solution notebooks and compare every text output
	@$(RUN) -m grading nbval $(ASSIGNMENT)

test: $(READY)  ## All tests
	@$(RUN) -m pytest -n auto --dist loadfile

mutants: $(READY)  ## Which small changes to the solutions the tests notice (up to 5 min a lesson)
	@$(RUN) -m grading mutants $(ASSIGNMENT)

messages: $(READY)  ## What a student with a wrong answer is told: ASSIGNMENT=...
	@$(RUN) -m grading messages $(ASSIGNMENT)

bench: $(READY)  ## This grader against nbgrader's own, a class of 16 (7 min)
	@$(RUN) -m grading bench

results: $(READY)  ## Train on the full data (COURSE_DATA); published figures beside ours (6 min)
	@$(RUN) -m grading results

overview: $(READY)  ## The README's table of assignments, with run times (5 min)
	@$(RUN) -m grading overview

lint: $(READY)  ## ruff's checks and format
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check .

clean:  ## Remove what can be made again; never marks or submissions
	rm -rf build .pytest_cache .ruff_cache .nbgrader.log
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
