"""Many commits with one git process: who, when, which words, and which files of the store they touched.

Everything that personal settings could change about git's answer is fixed: encoding, renames,
signatures, merges, order of paths. Signatures cost a process each and are read only when asked for.
"""

from __future__ import annotations

import os
from itertools import islice

from flaggit.core.errors import NotFoundError
from flaggit.core.layout import STORE
from flaggit.core.limits import COMPARING
from flaggit.core.record import record
from flaggit.core.text import whole_number
from flaggit.git.changes import ABSENT
from flaggit.git.repo import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_FIXED = ("-c", "log.follow=false", "-c", "log.showSignature=false")
_FIELDS = ("%H", "%P", "%an", "%ae", "%at", "%B")
_SIGNATURE_FIELDS = ("%H", "%G?", "%GS", "%GF", "%GP", "%GK")
_DIFF = ("--raw", "--no-abbrev", "--no-renames", "-c", "--root", "--no-relative", "--ignore-submodules=none")


@record
class Touch:
    """A file of the store that a commit changed: ``status`` is ``A``, ``M``, ``D`` or ``T``.

    A merge commit touches what differs from all of its parents. ``old_oids`` are the parents'
    blobs in their order, ``new_oid`` is its own; ids are empty where the file does not exist there.
    """

    path: str
    status: str
    old_oids: tuple[str, ...]
    new_oid: str
    new_mode: str

    @property
    def old_oid(self) -> str:
        """Return the first parent's blob."""
        return self.old_oids[0]


@record
class Commit:
    """A commit: times in seconds since the epoch, ``message`` as UTF-8 text, ``touched`` files of the store.

    ``cut`` marks the edge of a shallow clone: its parents are not here, so what it touched is not known.
    """

    oid: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    authored_at: int
    message: str
    touched: tuple[Touch, ...]
    cut: bool = False

    @property
    def subject(self) -> str:
        """Return the message's first line."""
        return self.message.lstrip("\n").partition("\n")[0]

    def touches(self, status: str) -> set[str]:
        """Return the files of the store that it added (``A``) or deleted (``D``)."""
        return {touch.path for touch in self.touched if touch.status == status}


@record
class Signature:
    """What git says of a commit's signature.

    ``status`` is git's letter: ``G`` good, ``U`` good by a key that no list of signers knows, ``B``
    bad, ``X`` or ``Y`` expired, ``R`` revoked, ``E`` cannot be checked, ``N`` none. ``signer`` is the
    name that the list of signers gives, ``fingerprints`` those of the key and its primary key.
    """

    status: str
    signer: str = ""
    fingerprints: tuple[str, ...] = ()


UNSIGNED = Signature("N")


def read_commits(
    repo: Repo,
    *revs: str,
    paths: Sequence[str] = (),
    limit: int = 0,
    timeout: float | None = None,
    most: int | None = None,
    wanted: Callable[[str], bool] | None = None,
) -> list[Commit]:
    """Return the commits that ``revs`` select, newest first.

    Args:
        repo: The repository.
        revs: Object ids, full ref names, ``^<id>`` and constant options of ``git rev-list`` such as ``--all``.
        paths: Pathspecs; only commits that touch one of them are returned. Empty: every commit.
        limit: At most so many; 0: all.
        timeout: Seconds after which git is stopped.
        most: Bytes of git's answer after which it is stopped.
        wanted: Tells which of the files that commits touch are told of; None: all.

    Raises:
        NotFoundError: ``unknown_rev``; also where git was stopped after ``timeout``.
        UnavailableError: ``over_limit``, where git was stopped for ``most``, or for the memory that it took.
    """
    mark = os.urandom(8).hex()
    chosen = ["--full-history", *([] if paths else ["--sparse"]), *([f"--max-count={limit}"] if limit else [])]
    options = [revision for revision in revs if revision.startswith("--")]
    names = [revision for revision in revs if not revision.startswith("--")]
    done = repo.run(
        *_FIXED,
        "log",
        "-z",
        "--encoding=UTF-8",
        "--no-color",
        "--no-notes",
        f"--format={_format(mark, _FIELDS)}",
        *_DIFF,
        *chosen,
        *options,
        "--end-of-options",
        *names,
        "--",
        *(paths or (STORE,)),
        timeout=timeout,
        limit=most,
        memory=COMPARING,
        sieve=_Sieve(mark, wanted) if wanted is not None else None,
        check=False,
    )
    if done.status != 0:
        raise NotFoundError(
            "unknown_rev",
            f"git cannot list the commits of {' '.join(names) or 'the repository'}: {_first_line(done.message)}",
            hint="Fetch what is missing; `git log` shows what is here.",
        )
    cut = read_shallow(repo)
    return [_commit(tokens, cut) for tokens in _records(done.stdout, mark)]


def read_signatures(repo: Repo, oids: Iterable[str]) -> dict[str, Signature]:
    """Return commit -> what git says of its signature.

    Where the user has no list of ssh signers, an empty one is given: git then still checks the
    signature and tells the key's fingerprint (status ``U``), which the catalog can know.
    """
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    mark = os.urandom(8).hex()
    signers = repo.run("config", "--get", "gpg.ssh.allowedSignersFile", check=False)
    given = () if signers.stdout.strip() else ("-c", f"gpg.ssh.allowedSignersFile={os.devnull}")
    done = repo.run(
        *given,
        "log",
        "-z",
        "--no-walk=unsorted",
        "--stdin",
        "--no-color",
        f"--format={_format(mark, _SIGNATURE_FIELDS)}",
        input="\n".join(wanted).encode() + b"\n",
    )
    found = {}
    for tokens in _records(done.stdout, mark):
        oid, status, signer, *fingerprints = islice(tokens, len(_SIGNATURE_FIELDS))
        found[oid] = Signature(status, signer, tuple(dict.fromkeys(filter(None, fingerprints))))
    return found


def read_shallow(repo: Repo) -> frozenset[str]:
    """Return the commits at the edge of a shallow clone, whose parents are not here."""
    try:
        with open(os.path.join(repo.common_dir, "shallow"), encoding="ascii") as file:
            return frozenset(file.read().split())
    except FileNotFoundError:
        return frozenset()


def _format(mark: str, fields: Sequence[str]) -> str:
    # The mark is random, so that nothing in a message or a path can pass for the start of a commit.
    return "%x00" + mark + "%x00" + "%x00".join(fields) + "%x00"


class _Sieve:
    """Keeps of what git lists the commits, and of the files that they touched those that are wanted."""

    def __init__(self, mark: str, wanted: Callable[[str], bool]) -> None:
        self._mark, self._wanted = mark.encode(), wanted
        self._rest = self._header = b""
        self._fields = 0  # of a commit, still to come

    def __call__(self, piece: bytes) -> bytes:
        """Return what is kept of the next piece."""
        tokens = (self._rest + piece).split(b"\0")
        self._rest = tokens.pop() if piece else b""
        return b"".join(self._keep(token) for token in tokens)

    def _keep(self, token: bytes) -> bytes:
        header, self._header = self._header, b""
        if header:  # the token is a path
            return header + token + b"\0" if self._wanted(token.decode("utf-8", "surrogateescape")) else b""
        if self._fields:
            self._fields -= 1
        elif token == self._mark:
            self._fields = len(_FIELDS)
        elif token.lstrip(b"\n").startswith(b":"):
            self._header = token + b"\0"
            return b""
        return token + b"\0"


def _records(output: bytes, mark: str) -> Iterator[Iterator[str]]:
    """Yield the tokens of each commit, without the mark; one by one, since a commit may touch 200,000 files."""
    border = b"\0" + mark.encode() + b"\0"
    start = output.find(border)
    while start >= 0:
        end = output.find(border, start + len(border))
        yield _tokens(output, start + len(border), end if end >= 0 else len(output))
        start = end


def _tokens(output: bytes, start: int, stop: int) -> Iterator[str]:
    while start < stop:
        end = output.find(b"\0", start, stop)
        end = end if end >= 0 else stop
        yield output[start:end].decode("utf-8", "surrogateescape")
        start = end + 1


def _commit(tokens: Iterator[str], cut: frozenset[str]) -> Commit:
    oid, parents, author, author_email, authored, message = islice(tokens, len(_FIELDS))
    is_cut = oid in cut
    return Commit(
        oid,
        tuple(parents.split()),
        author,
        author_email,
        whole_number(authored) or 0,
        message.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        () if is_cut else tuple(_touches(tokens)),
        is_cut,
    )


def _touches(tokens: Iterator[str]) -> Iterator[Touch]:
    """Parse the raw lines behind a commit; a merge's begin with a colon for each parent."""
    for token in tokens:
        header = token.lstrip("\n")
        if not header.startswith(":"):
            continue
        path = next(tokens, "")
        parents = len(header) - len(header.lstrip(":"))
        words = header.lstrip(":").split(" ")
        modes, oids, letters = words[: parents + 1], words[parents + 1 : -1], words[-1]
        blobs = [_present(mode, oid) for mode, oid in zip(modes, oids, strict=True)]
        yield Touch(path, _status(modes, letters), tuple(blobs[:-1]), blobs[-1], _present(modes[-1], modes[-1]))


def _status(modes: list[str], letters: str) -> str:
    if len(modes) == 2:
        return letters[:1]
    if modes[-1] == ABSENT:
        return "D"
    return "A" if all(mode == ABSENT for mode in modes[:-1]) else "M"


def _present(mode: str, value: str) -> str:
    return "" if mode == ABSENT else value


def _first_line(message: str) -> str:
    return message.partition("\n")[0]
