//! Group commit: small writes of one kind, which come one by one from hundreds of workers.
//!
//! Writes that arrive while groups are being committed form the next group, which waits for nothing
//! but that one of [`GROUPS`] has ended. Each caller is answered only after its group has committed,
//! and a write that cannot be made fails alone.

use std::sync::Arc;

use app::{ApiError, Backend, Caller, Context, Work};
use db::Engine;
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

/// A write, and who asked for it.
#[derive(Clone, Debug)]
pub struct Member<I> {
    pub context: Context,
    pub input: I,
}

/// A store function that makes all writes of a group that can be made, and says of each how it went.
/// After an error nothing may have been written. It works in a unit of the server's, because a group
/// has many callers.
pub trait WriteGroup<I, O>:
    Copy + for<'a> Work<'a, (Arc<Vec<Member<I>>>,), Outcomes<O>, ApiError>
{
}

impl<I, O, W> WriteGroup<I, O> for W where
    W: Copy + for<'a> Work<'a, (Arc<Vec<Member<I>>>,), Outcomes<O>, ApiError>
{
}

/// Refuses a write that this engine cannot store, so that it does not fail the group that it would be in.
pub type Check<I> = fn(&I, Engine) -> Result<(), ApiError>;

/// A write, and who waits for it.
struct Entry<I, O> {
    member: Member<I>,
    answer: oneshot::Sender<Result<O, ApiError>>,
}

/// Where handlers hand in single writes.
pub struct GroupWriter<I, O> {
    queue: mpsc::Sender<Entry<I, O>>,
    backend: Backend,
    check: Check<I>,
}

impl<I, O> Clone for GroupWriter<I, O> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), backend: self.backend.clone(), check: self.check }
    }
}

impl<I, O> GroupWriter<I, O>
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    /// Starts the task that commits the groups. It ends with the last handle.
    pub fn start(backend: Backend, check: Check<I>, work: impl WriteGroup<I, O>) -> Self {
        let (queue, entries) = mpsc::channel(QUEUE);
        tokio::spawn(run(backend.clone(), work, entries));
        Self { queue, backend, check }
    }

    /// Makes one write.
    ///
    /// # Errors
    /// When it cannot be made, or the database is not available.
    pub async fn write(&self, caller: &Caller, input: I) -> Result<O, ApiError> {
        (self.check)(&input, self.backend.db().engine())?;
        let member = Member { context: self.backend.context(caller), input };
        let (answer, answered) = oneshot::channel();
        let full = |_| ApiError::unavailable("Too many writes wait for the database. Try again.");
        self.queue.try_send(Entry { member, answer }).map_err(full)?;
        answered.await.map_err(|_| ApiError::internal("the group of this write was lost"))?
    }
}

async fn run<I, O, W>(backend: Backend, work: W, mut entries: mpsc::Receiver<Entry<I, O>>)
where
    W: WriteGroup<I, O>,
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
        let backend = backend.clone();
        // Whatever becomes of the task: its place is free again, and its callers learn that it ended.
        tokio::spawn(async move {
            let _place = place;
            commit(&backend, work, group).await;
        });
    }
}

async fn commit<I, O, W>(backend: &Backend, work: W, group: Vec<Entry<I, O>>)
where
    W: WriteGroup<I, O>,
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let (members, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|entry| (entry.member, entry.answer)).unzip();
    let members = Arc::new(members);
    let group = (Arc::clone(&members),);
    let outcomes = match backend.write(Caller::server(), work, group).await {
        Ok(outcomes) => outcomes,
        Err(error) if members.len() == 1 => vec![Err(error)],
        // Trying each would keep all waiting for a database that is away.
        Err(error) if error.is_unavailable() => {
            members.iter().map(|_| Err(ApiError::new(error.code, error.message.clone()))).collect()
        }
        // One of them may be what the database cannot store: each alone shows which.
        Err(_) => one_by_one(backend, work, &members).await,
    };
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // A caller that went away needs no answer.
        let _ = answer.send(outcome);
    }
}

async fn one_by_one<I, O, W>(backend: &Backend, work: W, members: &[Member<I>]) -> Outcomes<O>
where
    W: WriteGroup<I, O>,
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let mut outcomes = Vec::with_capacity(members.len());
    for member in members {
        let alone = (Arc::new(vec![member.clone()]),);
        let outcome = match backend.write(Caller::server(), work, alone).await {
            Ok(mut alone) => alone.pop(),
            Err(error) => Some(Err(error)),
        };
        let lost = || Err(ApiError::internal("the outcome of this write was lost"));
        outcomes.push(outcome.unwrap_or_else(lost));
    }
    outcomes
}
