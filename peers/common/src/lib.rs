//! What the Rust peers share: the service's types, the way a call is answered, and the protocol of
//! subjects.

pub mod handles;
mod service;
pub mod subject;

pub use tonic;

/// The working group's interop API.
pub mod api {
    tonic::include_proto!("mls_client");
}

use api::mls_client_server::{MlsClient, MlsClientServer};
use std::any::Any;
use std::fmt::Debug;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::ExitCode;
use tonic::{Code, Response, Status};

pub type Answer<T> = Result<T, Status>;

/// The size up to which messages are read and written, in bytes.
const MAX_MESSAGE: usize = 64 << 20;

/// The length up to which an error's text is sent, in bytes: it travels in a header.
const MAX_TEXT: usize = 2048;

/// What a peer does by its arguments: it serves, or judges.
pub fn main(name: &str, service: impl MlsClient, judge: impl Fn(&serde_json::Value) -> subject::Verdict) -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["subject"] => subject::run(judge).map_err(Into::into),
        ["--port", port] => match port.parse() {
            Ok(port) => serve(port, service),
            Err(err) => Err(format!("--port {port}: {err}").into()),
        },
        _ => Err(format!("usage: {name} --port PORT, or {name} subject").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("{err}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until the process ends.
fn serve(port: u16, service: impl MlsClient) -> Result<(), Box<dyn std::error::Error>> {
    let service = MlsClientServer::new(service)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(
        tonic::transport::Server::builder()
            .add_service(service)
            .serve(([127, 0, 0, 1], port).into()),
    )?;
    Ok(())
}

/// Answers a call. A panic fails the call and nothing else.
pub fn answer<T>(call: impl FnOnce() -> Answer<T>) -> Result<Response<T>, Status> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => answer.map(Response::new),
        Err(panic) => Err(status(Code::Internal, &format!("panic: {}", panic_text(&*panic)))),
    }
}

/// The library's own words for an error.
pub fn refused(err: impl Debug) -> Status {
    status(Code::InvalidArgument, &format!("{err:?}"))
}

pub fn status(code: Code, text: &str) -> Status {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|&i| text.is_char_boundary(i));
    Status::new(code, &text[..end.unwrap_or(0)])
}

pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| s.to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
