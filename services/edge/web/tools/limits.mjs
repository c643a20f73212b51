// node tools/limits.mjs <openapi.json> <out>: the limits of all fields as one table, {Schema: {field: {maxLength, …}}},
// which the forms read: each limit is said once, in the contract.
import fs from 'node:fs'

const [document, out] = process.argv.slice(2)
const { schemas } = JSON.parse(fs.readFileSync(document, 'utf8')).components
const KEYS = ['minLength', 'maxLength', 'minimum', 'maximum', 'maxItems', 'pattern', 'enum', 'default']
const table = {}
for (const [name, schema] of Object.entries(schemas)) {
    for (const [field, rule] of Object.entries(schema.properties ?? {})) {
        const limits = Object.fromEntries(KEYS.filter((key) => key in rule).map((key) => [key, rule[key]]))
        if (Object.keys(limits).length) (table[name] ??= {})[field] = limits
    }
}
fs.writeFileSync(out, `${JSON.stringify(table, null, 1)}\n`)
