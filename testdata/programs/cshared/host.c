//go:build ignore

// A host that is no Go program: it opens the library named by its argument
// and calls it from two threads.
//
//	cc -o host host.c -ldl -lpthread

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static int (*park)(int);

static void *thread(void *arg) {
	park(41);
	return arg;
}

int main(int argc, char **argv) {
	if (argc != 2) {
		fprintf(stderr, "usage: host library.so\n");
		return 2;
	}
	void *lib = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
	if (!lib) {
		fprintf(stderr, "host: %s\n", dlerror());
		return 4;
	}
	void (*start)(int) = (void (*)(int))dlsym(lib, "Start");
	void (*expect)(int) = (void (*)(int))dlsym(lib, "Expect");
	park = (int (*)(int))dlsym(lib, "Park");
	if (!start || !expect || !park) {
		fprintf(stderr, "host: %s\n", dlerror());
		return 4;
	}
	expect(1);
	pthread_t t;
	if (pthread_create(&t, 0, thread, 0) != 0)
		return 4;
	start(5);
	return 0;
}
