# SPDX-License-Identifier: ISC
"""check_metrics.py FILE: parses it as OpenMetrics and prints each sample: NAME LABELS-AS-JSON VALUE."""
import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as older

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
assert text.endswith("\n# EOF\n")
for family in text_string_to_metric_families(text):
    assert family.documentation, family.name
    for sample in family.samples:
        print(sample.name, json.dumps(sample.labels, sort_keys=True), int(sample.value))
# A node exporter reads the older format, where all this is allowed too.
assert sum(len(f.samples) for f in older(text)) == sum(len(f.samples) for f in text_string_to_metric_families(text))
