//! The protocol of subjects: one question per line, one verdict per line (docs/subject.md).

use crate::panic_text;
use serde_json::{json, Value};
use std::io::{self, BufRead, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};

pub enum Verdict {
    Accept,
    /// A KeyPackage, with its KeyPackageRef in hex.
    AcceptAs(String),
    /// A message, with what it is encoded to again, in hex.
    AcceptEncoded(String),
    Reject(String),
    Unsupported(String),
}

/// Puts each question of standard input to `judge`, and writes what it says.
pub fn run(judge: impl Fn(&Value) -> Verdict) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let verdict = catch_unwind(AssertUnwindSafe(|| judge(&question)))
            .unwrap_or_else(|panic| Verdict::Reject(format!("panic: {}", panic_text(&*panic))));
        let mut answer = json!({"id": question["id"]});
        let (result, detail) = match verdict {
            Verdict::Accept => ("accept", None),
            Verdict::AcceptAs(reference) => {
                answer["reference"] = reference.into();
                ("accept", None)
            }
            Verdict::AcceptEncoded(encoding) => {
                answer["encoding"] = encoding.into();
                ("accept", None)
            }
            Verdict::Reject(why) => ("reject", Some(why)),
            Verdict::Unsupported(why) => ("unsupported", Some(why)),
        };
        answer["result"] = result.into();
        if let Some(detail) = detail {
            answer["detail"] = detail.chars().take(2000).collect::<String>().into();
        }
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
