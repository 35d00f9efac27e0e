/* SPDX-License-Identifier: ISC */
/* Which system calls change metadata: rows of raw.def. For the library, and for the command's outer layer. */
#include "shim/libc/rights_of.h"
#include "shim/syscall/gate.h"
#include "shim/syscall/raw_numbers.h"

#define how_flags(how) 0

size_t gate_numbers(uint32_t numbers[FILTER_MAX])
{
	const long arg[6] = {0};
	size_t count = 0;

#define RAW_FD(name, fd, action)                                   ROW(name, action, 0)
#define RAW(name, dir, path, follow, action, rights)               ROW(name, action, rights)
#define RAW2(name, dir, path, follow, dir2, path2, action, rights) ROW(name, action, rights)
#define ROW(name, action, rights)                                                                                      \
	if ((action) == DOES_METADATA && !((rights)&RIGHT_NEVER))                                                      \
		numbers[count++] = (uint32_t)SYS_##name;
#include "shim/syscall/raw.def"
	return count;
}
