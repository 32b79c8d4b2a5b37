"""Everyday work on two branches, merged by real git: without any driver, and with flaggit's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from repositories import DRIVER, LONG_ACTION, LONG_CHANGE, Work

from flaggit.commands.raising.conversation import answer, ask, bounce, redirect
from flaggit.commands.raising.editing import edit, note
from flaggit.commands.setup.files import ATTRIBUTES, DRIVERS
from flaggit.commands.working.reopening import reopen
from flaggit.documents.codec import parse_document
from flaggit.lifecycle.completing import complete

WEB, API, QUEUE = "@frontend.web", "@backend.api", "@backend.queue"


class Sides:
    """Two clones of a repository with flags x (pending), y (pending, for a team), z (completed) and q (a question)."""

    def __init__(self, base: Work, ids: dict[str, str], folder: Path) -> None:
        self.x, self.y, self.z, self.q = (ids[name] for name in "xyzq")
        self.paths = {path.stem: str(path.relative_to(base.path)) for path in (base.path / ".flags").glob("*/*.yaml")}
        self.paths[self.z] = f".flags/frontend.web/{self.z}.yaml"
        self.ours, self.theirs = (_copy(base, folder / name) for name in ("ours", "theirs"))

    def path(self, flag_id: str) -> str:
        """Where a flag's file lies."""
        return self.paths[flag_id]


def _copy(base: Work, path: Path) -> Work:
    shutil.copytree(base.path, path, symlinks=True)
    return Work(path)


@pytest.fixture(scope="module")
def built() -> list:
    """Holds the repository that both sides are copied from, made by the first test."""
    return []


@pytest.fixture
def sides(work: Work, tmp_path: Path, built: list, tmp_path_factory: pytest.TempPathFactory) -> Sides:
    if not built:
        base = _copy(work, tmp_path_factory.mktemp("base") / "repo")
        base.write(".flags/.gitattributes", ATTRIBUTES)
        ids = {
            "x": base.raise_flag(related_files=("src/a.ts", "src/b.ts")),
            "y": base.raise_flag(target="@team.platform", source=WEB),
            "z": base.raise_flag(source=QUEUE),
        }
        base.commit("base", ".flags")
        complete(base.session(), flag_ids=[ids["z"]], agent=WEB)
        ids["q"] = ask(base.session(), flag_id=ids["x"], text="Which code?", sender=WEB).data.raised.rows[0].flag.id
        base.commit("base, done")
        built += [base, ids]
    return Sides(built[0], built[1], tmp_path)


def act(name: str, work: Work, sides: Sides, late: bool) -> None:
    """Do one everyday thing on a side and commit it; the other side does its own a minute later."""
    session = work.session()
    session.now += 60 * late
    ACTIONS[name](work, session, sides)
    work.commit(name, ".flags")


def _raise(target):
    return lambda work, session, sides: work.raise_flag(target=target)


def _complete(which, agent, **options):
    return lambda work, session, sides: complete(session, flag_ids=[getattr(sides, which)], agent=agent, **options)


def _edit(**changes):
    return lambda work, session, sides: edit(session, flag_id=sides.x, agent=API, **changes)


def _delete(which):
    return lambda work, session, sides: session.store.remove(sides.path(getattr(sides, which)))


def _replace(name, old, new):
    return lambda work, session, sides: work.write(name, work.read(name).replace(old, new))


def _agent(name):
    entry = f'  "{name}":\n    description: "New."\n    tags: ["new"]\n'
    return _replace(".flags/catalog.yaml", '  "@frontend.web":\n', entry + '  "@frontend.web":\n')


ACTIONS = {
    "raise": _raise(WEB),
    "raise for another": _raise(QUEUE),
    "raise in a new folder": _raise("@backend.new"),
    "raise for nobody": lambda work, session, sides: work.raise_flag(target=None, impact_level="low"),
    "complete": _complete("x", WEB),
    "complete with a note": _complete("x", WEB, note="It polls now."),
    "complete, forced": _complete("x", QUEUE, force=True, reason="web is away"),
    "complete as not applicable": _complete("x", WEB, resolution="not_applicable"),
    "withdraw": _complete("x", API, resolution="withdrawn"),
    "complete for the team": _complete("y", API),
    "complete for the team, another": _complete("y", QUEUE),
    "note": lambda work, session, sides: note(session, flag_id=sides.x, text="A remark.", sender=WEB),
    "edit impact": _edit(impact="high"),
    "edit impact otherwise": _edit(impact="low"),
    "edit change": _edit(change=LONG_CHANGE + " Really."),
    "edit action": _edit(action=LONG_ACTION + " Soon."),
    "edit notes": _edit(notes="See the wiki."),
    "edit location": _edit(location="src/a.ts:7"),
    "add a file": _edit(files=("src/a.ts", "src/b.ts", "src/c.ts")),
    "add another file": _edit(files=("src/a.ts", "src/b.ts", "src/d.ts")),
    "redirect": lambda work, session, sides: redirect(session, flag_id=sides.x, to=QUEUE, sender=WEB),
    "redirect elsewhere": lambda work, session, sides: redirect(
        session, flag_id=sides.x, to="@team.platform", sender=WEB
    ),
    "bounce": lambda work, session, sides: bounce(session, flag_id=sides.x, reason="Not ours.", sender=WEB),
    "ask": lambda work, session, sides: ask(session, flag_id=sides.x, text="When?", sender=WEB),
    "answer": lambda work, session, sides: answer(session, flag_id=sides.q, text="202.", sender=API),
    "answer otherwise": lambda work, session, sides: answer(session, flag_id=sides.q, text="303.", sender=API),
    "reopen": lambda work, session, sides: reopen(session, flag_id=sides.z, agent=WEB),
    "note the done one": lambda work, session, sides: note(session, flag_id=sides.z, text="Hm.", sender=WEB),
    "delete": _delete("x"),
    "prune the done one": _delete("z"),
    "add an agent": _agent("@data.lake"),
    "add another agent": _agent("@data.pond"),
    "change an agent": _replace(".flags/catalog.yaml", '["react", "client"]', '["react", "client", "vue"]'),
    "change the code": lambda work, session, sides: work.write("src/client.ts", "export const x = 1\n"),
}

# ours, theirs, what plain git makes of it, what flaggit's driver makes of it (None: the driver is not asked).
# Conflicts that are real decisions: somebody has to choose. "settled": by rule, and reported.
CLEAN, SETTLED, DECISION = "clean", "settled", "decision"
PAIRS = [
    ("raise", "raise", CLEAN, CLEAN),
    ("raise", "raise for another", CLEAN, CLEAN),
    ("raise in a new folder", "raise in a new folder", CLEAN, CLEAN),
    ("raise for nobody", "raise for nobody", CLEAN, CLEAN),
    ("raise", "complete", CLEAN, CLEAN),
    ("raise", "prune the done one", CLEAN, CLEAN),
    ("note", "note", CLEAN, CLEAN),
    ("note", "complete", CLEAN, CLEAN),
    ("note", "edit change", CLEAN, CLEAN),
    ("complete", "edit change", CLEAN, CLEAN),
    ("complete", "edit impact", CLEAN, CLEAN),
    ("edit impact", "edit change", CLEAN, CLEAN),
    ("edit change", "edit action", CLEAN, CLEAN),
    ("edit change", "edit change", CLEAN, CLEAN),
    ("edit notes", "edit location", CLEAN, CLEAN),
    ("edit impact", "add a file", CLEAN, CLEAN),
    ("add a file", "add another file", DECISION, CLEAN),
    ("edit impact", "edit impact otherwise", DECISION, DECISION),
    ("complete", "complete with a note", DECISION, SETTLED),
    ("complete", "complete, forced", DECISION, SETTLED),
    ("complete", "complete as not applicable", DECISION, SETTLED),
    ("complete", "withdraw", DECISION, SETTLED),
    ("complete for the team", "complete for the team, another", DECISION, SETTLED),
    ("complete", "complete for the team", CLEAN, CLEAN),
    ("complete", "redirect", DECISION, SETTLED),
    ("redirect", "redirect elsewhere", DECISION, SETTLED),
    ("redirect", "note", CLEAN, CLEAN),
    ("redirect", "edit change", CLEAN, CLEAN),
    ("redirect", "raise for another", CLEAN, CLEAN),
    ("bounce", "complete", DECISION, SETTLED),
    ("ask", "ask", CLEAN, CLEAN),
    ("ask", "complete", CLEAN, CLEAN),
    ("answer", "note", CLEAN, CLEAN),
    ("answer", "answer otherwise", DECISION, SETTLED),
    ("answer", "complete", CLEAN, CLEAN),
    ("reopen", "reopen", CLEAN, CLEAN),
    ("reopen", "note the done one", CLEAN, CLEAN),
    ("reopen", "raise", CLEAN, CLEAN),
    ("delete", "edit change", DECISION, None),
    ("delete", "note", CLEAN, CLEAN),
    ("delete", "raise", CLEAN, CLEAN),
    ("delete", "delete", CLEAN, CLEAN),
    ("add an agent", "add another agent", DECISION, CLEAN),
    ("add an agent", "change an agent", CLEAN, CLEAN),
    ("add an agent", "raise", CLEAN, CLEAN),
    ("change the code", "complete", CLEAN, CLEAN),
]


def merge(work: Work, other: Work, *options: str) -> tuple[int, str]:
    """Merge the other side; return git's status and what it and its drivers said."""
    work.git("fetch", "-q", str(other.path), "HEAD")
    answer = work.run("git", *options, "merge", "-q", "--no-edit", "FETCH_HEAD")
    return answer.status, answer.out + answer.err


def unmerged(work: Work) -> list[str]:
    return sorted(set(work.git("diff", "--name-only", "--diff-filter=U").splitlines()))


@pytest.mark.parametrize(("ours", "theirs", "plain", "driven"), PAIRS, ids=[f"{a} - {b}" for a, b, _, _ in PAIRS])
def test_pairs(sides: Sides, ours: str, theirs: str, plain: str, driven: str | None) -> None:
    act(ours, sides.ours, sides, late=False)
    act(theirs, sides.theirs, sides, late=True)
    both = [(sides.ours, sides.theirs), (sides.theirs, sides.ours)]
    for work, other in both[: 1 if plain == CLEAN else 2]:
        start = work.git("rev-parse", "HEAD")
        status, said = merge(work, other)
        assert (status == 0) == (plain == CLEAN), said
        if status:
            work.git("merge", "--abort")
        work.git("reset", "-q", "--hard", start)
        status, said = merge(work, other, "-c", f"merge.flaggit.driver={DRIVER}")
        assert (status == 0) == (driven in (CLEAN, SETTLED)), said
        assert ("was completed twice" in said) == (driven == SETTLED), said
        if status == 0:
            assert not list(_broken(work))
        elif driven == DECISION:
            _check_both_sides(work, other, start)
        work.git("reset", "-q", "--hard", start)


def _broken(work: Work):
    for path in (work.path / ".flags").glob("*/*.yaml"):
        parse_document(path.read_bytes())
    yield from (path for path in (work.path / ".flags").rglob("*.tmp"))


def _check_both_sides(work: Work, other: Work, start: str) -> None:
    """Every line that either side added stands in each file that is left to a person."""
    for path in unmerged(work):
        lines = set(work.read(path).splitlines())
        assert any(line.startswith("<<<<<<<") for line in lines)
        for rev in (start, "FETCH_HEAD"):
            added = work.git("diff", "-U0", f"HEAD^..{rev}" if rev == start else f"{rev}^..{rev}", "--", path)
            wanted = {line[1:] for line in added.splitlines() if line.startswith("+") and not line.startswith("+++")}
            assert wanted <= lines


def test_the_table_is_long_enough_and_only_real_decisions_conflict() -> None:
    assert len(PAIRS) >= 24
    assert sum(plain == CLEAN for _, _, plain, _ in PAIRS) >= 32
    assert [pair[:2] for pair in PAIRS if pair[3] in (None, DECISION)] == [
        ("edit impact", "edit impact otherwise"),
        ("delete", "edit change"),
    ]


def test_a_stacked_branch_takes_main_after_its_parent_was_squashed(work: Work) -> None:
    work.git("switch", "-q", "-c", "parent")
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-q", "-c", "child")
    complete(work.session(), flag_ids=[flag_id], agent=WEB)
    work.commit("complete")
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--squash", "parent")
    work.commit("parent, squashed")
    work.git("switch", "-q", "child")
    work.git("merge", "-q", "--no-edit", "main")
    assert work.flaggit("show", flag_id, "--json").data["status"] == "completed"


def test_a_flag_of_another_branch_is_completed_and_both_branches_merge(work: Work) -> None:
    work.git("switch", "-q", "-c", "raised")
    flag_id = work.raise_flag()
    work.commit("raise")
    work.git("switch", "-q", "-c", "done", "main")
    complete(work.session(), flag_ids=[flag_id], agent=WEB)
    work.commit("complete")
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--no-edit", "done")
    work.git("merge", "-q", "--no-edit", "raised")
    assert work.flaggit("show", flag_id, "--json").data["status"] == "completed"


@pytest.mark.parametrize("setting", ["conflict", "true"])
def test_a_folder_that_loses_its_only_flag_takes_no_other_flag_along(work: Work, tmp_path: Path, setting: str) -> None:
    old = work.raise_flag()
    work.commit("raise")
    work.git("config", "merge.directoryRenames", setting)
    work.git("switch", "-q", "-c", "removes")
    session = work.session()
    session.store.remove(f".flags/frontend.web/{old}.yaml")
    work.raise_flag(target="@backend.new")
    work.commit("remove one, raise a similar one elsewhere", ".flags")
    work.git("switch", "-q", "-c", "raises", "main")
    new = work.raise_flag()
    work.commit("raise another")
    work.git("merge", "-q", "--no-edit", "removes")
    assert (work.path / f".flags/frontend.web/{new}.yaml").exists()


MODES = {
    "merge": lambda work: work.run("git", "merge", "-q", "--no-edit", "FETCH_HEAD"),
    "rebase": lambda work: work.run("git", "rebase", "-q", "FETCH_HEAD"),
    "rebase --apply": lambda work: work.run("git", "rebase", "-q", "--apply", "FETCH_HEAD"),
    "cherry-pick": lambda work: work.run("git", "cherry-pick", "FETCH_HEAD"),
    "revert of a revert": lambda work: work.run("git", "-c", "core.editor=true", "cherry-pick", "-x", "FETCH_HEAD"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pair", [("add a file", "add another file"), ("complete", "complete with a note")])
def test_the_driver_serves_every_way_of_merging(sides: Sides, mode: str, pair: tuple[str, str]) -> None:
    act(pair[0], sides.ours, sides, late=False)
    act(pair[1], sides.theirs, sides, late=True)
    sides.ours.git("config", "merge.flaggit.driver", DRIVER)
    sides.ours.git("fetch", "-q", str(sides.theirs.path), "HEAD")
    answer = MODES[mode](sides.ours)
    assert answer.status == 0, answer
    assert not list(_broken(sides.ours))
    if pair[0] == "complete":
        assert f"Also completed by {WEB}" in sides.ours.read(f".flags/done/{sides.x}.yaml")
    else:
        assert parse_document((sides.ours.path / sides.path(sides.x)).read_bytes()).document["related_files"] == [
            "src/a.ts",
            "src/b.ts",
            "src/c.ts",
            "src/d.ts",
        ]


def test_the_driver_serves_stash_pop(sides: Sides) -> None:
    work = sides.ours
    work.git("config", "merge.flaggit.driver", DRIVER)
    ACTIONS["add a file"](work, work.session(), sides)
    work.git("stash", "-q")
    act("add another file", work, sides, late=False)
    work.git("stash", "pop", "-q")
    assert parse_document((work.path / sides.path(sides.x)).read_bytes()).document["related_files"][2:] == [
        "src/c.ts",
        "src/d.ts",
    ]


def test_the_driver_serves_am_with_three_sides(sides: Sides) -> None:
    work = sides.ours
    work.git("config", "merge.flaggit.driver", DRIVER)
    act("add a file", work, sides, late=False)
    patch = work.git("format-patch", "-1", "--stdout")
    work.git("reset", "-q", "--hard", "HEAD^")
    act("add another file", work, sides, late=False)
    work.git("am", "-q", "-3", input=patch + "\n")
    assert parse_document((work.path / sides.path(sides.x)).read_bytes()).document["related_files"][2:] == [
        "src/c.ts",
        "src/d.ts",
    ]


@pytest.mark.parametrize(
    "program", ["no-such-program", "sh -c 'kill -9 $$'", "sh -c 'exit 70'", "sh -c 'exit 1'", "sh -c 'exit 2'"]
)
def test_whatever_becomes_of_flaggit_both_sides_are_in_the_file(sides: Sides, program: str) -> None:
    act("edit impact", sides.ours, sides, late=False)
    act("edit impact otherwise", sides.theirs, sides, late=True)
    driver = DRIVERS["merge.flaggit.driver"].replace("flaggit merge-driver", program, 1)
    status, _ = merge(sides.ours, sides.theirs, "-c", f"merge.flaggit.driver={driver}")
    assert status == 1
    text = sides.ours.read(sides.path(sides.x))
    assert "<<<<<<<" in text
    assert 'impact_level: "high"' in text
    assert 'impact_level: "low"' in text


def test_without_flaggit_a_merge_by_lines_that_is_clean_stays_clean(sides: Sides) -> None:
    act("edit impact", sides.ours, sides, late=False)
    act("edit change", sides.theirs, sides, late=True)
    driver = DRIVERS["merge.flaggit.driver"].replace("flaggit merge-driver", "no-such-program", 1)
    status, _ = merge(sides.ours, sides.theirs, "-c", f"merge.flaggit.driver={driver}")
    assert status == 0


def test_resolve_settles_what_a_plain_merge_left(sides: Sides) -> None:
    act("complete", sides.ours, sides, late=False)
    act("complete with a note", sides.theirs, sides, late=True)
    merge(sides.ours, sides.theirs)
    assert unmerged(sides.ours)
    answer = sides.ours.flaggit("resolve")
    assert "settled" in answer.out
    assert "completed twice" in answer.err
    assert not unmerged(sides.ours)
    sides.ours.git("commit", "-q", "--no-edit")
    assert sides.ours.flaggit("resolve").err.startswith("No file of the store is unmerged.")


def test_resolve_leaves_decisions_with_both_sides_and_nothing_else(sides: Sides) -> None:
    act("edit impact", sides.ours, sides, late=False)
    act("edit impact otherwise", sides.theirs, sides, late=True)
    merge(sides.ours, sides.theirs)
    answer = sides.ours.flaggit("resolve", "--json", status=4)
    assert [(item["outcome"], item["decisions"]) for item in answer.data] == [("decision", ["impact_level"])]
    path = sides.path(sides.x)
    assert '<<<<<<< ours\nimpact_level: "high"\n=======\nimpact_level: "low"\n>>>>>>> theirs\n' in sides.ours.read(path)
    assert unmerged(sides.ours) == [path]
    chosen = sides.theirs.read(path)
    sides.ours.write(path, chosen.replace('"low"', '"medium"'))
    answer = sides.ours.flaggit("resolve", status=4)
    assert "left as it is" in answer.out
    assert sides.ours.read(path) == chosen.replace('"low"', '"medium"')


def test_resolve_leaves_a_deleted_file_to_a_person(sides: Sides) -> None:
    act("delete", sides.ours, sides, late=False)
    act("edit change", sides.theirs, sides, late=True)
    merge(sides.ours, sides.theirs)
    before = sides.ours.git("ls-files", "-u")
    answer = sides.ours.flaggit("resolve", status=4)
    assert "deleted on this side" in answer.err
    assert sides.ours.git("ls-files", "-u") == before


def test_the_driver_set_up_by_init_is_the_one_tested(work: Work, program: Path) -> None:
    work.flaggit("init", "--yes")
    assert work.git("config", "merge.flaggit.driver") == DRIVERS["merge.flaggit.driver"]
    done = subprocess.run(["sh", "-n", "-c", DRIVERS["merge.flaggit.driver"]], check=False)
    assert done.returncode == 0
