// The family ciphersuite: a function of the library for each of the family's.
import { refhash } from "ts-mls/crypto/hash.js"
import { decryptWithLabel, encryptWithLabel } from "ts-mls/crypto/hpke.js"
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js"
import { verifyWithLabel } from "ts-mls/crypto/signature.js"
import { suiteById } from "../suites.mjs"
import { accept, refused, reject, unhex, unsupported } from "./answers.mjs"

const same = (a, b) => Buffer.from(a).equals(Buffer.from(b))

// Each gets the suite and the arguments, with bytes for hex.
const functions = {
  hash: async (s, a) => same(await s.hash.digest(a.data), a.out),
  ref_hash: async (s, a) => same(await refhash(a.label, a.value, s.hash), a.out),
  mac: (s, a) => s.hash.verifyMac(a.key, a.tag, a.data),
  expand_with_label: async (s, a) => same(await expandWithLabel(a.secret, a.label, a.context, a.length, s.kdf), a.out),
  derive_secret: async (s, a) => same(await deriveSecret(a.secret, a.label, s.kdf), a.out),
  derive_tree_secret: async (s, a) =>
    same(await deriveTreeSecret(a.secret, a.label, a.generation, a.length, s.kdf), a.out),
  verify_with_label: (s, a) => verifyWithLabel(a.pub, a.label, a.content, a.signature, s.signature),
  aead_open: async (s, a) => same(await s.hpke.decryptAead(a.key, a.nonce, a.aad, a.ciphertext), a.plaintext),
  derive_key_pair: async (s, a) => {
    const { publicKey } = await s.hpke.deriveKeyPair(a.ikm)
    return same(await s.hpke.exportPublicKey(publicKey), a.pub)
  },
  encrypt_with_label: async (s, a) => {
    await encryptWithLabel(await s.hpke.importPublicKey(a.pub), a.label, a.context, a.plaintext, s.hpke)
    return true
  },
  decrypt_with_label: async (s, a) => {
    const key = await s.hpke.importPrivateKey(a.priv)
    return same(await decryptWithLabel(key, a.label, a.context, a.kem_output, a.ciphertext, s.hpke), a.plaintext)
  },
}

export async function ciphersuite(q) {
  const f = functions[q.function]
  if (f === undefined) return unsupported(`the function ${q.function}`)
  const isText = (name, value) => name === "label" || typeof value === "number"
  const a = Object.fromEntries(Object.entries(q.arguments).map(([name, v]) => [name, isText(name, v) ? v : unhex(v)]))
  try {
    return (await f(await suiteById(q.suite), a)) ? accept() : reject("another outcome")
  } catch (err) {
    return refused(q.function, err)
  }
}
