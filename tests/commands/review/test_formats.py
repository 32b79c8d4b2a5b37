"""Each format of the review: golden files, official schemas, limits, and hostile texts that stay texts."""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from repositories import PROJECT
from review_samples import HEAD, HOSTILE, flag, hostile_report, sample_report

from flaggit.commands.review import formats
from flaggit.commands.review.format_github import report_github
from flaggit.commands.review.format_gitlab import report_gitlab
from flaggit.commands.review.format_markdown import report_markdown, report_summary
from flaggit.commands.review.format_rdjson import report_rdjson
from flaggit.commands.review.format_sarif import report_sarif
from flaggit.core.model import Problem
from flaggit.core.record import replace
from flaggit.core.text import forbidden_characters
from flaggit.output.forge import Forge
from flaggit.output.text import Style
from flaggit.reviewing.report import ReviewedFlag

GOLDEN = PROJECT / "tests" / "golden"
SCHEMAS = PROJECT / "tests" / "schemas"


def render(form: str, report) -> str:
    return formats.FORMATS[form](report, Style())


# Golden files are found by name, <format>.<ending>: an empty one is written by UPDATE_GOLDEN=1.
FORMATS = {
    name: functools.partial(render, name.partition(".")[0])
    for name in sorted(path.name.removeprefix("review.") for path in GOLDEN.iterdir())
}
SCHEMA_OF = {"sarif.json": "sarif-2.1.0.json", "gitlab.json": "codequality.json", "rdjson.json": "rdjson.json"}
hostile = pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
CONTROLS = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x200B, 0xFEFF, 0x2028)} - {
    "\n",
    "\t",
}


def test_every_format_has_a_golden_file_and_is_documented() -> None:
    assert {name.partition(".")[0] for name in FORMATS} == set(formats.FORMATS)
    documented = (PROJECT / "docs" / "review.md").read_text()
    assert [form for form in formats.FORMATS if f"| `{form}` |" not in documented] == []


def errors_against(name: str, document: object) -> list[str]:
    validator = Draft7Validator(json.loads((SCHEMAS / name).read_text()))
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("name", FORMATS)
def test_golden(name: str) -> None:
    """UPDATE_GOLDEN=1 lays the files down anew; look at the difference before you commit it."""
    made = FORMATS[name](sample_report()) + "\n"
    path = GOLDEN / f"review.{name}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made)
    assert made == path.read_text()


@pytest.mark.parametrize("name", SCHEMA_OF)
def test_formats_fit_their_schemas(name: str) -> None:
    for report in (sample_report(), sample_report(flags=(), findings=(), claims=())):
        assert errors_against(SCHEMA_OF[name], json.loads(FORMATS[name](report))) == []


@hostile
@pytest.mark.parametrize("name", SCHEMA_OF)
def test_hostile_texts_fit_the_schemas_too(name: str, text: str) -> None:
    data = FORMATS[name](hostile_report(text)).encode("utf-8", "replace")
    assert errors_against(SCHEMA_OF[name], json.loads(data)) == []


@hostile
@pytest.mark.parametrize("name", ["text.txt", "markdown.md", "github.txt"])
def test_no_control_character_reaches_a_terminal(name: str, text: str) -> None:
    made = FORMATS[name](hostile_report(text))
    assert not CONTROLS & set(made)


@hostile
@pytest.mark.parametrize("name", ["text.txt", "markdown.md"])
def test_no_line_is_a_workflow_command(name: str, text: str) -> None:
    made = FORMATS[name](hostile_report(text))
    assert not [line for line in made.splitlines() if line.strip().startswith("::")]
    assert "##[" not in made


@hostile
def test_annotations_are_ours_alone(text: str) -> None:
    """Read as the runner does: a line is a command where it starts with two colons."""
    made = report_github(hostile_report(text))
    plain = report_github(hostile_report("plain"))
    assert "##[" not in made
    commands = [line.partition(" ")[0] for line in made.split("\n")]
    assert commands == [line.partition(" ")[0] for line in plain.split("\n")]
    for line in made.split("\n"):
        _, properties, _ = line.split("::", 2)
        names = [item.partition("=")[0] for item in properties.partition(" ")[2].split(",")]
        assert names in (["file", "line", "title"], ["title"])


OURS = {"<!-- flaggit -->", "<details>", "<summary>", "</summary>", "</details>", "<sub>", "</sub>"}


def markdown_tokens(text: str):
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for token in parser.parse(text):
        yield token
        yield from token.children or ()


@hostile
def test_markdown_holds_no_element_that_came_from_data(text: str) -> None:
    import re

    made = report_markdown(hostile_report(text))
    kinds = {}
    for token in markdown_tokens(made):
        kinds.setdefault(token.type, []).append(token.content)
        if token.type in ("html_block", "html_inline"):
            assert set(re.findall(r"<!--.*?-->|<[^>]*>", token.content)) <= OURS
        if token.type == "text":  # what stands outside of code is our own
            assert not re.search(r"@|://|www\.|#\d|<|evil", token.content), token.content
        if token.type == "fence":
            assert token.info == "mermaid"
    plain = {token.type for token in markdown_tokens(report_markdown(hostile_report("plain")))}
    assert set(kinds) <= plain | {"softbreak"}
    assert "link_open" not in kinds and "image" not in kinds


def test_a_table_has_the_same_columns_whatever_stands_in_it() -> None:
    for text in HOSTILE:
        kinds = [token.type for token in markdown_tokens(report_markdown(hostile_report(text)))]
        plain = [token.type for token in markdown_tokens(report_markdown(hostile_report("plain")))]
        assert kinds.count("td_open") == plain.count("td_open")
        assert kinds.count("tr_open") == plain.count("tr_open")


@hostile
def test_rdjson_messages_are_code_and_our_words(text: str) -> None:
    for diagnostic in json.loads(report_rdjson(hostile_report(text)))["diagnostics"]:
        kinds = {token.type for token in markdown_tokens(diagnostic["message"])}
        assert kinds <= {"paragraph_open", "inline", "text", "paragraph_close", "code_inline"}


def many(number: int):
    flags = tuple(
        ReviewedFlag(
            flag(f"a{place:06d}".replace("i", "j"), change_description="c" * 1500, action_required="`|" * 700),
            f".flags/frontend.web/a{place:06d}.yaml",
            ("raised",),
            pending=True,
        )
        for place in range(number)
    )
    findings = tuple(
        Problem("F001", "invalid", "m" * 500, path=f".flags/x/{place}.yaml", line=place) for place in range(number)
    )
    return sample_report(flags=flags, findings=findings)


def test_a_comment_stays_within_its_limit_and_says_what_it_cut() -> None:
    made = report_markdown(many(1000))
    assert len(made.encode()) < 65_536
    assert "Cut: " in made and "further flags" in made and "further lines" in made
    assert made.index("Should not be merged") < 200


def test_a_summary_has_more_room_than_a_comment_and_an_end_too() -> None:
    few = report_summary(many(300))
    assert few.count("breaking change") == 300 and "further" not in few
    made = report_summary(many(5_000))
    assert 500_000 < len(made.encode()) < 1024 * 1024
    assert "further flags" in made and "further lines" in made
    assert report_summary(sample_report()) == report_markdown(sample_report())


def test_annotations_stay_within_ten_of_a_kind() -> None:
    lines = report_github(many(1000)).split("\n")
    for kind in ("error", "warning", "notice"):
        of_kind = [line for line in lines if line.startswith(f"::{kind} ")]
        assert len(of_kind) <= 10
    errors = [line for line in lines if line.startswith("::error ")]
    assert "Should not be merged" in errors[0]
    assert "992 further errors" in errors[-1]


def test_sarif_keeps_what_code_scanning_keeps_and_says_so() -> None:
    run = json.loads(report_sarif(many(3000)))["runs"][0]
    assert len(run["results"]) == 5000
    assert {result["level"] for result in run["results"][:3000]} == {"error"}
    assert "1000 further results" in json.dumps(run["invocations"])


def test_sarif_has_what_github_asks_for() -> None:
    run = json.loads(report_sarif(sample_report()))["runs"][0]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    for rule in rules.values():
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024 and rule["help"]["text"]
    for result in run["results"]:
        assert result["ruleId"] in rules
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
    raised = next(result for result in run["results"] if result["ruleId"] == "raised")
    assert raised["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "src/orders/client.ts"


def test_fingerprints_differ_within_a_report_and_not_between_runs() -> None:
    same = Problem("F006", "too_short", "x", path=".flags/a.yaml")
    report = sample_report(findings=(same, replace(same, message="other", line=7), replace(same, field="notes")))
    prints = [issue["fingerprint"] for issue in json.loads(report_gitlab(report))]
    assert len(set(prints)) == len(prints)
    assert prints == [issue["fingerprint"] for issue in json.loads(report_gitlab(report))]


def test_every_format_is_offered(work) -> None:
    work.git("switch", "-q", "-c", "feature")
    work.raise_flag()
    work.commit("Raise")
    for name, start in {
        "text": "Can be",
        "markdown": "<!-- flaggit -->",
        "summary": "<!-- flaggit -->",
        "json": "{",
        "github": "::notice",
        "sarif": "{",
        "gitlab": "[",
        "rdjson": "{",
    }.items():
        assert work.flaggit("review", "--format", name).out.startswith(start)
    assert work.flaggit("review", "--format", "xml", status=2)
    assert Path(work.path).exists()


def test_hostile_flags_in_a_real_repository_through_every_format(work) -> None:
    """Texts, names of files and of people, and messages, as an attacker can commit them."""
    storable = [text for text in HOSTILE if text.strip() and not forbidden_characters(text)]
    work.git("switch", "-q", "-c", "x'$(touch${IFS}owned)`;")
    for text in storable:
        long = f"{text} {'and so on ' * 12}"
        work.raise_flag(change_description=long, action_required=long, example_usage=text, notes=text)
    (work.path / "src" / "::error::owned ##[error]x|`.ts").write_text("x")
    (work.path / ".flags" / "frontend.web" / "<img src=x onerror=alert(1)>.yaml").write_text("x: [\n")
    work.git("add", "-A")
    author = "::error::owned <script>alert(1)</script> @octocat"
    work.git(
        "-c", f"user.name={author}", "-c", "user.email=web@example.org", "commit", "-q", "-m", "##[error]x\n\n::x::"
    )
    for name in ("text", "markdown", "github", "sarif", "gitlab", "rdjson", "json"):
        answer = work.flaggit("review", "--format", name, status=1)
        shown = answer.out + answer.err
        assert not CONTROLS & set(shown.replace("\n", ""))
        if name in ("text", "markdown", "github"):
            assert "##[" not in shown
            assert "owned" not in " ".join(
                line for line in shown.split("\n") if line.startswith("::") and "::" not in line[2:]
            )
        if name == "github":
            assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in answer.out.splitlines())
        if name in ("text", "markdown"):
            assert not [line for line in shown.split("\n") if line.lstrip().startswith("::")]
    assert not (work.path / "owned").exists()


# --- what a reviewer reads first -------------------------------------------------------------------------------------


def raised(number: int, **changes: object) -> ReviewedFlag:
    flag_id = f"a{number:06}".translate(str.maketrans("ilou", "wxyz"))
    made = flag(flag_id, **changes)
    return ReviewedFlag(made, f".flags/x/{flag_id}.yaml", ("raised",), pending=True)


def test_each_raised_flag_says_what_has_to_be_done_and_who_may_be_asked() -> None:
    made = report_markdown(sample_report(logins={"@frontend.web": ("web-bot", "octo`cat")}))
    (line,) = [line for line in made.splitlines() if line.startswith("- **high** for")]
    assert "`Poll GET /jobs/{id} in src/orders/client.ts instead of reading the response.`" in line
    assert "(ask `web-bot`, ``octo`cat`` to review)" in line
    shown = FORMATS["text.txt"](sample_report(logins={"@frontend.web": ("web-bot",)}))
    assert "    to do: Poll GET /jobs/{id}" in shown
    assert "    ask:   web-bot" in shown


def test_a_flag_for_two_agents_is_one_item() -> None:
    both = [raised(n, batch="b000000", target_agent=target) for n, target in enumerate(("@a.one", "@b.two"))]
    made = report_markdown(sample_report(flags=tuple(both)))
    (line,) = [line for line in made.splitlines() if line.startswith("- **high** for")]
    assert "for `@a.one`, `@b.two`:" in line
    assert "`a000000`, `a000001`" in made


def test_many_flags_fold_by_owner() -> None:
    many = [raised(n, target_agent="@a.one" if n % 2 else "@b.two") for n in range(40)]
    made = report_markdown(sample_report(flags=tuple(many)))
    before, _, after = made.partition("<details>")
    assert before.count("\n- **high** for") == 15
    assert "<summary>13 more flags for <code>@a.one</code></summary>" in after
    assert "<summary>12 more flags for <code>@b.two</code></summary>" in after


def test_links_lead_to_the_forge_where_its_address_is_known() -> None:
    made = report_markdown(sample_report(forge=Forge("https://forge.example/team/shop")))
    blob = f"https://forge.example/team/shop/blob/{HEAD}"
    assert f"[`k7m2q0x`](<{blob}/.flags/frontend.web/k7m2q0x.yaml>)" in made
    assert f"[`src/orders/client.ts`](<{blob}/src/orders/client.ts>)" in made
    assert f"[{HEAD[:10]}](<https://forge.example/team/shop/commit/{HEAD}>)" in made
    assert "](<" not in report_markdown(sample_report())


@hostile
def test_hostile_texts_make_no_links_of_their_own(text: str) -> None:
    base = "https://forge.example/team/shop"
    made = report_markdown(replace(hostile_report(text), forge=Forge(base)))
    for address in re.findall(r"\]\(<([^>]*)>\)", made):
        assert address.startswith(base + "/")
