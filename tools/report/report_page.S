/* SPDX-License-Identifier: ISC */
/* The page of report_html.c as a string; page.mk puts it together and names it. */
	.section .rodata
	.globl report_page
	.hidden report_page
report_page:
	.incbin REPORT_PAGE
	.byte 0
	.section .note.GNU-stack, "", %progbits
