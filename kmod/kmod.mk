# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# kseal.ko, against the headers KDIR= (default: the reference kernel's).
#
# The kernel's build writes beside the sources, so it gets a folder of links of
# its own for each kernel: .build/kmod/RELEASE. .build/kseal.ko is the newest.

KDIR ?= $(KSEAL_CACHE)/kernel/headers
KREL = $(shell cat $(KDIR)/include/config/kernel.release 2>/dev/null)
KMOD_SOURCES := $(wildcard kmod/*.c kmod/*.h kmod/selftest/*.c kmod/uapi/linux/*.h) Kbuild
KMOD_STAGE = $(B)/kmod/$(KREL)

.PHONY: kmod
kmod: ## Build kseal.ko for the kernel whose headers are in KDIR=
	@test -n '$(KREL)' || { echo "no kernel headers at $(KDIR): run 'make deps', or give KDIR=" >&2; exit 1; }
	$(QUIET)mkdir -p $(addprefix $(KMOD_STAGE)/,$(sort $(dir $(KMOD_SOURCES))))
	$(QUIET)for f in $(KMOD_SOURCES); do ln -sfn $(CURDIR)/$$f $(KMOD_STAGE)/$$f; done
	$(QUIET)find $(KMOD_STAGE) -xtype l -delete
	$(QUIET)$(MAKE) --no-print-directory -C $(KDIR) M=$(abspath $(KMOD_STAGE)) \
		W=1 C=1 CF=-Wsparse-error KCFLAGS=-Werror $(if $(V),V=1) modules
	$(QUIET)ln -sfn kmod/$(KREL)/kseal.ko $(B)/kseal.ko
