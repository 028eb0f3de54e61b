// Key packages, states and the pre-shared keys that they find.
import { bytesToBase64, defaultCapabilities, generateKeyPackage, makePskIndex } from "ts-mls"
import { Refusal } from "./errors.mjs"
import { add } from "./handles.mjs"

/** credential of a member with a name. */
export const basic = (identity) => ({ credentialType: "basic", identity })

/**
 * prospect makes the keys of a new client, and its KeyPackage with the capabilities that the
 * library proposes. Its proposal for a lifetime is endless; that is for applications to say.
 */
export async function prospect(suite, identity) {
  const now = BigInt(Math.floor(Date.now() / 1000))
  const lifetime = { notBefore: now - 3600n, notAfter: now + 28n * 86400n }
  const { publicPackage, privatePackage } = await generateKeyPackage(
    basic(identity), defaultCapabilities(), lifetime, [], suite)
  return { suite, keyPackage: publicPackage, privateKeys: privatePackage }
}

/**
 * addState keeps a member of a group. `group` is the library's state; `refs` knows the proposals of
 * this epoch by their messages; `updates` has the private keys of the member's own Updates in it;
 * `pending` is the state after the member's own Commit.
 */
export const addState = (suite, group, encrypt, psks) =>
  add("state", { suite, group, encrypt, psks, refs: new Map(), updates: new Map(), pending: undefined })

/** advance brings a state to where a Commit has led. */
export function advance(state, group) {
  state.group = group
  state.refs = new Map()
  state.updates = new Map()
  state.pending = undefined
  return { state_id: state.id, epoch_authenticator: isMember(state) ? group.keySchedule.epochAuthenticator : [] }
}

const isMember = (state) => state.group.groupActiveState.kind !== "removedFromGroup"

/** mustBeMember refuses what a removed member asks of an epoch that it is not in. */
export function mustBeMember(state) {
  if (!isMember(state)) throw Refusal.tooEarly("the member has been removed from the group")
}

export const ownLeaf = (group) => group.ratchetTree[2 * group.privatePath.leafIndex].leaf

/** pskIndex finds external PSKs, and the resumption PSKs that a group remembers. */
export const pskIndex = (group, psks) => makePskIndex(group, Object.fromEntries(psks))

export const storePsk = (psks, id, secret) => psks.set(bytesToBase64(id), secret)
