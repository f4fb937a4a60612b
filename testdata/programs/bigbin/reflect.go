package main

import (
	"os"
	"reflect"
)

// A method found by a name that is not constant makes the linker keep all
// exported methods of the types that are reachable.
func init() {
	name := os.Getenv("GOPEEK_BIGBIN_METHOD")
	for _, v := range keep {
		if m := reflect.ValueOf(v).MethodByName(name); name != "" && m.IsValid() {
			println(m.Type().String())
		}
	}
}
