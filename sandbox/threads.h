/* SPDX-License-Identifier: ISC */
/* Whether there is more than one thread to restrict. */
#ifndef PRECLUDE_SANDBOX_THREADS_H
#define PRECLUDE_SANDBOX_THREADS_H

#include <stdbool.h>

/* Whether the process has threads besides this one, which a kernel before ABI 8 would leave unconfined. */
bool threads_any(void);

#endif
