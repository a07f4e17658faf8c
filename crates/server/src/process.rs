//! What the operating system knows of this process, and what it allows it.

use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit, setrlimit};

/// Fields of `/proc/self/stat` after the program's name, counted from 0.
const USER_TICKS: usize = 11;
const SYSTEM_TICKS: usize = 12;
const START_TICKS: usize = 19;
const VIRTUAL_BYTES: usize = 20;
const RESIDENT_PAGES: usize = 21;

/// What this process has used so far.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub cpu_seconds: f64,
    /// Since 1970.
    pub start_seconds: f64,
    pub resident_bytes: u64,
    pub virtual_bytes: u64,
    pub open_files: u64,
}

/// `None` where the system does not tell, which is anywhere but on Linux.
pub fn usage() -> Option<Usage> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name may hold spaces and brackets; the last bracket closes it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let ticks = clock_ticks_per_second() as f64;
    Some(Usage {
        cpu_seconds: (number(USER_TICKS)? + number(SYSTEM_TICKS)?) as f64 / ticks,
        start_seconds: boot_seconds()? + number(START_TICKS)? as f64 / ticks,
        resident_bytes: number(RESIDENT_PAGES)? * page_size() as u64,
        virtual_bytes: number(VIRTUAL_BYTES)?,
        open_files: fs::read_dir("/proc/self/fd").ok()?.count() as u64,
    })
}

fn boot_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// Has the allocator keep a few megabytes of what is freed, rather than give each buffer of a transfer back to the system
/// and get it anew, page by page.
///
/// The C library of GNU/Linux keeps twice the size of the largest block that was mapped and freed; before that 128 KB.
/// Source: `mallopt(3)`, `M_MMAP_THRESHOLD`, on its dynamic adjustment. Elsewhere this does nothing.
pub fn keep_freed_memory() {
    const BLOCK: usize = 2 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(BLOCK)));
}

/// Allows this process as many open sockets as the system lets it have.
pub fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_process_has_used_something() {
        let Some(usage) = usage() else { return };
        assert!(usage.resident_bytes > 1 << 20, "{usage:?}");
        assert!(usage.virtual_bytes >= usage.resident_bytes, "{usage:?}");
        assert!(usage.open_files >= 3, "{usage:?}");
        assert!(usage.start_seconds > 1.6e9, "{usage:?}");
        assert!(usage.cpu_seconds >= 0.0, "{usage:?}");
    }
}
