# Everything that is done with this repository, by name. `make help` lists it.

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
DEBUG := $(CURDIR)/.build/debug/wsray
RELEASE := $(CURDIR)/.build/release/wsray

.DEFAULT_GOAL := help
.PHONY: help demo build debug setup test lint unit end-to-end format golden screens rules-page fixtures test-devtools test-recipes test-fleet fuzz fuzz-long sanitize sanitize-address sanitize-thread linear instructions bench install deb release documentation clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## build, and show a bundled capture
	@$(RELEASE) timeline fixtures/chat/capture.pcap
	@echo
	@echo 'That was fixtures/chat/capture.pcap. Next:'
	@echo '  .build/release/wsray YOUR.pcapng                                 the same of your own capture'
	@echo '  .build/release/wsray dump --messages fixtures/chat/capture.pcap  JSON Lines, for jq and scripts'
	@echo '  .build/release/wsray check fixtures/rules/*/fires.pcap           all that it calls wrong'
	@echo '  make install PREFIX=~/.local                                     put wsray on the PATH'

build: ## release build: .build/release/wsray
	@scripts/setup build
	$(SWIFT) build --configuration release --static-swift-stdlib --product wsray

debug:
	@scripts/setup build
	$(SWIFT) build --build-tests
	@$(SWIFT) build --product wsray

test: ## all checks: lint, build, unit tests, end to end with both builds, instructions
	@scripts/setup test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory debug
	@SWIFT='$(SWIFT)' scripts/check --wsray $(DEBUG) --also unit
	@$(MAKE) --no-print-directory build
	@scripts/check --wsray $(RELEASE) --also instructions

lint: ## form of the sources
	@scripts/lint

unit: debug ## unit tests; all that they say is in .build/unit.log
	@SWIFT='$(SWIFT)' scripts/check --wsray $(DEBUG) unit

end-to-end: debug ## the program against the fixtures; scripts/check CASE runs some of it
	@scripts/check --wsray $(DEBUG)

format: ## format the Swift sources in place
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

golden: debug ## rewrite fixtures/**/expected.*; read the diff before you commit it
	@scripts/check --wsray $(DEBUG) --write golden
	@git --no-pager diff --stat -- fixtures

rules-page: debug ## write Docs/Rules.md, Filter.md, Conformance.md and Endings.md anew
	@scripts/check --wsray $(DEBUG) --write rules.page filter.page conformance endings
	@git --no-pager diff --stat -- Docs

screens: debug ## write the screens and keys in Docs/Viewer.md anew
	@scripts/check --wsray $(DEBUG) --write viewer.page
	@git --no-pager diff --stat -- Docs

fixtures: ## make the synthetic captures anew
	@scripts/check --write fixtures
	@git --no-pager diff --stat -- fixtures

test-devtools: debug ## HAR in a real Chromium's developer tools; needs chromium and python3 with websockets
	@scripts/check --wsray $(DEBUG) devtools

test-recipes: debug ## the Python in Docs/Recipes.md; needs duckdb, pandas and polars
	@scripts/check --wsray $(DEBUG) recipes

test-fleet: debug ## the example of Docs/Fleet.md, on Ray; needs the package ray
	@scripts/check --wsray $(DEBUG) fleet

SECONDS ?= 60
fuzz: ## fuzz each target for SECONDS=60; fuzz/README.md
	@SWIFT='$(SWIFT)' fuzz/run $(SECONDS)

fuzz-long: ## the same for 20 minutes each
	@SWIFT='$(SWIFT)' fuzz/run 1200

sanitize: sanitize-address sanitize-thread ## both of the next two

sanitize-address: ## unit tests with the address sanitizer; TESTS='TLSTests|QUICTests' for some
	@SWIFT='$(SWIFT)' scripts/sanitize address $(if $(TESTS),'$(TESTS)')

sanitize-thread: ## the same with the thread sanitizer, then what has threads
	@SWIFT='$(SWIFT)' scripts/sanitize thread $(if $(TESTS),'$(TESTS)')

linear: build ## that work grows no faster than its input, in instructions; needs valgrind
	@bench/bombs --linear $(RELEASE)

instructions: build ## write bench/instructions.json anew; read the diff before you commit it
	@scripts/check --write instructions
	@git --no-pager diff --stat -- bench

bench: build ## measure against tshark and libpcap, whichever are there
	@bench/run $(RELEASE)

install: build ## install into PREFIX (/usr/local), with completions for bash, zsh and fish, and manual pages
	@scripts/install $(RELEASE) $(DESTDIR)$(PREFIX)

deb: ## a Debian package in .build/packages
	@SWIFT='$(SWIFT)' scripts/package deb

release: ## the Debian package, an archive whose program needs few shared libraries, bills of materials and checksums
	@SWIFT='$(SWIFT)' scripts/package release

documentation: debug ## reference documentation of the library, for a browser, in .build/documentation
	@SWIFT='$(SWIFT)' scripts/documentation .build/documentation

clean: ## remove what was built
	rm -rf .build
