// What the server keeps between calls. Each entry has a number of its own, whatever its kind, and
// is used by one call at a time.
import { Refusal } from "./errors.mjs"

const entries = new Map()
let last = 0

/** add keeps an entry of a kind, as "state", and returns it with its number in `id`. */
export function add(kind, fields) {
  const entry = { kind, id: ++last, free: Promise.resolve(), ...fields }
  entries.set(entry.id, entry)
  return entry
}

/** use calls f with the entry, after all calls before that use it. */
export async function use(id, kinds, f) {
  const entry = entries.get(id)
  if (entry === undefined) throw Refusal.notFound(`no handle ${id}`)
  if (!kinds.includes(entry.kind)) throw Refusal.notFound(`${id} is the handle of a ${entry.kind}`)
  const result = entry.free.then(() => f(entry))
  entry.free = result.catch(() => {})
  return result
}

export function drop(id) {
  if (!entries.delete(id)) throw Refusal.notFound(`no handle ${id}`)
}
