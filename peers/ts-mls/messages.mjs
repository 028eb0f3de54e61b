// Bytes of the interop API to structures of the library, and back.
import { decodeMlsMessage, defaultExtensionTypes, encodeMlsMessage } from "ts-mls"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js"
import { decodeRatchetTree, ratchetTreeEncoder } from "ts-mls/ratchetTree.js"
import { Refusal } from "./errors.mjs"

/** bytes copies a Buffer, whose slice() is not that of the Uint8Array which the library expects. */
export const bytes = (buffer) => Uint8Array.from(buffer)

const names = {
  mls_public_message: "publicMessage",
  mls_private_message: "privateMessage",
  mls_welcome: "welcome",
  mls_group_info: "groupInfo",
  mls_key_package: "keyPackage",
}

/** message encodes an object as the MLSMessage of a wire format. */
export const message = (wireformat, object) =>
  encodeMlsMessage({ version: "mls10", wireformat, [names[wireformat]]: object })

/** parse reads an MLSMessage and gives what is in it. The wire format has to be one of those wanted. */
export function parse(field, buffer, ...wanted) {
  const [m, end] = decodeMlsMessage(bytes(buffer), 0) ?? []
  if (end !== buffer.length) throw Refusal.wrong(`${field}: ts-mls cannot decode it, or not all of it`)
  if (!wanted.includes(m.wireformat)) throw Refusal.wrong(`${field}: a ${m.wireformat}, want ${wanted.join(" or ")}`)
  return m[names[m.wireformat]]
}

export const parseKeyPackage = (field, buffer) => parse(field, buffer, "mls_key_package")

/** parseContent reads a message to the group, which has to have a content type. */
export function parseContent(field, buffer, contentType) {
  const m = parse(field, buffer, "mls_public_message", "mls_private_message")
  const got = (m.content ?? m).contentType
  if (got !== contentType) throw Refusal.wrong(`${field}: ${got}, want ${contentType}`)
  return m
}

/** parseTree reads a ratchet_tree; undefined when there is none. */
export function parseTree(buffer) {
  if (buffer.length === 0) return undefined
  const [tree, end] = decodeRatchetTree(bytes(buffer), 0) ?? []
  if (end !== buffer.length) throw Refusal.wrong("ratchet_tree: ts-mls cannot decode it, or not all of it")
  return tree
}

export const encodeTree = encode(ratchetTreeEncoder)

/** treeOf is the tree of a GroupInfo, from within or from beside it; undefined when there is none. */
export const treeOf = (groupInfo, buffer) => ratchetTreeFromExtension(groupInfo) ?? parseTree(buffer)

// The library calls the extensions that it knows by name.
const extensionNames = Object.fromEntries(Object.entries(defaultExtensionTypes).map(([name, type]) => [type, name]))

export const parseExtensions = (list) =>
  list.map((e) => ({
    extensionType: extensionNames[e.extension_type] ?? e.extension_type,
    extensionData: bytes(e.extension_data),
  }))

const equal = (a, b) => Buffer.from(a).equals(Buffer.from(b))

export const hasIdentity = (leaf, identity) =>
  leaf.credential.credentialType === "basic" && equal(leaf.credential.identity, identity)

/** findMember returns the index of the first leaf with an identity. */
export function findMember(tree, identity) {
  if (tree === undefined) throw Refusal.wrong("without a ratchet_tree, nobody is found to be removed")
  const node = tree.findIndex((n) => n?.nodeType === "leaf" && hasIdentity(n.leaf, identity))
  if (node < 0) throw Refusal.wrong(`no member has the identity ${JSON.stringify(Buffer.from(identity).toString())}`)
  return node / 2
}
