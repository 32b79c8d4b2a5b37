// Drives a server with the protocol's TypeScript SDK: steps as JSON on standard input, what came of each on output.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const order = JSON.parse(text);
const capabilities = order.roots ? { roots: {} } : {};
const client = new Client({ name: 'test', version: '1' }, { capabilities });
if (order.roots) {
  const roots = order.roots.map((path) => ({ uri: `file://${path}`, name: path }));
  client.setRequestHandler('roots/list', async () => ({ roots }));
}
const args = ['-m', 'flaggit', 'mcp', ...order.options];
await client.connect(new StdioClientTransport({ command: order.python, args, cwd: order.folder, env: process.env }));
const found = [];
for (const [kind, ...given] of order.steps) {
  if (kind === 'tools') {
    found.push((await client.listTools()).tools.map((tool) => tool.name));
  } else if (kind === 'call') {
    const answer = await client.callTool({ name: given[0], arguments: given[1] });
    found.push({ isError: answer.isError ?? false, structuredContent: answer.structuredContent });
  } else if (kind === 'resources') {
    const fixed = (await client.listResources()).resources.map((resource) => resource.uri);
    const more = (await client.listResourceTemplates()).resourceTemplates.map((template) => template.uriTemplate);
    found.push([...fixed, ...more]);
  } else if (kind === 'read') {
    found.push(JSON.parse((await client.readResource({ uri: given[0] })).contents[0].text));
  } else if (kind === 'prompts') {
    found.push((await client.listPrompts()).prompts.map((prompt) => prompt.name));
  } else if (kind === 'prompt') {
    found.push((await client.getPrompt({ name: given[0], arguments: given[1] })).messages[0].content.text);
  }
}
await client.close();
console.log(JSON.stringify(found));
