//! What a route says of itself to the middleware.

/// How requests for a route are treated on their way to its handler and back.
///
/// The default is a call: its body is read whole before its handler runs, it is counted among the calls, its success is
/// logged, and a stopping server waits for the end of its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// The body goes to the handler as it arrives, compressed as it is, and of any size.
    pub streams: bool,
    /// Load balancers and container hosts call it by address: hosts and origins are not checked.
    pub probe: bool,
    /// It is called every few seconds: a success is logged for debugging only.
    pub quiet: bool,
    /// It is served where only artifacts are served, too.
    pub without_database: bool,
    /// It is about the server itself: a workspace that a request names does not matter.
    pub outside_workspaces: bool,
    /// A stopping server ends its response instead of waiting for it.
    pub cut_at_shutdown: bool,
    pub limit: Limit,
}

/// The concurrency limit that counts a request while it is worked on, and a streamed response until its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit {
    #[default]
    Calls,
    /// Uploads, which last as long as their client sends.
    Uploads,
    /// Responses that stay open for hours and hardly do anything.
    Watchers,
    /// None: it says how the server is, and must do so when it is busy.
    Unlimited,
}
