// The package ws against a stack: node ws.mjs <base url> <token> <conversation>. A line `ok <what>` for what works.
import WebSocket from 'ws';

const [base, token, conversation] = process.argv.slice(2);
const ws = new WebSocket(`${base.replace('http', 'ws')}/ws/chat/${conversation}`, ['chatsphere.v1', `bearer.${token}`]);
const timer = setTimeout(() => { console.log('bad a turn over ws: no end within 30 s'); process.exit(); }, 30000);
let text = '', seq = 0;

ws.on('open', () => ws.send(JSON.stringify({ type: 'message', content: 'When do you open?', client_id: 'one' })));
ws.on('error', (error) => { console.log(`bad a turn over ws: ${error}`); process.exit(); });
ws.on('message', (data) => {
  const m = JSON.parse(data);
  if (m.seq !== ++seq) console.log(`bad the order of frames: ${m.seq} after ${seq - 1}`);
  if (m.type === 'delta') text += m.text;
  if (m.type === 'end') ws.close(1000);
});
ws.on('close', (code) => {
  console.log(ws.protocol === 'chatsphere.v1' && text.startsWith('the ') && code === 1000 ? 'ok a turn over ws' : `bad a turn over ws: ${ws.protocol} ${code} ${text}`);
  clearTimeout(timer);
});
