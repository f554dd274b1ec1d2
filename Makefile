# keelboot: one makefile, read it from top to bottom. `make help` lists what
# it can do.

# --- knobs -------------------------------------------------------------------
ARCH   ?= x86_64# x86_64 or aarch64: what the program and the image are for
O      ?= build# where everything that is made goes
V      ?= 0# V=1 shows every command
CONFIG ?= config/keelboot.conf# the configuration built into the image
KEYS   ?= keys# the keys built into the image: keys/README.md
ENTRIES ?=# a folder of entries for the image, *.conf: docs/boot-entries.md
NETWORK ?=# a folder of what those name: CAs, keys, tokens
WERROR ?= 0# WERROR=1 turns every warning into an error (CI does)

.DEFAULT_GOAL := all
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
export LC_ALL := C
export SOURCE_DATE_EPOCH := 1767225600

B := $(O)/$(ARCH)# the target's objects and results
H := $(O)/host# host builds: unit tests and fuzzers, with sanitizers
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)';)

VERSION := 0.1.0

# --- the program, floor by floor (layers.txt is the law) ---------------------
BASE   := $(sort $(wildcard boot/base/*.c))
FORMAT := $(sort $(wildcard boot/format/*.c))
UNPACK := $(sort $(wildcard boot/unpack/*.c))
TRUST  := $(sort $(wildcard boot/trust/*.c))
SYS    := $(sort $(wildcard boot/sys/*.c))
UI     := $(sort $(wildcard boot/ui/*.c))
SPINE  := $(sort $(wildcard boot/*.c))
SRC    := $(BASE) $(FORMAT) $(UNPACK) $(TRUST) $(SYS) $(UI) $(SPINE)
LIBSRC := $(filter-out boot/keelboot.c,$(SRC))

UNIT := $(sort $(wildcard tests/unit/test_*.c))
FUZZ := $(filter-out %/fuzz_main.c,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
TESTLIB := $(sort $(wildcard tests/lib/*.c))

# --- flags -------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion \
	-Warith-conversion -Wcast-qual -Wcast-align=strict -Wwrite-strings \
	-Wmissing-prototypes -Wstrict-prototypes -Wundef -Wvla -Walloca \
	-Wformat=2 -Wimplicit-fallthrough -Wnull-dereference -Wpointer-arith \
	-Wswitch-enum -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
	-Wframe-larger-than=16384 \
	-Werror=incompatible-pointer-types -Werror=int-conversion \
	-Werror=discarded-qualifiers -Werror=unused-result \
	$(if $(filter 1,$(WERROR)),-Werror)
# -iquote and not -I: the C library's <sys/mount.h> is not our "sys/mount.h".
LANG_FLAGS := -std=gnu11 -D_GNU_SOURCE -iquote boot \
	-DKEELBOOT_VERSION='"$(VERSION)"' \
	-DKEELBOOT_BUILD_TIME=$(SOURCE_DATE_EPOCH)LL
HARDEN := -fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -fno-strict-aliasing
HARDEN_x86_64 := -fcf-protection
HARDEN_aarch64 := -mbranch-protection=standard

# Size counts in flash: functions are compiled when all are known (-flto), which
# saves 4 %; except where bytes by the megabyte pass through.
OPT = -Oz -flto
$(B)/obj/boot/unpack/%.o $(B)/obj/boot/trust/digest.o \
$(B)/obj/boot/trust/sha256_cpu.o: OPT = -O2

# Not position-independent, as the program is linked at a fixed address anyway:
# this way tables of pointers are in pages that nobody can write. RELRO is off
# because in a static program nothing would apply it. Nothing unwinds a stack.
TARGET_CFLAGS = $(LANG_FLAGS) $(WARN) $(OPT) -g $(HARDEN) $(HARDEN_$(ARCH)) \
	-fno-pie -ffunction-sections -fdata-sections \
	-ffile-prefix-map=$(CURDIR)=. \
	-fno-unwind-tables -fno-asynchronous-unwind-tables
# Pages may be of 64 KiB: variables follow the constants in the file, with less
# than 4 KiB between them, and are mapped a page further on.
LAYOUT_aarch64 := -Wl,-z,common-page-size=4096
TARGET_LDFLAGS := -static -flto-partition=one -Werror=lto-type-mismatch \
	-Wl,--gc-sections -Wl,-z,noexecstack -Wl,-z,norelro \
	-Wl,--build-id=none $(LAYOUT_$(ARCH))
# What there is to warn of was said when each file was read; now it is types
# that differ between files.
TARGET_LINK = $(TARGET_CC) $(filter-out $(WARN),$(TARGET_CFLAGS)) \
	$(TARGET_LDFLAGS)
TARGET_LIBS := -lz -lzstd -llzma -llz4 -llzo2 -lfdt -lbearssl
CROSS_x86_64 :=
CROSS_aarch64 := aarch64-linux-gnu-

HOST_CC ?= gcc
HOST_CFLAGS := $(LANG_FLAGS) $(WARN) -Wno-null-dereference -O1 -g \
	-fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -Itests/lib -I.
HOST_LIBS := -lz -lzstd -llzma -llz4 -llzo2 -lfdt -lbearssl

# --- what people ask for -----------------------------------------------------
.PHONY: all help run test check lint bench fuzz binary initramfs efi kernel \
	deps install clean FORCE
all: initramfs

help:
	@echo 'make                the image: $$O/$$ARCH/keelboot.cpio.zst'
	@echo 'make run            start keelboot in QEMU on a demo disk'
	@echo 'make test           everything: unit, host and QEMU tests'
	@echo 'make check          the quick part: no QEMU, no root'
	@echo 'make binary         only the program: $$O/$$ARCH/keelboot'
	@echo 'make kernel         a firmware kernel for the image'
	@echo 'make efi            kernel and image as one UKI: keelboot.efi'
	@echo 'make bench          measure against named peers'
	@echo 'make fuzz           fuzz every parser for FUZZ_SECONDS (60) each'
	@echo 'make lint           layers, formatting, shellcheck, analyzers'
	@echo 'make install        the program, man pages and units on this host'
	@echo 'make clean          remove $$O'
	@echo
	@echo 'ARCH=x86_64|aarch64  KEYS=DIR  CONFIG=FILE  O=DIR  V=1  WERROR=1'
	@echo 'ENTRIES=DIR  NETWORK=DIR  (docs/network-boot.md)'

# --- dependencies: built once per machine, outside of $(O) -------------------
# deps.sh answers at once when they are there, so it is asked every time.
DEPS := $(B)/deps
$(DEPS): FORCE
	$(Q)mkdir -p $(B)
	$(Q)dir=$$(scripts/deps.sh $(ARCH) | tail -n 1) && \
	if [ "$$(readlink $@)" != "$$dir" ]; then \
		ln -sfn "$$dir" $@ && touch $(B)/deps.stamp; fi
$(B)/deps.stamp: $(DEPS) # with other libraries everything is made again
	@test -e $@ || touch $@
deps: $(DEPS)

TARGET_CC := $(DEPS)/bin/musl-gcc

# Rebuild when flags change.
FLAGS_NOW = $(TARGET_CFLAGS) $(TARGET_LDFLAGS) $(TARGET_LIBS)
$(B)/flags: FORCE
	$(Q)mkdir -p $(B)
	$(Q)printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || \
	printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' > $@

# --- the program -------------------------------------------------------------
OBJ := $(SRC:%.c=$(B)/obj/%.o) $(B)/obj/builtin.o $(B)/obj/builtin_keyring.o

$(B)/obj/%.o: %.c $(B)/flags $(B)/deps.stamp
	$(Q)mkdir -p $(@D)
	$(call say,CC,$<)$(TARGET_CC) $(TARGET_CFLAGS) -MMD -MP -c $< -o $@

# The configuration is part of the program: a host command sees the same one.
# CONFIG may name another file than last time, so its content decides.
$(B)/obj/builtin.c $(H)/builtin.c: $(CONFIG) scripts/embed.sh FORCE
	$(Q)mkdir -p $(@D)
	$(Q)scripts/embed.sh builtin_config $< > $@.new
	$(Q)if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(B)/obj/builtin.o $(B)/obj/builtin_keyring.o: %.o: %.c $(B)/flags \
		$(B)/deps.stamp
	$(call say,CC,$<)$(TARGET_CC) $(TARGET_CFLAGS) -c $< -o $@

# So are the keys. The tool is asked every time, as files may have come or gone;
# it is built for this machine, without sanitizers, of the program's own code.
# The tests on this host have keys that nothing else trusts.
T := $(O)/tools
TEST_KEYS := tests/data/keys
MKKEYRING := tools/mkkeyring.c $(BASE) $(wildcard boot/trust/keyring*.c) \
	$(addprefix boot/,keyring_dir.c config.c config_keys.c config_values.c \
	config_console.c config_network.c place_rules.c policy.c sys/blob.c \
	sys/hostfile.c trust/password_line.c) \
	$(addprefix boot/format/,algorithm.c bls.c bls_expand.c bls_path.c \
	crc32.c der.c esl.c gpt.c http.c http_request.c net_entry.c \
	net_entry_values.c net_settings.c pem.c sbat.c template.c url.c \
	url_host.c url_text.c x509.c)
$(T)/obj/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(call say,HOSTCC,$<)$(HOST_CC) $(LANG_FLAGS) $(WARN) \
		-Wno-null-dereference -O1 -MMD -MP -c $< -o $@
$(T)/mkkeyring: $(MKKEYRING:%.c=$(T)/obj/%.o)
	$(call say,LINK,$@)$(HOST_CC) -o $@ $^

$(B)/obj/builtin_keyring.c: KEYS_USED = $(KEYS)
$(H)/builtin_keyring.c: KEYS_USED = $(TEST_KEYS)
$(B)/obj/builtin_keyring.c $(H)/builtin_keyring.c: $(T)/mkkeyring $(CONFIG) \
		FORCE
	$(Q)mkdir -p $(@D)
	$(Q)$(T)/mkkeyring --config '$(CONFIG)' '$(KEYS_USED)' > $@.new || \
	{ rm -f $@.new; exit 1; }
	$(Q)if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(B)/keelboot.debug: $(OBJ)
	$(call say,LINK,$@)$(TARGET_LINK) -o $@ $(OBJ) $(TARGET_LIBS)
$(B)/keelboot: $(B)/keelboot.debug scripts/check-elf.sh
	$(call say,STRIP,$@)$(CROSS_$(ARCH))strip -o $@ $<
	$(Q)scripts/check-elf.sh $@
binary: $(B)/keelboot

# Programs of the QEMU tests, made of the same objects.
$(B)/test/%: tests/qemu/%.c $(filter-out $(B)/obj/boot/keelboot.o,$(OBJ))
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)$(TARGET_LINK) -s -o $@ $^ $(TARGET_LIBS)

# The program with another configuration, for tests of the menu on this host.
$(B)/test/%.builtin.c: tests/data/console/%.conf scripts/embed.sh
	$(Q)mkdir -p $(@D)
	$(Q)scripts/embed.sh builtin_config $< > $@
$(B)/test/%.keyring.c: tests/data/console/%.conf $(B)/obj/builtin_keyring.c
	$(Q)mkdir -p $(@D)
	$(Q)$(T)/mkkeyring --config $< '$(KEYS)' > $@
$(B)/test/menu-%: $(B)/test/%.builtin.c $(B)/test/%.keyring.c \
		$(filter-out $(B)/obj/builtin%,$(OBJ))
	$(call say,LINK,$@)$(TARGET_LINK) -s -o $@ $^ $(TARGET_LIBS)
MENUS := $(patsubst tests/data/console/%.conf,$(B)/test/menu-%,\
	$(wildcard tests/data/console/*.conf))
.SECONDARY: $(MENUS:$(B)/test/menu-%=$(B)/test/%.builtin.c) \
	$(MENUS:$(B)/test/menu-%=$(B)/test/%.keyring.c)
.PHONY: menus
menus: $(MENUS)

# What the program is measured against and with: itself without SHA
# instructions, its hash alone, a program that looks at memory, boots from the
# network without the jump.
$(B)/bench/keelboot-c-hash: $(B)/obj/tests/bench/sha256_c.o \
		$(filter-out %/trust/sha256_cpu.o,$(OBJ))
$(B)/bench/hash_alone: $(B)/obj/tests/bench/hash_alone.o \
		$(filter-out $(B)/obj/boot/keelboot.o,$(OBJ))
$(B)/bench/peak: $(B)/obj/tests/bench/peak.o
$(B)/bench/net_boot: $(B)/obj/tests/host/net_boot.o \
		$(filter-out %/boot/keelboot.o %/kexec_syscall.o,$(OBJ))
$(B)/bench/keelboot-c-hash $(B)/bench/hash_alone $(B)/bench/peak \
		$(B)/bench/net_boot:
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)$(TARGET_LINK) -s -o $@ $^ $(TARGET_LIBS)
.PHONY: bench-build
bench-build: $(addprefix $(B)/bench/,keelboot-c-hash hash_alone peak net_boot)

# --- the image ---------------------------------------------------------------
IMAGE := $(B)/keelboot.cpio.zst
# Made again when a folder is another one, or has other files.
IMAGE_OF := $(CONFIG) $(ENTRIES) $(NETWORK)
IMAGE_FILES := $(foreach dir,$(ENTRIES) $(NETWORK),$(dir) $(wildcard $(dir)/*))
$(B)/image.of: FORCE
	$(Q)mkdir -p $(B)
	$(Q)printf '%s\n' '$(IMAGE_OF)' | cmp -s - $@ || \
	printf '%s\n' '$(IMAGE_OF)' > $@
$(IMAGE): $(B)/keelboot $(CONFIG) $(IMAGE_FILES) $(B)/image.of \
		scripts/mkinitramfs.sh \
		$(wildcard initramfs/* scripts/mkcpio.py) | $(DEPS)
	$(call say,IMAGE,$@)scripts/mkinitramfs.sh --arch $(ARCH) \
		--binary $(B)/keelboot --busybox $(DEPS)/busybox \
		--config $(CONFIG) $(if $(ENTRIES),--entries $(ENTRIES)) \
		$(if $(NETWORK),--network $(NETWORK)) --out $@
initramfs: $(IMAGE)

kernel:
	$(Q)scripts/mkkernel.sh $(ARCH)

efi: $(IMAGE)
	$(Q)scripts/mkefi.sh $(ARCH) $(IMAGE) $(VERSION) $(B)/keelboot.efi

# The demo has a folder of its own: what trusts its keys shall not be taken for
# a build of yours.
run:
	$(Q)scripts/setup.sh run
	$(Q)scripts/mkkeys.sh $(O)/demo
	$(Q)$(MAKE) --no-print-directory -j"$$(nproc)" ARCH=$(ARCH) \
		O=$(O)/demo KEYS=$(O)/demo/keys CONFIG=config/keelboot.conf \
		binary
	$(Q)scripts/run-qemu.sh $(ARCH) $(O)/demo

# --- tests -------------------------------------------------------------------
HOST_OBJ := $(LIBSRC:%.c=$(H)/obj/%.o) $(H)/obj/builtin.o \
	$(H)/obj/builtin_keyring.o
$(H)/flags: FORCE
	$(Q)mkdir -p $(H)
	$(Q)printf '%s\n' '$(subst ','\'',$(HOST_CFLAGS))' | cmp -s - $@ || \
	printf '%s\n' '$(subst ','\'',$(HOST_CFLAGS))' > $@
$(H)/obj/%.o: %.c $(H)/flags
	$(Q)mkdir -p $(@D)
	$(call say,HOSTCC,$<)$(HOST_CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@
$(H)/obj/builtin.o $(H)/obj/builtin_keyring.o: $(H)/obj/%.o: $(H)/%.c \
		$(H)/flags
	$(Q)mkdir -p $(@D)
	$(call say,HOSTCC,$<)$(HOST_CC) $(HOST_CFLAGS) -c $< -o $@
$(H)/libkeelboot.a: $(HOST_OBJ)
	$(Q)rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

TEST_OBJ := $(TESTLIB:%.c=$(H)/obj/%.o)
$(H)/libtest.a: $(TEST_OBJ)
	$(Q)rm -f $@
	$(call say,AR,$@)ar rcs $@ $^

$(H)/unit/%: tests/unit/%.c $(H)/libtest.a $(H)/libkeelboot.a
	$(Q)mkdir -p $(@D)
	$(call say,HOSTCC,$<)$(HOST_CC) $(HOST_CFLAGS) -MMD -MP -MF $@.d \
		-o $@ $< $(H)/libtest.a $(H)/libkeelboot.a -lcmocka $(HOST_LIBS)
# Programs of the host tests.
$(H)/host/%: tests/host/%.c $(H)/libkeelboot.a
	$(Q)mkdir -p $(@D)
	$(call say,HOSTCC,$<)$(HOST_CC) $(HOST_CFLAGS) -MMD -MP -MF $@.d \
		-o $@ $< $(H)/libkeelboot.a $(HOST_LIBS)
.SECONDARY: $(H)/obj/tests/fuzz/fuzz_main.o
$(H)/fuzz/%: tests/fuzz/%.c $(H)/obj/tests/fuzz/fuzz_main.o $(H)/libkeelboot.a
	$(Q)mkdir -p $(@D)
	$(call say,HOSTCC,$<)$(HOST_CC) $(HOST_CFLAGS) -MMD -MP -MF $@.d \
		-o $@ $< $(H)/obj/tests/fuzz/fuzz_main.o $(H)/libkeelboot.a \
		$(HOST_LIBS)

UNIT_BIN := $(UNIT:tests/unit/%.c=$(H)/unit/%)
FUZZ_BIN := $(FUZZ:tests/fuzz/%.c=$(H)/fuzz/%)
HOST_BIN := $(patsubst tests/%.c,$(H)/%,$(wildcard tests/host/*.c))
.PHONY: unit-build
unit-build: $(UNIT_BIN) $(FUZZ_BIN) $(HOST_BIN)

# What breaks signed images: under the sanitizers like everything here, and
# fast, for the great numbers.
M := $(O)/mutate
MUTATE := $(wildcard tests/mutate/*.c)
MUTATE_OBJ := $(patsubst %.c,$(M)/obj/%.o,$(MUTATE) $(LIBSRC)) \
	$(M)/obj/builtin.o $(M)/obj/builtin_keyring.o
MUTATE_CFLAGS := $(LANG_FLAGS) -O2 -g# the other builds warn
$(H)/mutate: $(MUTATE:%.c=$(H)/obj/%.o) $(H)/libkeelboot.a
	$(call say,LINK,$@)$(HOST_CC) $(HOST_CFLAGS) -o $@ $^ $(HOST_LIBS)
$(M)/obj/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(call say,HOSTCC,$<)$(HOST_CC) $(MUTATE_CFLAGS) -MMD -MP -c $< -o $@
$(M)/obj/builtin.o $(M)/obj/builtin_keyring.o: $(M)/obj/%.o: $(H)/%.c
	$(Q)mkdir -p $(@D)
	$(call say,HOSTCC,$<)$(HOST_CC) $(MUTATE_CFLAGS) -MMD -MP -c $< -o $@
$(M)/mutate: $(MUTATE_OBJ)
	$(call say,LINK,$@)$(HOST_CC) -o $@ $^ $(HOST_LIBS)
.PHONY: mutate
mutate: $(M)/mutate

# The same targets under libFuzzer, which comes with clang.
F := $(O)/fuzz
FUZZ_CC ?= clang
FUZZ_CFLAGS := $(LANG_FLAGS) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-Itests/lib -I.
FUZZ_OBJ := $(LIBSRC:%.c=$(F)/obj/%.o) $(F)/obj/builtin.o \
	$(F)/obj/builtin_keyring.o
$(F)/obj/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(call say,FUZZCC,$<)$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c $< -o $@
$(F)/obj/builtin.o $(F)/obj/builtin_keyring.o: $(F)/obj/%.o: $(H)/%.c
	$(Q)mkdir -p $(@D)
	$(call say,FUZZCC,$<)$(FUZZ_CC) $(FUZZ_CFLAGS) -c $< -o $@
$(F)/libkeelboot.a: $(FUZZ_OBJ)
	$(Q)rm -f $@
	$(call say,AR,$@)ar rcs $@ $^
$(F)/%: tests/fuzz/%.c $(F)/libkeelboot.a
	$(call say,FUZZCC,$<)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer \
		-MMD -MP -MF $@.d -o $@ $< $(F)/libkeelboot.a $(HOST_LIBS)
.PHONY: fuzz-build
fuzz-build: $(FUZZ:tests/fuzz/%.c=$(F)/%)

check:
	$(Q)scripts/setup.sh test
	$(Q)scripts/run-tests.sh check $(O)
test:
	$(Q)scripts/setup.sh test
	$(Q)scripts/run-tests.sh all $(O)
bench:
	$(Q)scripts/setup.sh test
	$(Q)scripts/run-tests.sh bench $(O)
lint:
	$(Q)scripts/setup.sh test
	$(Q)scripts/run-tests.sh lint $(O)
fuzz:
	$(Q)scripts/setup.sh test
	$(Q)scripts/fuzz.sh $(O)

# --- installation of the host tool -------------------------------------------
# Units, and what keeps keelboot's words in an initrd, are looked for in these
# places only, wherever the program is.
PREFIX ?= /usr/local
SYSTEMD ?= /usr/lib/systemd
INITRAMFS_TOOLS ?= /usr/share/initramfs-tools
install: $(B)/keelboot
	install -D -m 755 $(B)/keelboot $(DESTDIR)$(PREFIX)/bin/keelboot
	install -D -m 644 docs/man/keelboot.8 \
		$(DESTDIR)$(PREFIX)/share/man/man8/keelboot.8
	install -D -m 644 docs/man/keelboot.conf.5 \
		$(DESTDIR)$(PREFIX)/share/man/man5/keelboot.conf.5
	install -d $(DESTDIR)$(SYSTEMD)/system
	sed 's:@PREFIX@:$(PREFIX):' dist/systemd/keelboot-bless.service > \
		$(DESTDIR)$(SYSTEMD)/system/keelboot-bless.service
	chmod 644 $(DESTDIR)$(SYSTEMD)/system/keelboot-bless.service
	install -D -m 644 dist/tmpfiles.d/keelboot.conf \
		$(DESTDIR)/usr/lib/tmpfiles.d/keelboot.conf
	install -D -m 644 dist/dracut/50-keelboot.conf \
		$(DESTDIR)/usr/lib/dracut/dracut.conf.d/50-keelboot.conf
	install -D -m 755 dist/initramfs-tools/scripts/init-bottom/keelboot \
		$(DESTDIR)$(INITRAMFS_TOOLS)/scripts/init-bottom/keelboot

clean:
	rm -rf $(O)

-include $(MKKEYRING:%.c=$(T)/obj/%.d)
-include $(OBJ:.o=.d) $(HOST_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d)
-include $(MUTATE_OBJ:.o=.d) $(MUTATE:%.c=$(H)/obj/%.d)
-include $(wildcard $(H)/unit/*.d $(H)/host/*.d $(H)/fuzz/*.d $(F)/*.d)
-include $(wildcard $(B)/obj/tests/*/*.d)
