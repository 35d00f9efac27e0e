/* SPDX-License-Identifier: ISC */
/* What is logged and what is counted, over forks, threads, signals, full tables and a child that means harm. */
#include "shim/base/shared.h"
#include "shim/log/sites.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

/* What was told, by all processes. */
static struct told {
	uint64_t lines;
	uint64_t calls;
	uint64_t strange; /* count events that are none of ours */
	uint64_t logged;
	uint64_t by_site[1024]; /* of these calls; the first ones are looked at */
} * told;

static void tell(const struct call_event *event)
{
	__atomic_add_fetch(&told->lines, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&told->calls, event->count, __ATOMIC_SEQ_CST);
	if (event->pc_count && event->pcs[0] - 0x1000 < 1024)
		__atomic_add_fetch(&told->by_site[event->pcs[0] - 0x1000], event->count, __ATOMIC_SEQ_CST);
	if (!event->func || strncmp(event->func, "func", 4) != 0 || event->pc_count != 2 || event->pcs[1] != 0x2000 ||
	    !event->count || event->path || event->path2 || event->dir || event->resolved)
		__atomic_add_fetch(&told->strange, 1, __ATOMIC_SEQ_CST);
}

static int fresh(void **state)
{
	(void)state;
	memset(told, 0, sizeof(*told));
	return sites_init();
}

static enum site_say see_object(uintptr_t site, bool every, uint64_t object)
{
	const uintptr_t pcs[2] = {0x1000 + site, 0x2000};
	const struct call_event event = {.func = "func", .path = "/x", .resolved = "/y", .pcs = pcs, .pc_count = 2};
	enum site_say say = sites_seen(&event, every, object);

	if (say != SITE_COUNT)
		__atomic_add_fetch(&told->logged, 1, __ATOMIC_SEQ_CST);
	return say;
}

static enum site_say see(uintptr_t site)
{
	return see_object(site, false, 0);
}

static int in_child(void (*play)(uintptr_t), uintptr_t argument)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		play(argument);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void a_site_is_logged_once(void **state)
{
	const uintptr_t pcs[3] = {1, 2, 3}, others[3] = {1, 2, 4};
	const struct call_event known = {.func = "func", .module = "m", .pcs = pcs, .pc_count = 3};
	struct call_event events[] = {known, known, known, known, known, known, known, known};

	(void)state;
	events[1].func = "funk";
	events[2].module = "n";
	events[3].module = NULL;
	events[4].pcs = others;
	events[5].pc_count = 2;
	events[6].where = WHERE_OUTSIDE;
	events[7].effect = EFFECT_DENIED;
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(sites_seen(&events[i], false, i), SITE_LOG);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(sites_seen(&events[i], false, 100), SITE_COUNT);
	events[0].path = "/another";
	assert_int_equal(sites_seen(&events[0], false, 0), SITE_COUNT);
	events[0].how = HOW_UNANCHORED;
	assert_int_equal(sites_seen(&events[0], false, 0), SITE_LOG);
}

/* Return addresses that differ by what the words of a verdict are made of. */
static void nothing_is_taken_for_its_neighbour(void **state)
{
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(fresh(state), 0);
		for (unsigned i = 0; i < 20 * 32; i++) {
			const uintptr_t pcs[2] = {0x401234, 0x402345 ^ (uintptr_t)1 << i / 32};
			const uintptr_t swapped[2] = {pcs[1], pcs[0]};
			const struct call_event event = {.func = "func",
							 .pcs = round ? swapped : pcs,
							 .pc_count = 2,
							 .where = i % 4,
							 .how = i / 4 % 2,
							 .effect = i / 8 % 4};

			assert_int_equal(sites_seen(&event, false, 0), SITE_LOG);
			if (i < 200)
				assert_int_equal(sites_seen(&event, false, 0), SITE_COUNT);
		}
	}
}

static void sixteen_objects_are_logged(void **state)
{
	(void)state;
	for (uint64_t object = 0; object < SITE_OBJECTS; object++) {
		assert_int_equal(see_object(1, true, object << 32),
				 object + 1 < SITE_OBJECTS ? SITE_LOG : SITE_LOG_LAST);
		assert_int_equal(see_object(1, true, object << 32), SITE_COUNT);
	}
	assert_int_equal(see_object(1, true, 99), SITE_COUNT);
	/* Nothing that was seen is new again. */
	assert_int_equal(see_object(1, true, 0), SITE_COUNT);
	sites_flush(tell);
	assert_int_equal(told->lines, 1);
	assert_int_equal(told->calls, 2 * SITE_OBJECTS + 2);
}

static void counts_add_up(void **state)
{
	(void)state;
	see(1);
	sites_flush(tell);
	assert_int_equal(told->lines, 0);
	for (unsigned i = 0; i < 9; i++)
		see(1);
	see(2);
	sites_flush(tell);
	assert_int_equal(told->lines, 1);
	assert_int_equal(told->calls, 10);
	sites_flush(tell);
	assert_int_equal(told->lines, 1);
	see(1);
	see(2);
	sites_flush(tell);
	assert_int_equal(told->lines, 3);
	assert_int_equal(told->calls, 13);
	assert_int_equal(told->strange, 0);
}

static void connection(uintptr_t site)
{
	see(site);
	sites_flush(tell);
}

static void a_daemon_says_a_site_once(void **state)
{
	uint64_t calls;

	(void)state;
	see(1);
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(in_child(connection, 1), 0);
	assert_int_equal(told->logged, 1);
	assert_in_range(told->lines, 4, 10);
	sites_flush(tell);
	assert_int_equal(told->calls, 501);

	/* A site that the daemon itself never saw. */
	memset(told, 0, sizeof(*told));
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(in_child(connection, 2), 0);
	assert_int_equal(told->logged, 1);
	assert_in_range(told->lines, 4, 10);
	assert_in_range(told->calls, 251, 500);
	calls = told->calls;
	see(2);
	sites_flush(tell);
	assert_in_range(told->calls, calls + 1, 501);
	assert_int_equal(told->calls, 501);
	assert_int_equal(told->strange, 0);
}

static void quiet_child(uintptr_t site)
{
	see(site);
	sites_flush(tell);
}

static void a_child_does_not_tell_what_its_parent_saw(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10; i++)
		see(1);
	assert_int_equal(in_child(quiet_child, 2), 0);
	assert_int_equal(told->lines, 0);
	sites_flush(tell);
	assert_int_equal(told->calls, 10);
}

static void vfork_child_sees_and_flushes(void)
{
	pid_t pid = vfork();

	if (!pid) {
		see(1);
		see(1);
		sites_flush(tell);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void first_call_by_a_vfork_child(uintptr_t site)
{
	vfork_child_sees_and_flushes();
	see(site);
	see(site);
	sites_flush(tell);
}

static void a_vfork_child_leaves_it_to_its_parent(void **state)
{
	(void)state;
	see(1);
	vfork_child_sees_and_flushes();
	assert_int_equal(told->lines, 0);
	sites_flush(tell);
	assert_int_equal(told->calls, 3);
	/* In a process that made no call before, it tells; nothing is lost by that. */
	assert_int_equal(fresh(state), 0);
	assert_int_equal(in_child(first_call_by_a_vfork_child, 1), 0);
	assert_int_equal(told->calls, 4);
}

static void a_full_table_logs(void **state)
{
	unsigned again = 0;

	(void)state;
	for (uintptr_t site = 0; site < 3000; site++)
		assert_int_equal(see(site), SITE_LOG);
	for (uintptr_t site = 0; site < 3000; site++)
		again += see(site) == SITE_LOG;
	/* What found room is known, the rest is logged each time. */
	assert_in_range(again, 1, 2200);
	sites_flush(tell);
	assert_int_equal(told->lines, 3000 - again);
	assert_int_equal(told->calls, 2 * told->lines);
}

#define TALLY 128 /* bytes, the second word of which is the total */

/* As a confined child would find it. */
static unsigned char *shared_table(size_t *size)
{
	unsigned long start = 0, end = 0, from, to;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, " rw-s ") && sscanf(line, "%lx-%lx", &from, &to) == 2 && to - from == SHARED_ROOM) {
			start = from; /* tables of earlier tests lie above: new ones are mapped downwards */
			end = to;
			break;
		}
	fclose(maps);
	assert_int_equal(end - start, SHARED_ROOM);
	*size = 4096 * TALLY;          /* asked for first */
	return (unsigned char *)start; // NOLINT(performance-no-int-to-ptr)
}

static uint64_t random_word(void)
{
	static uint64_t word = 88172645463325252u;

	word ^= word << 13;
	word ^= word >> 7;
	word ^= word << 17;
	return word;
}

static void a_full_shared_table_leaves_the_private_one(void **state)
{
	size_t size;
	unsigned char *table = shared_table(&size);

	(void)state;
	for (size_t i = 0; i < size; i += 8)
		*(uint64_t *)(void *)(table + i) = random_word();
	for (uint64_t object = 0; object < 20; object++)
		assert_int_equal(see_object(1, true, object + 1), object < 15    ? SITE_LOG
								  : object == 15 ? SITE_LOG_LAST
										 : SITE_COUNT);
	assert_int_equal(in_child(connection, 1), 0);
	assert_int_equal(told->calls, 1);
	told->lines = told->calls = 0;
	sites_flush(tell);
	assert_int_equal(told->lines, 1);
	assert_int_equal(told->calls, 20);
	assert_int_equal(told->strange, 0);
}

static void a_forged_count_is_not_repeated(void **state)
{
	size_t size;
	unsigned char *table = shared_table(&size);

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		see(1);
	for (size_t i = 8; i < size; i += TALLY)
		*(uint64_t *)(void *)(table + i) = UINT64_C(1) << 60;
	sites_flush(tell);
	assert_int_equal(told->calls, 5);
}

static void scribble(unsigned char *table, size_t size)
{
	static const uint64_t values[] = {0, 1, 2, UINT64_MAX, UINT64_MAX / 2, 1u << 31};
	uint64_t kind = random_word() % 3;

	for (size_t i = 0; i < 256; i++) {
		uint64_t *at = (uint64_t *)(void *)(table + random_word() % (size / 8) * 8);

		*at = kind == 0   ? random_word()
		      : kind == 1 ? values[random_word() % 6]
				  : *at ^ 1u << random_word() % 32;
	}
}

static void scribbled_memory_misleads_nobody(void **state)
{
	size_t size;
	unsigned char *table = shared_table(&size);
	pid_t pid = fork();

	(void)state;
	if (!pid)
		for (;;)
			scribble(table, size);
	for (unsigned round = 0; round < 10000; round++) {
		scribble(table, size);
		for (uintptr_t site = 0; site < 20; site++) {
			enum site_say say = see_object(site, round & 1, random_word() % 32);

			assert_true(say == SITE_LOG || say == SITE_LOG_LAST || say == SITE_COUNT);
		}
		if (round % 100 == 0)
			sites_flush(tell);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(told->strange, 0);
	assert_true(told->lines > 0);
	/* And when it is over, a site is said and then counted again. */
	memset(table, 0, size);
	assert_int_equal(see(5000), SITE_LOG);
	assert_int_equal(see(5000), SITE_COUNT);
}

#define THREADS 8
#define SITES   150
#define OBJECTS 10
#define TIMES   20

static pthread_barrier_t together;

/* All threads make the same new calls at the same time, then the same known ones. */
static void *hammer(void *unused)
{
	pthread_barrier_wait(&together);
	for (unsigned i = 0; i < TIMES; i++)
		for (uintptr_t site = 0; site < SITES; site++)
			for (uint64_t object = 0; object < OBJECTS; object++)
				see_object(site, true, object + 1);
	return unused;
}

static void threads_agree(void **state)
{
	pthread_t threads[THREADS];

	for (unsigned round = 0; round < 10; round++) {
		assert_int_equal(fresh(state), 0);
		pthread_barrier_init(&together, NULL, THREADS);
		for (unsigned i = 0; i < THREADS; i++)
			pthread_create(&threads[i], NULL, hammer, NULL);
		for (unsigned i = 0; i < 20; i++)
			sites_flush(tell);
		for (unsigned i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		sites_flush(tell);
		assert_int_equal(told->logged, SITES * OBJECTS);
		assert_int_equal(told->calls, THREADS * TIMES * SITES * OBJECTS);
		assert_int_equal(told->strange, 0);
	}
}

#ifdef __x86_64__
/* The trap flag raises SIGTRAP after each instruction: the handler makes the same call, and others, at one of them. */
#define OTHERS 600
static volatile unsigned steps_left, handled;

static void see_all(int number)
{
	(void)number;
	if (!steps_left || --steps_left)
		return;
	handled++;
	for (uintptr_t site = 1; site <= OTHERS; site++)
		see(site);
}

static uint64_t place_of(uintptr_t site)
{
	const uintptr_t pcs[2] = {0x1000 + site, 0x2000};
	const struct call_event event = {.func = "func", .pcs = pcs, .pc_count = 2};

	return sites_key(&event) % 1024; /* SITES_MAX */
}

/* A site whose place in the table one before it takes. */
static uintptr_t crowded(void)
{
	for (uintptr_t site = OTHERS; site; site--)
		for (uintptr_t other = 1; other < site; other++)
			if (place_of(other) == place_of(site))
				return site;
	return 0;
}

static void a_signal_may_come_in_the_middle(void **state)
{
	struct sigaction action = {.sa_handler = see_all}, old;
	const uintptr_t interrupted = crowded();
	unsigned step = 0;

	sigaction(SIGTRAP, &action, &old);
	do {
		/* The tables are new for each instruction: none of the first call has been done. */
		assert_int_equal(fresh(state), 0);
		handled = 0;
		steps_left = ++step;
		__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
		see(interrupted);
		__asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
		steps_left = 0;
		for (uintptr_t site = 1; site <= OTHERS; site++)
			see(site);
		sites_flush(tell);
		if (told->logged != OTHERS || told->calls != (handled ? 2 * OTHERS + 1 : 2) || told->strange ||
		    (handled && told->by_site[interrupted] != 3))
			fail_msg("instruction %u: logged %llu, counted %llu, of the one that was interrupted %llu",
				 step, (unsigned long long)told->logged, (unsigned long long)told->calls,
				 (unsigned long long)told->by_site[interrupted]);
	} while (handled);
	sigaction(SIGTRAP, &old, NULL);
	assert_true(step > 100);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_site_is_logged_once, fresh),
	    cmocka_unit_test(nothing_is_taken_for_its_neighbour),
	    cmocka_unit_test_setup(sixteen_objects_are_logged, fresh),
	    cmocka_unit_test_setup(counts_add_up, fresh),
	    cmocka_unit_test_setup(a_daemon_says_a_site_once, fresh),
	    cmocka_unit_test_setup(a_child_does_not_tell_what_its_parent_saw, fresh),
	    cmocka_unit_test_setup(a_vfork_child_leaves_it_to_its_parent, fresh),
	    cmocka_unit_test_setup(a_full_table_logs, fresh),
	    cmocka_unit_test_setup(a_full_shared_table_leaves_the_private_one, fresh),
	    cmocka_unit_test_setup(a_forged_count_is_not_repeated, fresh),
	    cmocka_unit_test_setup(scribbled_memory_misleads_nobody, fresh),
	    cmocka_unit_test_setup(threads_agree, fresh),
#ifdef __x86_64__
	    cmocka_unit_test_setup(a_signal_may_come_in_the_middle, fresh),
#endif
	};

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests_name("shim/sites", tests, NULL, NULL);
}
