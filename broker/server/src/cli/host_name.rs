//! The name a broker advertises when its file names none.

use std::fs;

/// This machine's canonical name: the first name that the hosts file has for the host name's address, as Java finds it there.
///
/// Java also asks DNS for names that stand in no file; this does not, and takes the host name as it is.
pub fn canonical_host_name() -> String {
    let host_name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    canonical_in(&hosts, host_name.trim())
}

fn canonical_in(hosts: &str, host_name: &str) -> String {
    let lines = || hosts.lines().map(|line| line.split('#').next().unwrap_or_default().split_ascii_whitespace());
    let address = lines().find_map(|mut words| {
        let address = words.next()?;
        words.any(|name| name.eq_ignore_ascii_case(host_name)).then_some(address)
    });
    let canonical = address.and_then(|address| {
        lines().find_map(|mut words| if words.next() == Some(address) { words.next() } else { None })
    });
    match canonical.unwrap_or(host_name) {
        "" => "localhost".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical_in;

    #[test]
    fn the_hosts_file_has_the_last_word() {
        let hosts =
            "127.0.0.1 localhost\n# 10.0.0.9 kafka1\n10.0.0.1\tkafka1.example.com kafka1 # the first\n10.0.0.2 kafka2";
        for (host_name, expected) in
            [("kafka1", "kafka1.example.com"), ("KAFKA2", "kafka2"), ("kafka3", "kafka3"), ("", "localhost")]
        {
            assert_eq!(canonical_in(hosts, host_name), expected);
        }
    }
}
