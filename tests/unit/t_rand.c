/* rand: bytes differ from call to call and from process to process; uniform numbers. */
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "rand.h"
#include "tap.h"

static unsigned char next;

static void counting(void *p, size_t n)
{
	for (unsigned char *out = p; n > 0; n--)
		*out++ = next++;
}

/* Below 3 * 2^62, draws up to 2^62 - 1 must be thrown away: the fake gives two of them first. */
static void biased_first(void *p, size_t n)
{
	static const uint64_t draws[] = { 0, 5, 0x4000000000000000u + 7 };
	static size_t i;
	memcpy(p, &draws[i++ % 3], n);
}

static void test_fork(void)
{
	int fd[2];
	unsigned char ours[16], theirs[16];
	rand_bytes(ours, 1);
	if (pipe(fd) < 0)
		return;
	if (fork() == 0) {
		rand_bytes(ours, sizeof ours);
		_exit(write(fd[1], ours, sizeof ours) != sizeof ours);
	}
	rand_bytes(ours, sizeof ours);
	ok(read(fd[0], theirs, sizeof theirs) == sizeof theirs && memcmp(ours, theirs, 16) != 0,
	    "a forked process has other numbers");
	wait(NULL);
}

int main(void)
{
	unsigned char one[32], two[32];
	static unsigned char large[5000];
	rand_bytes(one, sizeof one);
	rand_bytes(two, sizeof two);
	ok(memcmp(one, two, sizeof one) != 0, "two draws differ");
	rand_bytes(large, sizeof large);
	size_t zeros = 0;
	for (size_t i = 0; i < sizeof large; i++)
		zeros += large[i] == 0;
	ok(zeros < 100, "more than one request of the generator's is filled");
	test_fork();
	ok(rand_mbedtls(NULL, one, sizeof one) == 0 && memcmp(one, two, sizeof one) != 0,
	    "for mbedTLS");
	unsigned seen = 0;
	for (int i = 0; i < 1000; i++)
		seen |= 1u << rand_below(10);
	is_int(seen, 0x3ff, "rand_below(10) gives all of 0..9 and nothing else");
	is_int((long long)rand_below(1), 0);
	rand_fake = biased_first;
	is_int((long long)(rand_below(UINT64_C(3) << 62) & 0xff), 7,
	    "biased values are drawn again");
	rand_fake = counting;
	rand_bytes(one, 3);
	is_mem(one, 3, "\0\1\2", 3, "the seam");
	rand_fake = NULL;
	rand_init();
	rand_init();
	return done();
}
