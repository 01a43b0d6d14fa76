# The two commands of a newcomer are `make demo` and `make test`; each makes the virtual environment by itself.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
TESTS ?= tests

.PHONY: demo test lint types bench lock system-deps clean

demo: $(INSTALLED)
	$(VENV)/bin/omm demo --terminal

test: lint
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile $(TESTS)

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(INSTALLED)
	$(VENV)/bin/python -m bench

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Writes the lock file anew; needs uv (https://docs.astral.sh/uv/).
lock:
	uv pip compile --quiet --generate-hashes --extra dev --universal pyproject.toml -o requirements.lock

# Debian's packages for the tests that need a real IMAP server.
system-deps:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq dovecot-imapd dovecot-pop3d

clean:
	rm -rf $(VENV)
