//! Processor time and memory of process trees, from `/proc`.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// What a process and all its descendants have used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Processor time in user and kernel mode, of ended descendants too.
    pub cpu: Duration,
    /// Bytes in memory now, shared pages divided among those who share them.
    pub memory: u64,
}

/// The fields of `/proc/PID/stat` that matter here.
struct Stat {
    parent: u32,
    /// With those of children that have ended.
    ticks: u64,
    own_ticks: u64,
}

impl Usage {
    pub fn of_tree(root: u32) -> Self {
        let stats = all_stats();
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        let mut usage = Self::default();
        for (process, stat) in &stats {
            if descends(&stats, *process, root) {
                usage.cpu += Duration::from_secs_f64(stat.ticks as f64 / ticks_per_second as f64);
                usage.memory += memory(*process);
            }
        }
        usage
    }

    /// Of this process without those that it started.
    pub fn of_myself() -> Self {
        let ticks = stat(std::process::id()).map_or(0, |stat| stat.own_ticks);
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        Self { cpu: Duration::from_secs_f64(ticks as f64 / ticks_per_second as f64), memory: 0 }
    }

    pub fn since(&self, earlier: &Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(earlier.cpu), memory: self.memory }
    }
}

fn all_stats() -> HashMap<u32, Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    let processes = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    processes.filter_map(|process: u32| Some((process, stat(process)?))).collect()
}

fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let own = number(11)? + number(12)?;
    let of_ended_children = number(13)? + number(14)?;
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        ticks: own + of_ended_children,
        own_ticks: own,
    })
}

fn descends(stats: &HashMap<u32, Stat>, process: u32, root: u32) -> bool {
    let mut current = process;
    while current > 1 {
        if current == root {
            return true;
        }
        let Some(stat) = stats.get(&current) else { return false };
        current = stat.parent;
    }
    false
}

fn memory(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
