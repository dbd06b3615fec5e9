"""200 records through one client library: produce with acks=all, read back by a group.

  round_trip.py LIBRARY BOOTSTRAP TOPIC     prints "LIBRARY <different records read> <offsets committed>"
"""

import asyncio
import sys
import time

library, bootstrap, topic = sys.argv[1:4]
N_RECORDS = 200
DEADLINE = time.monotonic() + 40
values = [f"value {number}".encode() for number in range(N_RECORDS)]


def confluent():
    import confluent_kafka

    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for number, value in enumerate(values):
        producer.produce(topic, value, partition=number % 2)
    assert producer.flush(30) == 0
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": bootstrap, "group.id": library, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    )
    consumer.subscribe([topic])
    seen = set()
    while len(seen) < N_RECORDS and time.monotonic() < DEADLINE:
        for message in consumer.consume(100, 1):
            assert message.error() is None, message.error()
            seen.add(message.value())
    consumer.commit(asynchronous=False)
    partitions = [confluent_kafka.TopicPartition(topic, partition) for partition in range(2)]
    committed = sum(partition.offset for partition in consumer.committed(partitions, timeout=20))
    consumer.close()
    return seen, committed


def kafka_python():
    import kafka

    producer = kafka.KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    for number, value in enumerate(values):
        producer.send(topic, value, partition=number % 2)
    producer.flush(30)
    consumer = kafka.KafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=library, auto_offset_reset="earliest", enable_auto_commit=False
    )
    seen = set()
    while len(seen) < N_RECORDS and time.monotonic() < DEADLINE:
        for batch in consumer.poll(timeout_ms=1000).values():
            seen.update(message.value for message in batch)
    consumer.commit()
    committed = sum(consumer.committed(kafka.TopicPartition(topic, partition)) or 0 for partition in range(2))
    consumer.close()
    return seen, committed


async def aio():
    import aiokafka

    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    for number, value in enumerate(values):
        await producer.send(topic, value, partition=number % 2)
    await producer.flush()
    await producer.stop()
    consumer = aiokafka.AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=library, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    seen = set()
    while len(seen) < N_RECORDS and time.monotonic() < DEADLINE:
        for batch in (await consumer.getmany(timeout_ms=1000)).values():
            seen.update(message.value for message in batch)
    await consumer.commit()
    committed = 0
    for partition in range(2):
        committed += await consumer.committed(aiokafka.TopicPartition(topic, partition)) or 0
    await consumer.stop()
    return seen, committed


def with_aiokafka():
    return asyncio.run(aio())


seen, committed = {"confluent-kafka": confluent, "kafka-python": kafka_python, "aiokafka": with_aiokafka}[library]()
print(library, len(seen & set(values)), committed)
