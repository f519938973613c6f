/*
 * Main program of a fuzz target outside the fuzzer: feeds it each file of its corpus (compiled in
 * as CORPUS, or the folder or files named as arguments) and prints TAP. What the fuzzer once
 * found is a test from then on.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int tests, failed;

static void result(const char *path, const char *problem)
{
	printf("%sok %d - %s%s%s\n", problem ? "not " : "", ++tests, path, problem ? ": " : "",
	    problem ? problem : "");
	fflush(stdout);
	failed += problem != NULL;
}

/* Each input gets memory of exactly its size, so that a sanitizer sees a step beyond it. */
static void feed(const char *path, size_t size)
{
	uint8_t *data = malloc(size ? size : 1);
	FILE *f = fopen(path, "rb");
	if (!f || !data || fread(data, 1, size, f) != size)
		result(path, "cannot be read");
	else {
		printf("# %s\n", path); /* the name of the one that crashes */
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, size);
		result(path, NULL);
	}
	if (f)
		fclose(f);
	free(data);
}

static void feed_all(const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return;
	if (S_ISREG(st.st_mode)) {
		feed(path, (size_t)st.st_size);
		return;
	}
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char name[4096];
		int len = snprintf(name, sizeof name, "%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof name)
			feed_all(name);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

int main(int argc, char **argv)
{
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	result("empty input", NULL);
	if (argc < 2)
		feed_all(CORPUS);
	for (int i = 1; i < argc; i++)
		feed_all(argv[i]);
	printf("1..%d\n", tests);
	return failed != 0;
}
