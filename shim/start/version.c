/* SPDX-License-Identifier: ISC */
/*
 * Which version this library is, for whoever finds it on a machine or in a core file: an ELF note, which costs no
 * symbol and survives strip. `readelf -p .note.preclude libpreclude.so` prints it. The owner is "preclude", the type 1.
 */
#include <stdint.h>

#define OWNER "preclude"

static const struct {
	uint32_t owner_size, version_size, type;
	char owner[(sizeof(OWNER) + 3) / 4 * 4];
	char version[(sizeof(PRECLUDE_VERSION) + 3) / 4 * 4];
} note __attribute__((section(".note.preclude"), used, aligned(4))) = {
    sizeof(OWNER), sizeof(PRECLUDE_VERSION), 1, OWNER, PRECLUDE_VERSION,
};
