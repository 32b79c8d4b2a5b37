"""CONTRIBUTING.md followed to the letter, in a copy of the package: nothing that it names is missing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from repositories import PROJECT, Work

FORMAT = '''"""A review as one word."""

from __future__ import annotations

from flaggit.reviewing.report import Report


def report_word(report: Report) -> str:
    """Return whether a merge can go on."""
    return "stop" if report.failed else "go"
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, to add to."""
    for name in ("flaggit", "schemas"):
        shutil.copytree(PROJECT / name, tmp_path / "copy" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "copy" / "flaggit"


def test_a_new_format_takes_a_module_and_a_line(package: Path, work: Work) -> None:
    (package / "commands/review/format_word.py").write_text(FORMAT)
    registry = package / "commands/review/formats.py"
    line = '    "rdjson": _plain(report_rdjson),\n'
    text = registry.read_text()
    assert text.count(line) == 1
    text = text.replace(line, f'{line}    "word": _plain(report_word),\n')
    registry.write_text(
        text.replace("\n\nTYPE", "\nfrom flaggit.commands.review.format_word import report_word\n\nTYPE")
    )
    env = {"PYTHONPATH": str(package.parent)}
    work.commit()
    work.git("switch", "-q", "-c", "feature")
    work.write("api/orders.py", "")
    work.commit("Add orders", "api/orders.py")
    assert work.flaggit("review", "main..feature", "--format", "word", env=env).out == "go\n"
    assert "word" in work.flaggit("review", "--help", env=env).out
    refused = work.flaggit("review", "--format", "nonsense", env=env, status=2)
    assert "word" in refused.err


SPEC = '''"""Declarations: greeting."""

from __future__ import annotations

from flaggit.commands.spec import Family, Shown, argument

COMMANDS = Family("Look")


@COMMANDS.add(
    "greet",
    "Greet an agent.",
    ("flaggit greet @backend.api", "says hello"),
    parameters=(argument("whom", "Whom.", "@AGENT", required=True),),
)
def _greet() -> Shown[str]:
    from flaggit.commands.greeting import actions, text

    return Shown(actions.greet, text.greet_text)
'''
ACTIONS = '''"""The greeting."""

from __future__ import annotations

from flaggit.clone.session import Reply, Session


def greet(session: Session, *, whom: str) -> Reply[str]:
    """Return whom to greet."""
    return Reply(whom)
'''
TEXT = '''"""How a greeting is shown."""

from __future__ import annotations

from flaggit.clone.session import Reply
from flaggit.output.text import Style


def greet_text(reply: Reply[str], style: Style) -> str:
    """Return the greeting."""
    return f"Hello, {reply.data}"
'''


def replace_once(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert text.count(before) == 1, (path.name, before)
    path.write_text(text.replace(before, after))


def test_a_new_command_takes_a_folder_and_its_name_in_the_index(package: Path, work: Work) -> None:
    folder = package / "commands/greeting"
    folder.mkdir()
    for name, text in (("__init__", '"""Greeting."""\n'), ("spec", SPEC), ("actions", ACTIONS), ("text", TEXT)):
        (folder / f"{name}.py").write_text(text)
    replace_once(
        package / "commands/__init__.py",
        '    "checking": ("check",),\n',
        '    "checking": ("check",),\n    "greeting": ("greet",),\n',
    )
    env = {"PYTHONPATH": str(package.parent)}
    assert work.flaggit("greet", "@backend.api", env=env).out == "Hello, @backend.api\n"
    assert "Greet an agent." in work.flaggit("help", "--all", env=env).out
    assert "flaggit greet @backend.api" in work.flaggit("greet", "--help", env=env).out


def test_a_new_field_takes_a_line_an_attribute_and_a_property(package: Path, work: Work) -> None:
    model = package / "core/model.py"
    line = '    Field("batch", "word", fixed=True, label="Raised together as"),\n'
    replace_once(model, line, line + '    Field("ticket", "text", label="Ticket"),\n')
    replace_once(
        model, "    batch: str | None = None\n", "    batch: str | None = None\n    ticket: str | None = None\n"
    )
    schema = package.parent / "schemas/flag.schema.json"
    text = schema.read_text()
    at = text.index('    "created_at": {')
    schema.write_text(text[:at] + '    "ticket": {"type": "string"},\n' + text[at:])
    flag_id = work.raise_flag()
    path = work.path / f".flags/frontend.web/{flag_id}.yaml"
    path.write_text(path.read_text().replace("created_at:", "ticket: PROJ-17\ncreated_at:"))
    env = {"PYTHONPATH": str(package.parent)}
    assert work.flaggit("check", env=env).status == 0
    assert "Ticket\n  PROJ-17" in work.flaggit("show", flag_id, env=env).out
    assert flag_id in work.flaggit("find", "proj-17", env=env).out


def test_a_new_rule_on_locks_takes_a_line(package: Path, work: Work) -> None:
    before = '    if lock.dead:\n        return "abandoned"\n'
    rule = '    if lock.reason == "loan":\n        return "expired"\n'
    replace_once(package / "clone/lock_rules.py", before, before + rule)
    env = {"PYTHONPATH": str(package.parent)}
    flag_id = work.raise_flag()
    work.commit("raise")
    work.flaggit("lock", flag_id, "--reason", "loan", agent="@frontend.web", env=env)
    assert [lock["locked"] for lock in work.flaggit("locks", "--json", env=env).data] == [False]
    assert "You hold" not in work.flaggit(agent="@frontend.web", env=env).out
    work.flaggit("lock", flag_id, agent="@backend.queue", env=env)
    assert work.flaggit("show", flag_id, "--json", env=env).data["locked_by"] == "@backend.queue"


def test_a_new_setting_takes_its_three_lines(package: Path, work: Work) -> None:
    settings = package / "documents/settings.py"
    line = '    Setting("strict_targets", "switch", False,'
    replace_once(settings, line, '    Setting("mood", "choice", "calm", "how it feels", ("calm", "loud")),\n' + line)
    replace_once(settings, "    strict_targets: bool\n", "    mood: str\n    strict_targets: bool\n")
    schema = package.parent / "schemas/settings.schema.json"
    text = schema.read_text()
    at = text.index('    "strict_targets": {')
    schema.write_text(text[:at] + '    "mood": {"type": "string", "enum": ["calm", "loud"]},\n' + text[at:])
    env = {"PYTHONPATH": str(package.parent)}
    work.write(".flags/config.yaml", "mood: loud\n")
    assert work.flaggit("check", env=env).status == 0
    work.write(".flags/config.yaml", "mood: odd\n")
    refused = work.flaggit("check", env=env, status=1)
    assert "mood" in refused.out and "calm" in refused.out
    work.git("config", "flaggit.mood", "odd")
    work.git("rm", "-q", "--cached", "--ignore-unmatch", ".flags/config.yaml")
    (work.path / ".flags/config.yaml").unlink()
    assert (
        "mood"
        in work.flaggit("inbox", "@backend.api", env=env, status=None).err
        + work.flaggit("check", env=env, status=None).out
    )


def test_every_path_and_name_of_the_guide_exists() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`((?:flaggit|tests|schemas|docs)/[\w./-]+)`", text))
    assert named
    missing = [name for name in named if not (PROJECT / name).exists()]
    assert not missing
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (PROJECT / link).exists(), link
    for name, path in {
        "_FAMILIES": "flaggit/commands/__init__.py",
        "RULES": "flaggit/documents/rules.py",
        "_FLAG": "flaggit/core/model.py",
        "FORMATS": "flaggit/commands/review/formats.py",
        "SETTINGS": "flaggit/documents/settings.py",
        "CODES": "flaggit/core/errors.py",
    }.items():
        assert f"`{name}`" in text
        assert re.search(rf"^{name}\b", (PROJECT / path).read_text(), re.MULTILINE), name
    targets = set(re.findall(r"`make ([\w-]+)`", text))
    makefile = (PROJECT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets), targets
