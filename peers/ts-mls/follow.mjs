// Groups that follow from others: re-initialization and subgroups (RFC 9420, Sections 11.2 and
// 11.3). The library's reinitCreateNewGroup and branchGroup have no options for the Welcome, and
// branchGroup none for extensions; here are their steps with both.
import { createCommit, createGroup } from "ts-mls"
import { makeResumptionPsk } from "ts-mls/resumption.js"
import { commit, applied, mustHavePath, pendingOf, welcomed } from "./commit.mjs"
import { Refusal } from "./errors.mjs"
import { add, drop, use } from "./handles.mjs"
import { join, joined } from "./join.mjs"
import { addState, advance, ownLeaf, prospect, pskIndex } from "./members.mjs"
import { bytes, message, parseExtensions, parseKeyPackage } from "./messages.mjs"
import { suiteByName } from "./suites.mjs"

export const ReInitCommit = (r) =>
  use(r.state_id, ["state"], async (state) => {
    const before = state.pending
    const response = await commit(state, r)
    if (reinitOf(state.pending) !== undefined) return response
    state.pending = before
    throw Refusal.wrong("no ReInit is to be committed")
  })

const reinitOf = (group) =>
  group.groupActiveState.kind === "suspendedPendingReinit" ? group.groupActiveState.reinit : undefined

export const HandlePendingReInitCommit = (r) => use(r.state_id, ["state"], (state) => end(state, pendingOf(state)))

export const HandleReInitCommit = (r) =>
  use(r.state_id, ["state"], async (state) => end(state, await applied(state, r)))

/** end applies a Commit with a ReInit and makes what the member needs in the group that follows. */
async function end(state, group) {
  const reinit = reinitOf(group)
  if (reinit === undefined) throw Refusal.tooEarly("the Commit has no ReInit")
  const p = await prospect(await suiteByName(reinit.cipherSuite), identityOf(group))
  const { epoch_authenticator } = advance(state, group)
  return {
    reinit_id: add("re-init", { ...p, old: state }).id,
    key_package: message("mls_key_package", p.keyPackage),
    epoch_authenticator,
  }
}

const identityOf = (group) => ownLeaf(group).credential.identity

export const ReInitWelcome = (r) =>
  use(r.reinit_id, ["re-init"], async (e) => {
    const { groupId, extensions } = reinitOf(e.old.group)
    const response = await found(e.old, e, "reinit", groupId, extensions, r.key_package, r)
    drop(e.id)
    return response
  })

export const HandleReInitWelcome = (r) =>
  use(r.reinit_id, ["re-init"], async (e) => {
    const state = await join(e, r, e.old, e.old.psks, e.old.encrypt)
    drop(e.id)
    return joined(state)
  })

export const CreateBranch = (r) =>
  use(r.state_id, ["state"], async (old) => {
    const p = await prospect(old.suite, identityOf(old.group))
    return found(old, p, "branch", bytes(r.group_id), parseExtensions(r.extensions), r.key_packages, r)
  })

/** found makes a group of all who have a KeyPackage, with the resumption PSK of the old one. */
async function found(old, p, usage, groupId, extensions, keyPackages, r) {
  const fresh = await createGroup(groupId, p.keyPackage, p.privateKeys, extensions, p.suite)
  const adds = keyPackages.map((kp, i) => ({
    proposalType: "add",
    add: { keyPackage: parseKeyPackage(`key_package[${i}]`, kp) },
  }))
  const psk = { proposalType: "psk", psk: { preSharedKeyId: makeResumptionPsk(old.group, usage, p.suite).id } }
  const made = await createCommit(
    { state: fresh, pskIndex: pskIndex(old.group, old.psks), cipherSuite: p.suite },
    { extraProposals: [...adds, psk], ratchetTreeExtension: !r.external_tree })
  if (r.force_path) mustHavePath(fresh, made.newState)
  const state = addState(p.suite, made.newState, old.encrypt, old.psks)
  return { ...joined(state), ...welcomed(made, r.external_tree) }
}

export const HandleBranch = (r) =>
  use(r.state_id, ["state"], (old) =>
    use(r.transaction_id, ["transaction"], async (t) => {
      const state = await join(t, r, old, new Map([...old.psks, ...t.psks]), old.encrypt)
      drop(t.id)
      return joined(state)
    }))
