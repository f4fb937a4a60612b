// A library of C functions in the middle of chains. It is compiled once for
// each way of keeping frames, with PREFIX in front of the names.

#include <stdint.h>

#define JOIN(a, b) a##_##b
#define NAMED(prefix, name) JOIN(prefix, name)
#define NAME(name) NAMED(PREFIX, name)

typedef void (*callback)(uintptr_t);

// Reads as if it used the room, so that a frame is made.
static void use(volatile char *room) { __asm__ volatile("" : : "r"(room) : "memory"); }

__attribute__((noinline)) static void NAME(inner)(callback back, uintptr_t h, int n) {
	volatile char room[300];
	use(room);
	back(h + (uintptr_t)n);
	use(room);
}

// A frame whose size is known only when it runs, so that CFI needs a frame
// pointer for it whatever the flags say.
__attribute__((noinline)) static void NAME(sized)(callback back, uintptr_t h, int n) {
	volatile char room[n];
	use(room);
	NAME(inner)(back, h, 0);
	use(room);
}

void NAME(call)(callback back, uintptr_t h, int n) {
	NAME(sized)(back, h, n + 16);
	__asm__ volatile("");
}
