"""Load for the oracle, through librdkafka. One line per record on stdout, fields separated by a blank:

  load.py produce BOOTSTRAP TOPICS NAME RATE   acked NAME SEQUENCE TOPIC PARTITION OFFSET LATENCY_US ACKED_AT_MS
                                               failed NAME SEQUENCE REASON
  load.py consume BOOTSTRAP TOPICS GROUP N     read NAME SEQUENCE TOPIC PARTITION OFFSET
  load.py read BOOTSTRAP TOPICS                the same lines, from the beginning to the end of every partition as it is now

TOPICS is a list with commas. `produce` and `consume` (N members of one group) run until SIGTERM; a producer then flushes. They also
say `connections CREATED CLOSED` every two seconds. The last line of all three is `end`. Load.java speaks the same.
"""

import json
import os
import signal
import sys
import threading
import time

import confluent_kafka

# Neighbours go to one topic, and without a key mostly to one partition: librdkafka sends each partition's batch in a request
# of its own, and a request of one record each would measure that. Turn by turn every topic has its share.
RECORDS_IN_A_ROW = 50
# Few large fetches: the consumers are here to check, not to compete with the producers for the processor.
FETCH_MIN_BYTES = 20_000
FETCH_WAIT_MS = 200

stopping = threading.Event()
lock = threading.Lock()
lines = []


def say(*fields):
    with lock:
        lines.append(" ".join(map(str, fields)) + "\n")


def flush():
    """Whole lines in one write: standard error goes to the same file, and must not get between two halves of a line."""
    with lock:
        data = "".join(lines).encode()
        lines.clear()
        while data:
            data = data[os.write(1, data) :]


class Connections:
    """Sums what the clients of this process have opened and lost, from librdkafka's statistics."""

    def __init__(self):
        self.by_client = {}

    def heard(self, text):
        statistics = json.loads(text)
        brokers = statistics["brokers"].values()
        self.by_client[statistics["name"]] = (
            sum(broker.get("connects", 0) for broker in brokers),
            sum(broker.get("disconnects", 0) for broker in brokers),
        )
        counts = list(self.by_client.values())
        say("connections", sum(count[0] for count in counts), sum(count[1] for count in counts))
        flush()


connections = Connections()


def common(bootstrap, client_id):
    return {
        "bootstrap.servers": bootstrap,
        "client.id": client_id,
        "statistics.interval.ms": 2000,
        "stats_cb": connections.heard,
        "topic.metadata.refresh.interval.ms": 5000,
        # A killed broker's port answers again within the test: do not wait ten seconds for the next attempt.
        "reconnect.backoff.max.ms": 1000,
    }


def produce(bootstrap, topics, name, rate):
    producer = confluent_kafka.Producer(
        common(bootstrap, name)
        | {
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "sticky.partitioning.linger.ms": 50,
            "delivery.timeout.ms": 120000,
        }
    )
    sequence = 0
    started = time.monotonic()
    while not stopping.is_set():
        due = int((time.monotonic() - started) * rate)
        while sequence < due and not stopping.is_set():

            def delivered(error, message, sequence=sequence, sent=time.monotonic()):
                if error is not None:
                    say("failed", name, sequence, error)
                    return
                latency_us = int((time.monotonic() - sent) * 1e6)
                at_ms = int(time.time() * 1000)
                say("acked", name, sequence, message.topic(), message.partition(), message.offset(), latency_us, at_ms)

            try:
                topic = topics[sequence // RECORDS_IN_A_ROW % len(topics)]
                producer.produce(topic, value=f"{name}:{sequence}", on_delivery=delivered)
                sequence += 1
            except BufferError:
                producer.poll(0.05)
        producer.poll(0.01)
        flush()
    producer.flush(120)


def say_read(message):
    name, sequence = message.value().decode().rsplit(":", 1)
    say("read", name, sequence, message.topic(), message.partition(), message.offset())


def consume_member(bootstrap, topics, group, number):
    consumer = confluent_kafka.Consumer(
        common(bootstrap, f"{group}-{number}")
        | {
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": True,
            "auto.commit.interval.ms": 1000,
            "fetch.min.bytes": FETCH_MIN_BYTES,
            "fetch.wait.max.ms": FETCH_WAIT_MS,
        }
    )
    consumer.subscribe(topics)
    while not stopping.is_set():
        for message in consumer.consume(500, 0.2):
            if message.error():
                say("error", message.error())
            else:
                say_read(message)
        flush()
    consumer.close()


def consume(bootstrap, topics, group, n_members):
    members = [
        threading.Thread(target=consume_member, args=(bootstrap, topics, group, number)) for number in range(n_members)
    ]
    for member in members:
        member.start()
    while not stopping.wait(0.5):
        pass
    for member in members:
        member.join()


def watermarks(consumer, partition):
    """The library asks the leader that it knows, once; leaders may just be returning to where they are preferred."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return consumer.get_watermark_offsets(partition, timeout=60)
        except confluent_kafka.KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def read(bootstrap, topics):
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False, "auto.offset.reset": "error"}
    )
    metadata = consumer.list_topics(timeout=60).topics
    left, assigned = {}, []
    for topic in topics:
        for partition in metadata[topic].partitions:
            low, high = watermarks(consumer, confluent_kafka.TopicPartition(topic, partition))
            if low < high:
                left[(topic, partition)] = high
                assigned.append(confluent_kafka.TopicPartition(topic, partition, low))
    consumer.assign(assigned)
    while left:
        for message in consumer.consume(1000, 0.5):
            if message.error():
                say("error", message.error())
                continue
            say_read(message)
            place = (message.topic(), message.partition())
            if message.offset() + 1 >= left.get(place, 0):
                left.pop(place, None)
        flush()
    consumer.close()


def stop(_signal, _frame):
    stopping.set()


signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
role, bootstrap, topics = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
if role == "produce":
    produce(bootstrap, topics, sys.argv[4], float(sys.argv[5]))
elif role == "consume":
    consume(bootstrap, topics, sys.argv[4], int(sys.argv[5]))
else:
    read(bootstrap, topics)
say("end")
flush()
