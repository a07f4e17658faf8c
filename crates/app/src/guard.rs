//! Who may call a route. Guards are data: the access feature interprets them and lists no URLs.

/// What a caller needs on what a route touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Read,
    Use,
    Edit,
    Manage,
}

/// What a route touches, and under which name the request carries its id: a field of the body, a
/// query parameter or a part of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The experiment with this id.
    Experiment(&'static str),
    /// The experiment whose id this header carries.
    ExperimentHeader(&'static str),
    /// The experiment with this name.
    ExperimentName(&'static str),
    /// Every experiment of this list; answers are narrowed to what the caller may read.
    Experiments(&'static str),
    /// The experiment of the run with this id.
    Run(&'static str),
    /// The experiment of every run of this list.
    Runs(&'static str),
    /// The experiment of the trace with this id.
    Trace(&'static str),
    /// The experiment of every trace of this list.
    Traces(&'static str),
    /// The experiment of the logged model with this id.
    LoggedModel(&'static str),
    /// The experiment or model that owns this path of the artifact proxy.
    ArtifactPath(&'static str),
    /// The registered model (or prompt) with this name.
    RegisteredModel(&'static str),
    /// The experiments that the evaluation data set with this id is linked to.
    EvaluationDataset(&'static str),
    /// The experiment of the label schema with this id.
    LabelSchema(&'static str),
    /// The experiment of the review queue with this id.
    ReviewQueue(&'static str),
    /// The experiment of the issue with this id.
    Issue(&'static str),
    /// The MCP server of this name, which a path may hold in two parts (`{name}/{slug}`).
    McpServer(&'static str),
    /// The workspace: creating or listing its entities.
    Workspace,
    /// The server itself.
    Server,
}

/// Who may call a route. Every route has one: there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Anyone, without credentials.
    Public,
    /// Any caller who is known.
    Caller,
    /// A caller with this level on this scope.
    Needs(Level, Scope),
}

impl Guard {
    pub const fn none() -> Self {
        Guard::Public
    }

    pub const fn read(scope: Scope) -> Self {
        Guard::Needs(Level::Read, scope)
    }

    pub const fn edit(scope: Scope) -> Self {
        Guard::Needs(Level::Edit, scope)
    }

    pub const fn manage(scope: Scope) -> Self {
        Guard::Needs(Level::Manage, scope)
    }
}

impl From<Guard> for std::sync::Arc<[crate::Need]> {
    fn from(guard: Guard) -> Self {
        match guard {
            Guard::Public => [crate::Need::Public].into(),
            _ => [crate::Need::Caller].into(),
        }
    }
}
