# `make serve` and `make test` are all a newcomer needs; both set up a virtual environment in .venv first.

PYTHON ?= python3
VENV ?= .venv
# The CPU build of torch where the package index offers one under this version; an operator with a GPU sets TORCH
# (for example `make setup TORCH=torch`) to get the index's default build.
TORCH ?= torch==2.13.0
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What is imported is compiled then: a tenth of it, and a minute less.
INSTALL := $(PIP) install --no-compile

.PHONY: setup kernels serve test test-all test-gpu lobechat-e2e sanitize sanitize-gpu lint types style format docs site web clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Harmonium needs Python 3.11 or newer (set PYTHON=…)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Harmonium needs Python 3.11 or newer (set PYTHON=…)"; exit 1; }
	@echo "Setting up $(VENV) (first time: a few minutes) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) "$(TORCH)"
	@$(INSTALL) --editable ".[dev]"
	@touch $@

# The native CPU kernels again, after their sources have changed. Installing the package has built them already, and a
# library that is older than its sources is built anew when it is first needed.
kernels: setup
	$(BIN)/python src/harmonium/ops/cpu/build.py

serve: setup
	$(BIN)/harmonium serve $(ARGS)

lint: setup
	$(MAKE) --no-print-directory -j 2 types style

types: setup
	$(BIN)/mypy

style: setup
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

# Two processes of one thread, each with whole files, so that a file's servers are started once; the longest files first
# (tests/conftest.py).
test: setup lint
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-all: setup lint
	OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -m "not gpu"

# What only an NVIDIA card can show: numerics of the whole model, the laws of the engine, the sampler. Where there is no
# card nothing is collected, and this fails.
test-gpu: setup
	$(BIN)/python -m pytest -m gpu -rP tests/gpu

# Every kernel at small shapes under compute-sanitizer, which comes with CUDA's toolkit. Without PyTorch's allocator,
# that an access beyond a tensor is one beyond its memory.
SANITIZED := PYTORCH_NO_CUDA_MEMORY_CACHING=1 PYTHONPATH=tests/gpu compute-sanitizer --error-exitcode 1
sanitize-gpu: setup
	PYTHONPATH=tests/gpu $(BIN)/python tests/gpu/every_kernel.py --list
	$(SANITIZED) --tool memcheck $(BIN)/python tests/gpu/every_kernel.py
	PYTHONPATH=tests/gpu $(BIN)/python tests/gpu/racecheck.py

# The real LobeChat, built from npm, in headless Chromium against this server (docs/lobechat.md says what it takes). Needs
# Node 20 or newer, npm and Chromium. ONLY="vllm ollama" chooses providers.
lobechat-e2e: setup
	$(BIN)/python tests/lobechat/run.py $(ONLY)

# The parity suite of the native kernels with the address and undefined-behaviour sanitizers (gcc). Not PyTorch's leaks,
# but every access and every overflow of the kernels.
SANITIZE := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
sanitize: setup
	mkdir -p build
	$(BIN)/python src/harmonium/ops/cpu/build.py build/kernels-sanitized.so $(SANITIZE)
	LD_PRELOAD="$$(c++ -print-file-name=libasan.so) $$(c++ -print-file-name=libubsan.so)" ASAN_OPTIONS=detect_leaks=0 \
		OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -m "" tests/ops/test_cpu.py --kernels build/kernels-sanitized.so

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup
	$(BIN)/python docs/generate.py

# The page at /, from its sources in web/ into the package. Only this needs Node (20 or newer) and npm.
web:
	npm ci --prefix web --no-audit --no-fund --ignore-scripts
	npm run --prefix web build

# The documentation as a site, in build/site.
site: setup docs
	$(INSTALL) --editable ".[site]"
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) tests/clients/node_modules web/node_modules build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
