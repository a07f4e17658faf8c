//! Events: what other systems are told about through webhooks.
//!
//! A feature records an event in the transaction that makes it true, so that the two are committed
//! together or not at all. The registry's webhooks then deliver it, from any replica:
//!
//! ```ignore
//! pub async fn create(tx: &mut Unit<'_>, new: &NewRun) -> Result<Run, ApiError> {
//!     let run = insert(tx, new).await?;
//!     events::record(tx, EventKind::RunCreated, &run.info)?;
//!     Ok(run)
//! }
//! ```
//!
//! Recording costs next to nothing while no webhook subscribes: one statement finds the subscribers
//! and writes a row for each; on PostgreSQL it travels together with the commit.

mod store;

use db::DbError;
use serde::Serialize;

use crate::{Choices, Unit};

/// What an event is about. The first ten are MLflow's, the others Headwater's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entity {
    RegisteredModel,
    ModelVersion,
    ModelVersionTag,
    ModelVersionAlias,
    Prompt,
    PromptVersion,
    PromptTag,
    PromptVersionTag,
    PromptAlias,
    BudgetPolicy,
    Run,
    Trace,
    Assessment,
}

/// What happened to it. The first five are MLflow's, the others Headwater's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Created,
    Updated,
    Deleted,
    Set,
    Exceeded,
    Finished,
    Restored,
}

impl Choices for Entity {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (Entity::RegisteredModel, "REGISTERED_MODEL", 1),
        (Entity::ModelVersion, "MODEL_VERSION", 2),
        (Entity::ModelVersionTag, "MODEL_VERSION_TAG", 3),
        (Entity::ModelVersionAlias, "MODEL_VERSION_ALIAS", 4),
        (Entity::Prompt, "PROMPT", 5),
        (Entity::PromptVersion, "PROMPT_VERSION", 6),
        (Entity::PromptTag, "PROMPT_TAG", 7),
        (Entity::PromptVersionTag, "PROMPT_VERSION_TAG", 8),
        (Entity::PromptAlias, "PROMPT_ALIAS", 9),
        (Entity::BudgetPolicy, "BUDGET_POLICY", 10),
        (Entity::Run, "RUN", 1001),
        (Entity::Trace, "TRACE", 1002),
        (Entity::Assessment, "ASSESSMENT", 1003),
    ];
}

impl Choices for Action {
    const ALL: &'static [(Self, &'static str, i64)] = &[
        (Action::Created, "CREATED", 1),
        (Action::Updated, "UPDATED", 2),
        (Action::Deleted, "DELETED", 3),
        (Action::Set, "SET", 4),
        (Action::Exceeded, "EXCEEDED", 5),
        (Action::Finished, "FINISHED", 1001),
        (Action::Restored, "RESTORED", 1002),
    ];
}

fn name_of<T: Choices + PartialEq>(value: T) -> &'static str {
    T::ALL.iter().find(|(choice, ..)| *choice == value).map_or("", |(_, name, _)| name)
}

impl Entity {
    /// As the API spells it: `MODEL_VERSION`.
    pub fn name(self) -> &'static str {
        name_of(self)
    }
}

impl Action {
    /// As the API spells it: `CREATED`.
    pub fn name(self) -> &'static str {
        name_of(self)
    }
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $kind:ident = $entity:ident $action:ident $text:expr,)*) => {
        /// Every event there is: an entity and what can happen to it. The comments name the fields
        /// of the event's data; those of MLflow's own events are MLflow's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum EventKind {
            $($(#[$doc])* $kind,)*
        }

        impl EventKind {
            pub const ALL: &'static [EventKind] = &[$(EventKind::$kind),*];

            pub fn entity(self) -> Entity {
                match self { $(EventKind::$kind => Entity::$entity,)* }
            }

            pub fn action(self) -> Action {
                match self { $(EventKind::$kind => Action::$action,)* }
            }

            /// The entity and the action as payloads and tables spell them.
            pub fn text(self) -> (&'static str, &'static str) {
                match self { $(EventKind::$kind => $text,)* }
            }
        }
    };
}

event_kinds! {
    /// `name`, `tags`, `description`.
    RegisteredModelCreated = RegisteredModel Created ("registered_model", "created"),
    /// `name`, `version`, `source`, `run_id`, `tags`, `description`.
    ModelVersionCreated = ModelVersion Created ("model_version", "created"),
    /// `name`, `version`, `key`, `value`.
    ModelVersionTagSet = ModelVersionTag Set ("model_version_tag", "set"),
    /// `name`, `version`, `key`.
    ModelVersionTagDeleted = ModelVersionTag Deleted ("model_version_tag", "deleted"),
    /// `name`, `alias`, `version`.
    ModelVersionAliasCreated = ModelVersionAlias Created ("model_version_alias", "created"),
    /// `name`, `alias`.
    ModelVersionAliasDeleted = ModelVersionAlias Deleted ("model_version_alias", "deleted"),
    /// `name`, `tags` (without those that mark a prompt), `description`.
    PromptCreated = Prompt Created ("prompt", "created"),
    /// `name`, `version`, `template`, `tags` (without those that mark a prompt), `description`.
    PromptVersionCreated = PromptVersion Created ("prompt_version", "created"),
    /// `name`, `key`, `value`.
    PromptTagSet = PromptTag Set ("prompt_tag", "set"),
    /// `name`, `key`.
    PromptTagDeleted = PromptTag Deleted ("prompt_tag", "deleted"),
    /// `name`, `version`, `key`, `value`.
    PromptVersionTagSet = PromptVersionTag Set ("prompt_version_tag", "set"),
    /// `name`, `version`, `key`.
    PromptVersionTagDeleted = PromptVersionTag Deleted ("prompt_version_tag", "deleted"),
    /// `name`, `alias`, `version`.
    PromptAliasCreated = PromptAlias Created ("prompt_alias", "created"),
    /// `name`, `alias`.
    PromptAliasDeleted = PromptAlias Deleted ("prompt_alias", "deleted"),
    /// `budget_policy_id`, `budget_unit`, `budget_amount`, `current_spend`, `duration_unit`,
    /// `duration_value`, `target_scope`, `workspace`, `target_value`, `window_start`.
    BudgetPolicyExceeded = BudgetPolicy Exceeded ("budget_policy", "exceeded"),
    /// `run_id`, `experiment_id`, `run_name`, `user_id`, `status`, `start_time`.
    RunCreated = Run Created ("run", "created"),
    /// The run's status became final: as for its creation, and `end_time`.
    RunFinished = Run Finished ("run", "finished"),
    /// `run_id`.
    RunDeleted = Run Deleted ("run", "deleted"),
    /// `run_id`.
    RunRestored = Run Restored ("run", "restored"),
    /// The first spans of the trace came, or what it is as a whole: `trace_id`, `experiment_id`,
    /// `state`, `request_time`, `execution_duration_ms`.
    TraceCreated = Trace Created ("trace", "created"),
    /// The trace's state became final: as for its creation.
    TraceFinished = Trace Finished ("trace", "finished"),
    /// `trace_id`, `experiment_id`.
    TraceDeleted = Trace Deleted ("trace", "deleted"),
    /// `assessment_id`, `trace_id`, `name`, `kind` (`feedback`,
    /// `expectation` or `issue`), `value`.
    AssessmentCreated = Assessment Created ("assessment", "created"),
    /// As for its creation.
    AssessmentUpdated = Assessment Updated ("assessment", "updated"),
    /// `assessment_id`, `trace_id`.
    AssessmentDeleted = Assessment Deleted ("assessment", "deleted"),
}

crate::lend!(copy EventKind);

impl EventKind {
    /// The kind with this entity and action, if they go together.
    pub fn find(entity: Entity, action: Action) -> Option<Self> {
        let fits = |kind: &&Self| (kind.entity(), kind.action()) == (entity, action);
        Self::ALL.iter().find(fits).copied()
    }

    /// The kind with these texts, as tables have them.
    pub fn from_text(entity: &str, action: &str) -> Option<Self> {
        Self::ALL.iter().find(|kind| kind.text() == (entity, action)).copied()
    }

    /// Whether MLflow knows this event too.
    pub fn is_mlflows(self) -> bool {
        self.entity() <= Entity::BudgetPolicy
    }
}

/// The id and the time of a transaction. They are fixed before it begins, so that its events are
/// the same however often it runs.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    id: u128,
    /// Milliseconds since 1970.
    pub at: i64,
    /// Whether days that change must be noted ([`crate::rollups`]).
    pub(crate) rollups: bool,
}

impl Stamp {
    pub(crate) fn new(id: u128, at: i64, rollups: bool) -> Self {
        Self { id, at, rollups }
    }

    /// The id of the transaction's event number `index`, counted from 0.
    fn event_id(&self, index: u32) -> String {
        // Only the last digits differ: the version and variant of a random UUID stay as they are.
        uuid::Uuid::from_u128(self.id ^ u128::from(index)).hyphenated().to_string()
    }
}

/// What is sent: MLflow's envelope around an event's data.
#[derive(Serialize)]
pub struct Envelope<'a, T> {
    pub entity: &'a str,
    pub action: &'a str,
    /// ISO 8601 in UTC with microseconds, as Python writes it.
    pub timestamp: String,
    pub data: &'a T,
}

impl<'a, T: Serialize> Envelope<'a, T> {
    /// The event's envelope; `at` is in milliseconds since 1970.
    pub fn new(kind: EventKind, at: i64, data: &'a T) -> Self {
        let (entity, action) = kind.text();
        Self { entity, action, timestamp: iso_time(at), data }
    }

    /// The text that is sent.
    ///
    /// # Errors
    /// When the data cannot be written as JSON: a map whose keys are no texts.
    pub fn text(&self) -> Result<String, DbError> {
        serde_json::to_string(self)
            .map_err(|error| DbError::new(db::Kind::Value, format!("an event's data: {error}")))
    }
}

/// Records one event in this transaction: a delivery for every webhook that subscribes. Call it
/// after the statements that make the event true.
///
/// # Errors
/// When the database fails; the transaction must not be committed then.
pub fn record(tx: &mut Unit<'_>, kind: EventKind, data: &impl Serialize) -> Result<(), DbError> {
    let at = tx.now_ms();
    let body = Envelope::new(kind, at, data).text()?;
    let index = tx.next_events(1);
    let id = tx.stamp().event_id(index);
    store::insert(tx, kind, id, body, at)
}

/// Records many events of one entity in this transaction, at the cost of one query if no webhook
/// subscribes and of two statements if some do. An empty list costs nothing.
///
/// # Errors
/// When the database fails; the transaction must not be committed then.
pub async fn record_all<T: Serialize>(
    tx: &mut Unit<'_>,
    entity: Entity,
    all: Vec<(EventKind, T)>,
) -> Result<(), DbError> {
    if all.is_empty() {
        return Ok(());
    }
    let subscribers = store::subscribers(tx, entity).await?;
    if subscribers.is_empty() {
        return Ok(());
    }
    let at = tx.now_ms();
    let first = tx.next_events(all.len());
    let mut events = Vec::new();
    for (index, (kind, data)) in (first..).zip(&all) {
        if subscribers.iter().any(|(_, action)| action == kind.text().1) {
            let body = Envelope::new(*kind, at, data).text()?;
            events.push(store::Event { id: tx.stamp().event_id(index), kind: *kind, body });
        }
    }
    store::insert_all(tx, &subscribers, &events, at).await
}

/// A time as Python's `isoformat` writes it in UTC: `2025-07-31T08:27:32.080000+00:00`.
pub(crate) fn iso_time(millis: i64) -> String {
    let (days, millis_of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    // Howard Hinnant's civil_from_days: years begin in March, eras have 400 of them.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, fraction) = (millis_of_day / 1000, millis_of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}000+00:00"
    )
}

#[cfg(test)]
mod tests;
