"""Many topics at once, through librdkafka's admin client.

  topics.py create BOOTSTRAP PREFIX TOPICS PARTITIONS REPLICAS   makes PREFIX-000 … with PARTITIONS each, every third with configs
  topics.py broker-config BOOTSTRAP KEY VALUE                    sets a dynamic config on every broker
  topics.py dump BOOTSTRAP                                       one line for each partition and each config that was set, sorted
"""

import sys
import time

from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewTopic,
    ResourceType,
)

TIMEOUT = 60
TOPICS_AT_ONCE = 50
SET_BY_SOMEBODY = {ConfigSource.DYNAMIC_TOPIC_CONFIG.value, ConfigSource.DYNAMIC_BROKER_CONFIG.value}


def configs_of(number):
    if number % 3 != 0:
        return {}
    return {"retention.ms": str(3_600_000 + number), "max.message.bytes": str(200_000 + number)}


def create(admin, prefix, n_topics, partitions, replicas):
    topics = [NewTopic(f"{prefix}-{number:03}", partitions, replicas, config=configs_of(number)) for number in range(n_topics)]
    for start in range(0, n_topics, TOPICS_AT_ONCE):
        results = admin.create_topics(topics[start : start + TOPICS_AT_ONCE], request_timeout=TIMEOUT, operation_timeout=TIMEOUT)
        for result in results.values():
            result.result()
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        known = admin.list_topics(timeout=TIMEOUT).topics
        mine = [known[topic.topic] for topic in topics if topic.topic in known]
        led = sum(partition.leader >= 0 for topic in mine for partition in topic.partitions.values())
        if led == n_topics * partitions:
            print(f"{n_topics} topics, {led} partitions with a leader")
            return
        time.sleep(0.2)
    sys.exit(f"only {led} of {n_topics * partitions} partitions have a leader")


def set_broker_config(admin, key, value):
    entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
    brokers = admin.list_topics(timeout=TIMEOUT).brokers
    # librdkafka takes one BROKER resource at a time.
    for broker in brokers:
        resource = ConfigResource(ResourceType.BROKER, str(broker), incremental_configs=[entry])
        for result in admin.incremental_alter_configs([resource], request_timeout=TIMEOUT).values():
            result.result()


def dump(admin):
    lines = []
    metadata = admin.list_topics(timeout=TIMEOUT)
    for topic in metadata.topics.values():
        for partition in topic.partitions.values():
            lines.append(f"partition {topic.topic}-{partition.id} replicas {partition.replicas}")
    resources = [ConfigResource(ResourceType.TOPIC, topic) for topic in metadata.topics]
    resources += [ConfigResource(ResourceType.BROKER, str(broker)) for broker in metadata.brokers]
    for resource in resources[len(metadata.topics) :]:
        lines += config_lines(admin.describe_configs([resource], request_timeout=TIMEOUT))
    for start in range(0, len(metadata.topics), TOPICS_AT_ONCE):
        end = min(start + TOPICS_AT_ONCE, len(metadata.topics))
        lines += config_lines(admin.describe_configs(resources[start:end], request_timeout=TIMEOUT))
    print("\n".join(sorted(lines)))


def config_lines(results):
    for resource, result in results.items():
        for entry in result.result().values():
            if entry.source in SET_BY_SOMEBODY:
                yield f"config {resource.restype.name} {resource.name} {entry.name}={entry.value}"


role, bootstrap = sys.argv[1], sys.argv[2]
admin = AdminClient({"bootstrap.servers": bootstrap})
if role == "create":
    create(admin, sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]))
elif role == "broker-config":
    set_broker_config(admin, sys.argv[3], sys.argv[4])
else:
    dump(admin)
