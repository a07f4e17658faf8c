//! Work that takes long, kept away from the threads that answer everyone.

use std::sync::LazyLock;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;

/// Bytes whose reading is long work.
const LARGE: usize = 256 * 1024;

/// How many do long work at once: all the machine's cores but for one.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Semaphore::new(cores.saturating_sub(1).clamp(1, 4))
});

/// Does work on so many bytes. If they are many, it waits for its turn, and the thread's other
/// tasks are handed to another thread first.
pub async fn apart<R>(bytes: usize, work: impl FnOnce() -> R) -> R {
    if bytes < LARGE {
        return work();
    }
    // The semaphore is never closed.
    let _place = PLACES.acquire().await;
    let (mut work, mut done) = (Some(work), None);
    hand_over(&mut || done = work.take().map(|work| work()));
    match done {
        Some(done) => done,
        None => unreachable!("the work was done"),
    }
}

/// Not generic, to be compiled once.
fn hand_over(work: &mut dyn FnMut()) {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        // There is no other thread to hand tasks to.
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn other_tasks_go_on_beside_long_work() {
        let (tell, told) = std::sync::mpsc::channel();
        // The only worker would have to do both.
        tokio::spawn(async move {
            let other = tokio::spawn(async move { tell.send(7) });
            let heard = apart(LARGE, move || told.recv()).await;
            assert_eq!(heard, Ok(7));
            other.await
        })
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    }

    #[tokio::test]
    async fn one_thread_does_it_itself() {
        assert_eq!(apart(LARGE, || 5).await, 5);
        assert_eq!(apart(1, || 6).await, 6);
    }
}
