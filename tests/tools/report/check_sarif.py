# SPDX-License-Identifier: ISC
"""check_sarif.py FILE: whether it is SARIF 2.1.0, as a schema and as another project's object model have it, and whole."""
import json
import os
import sys

import attr
import jsonschema
import sarif_om

HERE = os.path.dirname(os.path.abspath(__file__))

# Which class of the model a property's value is of.
CLASSES = {
    "runs": sarif_om.Run, "tool": sarif_om.Tool, "driver": sarif_om.ToolComponent, "rules": sarif_om.ReportingDescriptor,
    "shortDescription": sarif_om.MultiformatMessageString, "fullDescription": sarif_om.MultiformatMessageString,
    "help": sarif_om.MultiformatMessageString, "defaultConfiguration": sarif_om.ReportingConfiguration,
    "results": sarif_om.Result, "message": sarif_om.Message, "locations": sarif_om.Location,
    "location": sarif_om.Location, "physicalLocation": sarif_om.PhysicalLocation,
    "artifactLocation": sarif_om.ArtifactLocation, "region": sarif_om.Region, "address": sarif_om.Address,
    "logicalLocations": sarif_om.LogicalLocation, "stacks": sarif_om.Stack, "frames": sarif_om.StackFrame,
    "invocations": sarif_om.Invocation, "toolExecutionNotifications": sarif_om.Notification,
}
FREE = ("properties", "partialFingerprints", "originalUriBaseIds")


def build(value, kind):
    """An object of the model, which refuses a property that it has not and wants those that are required."""
    names = {a.metadata["schema_property_name"]: a.name for a in attr.fields(kind)}
    given = {}
    for key, inner in value.items():
        if key not in names:
            raise ValueError(f"{kind.__name__} has no property {key}")
        if key not in FREE and isinstance(inner, dict):
            inner = build(inner, CLASSES[key])
        elif key not in FREE and isinstance(inner, list) and inner and isinstance(inner[0], dict):
            inner = [build(one, CLASSES[key]) for one in inner]
        given[names[key]] = inner
    return kind(**given)


with open(sys.argv[1], encoding="utf-8") as file:
    log = json.load(file)
with open(os.path.join(HERE, "sarif.schema.json"), encoding="utf-8") as file:
    jsonschema.Draft7Validator(json.load(file)).validate(log)
if "SARIF_SCHEMA" in os.environ:
    with open(os.environ["SARIF_SCHEMA"], encoding="utf-8") as file:
        jsonschema.Draft4Validator(json.load(file)).validate(log)
build(log, sarif_om.SarifLog)

run = log["runs"][0]
rules = run["tool"]["driver"]["rules"]
for result in run["results"]:
    rule = rules[result["ruleIndex"]]
    assert rule["id"] == result["ruleId"], "the index names another rule"
    assert rule["defaultConfiguration"]["level"] == result["level"], "another level than the rule's"
for rule in rules:
    assert rule["help"]["text"] != rule["shortDescription"]["text"]
