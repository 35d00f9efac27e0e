/* SPDX-License-Identifier: ISC */
/*
 * Every place from which a program may call is a scene: it must be named as addr2line names it, function and source
 * line, with the loader's help and without.
 */
#include "shim/stack/frames.c" // NOLINT(bugprone-suspicious-include): to take the loader's help away

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef __clang__ /* which makes no clones */
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone))
#endif
/* Says which line of which function makes the call that follows, and keeps that call from becoming a jump. */
#define FROM_HERE(call) (here(__func__, __LINE__), (call), keep())

static struct {
	uintptr_t pcs[FRAMES_MAX];
	unsigned count;
} shot;
static struct {
	const char *function;
	int line;
} calls[64];
static unsigned call_count;
static char program[4096];

static void here(const char *function, int line)
{
	unsigned i = 0;

	while (i < call_count && strcmp(calls[i].function, function) != 0)
		i++;
	calls[i].function = function;
	calls[i].line = line;
	call_count = i == call_count ? i + 1 : call_count;
}

static void keep(void)
{
	__asm__ volatile("" ::: "memory");
}

/* Stands for an exported wrapper and what it calls. */
static NOINLINE void inner(uintptr_t caller)
{
	shot.count = frames_capture(caller, shot.pcs, FRAMES_MAX);
	keep();
}

static NOINLINE void wrapper(void)
{
	inner((uintptr_t)__builtin_return_address(0));
	keep();
}

static NOINLINE void leaf(void)
{
	FROM_HERE(wrapper());
}

static NOINLINE void plain(void)
{
	FROM_HERE(leaf());
}

static NOINLINE void direct(void)
{
	FROM_HERE(wrapper());
}

static NOINLINE int compare(const void *a, const void *b)
{
	FROM_HERE(leaf());
	return *(const int *)a - *(const int *)b;
}

static NOINLINE void callback(void)
{
	int pair[2] = {2, 1};

	FROM_HERE(qsort(pair, 2, sizeof(pair[0]), compare));
	assert_int_equal(pair[0], 1);
}

static NOINLINE void recursive(int depth)
{
	FROM_HERE((depth ? recursive(depth - 1) : leaf()));
}

static NOINLINE void recursion(void)
{
	FROM_HERE(recursive(2));
}

/* A frame that only a register can find: its size is not known to the compiler, its stack realigned. */
static NOINLINE void realigned_frame(int size)
{
	void *space = __builtin_alloca_with_align((size_t)size, 512);

	__asm__ volatile("" : : "r"(space) : "memory");
	FROM_HERE(leaf());
}

static NOINLINE void realigned(void)
{
	FROM_HERE(realigned_frame(getpid() % 100 + 100));
}

static NOINLINE void handler(int number)
{
	(void)number;
	FROM_HERE(leaf());
}

static NOINLINE void interrupted(void)
{
	struct sigaction action = {.sa_handler = handler};

	sigaction(SIGUSR1, &action, NULL);
	FROM_HERE(raise(SIGUSR1));
}

/* The handler's stack lies above what it interrupts: further up is further down here. */
static NOINLINE void interrupted_below(void)
{
	char other[32768];
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};

	sigaltstack(&(stack_t){.ss_sp = other, .ss_size = sizeof(other)}, NULL);
	sigaction(SIGUSR1, &action, NULL);
	FROM_HERE(raise(SIGUSR1));
	sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
}

static NOINLINE void *thread_body(void *unused)
{
	FROM_HERE(leaf());
	return unused;
}

static void thread(void)
{
	pthread_t id;

	assert_int_equal(pthread_create(&id, NULL, thread_body, NULL), 0);
	pthread_join(id, NULL);
}

static NOINLINE int clone_body(void *unused)
{
	(void)unused;
	FROM_HERE(leaf());
	return 0;
}

/* 8 KiB between two pages that must not be touched. */
static void clone_stack(void)
{
	char *stack = mmap(NULL, 16384, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	assert_ptr_not_equal(stack, MAP_FAILED);
	assert_int_equal(mprotect(stack + 4096, 8192, PROT_READ | PROT_WRITE), 0);
	pid = clone(clone_body, stack + 12288, CLONE_VM | SIGCHLD, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	munmap(stack, 16384);
}

static NOINLINE void vfork_child(void)
{
	int status;
	pid_t pid = vfork();

	if (!pid) {
		FROM_HERE(leaf());
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#ifdef __x86_64__
/* Generated code has no call frame information; this one keeps a frame pointer. */
static NOINLINE void generated(void)
{
	static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct frame frame;

	assert_ptr_not_equal(page, MAP_FAILED);
	memcpy(page, code, sizeof(code));
	FROM_HERE(((void (*)(void (*)(void)))page)(wrapper));
	assert_int_equal(shot.pcs[0], (uintptr_t)page + 6);
	assert_false(frames_describe(shot.pcs[0], &frame));
	munmap(page, 4096);
}
#endif

static const struct scene {
	const char *name;
	void (*play)(void);
	const char *functions[6]; /* the program's own frames, innermost first; more may follow */
	const char *through;      /* an object between the first of them and the last */
} scenes[] = {
    {"static functions", plain, {"leaf", "plain"}, NULL},
    {"called directly", direct, {"direct"}, NULL},
    {"a library's callback", callback, {"leaf", "compare", "callback"}, "libc.so"},
    {"recursion", recursion, {"leaf", "recursive", "recursive", "recursive", "recursion"}, NULL},
    {"realigned stack", realigned, {"leaf", "realigned_frame", "realigned"}, NULL},
    {"signal handler", interrupted, {"leaf", "handler", "interrupted"}, "libc.so"},
    {"signal handler on its own stack", interrupted_below, {"leaf", "handler", "interrupted_below"}, "libc.so"},
    {"thread", thread, {"leaf", "thread_body"}, NULL},
    {"clone with 8 KiB of stack", clone_stack, {"leaf", "clone_body"}, NULL},
    {"vfork child", vfork_child, {"leaf", "vfork_child"}, NULL},
#ifdef __x86_64__
    {"generated code", generated, {"generated"}, NULL},
#endif
};

/* What binutils says: the function of an address, and the line in this file. */
static void addr2line(const struct frame *frame, char *function, int *line)
{
	char command[8300], place[4096];
	const char *colon;
	FILE *pipe;

	snprintf(command, sizeof(command), "addr2line -f -e '%s' 0x%llx", frame->object,
		 (unsigned long long)frame->offset);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%127s %4095s", function, place), 2);
	pclose(pipe);
	colon = strrchr(place, ':');
	*line = colon ? atoi(colon + 1) : 0;
}

static int line_of(const char *function)
{
	for (unsigned i = 0; i < call_count; i++)
		if (strcmp(calls[i].function, function) == 0)
			return calls[i].line;
	return 0;
}

static void play(const struct scene *scene)
{
	bool through = !scene->through;
	unsigned wanted = 0;

	memset(&shot, 0, sizeof(shot));
	scene->play();
	for (unsigned i = 0; i < shot.count && scene->functions[wanted]; i++) {
		char function[128];
		struct frame frame;
		int line;

		if (!frames_describe(shot.pcs[i], &frame))
			continue;
		if (strcmp(frame.object, program) != 0) {
			through = through || (strstr(frame.object, scene->through) && wanted);
			continue;
		}
		addr2line(&frame, function, &line);
		if (strcmp(function, scene->functions[wanted]) != 0 || line != line_of(function))
			fail_msg("%s: frame %u is %s line %d, not %s line %d", scene->name, i, function, line,
				 scene->functions[wanted], line_of(scene->functions[wanted]));
		wanted++;
	}
	if (scene->functions[wanted] || !through)
		fail_msg("%s: the walk ended after %u frames, before %s", scene->name, shot.count,
			 scene->functions[wanted] ? scene->functions[wanted] : scene->through);
}

static void every_scene_is_named(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		play(&scenes[i]);
}

static int (*really_find)(void *, struct found *);
static unsigned looked_up;

static int find_counted(void *address, struct found *out)
{
	looked_up++;
	return really_find(address, out);
}

/* What was met before is found again without a look at any object, unless a frame is of the rare kinds. */
static void the_second_time_is_as_the_first(void **state)
{
	uintptr_t first[FRAMES_MAX];
	unsigned count, simple = 0;

	(void)state;
	really_find = find_object;
	find_object = find_counted;
	for (unsigned i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		for (unsigned round = 0; round < 3; round++) {
			__asm__("" : "+r"(round)); /* unrolled, each would be a call of its own */
			looked_up = 0;
			scenes[i].play();
			assert_true(shot.count > 1);
			if (round)
				assert_memory_equal(shot.pcs, first, count * sizeof(*first));
			count = shot.count;
			memcpy(first, shot.pcs, sizeof(first));
		}
		simple += !looked_up;
	}
	find_object = really_find;
	/* All but the signals and the generated code. */
	assert_int_equal(simple, 8);
}

static void forget_the_loader(void)
{
	find_object = NULL;
	object_count = 0;
	dl_iterate_phdr(remember, NULL);
}

#define ROOM(size)                                                                                                     \
	char room[size];                                                                                               \
	__asm__ volatile("" : : "r"(room) : "memory")

static NOINLINE void small_above_large(void)
{
	ROOM(1024);
	leaf();
	keep();
}

static NOINLINE void large_above_small(void)
{
	ROOM(64);
	leaf();
	keep();
}

static NOINLINE void one_way(void)
{
	ROOM(64);
	small_above_large();
	keep();
}

static NOINLINE void other_way(void)
{
	ROOM(1024);
	large_above_small();
	keep();
}

/* From one place, at one depth: only words of the stack tell which way was gone. */
static void two_ways_of_one_depth_are_told_apart(void **state)
{
	static void (*const ways[][2])(void) = {{one_way, small_above_large}, {other_way, large_above_small}};

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		ways[i % 2][0]();
		assert_true(shot.count > 3);
		assert_in_range(shot.pcs[1], (uintptr_t)ways[i % 2][1], (uintptr_t)ways[i % 2][1] + 100);
		assert_in_range(shot.pcs[2], (uintptr_t)ways[i % 2][0], (uintptr_t)ways[i % 2][0] + 100);
	}
}

static void every_scene_is_named_without_the_loader(void **state)
{
	forget_the_loader();
	every_scene_is_named(state);
	frames_init(program);
}

static void frames_of_the_library_are_left_out(void **state)
{
	struct object libc;
	struct frame frame;

	(void)state;
	assert_true(find((uintptr_t)dlsym(RTLD_DEFAULT, "qsort"), &libc));
	own_start = libc.code.start;
	own_end = libc.code.end;
	callback();
	own_start = own_end = 0;
	assert_true(shot.count > 3);
	for (unsigned i = 0; i < shot.count; i++) {
		assert_true(frames_describe(shot.pcs[i], &frame));
		assert_null(strstr(frame.object, "libc.so"));
	}
}

static void max_bounds_and_caller_comes_first(void **state)
{
	uintptr_t pcs[3] = {1, 1, 1};

	(void)state;
	assert_int_equal(frames_capture(0x1234, pcs, 0), 0);
	assert_int_equal(pcs[0], 1);
	/* Nothing above is that caller: it stays alone. */
	assert_int_equal(frames_capture(0x1234, pcs, 2), 1);
	assert_int_equal(pcs[0], 0x1234);
	assert_int_equal(frames_capture((uintptr_t)__builtin_return_address(0), pcs, 2), 2);
	assert_int_equal(pcs[0], (uintptr_t)__builtin_return_address(0));
	assert_int_equal(pcs[2], 1);
}

static void libraries_have_symbol_offset_and_build_id(void **state)
{
	static const char *const functions[] = {"qsort", "bsearch", "getenv"};
	char command[8300], hex[64] = "", wanted[64] = "";
	struct frame frame;
	FILE *pipe;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
			uintptr_t start = (uintptr_t)dlsym(RTLD_DEFAULT, functions[i]);

			assert_true(frames_describe(start + 5, &frame));
			assert_string_equal(frame.symbol, functions[i]);
			assert_non_null(strstr(frame.object, "libc.so"));
			snprintf(command, sizeof(command), "nm -D '%s' | awk '$3 ~ /^%s(@|$)/ {print $1}'",
				 frame.object, functions[i]);
			pipe = popen(command, "r");
			assert_non_null(fgets(wanted, sizeof(wanted), pipe));
			pclose(pipe);
			assert_int_equal(frame.offset, strtoull(wanted, NULL, 16) + 4);
		}
		forget_the_loader();
	}
	frames_init(program);
	for (unsigned i = 0; i < frame.build_id_length; i++)
		snprintf(hex + 2 * i, 3, "%02x", frame.build_id[i]);
	snprintf(command, sizeof(command), "readelf -n '%s' | awk '/Build ID/ {print $3}'", frame.object);
	pipe = popen(command, "r");
	assert_int_equal(fscanf(pipe, "%63s", wanted), 1);
	pclose(pipe);
	assert_string_equal(hex, wanted);
}

static void a_library_opened_later_is_known(void **state)
{
	void *library = dlopen("libresolv.so.2", RTLD_NOW);
	struct frame frame;

	(void)state;
	assert_non_null(library);
	assert_true(frames_describe((uintptr_t)dlsym(library, "ns_get16") + 1, &frame));
	assert_non_null(strstr(frame.object, "libresolv"));
	assert_string_equal(frame.symbol, "ns_get16");
	dlclose(library);
}

static void what_is_no_code_has_no_name(void **state)
{
	struct frame frame;

	(void)state;
	assert_false(frames_describe(0, &frame));
	assert_false(frames_describe(1, &frame));
	assert_false(frames_describe((uintptr_t)&frame, &frame));
	assert_false(frames_describe(UINTPTR_MAX, &frame));
}

#ifdef __x86_64__
#define WATCHED_SIZE 128u

/* A signal may come at any instruction: the caller of what it interrupts must be found from each one. */
static struct {
	uintptr_t caller_sp; /* of the frame that makes the call */
	uintptr_t call;      /* return address of the call that is watched */
	unsigned steps, lost;
	uintptr_t first_lost;
} watch;

static void watched(unsigned long trap);

static void each_instruction(int number, siginfo_t *info, void *context)
{
	const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	bool interrupted_at = false, found = false;

	(void)number;
	(void)info;
	if ((uintptr_t)registers[REG_RSP] >= watch.caller_sp ||
	    (uintptr_t)registers[REG_RIP] - (uintptr_t)watched < WATCHED_SIZE)
		return;
	wrapper();
	/* Of what was interrupted, the instruction; of its callers, their calls. */
	for (unsigned i = 0; i < shot.count; i++) {
		interrupted_at = interrupted_at || shot.pcs[i] == (uintptr_t)registers[REG_RIP] + 1;
		found = found || (interrupted_at && shot.pcs[i] == watch.call);
	}
	watch.steps++;
	if (!found && !watch.lost++)
		watch.first_lost = (uintptr_t)registers[REG_RIP];
}

/* The trap flag raises SIGTRAP after each instruction. */
static NOINLINE void watched(unsigned long trap)
{
	__asm__ volatile("movq %%rsp, %0\n\tpushfq\n\torq %1, (%%rsp)\n\tpopfq"
			 : "=m"(watch.caller_sp)
			 : "r"(trap)
			 : "memory", "cc");
	callback();
	__asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
	keep();
}

static void a_signal_may_come_at_any_instruction(void **state)
{
	struct sigaction action = {.sa_sigaction = each_instruction, .sa_flags = SA_SIGINFO}, old;
	struct frame frame = {0};
	unsigned i = 0;

	(void)state;
	watched(0);
	while (i < shot.count && shot.pcs[i] - (uintptr_t)watched >= WATCHED_SIZE)
		i++;
	assert_true(i < shot.count);
	watch.call = shot.pcs[i];
	sigaction(SIGTRAP, &action, &old);
	watched(0x100);
	sigaction(SIGTRAP, &old, NULL);
	assert_true(watch.steps > 200);
	if (watch.lost) {
		frames_describe(watch.first_lost + 1, &frame);
		fail_msg("%u of %u, first %s+0x%llx", watch.lost, watch.steps, frame.object,
			 (unsigned long long)frame.offset);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_scene_is_named),
	    cmocka_unit_test(the_second_time_is_as_the_first),
	    cmocka_unit_test(two_ways_of_one_depth_are_told_apart),
	    cmocka_unit_test(every_scene_is_named_without_the_loader),
	    cmocka_unit_test(frames_of_the_library_are_left_out),
	    cmocka_unit_test(max_bounds_and_caller_comes_first),
	    cmocka_unit_test(libraries_have_symbol_offset_and_build_id),
	    cmocka_unit_test(a_library_opened_later_is_known),
	    cmocka_unit_test(what_is_no_code_has_no_name),
#ifdef __x86_64__
	    cmocka_unit_test(a_signal_may_come_at_any_instruction),
#endif
	};

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		return 1;
	frames_init(program);
	return cmocka_run_group_tests_name("shim/frames", tests, NULL, NULL);
}
