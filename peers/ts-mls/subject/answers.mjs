export const hex = (bytes) => Buffer.from(bytes).toString("hex")
export const unhex = (text) => Uint8Array.from(Buffer.from(text, "hex"))

export const accept = (more) => ({ result: "accept", ...more })
export const reject = (detail) => ({ result: "reject", detail: detail.slice(0, 500) })
export const unsupported = (detail) => ({ result: "unsupported", detail })

/** refused is the answer when the library throws. */
export const refused = (step, err) => reject(`${step}: ${err.name}: ${err.message}`)
