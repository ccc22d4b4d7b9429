# SPDX-License-Identifier: BSD-2-Clause
# The programs. They see the public header alone, as any user would.

TOOLS := serve client bench
TOOL_INCLUDES := -Ilib/include -isystem $(LLHTTP_DIR)/include
$(B)/plain/tools/%.o $(B)/asan/tools/%.o: INCLUDES = $(TOOL_INCLUDES)

LLHTTP_NAMES := api http llhttp
LLHTTP_OBJECTS := $(LLHTTP_NAMES:%=$(B)/plain/llhttp/%.o)
LLHTTP_ASAN_OBJECTS := $(LLHTTP_NAMES:%=$(B)/asan/llhttp/%.o)

# Not our code: none of our warnings.
$(B)/plain/llhttp/%.o: $(LLHTTP_DIR)/src/%.c tools/tools.mk
	@mkdir -p $(@D)
	$(QUIET)$(CC) -O2 -g -fPIC -DLLHTTP_STRICT_MODE=1 -I$(LLHTTP_DIR)/include -c -o $@ $<
$(B)/asan/llhttp/%.o: $(LLHTTP_DIR)/src/%.c tools/tools.mk
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(ASAN_CFLAGS) -fPIC -DLLHTTP_STRICT_MODE=1 -I$(LLHTTP_DIR)/include -c -o $@ $<

$(LLHTTP_DIR)/src/%.c:
	@echo "llhttp is not at $(LLHTTP_DIR): run 'make deps'" >&2; exit 1

.PHONY: tools
tools: $(TOOLS:%=$(B)/bin/kseal-%) ## Build the programs

# tool NAME: .build/bin/kseal-NAME and its sanitized twin in .build/asan/bin.
define tool
TOOL_$(1)_OBJECTS := $$(patsubst %.c,$$(B)/plain/%.o,$$(wildcard tools/$(1)/*.c))
TOOL_$(1)_ASAN_OBJECTS := $$(patsubst %.c,$$(B)/asan/%.o,$$(wildcard tools/$(1)/*.c))
$$(TOOL_$(1)_OBJECTS) $$(TOOL_$(1)_ASAN_OBJECTS): | $$(LLHTTP_DIR)/src/api.c
$$(B)/bin/kseal-$(1): $$(TOOL_$(1)_OBJECTS) $$(LLHTTP_OBJECTS) $$(B)/libkseal.a
	@mkdir -p $$(@D)
	$$(QUIET)$$(CC) $$(CFLAGS) -o $$@ $$^ -lpthread
$$(B)/asan/bin/kseal-$(1): $$(TOOL_$(1)_ASAN_OBJECTS) $$(LLHTTP_ASAN_OBJECTS) $$(B)/asan/libkseal-internal.a
	@mkdir -p $$(@D)
	$$(QUIET)$$(CC) $$(ASAN_CFLAGS) -o $$@ $$^ $$(LIBCRYPTO) -lpthread
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$(t))))
