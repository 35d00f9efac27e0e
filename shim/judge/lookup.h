/* SPDX-License-Identifier: ISC */
/*
 * Names of hosts, users and groups that cannot be looked up because the policy hides a file that libc reads for it.
 *
 * libc opens such a file by itself, where no wrapper sees it, and takes a refusal for an empty file: a name is then
 * merely not found, and a rule that denies by name no longer matches. That must not go unsaid.
 */
#ifndef PRECLUDE_SHIM_JUDGE_LOOKUP_H
#define PRECLUDE_SHIM_JUDGE_LOOKUP_H

enum lookup { LOOKUP_HOST, LOOKUP_USER, LOOKUP_GROUP };

/* At start, before anything forks. Without memory nothing will be said. */
void lookup_start(void);

/* `func` found nothing. Says once, in this process and all forked from it, what the policy has to do with it. */
void lookup_failed(enum lookup lookup, const char *func);

#endif
