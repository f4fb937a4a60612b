// The C half: blocking calls, calls back into Go, and threads.

#include <pthread.h>
#include <stdint.h>
#include <unistd.h>
#include "_cgo_export.h"


void c_pause(void) {
	for (;;)
		pause();
}

int c_read(int fd) {
	char b;
	ssize_t n;
	do
		n = read(fd, &b, 1);
	while (n < 0);
	return (int)n;
}

int c_struct(c_args a, const char *s) {
	c_pause();
	return a.a + s[0];
}

void c_call(uintptr_t h) { goCallback(h); }

void c_call_deep(uintptr_t h, int n) {
	volatile char pad[200];
	pad[0] = (char)n;
	if (n == 0)
		goCallback(h);
	else
		c_call_deep(h, n - 1);
	pad[1] = pad[0];
}

static void *start(void *h) {
	goCallback((uintptr_t)h);
	c_pause();
	return 0;
}

static void *start_once(void *h) {
	goCallback((uintptr_t)h);
	return 0;
}

int c_thread(uintptr_t h, int join) {
	pthread_t t;
	int e = pthread_create(&t, 0, join ? start_once : start, (void *)h);
	if (e == 0 && join)
		e = pthread_join(t, 0);
	else if (e == 0)
		e = pthread_detach(t);
	return e;
}
