//! Group commit: small writes of one kind, which come one by one from hundreds of workers.
//!
//! Writes that arrive while groups are being committed form the next group, which waits for nothing
//! but that one of [`GROUPS`] has ended. Each caller is answered only after its group has committed,
//! and a write that cannot be made fails alone.

use std::sync::Arc;

use app::ApiError;
use db::{Db, Engine, Tx, Work};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Writes of one group at most.
const GROUP: usize = 1000;

/// Groups that are committed at once: while the database flushes one, it runs the statements of the
/// others. All must take their locks in one order.
const GROUPS: usize = 3;

/// Writes that may wait; beyond it callers are told to come back later.
const QUEUE: usize = 20_000;

/// What became of each write of a group.
pub type Outcomes<O> = Vec<Result<O, ApiError>>;

/// Makes all writes of a group that can be made, and says of each how it went. After an error
/// nothing may have been written.
pub type WriteGroup<I, O> =
    for<'a> fn(&'a mut Tx, &'a Arc<Vec<I>>) -> Work<'a, Result<Outcomes<O>, ApiError>>;

/// Refuses a write that this engine cannot store, so that it does not fail the group that it would be in.
pub type Check<I> = fn(&I, Engine) -> Result<(), ApiError>;

/// A write, and who waits for it.
struct Entry<I, O> {
    input: I,
    answer: oneshot::Sender<Result<O, ApiError>>,
}

/// Where handlers hand in single writes.
pub struct GroupWriter<I, O> {
    queue: mpsc::Sender<Entry<I, O>>,
    engine: Engine,
    check: Check<I>,
}

impl<I, O> Clone for GroupWriter<I, O> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), engine: self.engine, check: self.check }
    }
}

impl<I, O> GroupWriter<I, O>
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    /// Starts the task that commits the groups. It ends with the last handle.
    pub fn start(db: Db, check: Check<I>, work: WriteGroup<I, O>) -> Self {
        let (queue, entries) = mpsc::channel(QUEUE);
        let engine = db.engine();
        tokio::spawn(run(db, work, entries));
        Self { queue, engine, check }
    }

    /// Makes one write.
    ///
    /// # Errors
    /// When it cannot be made, or the database is not available.
    pub async fn write(&self, input: I) -> Result<O, ApiError> {
        (self.check)(&input, self.engine)?;
        let (answer, answered) = oneshot::channel();
        let full = |_| ApiError::unavailable("Too many writes wait for the database. Try again.");
        self.queue.try_send(Entry { input, answer }).map_err(full)?;
        answered.await.map_err(|_| ApiError::internal("the group of this write was lost"))?
    }
}

async fn run<I, O>(db: Db, work: WriteGroup<I, O>, mut entries: mpsc::Receiver<Entry<I, O>>)
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let places = Arc::new(Semaphore::new(GROUPS));
    let mut group = Vec::new();
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        if entries.recv_many(&mut group, GROUP).await == 0 {
            return;
        }
        let group = std::mem::take(&mut group);
        let db = db.clone();
        // Whatever becomes of the task: its place is free again, and its callers learn that it ended.
        tokio::spawn(async move {
            let _place = place;
            commit(&db, work, group).await;
        });
    }
}

async fn commit<I, O>(db: &Db, work: WriteGroup<I, O>, group: Vec<Entry<I, O>>)
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let (inputs, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|entry| (entry.input, entry.answer)).unzip();
    let inputs = Arc::new(inputs);
    let outcomes = match db.write(Arc::clone(&inputs), work).await {
        Ok(outcomes) => outcomes,
        Err(error) if inputs.len() == 1 => vec![Err(error)],
        // Trying each would keep all waiting for a database that is away.
        Err(error) if error.is_unavailable() => {
            inputs.iter().map(|_| Err(ApiError::new(error.code, error.message.clone()))).collect()
        }
        // One of them may be what the database cannot store: each alone shows which.
        Err(_) => one_by_one(db, work, &inputs).await,
    };
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // A caller that went away needs no answer.
        let _ = answer.send(outcome);
    }
}

async fn one_by_one<I, O>(db: &Db, work: WriteGroup<I, O>, inputs: &[I]) -> Outcomes<O>
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let mut outcomes = Vec::with_capacity(inputs.len());
    for input in inputs {
        let outcome = match db.write(Arc::new(vec![input.clone()]), work).await {
            Ok(mut alone) => alone.pop(),
            Err(error) => Some(Err(error)),
        };
        let lost = || Err(ApiError::internal("the outcome of this write was lost"));
        outcomes.push(outcome.unwrap_or_else(lost));
    }
    outcomes
}
