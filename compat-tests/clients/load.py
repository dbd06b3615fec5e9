"""Load for the oracle, through librdkafka: one producer or one group consumer, one JSON object per line on stdout.

  load.py produce BOOTSTRAP TOPIC NAME RATE     acknowledged records: {"kind":"acked","producer":..,"sequence":..,"partition":..,"offset":..,"latency_ms":..}
  load.py consume BOOTSTRAP TOPIC GROUP         records read:         {"kind":"read","producer":..,"sequence":..,"partition":..,"offset":..}

Runs until SIGTERM. A producer then flushes: what it cannot deliver is {"kind":"failed",...}. The last line is {"kind":"end"}.
"""

import json
import signal
import sys
import time

import confluent_kafka

stopping = False


def stop(_signal, _frame):
    global stopping
    stopping = True


def say(**line):
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def produce(bootstrap, topic, name, rate):
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": bootstrap,
            "client.id": name,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "delivery.timeout.ms": 120000,
            "topic.metadata.refresh.interval.ms": 5000,
        }
    )
    sequence = 0
    started = time.monotonic()
    while not stopping:
        due = int((time.monotonic() - started) * rate)
        while sequence < due and not stopping:
            sent = time.monotonic()

            def delivered(error, message, sequence=sequence, sent=sent):
                if error is not None:
                    say(kind="failed", producer=name, sequence=sequence, error=str(error))
                    return
                latency_ms = round((time.monotonic() - sent) * 1000, 3)
                say(
                    kind="acked",
                    producer=name,
                    sequence=sequence,
                    partition=message.partition(),
                    offset=message.offset(),
                    latency_ms=latency_ms,
                    at=round(time.time(), 3),
                )

            try:
                producer.produce(topic, key=str(sequence), value=f"{name}:{sequence}", on_delivery=delivered)
                sequence += 1
            except BufferError:
                producer.poll(0.05)
        producer.poll(0.005)
    producer.flush(120)


def consume(bootstrap, topic, group):
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "client.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": True,
            "auto.commit.interval.ms": 1000,
        }
    )
    consumer.subscribe([topic])
    while not stopping:
        for message in consumer.consume(500, 0.2):
            if message.error():
                say(kind="error", error=str(message.error()))
                continue
            producer, sequence = message.value().decode().rsplit(":", 1)
            say(
                kind="read",
                producer=producer,
                sequence=int(sequence),
                partition=message.partition(),
                offset=message.offset(),
            )
    consumer.close()


signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
if sys.argv[1] == "produce":
    produce(sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5]))
else:
    consume(sys.argv[2], sys.argv[3], sys.argv[4])
say(kind="end")
