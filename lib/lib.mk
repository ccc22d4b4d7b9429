# SPDX-License-Identifier: BSD-2-Clause
# libkseal, static and shared. libcrypto goes inside both, and nothing but the
# public functions comes out: a program may link OpenSSL beside it.

LIB_SOURCES := $(wildcard lib/*.c lib/message/*.c lib/extension/*.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(B)/plain/%.o)
LIB_ASAN_OBJECTS := $(LIB_SOURCES:%.c=$(B)/asan/%.o)
LIB_SONAME := libkseal.so.0
LIBCRYPTO := $(BORINGSSL_DIR)/libcrypto.a

LIB_INCLUDES := -Ilib -Ilib/include -isystem $(BORINGSSL_DIR)/include
$(B)/plain/lib/%.o $(B)/asan/lib/%.o: INCLUDES = $(LIB_INCLUDES)

.PHONY: lib
lib: $(B)/libkseal.a $(B)/$(LIB_SONAME) ## Build libkseal, static and shared

$(LIBCRYPTO):
	@echo "libcrypto of BoringSSL is not at $(BORINGSSL_DIR): run 'make deps', or give BORINGSSL_DIR=" >&2; exit 1

$(LIB_OBJECTS) $(LIB_ASAN_OBJECTS): | $(LIBCRYPTO)

# One relocatable object, whose hidden symbols become local.
$(B)/libkseal.a: $(LIB_OBJECTS) $(LIBCRYPTO)
	$(QUIET)ld -r -o $(B)/libkseal-all.o $(LIB_OBJECTS) $(LIBCRYPTO)
	$(QUIET)objcopy --localize-hidden $(B)/libkseal-all.o
	$(QUIET)rm -f $@ && ar rcs $@ $(B)/libkseal-all.o && rm $(B)/libkseal-all.o

$(B)/$(LIB_SONAME): $(LIB_OBJECTS) $(LIBCRYPTO) lib/libkseal.map
	$(QUIET)$(CC) -shared -o $@ -Wl,-soname,$(LIB_SONAME) -Wl,-z,defs,-z,relro,-z,now \
		-Wl,--version-script=lib/libkseal.map -Wl,--exclude-libs,ALL \
		$(LIB_OBJECTS) $(LIBCRYPTO) -lpthread
	$(QUIET)ln -sf $(LIB_SONAME) $(B)/libkseal.so

# For the tests: everything visible.
$(B)/plain/libkseal-internal.a: $(LIB_OBJECTS)
	$(QUIET)rm -f $@ && ar rcs $@ $^
$(B)/asan/libkseal-internal.a: $(LIB_ASAN_OBJECTS)
	$(QUIET)rm -f $@ && ar rcs $@ $^
