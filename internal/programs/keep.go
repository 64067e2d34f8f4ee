//go:build cgo && linux && (amd64 || arm64) && !noxla

package programs

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "pjrt.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"github.com/gomlx/go-xla/pjrt"
)

// logLevel is an environment variable of XLA's. When it loads a program, it always warns on
// stderr of compiler hints that it treats as processor features.
const logLevel = "TF_CPP_MIN_LOG_LEVEL"

// kept is the cache, after the call of Keep.
var kept *cache

var once sync.Once

// Keep makes go-xla use XLA's CPU plugin at path with a cache of compiled programs in the
// folder dir. Only the first call in a process has an effect; it must precede go-xla's opening
// of the plugin. After an error go-xla opens the plugin without a cache.
func Keep(path, dir string) (err error) {
	once.Do(func() { err = keep(path, dir) })
	return err
}

func keep(path, dir string) error {
	s, err := openShelf(dir, path)
	if err != nil {
		return err
	}
	if _, set := os.LookupEnv(logLevel); !set {
		if err := os.Setenv(logLevel, "3"); err != nil {
			return err
		}
	}
	name, problem := C.CString(path), make([]byte, 512)
	defer C.free(unsafe.Pointer(name))
	table := C.lorabook_open(name, (*C.char)(unsafe.Pointer(&problem[0])), C.size_t(len(problem)))
	if table == nil {
		return errors.New(C.GoString((*C.char)(unsafe.Pointer(&problem[0]))))
	}
	kept = s
	if err := pjrt.RegisterPreloadedPlugin("cpu", uintptr(unsafe.Pointer(table))); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// lorabookCompile replaces the plugin's PJRT_Client_Compile in the table.
//
//export lorabookCompile
func lorabookCompile(argument unsafe.Pointer) *C.pjrt_error {
	defer C.lorabook_trim()
	args := (*C.pjrt_compile)(argument)
	key := kept.key(bytesOf(args.program.format, args.program.format_size), bytesOf(args.options, args.options_size), unnamed(bytesOf(args.program.code, args.program.code_size)))
	if program := kept.read(key); len(program) > 0 && C.lorabook_load(args, (*C.char)(unsafe.Pointer(&program[0])), C.size_t(len(program))) != 0 {
		return nil
	}
	if problem := C.lorabook_compile(args); problem != nil {
		return problem
	}
	var program C.pjrt_serialize
	if C.lorabook_serialize(args.loaded, &program) != 0 {
		kept.write(key, bytesOf(program.bytes, program.bytes_size))
		C.lorabook_release(&program)
	}
	return nil
}

// bytesOf returns C memory as a slice, which is valid until the memory is freed.
func bytesOf(start *C.char, size C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(start)), int(size))
}
