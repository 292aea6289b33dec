# SPDX-License-Identifier: Apache-2.0
# The way in. `make help` says what there is.
.POSIX:
.PHONY: help demo test build bench fuzz soak format clean
.SILENT:

SECONDS = 60
OUT = demo

help:
	echo 'make demo    install what is missing, build, run the demo scene, write demo/report.html'
	echo 'make test    the same set-up, then every test (gcc, then clang with its sanitizers)'
	echo 'make build   leaves the program at build/exeunt'
	echo 'make bench   speed beside dlib and bare databases (also in bench/)'
	echo 'make fuzz    every fuzzer for SECONDS=60 each'
	echo 'make soak    the same for an hour each, and sqlmap; results in docs/measured.md'
	echo 'make format  clang-format all C files'
	echo 'make clean   remove what was built and the demo'

build:
	scripts/setup build
	scripts/build

demo: build
	build/exeunt demo --out $(OUT)

test:
	scripts/setup build test peers || \
		{ echo '0 passed, 1 failed, 0 skipped'; exit 1; }
	scripts/test

bench:
	scripts/setup build peers
	scripts/build peers
	bench/run
	bench/hub

fuzz:
	scripts/setup build test
	scripts/build fuzz
	scripts/fuzz $(SECONDS)

soak:
	scripts/setup build test
	scripts/build fuzz
	scripts/fuzz 3600 docs/measured.md
	scripts/setup build soak
	scripts/build
	EXEUNT_SOAK=1 build/tests/t_stores_crash
	tests/soak/sqlmap.py . build/exeunt build/tests/hub/make_crossing \
		docs/measured.md

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf build build-asan build-tsan build-fuzz demo
