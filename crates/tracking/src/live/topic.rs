//! The experiments that somebody watches here, and the task that looks at each.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::{Backend, Caller};
use db::DbError;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};

use super::store::{self, Latest, Watched};
use super::wire::Update;
use crate::metrics::store_history::Sample;

/// How long a look waits for the next while something runs, and while nothing does.
const BUSY: Duration = Duration::from_millis(150);
const CALM: Duration = Duration::from_millis(400);

/// After a look that took long, the next waits this many times as long: looking never takes more
/// than a small part of the database's time.
const SHARE: u32 = 9;

/// How long to wait after the database failed.
const PAUSE: Duration = Duration::from_secs(2);

/// Events that a slow client may fall behind before it gets a snapshot instead.
const BEHIND: usize = 32;

/// Latest points in one event at most.
const POINTS: usize = 2000;

const SNAPSHOT: &str = "snapshot";
const CHANGE: &str = "change";

/// The name of an event and its JSON, written once for all who watch.
pub(super) type Message = (&'static str, Arc<str>);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole after every statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All watched experiments of this process.
#[derive(Clone)]
pub(super) struct Topics(Arc<Shared>);

struct Shared {
    backend: Backend,
    topics: Mutex<HashMap<i64, Arc<Topic>>>,
}

/// One watched experiment.
struct Topic {
    sender: Sender<Message>,
    /// What the last look saw; nothing before the first.
    seen: Mutex<Option<Seen>>,
}

/// Someone who watches an experiment.
pub(super) struct Watcher {
    topic: Arc<Topic>,
    receiver: Receiver<Message>,
    /// What is to be sent before anything else.
    first: Option<Message>,
}

impl Topics {
    pub(super) fn new(backend: Backend) -> Self {
        Self(Arc::new(Shared { backend, topics: Mutex::default() }))
    }

    /// Begins to watch. The first who does starts the task, which ends with the last.
    pub(super) fn watch(&self, experiment_id: i64) -> Watcher {
        let mut topics = locked(&self.0.topics);
        let topic = topics.entry(experiment_id).or_insert_with(|| {
            let (sender, _) = broadcast::channel(BEHIND);
            let topic = Arc::new(Topic { sender, seen: Mutex::default() });
            tokio::spawn(look_on(Arc::clone(&self.0), experiment_id, Arc::clone(&topic)));
            topic
        });
        Watcher::new(Arc::clone(topic))
    }
}

impl Watcher {
    fn new(topic: Arc<Topic>) -> Self {
        let (first, receiver) = topic.join();
        Self { topic, receiver, first }
    }

    /// The next event, once there is one; nothing once there will be none.
    pub(super) async fn next(&mut self) -> Option<Message> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            match self.receiver.recv().await {
                Ok(message) => return Some(message),
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(_)) => {
                    let (first, receiver) = self.topic.join();
                    self.receiver = receiver;
                    if first.is_some() {
                        return first;
                    }
                }
            }
        }
    }
}

impl Topic {
    /// What there is now, and all that comes after it.
    fn join(&self) -> (Option<Message>, Receiver<Message>) {
        let seen = locked(&self.seen);
        let first = seen.as_ref().map(|seen| message(SNAPSHOT, &seen.snapshot()));
        (first, self.sender.subscribe())
    }

    /// Takes in what a look saw and tells those who watch.
    fn take(&self, watched: Vec<Watched>, latest: Vec<Latest>) {
        let mut guard = locked(&self.seen);
        let next = Seen::new(watched, latest);
        let told = match guard.as_ref() {
            None => Some((SNAPSHOT, next.snapshot())),
            Some(before) => {
                Some((CHANGE, next.since(before))).filter(|(_, update)| !update.is_empty())
            }
        };
        *guard = Some(next);
        if let Some((kind, update)) = told {
            // Nobody listens if all have just gone.
            let _ = self.sender.send(message(kind, &update));
        }
    }
}

fn message(kind: &'static str, update: &Update) -> Message {
    let json = serde_json::to_string(update).unwrap_or_else(|error| {
        tracing::error!(%error, "a live update could not be written");
        "{}".to_owned()
    });
    (kind, json.into())
}

/// Looks at an experiment again and again, until nobody watches it.
async fn look_on(shared: Arc<Shared>, experiment_id: i64, topic: Arc<Topic>) {
    loop {
        let begin = Instant::now();
        let ran = locked(&topic.seen).as_ref().map(|seen| seen.running.clone());
        let input = (experiment_id, ran.unwrap_or_default());
        let looked: Result<_, DbError> =
            shared.backend.read(Caller::server(), store::look, input).await;
        let pause = match looked {
            Ok((watched, latest)) => {
                topic.take(watched, latest);
                let calm = locked(&topic.seen).as_ref().is_none_or(|seen| seen.running.is_empty());
                (begin.elapsed() * SHARE).max(if calm { CALM } else { BUSY })
            }
            Err(error) => {
                tracing::warn!(%error, experiment_id, "live updates wait: the database failed");
                PAUSE
            }
        };
        {
            let mut topics = locked(&shared.topics);
            if topic.sender.receiver_count() == 0 {
                topics.remove(&experiment_id);
                return;
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// What one look saw.
struct Seen {
    watched: HashMap<String, Watched>,
    running: HashSet<String>,
    latest: HashMap<(String, String), Sample>,
    /// When the oldest of the newest runs started: an older one may drop out without being deleted.
    horizon: i64,
}

impl Seen {
    fn new(watched: Vec<Watched>, latest: Vec<Latest>) -> Self {
        let newest = usize::try_from(store::NEWEST).unwrap_or(usize::MAX);
        let horizon = match watched.get(newest - 1) {
            Some(oldest) => oldest.run.start_time,
            None => i64::MIN,
        };
        let running: HashSet<String> = watched
            .iter()
            .filter(|each| each.run.status == "RUNNING")
            .map(|each| each.run.run_id.clone())
            .collect();
        let latest = latest
            .into_iter()
            .map(|(run, key, sample)| ((run, key), sample))
            .collect::<HashMap<_, _>>();
        let watched: HashMap<_, _> =
            watched.into_iter().map(|each| (each.run.run_id.clone(), each)).collect();
        Self { watched, running, latest, horizon }
    }

    fn snapshot(&self) -> Update {
        let running = self.running.iter().filter_map(|id| self.watched.get(id));
        let mut update =
            Update { runs: running.map(|each| each.run.clone()).collect(), ..Update::default() };
        update.add(self.latest.iter());
        update
    }

    /// What differs from an earlier look.
    fn since(&self, before: &Seen) -> Update {
        let mut update = Update::default();
        for (id, now) in &self.watched {
            match before.watched.get(id) {
                // One that has slid into view is not new.
                None if now.run.start_time < before.horizon && now.run.status != "RUNNING" => {}
                None => update.runs.push(now.run.clone()),
                Some(then) => {
                    if then.run != now.run {
                        update.runs.push(now.run.clone());
                    }
                    if then.entries != now.entries {
                        update.touched.push(id.clone());
                    }
                }
            }
        }
        for (id, then) in &before.watched {
            let slid = then.run.start_time <= self.horizon && then.run.status != "RUNNING";
            if !slid && !self.watched.contains_key(id) {
                update.gone.push(id.clone());
            }
        }
        update
            .add(self.latest.iter().filter(|(at, sample)| before.latest.get(*at) != Some(*sample)));
        update
    }
}

impl Update {
    fn add<'s>(&mut self, latest: impl Iterator<Item = (&'s (String, String), &'s Sample)>) {
        for ((run, key), sample) in latest {
            if self.metrics.len() == POINTS {
                self.cut = true;
                return;
            }
            self.metrics.push(sample.into_metric(key, Some(run.as_str())));
        }
    }
}
