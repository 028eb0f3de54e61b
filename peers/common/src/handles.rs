//! What a peer keeps, by handle.

use crate::Answer;
use parking_lot::Mutex;
use std::collections::HashMap;
use tonic::Status;

pub struct Handles<E>(Mutex<Table<E>>);

struct Table<E> {
    last: u32,
    entries: HashMap<u32, E>,
}

impl<E> Default for Handles<E> {
    fn default() -> Self {
        Handles(Mutex::new(Table { last: 0, entries: HashMap::new() }))
    }
}

impl<E: Clone> Handles<E> {
    pub fn add(&self, entry: E) -> u32 {
        let mut table = self.0.lock();
        table.last += 1;
        let id = table.last;
        table.entries.insert(id, entry);
        id
    }

    pub fn get(&self, id: u32) -> Option<E> {
        self.0.lock().entries.get(&id).cloned()
    }

    pub fn drop(&self, id: u32) -> Answer<()> {
        let gone = self.0.lock().entries.remove(&id);
        gone.map(|_| ()).ok_or_else(|| unknown(id, "handle"))
    }
}

pub fn unknown(id: u32, kind: &str) -> Status {
    Status::not_found(format!("{id} is the handle of no {kind}"))
}
