//! From a socket to a handler and back: connections, TLS, and the middleware that every request passes through.
//!
//! - [`serve()`]: accepts connections until a signal comes, and lets running requests finish.
//! - `connection`: one connection, watched for clients that are idle or read nothing.
//! - [`tls`]: certificates and keys, renewed under a running server.
//! - [`middleware`]: all that happens to a request before its handler, in the order of [`Middleware::handle`].
//! - [`Mount`]: the routers below a static prefix and beside it.
//!
//! It knows routers and bodies; it knows neither the database nor a single route.

mod connection;
mod listen;
pub mod middleware;
mod mount;
mod pace;
mod serve;
mod shares;
mod signals;
pub mod tls;

pub use listen::{ListenError, Listeners};
pub use middleware::{Meter, Middleware, Security, Settings};
pub use mount::Mount;
pub use serve::serve;
