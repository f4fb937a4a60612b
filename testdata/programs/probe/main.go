// Command probe does nothing: `cargo xtask offsets` reads the runtime's structs out of its DWARF.
package main

func main() {}
