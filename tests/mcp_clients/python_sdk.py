"""Drives a server with the protocol's Python SDK: steps as JSON on standard input, what came of each on output."""

from __future__ import annotations

import json
import os
import sys

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters


async def main() -> None:
    order = json.load(sys.stdin)
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "flaggit", "mcp", *order["options"]],
        cwd=order["folder"],
        env=dict(os.environ),
    )
    found: list[object] = []
    async with Client(server) as client:
        for kind, *given in order["steps"]:
            if kind == "tools":
                found.append([tool.name for tool in (await client.list_tools()).tools])
            elif kind == "call":
                answer = await client.call_tool(*given)
                found.append({"isError": answer.is_error, "structuredContent": answer.structured_content})
            elif kind == "resources":
                fixed = [resource.uri for resource in (await client.list_resources()).resources]
                more = await client.list_resource_templates()
                found.append([*fixed, *(template.uri_template for template in more.resource_templates)])
            elif kind == "read":
                found.append(json.loads((await client.read_resource(given[0])).contents[0].text))
            elif kind == "prompts":
                found.append([prompt.name for prompt in (await client.list_prompts()).prompts])
            elif kind == "prompt":
                found.append((await client.get_prompt(*given)).messages[0].content.text)
    print(json.dumps(found))


anyio.run(main)
