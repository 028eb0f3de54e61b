// Proposals from outside (RFC 9420, Section 12.1.8).
import { encodeExternalSender, encodeMlsMessage, proposeAddExternal, proposeExternal } from "ts-mls"
import { add, drop, use } from "./handles.mjs"
import { described, transaction } from "./join.mjs"
import { basic } from "./members.mjs"
import { bytes, parse, treeOf } from "./messages.mjs"
import { describe, propose } from "./propose.mjs"
import { suiteById, suiteByName } from "./suites.mjs"

export async function NewMemberAddProposal(r) {
  const groupInfo = parse("group_info", r.group_info, "mls_group_info")
  const suite = await suiteByName(groupInfo.groupContext.cipherSuite)
  const t = await transaction(suite, bytes(r.identity))
  try {
    const m = await proposeAddExternal(groupInfo, t.keyPackage, t.privateKeys, suite)
    return { proposal: encodeMlsMessage(m), ...described(t) }
  } catch (err) {
    drop(t.id)
    throw err
  }
}

export async function CreateExternalSigner(r) {
  const suite = await suiteById(r.cipher_suite)
  const keys = await suite.signature.keygen()
  return {
    signer_id: add("signer", { keys }).id,
    external_sender: encodeExternalSender({ signaturePublicKey: keys.publicKey, credential: basic(bytes(r.identity)) }),
  }
}

// The library reads and writes one extension for each sender, with the bare ExternalSender in it,
// where Section 12.1.8.1 has one with a vector of all.
export const AddExternalSigner = (r) =>
  propose(r.state_id, ({ group }) => {
    const sender = { extensionType: "external_senders", extensionData: bytes(r.external_sender) }
    return {
      proposalType: "group_context_extensions",
      groupContextExtensions: { extensions: [...group.groupContext.extensions, sender] },
    }
  })

// The library finds the signer's place by its key, whatever signer_index is.
export const ExternalSignerProposal = (r) =>
  use(r.signer_id, ["signer"], async ({ keys }) => {
    const groupInfo = parse("group_info", r.group_info, "mls_group_info")
    const suite = await suiteByName(groupInfo.groupContext.cipherSuite)
    const view = { suite, groupId: groupInfo.groupContext.groupId, tree: treeOf(groupInfo, r.ratchet_tree) }
    const m = await proposeExternal(groupInfo, describe(r.description, view), keys.publicKey, keys.signKey, suite)
    return { proposal: encodeMlsMessage(m) }
  })
