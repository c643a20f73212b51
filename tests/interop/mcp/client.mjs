// The official MCP client against a stack: node client.mjs <base url> <token> <tool>. A line `ok <what>` for what works.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [base, token, slug] = process.argv.slice(2);
const tell = (right, what, got) => console.log(right ? `ok ${what}` : `bad ${what}: ${JSON.stringify(got)}`);
const timer = setTimeout(() => { console.log('bad the client: no end within 30 s'); process.exit(); }, 30000);

function transport(bearer) {
  return new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit: { headers: { Authorization: `Bearer ${bearer}` } } });
}

const client = new Client({ name: 'interop', version: '1.0.0' });
await client.connect(transport(token));
tell(client.getServerVersion().name === 'chatsphere', 'the handshake', client.getServerVersion());
const { tools } = await client.listTools();
tell(tools.some((t) => t.name === `ask_${slug}`) && tools.some((t) => t.name === `search_${slug}`), 'bots are listed as tools', tools);
const asked = await client.callTool({ name: `ask_${slug}`, arguments: { message: 'When do you open?' } });
tell(!asked.isError && asked.content[0].text.length > 0, 'a bot answers', asked);
const found = await client.callTool({ name: `search_${slug}`, arguments: { query: 'open' } });
tell(!found.isError && found.content[0].type === 'text', 'a search answers', found);
const wrong = await client.callTool({ name: 'ask_nobody', arguments: { message: 'x' } }).catch((error) => error);
tell(wrong.code === -32602, 'an unknown tool is an error of JSON-RPC', `${wrong}`);
await client.close();
const stranger = await new Client({ name: 'interop', version: '1.0.0' }).connect(transport('cs_wrong')).then(() => 'connected', (error) => `${error}`);
tell(stranger !== 'connected', 'a wrong key is refused', stranger);
clearTimeout(timer);
process.exit();
