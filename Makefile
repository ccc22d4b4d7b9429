# SPDX-License-Identifier: BSD-2-Clause
#
# `make help` lists what can be made. Everything built goes below .build/ (or
# B=), third parties that take long to build below ~/.cache/kseal (KSEAL_CACHE=).

VERSION := 0.1.0
B := .build
KSEAL_CACHE ?= $(HOME)/.cache/kseal
export KSEAL_CACHE

BORINGSSL_DIR ?= $(KSEAL_CACHE)/boringssl
LLHTTP_DIR ?= $(KSEAL_CACHE)/llhttp

DIR ?= .
PORT ?= 8443

PREFIX ?= /usr/local
DESTDIR ?=

CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wno-missing-field-initializers
ALL_CFLAGS = -std=gnu11 $(WARNINGS) -fPIC -fvisibility=hidden \
	-fstack-protector-strong -D_GNU_SOURCE -DKSEAL_VERSION='"$(VERSION)"' $(CFLAGS)
ASAN_CFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -O1 -g

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# Written when it changes only: with other flags everything is made anew.
FLAGS = $(CC) $(ALL_CFLAGS) $(ASAN_CFLAGS) $(BORINGSSL_DIR)
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' >$@
.PHONY: FORCE
FORCE:

# Two builds of every object: plain, and with the sanitizers (tests only).
$(B)/plain/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(ALL_CFLAGS) $(INCLUDES) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -MMD -MP -c -o $@ $<
$(B)/asan/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(ALL_CFLAGS) $(ASAN_CFLAGS) $(INCLUDES) -MMD -MP -c -o $@ $<

# V=1 shows every command.
QUIET := $(if $(V),,@)

include lib/lib.mk
include tools/tools.mk
include kmod/kmod.mk
include selftests/selftests.mk

-include $(shell find $(B)/plain $(B)/asan -name '*.d' 2>/dev/null)

.PHONY: all deps deps-debug run check bench install uninstall clean help

all: lib tools kmod ## Build library, tools and module

deps: ## Install and build what the project needs (Debian packages, BoringSSL, a kernel for the VM)
	$(QUIET)tools/deps/run

deps-debug: ## Build the debug kernel for tools/vm/run --kernel debug (a dozen minutes)
	$(QUIET)tools/deps/debug-kernel

run: ## Build everything and serve DIR= on https://localhost:PORT by kernel TLS
	$(QUIET)$(MAKE) --no-print-directory deps
	$(QUIET)$(MAKE) --no-print-directory all
	$(QUIET)tools/vm/serve --dir '$(DIR)' --port '$(PORT)'

check: ## Install what is missing and run the whole test-suite
	@rm -rf $(RESULTS)
	$(QUIET)$(MAKE) --no-print-directory deps
	$(QUIET)for p in $(PARTS); do echo "== check-$$p"; $(MAKE) --no-print-directory check-$$p; done; \
		echo "== check"; selftests/tally $(PARTS:%=$(RESULTS)/%.results)

bench: tools kmod ## Compare with the in-tree module, in guest instructions, in a VM
	$(QUIET)tools/bench/run

INSTALLED := $(patsubst %,bin/kseal-%,$(TOOLS)) lib/libkseal.a lib/$(LIB_SONAME) \
	lib/libkseal.so lib/pkgconfig/kseal.pc include/kseal.h

install: lib tools kmod ## Install library, tools and module below PREFIX= (DESTDIR= before it)
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib/pkgconfig include)
	install -m 755 $(TOOLS:%=$(B)/bin/kseal-%) $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(B)/libkseal.a $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(B)/$(LIB_SONAME) $(DESTDIR)$(PREFIX)/lib/
	ln -sf $(LIB_SONAME) $(DESTDIR)$(PREFIX)/lib/libkseal.so
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' lib/kseal.pc.in >$(DESTDIR)$(PREFIX)/lib/pkgconfig/kseal.pc
	install -m 644 lib/include/kseal.h $(DESTDIR)$(PREFIX)/include/
	install -D -m 644 $(KMOD_STAGE)/kseal.ko $(DESTDIR)/lib/modules/$(KREL)/extra/kseal.ko
	$(if $(DESTDIR),,-depmod $(KREL); ldconfig)

uninstall: ## Remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,$(INSTALLED)) $(DESTDIR)/lib/modules/$(KREL)/extra/kseal.ko
	$(if $(DESTDIR),,-depmod $(KREL); ldconfig)

clean: ## Remove what was built here (the cache stays)
	rm -rf $(B)

help: ## This list
	@awk -F':.*## ' '{ sub(/^# /, "") } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Variables: DIR= PORT= (run), KDIR= (kmod), BORINGSSL_DIR= KSEAL_CACHE=, PREFIX= DESTDIR= (install), V=1"
