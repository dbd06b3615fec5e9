#!/usr/bin/env python3
"""Converts Apache Kafka's message definitions into Kedge's schema files under broker/protocol/schemas/.

Run by hand when the Kafka release we follow changes; the output is committed and is what `cargo xtask codegen` reads.
Only facts are taken over (names, types, versions, tags, defaults, nullability); no text of Apache's is.

    python3 scripts/xtask/convert_schemas.py            # fetches the jars with Maven when they are not in the cache

Jars come from KEDGE_CACHE (default ~/.cache/kedge), the Maven repository that the real-parts tests use too.
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import zipfile

KAFKA = "3.9.2"
ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "broker" / "protocol" / "schemas"
M2 = pathlib.Path(os.environ.get("KEDGE_CACHE", pathlib.Path.home() / ".cache" / "kedge")) / "m2"
JARS = ["kafka-clients", "kafka-metadata", "kafka-group-coordinator"]

# Share groups, unstable in 3.9.
UNSTABLE_KEYS = {76, 77, 78, 79, 83, 84, 85, 86, 87}

CONTROL_RECORDS = ["LeaderChangeMessage", "SnapshotHeaderRecord", "SnapshotFooterRecord", "KRaftVersionRecord", "VotersRecord"]
GROUP_RECORDS = ["OffsetCommitKey", "OffsetCommitValue", "GroupMetadataKey", "GroupMetadataValue"]
CONSUMER_PROTOCOL = ["ConsumerProtocolSubscription", "ConsumerProtocolAssignment"]
HEADERS = ["RequestHeader", "ResponseHeader"]
PRINCIPAL = ["DefaultPrincipalData"]

# Our own word, no fact of Kafka's: arrays that are read when they are looped over, because clusters send many of their
# elements and one takes more than four times its bytes in memory (broker/protocol/tests/array_memory.rs).
LAZY = {
    "FetchRequest": {"ForgottenTopicsData"},
    "FetchResponse": {"Responses"},
    "MetadataRequest": {"Topics"},
    "LeaderAndIsrRequest": {"UngroupedPartitionStates", "TopicStates", "PartitionStates"},
    "LeaderAndIsrResponse": {"PartitionErrors"},
    "StopReplicaRequest": {"UngroupedPartitions", "Topics", "TopicStates"},
    "UpdateMetadataRequest": {"UngroupedPartitionStates", "TopicStates", "PartitionStates"},
    "OffsetCommitRequest": {"Topics"},
    "OffsetFetchRequest": {"Topics", "Groups"},
    "DescribeConfigsRequest": {"Resources"},
    "AlterPartitionRequest": {"Topics"},
}

# Not in 3.9's definitions: the marker of a finished transaction was hand-coded there, ClearElrRecord came with 4.0.
EXTRA_METADATA = [{
    "name": "ClearElrRecord", "type": "metadata", "apiKey": 28, "validVersions": "0", "flexibleVersions": "0+",
    "fields": [{"name": "TopicName", "type": "string", "versions": "0+"}],
}]
EXTRA_CONTROL = [{
    "name": "EndTxnMarker", "type": "data", "validVersions": "0", "flexibleVersions": "none",
    "fields": [{"name": "Version", "type": "int16", "versions": "0+"},
               {"name": "CoordinatorEpoch", "type": "int32", "versions": "0+"}],
}]


def jar_path(artifact):
    return M2 / "org/apache/kafka" / artifact / KAFKA / f"{artifact}-{KAFKA}.jar"


def fetch_jars():
    if all(jar_path(a).exists() for a in JARS):
        return
    dependencies = "".join(
        f"<dependency><groupId>org.apache.kafka</groupId><artifactId>{a}</artifactId><version>{KAFKA}</version></dependency>"
        for a in JARS)
    with tempfile.TemporaryDirectory() as folder:
        pom = pathlib.Path(folder) / "pom.xml"
        pom.write_text("<project><modelVersion>4.0.0</modelVersion><groupId>parts</groupId><artifactId>schemas</artifactId>"
                       f"<version>1</version><packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>")
        subprocess.run(["mvn", "-B", "-q", "-f", str(pom), f"-Dmaven.repo.local={M2}",
                        "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath",
                        f"-Dmdep.outputFile={folder}/cp.txt"], check=True)


def load_definitions():
    definitions = {}
    for artifact in JARS:
        with zipfile.ZipFile(jar_path(artifact)) as jar:
            for entry in jar.namelist():
                if re.match(r"common/(message|metadata)/\w+\.json$", entry):
                    text = re.sub(r"(^|\s)//.*$", "", jar.read(entry).decode(), flags=re.M)
                    definition = json.loads(text)
                    definitions[definition["name"]] = definition
    return definitions


def field_lines(field, indent, lazy):
    parts = [field["name"], field["type"], field["versions"]]
    if "nullableVersions" in field:
        parts.append(f"null={field['nullableVersions']}")
    if "tag" in field:
        assert field["taggedVersions"] == field["versions"], field
        parts.append(f"tag={field['tag']}")
    if "default" in field and field["default"] is not None and str(field["default"]) != "":
        parts.append(f"default={str(field['default']).lower()}")
    if field.get("flexibleVersions") == "none":
        parts.append("never-flexible")
    if field.get("ignorable"):
        parts.append("ignorable")
    if field["name"] in lazy:
        parts.append("lazy")
    lines = ["  " * indent + " ".join(parts)]
    for nested in field.get("fields", []):
        lines += field_lines(nested, indent + 1, lazy)
    return lines


def message_lines(definition):
    head = [definition["type"], definition["name"]]
    if "apiKey" in definition:
        head.append(f"key={definition['apiKey']}")
    head.append(f"versions={definition['validVersions']}")
    head.append(f"flexible={definition['flexibleVersions']}")
    if definition["type"] == "request":
        head.append("listeners=" + ",".join(definition["listeners"]))
    lines = [" ".join(head)]
    lazy = LAZY.get(definition["name"], set())
    for field in definition["fields"]:
        lines += field_lines(field, 1, lazy)
    for common in definition.get("commonStructs", []):
        lines.append(f"  struct {common['name']}")
        for field in common["fields"]:
            lines += field_lines(field, 2, lazy)
    return lines


def snake(name):
    name = name.replace("KRaft", "Kraft")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def write(name, definitions):
    text = "\n\n".join("\n".join(message_lines(d)) for d in definitions) + "\n"
    (SCHEMAS / name).write_text(f"# Facts of Apache Kafka {KAFKA}, by scripts/xtask/convert_schemas.py.\n\n{text}")


def main():
    fetch_jars()
    definitions = load_definitions()
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    for old in SCHEMAS.glob("*.schema"):
        old.unlink()
    requests = {d["apiKey"]: d for d in definitions.values() if d["type"] == "request"}
    responses = {d["apiKey"]: d for d in definitions.values() if d["type"] == "response"}
    for key in sorted(requests.keys() - UNSTABLE_KEYS):
        api = requests[key]["name"].removesuffix("Request")
        write(f"api_{key:02}_{snake(api)}.schema", [requests[key], responses[key]])
    metadata = [d for d in definitions.values() if d["type"] == "metadata"] + EXTRA_METADATA
    write("metadata_records.schema", sorted((d for d in metadata if "apiKey" in d), key=lambda d: d["apiKey"]))
    write("control_records.schema", [definitions[n] for n in CONTROL_RECORDS] + EXTRA_CONTROL)
    write("group_records.schema", [definitions[n] for n in GROUP_RECORDS])
    write("consumer_protocol.schema", [definitions[n] for n in CONSUMER_PROTOCOL])
    write("headers.schema", [definitions[n] for n in HEADERS])
    write("principal.schema", [definitions[n] for n in PRINCIPAL])


if __name__ == "__main__":
    main()
