//! `headwater`: reads the command line, and says in one sentence what is wrong with it.

use std::process::ExitCode;

use clap::Parser;
use server::cli::{Cli, Command};
use server::{Config, Environment, commands};

fn main() -> ExitCode {
    let environment = Environment::read();
    let outcome = match Cli::parse().command {
        Command::Server(arguments) => Config::new(*arguments, &environment)
            .map_err(|error| error.to_string())
            .and_then(|config| server::run(config).map_err(|error| error.to_string())),
        Command::Demo(arguments) => commands::demo::run(*arguments, &environment),
        Command::Db(arguments) => commands::maintenance::run(arguments),
        Command::Gc(arguments) => {
            commands::gc::run(*arguments, &environment).map_err(|error| error.to_string())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("headwater: {sentence}");
            ExitCode::FAILURE
        }
    }
}
