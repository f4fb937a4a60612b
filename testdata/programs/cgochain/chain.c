// The C half: functions that call into the libraries, which call back; that
// block; and that start threads.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "_cgo_export.h"
#include "chain.h"

typedef void (*callback)(uintptr_t);
typedef void (*library_call)(callback, uintptr_t, int);

static library_call calls[2];

int chain_open(const char *path, int index) {
	static const char *names[] = {"omit_call", "keep_call"};
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library != 0)
		calls[index] = (library_call)dlsym(library, names[index]);
	return library != 0 && calls[index] != 0;
}

void chain_call(int index, uintptr_t h) {
	calls[index](goCallback, h, 40);
	__asm__ volatile("");
}

static int tids[64];
static int blocked;

static inline __attribute__((always_inline)) void block_for_good(void) {
	int at = __atomic_fetch_add(&blocked, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&tids[at], (int)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

__attribute__((noinline)) void chain_block(int depth) {
	if (depth > 0)
		chain_block(depth - 1);
	else
		block_for_good();
	__asm__ volatile("");
}

// Tells which threads block, or are about to.
int chain_blocked(int *into, int len) {
	int count = 0;
	for (int i = 0; i < len && i < 64; i++) {
		int tid = __atomic_load_n(&tids[i], __ATOMIC_SEQ_CST);
		if (tid != 0)
			into[count++] = tid;
	}
	return count;
}

static void handler(int signal) {
	(void)signal;
	block_for_good();
}

void chain_block_in_handler(void) {
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_handler = handler;
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGRTMAX - 1, &action, 0);
	raise(SIGRTMAX - 1);
	__asm__ volatile("");
}

struct start {
	int index;
	uintptr_t h;
};

static void *thread_start(void *argument) {
	struct start *start = argument;
	chain_call(start->index, start->h);
	return argument;
}

int chain_thread(int index, uintptr_t h) {
	static struct start starts[8];
	static int started;
	struct start *start = &starts[started++ % 8];
	pthread_t thread;
	start->index = index;
	start->h = h;
	return pthread_create(&thread, 0, thread_start, start);
}
