"""Reviews of unusual ranges: signatures, merges, odd paths, other hashes, broken bases."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from repositories import PROJECT, Work


def review(work: Work, *words: str, status: int | None = 0):
    return work.flaggit("review", *words, "--json", status=status).data


@pytest.fixture
def feature(work: Work) -> Work:
    work.git("switch", "-q", "-c", "feature")
    return work


@pytest.fixture
def keys(feature: Work, tmp_path: Path) -> dict[str, tuple[Path, str]]:
    """Two ssh keys: name -> (private key's file, fingerprint)."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("ssh-keygen is not installed")
    found = {}
    for name in ("api", "mallory"):
        path = tmp_path / name
        feature.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path))
        line = feature.run("ssh-keygen", "-l", "-f", str(path)).out
        found[name] = (path, line.split()[1])
    return found


def sign(work: Work, key: Path, message: str, *more: str) -> None:
    work.git("add", "-A")
    options = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key}.pub"]
    work.git(*options, "commit", "-q", "-S", *more, "-m", message)


def trust(work: Work, fingerprint: str, email: str = "ann@example.org") -> None:
    """Give the agent of an address (@backend.api's) a key, on main."""
    work.git("switch", "-q", "main")
    known = f'{{email: "{email}", signing_key: "{fingerprint}"}}'
    catalog = work.read(".flags/catalog.yaml").replace(f'{{email: "{email}"}}', known)
    assert fingerprint in catalog
    work.write(".flags/catalog.yaml", catalog)
    work.commit("Keys", ".")
    work.git("switch", "-q", "feature")
    work.git("rebase", "-q", "main")


def test_a_signature_verifies_and_a_strangers_proves_nothing(feature: Work, keys: dict) -> None:
    trust(feature, keys["api"][1])
    feature.raise_flag()
    sign(feature, keys["api"][0], "Mine")
    data = review(feature)
    assert [claim["verdict"] for claim in data["claims"]] == ["verified"]
    other = feature.raise_flag("@backend.api", "@backend.queue")
    sign(feature, keys["mallory"][0], "Not mine, though the author's name says so")
    data = review(feature)
    assert {claim["flag_id"]: claim["doubt"] for claim in data["claims"]}[other] == "unknown_key"
    trust(feature, keys["mallory"][1], "web@example.org")  # now it is another agent's
    as_web = ["--amend", "--author", "Web <web@example.org>"]
    sign(feature, keys["mallory"][0], "Signed again, since rebasing took the signature", *as_web)
    data = review(feature, status=1)
    assert {claim["flag_id"]: claim["doubt"] for claim in data["claims"]}[other] == "other_agent"
    assert data["verdict"][0] == "Should not be merged: 1 claim of authorship contradicted by the commits."


def test_unsigned_claims_fail_where_signatures_are_required(feature: Work, keys: dict) -> None:
    feature.git("switch", "-q", "main")
    feature.write(".flags/config.yaml", "require_signatures: true\n")
    feature.commit("Settings", ".")
    feature.git("switch", "-q", "feature")
    feature.git("rebase", "-q", "main")
    trust(feature, keys["api"][1])
    feature.raise_flag()
    feature.commit("Unsigned", ".")
    data = review(feature, status=1)
    assert [item["code"] for item in data["findings"] if item["rule"] == "F036"] == ["unsigned_author"]


def test_merges_of_the_base_add_nothing_of_their_own(feature: Work) -> None:
    mine = feature.raise_flag()
    feature.commit("Mine")
    feature.git("switch", "-q", "main")
    theirs = feature.raise_flag("@frontend.web", "@backend.queue")
    feature.write("src/client.ts", "theirs\n")
    feature.git("-c", "user.email=web@example.org", "commit", "-q", "-am", "Theirs")
    feature.git("switch", "-q", "feature")
    feature.git("merge", "-q", "--no-edit", "main")
    data = review(feature)
    assert [item["id"] for item in data["flags"]] == [mine]
    assert (data["files"], data["unflagged"], data["commits"]) == (0, [], 2)
    assert theirs not in str(data["flags"])


def test_a_flag_that_a_merge_alone_brings_is_still_claimed(feature: Work) -> None:
    """What a merge commit adds by itself has the merge's author."""
    feature.git("switch", "-q", "-c", "side", "main")
    feature.write("side.txt", "x\n")
    feature.commit("Side", ".")
    feature.git("switch", "-q", "feature")
    feature.git("merge", "-q", "--no-ff", "--no-commit", "side")
    feature.raise_flag("@frontend.web", "@backend.api")
    feature.commit("Merge and more")
    assert [claim["verdict"] for claim in review(feature, status=1)["claims"]] == ["mismatch"]


def test_deleting_a_pending_flag_fails(feature: Work) -> None:
    feature.git("switch", "-q", "main")
    flag_id = feature.raise_flag()
    feature.commit("Raise")
    feature.git("switch", "-q", "feature")
    feature.git("rebase", "-q", "main")
    feature.git("rm", "-q", f".flags/frontend.web/{flag_id}.yaml")
    feature.commit("Gone")
    data = review(feature, status=1)
    assert [item["rule"] for item in data["findings"]] == ["F031"]
    assert [item["steps"] for item in data["flags"]] == [["deleted"]]


def test_what_a_range_takes_back_leaves_no_trace(feature: Work) -> None:
    flag_id = feature.raise_flag()
    feature.commit("Raise")
    feature.git("rm", "-q", f".flags/frontend.web/{flag_id}.yaml")
    feature.commit("Take back")
    assert review(feature, status=None)["flags"] == []


@pytest.mark.skipif(os.name == "nt", reason="needs names that are no UTF-8")
def test_paths_of_any_bytes(feature: Work) -> None:
    folder = os.fsencode(feature.path / "src")
    for name in (
        b"caf\xe9.ts",
        b"new\nline.ts",
        b"tab\t.ts",
        "\u202egnp.ts".encode(),
        b"-x.ts",
        b"'$(touch owned)'.ts",
    ):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"x")
    feature.commit("Odd names", ".")
    (item,) = review(feature)["unflagged"]
    assert len(item["paths"]) == 6
    for form in ("text", "markdown", "github", "sarif", "gitlab", "rdjson"):
        out = feature.flaggit("review", "--format", form).out
        assert "\u202e" not in out or form in ("gitlab", "rdjson")  # there as JSON text, to name the file
        assert "\x1b" not in out
    feature.run("sh", "-c", item["command"].replace("flaggit create", "true"))
    assert not (feature.path / "owned").exists()


def test_submodules_and_links_outside_the_store(feature: Work) -> None:
    (feature.path / "src" / "link.ts").symlink_to("/etc/passwd")
    oid = feature.git("rev-parse", "HEAD")
    feature.git("update-index", "--add", "--cacheinfo", f"160000,{oid},src/sub")
    feature.git("add", "src/link.ts")
    feature.git("commit", "-q", "-m", "Link and submodule")
    assert review(feature)["unflagged"][0]["paths"] == ["src/link.ts", "src/sub"]


def test_a_broken_catalog_and_broken_settings_at_the_base(feature: Work) -> None:
    feature.git("switch", "-q", "main")
    feature.write(".flags/catalog.yaml", "agents: [\n")
    feature.write(".flags/config.yaml", "gate: never\n")
    feature.commit("Broken", ".")
    feature.git("switch", "-q", "feature")
    feature.git("rebase", "-q", "main")
    feature.raise_flag()
    feature.commit("Raise")
    data = review(feature, "main..feature", status=None)
    assert len(data["flags"]) == 1
    assert "F029" in {item["rule"] for item in data["findings"]}


def test_a_base_without_a_store(tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.mkdir()
    work = Work(path)
    work.git("init", "-q", "-b", "main")
    work.commit("Nothing")
    work.git("switch", "-q", "-c", "feature")
    work.flaggit("init")
    work.raise_flag()
    work.commit("Begin with flags", ".")
    data = review(work)
    assert [item["steps"] for item in data["flags"]] == [["raised"]]
    assert ".flags/catalog.yaml" in data["vouching"]


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_any_hash(tmp_path: Path, object_format: str) -> None:
    path = tmp_path / "repo"
    path.mkdir()
    work = Work(path)
    work.git("init", "-q", "-b", "main", f"--object-format={object_format}")
    work.write("src/a.ts", "1\n")
    work.flaggit("init")
    work.commit("Begin", ".")
    work.git("switch", "-q", "-c", "feature")
    flag_id = work.raise_flag(related_files=("src/a.ts",))
    work.commit("Raise")
    work.flaggit("complete", flag_id, agent="@frontend.web")
    work.write("src/a.ts", "2\n")
    done = work.commit("Done", ".")
    (item,) = review(work)["flags"]
    assert (item["steps"], item["completed_in"], item["touched"]) == (["raised", "completed"], done, ["src/a.ts"])


def test_an_empty_repository(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.mkdir()
    work = Work(path)
    work.git("init", "-q", "-b", "main")
    assert work.flaggit("review", "--json", status=3).json["code"] == "unknown_rev"


def test_a_partial_clone(feature: Work, tmp_path: Path) -> None:
    """A read never fetches: what the clone lacks cannot be read, and is not taken for empty."""
    feature.raise_flag(related_files=("src/client.ts",))
    feature.write("src/client.ts", "2\n")
    feature.commit("Raise", ".")
    feature.git("config", "uploadpack.allowFilter", "true")
    feature.git("clone", "-q", "--filter=blob:none", "--no-checkout", feature.path.as_uri(), str(tmp_path / "partial"))
    (finding,) = Work(tmp_path / "partial").flaggit("review", "main..feature", "--json", status=1).data["findings"]
    assert (finding["rule"], finding["code"], finding["message"]) == ("F001", "unreadable", "The file cannot be read.")


def test_completing_a_flag_that_only_another_branch_has(feature: Work) -> None:
    feature.git("switch", "-q", "-c", "stack")
    flag_id = feature.raise_flag("@frontend.web", "@backend.api")
    feature.git("-c", "user.email=web@example.org", "commit", "-q", "-m", "Raised elsewhere")
    feature.git("switch", "-q", "feature")
    feature.flaggit("complete", flag_id, agent="@backend.api")
    feature.commit("Done ahead")
    (item,) = review(feature, "main..feature")["flags"]
    assert (item["id"], item["steps"], item["status"]) == (flag_id, ["completed"], "completed")


def test_a_range_of_this_projects_own_history(tmp_path: Path) -> None:
    """Real commits, with flags added at the end: what git counts and what the review counts agree."""
    source = Work(PROJECT)
    if not (PROJECT / ".git").exists() or source.git("rev-parse", "--is-shallow-repository") == "true":
        pytest.skip("the project's history is not here")
    commits = source.git("rev-list", "--first-parent", "HEAD").split()
    if len(commits) < 20:
        pytest.skip("the project's history is short")
    base = commits[min(80, len(commits) - 1)]
    source.git("clone", "-q", "--no-hardlinks", source.git("rev-parse", "--show-toplevel"), str(tmp_path / "own"))
    work = Work(tmp_path / "own")
    work.git("switch", "-q", "-c", "flagged")
    # Owners are read from the catalog of the merge base, so that one is put on a base of its own.
    work.git("switch", "-q", "-c", "base", base)
    work.write(".flags/catalog.yaml", OWNERS)
    work.commit("Owners", ".")
    work.git("switch", "-q", "flagged")
    work.git("merge", "-q", "-X", "ours", "--no-edit", "base", check=False)
    work.write(".flags/catalog.yaml", OWNERS)
    work.git("add", "-A")
    work.git("commit", "-q", "--allow-empty", "--no-edit", "-m", "Merge the owners")
    before = review(work, "base..flagged", status=None)
    names = work.git("-c", "core.quotePath=false", "diff", "--no-renames", "--name-only", "base...flagged").splitlines()
    assert before["files"] == len([name for name in names if not name.startswith(".flags/")])
    assert before["commits"] == int(work.git("rev-list", "--count", "base..flagged"))
    owners = {item["owner"]: item["paths"] for item in before["unflagged"]}
    assert set(owners) == {"@docs.pages", "@engine.core", "@quality.tests"}
    assert sorted(owners["@quality.tests"]) == [name for name in sorted(names) if name.startswith("tests/")]
    flag_id = work.raise_flag("@engine.core", "@quality.tests", related_files=("tests",))
    work.git("-c", "user.email=core@example.org", "commit", "-q", "-m", "Tell the testers")
    after = review(work, "base..flagged", status=None)
    left = {item["owner"]: set(item["paths"]) for item in after["unflagged"]}
    assert "@quality.tests" not in left and "@docs.pages" in left
    # The flag says who made the changes of commits that do not say it by flags of their own.
    assert left.get("@engine.core", set()) < set(owners["@engine.core"])
    assert flag_id in {item["id"] for item in after["flags"]}


OWNERS = """\
schema: 1
agents:
  "@docs.pages":
    description: "Writes the documentation."
    owns: ["/docs/"]
  "@engine.core":
    description: "Writes the program."
    owns: ["/flaggit/"]
    identities: [{email: "core@example.org"}]
  "@quality.tests":
    description: "Writes the tests."
    owns: ["/tests/"]
"""
