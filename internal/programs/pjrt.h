// The few structs of PJRT's C interface that this package touches. Within version 0 of
// the interface fields are only ever added at the end.
#ifndef LORABOOK_PJRT_H
#define LORABOOK_PJRT_H

#include <stddef.h>

typedef struct pjrt_error pjrt_error;
typedef void pjrt_client;
typedef void pjrt_executable;
typedef void pjrt_loaded;
typedef void pjrt_bytes;

typedef struct {
	size_t size;
	void *extensions;
	char *code;
	size_t code_size;
	const char *format;
	size_t format_size;
} pjrt_program;

typedef struct {
	size_t size;
	void *extensions;
	pjrt_client *client;
	const pjrt_program *program;
	const char *options;
	size_t options_size;
	pjrt_loaded *loaded; // out
} pjrt_compile;

typedef struct {
	size_t size;
	void *extensions;
	const pjrt_executable *executable;
	const char *bytes;                // out
	size_t bytes_size;                // out
	pjrt_bytes *owner;                // out
	void (*release)(pjrt_bytes *own); // out
} pjrt_serialize;

typedef struct {
	size_t size;
	void *extensions;
	pjrt_client *client;
	const char *bytes;
	size_t bytes_size;
	pjrt_loaded *loaded; // out
	const char *options;
	size_t options_size;
} pjrt_load;

typedef struct {
	size_t size;
	void *extensions;
	pjrt_loaded *loaded;
	pjrt_executable *executable; // out
} pjrt_executable_of;

// What is given to the functions that destroy something: an error, an executable.
typedef struct {
	size_t size;
	void *extensions;
	void *what;
} pjrt_destroy;

typedef pjrt_error *(*pjrt_function)(void *args);

// The table, and the places of functions in it.
typedef struct {
	size_t size;
	void *extensions;
	struct {
		size_t size;
		void *extensions;
		int major, minor;
	} version;
	pjrt_function functions[];
} pjrt_api;

enum {
	pjrt_error_destroy = 0,
	pjrt_client_compile = 20,
	pjrt_executable_destroy = 40,
	pjrt_executable_serialize = 49,
	pjrt_loaded_get_executable = 51,
	pjrt_executable_deserialize_and_load = 56,
	pjrt_functions_needed = 57,
};

// lorabook_open loads a plugin for good and returns a copy of its table in which our
// function compiles, or nothing and what is wrong.
pjrt_api *lorabook_open(const char *path, char *problem, size_t problem_size);

// lorabook_compile is the plugin's own function.
pjrt_error *lorabook_compile(pjrt_compile *args);

// lorabook_load makes a program of bytes that lorabook_serialize gave; 0 where it cannot.
int lorabook_load(pjrt_compile *args, const char *bytes, size_t size);

// lorabook_serialize writes a program as bytes; 0 where it cannot. Call release of what
// it fills in when done.
int lorabook_serialize(pjrt_loaded *loaded, pjrt_serialize *out);

void lorabook_release(pjrt_serialize *bytes);

// lorabook_trim returns what the compiler freed to the system. glibc keeps it: hundreds of megabytes
// after the network of a training step.
void lorabook_trim(void);

#endif
