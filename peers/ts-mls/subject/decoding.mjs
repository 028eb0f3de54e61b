// The family decoding: whether bytes are an MLSMessage, and what it is encoded to again.
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls"
import { accept, hex, refused, reject, unhex } from "./answers.mjs"

export function decoding(q) {
  const bytes = unhex(q.bytes)
  let step = "decode"
  try {
    // The library says where the message ends, and undefined for what is none.
    const [message, end] = decodeMlsMessage(bytes, 0) ?? []
    if (message === undefined) return reject("decode: no MLSMessage")
    if (end !== bytes.length) return reject(`decode: ${bytes.length - end} bytes are left over`)
    step = "encode"
    return accept({ encoding: hex(encodeMlsMessage(message)) })
  } catch (err) {
    return refused(step, err)
  }
}
