# acme: build, test, install. Needs GNU make and a C compiler; `sh tests/need.sh build` installs
# both. What can be said here once is said once: every list comes from a folder.
#
#   make                     build/release/acme, static
#   make MODE=debug          the same in build/debug/: debug, asan, cov, fuzz
#   make DNS="dns_cf dns_x"  only these DNS drivers
#   make SYSTEM_DEPS=1       the system's mbedTLS (>= 3.6) and cJSON by pkg-config
#   make check e2e lint      unit tests, tests against a real CA server, style; `make test` is all
#   make install PREFIX=/usr/local DESTDIR=

VERSION     = 0.1.0
RELEASE_URL =
RELEASE_KEY =
PREFIX      = /usr/local
MODE       ?= release

# The order of SRC is the dependency rule: a file includes headers of modules that stand earlier,
# its own, and acme.h; `make layers` checks it. A module NAME is src/NAME.c with src/NAME.h, and
# src/NAME_*.c when it has parts (platforms, or commands by subject).
GROUND   = arena buf text b64 clock error idn redact log file proc crew
FORMATS  = json xml xmlrpc der pem conf
CRYPTO   = rand hash key x509 cert csr pkcs12 keeper jws
NETWORK  = url net trust tls httpmsg http websocket server resolve tsig dnsupdate dnszone dnswait mail smtp
SERVICE  = cred api local sign plugin provider
PROTOCOL = ca problem wire account order ari
STORE    = home spec store due
SOLVERS  = responder run solver standalone webroot stateless dnsrecords dns01 \
	dnspersist nginxconf apachevhosts webedit webserver challenge
FLOWS    = describe health hooks userhook install deploy notify prove request issue renew daemon schedule profile setup release
COMMANDS = options help docgen cmd
SRC = $(GROUND) $(FORMATS) $(CRYPTO) $(NETWORK) $(SERVICE) $(PROTOCOL) $(STORE) $(SOLVERS) \
	$(FLOWS) $(COMMANDS)
# Nothing else sees mbedTLS: its next major version has another API.
TLS = rand hash key pkcs12 trust tls

modules := $(foreach m,$(SRC),$(wildcard src/$m.c src/$m_*.c))
drivers := $(wildcard dnsapi/*.c)
DNS     ?= $(basename $(notdir $(wildcard dnsapi/dns_*.c)))
plugins := $(filter-out dnsapi/dns_%,$(drivers)) $(DNS:%=dnsapi/%.c) $(wildcard deploy/*.c notify/*.c)

# --- flavours -----------------------------------------------------------------------------------
B   := build/$(MODE)
GEN := build/gen

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings
ifneq ($(filter 1 true,$(WERROR) $(CI)),)
WARN += -Werror
endif

HARDEN  = -fstack-protector-strong -fstack-clash-protection
SECTION = -ffunction-sections -fdata-sections
WALLS   = -Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack,--build-id=none

# SPEED is how our code is optimised, SPEED_DEP how the libraries are; OPT is for both.
SPEED_DEP = -O2
ifeq ($(MODE),release)
# Static and position-independent: musl-gcc of Debian 12 knows no -static-pie, so its parts are
# named here; a musl without rcrt1.o gets a plain static program. (_FORTIFY_SOURCE would do
# nothing: musl's headers have no checked variants.)
CC    := musl-gcc
musl  := $(dir $(shell $(CC) '-###' -xc /dev/null 2>&1 | grep -o '[^ "]*/S\?crt1\.o'))
SPEED  = -Os
SPEED_DEP = -Os
OPT    = $(SECTION) $(HARDEN) -fomit-frame-pointer -fno-asynchronous-unwind-tables
LINK   = -static -s $(WALLS)
ifneq ($(wildcard $(musl)rcrt1.o),)
OPT   += -fPIE
LINK  += -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text $(addprefix $(musl),rcrt1.o crti.o crtn.o)
endif
else ifeq ($(MODE),debug)
CC    := gcc
SPEED  = -O0
OPT    = -g $(HARDEN)
else ifeq ($(MODE),cov)
CC    := gcc
SPEED  = -O0 --coverage
OPT    = -g
LINK   = --coverage
else ifeq ($(MODE),asan)
CC    := gcc
SPEED  = -O1 -fsanitize=undefined -fno-sanitize-recover=undefined -DARENA_EXACT
OPT    = -g -fno-omit-frame-pointer -fsanitize=address
LINK   = -fsanitize=address,undefined
else ifeq ($(MODE),fuzz)
CC    := clang
SPEED  = -O1 -fsanitize=undefined -fno-sanitize-recover=undefined -DARENA_EXACT
OPT    = -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address
LINK   = -fsanitize=address,undefined
else
$(error MODE=$(MODE) is none of release, debug, asan, cov, fuzz)
endif

CFLAGS   = -std=c11 $(SPEED) $(OPT) $(WARN)
CPPFLAGS = -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -DACME_VERSION='"$(VERSION)"' \
	-DACME_RELEASE_URL='"$(RELEASE_URL)"' -DACME_RELEASE_KEY='"$(RELEASE_KEY)"' -I. -Isrc -I$(GEN) $(deps_cpp)
LDLIBS   = $(deps_lib)
LDLIBS  += $(if $(filter release,$(MODE)),,-lresolv)

# --- the two libraries --------------------------------------------------------------------------
ifdef SYSTEM_DEPS
deps_cpp := $(shell pkg-config --cflags 'mbedtls >= 3.6' mbedx509 mbedcrypto libcjson || echo none)
deps_lib := $(shell pkg-config --libs 'mbedtls >= 3.6' mbedx509 mbedcrypto libcjson)
$(if $(filter none,$(deps_cpp)),$(error SYSTEM_DEPS=1 needs mbedTLS 3.6 and cJSON with pkg-config files))
# The system's libraries are shared ones of its own C library, so is the program then.
ifeq ($(MODE),release)
CC   := cc
LINK  = -s -pie $(WALLS)
LDLIBS += -lresolv
endif
else
# ready.mk says where the unpacked sources are (MBEDTLS, CJSON). It is made by tests/deps.sh, and
# make then starts over; goals that compile nothing leave it alone.
ifneq ($(filter-out clean lint layers warnings format test demo,$(or $(MAKECMDGOALS),all)),)
include build/deps/ready.mk
endif
deps_cpp = -DMBEDTLS_CONFIG_FILE='<mbedtls_config.h>' -isystem $(MBEDTLS)/include -isystem $(CJSON)
deps_lib = $(B)/libmbed.a $(B)/libcjson.a
deps     = $(deps_lib)
endif

build/deps/ready.mk: tests/deps.sh
	@sh tests/deps.sh

# --- rules --------------------------------------------------------------------------------------
obj  = $(patsubst %.c,$(B)/obj/%.o,$1)
unit := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/t_*.c))
fuzz := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/f_*.c))
lists := $(GEN)/dns.list $(GEN)/deploy.list $(GEN)/notify.list

# As many jobs as processors, unless the caller chose.
cores := $(shell nproc 2>/dev/null || echo 2)
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(cores)
endif
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all check e2e lint layers cppflags warnings format test demo fuzz fuzzers bench replay docs dist install clean FORCE

# One short line a step; V=1 shows the commands.
run = $(if $(V),,@printf '%-5s%s\n' $1 $@;)

all: $(if $(wildcard acme.c),$(B)/acme,$(B)/libacme.a)

$(B)/acme: $(call obj,acme.c) $(B)/libacme.a $(deps)
	$(call run,LINK) $(CC) $(CFLAGS) $(LINK) -o $@ $(filter %.o %.a,$^) $(LDLIBS)

# Everything but main: what unit tests and fuzz targets link.
$(B)/libacme.a: $(call obj,$(modules) $(plugins))
$(B)/libmbed.a: $(call obj,$(patsubst $(MBEDTLS)/%,mbedtls/%,$(wildcard $(MBEDTLS)/library/*.c)))
$(B)/libcjson.a: $(B)/obj/cjson/cJSON.o
$(B)/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(call run,AR) $(AR) rcs $@ $(filter %.o,$^)

compile = $(call run,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/%.o: %.c $(B)/flags | $(lists)
	@mkdir -p $(@D)
	$(compile)

# -MMD leaves out what the libraries' headers include.
$(call obj,$(foreach m,$(TLS),$(wildcard src/$m.c src/$m_*.c))): src/mbedtls_config.h

# Foreign code: our options, but not our warnings.
$(B)/obj/mbedtls/%.o $(B)/obj/cjson/%.o: SPEED = $(SPEED_DEP)
$(B)/obj/mbedtls/%.o $(B)/obj/cjson/%.o: WARN = -w
$(B)/obj/mbedtls/%.o: $(MBEDTLS)/%.c src/mbedtls_config.h $(B)/flags
	@mkdir -p $(@D)
	$(compile)
$(B)/obj/cjson/%.o: $(CJSON)/%.c $(B)/flags
	@mkdir -p $(@D)
	$(compile)
# Speed where the time goes, size elsewhere: -Os alone costs 15 % of CPU, -O2 alone 60 KB.
hot = bignum bignum_core constant_time ecp ecp_curves ecdsa rsa sha512 aes aesni gcm
$(hot:%=$(B)/obj/mbedtls/library/%.o): SPEED_DEP := $(SPEED_DEP:-Os=-O2)
# mbedTLS asks the kernel for random bytes only where it knows the C library; musl has the same
# call, and this name selects it. Otherwise /dev/random would be opened, also inside a chroot.
$(B)/obj/mbedtls/library/entropy_poll.o: CPPFLAGS += -D__midipix__

# Other flags, other objects.
flags = $(subst ','\'',$(CC) $(CPPFLAGS) $(SPEED) $(OPT) $(SPEED_DEP) $(LINK))
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(flags)' | cmp -s - $@ || printf '%s\n' '$(flags)' >$@

# The file is the registration: one X(name) a line, written when the set of files changes.
names_dns    = $(DNS)
names_deploy = $(basename $(notdir $(wildcard deploy/*.c)))
names_notify = $(basename $(notdir $(wildcard notify/*.c)))
$(lists): $(GEN)/%.list: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; printf '%s' '$(foreach n,$(sort $(names_$*)),X($n)@)' | tr @ '\n' >$$new; \
		cmp -s $$new $@ && rm $$new || mv $$new $@

# --- tests --------------------------------------------------------------------------------------
# prove runs them side by side; one.sh keeps each one's output in $(B)/tap/.
prove = prove $(PROVE_FLAGS) --timer --jobs $(or $(JOBS),$1) --exec 'sh tests/one.sh $(B)/tap/$@'
test_link = $(call run,LINK) $(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(LINK) -MMD -MP -o $@ $(filter %.c %.a,$^) $(LDLIBS)

$(B)/tests/t_%: tests/unit/t_%.c $(B)/libacme.a $(deps) $(B)/flags
	@mkdir -p $(@D)
	$(test_link)

# A fuzz target is a fuzzer in the fuzz flavour, and elsewhere a test that replays its corpus.
ifeq ($(MODE),fuzz)
fuzz_main = -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay_main.c
endif
$(B)/tests/f_%: tests/fuzz/f_%.c $(filter %.c,$(fuzz_main)) $(B)/libacme.a $(deps) $(B)/flags
	@mkdir -p $(@D)
	$(test_link) $(filter -%,$(fuzz_main)) -DCORPUS='"tests/fuzz/corpus/$*"'

# Fixtures of drivers and hooks, with Perl's regular expressions. musl has no <pcre2.h>: Debian's
# library for glibc serves, its one checked memcpy made the plain one.
ifeq ($(CC),musl-gcc)
pcre2 = -idirafter /usr/include $(shell gcc -print-file-name=libpcre2-8.a) -Wl,--defsym=__memcpy_chk=memcpy
else
pcre2 = -lpcre2-8
endif
$(B)/tests/replay: tests/replay.c tests/replay_mock.c $(B)/libacme.a $(deps) $(B)/flags
	@mkdir -p $(@D)
	$(test_link) $(pcre2)
replay: $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/replay.c))

check: $(unit) $(fuzz) replay
	$(call prove,$(cores)) $(unit) $(fuzz) $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/replay.c))

e2e: all
	ACME_BIN=$(CURDIR)/$(B)/acme $(call prove,$$(($(cores) * 2))) $(or $(T),$(wildcard tests/e2e/*.t))

# Flags for the lint tools, which are no compilers of ours.
cppflags: $(lists)
	@echo "$(subst ",\",$(CPPFLAGS))"
warnings:
	@echo $(filter-out -Werror,$(WARN)) -Werror

format:
	clang-format -i $(wildcard acme.[ch] src/*.[ch] dnsapi/*.[ch] deploy/*.[ch] notify/*.[ch] \
		tests/*.[ch] tests/unit/*.[ch] tests/fuzz/*.[ch])
lint:
	TEST_TIMEOUT=1500 $(call prove,1) tests/lint.sh
layers:
	@awk -v order='$(SRC)' -v tls='$(TLS)' -f tests/layers.awk $(wildcard src/*.[ch])
test:
	sh tests/all.sh
demo:
	sh tests/demo.sh
# Figures, not tests: nothing fails by being slow. docs/performance.md tells what they are.
$(B)/tests/bench_%: tests/bench/%.c $(B)/libacme.a $(deps) $(B)/flags
	@mkdir -p $(@D)
	$(test_link)
bench: all $(B)/tests/bench_crypto
	ACME_BIN=$(CURDIR)/$(B)/acme sh tests/bench/run.sh
	ACME_BIN=$(CURDIR)/$(B)/acme sh tests/bench/parallel.sh
	$(B)/tests/bench_crypto
# FUZZ=seconds for each target
fuzz:
	$(MAKE) MODE=fuzz fuzzers
	sh tests/fuzz/run.sh $(or $(FUZZ),60) $(patsubst tests/fuzz/%.c,build/fuzz/tests/%,$(wildcard tests/fuzz/f_*.c))
fuzzers: $(fuzz)

# Generated pages: the program prints them from its own tables.
docs: all
	$(if $(wildcard tests/docs.sh),sh tests/docs.sh $(B)/acme)

# make dist KEY=file: a release folder in build/dist, signed with that ECDSA P-256 key
dist: all
	RELEASE_URL='$(RELEASE_URL)' RELEASE_KEY='$(RELEASE_KEY)' sh tests/dist.sh '$(KEY)'

install: all
	install -D -m 755 $(B)/acme $(DESTDIR)$(PREFIX)/bin/acme
	$(if $(wildcard docs/acme.1),install -D -m 644 docs/acme.1 $(DESTDIR)$(PREFIX)/share/man/man1/acme.1)

clean:
	rm -rf build/release build/debug build/asan build/cov build/fuzz build/gen build/lint

-include $(shell find $(B) -name '*.d' 2>/dev/null)
