// Reads the events of a subscription: node consumer.js <subscription.json> <folder with .proto files> [count]
// subscription.json is the answer to POST /api/v1/event-subscriptions; the .proto files are /api/proto.tar.gz.
// npm install nats@2 protobufjs
const { readFileSync } = require('node:fs')
const { connect, credsAuthenticator } = require('nats')
const protobuf = require('protobufjs')

async function main([file, folder, count = Infinity]) {
  const s = JSON.parse(readFileSync(file, 'utf8'))
  const root = new protobuf.Root()
  root.resolvePath = (_, path) => `${folder}/${path}`
  root.loadSync('chatsphere/v1/events.proto', { keepCase: true })

  const nc = await connect({
    servers: s.nats_url,
    authenticator: credsAuthenticator(new TextEncoder().encode(s.credentials)),
    inboxPrefix: s.inbox_prefix,
  })
  const consumer = await nc.jetstream({ apiPrefix: s.api_prefix }).consumers.get(s.stream, s.consumer)
  const messages = await consumer.consume({ max_messages: 100 })
  let n = 0
  for await (const m of messages) {
    const type = root.lookupType(m.headers.get('ce-dataschema').replace('urn:protobuf:', ''))
    const body = type.toObject(type.decode(m.data), { longs: Number, enums: String })
    console.log(m.headers.get('ce-type'), m.headers.get('ce-subject'), JSON.stringify(body))
    await m.ackAck() // the broker knows that it was read
    if (++n >= count) break
  }
  await nc.drain()
}
main(process.argv.slice(2))
