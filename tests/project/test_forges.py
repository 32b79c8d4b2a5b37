"""The action and the templates: held against official schemas, and their scripts run as a runner would run them."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from repositories import PROJECT, Work

ACTION = PROJECT / "action.yml"
ACTIONS = [ACTION, PROJECT / "comment" / "action.yml"]
OURS = {"OWNER/flaggit@COMMIT", "OWNER/flaggit/comment@COMMIT"}
WORKFLOWS = sorted((PROJECT / "templates" / "github").glob("*.yml"))
GITLAB = sorted((PROJECT / "templates" / "gitlab").glob("*.yml"))
SCHEMAS = [("vendor.github-actions", ACTIONS), ("vendor.github-workflows", WORKFLOWS), ("vendor.gitlab-ci", GITLAB)]


def load(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


def jobs_of(path: Path) -> dict:
    return load(path)["jobs"]


@pytest.mark.parametrize(("schema", "files"), SCHEMAS, ids=[name for name, _ in SCHEMAS])
def test_official_schemas(schema: str, files: list[Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_auditor_of_workflows_finds_nothing(tmp_path: Path) -> None:
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")
    if not program:
        pytest.skip("zizmor is not installed")
    for number, path in enumerate([*ACTIONS, *WORKFLOWS]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / path.name).write_text(path.read_text().replace("@COMMIT", f"@{'1' * 40}"))
    done = subprocess.run(
        [program, "--offline", "--no-progress", "--collect=all", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_no_more_rights_than_they_need(path: Path) -> None:
    document = load(path)
    assert document["permissions"] == {}
    events = document[True]  # YAML 1.1 reads the key `on` so
    assert set(events) <= {"pull_request", "workflow_run"}
    for job in document["jobs"].values():
        writes = {name for name, right in job["permissions"].items() if right == "write"}
        if events == {"pull_request": None} and "if" not in job:
            assert writes <= {"pull-requests"}  # runs for forks too, whose runs get no right to write at all
        if "workflow_run" in events:
            assert not any("checkout" in step.get("uses", "") for step in job["steps"])


@pytest.mark.parametrize("path", [*ACTIONS, *WORKFLOWS], ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_expression_stands_inside_a_script(path: Path) -> None:
    document = load(path)
    jobs = document.get("jobs", {"": document.get("runs", {})})
    for job in jobs.values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "") + step.get("with", {}).get("script", "")
            uses = step.get("uses", "")
            assert not uses or uses in OURS or len(uses.partition("@")[2].split(" ")[0]) == 40


def test_a_release_puts_its_address_into_every_template() -> None:
    pin = runpy.run_path(str(PROJECT / ".ci" / "pin.py"))["pin"]
    first, second = ("shop/flaggit", "1" * 40, "v1.0.0"), ("shop/flaggit", "2" * 40, "v1.0.1")
    for path in [*WORKFLOWS, PROJECT / "docs" / "review.md"]:
        text = path.read_text()
        pinned = pin(text, *first)
        assert "OWNER/flaggit" not in pinned and ("OWNER/flaggit" not in text or "uses: shop/flaggit" in pinned)
        assert pin(pinned, *second) == pin(text, *second)
        foreign = [line for line in text.splitlines() if "uses:" in line and "OWNER" not in line]
        assert foreign == [line for line in pinned.splitlines() if "uses:" in line and "shop/" not in line]


class Runner:
    """As much of a runner as the action's script sees."""

    def __init__(self, work: Work, folder: Path) -> None:
        self.work = work
        self.temp = folder / "runner"
        bin_folder = self.temp / "flaggit-venv" / "bin"
        bin_folder.mkdir(parents=True)
        (bin_folder / "python").symlink_to(sys.executable)
        wrapper = bin_folder / "flaggit"
        wrapper.write_text(f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -P -m flaggit "$@"\n')
        wrapper.chmod(0o755)
        self.output, self.summary = self.temp / "output", self.temp / "summary"
        self.output.touch()

    def run(self, base: str, head: str, **inputs: str):
        """Run the review step; inputs default as the action declares them."""
        action = load(ACTION)
        defaults = {name.replace("-", "_").upper(): value["default"] for name, value in action["inputs"].items()}
        environment = {
            **defaults,
            **inputs,
            "BASE": base,
            "HEAD_COMMIT": head,
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        script = action["runs"]["steps"][1]["run"]
        return self.work.run("bash", "-c", script, env=environment)

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def feature(work: Work) -> Work:
    work.git("switch", "-q", "-c", "feature")
    work.raise_flag(related_files=("src/client.ts",))
    work.commit("Raise")
    return work


def test_the_action_reviews_annotates_and_counts(feature: Work, tmp_path: Path) -> None:
    runner = Runner(feature, tmp_path)
    done = runner.run("main", "feature", MARKDOWN_FILE=str(tmp_path / "r.md"), SARIF_FILE=str(tmp_path / "r.sarif"))
    assert done.status == 0, done
    assert "::notice title=flaggit review::Can be merged." in done.out
    assert runner.outputs == {"failed": "false", "raised": "1", "completed": "0", "unflagged": "0"}
    assert runner.summary.read_text().startswith("<!-- flaggit -->")
    assert (tmp_path / "r.md").read_text() == runner.summary.read_text()
    assert json.loads((tmp_path / "r.sarif").read_text())["version"] == "2.1.0"


def test_the_action_fails_where_the_review_does_unless_told_not_to(feature: Work, tmp_path: Path) -> None:
    feature.write(".flags/frontend.web/k7m2q0x.yaml", "broken: [\n")
    feature.commit("Broken", ".")
    runner = Runner(feature, tmp_path)
    assert runner.run("main", "feature").status == 1
    assert runner.outputs["failed"] == "true"
    assert runner.run("main", "feature", FAIL="false").status == 0


def test_the_action_takes_a_new_branch_as_forges_tell_it(feature: Work, tmp_path: Path) -> None:
    runner = Runner(feature, tmp_path)
    assert runner.run("0" * 40, feature.git("rev-parse", "feature")).status == 0
    assert runner.outputs["raised"] == "1"


def test_the_action_knows_locks_that_the_checkout_fetched(feature: Work, tmp_path: Path) -> None:
    (flag_id,) = (row["id"] for row in feature.flaggit("list", "--json").data)
    feature.git("clone", "-q", "--bare", ".", str(tmp_path / "up.git"))
    feature.git("remote", "add", "origin", str(tmp_path / "up.git"))
    feature.flaggit("lock", flag_id, agent="@frontend.web")
    feature.git("clone", "-q", str(tmp_path / "up.git"), str(tmp_path / "checkout"))
    checkout = Work(tmp_path / "checkout")
    checkout.git("update-ref", "refs/flaggit/remote/origin/lock/a000001", "HEAD")  # left by an earlier run
    runner = Runner(checkout, tmp_path)
    assert runner.run("origin/main", "origin/feature").status == 0
    assert "held by `@frontend.web`" in runner.summary.read_text()
    assert "a000001" not in checkout.git("for-each-ref")


def test_the_action_says_what_is_missing(feature: Work, tmp_path: Path) -> None:
    done = Runner(feature, tmp_path).run("1" * 40, "feature")
    assert done.status == 3
    assert "fetch-depth: 0" in done.out


def test_names_of_branches_start_no_command_and_no_option(feature: Work, tmp_path: Path) -> None:
    feature.git("update-ref", "refs/heads/$(touch${IFS}owned);x", "HEAD")
    runner = Runner(feature, tmp_path)
    for head in ("$(touch${IFS}owned);x", "--help", "::set-output name=a::b\n::error::owned"):
        out = runner.run("main", head).out
        outside = out.partition("::stop-commands::")[0] + out.rpartition("::\n")[2]
        assert "owned" not in "\n".join(line for line in outside.splitlines() if line.startswith("::"))
    assert not (feature.path / "owned").exists()


def test_nothing_of_the_checkout_is_run(feature: Work, tmp_path: Path) -> None:
    """Modules in the checkout's root that Python or flaggit would import, were the current folder on the path."""
    for name in ("json", "secrets", "flaggit", "yaml", "sitecustomize", "usercustomize", "typing", "re"):
        feature.write(f"{name}.py", f"open({str(tmp_path / 'owned')!r}, 'w')\n")
    feature.commit("Traps", ".")
    assert Runner(feature, tmp_path).run("main", "feature").status == 0
    assert not (tmp_path / "owned").exists()


HOSTILE = "::error::owned ##[error]x </details><script>x</script> @octocat [x](https://evil.example) "


def test_a_pull_request_from_a_fork_is_judged_with_read_rights_only(work: Work, tmp_path: Path) -> None:
    """The fork's commits come as objects alone; whoever reviews may write nowhere in the repository."""
    fork = tmp_path / "fork"
    work.git("clone", "-q", ".", str(fork))
    theirs = Work(fork)
    flag_id = theirs.raise_flag("@frontend.web", "@backend.api", action_required=HOSTILE + "do this " * 20)
    theirs.write(".flags/config.yaml", "unflagged:\n  review: off\n")
    theirs.write("api/x.py", "1\n")
    theirs.commit("From a fork", ".")
    work.git("fetch", "-q", str(fork), "+HEAD:refs/pull/1/head")

    def files() -> list[tuple[str, int]]:
        found = (path for path in work.path.rglob("*") if path.is_file() and "flaggit" not in path.parts)
        return sorted((str(path), path.stat().st_mtime_ns) for path in found)

    before = files()
    command = [sys.executable, "-m", "flaggit", "review", "main..refs/pull/1/head", "--json"]
    env = {}
    if os.geteuid() == 0 and shutil.which("setpriv"):
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if work.run(*drop, sys.executable, "-c", "import flaggit").status != 0:
            pytest.skip("the checkout lies where its owner alone may read")
        command = [*drop, *command]
        env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        for folder in (tmp_path, *tmp_path.parents, work.path):
            if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o055)
    done = work.run(*command, env={**env, "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": os.devnull})
    assert done.status == 1, done  # Ann's commit, which the catalog knows as another agent's
    data = done.data
    assert [(claim["flag_id"], claim["verdict"]) for claim in data["claims"]] == [(flag_id, "mismatch")]
    assert data["unflagged"] == []  # the fork's author owns what it changed
    assert files() == before


HARNESS = """
const calls = [];
const core = { notice: (text) => calls.push(['notice', text]) };
const context = JSON.parse(process.env.CONTEXT);
const pulls = JSON.parse(process.env.PULLS);
const comments = JSON.parse(process.env.COMMENTS);
const take = (kind) => async (what) => {
  if (process.env.REFUSED) throw new Error('Resource not accessible by integration');
  calls.push([kind, what]);
};
const github = {
  rest: {
    pulls: {
      listReviews: 'listReviews',
      list: async (query) => ({ data: pulls.filter((item) => item.label === query.head) }),
      requestReviewers: take('request'),
    },
    issues: { listComments: 'listComments', createComment: take('create'), updateComment: take('update') },
  },
  paginate: async (route) => (route === 'listReviews' ? [{ user: { login: 'Bob' } }, { user: null }] : comments),
};
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
new AsyncFunction('require', 'core', 'context', 'github', process.env.TEXT)(require, core, context, github)
  .then(() => console.log(JSON.stringify(calls)));
"""


def run_script(work: Work, action: Path, payload: dict, comments: list | None = None, **env: str) -> list:
    """Run the script of an action's last step in node, with a GitHub that only takes notes."""
    node = shutil.which("node")
    if not node:
        pytest.skip("node is not installed")
    environment = {
        "TEXT": load(action)["runs"]["steps"][-1]["with"]["script"],
        "SCRIPT": str(PROJECT / "comment" / "comment.cjs"),
        "REVIEW": str(work.path / "review.md"),
        "CONTEXT": json.dumps({"repo": {"owner": "o", "repo": "r"}, "payload": payload}),
        "PULLS": json.dumps([{"label": "mallory:x", "number": 7, "head": {"sha": "a" * 40}}]),
        "COMMENTS": json.dumps(comments or []),
    }
    done = work.run(node, "-e", HARNESS, env={**environment, **env})
    assert done.status == 0, done
    return done.json


def comment(work: Work, review: str | None, comments: list | None = None, sha: str = "a" * 40) -> list:
    """Run what the second workflow runs."""
    if review is not None:
        (work.path / "review.md").write_text(review)
    run = {"head_repository": {"owner": {"login": "mallory"}}, "head_branch": "x", "head_sha": sha}
    return run_script(work, ACTIONS[1], {"workflow_run": run}, comments)


def comment_on_own(work: Work, runner: Runner, comments: list | None = None, **env: str) -> list:
    """Run what the action's own job runs after the review, for a pull request by ``web-bot``."""
    pull = {"number": 7, "user": {"login": "Web-Bot"}, "requested_reviewers": [{"login": "octo"}]}
    files = {"REVIEW": str(runner.temp / "flaggit-review.md"), "DATA": str(runner.temp / "flaggit-review.json")}
    return run_script(work, ACTION, {"pull_request": pull}, comments, **files, **env)


def test_the_action_keeps_the_comment_on_own_branches_and_asks_for_reviews(work: Work, tmp_path: Path) -> None:
    logins = ('identities: [{email: "web@example.org"}]', 'identities: [{login: "web-bot"}, {login: "org/web"}]')
    work.write(".flags/catalog.yaml", work.read(".flags/catalog.yaml").replace(*logins).replace(
        'identities: [{email: "ann@example.org"}]', 'identities: [{login: "octo"}, {login: "ann"}, {login: "bob"}]'
    ))  # fmt: skip
    work.commit("Logins", ".")
    work.git("switch", "-q", "-c", "feature")
    work.raise_flag("@backend.queue", "@frontend.web")
    work.raise_flag("@backend.queue", "@backend.api")
    work.commit("Raise")
    runner = Runner(work, tmp_path)
    assert runner.run("main", "feature").status == 0
    ((kind, made),) = comment_on_own(work, runner)
    assert (kind, made["issue_number"]) == ("create", 7) and "POST /orders" in made["body"]
    mine = {"id": 3, "user": {"type": "Bot"}, "body": made["body"]}
    asked = comment_on_own(work, runner, [mine], ASK="true")
    assert [kind for kind, _ in asked] == ["request"] * 2  # but the author, and who was asked or has answered already
    assert {(*what.get("reviewers", ()), *what.get("team_reviewers", ())) for _, what in asked} == {("ann",), ("web",)}
    refused = comment_on_own(work, runner, ASK="true", REFUSED="1")
    assert [kind for kind, _ in refused] == ["notice"] * 3 and "pull-requests: write" in refused[0][1]


def test_the_action_comments_on_own_branches_alone() -> None:
    step = load(ACTION)["runs"]["steps"][-1]
    assert "head.repo.full_name == github.repository" in step["if"] and "'pull_request'" in step["if"]
    second = next(path for path in WORKFLOWS if path.name == "flags-comment.yml")
    assert "head_repository.full_name != github.repository" in jobs_of(second)["comment"]["if"]


def test_the_comment_is_made_once_and_then_kept_up_to_date(feature: Work) -> None:
    review = feature.flaggit("review", "main..feature", "--format", "markdown").out
    ((kind, made),) = comment(feature, review)
    assert (kind, made["issue_number"]) == ("create", 7)
    assert made["body"].startswith("<!-- flaggit -->\n### ✅ Flags: Can be merged.")
    mine = {"id": 3, "user": {"type": "Bot"}, "body": made["body"]}
    assert comment(feature, review, [mine]) == []
    imposter = {"id": 2, "user": {"type": "User"}, "body": "<!-- flaggit --> mine"}
    gone = {"id": 1, "user": None}
    ((kind, made),) = comment(feature, review, [gone, imposter, {**mine, "body": "<!-- flaggit -->\nold"}])
    assert (kind, made["comment_id"]) == ("update", 3)


def test_the_comment_takes_the_artifact_for_untrusted(feature: Work) -> None:
    import re

    hostile = (
        "no marker @octocat @org/team fixes #12 GH-3 <script>alert(1)</script> <img src=x> <details open ontoggle=x>"
        " [a](https://evil.example) ![b](http://evil.example/p.png) [c]: https://evil.example www.evil.example"
        " <https://evil.example> <!-- flaggit --> <details><summary>ok</summary></details> <scr<script>ipt>"
    )
    ((_, made),) = comment(feature, hostile)
    body = made["body"].removeprefix("<!-- flaggit -->\n")
    assert set(re.findall(r"<[\w/!?][^>]*>?", body)) == {"<details>", "</details>", "<summary>", "</summary>"}
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.|\]\(|\]:", body)
    ((_, made),) = comment(feature, "x" * 100_000)
    assert len(made["body"]) < 65_536 and made["body"].endswith("Cut: the summary of the job has more.\n")
    ((_, made),) = comment(feature, "by `Ann <ann@example.org>`")
    assert made["body"].replace("\u200b", "") == "<!-- flaggit -->\nby `Ann <ann@example.org>`\n"
    assert comment(feature, "x" * 200_000)[0][0] == "notice"


def test_the_comment_goes_to_the_pull_request_that_the_run_was_for(feature: Work) -> None:
    assert [kind for kind, _ in comment(feature, "text", sha="b" * 40)] == ["notice"]
    (feature.path / "review.md").unlink()
    (feature.path / "review.md").symlink_to("/etc/hostname")
    assert [kind for kind, _ in comment(feature, None)] == ["notice"]


def test_the_gitlab_job_reviews_and_keeps_its_status(feature: Work, tmp_path: Path) -> None:
    job = load(GITLAB[0])["flags"]
    feature.write(".flags/frontend.web/k7m2q0x.yaml", "broken: [\n")
    feature.commit("Broken", ".")
    runner = Runner(feature, tmp_path)
    script = "\n".join(job["script"]).replace("/tmp/flaggit/bin", str(runner.temp / "flaggit-venv" / "bin"))
    done = feature.run(
        "bash",
        "-e",
        "-c",
        script,
        env={"CI_MERGE_REQUEST_DIFF_BASE_SHA": feature.git("rev-parse", "main"), "CI_COMMIT_SHA": "feature"},
    )
    assert done.status == 1, done
    assert json.loads(feature.read("gl-code-quality-report.json"))[0]["severity"] == "blocker"
    assert feature.read("flags.md").startswith("<!-- flaggit -->")
