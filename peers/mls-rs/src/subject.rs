use peer_common::subject::Verdict;
pub fn judge(_: &serde_json::Value) -> Verdict { Verdict::Unsupported("".into()) }
