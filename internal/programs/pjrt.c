//go:build cgo && linux && (amd64 || arm64) && !noxla

#include "pjrt.h"
#include "_cgo_export.h"

#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#include <sys/sysinfo.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
// glibc's default is 8 arenas for each processor, and each keeps memory that its threads freed: the
// values between two operations, of the threads of XLA and of Go. With one arena two processors compute as
// fast. glibc takes the limit once, when a second thread allocates, which is before any Go code runs. A
// limit of the environment has precedence.
__attribute__((constructor)) static void limit_arenas(void) {
	const char *tunables = getenv("GLIBC_TUNABLES");
	if (getenv("MALLOC_ARENA_MAX") == NULL && (tunables == NULL || strstr(tunables, "arena_max") == NULL)) mallopt(M_ARENA_MAX, (get_nprocs() + 3) / 4);
}
#endif

static const pjrt_api *plugin; // the plugin's own table

static pjrt_error *call(int function, void *args) { return plugin->functions[function](args); }

// discard tells whether a call went well; what an error says is not needed.
static int discard(pjrt_error *error) {
	if (error == NULL) return 1;
	pjrt_destroy args = {sizeof args, NULL, error};
	call(pjrt_error_destroy, &args);
	return 0;
}

static pjrt_error *compile(void *args) { return lorabookCompile(args); }

pjrt_api *lorabook_open(const char *path, char *problem, size_t problem_size) {
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (library == NULL) {
		snprintf(problem, problem_size, "%s", dlerror());
		return NULL;
	}
	const pjrt_api *(*table)(void) = (const pjrt_api *(*)(void))dlsym(library, "GetPjrtApi");
	const pjrt_api *own = table == NULL ? NULL : table();
	if (own == NULL || own->version.major != 0 || own->size < offsetof(pjrt_api, functions) + pjrt_functions_needed * sizeof(pjrt_function) ||
	    own->functions[pjrt_executable_serialize] == NULL || own->functions[pjrt_executable_deserialize_and_load] == NULL) {
		snprintf(problem, problem_size, "%s has no functions to write and load programs", path);
		return NULL;
	}
	pjrt_api *ours = malloc(own->size);
	if (ours == NULL) {
		snprintf(problem, problem_size, "no memory");
		return NULL;
	}
	memcpy(ours, own, own->size);
	ours->functions[pjrt_client_compile] = compile;
	plugin = own;
	return ours;
}

pjrt_error *lorabook_compile(pjrt_compile *args) { return call(pjrt_client_compile, args); }

int lorabook_load(pjrt_compile *args, const char *bytes, size_t size) {
	pjrt_load load = {sizeof load, NULL, args->client, bytes, size};
	if (!discard(call(pjrt_executable_deserialize_and_load, &load))) return 0;
	args->loaded = load.loaded;
	return 1;
}

int lorabook_serialize(pjrt_loaded *loaded, pjrt_serialize *out) {
	pjrt_executable_of of = {sizeof of, NULL, loaded};
	if (!discard(call(pjrt_loaded_get_executable, &of))) return 0;
	memset(out, 0, sizeof *out);
	out->size = sizeof *out;
	out->executable = of.executable;
	int done = discard(call(pjrt_executable_serialize, out));
	pjrt_destroy args = {sizeof args, NULL, of.executable};
	discard(call(pjrt_executable_destroy, &args));
	return done;
}

void lorabook_release(pjrt_serialize *bytes) { bytes->release(bytes->owner); }

void lorabook_trim(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
