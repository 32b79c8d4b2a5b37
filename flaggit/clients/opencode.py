"""The plugin file that tells opencode about flags: one for both of its major versions, which want different shapes.

opencode 1 calls ``server`` of a module's default export and takes what it returns for hooks; opencode 2 calls
``setup``, which registers them. Each leaves the other's alone.
"""

from __future__ import annotations

# What the plugin relies on. opencode 1: `experimental.chat.system.transform` with `output.system`, a list of texts,
# and `experimental.session.compacting`. opencode 2: the hooks `context`, with `event.system`, a list of parts, and
# `compaction` of a session, and the folder of the plugin's place. A hook that fails there fails the agent's request.
PLUGIN = """\
// Written by `flaggit setup opencode`; `flaggit setup opencode --remove` takes it away again.
// Each session of opencode begins with what `flaggit prime` says. Without flaggit it does nothing.
import { execFile } from "node:child_process"

const briefings = new Map()

const brief = (session, cwd) => {
  if (!briefings.has(session)) {
    const run = (done) =>
      execFile("flaggit", ["prime"], { cwd, timeout: 10000 }, (error, out) => done(error ? "" : out.trim()))
    briefings.set(session, new Promise(run))
  }
  return briefings.get(session)
}

export default {
  id: "flaggit",
  // opencode 1
  server: async ({ directory }) => ({
    "experimental.chat.system.transform": async (input, output) => {
      const text = await brief(input.sessionID ?? "", directory)
      if (text) output.system.push(text)
    },
    "experimental.session.compacting": async (input) => {
      briefings.delete(input.sessionID ?? "")
    },
  }),
  // opencode 2
  setup: async (ctx) => {
    await ctx.session.hook("context", async (event) => {
      const text = await brief(event.sessionID, ctx.location?.directory)
      if (text) event.system.push({ type: "text", text })
    })
    await ctx.session.hook("compaction", (event) => {
      briefings.delete(event.sessionID)
    })
  },
}
"""
