// The MLS working group's interop API around ts-mls: node server.mjs PORT
import { Server, ServerCredentials, loadPackageDefinition } from "@grpc/grpc-js"
import { loadSync } from "@grpc/proto-loader"
import { fileURLToPath } from "node:url"
import * as commit from "./commit.mjs"
import { toStatus } from "./errors.mjs"
import * as follow from "./follow.mjs"
import { drop } from "./handles.mjs"
import * as join from "./join.mjs"
import * as outside from "./outside.mjs"
import * as propose from "./propose.mjs"
import { supported } from "./suites.mjs"
import * as use from "./use.mjs"

// RPCs are named with a capital; what else the modules export is not one.
const rpcs = {
  Name: () => ({ name: "ts-mls" }),
  SupportedCiphersuites: () => ({ ciphersuites: supported }),
  Free: (r) => (drop(r.state_id), {}),
  ...join, ...use, ...propose, ...commit, ...follow, ...outside,
}

const proto = fileURLToPath(new URL("../../runner/interop/mlsclient/mls_client.proto", import.meta.url))
const definition = loadSync(proto, { keepCase: true, longs: String, defaults: true })
const { service } = loadPackageDefinition(definition).mls_client.MLSClient

const handler = (rpc) => async (call, callback) => {
  try {
    callback(null, await rpc(call.request))
  } catch (err) {
    callback(toStatus(err))
  }
}

const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 })
server.addService(service, Object.fromEntries(Object.keys(service).map((name) => [name, handler(rpcs[name])])))
const address = `127.0.0.1:${process.argv[2] ?? 50051}`
server.bindAsync(address, ServerCredentials.createInsecure(), (err) => {
  if (err) throw err
  console.log(`ts-mls is at ${address}`)
})
