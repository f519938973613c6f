/* measure OUT COMMAND...: runs a command, writes "wall_ms cpu_ms peak_kib" to the file OUT, and ends with its
 * exit code. CPU time and peak are of the command with all its children, the peak that of the
 * largest single process. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
	struct timespec start, end;
	struct rusage use;
	int status;
	FILE *out;

	if (argc < 3 || !(out = fopen(argv[1], "w")))
		return 125;
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &use) < 0)
		return 125;
	clock_gettime(CLOCK_MONOTONIC, &end);
	fprintf(out, "%.0f %.0f %ld\n",
	    (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6,
	    ms(use.ru_utime) + ms(use.ru_stime), use.ru_maxrss);
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
