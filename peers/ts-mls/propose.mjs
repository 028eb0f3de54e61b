// Proposals of members, and what those of others become.
import { acceptAll, createProposal, encodeMlsMessage, processPrivateMessage, processPublicMessage } from "ts-mls"
import { signWithLabel } from "ts-mls/crypto/signature.js"
import { encodeLeafNodeTBS } from "ts-mls/leafNode.js"
import { Refusal } from "./errors.mjs"
import { use } from "./handles.mjs"
import { ownLeaf, pskIndex } from "./members.mjs"
import { bytes, findMember, parseContent, parseExtensions, parseKeyPackage } from "./messages.mjs"
import { suiteName } from "./suites.mjs"

export const AddProposal = (r) => proposeDescribed("add", r)
export const RemoveProposal = (r) => proposeDescribed("remove", r)
export const ExternalPSKProposal = (r) => proposeDescribed("externalPSK", r)
export const ResumptionPSKProposal = (r) => proposeDescribed("resumptionPSK", r)
export const GroupContextExtensionsProposal = (r) => proposeDescribed("groupContextExtensions", r)
export const ReInitProposal = (r) => proposeDescribed("reinit", r)

// The library has the parts of an Update, and no function that makes one.
export const UpdateProposal = (r) =>
  use(r.state_id, ["state"], async (state) => {
    const { group, suite: { hpke, signature } } = state
    const { publicKey, privateKey } = await hpke.generateKeyPair()
    const { leafIndex } = group.privatePath
    const tbs = {
      ...ownLeaf(group),
      leafNodeSource: "update",
      hpkePublicKey: await hpke.exportPublicKey(publicKey),
      groupId: group.groupContext.groupId,
      leafIndex,
    }
    const signed = await signWithLabel(group.signaturePrivateKey, "LeafNodeTBS", encodeLeafNodeTBS(tbs), signature)
    const proposal = { proposalType: "update", update: { leafNode: { ...tbs, signature: signed } } }
    const response = await send(state, proposal)
    state.updates.set(proposal, await hpke.exportPrivateKey(privateKey))
    return response
  })

const proposeDescribed = (type, r) =>
  propose(r.state_id, (state) => describe({ ...r, proposal_type: type }, viewOf(state)))

export const propose = (id, make) => use(id, ["state"], (state) => send(state, make(state)))

async function send(state, made) {
  const { newState, message } = await createProposal(state.group, !state.encrypt, made, state.suite)
  const proposal = encodeMlsMessage(message)
  keep(state, proposal, newState)
  return { proposal }
}

/** A view of a group is what describing a proposal for it takes. */
export const viewOf = (state) => ({
  suite: state.suite,
  groupId: state.group.groupContext.groupId,
  tree: state.group.ratchetTree,
})

/** describe makes the proposal that a ProposalDescription asks for. */
export function describe(d, view) {
  switch (d.proposal_type.toString()) {
    case "add":
      return { proposalType: "add", add: { keyPackage: parseKeyPackage("key_package", d.key_package) } }
    case "remove":
      return { proposalType: "remove", remove: { removed: findMember(view.tree, d.removed_id) } }
    case "externalPSK":
      return psk({ psktype: "external", pskId: bytes(d.psk_id) }, view.suite)
    case "resumptionPSK":
      return psk({ psktype: "resumption", usage: "application", pskGroupId: view.groupId, pskEpoch: BigInt(d.epoch_id) }, view.suite)
    case "groupContextExtensions":
      return {
        proposalType: "group_context_extensions",
        groupContextExtensions: { extensions: parseExtensions(d.extensions) },
      }
    case "reinit":
      return {
        proposalType: "reinit",
        reinit: {
          groupId: bytes(d.group_id),
          version: "mls10",
          cipherSuite: suiteName(d.cipher_suite),
          extensions: parseExtensions(d.extensions),
        },
      }
  }
  throw Refusal.lacking(`proposal_type ${d.proposal_type}`)
}

const psk = (id, suite) => ({
  proposalType: "psk",
  psk: { preSharedKeyId: { ...id, pskNonce: suite.rng.randomBytes(suite.kdf.size) } },
})

/**
 * received gives the reference of the proposal in a message, after processing it when it is new to
 * the state: own ones cannot be decrypted, and no PrivateMessage can be twice.
 */
export async function received(state, field, buffer) {
  const m = parseContent(field, buffer, "proposal")
  const known = state.refs.get(key(buffer))
  if (known !== undefined) return known
  const { newState } = await process(state, m)
  return keep(state, buffer, newState)
}

/** process gives a message to the library, which asks `action` whether to take what is in it. */
export const process = (state, m, action = acceptAll) =>
  // Not the library's processMessage, which has PrivateMessages find no PSKs.
  (m.ciphertext === undefined ? processPublicMessage : processPrivateMessage)(
    state.group, m, pskIndex(state.group, state.psks), state.suite, action)

/** keep remembers the proposal by which a new state differs, and returns its reference. */
function keep(state, buffer, newState) {
  const ref = Object.keys(newState.unappliedProposals).find((r) => !(r in state.group.unappliedProposals))
  state.group = newState
  state.refs.set(key(buffer), ref)
  return ref
}

const key = (buffer) => Buffer.from(buffer).toString("base64")
