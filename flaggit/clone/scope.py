"""The clone: every flag that can be seen from here, one row an id (see the contract's Scope)."""

from __future__ import annotations

import os

from flaggit.clone.lock_refs import locks_as_of
from flaggit.clone.lock_rules import is_free
from flaggit.clone.pending_names import PendingNames, split
from flaggit.clone.rows import Rows, Values
from flaggit.clone.sources import HERE, DiskSource, Source, TreeSource
from flaggit.clone.tips import Blobs, read_tips, read_tree_listing
from flaggit.clone.value_cache import MANY, STEM, ValueCache
from flaggit.clone.visible_locks import own_lock_test, read_locks
from flaggit.core.errors import ConflictError, NotFoundError
from flaggit.core.handles import folder_of
from flaggit.core.ids import is_flag_id
from flaggit.core.layout import DONE, NOTES, STORE, SUFFIX
from flaggit.core.model import Completion, Flag, Note, Place, Row, order_of
from flaggit.core.times import is_time, parse_time
from flaggit.documents.values import BrokenFileError, read_value
from flaggit.git.gitdir import linked_worktrees
from flaggit.git.refs import REMOTES, read_head, short_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from typing import TypeVar

    from flaggit.clone.call import Call
    from flaggit.clone.discussion import Discussions
    from flaggit.clone.rows import Entry, Spot
    from flaggit.clone.value_cache import Held, Reader
    from flaggit.core.model import Lock, Problem
    from flaggit.git.repo import Repo

    Kind = TypeVar("Kind", Flag, Completion)


class Loader:
    """Reads files of a clone's sources.

    Args:
        repo: The repository.

    ``problems`` grows as files are read: path -> what is wrong, each broken file met so far once.
    ``blobs`` are the contents that its sources of trees read.
    """

    def __init__(self, repo: Repo) -> None:
        self.problems: dict[str, Problem] = {}
        self.blobs = Blobs(repo)
        self._cache = ValueCache(repo)

    def load(self, found: Mapping[str, Spot]) -> list[Entry]:
        """Return what a list is made of: what orders it, where it was seen, and a value or what makes one."""
        spots: dict[Spot, list[str]] = {}
        for stem, spot in found.items():
            spots.setdefault(spot, []).append(stem)
        return [
            (order, spot, held)
            for spot, orders, values in self.load_spots(spots)
            for order, held in zip(orders, values, strict=True)
        ]

    def load_spots(self, spots: Mapping[Spot, list[str]]) -> Iterator[tuple[Spot, list[str], list[Held]]]:
        """Yield of some files at a time where they lie, what orders each, and a value or what makes one."""
        trees = ((source, spot, stems) for spot, stems in spots.items() if isinstance(source := spot[0], TreeSource))
        self.blobs.read(oid for source, spot, stems in trees for oid in source.blobs(_paths(spot, stems)))
        many = sum(len(stems) for (source, _), stems in spots.items() if source.place is HERE) > MANY
        if not many:
            for spot, stems in spots.items():
                yield spot, *self._read_spot(spot, stems)
            return
        from flaggit.git.progress import Progress

        progress = Progress("Reading flags", sum(map(len, spots.values())))
        done = 0
        for spot, stems in spots.items():
            if spot[0].place is HERE and isinstance(spot[0], DiskSource):
                for orders, values in self._cache.read(spot[1], stems, self._reader(spot[0])):
                    yield spot, orders, values
            else:
                yield spot, *self._read_spot(spot, stems)
            done += len(stems)
            progress.reach(done)
        progress.finish()

    def unpack(self, kind: type[Kind], spot: Spot, stem: str, held: Held) -> Kind:
        """Return the value that ``load`` gave.

        Raises:
            ConflictError: ``changed_meanwhile``, where neither the cache nor the file has it any more.
        """
        value = held if isinstance(held, kind) else self._cache.unpack(kind, held)
        if value is None:
            path = f"{STORE}/{spot[1]}/{stem}{SUFFIX}"
            read = self.read(spot[0], [path]).get(path)
            if not isinstance(read, kind):
                raise ConflictError("changed_meanwhile", f"{path} changed while it was listed.", hint="Try again.")
            value = read
        return value

    def read(self, source: Source, paths: Iterable[str]) -> dict[str, Flag | Completion | Note]:
        """Return path -> value of a source's files, those left out that hold none."""
        found = ((path, self._judge(path, data)) for path, data in source.read(paths).items())
        return {path: value for path, value in found if value is not None}

    def _reader(self, source: Source) -> Reader:
        return lambda paths: self.read(source, paths)

    def _read_spot(self, spot: Spot, stems: list[str]) -> tuple[list[str], list[Held]]:
        paths = _paths(spot, stems)
        values = self.read(spot[0], paths)
        orders = [order_of(one) if isinstance(one, Flag) else paths[path] for path, one in values.items()]
        return orders, list(values.values())

    def _judge(self, path: str, data: bytes | Exception) -> Flag | Completion | Note | None:
        try:
            if isinstance(data, Exception):
                raise data
            return read_value(path, data)
        except BrokenFileError as error:
            self.problems.setdefault(path, error.problem)
        except NotFoundError:  # removed between listing and reading
            pass
        return None


def _paths(spot: Spot, stems: Iterable[str]) -> dict[str, str]:
    """Return path -> stem of files that lie at a spot."""
    return {f"{STORE}/{spot[1]}/{stem}{SUFFIX}": stem for stem in stems}


class Clone:
    """What this worktree, the clone's other worktrees and its unmerged branches hold.

    Args:
        call: The call.
        find_targets: Returns the handles whose flags are for an agent.

    ``problems`` grows as files are read: each broken file met so far, once.
    """

    def __init__(self, call: Call, find_targets: Callable[[str], list[str]]) -> None:
        self._call = call
        self._find_targets = find_targets
        self._repo = call.repo
        self._sources: list[Source] | None = None
        self._locks: dict[str, Lock] | None = None
        self._loader = Loader(call.repo)
        self._is_branch: Callable[[str], bool] | None = None
        self._ids: set[str] | None = None
        self._discussions: Discussions | None = None
        self._notes: dict[str, dict[Source, list[str]]] | None = None  # flag id -> where notes on it lie

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the problems of the files read so far."""
        return tuple(self._loader.problems.values())

    @property
    def fetch_age(self) -> int | None:
        """Return how many seconds ago the last fetch was, in whichever worktree; None where there was none."""
        folders = [self._repo.common_dir, *(git_dir for git_dir, _ in linked_worktrees(self._repo.common_dir))]
        times = [found for folder in folders if (found := _time_of(os.path.join(folder, "FETCH_HEAD")))]
        return max(0, self._call.now - max(times)) if times else None

    @property
    def locks_age(self) -> int | None:
        """Return how many seconds ago the remote's locks were read last; None where they never were."""
        seen = locks_as_of(self._repo, self._call.remote)
        return max(0, self._call.now - parse_time(seen)) if is_time(seen) else None

    @property
    def locks(self) -> dict[str, Lock]:
        """Return flag id -> lock, as known in this clone without asking the network."""
        if self._locks is None:
            self._locks = read_locks(self._call)
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
        if status == "pending":
            return self._scan(self._find_pending(folders, here=here), {})
        found, done = self._find_all(folders, here=here)
        if status == "completed":
            found = {flag_id: found[flag_id] for flag_id in done}
        return self._scan(found, done)

    def survey(self) -> tuple[Rows, dict[str, Source], set[str]]:
        """Return all pending flags, where each completion is seen first, and the stems of all flags' files.

        A stem that is in neither of the first two belongs to a file that cannot be read.
        """
        found, done = self._find_all(None, here=False)
        pending = {flag_id: spot for flag_id, spot in found.items() if flag_id not in done}
        return self._scan(pending, {}, judged=False), done, set(found)

    def completions(self, *, here: bool = False) -> Values[Completion]:
        """Return every completion by id, that of a flag which cannot be seen, too; ``here`` as in ``scan``."""
        found: dict[str, Spot] = {}
        for source in self.sources(here=here):
            _add(found, source.list_stems(DONE), (source, DONE))
        entries = self._loader.load(found)
        entries.sort()
        return Values(entries, lambda entry: self._loader.unpack(Completion, entry[1], entry[0], entry[2]))

    def count_pending(self) -> int:
        """Return how many flags are pending, told by the names of files alone; broken ones count too."""
        return len(self._find_pending(None, here=False))

    def forget_locks(self) -> None:
        """Read the locks anew when they are next asked for."""
        self._locks = None

    @property
    def discussions(self) -> Discussions:
        """Return the questions about flags, and their answers."""
        if self._discussions is None:
            from flaggit.clone.backlinks import find_linking
            from flaggit.clone.discussion import Discussions

            found = find_linking(self._call, filter(self._counts, self.sources()))
            linked = [row for row in self.rows_at(found, judged=False) if row.flag.re]
            open_about = {row.flag.re for row in linked if row.flag.re and row.completion is None}
            ended = set(self._find_done(self._spots_of(open_about))) if open_about else ()
            self._discussions = Discussions(
                self._find_targets, linked, self.get_rows(ended, judged=False) if ended else ()
            )
        return self._discussions

    def get_rows(self, flag_ids: Iterable[str], *, judged: bool = True) -> list[Row]:
        """Return the rows of whole ids, those that are visible; unless ``judged``, not what they wait on."""
        return self.rows_at(self._spots_of(set(flag_ids)), judged=judged).drain()

    def find(self, flag_id: str) -> Row | None:
        """Return the row of a whole id, or None where it is not visible."""
        return next(iter(self.get_rows([flag_id])), None)

    def rows_at(self, found: Mapping[str, Spot], *, judged: bool = True) -> Rows:
        """Return the flags that lie at spots, in order, completed ones included; ``judged`` as in ``get_rows``."""
        return self._scan(found, self._find_done(found), judged=judged)

    def list_stems(self) -> Iterable[str]:
        """Yield the names of the files of all flags, readable or not; those that several sources hold come again."""
        for source in self.sources():
            for folder in source.list_folders():
                yield from source.list_stems(folder)

    def is_id_used(self, flag_id: str) -> bool:
        """Return whether a flag or a completion of that id is visible anywhere in the clone."""
        wanted = {flag_id}
        return any(
            source.only_existing(folder, wanted)
            for source in self.sources()
            for folder in (*source.list_folders(), DONE)
        )

    def has_id(self, flag_id: str) -> bool:
        """Return whether a flag of that whole id is visible anywhere in the clone, readable or not."""
        if self._ids is None:
            self._ids = set(self.list_stems())
        return flag_id in self._ids

    def notes(self, flag_id: str) -> list[Note]:
        """Return the notes on a flag from everywhere in the clone, oldest first."""
        if self._notes is None:
            self._notes = {}
            for source in self.sources():
                for stem in source.list_stems(NOTES):
                    self._notes.setdefault(stem.partition("-")[0], {}).setdefault(source, []).append(stem)
        notes: dict[str, Note] = {}
        for source, stems in self._notes.get(flag_id, {}).items():
            paths = [f"{STORE}/{NOTES}/{stem}{SUFFIX}" for stem in stems if stem not in notes]
            for value in self._loader.read(source, paths).values():
                if isinstance(value, Note):
                    notes[value.name] = value
        return sorted(notes.values(), key=lambda note: (note.created_at, note.name))

    def done_on_branches(self, remote: str, base: str) -> dict[str, list[str]]:
        """Return flag id -> the unmerged branches of a remote that complete it, as last fetched; by their names there.

        What is completed here too, or on the remote's ``base``, is left out.
        """
        prefix = f"{REMOTES}{remote}/"  # not by the place: a branch of this clone may be called origin/x as well
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
            place = HERE if sparse else Place("branch", short_ref(branch or "HEAD"))
            own.append(TreeSource(self._loader.blobs, read_tree_listing(self._repo, head), place, here=True))
        return own

    def _other_worktrees(self) -> list[Source]:
        roots = self._repo.worktree_roots()
        return [
            DiskSource(self._repo, root, Place("worktree", root))
            for root in roots
            if root != self._repo.root and os.path.isdir(os.path.join(root, STORE))
        ]

    def _tip_sources(self) -> list[Source]:
        since = self._call.now - self._call.settings.scope_branches
        tips = read_tips(self._repo)
        return [
            TreeSource(self._loader.blobs, tip.files, Place("branch", short_ref(tip.ref)), ref=tip.ref)
            for tip in tips
            if tip.moved >= since
        ]

    def _counts(self, source: Source) -> bool:
        """Return whether what a source says changes what is done, and what waits.

        This clone's own does, and the branches of the remote that decides. Of what came from elsewhere (another
        remote, a pull request) flags are shown, and nothing in it ends what is not its own.
        """
        ref = source.ref if isinstance(source, TreeSource) else ""
        if not ref.startswith(REMOTES):
            return True
        if self._is_branch is None:
            from flaggit.clone.remotes import tracking_test

            self._is_branch = tracking_test(self._repo, self._call.remote)
        return self._is_branch(ref)

    def _spots_of(self, flag_ids: set[str]) -> dict[str, Spot]:
        """Return where flags of whole ids are seen first, those that are visible."""
        found: dict[str, Spot] = {}
        for source in self.sources():
            for folder in source.list_folders():
                for flag_id in source.only_existing(folder, flag_ids - found.keys()):
                    found[flag_id] = (source, folder)
        return found

    def _find_all(self, folders: list[str] | None, *, here: bool) -> tuple[dict[str, Spot], dict[str, Source]]:
        """Return file stem -> where it is seen first, and of those that a completion ends where that is seen first."""
        sources = self.sources(here=here)
        disks = _leading_disks(sources)
        found: dict[str, Spot] = {}
        pending: set[str] = set()
        for spot, names, open_names in self._read_names(disks, folders, here=here):
            _add(found, split(names), spot)
            pending.update(split(open_names))
        for source in sources[len(disks) :]:
            _add_spots(found, source, folders)
        return found, self._find_done(found, here=here, pending=pending)

    def _read_names(
        self, disks: list[DiskSource], folders: list[str] | None, *, here: bool
    ) -> Iterator[tuple[Spot, str, str]]:
        """Yield where flags lie on disk, source by source, and what ``PendingNames`` says of their names there."""
        names = PendingNames(disks, "" if here else self._repo.own_state_dir)
        if folders is None:
            folders = sorted({folder for source in disks for folder in source.list_folders()})
        read = [(folder, *names.read(folder)) for folder in folders]
        for number, disk in enumerate(disks):
            for folder, every, pending in read:
                yield (disk, folder), every[number], pending[number]

    def _find_pending(self, folders: list[str] | None, *, here: bool) -> dict[str, Spot]:
        """Return file stem -> where it is seen first, of the flags that no completion ends."""
        sources = self.sources(here=here)
        disks = _leading_disks(sources)
        found: dict[str, Spot] = {}
        for spot, _, names in self._read_names(disks, folders, here=here):
            _add(found, split(names), spot)
        rest = sources[len(disks) :]
        if not rest:
            return found
        others: dict[str, Spot] = {}
        for source in rest:
            _add_spots(others, source, folders)
        for source in rest:
            ended = source.only_existing(DONE, set(found))
            for stem in ended if ended and self._counts(source) else ():
                del found[stem]
        new = {stem: spot for stem, spot in others.items() if stem not in found}
        done = self._find_done(new, here=here)
        return {**found, **{stem: spot for stem, spot in new.items() if stem not in done}}

    def _find_done(
        self, found: Mapping[str, Spot], *, here: bool = False, pending: Collection[str] = ()
    ) -> dict[str, Source]:
        """Return flag id -> where a completion that ends it is seen first.

        Args:
            found: Flag id -> where the flag is seen first.
            here: Only this worktree counts.
            pending: Those that no completion on disk ends, as far as that is known.
        """
        done: dict[str, Source] = {}
        left = set(found)
        perhaps = left.difference(pending)
        sources = self.sources(here=here)
        disks = _leading_disks(sources)
        for number, source in enumerate(sources):
            ended = source.only_existing(DONE, perhaps if number < len(disks) else left)
            if ended and not self._counts(source):
                ended = {flag_id for flag_id in ended if not self._counts(found[flag_id][0])}
            done.update(dict.fromkeys(ended, source))
            left -= ended
            perhaps -= ended
        return done

    def _scan(self, found: Mapping[str, Spot], done: Mapping[str, Source], *, judged: bool = True) -> Rows:
        """Return the flags that were found, in order."""
        entries = self._loader.load(found)
        entries.sort()
        ended: dict[Spot, list[str]] = {}
        for flag_id, source in done.items():
            ended.setdefault((source, DONE), []).append(flag_id)
        completions: dict[str, Held | None] = dict.fromkeys(done)  # first: the keys of one are those of the other
        for _, ids, values in self._loader.load_spots(ended):
            completions.update(zip(ids, values, strict=True))
        locks = self.locks if entries else {}
        workable = not self._repo.bare
        is_mine = own_lock_test(self._call) if locks else None
        unpack = self._loader.unpack

        def make(entry: Entry) -> Row:  # called for each flag of a long list
            order, spot, value = entry
            source, folder = spot
            flag_id = order[STEM]
            flag = unpack(Flag, spot, flag_id, value)
            end = completions.get(flag_id)
            completion = unpack(Completion, (done[flag_id], DONE), flag_id, end) if end is not None else None
            lock = locks.get(flag_id)
            expired = lock is not None and is_free(lock, self._call.now)
            living = lock if lock is not None and not expired else None
            held = living is not None and is_mine is not None and not is_mine(living)
            waits = self.discussions.holding(flag, living) if judged and completion is None else ()
            return Row(
                flag,
                f"{STORE}/{folder}/{flag_id}{SUFFIX}",
                source.place,
                completion,
                done[flag_id].place if completion is not None else None,
                lock,
                expired,
                source.here and workable and completion is None and not held and not waits,
                waits,
            )

        return Rows(entries, make)


def _leading_disks(sources: Iterable[Source]) -> list[DiskSource]:
    """Return the worktrees that come before everything else in which a flag may be seen first."""
    found: list[DiskSource] = []
    for source in sources:
        if not isinstance(source, DiskSource):
            break
        found.append(source)
    return found


def _add_spots(found: dict[str, Spot], source: Source, folders: list[str] | None) -> None:
    """Add the stems of a source's folders that are not known yet, with where they lie; None: of all its folders."""
    for folder in source.list_folders() if folders is None else folders:
        _add(found, source.list_stems(folder), (source, folder))


def _add(found: dict[str, Spot], stems: list[str], spot: Spot) -> None:
    """Add the stems that are not known yet, all of which lie at a spot."""
    new = stems if found.keys().isdisjoint(stems) else [stem for stem in stems if stem not in found]
    found.update(dict.fromkeys(new, spot))


def _time_of(path: str) -> int:
    """Return when a file was written, in seconds; 0 where there is none."""
    try:
        return int(os.stat(path).st_mtime)
    except OSError:
        return 0
