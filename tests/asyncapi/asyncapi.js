// asyncapi.js <document>: the official parser reads the AsyncAPI document; errors and warnings end it with status 1.
const { Parser } = require('@asyncapi/parser')
const { readFileSync } = require('node:fs')

async function main() {
  const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'))
  const severe = diagnostics.filter((d) => d.severity <= 1)
  for (const d of severe) console.log(`asyncapi: ${d.path.join('.')}: ${d.message}`)
  console.log(`asyncapi: ${severe.length} errors and warnings, ${document ? document.allMessages().all().length : 0} messages`)
  process.exitCode = document && severe.length === 0 ? 0 : 1
}
main()
