# `make` lists the targets. Each is one line that calls a tool; what it does is written there.
.DEFAULT_GOAL := help
.PHONY: help run test drills bench bench-analysis check lock clean

help: ## This list
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

run: ## Set up what is missing and start web, worker and scheduler (PORT=8000)
	@bin/run

test: ## Install what tests need and run them all (ARGS="-k votes" chooses some)
	@bin/setup-tests && .venv/bin/python -m pytest -n 2 --dist loadgroup $(ARGS)

drills: ## Kills, faults and races on the real programs, with figures (ARGS="kills redis")
	@bin/setup-tests && .venv/bin/python -m drills $(ARGS)

bench: ## Measure the speed of pages and writes; prints JSON beside the figures to reach
	@bin/setup-tests && .venv/bin/python -m bench $(ARGS)

bench-analysis: ## Measure the stages of a report against reference implementations
	@bin/setup-tests && .venv/bin/python -m bench.analysis $(ARGS)

check: ## Style, types, architecture and templates, without running a test
	@bin/setup-tests && bin/check

lock: ## Write requirements/*.txt anew from setup.cfg
	@bin/setup-tests && bin/lock

clean: ## Remove what set-up and tests made; keeps instance/
	@rm -rf .venv node_modules static/build .tests .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
