# SPDX-License-Identifier: ISC
# Other receivers than rsync: docs/RECEIVERS.md.

SOAK += tests/receivers/race_soak.sh
