"""Reports to render: one as reviews are, one whose every free text is hostile."""

from __future__ import annotations

from flaggit.core.model import Completion, Flag, Lock, Problem
from flaggit.reviewing.report import ChainLink, Claim, Edit, HeldPaths, NearbyFlag, Report, ReviewedFlag, StaleFlag
from flaggit.reviewing.unflagged import Unflagged

OID = "0123456789abcdef0123456789abcdef01234567"
HEAD = "fedcba9876543210fedcba9876543210fedcba98"

# Each of these would do something in at least one of the places that a flag's text is shown in.
HOSTILE = [
    "::error file=x::owned",
    "\n::add-mask::secret\n::set-output name=a::b",
    "%0A::stop-commands::x",
    "##[error]old style ##[group]x",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</details></summary></td></table><h1>big</h1>",
    "--><iframe src=//evil.example></iframe><!-- flaggit -->",
    "[click](https://evil.example) ![i](https://evil.example/x.png) <https://evil.example>",
    "https://evil.example www.evil.example mail@evil.example",
    "@octocat @org/team fixes #1 closes org/repo#2 GH-3",
    "| a | b |\n| --- | --- |",
    "``` \n# heading\n```\n~~~\n",
    "`` ` ``` ```` ` `",
    "**bold** _em_ ~~gone~~ $x^2$ :smile:",
    "\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b2J \x07\x00",
    "\u202egnp.exe\u2066\u200b\ufeff\u2028line",
    "[bold red]rich[/bold red] [link=https://evil.example]x[/link] [/]",
    "{{ secrets.X }} ${{ github.token }} $(id) `id` ;id",
    "\\`\\| trailing backslash \\",
    "]]> &amp; &#x3c; &lt;b&gt; \ud83d",
    "x" * 5000,
    '%%{init: {}}%% end\nclick a href "javascript:alert(1)"',
    "javascript:alert(1)",
    "../../etc/passwd",
    " \t ",
    "",
]


def flag(flag_id: str, **changes: object) -> Flag:
    values: dict = {
        "id": flag_id,
        "flag_type": "breaking_change",
        "impact_level": "high",
        "source_agent": "@backend.api",
        "target_agent": "@frontend.web",
        "change_description": "POST /orders answers 202 with a job id.",
        "action_required": "Poll GET /jobs/{id} in src/orders/client.ts instead of reading the response.",
        "created_at": "2026-11-23T14:00:00Z",
        "related_files": ("src/orders/client.ts",),
    }
    values.update(changes)
    return Flag(**values)


def sample_report(**changes: object) -> Report:
    """A review with something in each of its parts."""
    raised = flag("k7m2q0x")
    done = flag(
        "a000001", impact_level="low", flag_type="change", source_agent="@frontend.web", target_agent="@backend.api"
    )
    values: dict = {
        "base": "main",
        "head": "feature",
        "merge_base": OID,
        "head_oid": HEAD,
        "commits": 2,
        "files": 3,
        "authors": ("@backend.api",),
        "flags": (
            ReviewedFlag(raised, ".flags/frontend.web/k7m2q0x.yaml", ("raised",), pending=True),
            ReviewedFlag(
                done,
                ".flags/done/a000001.yaml",
                ("changed", "completed", "noted"),
                edits=(Edit("impact_level", "medium", "low"), Edit("notes", None, "Once only.")),
                completion=Completion("a000001", "@backend.api", "2026-11-24T09:00:00Z"),
                completed_in=HEAD,
                notes=1,
            ),
        ),
        "nearby": (
            NearbyFlag(
                flag("b000002", impact_level="medium", target_agent="@backend.queue"),
                ".flags/backend.queue/b000002.yaml",
                ("src/orders/client.ts",),
            ),
            NearbyFlag(
                flag("c000003", impact_level="low", flag_type="change", target_agent="@data.store"),
                ".flags/data.store/c000003.yaml",
                (),
            ),
        ),
        "nearby_left": 0,
        "locks": (
            Lock("b000002", "@backend.queue", "i", "t", "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z", scope="shared"),
        ),
        "held_paths": (
            HeldPaths(
                Lock("", "@data.store", "i", "t", "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z", scope="shared"),
                ("migrations/7.sql",),
            ),
        ),
        "chains": (
            ChainLink("a000001", "", "@frontend.web", "@backend.api", "low", False, True),
            ChainLink("k7m2q0x", "a000001", "@backend.api", "@frontend.web", "high", True, True),
        ),
        "unflagged": (
            Unflagged(
                "@data.store",
                ("migrations/7.sql",),
                ("migrations/7.sql",),
                True,
                "flaggit create --type breaking_change --to @data.store --file migrations/7.sql",
            ),
        ),
        "stale": (StaleFlag("a000001", ".flags/done/a000001.yaml", ("src/orders/client.ts",), "Changed again."),),
        "claims": (
            Claim(
                "k7m2q0x",
                ".flags/frontend.web/k7m2q0x.yaml",
                "source_agent",
                "@backend.api",
                "mismatch",
                HEAD,
                "Mallory <m@example.net>",
                "It says that @backend.api raised it; commit fedcba9876 by Mallory <m@example.net> is not theirs.",
            ),
        ),
        "vouching": (".flags/catalog.yaml",),
        "vouched": (),
        "findings": (
            Problem(
                "F036",
                "forged_author",
                "It says that @backend.api raised it; commit fedcba9876 by Mallory <m@example.net> is not theirs.",
                path=".flags/frontend.web/k7m2q0x.yaml",
                line=9,
                field="source_agent",
                ids=("k7m2q0x",),
                fix="Let @backend.api make the commit.",
            ),
            Problem(
                "F035",
                "unflagged",
                "@data.store owns migrations/7.sql and no flag tells them of the change.",
                "warning",
                path="migrations/7.sql",
                fix="flaggit create --type breaking_change --to @data.store --file migrations/7.sql",
            ),
        ),
        "gate": "off",
        "now": 1_795_000_000,
    }
    values.update(changes)
    return Report(**values)


def hostile_report(text: str) -> Report:
    """A review in which every text that is not checked on reading is ``text``; ids and handles are always checked."""
    bad = flag(
        "k7m2q0x",
        change_description=text,
        action_required=text,
        related_files=(text, "src/plain.ts"),
        code_location=text,
        example_usage=text,
        context=text,
        notes=text,
    )
    path = f".flags/frontend.web/{text}"
    return sample_report(
        base=text,
        head=text,
        flags=(
            ReviewedFlag(
                bad,
                path,
                ("raised", "changed", "completed"),
                edits=(Edit("notes", text, text), Edit("related_files", None, text)),
                completion=Completion("k7m2q0x", "@backend.api", "2026-11-24T09:00:00Z", notes=text),
                completed_in=HEAD,
                touched=(text,),
                touched_in_range=(text,),
                missing=(text,),
                pending=True,
            ),
        ),
        nearby=(NearbyFlag(bad, path, (text,), removed=(text,)), NearbyFlag(bad, path, ())),
        held_paths=(
            HeldPaths(
                Lock("", "@backend.queue", "i", "t", "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z", reason=text),
                (text,),
            ),
        ),
        unflagged=(Unflagged("@data.store", (text,), (text,), False, text),),
        stale=(StaleFlag("k7m2q0x", path, (text,), text),),
        claims=(Claim("k7m2q0x", path, "source_agent", "@backend.api", "mismatch", HEAD, text, text),),
        vouching=(text,),
        findings=(
            Problem("F001", "invalid", text, path=path, line=3, field=text, ids=("k7m2q0x",), fix=text),
            Problem("F035", "unflagged", text, "warning", path=text, fix=text),
            Problem("F037", "stale_files", text, "note", path="", fix=text),
        ),
    )
