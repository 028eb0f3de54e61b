// mlsconform's questions to ts-mls: one JSON object per line, an answer for each (docs/subject.md).
import { createInterface } from "node:readline"
import { ciphersuite } from "./subject/ciphersuite.mjs"
import { decoding } from "./subject/decoding.mjs"
import { keyPackage } from "./subject/key-package.mjs"

const families = { "key-package": keyPackage, ciphersuite, decoding }

async function answer(question) {
  const judge = families[question.family]
  if (judge === undefined) return { result: "unsupported", detail: `the family ${question.family}` }
  return judge(question)
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line)
  console.log(JSON.stringify({ id: question.id, ...(await answer(question)) }))
}
