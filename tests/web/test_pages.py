"""What the live page tells, and that it keeps up: over HTTP, from a real clone that changes."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser

from repositories import LONG_ACTION, Hub, Work
from review_samples import HOSTILE
from watchers import eventually
from web_readers import Site

API, WEB, QUEUE = "@backend.api", "@frontend.web", "@backend.queue"


class Elements(HTMLParser):
    """The elements of a document, its ids and where its links lead."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.links |= {str(value) for name, value in attrs if name in ("href", "src", "action")}
        self.ids += [str(value) for name, value in attrs if name == "id"]


def words(markup: str) -> str:
    """Return what a reader sees."""
    return " ".join(re.sub(r"<[^>]*>", " ", markup.partition("<main")[2]).split())


def ids_of(markup: str) -> list[str]:
    """Return the flags that a list shows, in order."""
    return re.findall(r'<li class="[a-z]+"><p><a href="/flags/([0-9a-z]{7})">', markup.rpartition("<form")[2])


def test_a_life_as_the_page_tells_it(work: Work) -> None:
    first = work.raise_flag(API, WEB, impact_level="high", related_files=("src/client.ts",))
    second = work.raise_flag(WEB, QUEUE, chain_origin_id=first)
    work.commit("Raise two flags")
    other = work.worktree("shop-web")
    other.flaggit("iam", WEB)
    work.flaggit("lock", first, "--reason", "on it", agent=WEB)
    question = work.flaggit("ask", first, "Until when?", "--json", agent=WEB).data["id"]
    work.flaggit("note", first, "Staging has it.", agent=API)
    work.flaggit("complete", second, "--note", "Polls now.", agent=QUEUE)
    with Site(work) as site:
        start = words(site.get().body)
        for said in ("2 open", "1 high", "Questions that wait", "Until when?", "Who sits where", "shop-web", "on it"):
            assert said in start, said
        assert "Chains with open flags" in start and "Completed last" in start
        page = site.get(f"/flags/{first}").body
        told = words(page)
        for said in (LONG_ACTION, "Staging has it.", "Until when?", "locked by @frontend.web", "Raise two flags"):
            assert said in told, said
        assert "History: 2 steps" in told and f'href="/flags/{second}"' in page and f'href="/flags/{question}"' in page
        assert "Polls now." in words(site.get(f"/flags/{second}").body)
        assert ids_of(site.get("/flags?state=completed").body) == [second]


def test_every_link_leads_somewhere(work: Work) -> None:
    first = work.raise_flag(API, WEB)
    work.raise_flag(WEB, None, impact_level="low", re=first)
    work.raise_flag(WEB, QUEUE, chain_origin_id=first)
    work.commit("Raise")
    with Site(work) as site:
        todo, seen = {"/"}, set()
        while todo:
            path = todo.pop()
            seen.add(path)
            answer = site.get(path.replace("&amp;", "&"))
            assert answer.status == 200, path
            if "text/html" in answer.headers["Content-Type"]:
                found = Elements(answer.body)
                assert len(found.ids) == len(set(found.ids)), path
                todo |= {link for link in found.links if not link.startswith("#")} - seen
        assert len([path for path in seen if path.startswith("/flags/")]) == 3


def test_a_list_is_searched_filtered_and_turned(work: Work) -> None:
    first = work.raise_flag(API, WEB, impact_level="high", change_description="The basket is emptied at midnight, UTC.")
    second = work.raise_flag(API, QUEUE)
    third = work.raise_flag(API, None, impact_level="low")
    work.commit("Raise")
    work.flaggit("lock", second, agent=QUEUE)
    with Site(work) as site:

        def found(query: str) -> list[str]:
            return ids_of(site.get(f"/flags?{query}").body)

        assert found("") == [first, second, third]
        assert found("q=MIDNIGHT+basket") == [first] and found("q=basket+noon") == []
        assert found("to=%40backend.queue") == [second] and found("to=anyone") == [third]
        assert found("impact=low") == [third] and found("state=held") == [second] and found("state=completed") == []
        assert found("impact=nonsense&state=nonsense&page=nonsense&page=-1&q=") == [first, second, third]
        assert found("&".join(f"a{number}=1" for number in range(500))) == [first, second, third]
        assert site.get("/flags?q=%ff%00%3Cscript%3E").status == 200
        assert 'value="&quot;&gt;&lt;b&gt;"' in site.get("/flags?q=%22%3E%3Cb%3E").body
    for number in range(60):
        work.raise_flag(API, WEB, created_at=f"2026-11-24T10:00:{number:02}Z")
    with Site(work) as site:
        pages = [site.get(f"/flags?to=%40frontend.web&page={number}").body for number in (1, 2)]
        assert [len(ids_of(page)) for page in pages] == [50, 11] and "Page 2 of 2" in pages[1]
        assert 'rel="next" href="/flags?to=%40frontend.web&amp;state=open&amp;page=2"' in pages[0]


def test_no_element_comes_from_data(work: Work) -> None:
    """Hostile flags make the elements and attributes that plain ones make, on each page."""
    text = "\n".join(item for item in HOSTILE if item.isprintable() or "<" in item)[:3000]
    text = "".join(char for char in text if char.isprintable() or char == "\n")
    made = []
    for said in ("plain\n" * 3, text):
        flag = work.raise_flag(
            change_description=said, action_required=said, notes=said, impact_level="high", related_files=(said[:9],)
        )
        work.commit("Raise")
        work.flaggit("note", flag, said, agent=API)
        work.flaggit("ask", flag, said, agent=WEB)
        with Site(work) as site:
            bodies = [site.get(path).body for path in ("/", f"/flags/{flag}", "/flags")]
        made.append([Elements(body).found for body in bodies])
        (work.path / f".flags/frontend.web/{flag}.yaml").unlink()
        for path in (work.path / ".flags").glob("*/*.yaml"):
            if path.parent.name in ("notes", "backend.api"):
                path.unlink()
        work.commit("Begin anew", ".flags")
    assert made[0] == made[1]
    assert "&lt;script&gt;" in bodies[1]


# Live


def test_changes_are_told_as_they_happen(work: Work) -> None:
    flag = work.raise_flag()
    work.commit("Raise")
    with Site(work) as site:
        seen = site.seen()
        reader, other = site.changes(seen), site.changes(seen)
        work.flaggit("lock", flag, agent=WEB)
        told = reader.next()
        assert told["event"] == "change" and told["data"] == f"{flag} locked by {WEB}" == other.next()["data"]
        assert "locked by @frontend.web" in words(site.get(f"/flags/{flag}").body)
        assert told["id"] == site.seen() != seen
        late = site.changes(seen)  # whoever shows an older state is told at once
        assert late.next()["id"] == told["id"]
        again = site.changes("other", Last_Event_ID=seen)  # and so is whoever comes back
        assert again.next()["id"] == told["id"]
        worktree = work.worktree("other")
        worktree.flaggit("iam", WEB)
        worktree.flaggit("note", flag, "Half of it.", agent=WEB)
        assert reader.next()["data"] == f"{flag} noted by {WEB}"


def test_each_run_has_marks_of_its_own(work: Work) -> None:
    with Site(work) as first, Site(work) as second:
        assert first.seen() != second.seen()


def test_what_cannot_be_read_is_told_and_comes_back(work: Work) -> None:
    work.raise_flag()
    work.write(".flags/config.yaml", "nonsense: true\n")
    with Site(work) as site:
        answer = site.get()
        assert answer.status == 503 and "nonsense" in words(answer.body) and "Traceback" not in answer.body
        (work.path / ".flags" / "config.yaml").unlink()
        eventually(lambda: site.get().status == 200)


def test_nothing_is_written(work: Work) -> None:
    work.raise_flag()
    work.commit("Raise")
    before = work.git("status", "--porcelain"), work.git("for-each-ref"), (work.path / ".git" / "index").read_bytes()
    with Site(work) as site:
        for path in ("/", "/flags", "/flags?q=x"):
            assert site.get(path).status == 200
    assert before == (
        work.git("status", "--porcelain"), work.git("for-each-ref"), (work.path / ".git" / "index").read_bytes(),
    )  # fmt: skip


def test_it_serves_where_there_is_nothing_yet(work: Work) -> None:
    with Site(work) as site:
        assert "Nothing is open." in site.get().body and "No flag fits." in site.get("/flags").body


def test_the_remote_is_looked_at(hub: Hub) -> None:
    ann, bob = hub.clone("ann"), hub.clone("bob")
    look = ann.path / ".git" / "flaggit" / "remote-look"
    with Site(ann, "--remote") as site:
        eventually(look.exists)
        seen = site.seen()
        bob.flaggit("lock", hub.flag, agent=WEB)
        os.utime(look, (1, 1))  # the last look is long ago
        eventually(lambda: site.seen() != seen)
        assert f"locked by {WEB}" in words(site.get(f"/flags/{hub.flag}").body)
