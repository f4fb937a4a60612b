package main

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"os"
	"strings"
	"unsafe"
)

// inside is what the program's own file says of the runtime in it.
type inside struct {
	types   map[string]*dwarf.StructType
	symbols map[string]uintptr
}

// look reads it. The program must not be stripped, nor be moved when loaded.
func look() *inside {
	file, err := elf.Open("/proc/self/exe")
	fail(err)
	defer file.Close()
	symbols, err := file.Symbols()
	fail(err)
	data, err := file.DWARF()
	fail(err)
	it := &inside{types: map[string]*dwarf.StructType{}, symbols: map[string]uintptr{}}
	for _, symbol := range symbols {
		it.symbols[symbol.Name] = uintptr(symbol.Value)
	}
	wanted := map[string]bool{
		"runtime.g": true, "runtime.m": true, "runtime.sudog": true, "runtime._defer": true, "runtime._panic": true,
		"runtime.moduledata": true,
	}
	for reader := data.Reader(); len(it.types) < len(wanted); {
		entry, err := reader.Next()
		fail(err)
		if entry == nil {
			break
		}
		name, _ := entry.Val(dwarf.AttrName).(string)
		if entry.Tag == dwarf.TagStructType && wanted[name] {
			is, err := data.Type(entry.Offset)
			fail(err)
			it.types[name] = is.(*dwarf.StructType)
		}
	}
	return it
}

func (it *inside) symbol(name string) uintptr {
	at, known := it.symbols[name]
	if !known {
		fail(fmt.Errorf("no symbol %s", name))
	}
	return at
}

// field is the offset of a field, or of one within it: "sched.sp".
func (it *inside) field(of, path string) uintptr {
	var offset int64
	in := it.types[of]
	for _, name := range strings.Split(path, ".") {
		if in == nil {
			fail(fmt.Errorf("no struct for %s of %s", path, of))
		}
		var found *dwarf.StructField
		for _, field := range in.Field {
			if field.Name == name {
				found = field
			}
		}
		if found == nil {
			fail(fmt.Errorf("%s has no %s", of, path))
		}
		offset += found.ByteOffset
		is := found.Type
		if alias, ok := is.(*dwarf.TypedefType); ok {
			is = alias.Type
		}
		in, _ = is.(*dwarf.StructType)
	}
	return uintptr(offset)
}

// gs are the addresses of all goroutines' records.
func (it *inside) gs() []uintptr {
	return *(*[]uintptr)(pointer(it.symbol("runtime.allgs")))
}

// gOf is the record of the goroutine of a number.
func (it *inside) gOf(id uint64) uintptr {
	goid := it.field("runtime.g", "goid")
	for _, g := range it.gs() {
		if uint64(word(g+goid)) == id {
			return g
		}
	}
	fail(fmt.Errorf("no goroutine %d", id))
	return 0
}

func word(at uintptr) uintptr       { return *(*uintptr)(pointer(at)) }
func put(at uintptr, value uintptr) { *(*uintptr)(pointer(at)) = value }

// pointer makes an address one, behind the back of whoever checks that.
func pointer(at uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&at)) }

// ownID is the number of the goroutine that asks: it stands in its own dump.
func ownID() (id uint64) {
	_, err := fmt.Sscanf(ownHeader(), "goroutine %d ", &id)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return id
}
