// Becoming a member.
import { createGroup, defaultKeyPackageEqualityConfig, joinGroup, joinGroupExternal } from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { Refusal } from "./errors.mjs"
import { add, drop, use } from "./handles.mjs"
import { addState, prospect, pskIndex } from "./members.mjs"
import { bytes, findMember, hasIdentity, message, parse, parseTree, treeOf } from "./messages.mjs"
import { suiteById, suiteByName } from "./suites.mjs"

export async function CreateGroup(r) {
  const suite = await suiteById(r.cipher_suite)
  const { keyPackage, privateKeys } = await prospect(suite, bytes(r.identity))
  const group = await createGroup(bytes(r.group_id), keyPackage, privateKeys, [], suite)
  return { state_id: addState(suite, group, r.encrypt_handshake, new Map()).id }
}

export async function CreateKeyPackage(r) {
  const t = await transaction(await suiteById(r.cipher_suite), bytes(r.identity))
  return { key_package: message("mls_key_package", t.keyPackage), ...described(t) }
}

export const transaction = async (suite, identity) =>
  add("transaction", { ...(await prospect(suite, identity)), psks: new Map() })

/** described are the fields that CreateKeyPackage and NewMemberAddProposal answer alike. */
export const described = (t) => ({
  transaction_id: t.id,
  init_priv: t.privateKeys.initPrivateKey,
  encryption_priv: t.privateKeys.hpkePrivateKey,
  signature_priv: rawKey(t),
})

// The library keeps Ed25519 keys as PKCS #8, which is 16 bytes and the key.
const rawKey = ({ suite, privateKeys: { signaturePrivateKey: key } }) =>
  suite.name.endsWith("_Ed25519") ? key.slice(16) : key

export const JoinGroup = (r) =>
  use(r.transaction_id, ["transaction"], async (t) => {
    const state = await join(t, r, undefined, t.psks, r.encrypt_handshake)
    drop(t.id)
    return joined(state)
  })

/** join makes a state by the Welcome of a request. `from` is the state of the group that the new one follows from. */
export async function join(p, r, from, psks, encrypt) {
  const welcome = parse("welcome", r.welcome, "mls_welcome")
  const group = await joinGroup(
    welcome, p.keyPackage, p.privateKeys, pskIndex(from?.group, psks), p.suite, parseTree(r.ratchet_tree), from?.group)
  return addState(p.suite, group, encrypt, psks)
}

export const joined = (state) => ({
  state_id: state.id,
  epoch_authenticator: state.group.keySchedule.epochAuthenticator,
})

export async function ExternalJoin(r) {
  if (r.psks.length > 0) throw Refusal.lacking("joinGroupExternal takes no PSKs")
  const groupInfo = parse("group_info", r.group_info, "mls_group_info")
  const suite = await suiteByName(groupInfo.groupContext.cipherSuite)
  const tree = treeOf(groupInfo, r.ratchet_tree)
  const identity = bytes(r.identity)
  if (r.remove_prior) findMember(tree, identity) // the library takes it that there is one
  const p = await prospect(suite, identity)
  const { publicMessage, newState } = await joinGroupExternal(
    groupInfo, p.keyPackage, p.privateKeys, r.remove_prior, suite, tree, sameIdentity(identity))
  const group = { ...newState, clientConfig: defaultClientConfig }
  const state = addState(suite, group, r.encrypt_handshake, new Map())
  return { ...joined(state), commit: message("mls_public_message", publicMessage) }
}

// By default, the library knows a client again by its signature key, which is new here.
const sameIdentity = (identity) => ({
  ...defaultClientConfig,
  keyPackageEqualityConfig: {
    ...defaultKeyPackageEqualityConfig,
    compareKeyPackageToLeafNode: (_, leaf) => hasIdentity(leaf, identity),
  },
})
