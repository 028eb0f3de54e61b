//! mls-rs as it is released, behind the working group's interop API and as a subject.

mod commit;
mod follow;
mod join;
mod outside;
mod propose;
mod rules;
mod service;
mod state;
mod subject;
mod talk;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["subject"] => peer_common::subject::run(subject::judge).map_err(Into::into),
        ["--port", port] => match port.parse() {
            Ok(port) => peer_common::serve(port, state::Peer::default()),
            Err(err) => Err(format!("--port {port}: {err}").into()),
        },
        _ => Err("usage: mls-rs-peer --port PORT, or mls-rs-peer subject".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("{err}");
            ExitCode::FAILURE
        }
    }
}
