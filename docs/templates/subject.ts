// A subject of mlsconform: reads a case per line, writes a verdict per line.
//
//     mlsconform conformance --subject 'node subject.ts'
//
// Node before version 22.18 wants it compiled first. The fields of a case are
// described in vectors.md, the protocol in subject.md. Write your verdicts where
// it says "Here", and answer "unsupported" to what your implementation does not
// do.

import { createInterface } from "node:readline";

interface KeyPackageCase {
  family: "key-package";
  id: string;
  suite: number;
  form: "message" | "struct";
  bytes: string;
  use: "add" | "receive";
  time: number;
  group_context?: string;
  ratchet_tree?: string;
  max_lifetime?: number;
}

interface CiphersuiteCase {
  family: "ciphersuite";
  id: string;
  suite: number;
  function: string;
  arguments: { [name: string]: string | number };
}

interface DecodingCase {
  family: "decoding";
  id: string;
  bytes: string;
}

interface Verdict {
  result: "accept" | "reject" | "unsupported";
  detail?: string;
  reference?: string;
  encoding?: string;
}

async function keyPackage(request: KeyPackageCase): Promise<Verdict> {
  const encoded = Buffer.from(request.bytes, "hex");
  // Here: decode encoded, an MLSMessage if request.form is "message" and else a
  // bare KeyPackage, and validate it for a group of suite request.suite at
  // request.time. Give the KeyPackageRef, in hex, as the reference of an accept.
  return { result: "unsupported", detail: `key packages, this one of ${encoded.length} bytes` };
}

async function ciphersuite(request: CiphersuiteCase): Promise<Verdict> {
  switch (request.function) {
    case "hash":
    // Here: compare your hash of request.arguments.data with request.arguments.out.
    default:
      return { result: "unsupported", detail: request.function };
  }
}

async function decoding(request: DecodingCase): Promise<Verdict> {
  const encoded = Buffer.from(request.bytes, "hex");
  // Here: decode encoded, an MLSMessage, for all of its length. Give what it is when
  // you encode it again, in hex, as the encoding of an accept.
  return { result: "unsupported", detail: `messages, this one of ${encoded.length} bytes` };
}

async function judge(request: KeyPackageCase | CiphersuiteCase | DecodingCase): Promise<Verdict> {
  switch (request.family) {
    case "key-package":
      return keyPackage(request);
    case "ciphersuite":
      return ciphersuite(request);
    case "decoding":
      return decoding(request);
    default: // of a later version
      return { result: "unsupported", detail: "unknown family" };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const verdict = await judge(request);
  console.log(JSON.stringify({ id: request.id, ...verdict }));
}
