//! What the integration tests stand on: a server without a socket, on either engine.
//!
//! ```ignore
//! #[rstest]
//! #[tokio::test]
//! async fn a_run_is_created(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
//!     let server = Server::new(engine).await;
//!     let answer = server.post("runs/create", json!({"experiment_id": "0"})).await;
//!     assert_json_snapshot!("created", answer.json());
//! }
//! ```
//!
//! Both engines must give the same snapshot. The clock stands still and ids count up, so answers
//! hold nothing that changes from run to run.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod postgres;
mod server;

pub use db::Engine;
pub use server::{
    Answer, NOW, Server, Start, create_database, files_below, proxied, request, text,
};
