import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Load for the oracle, through Apache Kafka's Java client. It speaks what load.py speaks: `produce BOOTSTRAP TOPICS NAME RATE` and
 * `consume BOOTSTRAP TOPICS GROUP N`, one line per record on stdout, until SIGTERM.
 */
public final class Load {
    /** As in load.py: neighbours go to one topic. */
    private static final int RECORDS_IN_A_ROW = 50;
    private static final FileOutputStream STDOUT = new FileOutputStream(FileDescriptor.out);
    private static volatile boolean stopping = false;
    private static final CountDownLatch DONE = new CountDownLatch(1);
    private static final StringBuilder OUTPUT = new StringBuilder();
    private static final Map<String, double[]> CONNECTIONS = new ConcurrentHashMap<>();

    public static void main(String[] args) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(Load::stopAndWait));
        Thread printer = new Thread(Load::printOutput);
        printer.setDaemon(true);
        printer.start();
        try {
            List<String> topics = List.of(args[2].split(","));
            switch (args[0]) {
                case "produce" -> produce(args[1], topics, args[3], Double.parseDouble(args[4]));
                case "consume" -> consume(args[1], topics, args[3], Integer.parseInt(args[4]));
                default -> throw new IllegalArgumentException("role " + args[0] + " is not produce or consume");
            }
            say("end");
        } finally {
            flush();
            DONE.countDown();
        }
    }

    private static void stopAndWait() {
        stopping = true;
        try {
            DONE.await();
        } catch (InterruptedException ignored) {
            Thread.currentThread().interrupt();
        }
    }

    private static void say(String line) {
        synchronized (OUTPUT) {
            OUTPUT.append(line).append('\n');
        }
    }

    /** Whole lines in one write: standard error goes to the same file, and must not get between two halves of a line. */
    private static synchronized void flush() throws IOException {
        byte[] text;
        synchronized (OUTPUT) {
            text = OUTPUT.toString().getBytes(StandardCharsets.UTF_8);
            OUTPUT.setLength(0);
        }
        STDOUT.write(text);
    }

    private static void printOutput() {
        for (int turn = 0; ; turn++) {
            if (turn % 100 == 99) {
                double created = CONNECTIONS.values().stream().mapToDouble(counts -> counts[0]).sum();
                double closed = CONNECTIONS.values().stream().mapToDouble(counts -> counts[1]).sum();
                say("connections " + (long) created + " " + (long) closed);
            }
            try {
                flush();
                Thread.sleep(20);
            } catch (IOException | InterruptedException ended) {
                return;
            }
        }
    }

    private static Properties common(String bootstrap, String clientId) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        properties.put("client.id", clientId);
        properties.put("metadata.max.age.ms", "5000");
        // Connections that the client itself would close as idle must not be taken for lost ones.
        properties.put("connections.max.idle.ms", "-1");
        return properties;
    }

    private static void count(String client, Map<MetricName, ? extends Metric> metrics) {
        double created = 0;
        double closed = 0;
        for (Map.Entry<MetricName, ? extends Metric> entry : metrics.entrySet()) {
            if (entry.getKey().name().equals("connection-creation-total")) created += (double) entry.getValue().metricValue();
            if (entry.getKey().name().equals("connection-close-total")) closed += (double) entry.getValue().metricValue();
        }
        CONNECTIONS.put(client, new double[] {created, closed});
    }

    private static void produce(String bootstrap, List<String> topics, String name, double rate) throws Exception {
        Properties properties = common(bootstrap, name);
        properties.put("acks", "all");
        properties.put("enable.idempotence", "true");
        properties.put("linger.ms", "5");
        properties.put("delivery.timeout.ms", "120000");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            long started = System.nanoTime();
            long counted = started;
            long sequence = 0;
            while (!stopping) {
                long due = (long) ((System.nanoTime() - started) / 1e9 * rate);
                for (; sequence < due && !stopping; sequence++) {
                    send(producer, topics.get((int) (sequence / RECORDS_IN_A_ROW % topics.size())), name, sequence);
                }
                if (System.nanoTime() - counted > 1_000_000_000L) {
                    counted = System.nanoTime();
                    count(name, producer.metrics());
                }
                Thread.sleep(5);
            }
            producer.flush();
        }
    }

    private static void send(KafkaProducer<String, String> producer, String topic, String name, long sequence) {
        long sent = System.nanoTime();
        producer.send(new ProducerRecord<>(topic, name + ":" + sequence), (metadata, error) -> {
            if (error != null) {
                say("failed " + name + " " + sequence + " " + error);
                return;
            }
            long latencyUs = (System.nanoTime() - sent) / 1000;
            say("acked " + name + " " + sequence + " " + metadata.topic() + " " + metadata.partition() + " "
                + metadata.offset() + " " + latencyUs + " " + System.currentTimeMillis());
        });
    }

    private static void consume(String bootstrap, List<String> topics, String group, int members) throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int number = 0; number < members; number++) {
            String clientId = group + "-" + number;
            Thread thread = new Thread(() -> consumeMember(bootstrap, topics, group, clientId), clientId);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void consumeMember(String bootstrap, List<String> topics, String group, String clientId) {
        Properties properties = common(bootstrap, clientId);
        properties.put("group.id", group);
        properties.put("auto.offset.reset", "earliest");
        properties.put("auto.commit.interval.ms", "1000");
        properties.put("fetch.min.bytes", "20000");
        properties.put("fetch.max.wait.ms", "200");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(topics);
            while (!stopping) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    int colon = record.value().lastIndexOf(':');
                    say("read " + record.value().substring(0, colon) + " " + record.value().substring(colon + 1) + " "
                        + record.topic() + " " + record.partition() + " " + record.offset());
                }
                count(clientId, consumer.metrics());
            }
        }
    }
}
