/* Does what packers do: puts a static program into anonymous memory and jumps there. /proc/PID/exe stays this one's.
 * unpacker PROGRAM ARGUMENTS... runs PROGRAM with these arguments. amd64 only. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096UL

static void fail(const char *what) {
    dprintf(2, "unpacker: cannot %s\n", what);
    _exit(4);
}

static void load(const char *file, const Elf64_Phdr *segment) {
    uintptr_t start = segment->p_vaddr & ~(PAGE - 1);
    uintptr_t end = (segment->p_vaddr + segment->p_memsz + PAGE - 1) & ~(PAGE - 1);
    void *room = mmap((void *)start, end - start, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (room != (void *)start) fail("map a segment");
    memcpy((void *)segment->p_vaddr, file + segment->p_offset, segment->p_filesz);
    int may = PROT_READ;
    if (segment->p_flags & PF_W) may |= PROT_WRITE;
    if (segment->p_flags & PF_X) may |= PROT_EXEC;
    if (mprotect(room, end - start, may) != 0) fail("protect a segment");
}

int main(int argc, char **argv, char **environment) {
    if (argc < 2) fail("do without a program");
    int fd = open(argv[1], O_RDONLY);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) fail("open the program");
    char *file = malloc(about.st_size);
    for (off_t done = 0; done < about.st_size;) {
        ssize_t came = read(fd, file + done, about.st_size - done);
        if (came <= 0) fail("read the program");
        done += came;
    }
    close(fd);
    const Elf64_Ehdr *header = (const void *)file;
    const Elf64_Phdr *segments = (const void *)(file + header->e_phoff);
    uintptr_t headers_at = 0;
    for (int i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_PHDR) headers_at = segments[i].p_vaddr;
        if (segments[i].p_type == PT_LOAD) load(file, &segments[i]);
    }
    /* The stack as execve leaves it: the count of arguments, these, the environment, the auxiliary vector. */
    uintptr_t *stack = malloc(1 << 20), *top = stack + (1 << 16), *at = top;
    *at++ = argc - 1;
    for (int i = 1; i < argc; i++) *at++ = (uintptr_t)argv[i];
    *at++ = 0;
    char **variable = environment;
    for (; *variable; variable++) *at++ = (uintptr_t)*variable;
    *at++ = 0;
    const Elf64_auxv_t *pair = (const void *)(variable + 1);
    do {
        uintptr_t value = pair->a_un.a_val;
        if (pair->a_type == AT_PHDR) value = headers_at;
        if (pair->a_type == AT_PHNUM) value = header->e_phnum;
        if (pair->a_type == AT_ENTRY) value = header->e_entry;
        if (pair->a_type == AT_BASE) value = 0;
        *at++ = pair->a_type;
        *at++ = value;
    } while (pair++->a_type != AT_NULL);
    __asm__ volatile("mov %0, %%rsp; xor %%edx, %%edx; jmp *%1" ::"r"(top), "r"(header->e_entry) : "memory");
}
