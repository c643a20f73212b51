// openai-node against a stack: node openai.mjs <base url> <key> <bot>. A line `ok <what>` for each thing that works.
import OpenAI from 'openai';
import assert from 'node:assert/strict';

const [base, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey, timeout: 30000, maxRetries: 0 });
const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'When do you open?' }];

async function check(what, fn) {
  try {
    await fn();
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`bad ${what}: ${error.stack.slice(0, 600)}`);
  }
}

await check('models are listed', async () => {
  const ids = [];
  for await (const m of client.models.list()) ids.push(m.id);
  assert.ok(ids.includes(model));
  assert.equal((await client.models.retrieve(model)).object, 'model');
});
await check('a completion', async () => {
  const r = await client.chat.completions.create({ model, messages });
  assert.match(r.choices[0].message.content, /^the /);
  assert.equal(r.choices[0].finish_reason, 'stop');
  assert.ok(r.usage.total_tokens > 0);
});
await check('a stream, its usage last', async () => {
  let text = '', usage, finish;
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } })) {
    assert.equal(chunk.object, 'chat.completion.chunk');
    text += chunk.choices[0]?.delta?.content ?? '';
    finish ??= chunk.choices[0]?.finish_reason ?? undefined;
    usage = chunk.usage;
  }
  assert.match(text, /^the /);
  assert.equal(finish, 'stop');
  assert.ok(usage.completion_tokens > 0);
});
await check('a stream without usage has a choice in every chunk', async () => {
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) assert.equal(chunk.choices.length, 1);
});
await check('the stream helper', async () => {
  const stream = client.chat.completions.stream({ model, messages });
  const final = await stream.finalChatCompletion();
  assert.match(final.choices[0].message.content, /^the /);
});
await check('embeddings', async () => {
  const r = await client.embeddings.create({ model, input: ['one', 'two'] });
  assert.equal(r.data.length, 2);
  assert.equal(r.data[0].embedding.length, 8);
  assert.ok(r.data[0].embedding.some((x) => x !== 0));
});
await check('an unknown model', async () => {
  await assert.rejects(client.chat.completions.create({ model: 'gpt-4o', messages }), (e) => e.status === 404 && e.code === 'model_not_found');
});
await check('a bad key', async () => {
  await assert.rejects(new OpenAI({ baseURL: `${base}/v1`, apiKey: 'nonsense', maxRetries: 0 }).models.list(), (e) => e instanceof OpenAI.AuthenticationError);
});
