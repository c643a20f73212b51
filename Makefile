# A thin front: each target is a line or two of tools/. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: run stop reset test test-deploy k8s-base check fmt demo bench soak documents setup build help

# $(call step,what is done,command): say it, do it, say how long it took
step = @printf '\n== %s\n' '$(1)'; t=$$SECONDS; $(2) && printf '== %s: done in %d s\n' '$(1)' $$((SECONDS - t))

run: setup build ## install missing packages, build and start everything on this machine
	$(call step,starting the stack,tools/stack run)

stop: ## stop what `make run` started; the data stays
	$(call step,stopping the stack,tools/stack down)

reset: ## stop and delete the local data after a confirmation (YES=1: without)
	$(call step,deleting the local data,tools/stack reset)

test: ## unit tests under ASan and UBSan, then transcripts and a browser against a real stack
	$(call step,setting up,tools/setup --test)
	@tools/test

test-deploy: ## the Helm chart and what is made from it; needs helm or go, and python3-yaml
	$(call step,testing the deployment,tests/deploy/run)

k8s-base: ## write deploy/k8s/base from the chart
	$(call step,rendering the chart,tools/chart base)

check: ## everything a change must pass: format, linters, gcc and clang, sanitizers, valgrind
	$(call step,setting up,tools/setup --check)
	@tools/check

fmt: ## format the C files in place
	@tools/fmt

demo: setup build ## start the stack and have a conversation with a sample bot
	$(call step,running the demo,tools/stack demo)

bench: setup build ## measure, and print the budgets beside the results
	$(call step,measuring,tools/bench)

soak: setup ## kill processes at random under load, MINUTES=10, then compare
	$(call step,soaking,tools/soak $(MINUTES))

documents: setup ## upload 300 real files of all formats and ask about them (needs LibreOffice)
	$(call step,uploading documents,tests/documents/run)

setup: ## install missing packages
	$(call step,setting up,tools/setup)

build: ## build the release preset and the web pages
	$(call step,building,tools/build release)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
