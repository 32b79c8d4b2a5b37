"""The plugin file that tells opencode about flags."""

from __future__ import annotations

WANTS = "opencode 2 runs no plugin that was written for opencode 1: there `flaggit setup agents-md` tells it."

# What the plugin relies on: `experimental.chat.system.transform` with `output.system`, a list of texts, and
# `experimental.session.compacting` with `output.context`; `$` is Bun's shell.
PLUGIN = """\
// Written by `flaggit setup opencode`; `flaggit setup opencode --remove` takes it away again.
// Each session of opencode begins with what `flaggit prime` says. Without flaggit it does nothing.
export const Flaggit = async ({ $, directory }) => {
  const briefings = new Map()
  const brief = async (session) => {
    if (!briefings.has(session)) {
      const done = await $`flaggit prime`.cwd(directory).quiet().nothrow()
      briefings.set(session, done.exitCode === 0 ? done.stdout.toString().trim() : "")
    }
    return briefings.get(session)
  }
  return {
    "experimental.chat.system.transform": async (input, output) => {
      const text = await brief(input.sessionID ?? "")
      if (text) output.system.push(text)
    },
    "experimental.session.compacting": async (input) => {
      briefings.delete(input.sessionID ?? "")
    },
  }
}
"""
