"""The clone: every flag that can be seen from here, one row an id (see the contract's Scope)."""

from __future__ import annotations

import os

from flaggit.errors import InvalidError, NotFoundError
from flaggit.handles import folder_of
from flaggit.ids import LENGTH, clean_reference, is_flag_id, is_prefix
from flaggit.layout import DONE, NOTES, STORE, SUFFIX
from flaggit.locks.rules import is_over, is_own
from flaggit.model import Completion, Flag, Note, Place, Problem, Row, order_of
from flaggit.refs import read_head
from flaggit.remembered import MANY, read_remembered, unpack
from flaggit.scan import Rows
from flaggit.sources import HERE, DiskSource, Source, TreeSource
from flaggit.times import is_time, parse_time
from flaggit.tips import Blobs, read_tips, read_tree_listing
from flaggit.values import BrokenFileError, read_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from flaggit.links import Links
    from flaggit.model import Lock
    from flaggit.scan import Entry, Spot
    from flaggit.session import Session

_FEW = 500  # flags up to which reading them all costs less than asking git which ones to read


class Clone:
    """What this worktree, the clone's other worktrees and its unmerged branches hold.

    Args:
        session: The call.

    ``problems`` grows as files are read: each broken file met so far, once.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._repo = session.repo
        self._sources: list[Source] | None = None
        self._locks: dict[str, Lock] | None = None
        self._problems: dict[str, Problem] = {}
        self._blobs = Blobs(session.repo)
        self._ids: set[str] | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the files read so far."""
        return tuple(self._problems.values())

    @property
    def fetch_age(self) -> int | None:
        """Return how many seconds ago the last fetch was; None where there was none."""
        try:
            return max(0, self._session.now - int(os.stat(os.path.join(self._repo.common_dir, "FETCH_HEAD")).st_mtime))
        except OSError:
            return None

    @property
    def locks_age(self) -> int | None:
        """Return how many seconds ago the remote's locks were read last; None where they never were."""
        from flaggit.locks.refs import locks_as_of

        seen = locks_as_of(self._repo, self._session.settings.lock_remote)
        return max(0, self._session.now - parse_time(seen)) if is_time(seen) else None

    @property
    def locks(self) -> dict[str, Lock]:
        """Return flag id -> lock, as known in this clone without asking the network."""
        if self._locks is None:
            from flaggit.locks.holding import read_locks

            self._locks = read_locks(self._session)
        return self._locks

    def rows(
        self, *, here: bool = False, targets: Iterable[str | None] | None = None, status: str = "pending"
    ) -> list[Row]:
        """Return the flags that ``scan`` goes through, all at once."""
        return self.scan(here=here, targets=targets, status=status).drain()

    def scan(self, *, here: bool = False, targets: Iterable[str | None] | None = None, status: str = "pending") -> Rows:
        """Return the flags in order (impact, time, id), to be gone through one by one.

        Args:
            here: Only this worktree's.
            targets: Only flags addressed to one of these (None among them: for nobody in particular); None: all.
            status: ``pending``, ``completed`` or ``all``.
        """
        folders = None if targets is None else [folder_of(target) for target in targets]
        found = self._find_spots(folders, here=here)
        done = self._find_done(set(found), here=here)
        if status == "pending":
            for flag_id in done:
                del found[flag_id]
        elif status == "completed":
            found = {flag_id: found[flag_id] for flag_id in done}
        return self._scan(found, done)

    def count_pending(self) -> int:
        """Return how many flags are pending, told by the names of files alone; broken ones count too."""
        found = set(self._find_spots(None, here=False))
        return len(found) - len(self._find_done(found))

    def linked(self, flag: Flag) -> list[Row]:
        """Return the flags that ask about ``flag`` or answer it (their ``re`` names it), completed ones included."""
        return self.linked_to([flag])[flag.id]

    def linked_to(self, flags: Iterable[Flag]) -> dict[str, list[Row]]:
        """Return for each flag's id the flags whose ``re`` names it, whoever they are for, completed ones included."""
        linked: dict[str, list[Row]] = {flag.id: [] for flag in flags}
        found = self._find_naming(set(linked))
        for row in self._scan(found, self._find_done(set(found))):
            if row.flag.re in linked:
                linked[row.flag.re].append(row)
        return linked

    def forget_locks(self) -> None:
        """Read the locks anew when they are next asked for."""
        self._locks = None

    def get_row(self, reference: str) -> Row:
        """Return the flag that a reference names: an id, a unique prefix, an imported number.

        Raises:
            InvalidError: ``bad_id`` or ``ambiguous_id``.
            NotFoundError: ``unknown_flag``; where the file is there but broken, that is said.
        """
        row = self.find_row(reference)
        if row is not None:
            return row
        broken = [problem for problem in self.problems if clean_reference(reference) in problem.path]
        if broken:
            raise NotFoundError(
                "unknown_flag", f"{broken[0].message}.", hint="Mend the file, then look with `flaggit check`."
            )
        raise NotFoundError(
            "unknown_flag",
            f"No flag {reference} is visible in this clone.",
            hint="`flaggit list --status all` shows what is; after `git fetch` there may be more.",
        )

    def find_row(self, reference: str) -> Row | None:
        """Return the flag that a reference names, or None. Raises InvalidError ``bad_id`` or ``ambiguous_id``."""
        flag_id = self.find_id(reference)
        if flag_id is None:
            return None
        rows = self.get_rows([flag_id])
        return rows[0] if rows else None

    def get_rows(self, flag_ids: Iterable[str]) -> list[Row]:
        """Return the rows of whole ids, those that are visible."""
        wanted = set(flag_ids)
        found: dict[str, Spot] = {}
        for source in self.sources():
            for folder in source.list_folders():
                for flag_id in source.only_existing(folder, wanted - found.keys()):
                    found[flag_id] = (source, folder)
        return self._scan(found, self._find_done(set(found))).drain()

    def find_id(self, reference: str) -> str | None:
        """Return the whole id that a reference names, or None. Raises InvalidError ``bad_id``, ``ambiguous_id``."""
        text = clean_reference(reference)
        if is_flag_id(text):
            return text
        if text.isdigit() and text.isascii():
            return self._find_legacy(int(text))
        if not is_prefix(text):
            raise InvalidError(
                "bad_id",
                f"{reference!r} is not a flag's id.",
                hint=f"An id has {LENGTH} letters and digits; three of them may do where they are unique.",
            )
        ids = {stem for stem in self._all_ids() if stem.startswith(text)}
        if len(ids) > 1:
            raise _ambiguous(reference, ids)
        return ids.pop() if ids else None

    def is_taken(self, flag_id: str) -> bool:
        """Tell whether a flag or a completion of that id is visible anywhere in the clone."""
        wanted = {flag_id}
        return any(
            source.only_existing(folder, wanted)
            for source in self.sources()
            for folder in (*source.list_folders(), DONE)
        )

    def has_id(self, flag_id: str) -> bool:
        """Tell whether a flag of that whole id is visible anywhere in the clone, readable or not."""
        if self._ids is None:
            self._ids = set(self._all_ids())
        return flag_id in self._ids

    def notes(self, flag_id: str) -> list[Note]:
        """Return the notes on a flag from everywhere in the clone, oldest first."""
        notes: dict[str, Note] = {}
        for source in self.sources():
            stems = [stem for stem in source.list_stems(NOTES) if stem.partition("-")[0] == flag_id]
            paths = [f"{STORE}/{NOTES}/{stem}{SUFFIX}" for stem in stems if stem not in notes]
            for path, data in source.read(paths).items():
                value = self._judge(path, data)
                if isinstance(value, Note):
                    notes[value.name] = value
        return sorted(notes.values(), key=lambda note: (note.created_at, note.name))

    def done_on_branches(self, remote: str, base: str) -> dict[str, list[str]]:
        """Return flag id -> the unmerged branches of a remote that complete it, as last fetched; by their names there.

        What is completed here too, or on the remote's ``base``, is left out.
        """
        prefix = f"refs/remotes/{remote}/"  # not by the place: a branch of this clone may be called origin/x as well
        done: dict[str, list[str]] = {}
        known: set[str] = set()
        for source in self.sources():
            ref = source.ref if isinstance(source, TreeSource) else ""
            if source.here or ref == prefix + base:
                known.update(source.list_stems(DONE))
            elif ref.startswith(prefix):
                for stem in source.list_stems(DONE):
                    done.setdefault(stem, []).append(ref[len(prefix) :])
        return {stem: names for stem, names in done.items() if stem not in known and is_flag_id(stem)}

    def sources(self, *, here: bool = False) -> list[Source]:
        """Return where flags are looked for: this worktree, other worktrees, tips from the newest on."""
        if self._sources is None:
            self._sources = [*self._own_sources(), *self._other_worktrees(), *self._tip_sources()]
        return [source for source in self._sources if source.here] if here else self._sources

    def _own_sources(self) -> list[Source]:
        own: list[Source] = []
        if self._repo.root is not None:
            own.append(DiskSource(self._repo, self._repo.root, HERE))
        sparse = os.path.exists(os.path.join(self._repo.git_dir, "info", "sparse-checkout"))
        branch, head = read_head(self._repo)
        if head and (sparse or self._repo.bare):
            place = HERE if sparse else Place("branch", _short(branch or "HEAD"))
            own.append(TreeSource(self._blobs, read_tree_listing(self._repo, head), place, here=True))
        return own

    def _other_worktrees(self) -> list[Source]:
        roots = self._repo.worktree_roots()
        return [
            DiskSource(self._repo, root, Place("worktree", root))
            for root in roots
            if root != self._repo.root and os.path.isdir(os.path.join(root, STORE))
        ]

    def _tip_sources(self) -> list[Source]:
        since = self._session.now - self._session.settings.scope_branches
        tips = read_tips(self._repo)
        return [
            TreeSource(self._blobs, tip.files, Place("branch", _short(tip.ref)), ref=tip.ref)
            for tip in tips
            if tip.moved >= since
        ]

    def _find_spots(self, folders: list[str] | None, *, here: bool) -> dict[str, Spot]:
        """Return file stem -> where it is seen first."""
        found: dict[str, Spot] = {}
        for source in self.sources(here=here):
            for folder in source.list_folders() if folders is None else folders:
                spot = (source, folder)
                for stem in source.list_stems(folder):
                    found.setdefault(stem, spot)
        return found

    def _find_done(self, flag_ids: set[str], *, here: bool = False) -> dict[str, Source]:
        """Return flag id -> where its completion is seen first."""
        done: dict[str, Source] = {}
        for source in self.sources(here=here):
            for flag_id in source.only_existing(DONE, flag_ids - done.keys() if done else flag_ids):
                done[flag_id] = source
        return done

    def _scan(self, found: Mapping[str, Spot], done: Mapping[str, Source]) -> Rows:
        """Return the flags that were found, in order."""
        entries: list[Entry] = list(self._read(found))  # type: ignore[arg-type]
        entries.sort()
        wanted = {flag_id: (source, DONE) for flag_id, source in done.items() if flag_id in found}
        completions: dict[str, Any] = {flag_id: value for _, flag_id, _, value in self._read(wanted)}
        locks = self.locks if entries else {}
        workable = not self._repo.bare

        def make(entry: Entry) -> Row:  # called for each flag of a long list
            _, flag_id, (source, folder), value = entry
            completion = unpack(Completion, completions[flag_id]) if flag_id in completions else None
            lock = locks.get(flag_id)
            expired = lock is not None and is_over(lock, self._session.now)
            held = lock is not None and not expired and not self._is_own(lock)
            return Row(
                unpack(Flag, value),
                f"{STORE}/{folder}/{flag_id}{SUFFIX}",
                source.place,
                completion,
                done[flag_id].place if completion is not None else None,
                lock,
                expired,
                source.here and workable and completion is None and not held,
            )

        return Rows(entries, make)

    def _is_own(self, lock: Lock) -> bool:
        """Tell whether whoever asks holds a lock; where nobody says who that is, whether this worktree does."""
        from flaggit.identity import find_instance

        asker = self._session.asker
        return is_own(lock, asker) if asker else lock.instance == find_instance(self._repo)

    def _read(self, found: Mapping[str, Spot]) -> Iterable[tuple[str, str, Spot, object]]:
        """Yield what a list is made of: what orders it, stem, where it lies, and a value or what makes one."""
        spots: dict[Spot, list[str]] = {}
        for stem, spot in found.items():
            spots.setdefault(spot, []).append(stem)
        trees = ((source, spot, stems) for spot, stems in spots.items() if isinstance(source := spot[0], TreeSource))
        self._blobs.read(oid for source, spot, stems in trees for oid in source.blobs(_paths(spot, stems)))
        many = sum(len(stems) for (source, _), stems in spots.items() if source.place is HERE) > MANY
        for spot, stems in spots.items():
            yield from self._read_spot(spot, stems, many=many)

    def _read_spot(self, spot: Spot, stems: list[str], *, many: bool) -> Iterable[tuple[str, str, Spot, object]]:
        source, folder = spot
        if many and source.place is HERE and isinstance(source, DiskSource):
            known = read_remembered(self._repo, folder, stems, lambda paths: self._read_all(source, paths))
            for stem, order, value in known:
                yield order, stem, spot, value
        else:
            paths = _paths(spot, stems)
            for path, one in self._read_all(source, paths).items():
                yield order_of(one) if isinstance(one, Flag) else "", paths[path], spot, one

    def _read_all(self, source: Source, paths: Iterable[str]) -> dict[str, Flag | Completion | Note]:
        found = ((path, self._judge(path, data)) for path, data in source.read(paths).items())
        return {path: value for path, value in found if value is not None}

    def _judge(self, path: str, data: bytes | Exception) -> Flag | Completion | Note | None:
        try:
            if isinstance(data, Exception):
                raise data
            return read_value(path, data)
        except BrokenFileError as error:
            self._problems.setdefault(path, error.problem)
        except NotFoundError:  # removed between listing and reading
            pass
        return None

    def _all_ids(self) -> Iterable[str]:
        for source in self.sources():
            for folder in source.list_folders():
                yield from source.list_stems(folder)

    def _find_legacy(self, number: int) -> str | None:
        """Return the id of the flag imported under a number."""
        rows = self._scan(self._find_naming({str(number)}), {})
        found = {row.flag.id for row in rows if row.flag.legacy_id == number}
        if len(found) > 1:
            raise _ambiguous(str(number), found)
        return found.pop() if found else None

    def _find_naming(self, names: set[str]) -> dict[str, Spot]:
        """Return the flags that may name one of ``names``, an id or a number: file stem -> where it lies.

        Few files are searched as bytes. In a large store only those are that no commit holds: for
        the others ``Links`` knows.
        """
        folders = [(source, folder) for source in self.sources() for folder in source.list_folders()]
        links = self._open_links(folders)
        marks = [name.encode() for name in names]
        found: dict[str, Spot] = {}
        for source, folder in folders:
            naming, unknown = links.find(source, folder, names) if links else (set(), set(source.list_stems(folder)))
            paths = {f"{STORE}/{folder}/{stem}{SUFFIX}": stem for stem in unknown - found.keys()}
            for path, data in source.read(paths).items():
                if isinstance(data, bytes) and any(mark in data for mark in marks):
                    naming.add(paths[path])
            for stem in naming - found.keys():
                found[stem] = (source, folder)
        if links:
            links.save()
        return found

    def _open_links(self, folders: list[tuple[Source, str]]) -> Links | None:
        """Return what committed flags name, where the store is so large that reading them all costs more."""
        from flaggit.links import Links, has_links

        if has_links(self._repo) or sum(len(source.list_stems(folder)) for source, folder in folders) > _FEW:
            return Links(self._repo, self._session.now)
        return None


def _paths(spot: Spot, stems: Iterable[str]) -> dict[str, str]:
    """Return path -> stem of files that lie at a spot."""
    return {f"{STORE}/{spot[1]}/{stem}{SUFFIX}": stem for stem in stems}


def _short(ref: str) -> str:
    """Return a branch as people write it: ``main``, ``origin/main``."""
    for prefix in ("refs/heads/", "refs/remotes/"):
        ref = ref.removeprefix(prefix)
    return ref


def _ambiguous(reference: str, ids: set[str]) -> InvalidError:
    candidates = sorted(ids)
    return InvalidError(
        "ambiguous_id",
        f"{reference} fits {len(ids)} flags: {', '.join(candidates[:10])}.",
        hint="Type more of the id.",
        details={"candidates": candidates},
    )
