//! The token that is valid now, and the task that replaces it in time.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::Identity;
use super::answer::{Token, TokenError};
use super::source::Source;

/// Questions in a row before the asker is told that there is no token.
const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Between two rounds of the renewing task while there is no new token.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// A token this close to its end might not survive the log-in.
const MARGIN: Duration = Duration::from_secs(1);

/// Hands out the current token. Clones share it.
#[derive(Clone)]
pub(crate) struct Tokens(Arc<Shared>);

struct Shared {
    source: Source,
    current: RwLock<Option<Current>>,
    /// Held while asking, so that many connections ask once.
    asking: Mutex<()>,
}

#[derive(Clone)]
struct Current {
    secret: String,
    given: Instant,
    lifetime: Duration,
}

impl Current {
    fn remaining(&self) -> Duration {
        (self.given + self.lifetime).saturating_duration_since(Instant::now())
    }
}

impl Tokens {
    /// Gets the first token and starts the task that renews it. The endpoint of a container that
    /// has just started may not answer at once; it is asked until `patience` ends.
    pub(crate) async fn start(
        identity: &Identity,
        resource: &'static str,
        patience: Duration,
    ) -> Result<Self, TokenError> {
        let source = Source::new(identity, resource)?;
        let tokens =
            Self(Arc::new(Shared { source, current: RwLock::default(), asking: Mutex::default() }));
        let end = Instant::now() + patience;
        loop {
            match tokens.get().await {
                Ok(_) => break,
                Err(error) if !error.may_pass() || Instant::now() >= end => return Err(error),
                Err(error) => tracing::warn!(%error, "no token for the database yet"),
            }
            sleep(SHORTEST_PAUSE).await;
        }
        tracing::info!("logging in to the database with a token of {}", tokens.0.source.place());
        tokio::spawn(renew(Arc::downgrade(&tokens.0)));
        Ok(tokens)
    }

    /// A valid token: the one at hand, or a new one.
    pub(crate) async fn get(&self) -> Result<String, TokenError> {
        if let Some(secret) = self.0.valid() {
            return Ok(secret);
        }
        let _turn = self.0.asking.lock().await;
        // Somebody else may have got it meanwhile.
        if let Some(secret) = self.0.valid() {
            return Ok(secret);
        }
        let token = self.0.ask().await?;
        Ok(self.0.keep(token))
    }

    /// Forgets a token that the database refused, unless it was replaced already.
    pub(crate) fn refused(&self, secret: &str) {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| current.secret == secret) {
            *current = None;
        }
    }
}

impl Shared {
    fn valid(&self) -> Option<String> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current
            .as_ref()
            .filter(|current| current.remaining() > MARGIN)
            .map(|current| current.secret.clone())
    }

    fn remaining(&self) -> Duration {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map_or(Duration::ZERO, Current::remaining)
    }

    fn keep(&self, token: Token) -> String {
        let secret = token.secret.clone();
        let current =
            Current { secret: token.secret, given: Instant::now(), lifetime: token.lifetime };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
        secret
    }

    /// Asks until there is an answer that will not change.
    async fn ask(&self) -> Result<Token, TokenError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.source.ask().await {
                Err(error) if error.may_pass() => sleep(pause).await,
                answer => return answer,
            }
            pause *= 2;
        }
        self.source.ask().await
    }
}

/// Replaces the token when a quarter of its life is left, until the last pool is gone. An endpoint
/// may answer with the very same token for a while; then what is left of it counts.
async fn renew(shared: Weak<Shared>) {
    let mut failures = 0;
    loop {
        let Some(remaining) = shared.upgrade().map(|shared| shared.remaining()) else { return };
        let pause =
            if failures == 0 { remaining / 4 * 3 } else { SHORTEST_PAUSE * (1 << failures.min(6)) };
        sleep(pause.clamp(SHORTEST_PAUSE, longest(failures, remaining))).await;
        let Some(shared) = shared.upgrade() else { return };
        let _turn = shared.asking.lock().await;
        match shared.ask().await {
            Ok(token) => {
                failures = 0;
                tracing::debug!(
                    lifetime = token.lifetime.as_secs(),
                    "renewed the token for the database"
                );
                shared.keep(token);
            }
            Err(error) => {
                failures += 1;
                let remaining = shared.remaining().as_secs();
                tracing::warn!(%error, remaining, "the token for the database cannot be renewed yet");
            }
        }
    }
}

fn longest(failures: u32, remaining: Duration) -> Duration {
    if failures == 0 { remaining.max(SHORTEST_PAUSE) } else { LONGEST_PAUSE }
}
