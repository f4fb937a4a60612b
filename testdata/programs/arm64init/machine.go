package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// port is the first port of the first virtio-serial device.
const port = "/dev/vport0p1"

// setUp makes of a bare kernel what programs expect of a machine.
func setUp() error {
	for _, m := range []struct{ kind, at string }{
		{"proc", "/proc"},
		{"sysfs", "/sys"},
		{"devtmpfs", "/dev"},
		{"tmpfs", "/tmp"},
		{"tmpfs", "/results"},
	} {
		if err := os.MkdirAll(m.at, 0o777); err != nil {
			return err
		}
		if err := syscall.Mount(m.kind, m.at, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %v", m.at, err)
		}
	}
	return loopbackUp()
}

// loopbackUp switches the loopback interface on; the kernel then gives it its
// address (netdevice(7)).
func loopbackUp() error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	// struct ifreq: the name and a union, of which the flags are used here.
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP}
	copy(request.name[:], "lo")
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket),
		syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return fmt.Errorf("switch lo on: %v", errno)
	}
	return nil
}

// openPort opens the way to the host once the kernel has made it.
func openPort() (*os.File, error) {
	for tries := 0; ; tries++ {
		// Not by os.Open: the port's poll(2) is no use to the runtime's poller.
		fd, err := syscall.Open(port, syscall.O_WRONLY, 0)
		if err == nil {
			return os.NewFile(uintptr(fd), port), nil
		}
		if tries == 100 {
			return nil, fmt.Errorf("open %s: %v", port, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
