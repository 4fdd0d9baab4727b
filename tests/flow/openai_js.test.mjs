// The official JavaScript client against a running gateway. Run by test_openai_js.py, which sets the two variables:
// COTHINK_URL is the gateway's /v1, COTHINK_TEST_JS_CLIENT the node_modules folder with the package `openai`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import test from "node:test";

const require = createRequire(join(process.env.COTHINK_TEST_JS_CLIENT, "package.json"));
const { OpenAI } = require("openai");
const client = new OpenAI({ baseURL: process.env.COTHINK_URL, apiKey: "sk-a-test-key", maxRetries: 0 });
const messages = [{ role: "user", content: "hi" }];

test("a whole chat answer", async () => {
  const answer = await client.chat.completions.create({ model: "r1", messages });
  assert.equal(answer.choices[0].message.content, "Hello world");
  assert.equal(answer.choices[0].message.reasoning_content, "Let me think.");
  assert.equal(answer.usage.total_tokens, 10);
  assert.equal(answer._request_id, answer.cothink.trace_id);
});

test("a streamed chat answer", async () => {
  let text = "";
  let usage = null;
  const options = { model: "r1", messages, stream: true, stream_options: { include_usage: true } };
  for await (const chunk of await client.chat.completions.create(options)) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, "Hello world");
  assert.equal(usage.total_tokens, 10);
});

test("tool calls", async () => {
  const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];
  const answer = await client.chat.completions.stream({ model: "tools", messages, tools }).finalChatCompletion();
  assert.equal(answer.choices[0].message.tool_calls[0].function.arguments, '{"town":"Bonn"}');
  assert.equal(answer.choices[0].finish_reason, "tool_calls");
});

test("an early failure has its status and code", async () => {
  await assert.rejects(client.chat.completions.create({ model: "nope", messages, stream: true }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, "model_not_found");
    return true;
  });
});

test("a failure in mid-stream is raised", async () => {
  let text = "";
  await assert.rejects(async () => {
    for await (const chunk of await client.chat.completions.create({ model: "breaks", messages, stream: true })) {
      text += chunk.choices[0]?.delta?.content ?? "";
    }
  }, /The stream broke/);
  assert.equal(text, "Hel");
});

test("a whole response", async () => {
  const response = await client.responses.create({ model: "r1", input: "hi" });
  assert.equal(response.output_text, "Hello world");
  assert.equal(response.status, "completed");
});

test("a streamed response", async () => {
  const stream = client.responses.stream({ model: "r1", input: "hi" });
  let text = "";
  stream.on("response.output_text.delta", (event) => {
    text += event.delta;
  });
  const response = await stream.finalResponse();
  assert.equal(text, "Hello world");
  assert.equal(response.output_text, "Hello world");
});

test("a failure in mid-stream of a response is raised", async () => {
  await assert.rejects(async () => {
    for await (const _event of await client.responses.create({ model: "breaks", input: "hi", stream: true }));
  }, /The stream broke/);
});

test("models are listed", async () => {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.deepEqual(names, ["r1", "tools", "breaks"]);
});
