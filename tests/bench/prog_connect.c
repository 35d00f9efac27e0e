/* SPDX-License-Identifier: ISC */
/*
 * What a connection costs an rsync daemon: prog_connect PORT MODULE COUNT. Each, one after the other, asks for the
 * module, and hangs up when the daemon has entered it ("@RSYNCD: OK"). Prints the microseconds that each took.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool visit(unsigned port, const char *module)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	char said[256], line[128];
	bool ok = false;
	ssize_t got;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return false;
	snprintf(line, sizeof(line), "@RSYNCD: 30.0\n%s\n", module);
	if (send(fd, line, strlen(line), 0) < 0)
		return false;
	while (!ok && (got = recv(fd, said, sizeof(said) - 1, 0)) > 0) {
		said[got] = '\0';
		ok = strstr(said, "@RSYNCD: OK");
	}
	close(fd);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned count = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	double begin = now();

	if (!count)
		return 2;
	for (unsigned i = 0; i < count; i++)
		if (!visit((unsigned)strtoul(argv[1], NULL, 10), argv[2]))
			return 1;
	printf("%.3f\n", (now() - begin) / count);
	return 0;
}
