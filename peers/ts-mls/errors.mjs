// From errors to gRPC statuses. What the library says is passed on as it is.
import { status } from "@grpc/grpc-js"
import { InternalError, MlsError } from "ts-mls/mlsError.js"

// The text travels in a header, which many clients take only up to a size.
const maxText = 2048

/** A Refusal is an answer of the adapter itself. */
export class Refusal extends Error {
  constructor(code, text) {
    super(text)
    this.code = code
  }

  static notFound = (text) => new Refusal(status.NOT_FOUND, text)
  static wrong = (text) => new Refusal(status.INVALID_ARGUMENT, text)
  static tooEarly = (text) => new Refusal(status.FAILED_PRECONDITION, text)
  /** lacking says what the library cannot do. */
  static lacking = (text) => new Refusal(status.UNIMPLEMENTED, text)
}

export function toStatus(err) {
  if (err instanceof Refusal) return { code: err.code, details: err.message.slice(0, maxText) }
  const code = err instanceof MlsError && !(err instanceof InternalError) ? status.INVALID_ARGUMENT : status.INTERNAL
  return { code, details: `ts-mls: ${err?.name}: ${err?.message}`.slice(0, maxText) }
}
