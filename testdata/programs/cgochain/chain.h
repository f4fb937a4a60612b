// What cgo calls: see chain.c.

#include <stdint.h>

int chain_open(const char *path, int index);
void chain_call(int index, uintptr_t h);
void chain_block(int depth);
void chain_block_in_handler(void);
int chain_thread(int index, uintptr_t h);
int chain_blocked(int *tids, int len);
