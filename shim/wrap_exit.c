/* SPDX-License-Identifier: ISC */
/* The ways out: counts are written before the process ends. exit(3) is met by a destructor. */
#include "sandbox/sys.h"
#include "shim/log.h"
#include "shim/real.h"
#include "shim/shim.h"
#include "shim/sites.h"

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
