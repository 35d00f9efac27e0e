/* SPDX-License-Identifier: ISC */
/* Which system calls change metadata: rows of syscalls.def. For the library, and for the command's outer layer. */
#include "shim/judge/operation.h"
#include "shim/libc/numbers.h"
#include "shim/syscall/gate.h"

size_t gate_numbers(uint32_t numbers[FILTER_MAX])
{
	size_t count = 0;

#define SYSCALL(name, operation, ...)                                                                                  \
	if (does_##operation == DOES_METADATA && !(right_##operation & RIGHT_NEVER))                                   \
		numbers[count++] = (uint32_t)SYS_##name;
#include "shim/syscall/syscalls.def"
	return count;
}
