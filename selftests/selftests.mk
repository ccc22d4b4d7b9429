# SPDX-License-Identifier: BSD-2-Clause
# The test-suite: parts that run alone (make check-lib …) and their sum.
#
# Each part empties its results file, runs its programs through tap-run, and is
# closed by tally. A part that can't be built leaves no results, which counts as
# a failure of the sum.

PARTS := lib http vm kmod interop
RESULTS := $(B)/check
TAP := selftests/tap-run

$(B)/plain/selftests/%.o $(B)/asan/selftests/%.o: INCLUDES = -Iselftests $(LIB_INCLUDES)
$(B)/plain/selftests/http/%.o $(B)/asan/selftests/http/%.o: INCLUDES = -Iselftests -Itools/serve $(TOOL_INCLUDES)
$(B)/plain/selftests/client/%.o $(B)/asan/selftests/client/%.o: INCLUDES = -Iselftests -Itools/client $(TOOL_INCLUDES)
$(B)/plain/selftests/kmod/%.o $(B)/asan/selftests/kmod/%.o: INCLUDES = -Iselftests -Ikmod -Ikmod/uapi $(LIB_INCLUDES)

# Certificates that all parts use.
CERTS := $(B)/certs
$(CERTS)/.made: $(wildcard selftests/certs/*)
	@mkdir -p $(CERTS)
	$(QUIET)selftests/certs/make $(CERTS)
	$(QUIET)touch $@

# programs GROUP, FOLDER, HELPERS, LIBRARIES, FLAGS: each FOLDER/test_*.c
# becomes a program, plain and sanitized; the folder's other files go into each.
define programs
$(1)_TESTS := $$(patsubst %.c,%,$$(wildcard $(2)/test_*.c))
$(1)_HELPERS := $$(patsubst %.c,%.o,$$(filter-out $(2)/test_%,$$(wildcard $(2)/*.c)))
$$($(1)_TESTS:%=$$(B)/plain/%): $$(B)/plain/%: $$(B)/plain/%.o $$(addprefix $$(B)/plain/,$$($(1)_HELPERS)) $(3) $(4)
	$$(QUIET)$$(CC) $$(CFLAGS) -o $$@ $$^ $(5) -lcmocka -lpthread
$$($(1)_TESTS:%=$$(B)/asan/%): $$(B)/asan/%: $$(B)/asan/%.o $$(addprefix $$(B)/asan/,$$($(1)_HELPERS)) $$(patsubst $$(B)/plain/%,$$(B)/asan/%,$(3)) $(4)
	$$(QUIET)$$(CC) $$(ASAN_CFLAGS) -o $$@ $$^ $(5) -lcmocka -lpthread
$(1)-programs: $$($(1)_TESTS:%=$$(B)/plain/%) $$($(1)_TESTS:%=$$(B)/asan/%)
$(1)-run:
	$$(QUIET)for t in $$($(1)_TESTS); do for v in plain asan; do \
		CERTS=$$(CERTS) $$(TAP) $$(RESULTS)/$$(PART).results $$$$v/$$$${t#selftests/} $$(B)/$$$$v/$$$$t; done; done
.PHONY: $(1)-programs $(1)-run
endef

$(eval $(call programs,lib,selftests/lib,$$(B)/plain/libkseal-internal.a,$$(LIBCRYPTO)))
SERVE_PARTS := $(filter-out %/main.o,$(TOOL_serve_OBJECTS))
$(eval $(call programs,http,selftests/http,$$(SERVE_PARTS) $$(LLHTTP_OBJECTS) $$(B)/plain/libkseal-internal.a,$$(LIBCRYPTO)))
CLIENT_PARTS := $(filter-out %/main.o,$(TOOL_client_OBJECTS))
$(eval $(call programs,client,selftests/client,$$(CLIENT_PARTS) $$(LLHTTP_OBJECTS) $$(B)/plain/libkseal-internal.a,$$(LIBCRYPTO)))

# The module's pure files, compiled as userspace code.
KMOD_PURE := $(wildcard kmod/record.c)
KMOD_PURE_OBJECTS := $(KMOD_PURE:%.c=$(B)/plain/%.o)
$(B)/plain/kmod/%.o $(B)/asan/kmod/%.o: INCLUDES = -Ikmod -Ikmod/uapi
$(eval $(call programs,pure,selftests/kmod/pure,$$(KMOD_PURE_OBJECTS),$$(LIBCRYPTO)))

# The module's tests: one program, run in the VM.
KMOD_TEST := $(B)/bin/kmod-test
KMOD_TEST_OBJECTS := $(patsubst %.c,$(B)/plain/%.o,$(wildcard selftests/kmod/*.c))
$(KMOD_TEST): $(KMOD_TEST_OBJECTS) $(LIBCRYPTO)
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(CFLAGS) -o $@ $^ -lcmocka -lpthread

# NAME-programs builds what the part NAME runs; NAME-part runs it.
.PHONY: $(PARTS:%=check-%) $(PARTS:%=%-part) $(PARTS:%=%-all)

lib-all: lib-programs client-programs lib tools $(B)/asan/bin/kseal-client kmod $(CERTS)/.made
lib-part: lib-run client-run
	$(QUIET)CLIENT=$(B)/bin/kseal-client CERTS=$(CERTS) $(TAP) $(RESULTS)/$(PART).results client selftests/client/client-test
	$(QUIET)CLIENT=$(B)/asan/bin/kseal-client CERTS=$(CERTS) $(TAP) $(RESULTS)/$(PART).results asan/client selftests/client/client-test
	$(QUIET)$(TAP) $(RESULTS)/$(PART).results readme selftests/lib/readme-test

http-all: http-programs tools $(B)/asan/bin/kseal-serve $(CERTS)/.made
http-part: http-run
	$(QUIET)SERVE=$(B)/bin/kseal-serve CERTS=$(CERTS) $(TAP) $(RESULTS)/$(PART).results serve selftests/http/serve-test
	$(QUIET)SERVE=$(B)/asan/bin/kseal-serve CERTS=$(CERTS) $(TAP) $(RESULTS)/$(PART).results asan/serve selftests/http/serve-test

vm-all: kmod
vm-part:
	$(QUIET)$(TAP) $(RESULTS)/$(PART).results vm selftests/vm/vm-test

kmod-all: pure-programs kmod $(KMOD_TEST)
kmod-part: pure-run
	$(QUIET)selftests/kmod/run $(RESULTS)/$(PART).results

# The socket layer on both kernel paths.
SOCKET_TESTS := $(B)/plain/selftests/lib/test_socket $(B)/plain/selftests/lib/test_socket_faults \
	$(B)/plain/selftests/lib/test_probe

interop-all: lib tools kmod $(CERTS)/.made $(SOCKET_TESTS)
interop-part:
	$(QUIET)for path in kseal tls; do for t in $(SOCKET_TESTS); do \
		$(TAP) $(RESULTS)/$(PART).results $$path/$${t##*/} tools/vm/run --module $$path -- \
			env KSEAL_TEST_PATH=$$path CERTS=$(abspath $(CERTS)) CMOCKA_MESSAGE_OUTPUT=TAP $(CURDIR)/$$t; done; done
	$(QUIET)selftests/interop/run $(RESULTS)/$(PART).results

# Parts make the same files, each in a make of its own: one part at a time, even
# with -j, which holds within each.
ifneq ($(filter check-%,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

# Each also runs alone:
# check-lib: ## Tests of the library: units, RFC 8448, pairs in memory; with sanitizers too
# check-http: ## Tests of kseal-serve on userspace records
# check-vm: ## Tests of the VM runner, of make run and make deps
# check-kmod: ## Tests of the module, in a VM
# check-interop: ## Real files, real peers, every record path, in a VM
$(PARTS:%=check-%): check-%:
	@mkdir -p $(RESULTS) && rm -f $(RESULTS)/$*.results
	$(QUIET)$(MAKE) --no-print-directory $*-all
	$(QUIET)$(MAKE) --no-print-directory PART=$* $*-part
	$(QUIET)selftests/tally $(RESULTS)/$*.results
