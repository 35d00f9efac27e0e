/* SPDX-License-Identifier: ISC */
/* "myprog" of the documents: somebody's program, which touches what lies outside its tree. */
#include <stdio.h>
#include <sys/stat.h>

int main(void)
{
	FILE *file = fopen("/srv/inbox/report", "w");
	return !file || fclose(file) || chmod("/srv/inbox/report", 0600) || !fopen("/etc/hostname", "r");
}
