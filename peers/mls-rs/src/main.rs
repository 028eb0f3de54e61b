//! mls-rs as it is released, behind the working group's interop API and as a subject.

mod commit;
mod follow;
mod join;
mod messages;
mod outside;
mod propose;
mod rules;
mod service;
mod state;
mod subject;
mod talk;

use std::process::ExitCode;

fn main() -> ExitCode {
    peer_common::main("mls-rs-peer", state::Peer::default(), subject::judge)
}
