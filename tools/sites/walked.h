/* SPDX-License-Identifier: ISC */
/* How a logged path was walked, as far as the log tells. */
#ifndef PRECLUDE_TOOLS_SITES_WALKED_H
#define PRECLUDE_TOOLS_SITES_WALKED_H

#include <stdbool.h>

/* A single name below the working directory or a descriptor. */
bool walked_one_name(const char *path);

/* What `resolved` tells of the path's text, which starts in `dir`. */
enum walked {
	WALKED_STRAIGHT,  /* nothing was followed, or that is not known */
	WALKED_THROUGH,   /* it led elsewhere, to a thing of the same name: on the way symlinks were followed, or at its
			     end */
	WALKED_ELSEWHERE, /* it led to a thing of another name: its last name is a symlink that was followed */
};
enum walked walked_how(const char *dir, const char *path, const char *resolved);

#endif
