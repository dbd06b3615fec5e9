//! Where `scripts/test.sh --setup` has put Java's class paths and the Python clients.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::PartsError;

/// A stored class path: one product at one version, as `scripts/parts/NAME.xml` pins it, or `scripts/parts/long/NAME.xml`
/// where only tests of `--long` need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassPath {
    /// Apache Kafka 0.11.0.3, for its tools (`--long`).
    Kafka0_11_0_3,
    /// Apache Kafka 1.1.1, for its tools (`--long`).
    Kafka1_1_1,
    /// Apache Kafka 2.0.0: the tutorials' broker and tools.
    Kafka2_0_0,
    /// Apache Kafka 2.8.2, for its tools (`--long`).
    Kafka2_8_2,
    /// Apache Kafka 3.9.2: broker, tools, metadata shell. It also holds a ZooKeeper 3.8 client and shell.
    Kafka3_9_2,
    /// ZooKeeper 3.4.12, the tutorials' server.
    ZooKeeper3_4_12,
    /// ZooKeeper 3.4.14, the server.
    ZooKeeper3_4_14,
    /// ZooKeeper 3.5.10, the server (`--long`).
    ZooKeeper3_5_10,
    /// ZooKeeper 3.6.4, the server (`--long`).
    ZooKeeper3_6_4,
    /// ZooKeeper 3.7.2, the server (`--long`).
    ZooKeeper3_7_2,
    /// ZooKeeper 3.8.6, the server (`--long`).
    ZooKeeper3_8_6,
    /// ZooKeeper 3.9.5, the server.
    ZooKeeper3_9_5,
}

impl ClassPath {
    /// What nearly every test needs: looked for before anything is started.
    const ALWAYS: [ClassPath; 3] = [ClassPath::Kafka3_9_2, ClassPath::ZooKeeper3_9_5, ClassPath::ZooKeeper3_4_14];

    /// Product and version: `kafka-2.0.0`.
    pub fn name(self) -> &'static str {
        match self {
            ClassPath::Kafka0_11_0_3 => "kafka-0.11.0.3",
            ClassPath::Kafka1_1_1 => "kafka-1.1.1",
            ClassPath::Kafka2_0_0 => "kafka-2.0.0",
            ClassPath::Kafka2_8_2 => "kafka-2.8.2",
            ClassPath::Kafka3_9_2 => "kafka-3.9.2",
            ClassPath::ZooKeeper3_4_12 => "zookeeper-3.4.12",
            ClassPath::ZooKeeper3_4_14 => "zookeeper-3.4.14",
            ClassPath::ZooKeeper3_5_10 => "zookeeper-3.5.10",
            ClassPath::ZooKeeper3_6_4 => "zookeeper-3.6.4",
            ClassPath::ZooKeeper3_7_2 => "zookeeper-3.7.2",
            ClassPath::ZooKeeper3_8_6 => "zookeeper-3.8.6",
            ClassPath::ZooKeeper3_9_5 => "zookeeper-3.9.5",
        }
    }

    fn file_name(self) -> String {
        format!("{}.txt", self.name())
    }
}

/// The parts that are on this machine.
#[derive(Debug)]
pub struct Parts {
    cache: PathBuf,
    python: PathBuf,
    java: PathBuf,
}

impl Parts {
    /// Finds the parts in `KEDGE_CACHE` (by default `~/.cache/kedge`) and `java` in `PATH`. Looked up once per process.
    ///
    /// # Errors
    /// [`PartsError::Missing`] naming the first part that is not there.
    pub fn locate() -> Result<&'static Parts, PartsError> {
        static LOCATED: OnceLock<Parts> = OnceLock::new();
        if let Some(parts) = LOCATED.get() {
            return Ok(parts);
        }
        let parts = Parts::locate_in(&cache_directory()?, &std::env::var("PATH").unwrap_or_default())?;
        Ok(LOCATED.get_or_init(|| parts))
    }

    fn locate_in(cache: &Path, path: &str) -> Result<Parts, PartsError> {
        let java = std::env::split_paths(path)
            .map(|directory| directory.join("java"))
            .find(|java| java.is_file())
            .ok_or_else(|| PartsError::Missing { what: "java in PATH".to_owned() })?;
        let python = cache.join("venv/bin/python3");
        let parts = Parts { cache: cache.to_owned(), python, java };
        for part in ClassPath::ALWAYS {
            parts.class_path(part)?;
        }
        if !parts.python.is_file() {
            return Err(PartsError::Missing { what: parts.python.display().to_string() });
        }
        Ok(parts)
    }

    /// The value of java's `-cp` for this part.
    ///
    /// # Errors
    /// [`PartsError::Missing`] if it, or a jar that it names, was not fetched.
    pub fn class_path(&self, part: ClassPath) -> Result<String, PartsError> {
        read_class_path(&self.cache.join("cp").join(part.file_name()))
    }

    /// The Python of the virtual environment that has the clients.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// The Java compiler: beside `java`, where a JDK has both.
    ///
    /// # Errors
    /// [`PartsError::Missing`] if only a JRE is there.
    pub fn javac(&self) -> Result<PathBuf, PartsError> {
        // PATH usually has a link, and the JRE's package another one than the JDK's.
        let real = std::fs::canonicalize(&self.java).unwrap_or_else(|_| self.java.clone());
        let candidates = [&self.java, &real].map(|java| java.with_file_name("javac"));
        let found = candidates.into_iter().find(|javac| javac.is_file());
        found.ok_or_else(|| PartsError::Missing { what: format!("javac beside {}", self.java.display()) })
    }

    /// The Java virtual machine.
    pub fn java(&self) -> &Path {
        &self.java
    }
}

fn cache_directory() -> Result<PathBuf, PartsError> {
    if let Some(cache) = std::env::var_os("KEDGE_CACHE") {
        return Ok(PathBuf::from(cache));
    }
    let home = std::env::var_os("HOME")
        .ok_or_else(|| PartsError::Missing { what: "HOME, and KEDGE_CACHE is not set: the cache".to_owned() })?;
    Ok(Path::new(&home).join(".cache/kedge"))
}

fn read_class_path(stored: &Path) -> Result<String, PartsError> {
    let class_path = std::fs::read_to_string(stored)
        .map_err(|_| PartsError::Missing { what: stored.display().to_string() })?
        .trim()
        .to_owned();
    match class_path.split(':').find(|jar| !Path::new(jar).is_file()) {
        Some(jar) => Err(PartsError::Missing { what: format!("{jar}, named in {},", stored.display()) }),
        None => Ok(class_path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestSite;

    #[test]
    fn what_is_missing_is_named_together_with_the_cure() {
        let site = TestSite::new("parts").unwrap();
        let cache = site.directory();
        let bin = site.unique_directory("bin").unwrap();
        let path = bin.display().to_string();
        let missing = |cache: &Path| Parts::locate_in(cache, &path).unwrap_err().to_string();
        assert_eq!(missing(cache), "java in PATH is missing; run scripts/test.sh --setup");

        std::fs::write(bin.join("java"), "").unwrap();
        let kafka = cache.join("cp/kafka-3.9.2.txt");
        assert_eq!(missing(cache), format!("{} is missing; run scripts/test.sh --setup", kafka.display()));

        std::fs::create_dir(cache.join("cp")).unwrap();
        std::fs::write(&kafka, "/nowhere/kafka.jar\n").unwrap();
        let text = missing(cache);
        assert!(text.starts_with("/nowhere/kafka.jar, named in "), "{text}");

        let jar = cache.join("a.jar");
        std::fs::write(&jar, "").unwrap();
        for part in ClassPath::ALWAYS {
            std::fs::write(cache.join("cp").join(part.file_name()), format!("{}\n", jar.display())).unwrap();
        }
        assert!(missing(cache).contains("venv/bin/python3 is missing"));

        std::fs::create_dir_all(cache.join("venv/bin")).unwrap();
        std::fs::write(cache.join("venv/bin/python3"), "").unwrap();
        let parts = Parts::locate_in(cache, &path).unwrap();
        assert_eq!(parts.class_path(ClassPath::ZooKeeper3_4_14).unwrap(), jar.display().to_string());
        // What only some tests need is missed by them alone.
        let missing = parts.class_path(ClassPath::Kafka0_11_0_3).unwrap_err().to_string();
        assert!(missing.contains("kafka-0.11.0.3.txt is missing; run scripts/test.sh --setup"), "{missing}");
    }
}
