/* SPDX-License-Identifier: ISC */
/*
 * PRECLUDE_CONFINE_RAW=on: system calls that change metadata are made from one place, and from nowhere else
 * (sandbox/filter.h).
 *
 * The gate is a page at an address that is the same in every process: a filter names an instruction by its address and
 * outlives exec, while everything else moves. Whoever has the library maps it; in a program that has not, nothing is
 * there, and such calls fail with EPERM.
 *
 * It holds what goes astray, and programs that know nothing of it. It is no boundary against somebody who does: code
 * that was taken over can go through the gate, a program without the library can map one.
 */
#ifndef PRECLUDE_SHIM_SYSCALL_GATE_H
#define PRECLUDE_SHIM_SYSCALL_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/filter.h"
#include "shim/libc/gate_call.h"

/*
 * Between the programs that are linked at fixed addresses and 2 GiB: AddressSanitizer, ThreadSanitizer and
 * MemorySanitizer take what is there for the program's, Wine wants other parts, and no mmap(2) goes there unasked.
 */
#define GATE_PAGE UINT64_C(0x70636000)
#define GATE_SIZE 4096

/* Where its instruction is, behind some nops, and where that returns to. */
#define GATE_SYSCALL "30"
#define GATE_BACK    (GATE_PAGE + 32)

/*
 * Once the domain is in force: maps the gate, leads libc's functions through it, installs the filter where none is
 * inherited, and says so in the outcome. -1 and why, when the program must not run.
 */
int gate_start(struct outcome *outcome, struct refusal *why);

/* Fills the numbers of the calls that change metadata, but for ioctl; returns how many they are. */
size_t gate_numbers(uint32_t numbers[FILTER_MAX]);

#endif
