// Commits. The library returns the state of the next epoch at once; it is kept until
// HandlePendingCommit.
import { createCommit, encodeMlsMessage } from "ts-mls"
import { updateLeafKey } from "ts-mls/privateKeyPath.js"
import { Refusal } from "./errors.mjs"
import { use } from "./handles.mjs"
import { advance, ownLeaf, pskIndex } from "./members.mjs"
import { encodeTree, message, parseContent } from "./messages.mjs"
import { describe, process, received, viewOf } from "./propose.mjs"

export const Commit = (r) => use(r.state_id, ["state"], (state) => commit(state, r))

export async function commit(state, r) {
  const refs = []
  for (const [i, m] of r.by_reference.entries()) refs.push(await received(state, `by_reference[${i}]`, m))
  const proposals = r.by_value.map((d) => describe(d, viewOf(state)))
  // The library commits all proposals of the epoch: it is shown those that are asked for.
  const unappliedProposals = Object.fromEntries(refs.map((ref) => [ref, state.group.unappliedProposals[ref]]))
  const made = await createCommit(
    { state: { ...state.group, unappliedProposals }, pskIndex: pskIndex(state.group, state.psks), cipherSuite: state.suite },
    { wireAsPublicMessage: !state.encrypt, extraProposals: proposals, ratchetTreeExtension: !r.external_tree })
  if (r.force_path) mustHavePath(state.group, made.newState)
  state.pending = made.newState
  return { commit: encodeMlsMessage(made.commit), ...welcomed(made, r.external_tree) }
}

/** mustHavePath refuses what createCommit has no option for. */
export function mustHavePath(before, after) {
  if (Buffer.from(ownLeaf(before).hpkePublicKey).equals(ownLeaf(after).hpkePublicKey))
    throw Refusal.lacking("force_path: createCommit makes a path for Updates and Removes, and when there are no proposals")
}

/** welcomed are the fields for those who join. */
export const welcomed = (made, externalTree) => ({
  welcome: made.welcome === undefined ? [] : message("mls_welcome", made.welcome),
  ratchet_tree: externalTree ? encodeTree(made.newState.ratchetTree) : [],
})

export const HandlePendingCommit = (r) =>
  use(r.state_id, ["state"], (state) => advance(state, pendingOf(state)))

export function pendingOf(state) {
  if (state.pending === undefined) throw Refusal.tooEarly("there is no pending Commit")
  return state.pending
}

export const HandleCommit = (r) =>
  use(r.state_id, ["state"], async (state) => advance(state, await applied(state, r)))

/** applied is the group after the Commit of somebody else. */
export async function applied(state, r) {
  const m = parseContent("commit", r.commit, "commit")
  for (const [i, p] of r.proposal.entries()) await received(state, `proposal[${i}]`, p)
  return (await process(await renewed(state, m), m)).newState
}

/** renewed has the private key of the member's own Update when the Commit applies it. */
async function renewed(state, m) {
  if (state.updates.size === 0) return state
  let key
  // The library tells which proposals a Commit has, and forgets about a rejected one.
  await process(state, m, ({ proposals }) => {
    key = proposals.map(({ proposal }) => state.updates.get(proposal)).find((k) => k !== undefined)
    return "reject"
  })
  if (key === undefined) return state
  return { ...state, group: { ...state.group, privatePath: updateLeafKey(state.group.privatePath, key) } }
}
