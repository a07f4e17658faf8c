//! `headwater`: reads the command line, and says in one sentence what is wrong with it.

use std::process::ExitCode;

use clap::Parser;
use server::cli::{Cli, Command};
use server::{Config, Environment};

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Server(arguments) => Config::new(*arguments, &Environment::read())
            .map_err(|error| error.to_string())
            .and_then(|config| server::run(config).map_err(|error| error.to_string())),
        Command::Gc(arguments) => server::gc::run(*arguments).map_err(|error| error.to_string()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("headwater: {sentence}");
            ExitCode::FAILURE
        }
    }
}
