//go:build cgo

package main

/*
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_long ended;

static void *end(void *unused) {
	atomic_fetch_add(&ended, 1);
	return NULL;
}

// A hundred threads, that have ended when it returns; the number of all.
static long hundred(void) {
	pthread_t threads[100];
	int made = 0;
	while (made < 100 && pthread_create(&threads[made], NULL, end, NULL) == 0)
		made++;
	while (made > 0)
		pthread_join(threads[--made], NULL);
	return atomic_load(&ended);
}
*/
import "C"

import "sync/atomic"

func init() {
	states["churn-in-c"] = state{run: comeAndGoInC, settle: stop}
}

// comeAndGoInC makes threads that Go knows nothing of, for ever.
func comeAndGoInC() {
	close(prepared)
	for goesOn() {
		atomic.StoreInt64(&rounds, int64(C.hundred()))
	}
}
