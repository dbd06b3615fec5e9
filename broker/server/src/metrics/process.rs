//! The process itself, under the names of Prometheus' client libraries. Read from `/proc`; what is not there is left out.

use std::fs;

use super::Page;

/// Prints descriptors, memory and processor time.
pub fn collect_process(page: &mut Page) {
    if let Ok(descriptors) = fs::read_dir("/proc/self/fd") {
        page.gauge("process_open_fds", "Open file descriptors.", &[], descriptors.count() as f64);
    }
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    if let Some(usage) = Usage::parse(&stat, rustix::param::clock_ticks_per_second(), rustix::param::page_size()) {
        page.counter_f64("process_cpu_seconds_total", "Processor time used.", &[], usage.cpu_seconds);
        page.gauge("process_resident_memory_bytes", "Memory in use.", &[], usage.resident_bytes as f64);
        page.gauge("process_threads", "Threads.", &[], usage.threads_count as f64);
    }
}

#[derive(Debug, PartialEq)]
struct Usage {
    cpu_seconds: f64,
    resident_bytes: u64,
    threads_count: u64,
}

impl Usage {
    /// Reads `/proc/<pid>/stat` (proc(5)); the process name in parentheses may hold anything.
    fn parse(stat: &str, ticks_per_second: u64, page_bytes: usize) -> Option<Usage> {
        let (_, after_name) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
        // Field 3 of proc(5) is fields[0].
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Usage {
            cpu_seconds: (field(14)? + field(15)?) as f64 / ticks_per_second as f64,
            resident_bytes: field(24)? * page_bytes as u64,
            threads_count: field(20)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_proc_stat() {
        let stat = "42 (a b) c) S 1 42 42 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 7 0 100 1000 3 184467";
        let usage = Usage { cpu_seconds: 3.0, resident_bytes: 3 * 4096, threads_count: 7 };
        assert_eq!(Usage::parse(stat, 100, 4096), Some(usage));
        assert_eq!(Usage::parse("42 (a) S 1", 100, 4096), None);
    }

    #[test]
    fn this_process_has_descriptors_and_memory() {
        let mut page = Page::default();
        collect_process(&mut page);
        let text = page.to_text();
        assert!(text.contains("process_open_fds ") && text.contains("process_resident_memory_bytes "), "{text}");
    }
}
