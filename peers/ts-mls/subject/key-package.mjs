// The family key-package: what the library does with an Add, in createCommit for `add` and in
// processMessage for `receive`.
import { ciphersuites, credentialTypes, decodeMlsMessage, generateKeyPackage, protocolVersions } from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { applyProposals } from "ts-mls/clientState.js"
import { encryptWithLabel } from "ts-mls/crypto/hpke.js"
import { extensionTypeToNumber } from "ts-mls/extension.js"
import { decodeGroupContext } from "ts-mls/groupContext.js"
import { decodeKeyPackage, makeKeyPackageRef } from "ts-mls/keyPackage.js"
import { decodeRatchetTree } from "ts-mls/ratchetTree.js"
import { suiteById } from "../suites.mjs"
import { accept, hex, refused, reject, unhex, unsupported } from "./answers.mjs"

// The library reads the clock itself.
const clock = Date.now

export async function keyPackage(q) {
  const suite = await suiteById(q.suite)
  const state = await group(q, suite)
  let step = "decode"
  Date.now = () => q.time * 1000
  try {
    const kp = decode(q.form, unhex(q.bytes))
    if (kp === undefined) return reject("decode: no KeyPackage, or more than one")
    step = "add"
    const add = { proposalOrRefType: "proposal", proposal: { proposalType: "add", add: { keyPackage: kp } } }
    await applyProposals(state, [add], 0, undefined, q.use === "add", suite)
    if (q.use === "add") {
      step = "welcome"
      const initKey = await suite.hpke.importPublicKey(kp.initKey)
      await encryptWithLabel(initKey, "Welcome", new Uint8Array(), new Uint8Array(1), suite.hpke)
    }
    return await judged(q, kp, suite)
  } catch (err) {
    return refused(step, err)
  } finally {
    Date.now = clock
  }
}

/** judged answers for a KeyPackage that the library takes. */
async function judged(q, kp, suite) {
  if (q.max_lifetime !== undefined) return unsupported("maximumTotalLifetime is a setting that nothing reads")
  if (kp.leafNode.credential.credentialType === "x509")
    return unsupported("certificates are for the application's AuthenticationService")
  const reference = hex(await makeKeyPackageRef(kp, suite.hash))
  return accept({ reference, parsed: parsed(kp, reference) })
}

/** decode gives undefined for what is no KeyPackage, and where bytes are left over. */
function decode(form, bytes) {
  const [value, end] = (form === "message" ? decodeMlsMessage : decodeKeyPackage)(bytes, 0) ?? []
  if (end !== bytes.length) return undefined
  return form === "message" ? value.keyPackage : value
}

/** group is as much of a member's state as adding somebody takes. */
async function group(q, suite) {
  const groupContext = q.group_context
    ? decodeGroupContext(unhex(q.group_context), 0)[0]
    : { version: "mls10", cipherSuite: suite.name, groupId: new Uint8Array(1), epoch: 0n, extensions: [] }
  const ratchetTree = q.ratchet_tree ? decodeRatchetTree(unhex(q.ratchet_tree), 0)[0] : [await member(suite)]
  return {
    groupContext,
    ratchetTree,
    clientConfig: defaultClientConfig,
    privatePath: { leafIndex: 0, privateKeys: {} },
    unappliedProposals: {},
  }
}

const members = new Map()

async function member(suite) {
  if (!members.has(suite)) {
    const capabilities = {
      versions: ["mls10"], ciphersuites: [suite.name], extensions: [], proposals: [], credentials: ["basic", "x509"],
    }
    const credential = { credentialType: "basic", identity: new TextEncoder().encode("member") }
    const lifetime = { notBefore: 0n, notAfter: 2n ** 62n }
    const { publicPackage } = await generateKeyPackage(credential, capabilities, lifetime, [], suite)
    members.set(suite, { nodeType: "leaf", leaf: publicPackage.leafNode })
  }
  return members.get(suite)
}

// The library names the code points that it knows, and keeps others as numbers or their digits.
const codePoints = (list, names) => list.map((v) => names[v] ?? Number(v))
const types = (extensions) => extensions.map((e) => extensionTypeToNumber(e.extensionType))

function parsed(kp, reference) {
  const { leafNode: leaf, leafNode: { capabilities: c } } = kp
  return {
    version: protocolVersions[kp.version],
    cipher_suite: ciphersuites[kp.cipherSuite],
    init_key: hex(kp.initKey),
    encryption_key: hex(leaf.hpkePublicKey),
    signature_key: hex(leaf.signaturePublicKey),
    credential: { type: credentialTypes.basic, identity: hex(leaf.credential.identity) },
    lifetime: { not_before: String(leaf.lifetime.notBefore), not_after: String(leaf.lifetime.notAfter) },
    capabilities: {
      versions: codePoints(c.versions, protocolVersions),
      cipher_suites: codePoints(c.ciphersuites, ciphersuites),
      extensions: c.extensions,
      proposals: c.proposals,
      credentials: codePoints(c.credentials, credentialTypes),
    },
    extensions: types(kp.extensions),
    leaf_extensions: types(leaf.extensions),
    last_resort: types(kp.extensions).includes(10),
    reference,
  }
}
