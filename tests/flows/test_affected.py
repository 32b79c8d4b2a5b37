"""Whom a change affects, asked of real repositories whose history and files say so."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from repositories import CATALOG, LONG_ACTION, LONG_CHANGE, Work

from flaggit.impact.ranking import LIKELY, PERHAPS, combine, confidence

API, QUEUE, WEB = "@backend.api", "@backend.queue", "@frontend.web"
SERVER = """\
import { log } from './log';
export function createOrder(order) {
  log(order);
  return submitOrder(order);
}
export function submitOrder(order) { return order; }
"""
CLIENT = """\
import { createOrder } from '../api/orders';
export function buyNow(order) {
  return createOrder(order);
}
"""


@pytest.fixture
def shop(work: Work) -> Work:
    """A repository in which the web client uses the API's module, and a worker nothing of it."""
    work.write(".flags/catalog.yaml", CATALOG)
    work.write("api/orders.js", SERVER)
    work.write("api/log.js", "export function log(value) { console.log(value); }\n")
    work.write("src/buy.js", CLIENT)
    for number in range(12):
        work.write(f"src/page{number}.js", f"export const title{number} = 'Page';\n")
        work.write(f"workers/job{number}.py", f"def run_job_{number}():\n    pass\n")
    work.git("add", "-A")
    work.git("commit", "-qm", "Begin")
    return work


def ask(work: Work, *arguments: str, agent: str | None = API) -> list[dict]:
    return work.flaggit("affected", "--json", *arguments, agent=agent).data


def change_order(work: Work) -> None:
    work.write("api/orders.js", SERVER.replace("createOrder(order)", "createOrder(order, key)"))


def test_who_uses_a_changed_definition_comes_first_with_its_line(shop: Work) -> None:
    change_order(shop)
    found = ask(shop)
    assert [item["name"] for item in found][:1] == [WEB]
    assert found[0]["files"][0] == "src/buy.js"
    reasons = [reason for reason in found[0]["reasons"] if reason["kind"] == "references"]
    assert (reasons[0]["path"], reasons[0]["name"]) == ("src/buy.js", "createOrder")
    assert "createOrder" in CLIENT.splitlines()[reasons[0]["line"] - 1]
    assert found[0]["command"].startswith("flaggit create --type breaking_change --to @frontend.web --file src/buy.js")


def test_nothing_is_written_but_the_cache_and_deleting_it_changes_no_answer(shop: Work) -> None:
    change_order(shop)
    before = shop.git("status", "--porcelain", "--ignored"), shop.git("for-each-ref")
    first = ask(shop)
    assert ask(shop) == first
    for cache in Path(shop.path, ".git/flaggit").glob("impact-*"):
        cache.unlink()
    assert ask(shop) == first
    assert (shop.git("status", "--porcelain", "--ignored"), shop.git("for-each-ref")) == before


@pytest.mark.slow
def test_each_cache_may_be_gone_alone_and_be_made_for_another_commit(shop: Work) -> None:
    change_order(shop)
    first = ask(shop)
    for cache in sorted(Path(shop.path, ".git/flaggit").glob("impact-*")):
        cache.unlink()
        shop.git("stash", "-q")
        shop.git("checkout", "-q", "-b", f"other-{cache.name}")
        shop.write(f"workers/{cache.name}.py", "def of_another_branch():\n    pass\n")
        shop.git("add", "-A")
        shop.git("commit", "-qm", "Another branch")
        ask(shop, "HEAD~1..HEAD")
        shop.write("api/log.js", "export function log(value) {}\n")
        ask(shop)
        shop.git("checkout", "-q", "--", "api/log.js")
        shop.git("checkout", "-q", "main")
        shop.git("stash", "pop", "-q")
        assert ask(shop) == first, cache.name


def test_damaged_caches_read_as_absent(shop: Work) -> None:
    change_order(shop)
    first = ask(shop)
    for cache in Path(shop.path, ".git/flaggit").glob("impact-*"):
        cache.write_bytes(cache.read_bytes()[:-7] + b"garbage")
    assert ask(shop) == first


def together(work: Work, times: int) -> None:
    for number in range(times):
        work.write("api/rates.conf", f"rate {number}\n")
        work.write("workers/job3.py", f"def run_job_3():\n    return {number}\n")
        work.git("add", "-A")
        work.git("commit", "-qm", f"Change both {number}")


def test_history_says_what_names_do_not(shop: Work) -> None:
    together(shop, 6)
    shop.write("api/rates.conf", "rate 99\n")
    found = ask(shop)
    assert found[0]["name"] == QUEUE
    assert any("changed together" in reason["text"] for reason in found[0]["reasons"])
    without = ask(shop, "--without", "history")
    assert QUEUE not in [item["name"] for item in without]


def test_a_history_of_one_change_is_a_reason_where_there_is_no_other(shop: Work) -> None:
    together(shop, 1)
    shop.write("api/rates.conf", "rate 99\n")
    found = {item["name"]: item for item in ask(shop)}[QUEUE]
    assert [reason["kind"] for reason in found["reasons"]][:1] == ["history"]


def test_another_catalog_names_others(shop: Work) -> None:
    change_order(shop)
    assert ask(shop)[0]["name"] == WEB
    shop.write(".flags/catalog.yaml", CATALOG.replace(WEB, "@other.ui"))
    assert ask(shop)[0]["name"] == "@other.ui"


def test_history_is_that_of_the_branch_at_hand(shop: Work) -> None:
    """Another branch, a rewritten one and a rebased one are answered as if the cache had been made for them."""
    shop.git("branch", "before")
    together(shop, 6)
    for step in (["checkout", "-q", "before"], ["checkout", "-q", "main"], ["reset", "-q", "--hard", "HEAD~3"]):
        shop.git(*step)
        shop.write("api/rates.conf", "rate 99\n")
        cached = ask(shop)
        for cache in Path(shop.path, ".git/flaggit").glob("impact-*"):
            cache.unlink()
        assert ask(shop) == cached, step
        shop.git("stash", "-qu")


def test_a_renamed_file_keeps_its_history(shop: Work) -> None:
    together(shop, 6)
    shop.git("mv", "api/rates.conf", "api/limits.conf")
    shop.git("commit", "-qm", "Rename")
    shop.write("api/limits.conf", "rate 99\n")
    assert ask(shop)[0]["name"] == QUEUE


def test_ranges_staged_and_files(shop: Work) -> None:
    shop.git("checkout", "-qb", "feature")
    change_order(shop)
    assert ask(shop, "--staged") == []
    shop.git("add", "-A")
    staged = ask(shop, "--staged")
    assert staged[0]["name"] == WEB
    shop.git("commit", "-qm", "Change")
    assert ask(shop)[0]["name"] == WEB  # on a branch since it began
    assert ask(shop, "main..feature")[0]["name"] == WEB
    shop.git("checkout", "-q", "main")
    assert ask(shop) == []
    assert ask(shop, "--files", "api/orders.js")[0]["name"] == WEB


def test_a_bare_clone_answers_for_ranges(shop: Work, tmp_path: Path) -> None:
    shop.git("checkout", "-qb", "feature")
    change_order(shop)
    shop.git("commit", "-qam", "Change")
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(shop.path), str(bare)], check=True)
    there = Work(bare)
    assert ask(there, "main..feature")[0]["name"] == WEB
    assert ask(there, "main..main", "--files", "api/orders.js")[0]["name"] == WEB
    for words in ((), ("--files", "api/orders.js")):
        refused = there.flaggit("affected", *words, "--json", status=5).json
        assert (refused["code"], refused["hint"]) == ("bare_repository", "Name a range: flaggit affected BASE..HEAD")


def test_a_bare_clone_knows_who_completed_flags(shop: Work, tmp_path: Path) -> None:
    flag_id = shop.raise_flag(API, QUEUE, related_files=("api/rates.conf",))
    shop.flaggit("complete", flag_id, agent=QUEUE)
    shop.commit("Raise and complete")
    shop.git("checkout", "-qb", "feature")
    shop.write("api/rates.conf", "rate 99\n")
    shop.commit("Change", "api")
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(shop.path), str(bare)], check=True)
    assert flag_reasons(Work(bare), "main..feature") == flag_reasons(shop, "main..feature")
    assert flag_reasons(shop, "main..feature")[QUEUE].startswith(f"It completed flag {flag_id}")


def test_a_shallow_clone_says_what_is_missing(shop: Work, tmp_path: Path) -> None:
    together(shop, 3)
    clone = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{shop.path}", str(clone)], check=True)
    there = Work(clone)
    change_order(there)
    answer = there.flaggit("affected", agent=API)
    assert "@frontend.web" in answer.out
    assert "shallow" in answer.err
    there.git("fetch", "-q", "--deepen=2")
    deeper = there.flaggit("affected", agent=API).out
    shutil.rmtree(there.path / ".git/flaggit")
    assert deeper == there.flaggit("affected", agent=API).out


def test_a_partial_clone_says_what_is_missing_and_fetches_nothing(shop: Work, tmp_path: Path) -> None:
    change_order(shop)
    shop.git("commit", "-qam", "Change the order")
    shop.git("config", "uploadpack.allowFilter", "true")
    for lacking, word in (("blob:none", "not in this clone"), ("tree:0", "lacks trees")):
        there = Work(tmp_path / lacking.partition(":")[0])
        url = f"file://{shop.path}"
        subprocess.run(["git", "clone", "-q", f"--filter={lacking}", "--no-checkout", url, str(there.path)], check=True)
        before = there.git("count-objects", "-v")
        assert word in there.flaggit("affected", "HEAD~1..HEAD", agent=API, status=None).err
        assert there.git("count-objects", "-v") == before
        there.git("fetch", "-q", "--refetch", "--no-filter")
        assert ask(there, "HEAD~1..HEAD")[0]["files"][0] == "src/buy.js"


def test_without_a_catalog_folders_are_named_and_it_is_said(shop: Work) -> None:
    shop.git("rm", "-qr", ".flags")
    shop.git("commit", "-qm", "No catalog")
    change_order(shop)
    answer = shop.flaggit("affected")
    assert answer.out.startswith("src ")
    assert "No catalog" in answer.err
    assert "command" not in shop.flaggit("affected", "--json").data[0]
    shop.write("src/page1.js", "export const title1 = 'Other';\n")  # of nobody, so nobody else changed it
    assert "src" not in [item["name"] for item in ask(shop)]


def test_owners_of_files_that_somebody_else_changed_are_told(shop: Work) -> None:
    change_order(shop)
    found = ask(shop, agent=QUEUE)
    assert (found[0]["name"], found[0]["confidence"]) == (API, "sure")
    assert API not in [item["name"] for item in ask(shop)]


def test_the_same_share_counts_less_where_several_may_be_meant() -> None:
    among = {}
    for others in (0, 3):
        seen = {"a": 0.8} | {f"b{number}": 0.2 for number in range(others)}
        among[others] = combine({"alike": seen, "habit": seen})["a"]
    assert confidence(among[0]) == LIKELY
    assert (confidence(2 * among[3]), confidence(among[3])) == (LIKELY, PERHAPS)  # 2: the root of all four


def test_no_literal_and_no_value_is_repeated(shop: Work) -> None:
    secret = "hunter2SecretToken"
    for folder in ("api", "src"):
        shop.write(f"{folder}/keys.js", f"const apiKeyName = '{secret}';\n")
        shop.write(f"{folder}/settings.yaml", f"password: {secret}\n")
        shop.write(f"{folder}/notes.md", f"The password is {secret}.\n")
    shop.git("add", "-A")
    shop.git("commit", "-qm", "Keys")
    for name in ("keys.js", "settings.yaml", "notes.md"):
        text = Path(shop.path, "api", name).read_text()
        shop.write(f"api/{name}", text.replace("\n", " \n// more\n").replace("const ", "export const "))
    answer = shop.flaggit("affected", "--json", agent=API)
    assert [item["name"] for item in answer.data] == [WEB]
    assert "apiKeyName" in answer.out
    assert secret not in answer.out + answer.err


def test_who_has_to_name_a_target_is_told_whom_it_may_be_for(shop: Work) -> None:
    change_order(shop)
    words = ("--type", "breaking_change", "--impact", "high", "--change", LONG_CHANGE, "--action", LONG_ACTION)
    refused = shop.flaggit("create", *words, "--json", agent=API, status=2).json
    assert refused["code"] == "target_required"
    assert refused["candidates"][0] == WEB
    assert "createOrder" in refused["hint"]


def test_flags_about_the_same_files_count(shop: Work) -> None:
    shop.raise_flag(API, QUEUE, related_files=("api/rates.conf",))
    shop.commit("Raise")
    shop.write("api/rates.conf", "rate 99\n")
    with_flags, without = (
        {item["name"]: item for item in ask(shop, *words)}[QUEUE] for words in ((), ("--without", "flags"))
    )
    assert with_flags["score"] > without["score"]
    assert "flags" in [reason["kind"] for reason in with_flags["reasons"]]
    assert "flags" not in [reason["kind"] for reason in without["reasons"]]


@pytest.mark.parametrize("words", [["create", "--file", "api/orders.js"], ["review", "main..feature"]])
def test_who_asks_before_a_large_repository_was_read_gets_the_line_that_reads_it(shop: Work, words: list[str]) -> None:
    for number in range(1_501):
        shop.write(f"src/many/{number}.js", f"export const value{number} = 1;\n")
    shop.git("add", "-A")
    shop.git("commit", "-qm", "Grow")
    shop.git("checkout", "-qb", "feature")
    change_order(shop)
    shop.git("commit", "-qam", "Change")
    texts = ["--type", "change", "--change", LONG_CHANGE, "--action", LONG_ACTION]
    line = [*words, *texts] if words[0] == "create" else words
    before = shop.flaggit(*line, agent=API, status=None)
    found = re.search("was not read yet: `flaggit (affected [^`]*)`", before.err)
    assert found is not None, before
    shop.flaggit(*shlex.split(found[1]), agent=API)
    after = shop.flaggit(*line, agent=API, status=None)
    assert "not read yet" not in after.err
    assert WEB in after.out + after.err and "createOrder" in after.out + after.err, after


def flag_reasons(work: Work, *words: str) -> dict[str, str]:
    """Agent -> what the flags about the changed files say for it."""
    found = {
        item["name"]: [reason["text"] for reason in item["reasons"] if reason["kind"] == "flags"]
        for item in ask(work, *words)
    }
    return {name: texts[0] for name, texts in found.items() if texts}


def test_a_flags_later_completion_says_whom_the_files_concern(shop: Work) -> None:
    flag_id = shop.raise_flag(API, WEB, related_files=("api/rates.conf",))
    shop.commit("Raise")
    shop.write("api/rates.conf", "rate 99\n")
    about = f"flag {flag_id} of 2026-11-23 about the same files."
    assert flag_reasons(shop) == {WEB: f"It was told by {about}"}
    new = shop.flaggit("redirect", flag_id, "--to", QUEUE, "--reason", "The worker's.", "--json", agent=WEB).data
    assert [(name, new["id"] in text) for name, text in flag_reasons(shop).items()] == [(QUEUE, True)]
    shop.flaggit("complete", new["id"], agent=QUEUE)
    assert flag_reasons(shop)[QUEUE].startswith(f"It completed flag {new['id']}")
    shop.commit("Redirect and complete", ".flags")
    assert flag_reasons(shop)[QUEUE].startswith(f"It completed flag {new['id']}")


def test_who_completed_a_flag_for_another_and_who_asked_about_it_are_named(shop: Work) -> None:
    flag_id = shop.raise_flag(API, WEB, related_files=("api/rates.conf",))
    shop.flaggit("ask", flag_id, "For every job?", agent=QUEUE)
    shop.write("api/rates.conf", "rate 99\n")
    assert flag_reasons(shop)[QUEUE].startswith("It asked with flag ")
    shop.flaggit("complete", flag_id, "--force", "--reason", "Done with the jobs.", agent=QUEUE)
    told = flag_reasons(shop)
    assert (told[QUEUE].split(" of ")[0], told[WEB].split(" of ")[0]) == (
        f"It completed flag {flag_id}",
        f"It was told by flag {flag_id}",
    )


@pytest.mark.parametrize(("how", "who"), [("not_applicable", WEB), ("withdrawn", API)])
def test_a_flag_that_came_to_nothing_is_no_evidence(shop: Work, how: str, who: str) -> None:
    flag_id = shop.raise_flag(API, WEB, related_files=("api/rates.conf",))
    shop.write("api/rates.conf", "rate 99\n")
    assert WEB in flag_reasons(shop)
    shop.flaggit("complete", flag_id, "--as", how, "--note", "Nobody reads these.", agent=who)
    assert flag_reasons(shop) == {}


def test_a_name_that_the_other_does_not_have_yet(shop: Work) -> None:
    shop.write("src/buy.js", CLIENT.replace("{ createOrder }", "{ createOrder, cancelOrder }") + "cancelOrder();\n")
    found = ask(shop, agent=WEB)
    assert found[0]["name"] == API
    assert any("cancelOrder" in reason["text"] and "none yet" in reason["text"] for reason in found[0]["reasons"])


def test_hostile_files_end_in_time(shop: Work) -> None:
    shop.write("api/huge.js", "x" * 3_000_000 + "\n")
    Path(shop.path, "src/binary.js").write_bytes(b"\0\xff" * 1000 + b"createOrder")
    Path(shop.path, "src", os.fsdecode(b"\xff\xfe.js")).write_bytes(b"createOrder()\n")
    shop.write("src/line.js", "createOrder(" + "a," * 100_000 + ")\n")
    shop.git("add", "-A")
    shop.git("commit", "-qm", "Hostile")
    change_order(shop)
    Path(shop.path, "api/new\nline.js").write_text("createOrder()\n")
    os.symlink("/etc/passwd", shop.path / "api/link.js")
    assert ask(shop)[0]["name"] == WEB


def test_no_commit_yet(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "new")], check=True)
    there = Work(tmp_path / "new")
    there.write("a/x.py", "def one(): pass\n")
    assert there.flaggit("affected", "--json").data == []


def test_wrong_calls_are_refused(shop: Work) -> None:
    assert shop.flaggit("affected", "--without", "luck", "--json", status=2).json["code"] == "usage"
    assert shop.flaggit("affected", "main", "--staged", "--json", status=2).json["code"] == "usage"
    tree = shop.git("rev-parse", "HEAD^{tree}").strip()
    for span, words in (("nowhere..HEAD", "knows no commit"), (tree, "a folder"), (f"main..{tree}", "a folder")):
        refused = shop.flaggit("affected", span, "--json", status=3).json
        assert refused["code"] == "unknown_rev" and words in refused["error"] and "review" not in refused["hint"]


def test_a_path_that_does_not_exist_is_remarked_on(shop: Work) -> None:
    for path, is_told in (("api/ordres.js", True), ("api/orders.js", False), ("api/log.js", False)):
        Path(shop.path, "api/log.js").unlink(missing_ok=True)
        told = shop.flaggit("affected", "--files", path, agent=API)
        assert (f"no such files: {path}" in told.err) == is_told, path


def test_a_folder_stands_for_the_files_in_it_and_what_lies_outside_is_said(shop: Work) -> None:
    shop.write("src/deep/more.js", "export const more = 1;\n")
    shop.git("add", "-A")
    shop.git("commit", "-qm", "Go deeper")
    for folder in ("src", "src/", "."):
        found = ask(shop, "--files", folder, agent=QUEUE)
        owned = next(item for item in found if item["name"] == WEB)
        assert "src/buy.js" in owned["files"], folder
    shop.write("src/buy.js", CLIENT + "buyNow();\n")
    assert [item["name"] for item in ask(shop, "--files", ".", agent=QUEUE)][:1] == [WEB]
    for outside in ("../elsewhere.js", "/etc/hosts"):
        told = shop.flaggit("affected", "--files", outside, agent=API)
        assert told.out.startswith("Nothing changed") and "Outside this repository" in told.err
    assert shop.flaggit("affected", "--from", "nobody", "--json", status=2).json["code"] == "bad_handle"
