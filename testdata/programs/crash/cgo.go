//go:build cgo

package main

/*
#include <pthread.h>
#include <stdlib.h>

static int *volatile nowhere;

static void fault(void) { *nowhere = 1; }
static void give_up(void) { abort(); }
static void *on_thread(void *unused) { fault(); return unused; }

static void fault_elsewhere(void) {
	pthread_t thread;
	if (pthread_create(&thread, NULL, on_thread, NULL) == 0)
		pthread_join(thread, NULL);
}
*/
import "C"

func init() {
	ways["c-fault"] = func() { C.fault() }
	ways["c-abort"] = func() { C.give_up() }
	ways["c-thread"] = func() { C.fault_elsewhere() }
}
