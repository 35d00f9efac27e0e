/* SPDX-License-Identifier: ISC */
/* The ways out: counts are written before the process ends. exit(3) is met by a destructor. */
#include "sandbox/sys.h"
#include "shim/base/context.h"
#include "shim/libc/real.h"
#include "shim/log/log.h"
#include "shim/log/sites.h"

__attribute__((destructor)) static void at_exit(void)
{
	if (shim.active)
		sites_flush(log_call);
}

#define EXIT(name)                                                                                                     \
	WRAPPER(void, name, (int status))                                                                              \
	{                                                                                                              \
		at_exit();                                                                                             \
		if (REAL(name))                                                                                        \
			real.name(status);                                                                             \
		for (;;)                                                                                               \
			sys(SYS_exit_group, status);                                                                   \
	}

EXIT(_exit)
EXIT(_Exit)
