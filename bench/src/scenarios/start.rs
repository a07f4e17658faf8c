//! The start of a server on a database that is already set up. It has no requests.

use super::Scenario;

pub const SCENARIO: Scenario = Scenario {
    name: "start",
    about: "From the start of the program to the first 200 of `/health`, on an initialised \
            database, and the memory of the idle server.",
    prepare: |_| Box::pin(std::future::ready(Ok(Vec::new()))),
};
