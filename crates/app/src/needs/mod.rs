//! What a caller needs to call a route: part of every route's line in its table.
//!
//! ```ignore
//! use app::needs::{Action::Update, logged_model, run};
//!
//! Routes::v2("mlflow/runs")
//!     .post("log-batch", api::log_batch, [run(Update), logged_model(Update).each()])
//! ```
//!
//! A caller must meet every need of the list. Which objects a need speaks of comes from the request:
//! from its path, query or headers where the need says so, and these are checked before the body is
//! read; else from the message that the handler gets, which says what it touches
//! ([`crate::Message::TOUCHES`]). There is no second reading of a body: the check and the handler
//! cannot see different ids.

mod check;
mod guard;
mod touch;

use std::fmt;

pub use check::{Asked, Rights, asked_of, permit, permit_all};
pub(crate) use guard::{Guarded, MessageNeeds};
pub use touch::Touch;

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Read,
    /// To call what an object offers, such as a model behind a gateway's endpoint.
    Use,
    Update,
    Delete,
    /// To decide who else may do what.
    Manage,
    /// Anything, as long as it is not denied to the caller by name: the right itself comes from
    /// another need of the same route.
    NotDenied,
}

/// The type of object that grants are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    Experiment,
    Run,
    Trace,
    Assessment,
    LoggedModel,
    /// A registered model or a prompt: which of them is read from its tags in the database.
    RegisteredModel,
    /// A version of a registered model or of a prompt.
    ModelVersion,
    Scorer,
    ScorerVersion,
    ReviewQueue,
    McpServer,
    McpServerVersion,
    /// Whatever owns a path of the artifact proxy: a run, a logged model or a trace.
    Artifact,
    Workspace,
}

/// What a request names an object by. Where it is not the object itself, the object is found from
/// it: the experiment of a run, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Experiment,
    ExperimentName,
    Run,
    /// A run that something is made from, beside the one that is written to.
    SourceRun,
    Trace,
    LoggedModel,
    /// A logged model that something is made from.
    SourceModel,
    RegisteredModel,
    /// A registered model that a new version is copied from (`models:/name/version`).
    SourceRegisteredModel,
    /// `<experiment id>/<name>`, the name percent-encoded.
    Scorer,
    LabelSchema,
    ReviewQueue,
    EvaluationDataset,
    Issue,
    McpServer,
    /// A path of the artifact proxy.
    ArtifactPath,
    /// A scorer that is named without a version: all of its versions are meant.
    WholeScorer,
    /// A scorer by its own id.
    ScorerId,
    /// An experiment whose trace comes with assessments.
    AssessedExperiment,
    /// Nothing: what is to be made has no id yet.
    Workspace,
}

/// Where a request has the ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The message that the handler gets.
    Message,
    /// The part of the path with this name; several names for an id in several parts.
    Path(&'static [&'static str]),
    /// The parameters of the query with these names.
    Query(&'static [&'static str]),
    /// The header with this name.
    Header(&'static str),
}

/// An action on what a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    pub action: Action,
    pub tier: Tier,
    pub scope: Scope,
    pub place: Place,
    /// Whether the request may name none.
    pub optional: bool,
    /// What the caller's part in the object adds or takes away.
    pub part: Part,
}

/// What part a caller has in an object that belongs to somebody, such as a review queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Any: it makes no difference.
    Any,
    /// Its owner needs no more than to be allowed to update it.
    OrOwner,
    /// The caller must be one of its members, or be allowed to manage it.
    Member,
}

/// One thing that a caller must be, or be allowed to do. Every route has a list of them: there is no
/// default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: anyone may call, without credentials.
    Public,
    /// To be known.
    Caller,
    /// To be an administrator.
    Admin,
    /// To be allowed to create in the workspace.
    Create,
    /// To be known; the rows of the response are those that the caller may read.
    Rows(Tier),
    Permission(Permission),
}

const fn on(action: Action, tier: Tier, scope: Scope) -> Need {
    let (place, part) = (Place::Message, Part::Any);
    Need::Permission(Permission { action, tier, scope, place, optional: false, part })
}

macro_rules! tiers {
    ($($(#[$doc:meta])* $name:ident = $tier:ident by $scope:ident;)*) => {$(
        $(#[$doc])*
        pub const fn $name(action: Action) -> Need {
            on(action, Tier::$tier, Scope::$scope)
        }
    )*};
}

tiers! {
    /// An action on the experiment that the request names.
    experiment = Experiment by Experiment;
    /// An action on the run that the request names.
    run = Run by Run;
    /// An action on the trace that the request names.
    trace = Trace by Trace;
    /// An action on the assessments of the trace that the request names.
    assessment = Assessment by Trace;
    /// An action on the logged model that the request names.
    logged_model = LoggedModel by LoggedModel;
    /// An action on the registered model or prompt that the request names.
    registered_model = RegisteredModel by RegisteredModel;
    /// An action on versions of the registered model or prompt that the request names.
    model_version = ModelVersion by RegisteredModel;
    /// An action on the scorer that the request names.
    scorer = Scorer by Scorer;
    /// An action on versions of the scorer that the request names.
    scorer_version = ScorerVersion by Scorer;
    /// An action on the review queue that the request names.
    review_queue = ReviewQueue by ReviewQueue;
    /// An action on the MCP server that the request names.
    mcp_server = McpServer by McpServer;
    /// An action on versions of the MCP server that the request names.
    mcp_server_version = McpServerVersion by McpServer;
    /// An action on the artifacts below the path that the request names.
    artifact = Artifact by ArtifactPath;
}

impl Need {
    const fn with(self, change: Change) -> Self {
        let Need::Permission(mut permission) = self else { return self };
        match change {
            Change::Scope(scope) => permission.scope = scope,
            Change::Place(place) => permission.place = place,
            Change::Optional => permission.optional = true,
            Change::Part(part) => permission.part = part,
        }
        Need::Permission(permission)
    }

    /// The object is found from what the request names by `scope`.
    #[must_use]
    pub const fn of(self, scope: Scope) -> Self {
        self.with(Change::Scope(scope))
    }

    /// The object's owner needs no more than to be allowed to update it.
    #[must_use]
    pub const fn or_owner(self) -> Self {
        self.with(Change::Part(Part::OrOwner))
    }

    /// The caller must be one of the object's members, or be allowed to manage it.
    #[must_use]
    pub const fn as_member(self) -> Self {
        self.with(Change::Part(Part::Member))
    }

    /// For each that the request names; it may name none.
    #[must_use]
    pub const fn each(self) -> Self {
        self.with(Change::Optional)
    }

    /// The id is these parts of the path, joined by slashes.
    #[must_use]
    pub const fn in_path(self, names: &'static [&'static str]) -> Self {
        self.with(Change::Place(Place::Path(names)))
    }

    /// The ids are these parameters of the query, which is read before the body.
    #[must_use]
    pub const fn in_query(self, names: &'static [&'static str]) -> Self {
        self.with(Change::Place(Place::Query(names)))
    }

    /// The id is this header.
    #[must_use]
    pub const fn in_header(self, name: &'static str) -> Self {
        self.with(Change::Place(Place::Header(name)))
    }

    /// Where the request has the ids; none if the need speaks of no object.
    pub fn place(&self) -> Option<Place> {
        match self {
            Need::Permission(Permission { scope: Scope::Workspace, .. }) => None,
            Need::Permission(permission) => Some(permission.place),
            _ => None,
        }
    }
}

/// What [`Need::with`] changes.
#[derive(Clone, Copy)]
enum Change {
    Scope(Scope),
    Place(Place),
    Optional,
    Part(Part),
}

impl Action {
    /// `read`, `not denied`, …
    pub fn name(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Use => "use",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::Manage => "manage",
            Action::NotDenied => "not denied",
        }
    }
}

impl Tier {
    /// As grants spell it: `logged_model`.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Experiment => "experiment",
            Tier::Run => "run",
            Tier::Trace => "trace",
            Tier::Assessment => "assessment",
            Tier::LoggedModel => "logged_model",
            Tier::RegisteredModel => "registered_model",
            Tier::ModelVersion => "registered_model_version",
            Tier::Scorer => "scorer",
            Tier::ScorerVersion => "scorer_version",
            Tier::ReviewQueue => "review_queue",
            Tier::McpServer => "mcp_server",
            Tier::McpServerVersion => "mcp_server_version",
            Tier::Artifact => "artifact",
            Tier::Workspace => "workspace",
        }
    }

    /// What a request names such an object by, if nothing else is said.
    fn own_scope(self) -> Option<Scope> {
        Some(match self {
            Tier::Experiment => Scope::Experiment,
            Tier::Run => Scope::Run,
            Tier::Trace | Tier::Assessment => Scope::Trace,
            Tier::LoggedModel => Scope::LoggedModel,
            Tier::RegisteredModel | Tier::ModelVersion => Scope::RegisteredModel,
            Tier::Scorer | Tier::ScorerVersion => Scope::Scorer,
            Tier::ReviewQueue => Scope::ReviewQueue,
            Tier::McpServer | Tier::McpServerVersion => Scope::McpServer,
            Tier::Artifact => Scope::ArtifactPath,
            Tier::Workspace => return None,
        })
    }
}

impl Scope {
    /// `experiment`, `source run`, …
    pub fn name(self) -> &'static str {
        match self {
            Scope::Experiment => "experiment",
            Scope::ExperimentName => "experiment name",
            Scope::Run => "run",
            Scope::SourceRun => "source run",
            Scope::Trace => "trace",
            Scope::LoggedModel => "logged model",
            Scope::SourceModel => "source model",
            Scope::RegisteredModel => "registered model",
            Scope::SourceRegisteredModel => "source registered model",
            Scope::Scorer => "scorer",
            Scope::LabelSchema => "label schema",
            Scope::ReviewQueue => "review queue",
            Scope::EvaluationDataset => "evaluation dataset",
            Scope::Issue => "issue",
            Scope::McpServer => "mcp server",
            Scope::ArtifactPath => "artifact path",
            Scope::WholeScorer => "whole scorer",
            Scope::ScorerId => "scorer id",
            Scope::AssessedExperiment => "assessed experiment",
            Scope::Workspace => "workspace",
        }
    }
}

/// As the hand-kept table of all routes spells it: `run update`, `each logged_model update`,
/// `run not denied of experiment`.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permission = match self {
            Need::Public => return f.write_str("public"),
            Need::Caller => return f.write_str("caller"),
            Need::Admin => return f.write_str("admin"),
            Need::Create => return f.write_str("create"),
            Need::Rows(tier) => return write!(f, "rows {}", tier.name()),
            Need::Permission(permission) => permission,
        };
        let each = if permission.optional { "each " } else { "" };
        write!(f, "{each}{} {}", permission.tier.name(), permission.action.name())?;
        if permission.tier.own_scope() != Some(permission.scope) {
            write!(f, " of {}", permission.scope.name())?;
        }
        f.write_str(match permission.part {
            Part::Any => "",
            Part::OrOwner => " or owner",
            Part::Member => " as member",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Action::{Delete, NotDenied, Update};
    use super::*;

    #[test]
    fn needs_are_spelled_as_the_table_has_them() {
        for (need, text) in [
            (Need::Public, "public"),
            (Need::Rows(Tier::Experiment), "rows experiment"),
            (run(Update), "run update"),
            (logged_model(Update).each(), "each logged_model update"),
            (run(NotDenied).of(Scope::Experiment), "run not denied of experiment"),
            (
                experiment(Delete).of(Scope::EvaluationDataset),
                "experiment delete of evaluation dataset",
            ),
        ] {
            assert_eq!(need.to_string(), text);
        }
    }
}
