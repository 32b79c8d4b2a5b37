"""``flaggit prime``: short, factual, silent where there is nothing; and whose words it quotes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from repositories import MAIN_AGENT, Work

from flaggit.clone.identity import Actor
from flaggit.clone.sources import HERE
from flaggit.commands.setup.briefing import Briefing
from flaggit.commands.setup.briefing_text import LIMIT, briefing_text
from flaggit.core.model import IMPACT_LEVELS, Flag, Lock, Row

AGENT = "@frontend.web"
SECRET = "Words of somebody else that only trusted branches may bring before an agent."


def prime(work: Work, **options: object) -> dict:
    return work.flaggit("prime", "--json", agent=AGENT, **options).data


def quoted(work: Work) -> list[str]:
    return [flag["id"] for flag in prime(work)["flags"]]


def clone(work: Work, name: str = "clone") -> Work:
    """Clone the repository beside itself, so that there is a remote to mistrust."""
    work.git("clone", "-q", ".", str(work.path.parent / name))
    return Work(work.path.parent / name)


# -- silence ------------------------------------------------------------------------------------


def test_outside_a_repository_it_says_nothing(tmp_path: Path):
    work = Work(tmp_path)
    answer = work.flaggit("prime", agent=AGENT)
    assert (answer.out, answer.err) == ("", "")
    assert work.flaggit("prime", "--json").json == {"schema": "flaggit.prime/2", "data": None, "warnings": []}


def test_without_a_store_it_says_nothing(tmp_path: Path):
    work = Work(tmp_path)
    work.git("init", "-q")
    answer = work.flaggit("prime", agent=AGENT)
    assert (answer.out, answer.err) == ("", "")


def test_other_commands_are_not_silent(tmp_path: Path):
    assert Work(tmp_path).flaggit("inbox", status=5).err


# -- what it says -------------------------------------------------------------------------------


def test_it_names_the_agent_and_what_waits(work: Work):
    flag_id = work.raise_flag(impact_level="high", related_files=("src/client.ts",))
    out = work.flaggit("prime", agent=AGENT).out
    assert "You are @frontend.web." in out
    assert "Flags for you: 1 high." in out
    assert f"{flag_id} high change from @backend.api, " in out
    assert "  files: src/client.ts\n" in out


def test_another_agent_can_be_named(work: Work):
    flag_id = work.raise_flag(target="@backend.queue")
    assert flag_id in work.flaggit("prime", "@backend.queue").out
    assert "No flag waits for you." in work.flaggit("prime", "@docs.writer").out


def test_without_an_identity_it_says_how_to_set_one_and_quotes_nothing(work: Work):
    work.raise_flag(change_description=SECRET)
    out = work.flaggit("prime").out
    assert "flaggit iam @domain.module" in out and "Pending in this clone: 1." in out
    assert SECRET not in out


def test_what_is_held_is_told(work: Work):
    flag_id = work.raise_flag()
    work.flaggit("lock", flag_id, agent=AGENT)
    out = work.flaggit("prime", agent=AGENT).out
    assert f"You hold {flag_id} since " in out and f"`flaggit show {flag_id}`" in out
    assert [lock["id"] for lock in prime(work)["held"]] == [flag_id]
    assert out.count(flag_id) == 2  # it is not listed once more among what is new


def test_a_lock_that_ended_while_its_holder_was_away_is_told_until_it_acts(work: Work):
    stolen, freed, expired = (work.raise_flag() for _ in range(3))
    work.commit("raise", ".flags")
    work.write(".flags/config.yaml", "schema: 1\nlock:\n  max: 5\n")
    for flag_id in (stolen, freed):
        work.flaggit("lock", flag_id, agent=AGENT)
    work.flaggit("lock", expired, "--ttl", "1s", agent=AGENT)
    other = work.worktree("other")
    other.flaggit("lock", stolen, "--steal", "--reason", SECRET, agent="@backend.queue")
    other.flaggit("unlock", freed, "--force", "--reason", SECRET, agent="@backend.queue")
    time.sleep(1.1)
    refs = work.git("for-each-ref")
    for _ in range(2):
        out = work.flaggit("prime", agent=AGENT).out
        assert f"You lost the lock of {stolen} to @backend.queue: `flaggit show {stolen}`" in out and SECRET not in out
        assert f"You lost the lock of {freed} to nobody: `flaggit show {freed}`" in out
        assert f"Your lock of {expired} ran out and nobody took it: `flaggit next --resume`" in out
        ended = {item["id"]: (item["holder"], item["expired"]) for item in prime(work)["ended"]}
        assert ended == {stolen: ("@backend.queue", False), freed: (None, False), expired: (None, True)}
    assert work.git("for-each-ref") == refs
    resumed = work.flaggit("next", "--resume", agent=AGENT)
    assert resumed.out.startswith(expired)  # and neither of the others, whose loss it reports
    assert f"The lock of {stolen} was yours and @backend.queue" in resumed.err and f"of {freed} that you" in resumed.err
    assert prime(work)["ended"] == []


def test_whom_it_briefs_stands_in_every_command_that_acts(work: Work):
    work.raise_flag(target="@backend.queue")
    out = work.flaggit("prime", "@backend.queue", agent=AGENT).out
    commands = out.split("\n\n")[1].splitlines()
    silent = ("flaggit show ", "flaggit agents search ")
    assert all("@backend.queue" in line for line in commands if not line.startswith(silent)), commands
    assert AGENT not in out


def test_answers_to_its_questions_are_quoted_to_whoever_asked(work: Work):
    flag_id = work.raise_flag()
    question = work.flaggit("ask", flag_id, "Which field?", "--json", agent=AGENT).data["id"]
    assert f", waits on the answer to {question}" in work.flaggit("prime", agent=AGENT).out
    work.flaggit("answer", question, "INTEGERCENTS", agent="@backend.api")
    _, inside, _ = work.flaggit("prime", agent=AGENT).out.split("\n--- ")
    assert f"{question}  about {flag_id}, answered by @backend.api" in inside and "INTEGERCENTS" in inside


def test_an_answer_on_a_branch_that_nobody_accepted_is_told_and_not_quoted(work: Work, tmp_path: Path):
    flag_id = work.raise_flag()
    question = work.flaggit("ask", flag_id, "Which field?", "--json", agent=AGENT).data["id"]
    work.commit("raise", ".flags")
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    work.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    work.git("clone", "-q", str(tmp_path / "hub.git"), str(tmp_path / "stranger"))
    stranger = Work(tmp_path / "stranger")
    stranger.git("switch", "-q", "-c", "answer")
    stranger.flaggit("answer", question, SECRET, "--offline", agent="@backend.api")
    stranger.commit("answer")
    stranger.git("push", "-q", "origin", "answer")
    work.git("fetch", "-q", "origin")
    out = work.flaggit("prime", agent=AGENT).out
    assert SECRET not in out
    assert f"{question}, your question, was answered on a branch that is not trusted here" in out
    told = work.flaggit("next", "--explain", agent=AGENT, status=1).out
    assert f"{flag_id} waits on {question}, answered on a branch that is not trusted" in told


def test_it_is_short_however_much_waits():
    ids = tuple(f"id{number:05d}" for number in range(1000))
    counts = tuple((level, 99999) for level in IMPACT_LEVELS)
    actor = Actor("@" + "d" * 30 + "." + "m" * 32, "worktree", "token")
    lock = Lock(ids[0], actor.handle, "token", "tenure", "2026-11-23T14:00:00Z", "2026-11-23T16:00:00Z")
    flag = Flag(ids[0], "change", "high", "@a.b", "@a.c", "x", "y", "2026-11-23T14:00:00Z")
    held = tuple(Row(flag, "x", HERE, lock=lock) for _ in ids)
    ended = tuple((flag_id, actor.handle, False) for flag_id in ids)
    view = Briefing(actor, (), counts, ids, held, (), frozenset(ids), 399_996, (9999, 9999), 0, ended, 600)
    assert len(briefing_text(view)) <= LIMIT
    nobody = Briefing(None, (), (), (), (), (), frozenset(), 10**6, (9999, 9999), 0)
    assert len(briefing_text(nobody)) <= 1600


def test_it_shows_ten_flags_and_cuts_their_words(work: Work):
    for number in range(13):
        work.raise_flag(change_description=SECRET * 9, created_at=f"2026-11-23T14:00:{number:02d}Z")
    out = work.flaggit("prime", agent=AGENT).out
    assert out.count("\n  changed: ") == 10
    assert "\n3 more: flaggit inbox @frontend.web\n" in out
    assert max(map(len, out.splitlines())) < 300
    assert len(out) < 10_000


def test_it_states_facts_and_gives_no_orders(work: Work):
    work.raise_flag()
    words = work.flaggit("prime", agent=AGENT).out.lower()
    for order in ("you must", "always", "never", "important", "instruction", "system", "immediately"):
        assert order not in words


def test_words_of_flags_stand_between_marks_that_nobody_can_guess(work: Work):
    work.raise_flag(change_description=SECRET)
    first, second = (work.flaggit("prime", agent=AGENT).out for _ in range(2))
    marks = [line for line in first.splitlines() if line.startswith("--- ")]
    assert len(marks) == 2 and marks[0] == marks[1]
    assert marks[0] not in second
    before, inside, after = first.split(marks[0])
    assert SECRET in inside and SECRET not in before + after


def test_hidden_characters_are_shown(work: Work):
    work.raise_flag(change_description="A change\u202e that reads otherwise than it is written, and \u200bhides.")
    out = work.flaggit("prime", agent=AGENT).out
    assert "\u202e" not in out and "\\u202e" in out


def test_it_writes_nothing(work: Work):
    work.raise_flag()
    before = work.git("status", "--porcelain"), work.git("for-each-ref")
    work.flaggit("prime", agent=AGENT)
    assert (work.git("status", "--porcelain"), work.git("for-each-ref")) == before


@pytest.mark.startup
def test_it_imports_nothing_heavy(work: Work):
    work.raise_flag()
    work.commit("raise", ".flags")
    here = clone(work)
    here.git("switch", "-q", "-c", "topic")
    here.raise_flag(created_at="2026-11-23T15:00:00Z")
    here.flaggit("prime", agent=AGENT)  # fills the caches
    code = "import sys; from flaggit.cli.entry import run; run(['prime', '@frontend.web']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=here.path, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"typer", "yaml", "jsonschema", "git", "dataclasses", "typing", "subprocess", "rich", "json"}


# -- whose words --------------------------------------------------------------------------------


def test_without_a_remote_everything_is_ones_own(work: Work):
    first = work.raise_flag()
    work.commit("raise", ".flags")
    other = work.worktree("other")
    second = other.raise_flag()
    assert sorted(quoted(work)) == sorted([first, second])


def test_the_base_branch_is_quoted_from_any_branch(work: Work):
    flag_id = work.raise_flag()
    work.commit("raise", ".flags")
    here = clone(work)
    assert quoted(here) == [flag_id]
    here.git("switch", "-q", "-c", "topic")
    here.commit("work")
    assert quoted(here) == [flag_id]


def test_what_is_not_committed_was_written_here(work: Work):
    here = clone(work)
    here.git("switch", "-q", "-c", "topic")
    here.commit("work")
    flag_id = here.raise_flag(change_description=SECRET)
    assert quoted(here) == [flag_id]


def foreign(work: Work, **changes: object) -> tuple[Work, str]:
    """Return a clone that has checked out a branch of somebody else's, and the flag that it brings."""
    work.git("switch", "-q", "-c", "proposal")
    flag_id = work.raise_flag(change_description=SECRET, **changes)
    work.commit("propose", ".flags")
    work.git("switch", "-q", "main")
    here = clone(work)
    here.git("switch", "-q", "proposal")
    return here, flag_id


def test_a_branch_that_nobody_accepted_is_counted_and_not_quoted(work: Work):
    here, flag_id = foreign(work)
    view = prime(here)
    assert (view["flags"], view["not_quoted"], view["pending"]) == ([], [flag_id], 1)
    out = here.flaggit("prime", agent=AGENT).out
    assert SECRET not in out
    assert f"{flag_id}: on branches that are not trusted here" in out
    assert SECRET in here.flaggit("show", flag_id).out


def test_remote_branches_and_other_worktrees_are_not_quoted_either(work: Work):
    here, flag_id = foreign(work)
    here.git("switch", "-q", "main")
    assert (quoted(here), prime(here)["not_quoted"]) == ([], [flag_id])
    here.git("worktree", "add", "-q", str(here.path.parent / "review"), "proposal")
    assert (quoted(here), prime(here)["not_quoted"]) == ([], [flag_id])


def test_a_changed_text_of_an_accepted_flag_is_not_quoted(work: Work):
    flag_id = work.raise_flag()
    work.commit("raise", ".flags")
    work.git("switch", "-q", "-c", "proposal")
    path = f".flags/frontend.web/{flag_id}.yaml"
    work.write(path, work.read(path).replace("answers 202", "answers 202, and " + SECRET))
    work.commit("propose", ".flags")
    work.git("switch", "-q", "main")
    here = clone(work)
    here.git("switch", "-q", "proposal")
    assert prime(here)["not_quoted"] == [flag_id]


@pytest.mark.parametrize("line", ["trust: {branches: [proposal]}\n", "base_branch: proposal\n"])
def test_a_branch_cannot_name_itself_trusted(work: Work, line: str):
    work.git("switch", "-q", "-c", "proposal")
    work.write(".flags/config.yaml", "schema: 1\n" + line)
    work.commit("settings", ".flags")
    work.git("switch", "-q", "main")
    work.git("branch", "-q", "kept", "proposal")
    work.git("branch", "-q", "-D", "proposal")
    work.git("switch", "-q", "-c", "proposal", "kept")
    flag_id = work.raise_flag(change_description=SECRET)
    work.commit("propose", ".flags")
    work.git("switch", "-q", "main")
    here = clone(work)
    here.git("switch", "-q", "proposal")
    assert prime(here)["not_quoted"] == [flag_id]


def test_the_base_branch_may_trust_further_branches(work: Work):
    work.write(".flags/config.yaml", "schema: 1\ntrust: {branches: [proposal]}\n")
    work.commit("settings", ".flags")
    here, flag_id = foreign(work)
    assert quoted(here) == [flag_id]


def test_attributes_cannot_make_a_committed_file_look_new(work: Work):
    work.git("switch", "-q", "-c", "proposal")
    work.write(".flags/frontend.web/.gitattributes", "*.yaml ident\n")
    flag_id = work.raise_flag(change_description=SECRET + " $Id$")
    work.commit("propose", ".flags")
    work.git("switch", "-q", "main")
    here = clone(work)
    here.git("switch", "-q", "proposal")
    assert "$Id: " in here.read(f".flags/frontend.web/{flag_id}.yaml")
    assert flag_id not in quoted(here)


def test_a_merge_under_way_makes_nothing_ones_own(work: Work):
    here, flag_id = foreign(work)
    here.git("switch", "-q", "-c", "topic", "origin/main")
    here.commit("work")
    here.git("merge", "-q", "--no-commit", "--no-ff", "proposal")
    assert flag_id in prime(here)["not_quoted"]


def test_what_was_committed_in_this_clone_is_its_own(work: Work):
    here = clone(work)
    here.git("switch", "-q", "-c", "topic")
    mine = here.raise_flag(created_at="2026-11-23T14:00:01Z")
    here.commit("mine", ".flags")
    here.git("commit", "-q", "--amend", "-m", "mine, reworded")
    other = here.worktree("other")
    theirs = other.raise_flag(created_at="2026-11-23T14:00:02Z")
    other.commit("theirs", ".flags")
    assert quoted(here) == [mine, theirs]
    assert quoted(other) == [mine, theirs]


def test_amending_or_picking_a_foreign_commit_does_not_make_it_ones_own(work: Work):
    here, flag_id = foreign(work)
    here.git("commit", "-q", "--amend", "-m", "reworded")
    assert prime(here)["not_quoted"] == [flag_id]
    here.git("switch", "-q", "-c", "topic", "origin/main")
    here.commit("work")
    here.git("cherry-pick", "proposal")
    assert prime(here)["not_quoted"] == [flag_id]
    here.git("switch", "-q", "-c", "another", "origin/main")
    here.commit("more")
    here.git("merge", "-q", "--no-ff", "-m", "merge", "origin/proposal")
    assert prime(here)["not_quoted"] == [flag_id]


def test_a_foreign_edit_of_ones_own_flag_is_not_quoted(work: Work):
    here = clone(work)
    here.git("switch", "-q", "-c", "topic")
    flag_id = here.raise_flag()
    here.commit("mine", ".flags")
    path = f".flags/frontend.web/{flag_id}.yaml"
    work.git("fetch", "-q", str(here.path), "topic:topic")
    work.git("switch", "-q", "topic")
    work.write(path, work.read(path).replace("answers 202", "answers 202, and " + SECRET))
    work.commit("edit", ".flags")
    assert quoted(here) == [flag_id]
    here.git("fetch", "-q", "origin")
    here.git("merge", "-q", "--ff-only", "origin/topic")
    assert prime(here)["not_quoted"] == [flag_id]


def test_a_shallow_clone_vouches_for_nothing_beyond_its_edge(work: Work):
    _, flag_id = foreign(work)
    shallow = work.path.parent / "shallow"
    work.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{work.path}", str(shallow))
    there = Work(shallow)
    there.git("switch", "-q", "proposal")
    assert prime(there)["not_quoted"] == [flag_id]


@pytest.mark.parametrize(
    "bring",
    [
        ("merge", "-q", "--squash", "origin/proposal"),
        ("cherry-pick", "-n", "origin/proposal"),
        ("checkout", "-q", "origin/proposal", "--", ".flags"),
        ("read-tree", "-mu", "origin/proposal"),
        ("merge", "-q", "--ff-only", "origin/proposal"),
    ],
    ids=lambda words: words[0],
)
def test_what_git_puts_into_the_work_tree_was_not_written_here(work: Work, bring: tuple[str, ...]):
    here, flag_id = foreign(work)
    here.git("switch", "-q", "main")
    here.git(*bring)
    assert (quoted(here), prime(here)["not_quoted"]) == ([], [flag_id])


def test_committing_it_here_does_not_make_it_ones_own(work: Work):
    here, flag_id = foreign(work)
    here.git("switch", "-q", "main")
    here.git("merge", "-q", "--squash", "origin/proposal")
    here.git("commit", "-qm", "squashed")
    assert prime(here)["not_quoted"] == [flag_id]


def test_a_stranger_without_a_remote_is_one_all_the_same(work: Work):
    """Fetched by URL into a repository of one's own, which has no remote to know a base branch from."""
    mine = work.raise_flag(created_at="2026-11-23T14:00:01Z")
    work.commit("mine", ".flags")
    other = clone(work)
    other.git("switch", "-q", "-c", "proposal")
    flag_id = other.raise_flag(created_at="2026-11-23T14:00:02Z")
    other.commit("propose", ".flags")
    assert quoted(work) == [mine]
    work.git("fetch", "-q", str(other.path), "proposal")
    work.git("merge", "-q", "--ff-only", "FETCH_HEAD")
    assert (quoted(work), prime(work)["not_quoted"]) == ([mine], [flag_id])


def test_handing_a_strangers_flag_on_does_not_launder_it(work: Work):
    here, flag_id = foreign(work)
    here.flaggit("redirect", flag_id, "--to", "@backend.api", agent=AGENT)
    assert here.flaggit("prime", "--json", agent="@backend.api").data["flags"] == []


def test_editing_a_strangers_flag_does_not_launder_it_and_ones_own_stays_so(work: Work):
    here, flag_id = foreign(work)
    mine = here.raise_flag()
    for one in (flag_id, mine):
        here.flaggit("edit", one, "--impact", "high", agent=AGENT)
    assert (quoted(here), prime(here)["not_quoted"]) == ([mine], [flag_id])


def test_without_the_journal_trust_is_gone_and_nothing_else(work: Work):
    here = clone(work)
    mine = here.raise_flag()
    journal = here.path / ".git" / "flaggit" / "written"
    assert quoted(here) == [mine]
    journal.write_bytes(journal.read_bytes()[:20])  # as after a kill in the middle of writing
    assert prime(here)["not_quoted"] == [mine]
    journal.unlink()
    assert prime(here)["not_quoted"] == [mine]


def test_commits_that_a_known_agent_signed_are_quoted(work: Work, tmp_path: Path):
    key = tmp_path / "key"
    done = subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=False)
    if done.returncode:
        pytest.skip("needs ssh-keygen")
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(key)], capture_output=True, text=True, check=True).stdout
    print_ = shown.split()[1]
    catalog = work.read(".flags/catalog.yaml").replace(
        'identities: [{email: "ann@example.org"}]',
        f'identities: [{{email: "ann@example.org", signing_key: "{print_}"}}]',
    )
    work.write(".flags/catalog.yaml", catalog)
    work.commit("know the key", ".flags")
    work.git("switch", "-q", "-c", "proposal")
    unsigned = work.raise_flag(source=MAIN_AGENT, created_at="2026-11-23T14:00:01Z")
    work.commit("unsigned", ".flags")
    signed = work.raise_flag(source=MAIN_AGENT, created_at="2026-11-23T14:00:02Z")
    work.git("add", ".flags")
    work.git("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "commit", "-q", "-S", "-m", "signed")
    work.git("switch", "-q", "main")
    here = clone(work)
    here.git("switch", "-q", "proposal")
    view = prime(here)
    assert ([flag["id"] for flag in view["flags"]], view["not_quoted"]) == ([signed], [unsigned])
