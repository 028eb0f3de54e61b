// What a member knows and says without changing the group.
import {
  createApplicationMessage, createGroupInfoWithExternalPub, createGroupInfoWithExternalPubAndRatchetTree, mlsExporter,
} from "ts-mls"
import { use } from "./handles.mjs"
import { mustBeMember, storePsk } from "./members.mjs"
import { bytes, encodeTree, message, parseContent } from "./messages.mjs"
import { process } from "./propose.mjs"

export const GroupInfo = (r) =>
  use(r.state_id, ["state"], async ({ group, suite }) => {
    const make = r.external_tree ? createGroupInfoWithExternalPub : createGroupInfoWithExternalPubAndRatchetTree
    return {
      group_info: message("mls_group_info", await make(group, [], suite)),
      ratchet_tree: r.external_tree ? encodeTree(group.ratchetTree) : [],
    }
  })

export const StateAuth = (r) =>
  use(r.state_id, ["state"], (state) => {
    mustBeMember(state)
    return { state_auth_secret: state.group.keySchedule.epochAuthenticator }
  })

export const Export = (r) =>
  use(r.state_id, ["state"], async (state) => {
    mustBeMember(state)
    const { exporterSecret } = state.group.keySchedule
    return { exported_secret: await mlsExporter(exporterSecret, r.label, bytes(r.context), r.key_length, state.suite) }
  })

export const Protect = (r) =>
  use(r.state_id, ["state"], async (state) => {
    const { newState, privateMessage } = await createApplicationMessage(
      state.group, bytes(r.plaintext), state.suite, bytes(r.authenticated_data))
    state.group = newState
    return { ciphertext: message("mls_private_message", privateMessage) }
  })

export const Unprotect = (r) =>
  use(r.state_id, ["state"], async (state) => {
    const m = parseContent("ciphertext", r.ciphertext, "application")
    const { newState, message } = await process(state, m)
    state.group = newState
    // The library returns the text alone; it has authenticated this with it.
    return { authenticated_data: m.authenticatedData, plaintext: message }
  })

export const StorePSK = (r) =>
  use(r.state_or_transaction_id, ["state", "transaction"], ({ psks }) => {
    storePsk(psks, bytes(r.psk_id), bytes(r.psk_secret))
    return {}
  })
