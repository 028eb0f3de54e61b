// The cipher suites of RFC 9420, Section 17.1, in the library's terms.
import { ciphersuites, getCiphersuiteFromName, getCiphersuiteImpl } from "ts-mls"
import { Refusal } from "./errors.mjs"

// The library has more, under numbers of its own.
export const supported = [1, 2, 3, 4, 5, 6, 7]

const made = new Map()

/** suiteByName is the suite that a structure of the library names. */
export async function suiteByName(name) {
  if (!supported.includes(ciphersuites[name])) throw Refusal.lacking(`cipher suite ${ciphersuites[name] ?? name}`)
  if (!made.has(name)) made.set(name, await getCiphersuiteImpl(getCiphersuiteFromName(name)))
  return made.get(name)
}

export const suiteName = (id) => {
  const name = Object.keys(ciphersuites).find((n) => ciphersuites[n] === id)
  if (!supported.includes(id)) throw Refusal.lacking(`cipher suite ${id}`)
  return name
}

export const suiteById = (id) => suiteByName(suiteName(id))
