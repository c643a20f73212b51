// An official MCP server for our client: node server.mjs <port>. It has sessions, and a tool that adds.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const sessions = new Map();

async function connect() {
  const server = new Server({ name: 'interop', version: '1.0.0' }, { capabilities: { tools: {} } });
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => sessions.set(id, transport),
  });
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: [{ name: 'math.add', description: 'Adds.', inputSchema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] } }],
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => ({ content: [{ type: 'text', text: `The sum is ${params.arguments.a + params.arguments.b}.` }] }));
  await server.connect(transport);
  return transport;
}

const http = createServer(async (req, res) => {
  const transport = sessions.get(req.headers['mcp-session-id']) ?? await connect();
  await transport.handleRequest(req, res);
  if (req.method === 'DELETE') sessions.delete(req.headers['mcp-session-id']);
});
http.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
setTimeout(() => process.exit(), 120000);
