package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"sync/atomic"
	"syscall"
)

// The length of the file that is cut off.
const cutBytes = 32 << 20

// cutAgain runs code, as it claims, from a file that it cuts off and makes
// longer again, for ever: whoever has it mapped reads behind its end.
func cutAgain() {
	file, err := os.CreateTemp("", "gopeek-cut")
	fail(err)
	fail(os.Remove(file.Name()))
	front := library()
	fill := func() {
		_, err := file.WriteAt(front, 0)
		fail(err)
		fail(file.Truncate(cutBytes))
	}
	fill()
	_, err = syscall.Mmap(int(file.Fd()), 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_EXEC, syscall.MAP_PRIVATE)
	fail(err)
	close(prepared)
	for goesOn() {
		fail(file.Truncate(0))
		fill()
		atomic.AddInt64(&rounds, 1)
	}
}

// library is the beginning of a shared object that is all code.
func library() []byte {
	header := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: 1,
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	code := elf.Prog64{
		Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X),
		Filesz: cutBytes, Memsz: cutBytes, Align: 4096,
	}
	var file bytes.Buffer
	fail(binary.Write(&file, binary.LittleEndian, header))
	fail(binary.Write(&file, binary.LittleEndian, code))
	return file.Bytes()
}
