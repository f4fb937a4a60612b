package main

import "reflect"

// Reflection: frames of reflect's assembly stubs (makeFuncStub,
// methodValueCall) and of reflectcall, whose frame sizes vary.

func launchReflection() {
	go func() {
		reflect.ValueOf(fromInit).Call([]reflect.Value{reflect.ValueOf("reflect"), reflect.ValueOf(1)})
	}()
	go func() {
		reflect.ValueOf(argsWide).Call([]reflect.Value{reflect.ValueOf(wide{a: 1})})
	}()
	go func() {
		reflect.ValueOf(argsBigArray).Call([]reflect.Value{reflect.ValueOf([100]byte{1})})
	}()
	go func() {
		reflect.ValueOf(&valueRecv{1, "x"}).MethodByName("wait")
		v := reflect.ValueOf(reflected{3})
		v.MethodByName("Wait").Call([]reflect.Value{reflect.ValueOf("method")})
	}()
	go func() {
		v := reflect.ValueOf(reflected{4})
		v.Method(0).Interface().(func(string) int)("method value")
	}()
	var made func(int, string, float64) (int, error)
	f := reflect.MakeFunc(reflect.TypeOf(made), func(args []reflect.Value) []reflect.Value {
		<-forever
		return nil
	})
	made = f.Interface().(func(int, string, float64) (int, error))
	go made(1, "two", 3)
	go func() {
		if n, err := made(4, "five", 6); err != nil {
			sinkInt = n
		}
	}()
	go reflect.ValueOf(make(chan int)).Recv()
	go reflect.ValueOf(make(chan int)).Send(reflect.ValueOf(1))
	go func() {
		reflect.Select([]reflect.SelectCase{
			{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(make(chan int))},
			{Dir: reflect.SelectSend, Chan: reflect.ValueOf(make(chan string)), Send: reflect.ValueOf("x")},
			{Dir: reflect.SelectRecv, Chan: reflect.ValueOf((chan int)(nil))},
		})
	}()
}

type reflected struct{ n int }

// Wait is exported, so that reflection finds it.
//
//go:noinline
func (r reflected) Wait(s string) int {
	<-forever
	return r.n + len(s)
}
