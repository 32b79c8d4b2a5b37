"""Settings: ``.flags/config.yaml``, shared and reviewed, and git config ``flaggit.*`` for one clone, which wins.

Nothing in them may name a program to run. The table below is the one place that knows names,
kinds and defaults; the published schema and the documentation are held to it by tests.
"""

from __future__ import annotations

import os

from flaggit.core.errors import InvalidError, UnavailableError
from flaggit.core.layout import SETTINGS as SETTINGS_PATH
from flaggit.core.model import SCHEMA_VERSION
from flaggit.core.record import record
from flaggit.core.text import whole_number
from flaggit.core.times import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from flaggit.git.repo import Repo

LIMIT = 64 * 1024
_INCLUDES = b"[include"
_CONFIG_MARKS = (b"[flaggit", _INCLUDES)  # not the merge driver's section, which every clone that is set up has
_CONFIG_VARIABLES = ("GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS")
# Git directory -> its configuration, and what git answered about it.
_answered: dict[str, tuple[list[bytes | None], list[tuple[str, str]]]] = {}

DEFAULT_INTERFACES = (
    "openapi*.yaml",
    "openapi*.json",
    "*.proto",
    "*.graphql",
    "*.avsc",
    "*.d.ts",
    "/api/",
    "/schemas/",
    "migrations/",
)


@record
class Setting:
    """One setting: its dotted name, ``kind`` (``choice``, ``number``, ``switch``, ``duration``, ``text``, ``list``)."""

    name: str
    kind: str
    default: object
    meaning: str
    choices: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """Return the setting's field in ``Settings``."""
        return self.name.replace(".", "_")


_OFF_TO_ERROR = ("off", "hint", "warn", "error")
SETTINGS = (
    Setting("quality", "choice", "enforce", "refuse texts that break a length rule, or warn", ("enforce", "warn")),
    Setting("min_change_description", "number", 50, "least characters of `change_description`"),
    Setting("min_action_required", "number", 100, "least characters of `action_required`"),
    Setting("strict_targets", "switch", False, "refuse targets that the catalog does not know"),
    Setting("trailers", "choice", "note", "what a missing `Completes-Flag` trailer is", ("note", "warn", "require")),
    Setting("gate", "choice", "off", "`critical`: pending critical flags fail the review", ("off", "critical")),
    Setting("unflagged.review", "choice", "warn", "level of unflagged changes in a review", _OFF_TO_ERROR),
    Setting("unflagged.hook", "choice", "off", "level of unflagged changes at commit", _OFF_TO_ERROR),
    Setting("interfaces", "list", DEFAULT_INTERFACES, "patterns of files that others build on"),
    Setting("lock.ttl", "duration", "2h", "how long a lock lives without being renewed"),
    Setting("lock.max", "number", 2, "flags that one holder may hold before `next --lock` hands out no more"),
    Setting("lock.remote", "text", "", "the remote that decides, by its name here: in git config only"),
    Setting("lock.namespace", "choice", "branch", "how locks are named where they are pushed", ("branch", "ref")),
    Setting("lock.paths_hook", "choice", "off", "what pre-commit makes of path locks", ("off", "warn", "error")),
    Setting("base_branch", "text", "", "the branch others start from; empty: the remote's HEAD"),
    Setting("arbiter", "list", (), "hashes of the accepted remotes' host and path"),
    Setting("work_branch.lock", "switch", False, "switching to `flag/<id>` takes the lock"),
    Setting("work_branch.release", "switch", False, "leaving `flag/<id>` releases the lock"),
    Setting("scope.branches", "duration", "30d", "branches that moved within this time are looked at"),
    Setting("trust.branches", "list", (), "branches whose flags' text may be shown to agents"),
    Setting("trust.identities", "list", (), "agents whose flags' text may be shown to agents"),
    Setting("integrators", "list", (), "agents that a server lets do for others what maintainers do"),
    Setting("require_signatures", "switch", False, "authorship counts only where commits are signed"),
    Setting("require_identity", "switch", False, "the server refuses pushes without a known identity"),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_SECTIONS = frozenset(setting.name.partition(".")[0] for setting in SETTINGS if "." in setting.name)


@record
class Settings:
    """The settings in force; durations are in seconds. Field by field as in ``SETTINGS``."""

    quality: str
    min_change_description: int
    min_action_required: int
    strict_targets: bool
    trailers: str
    gate: str
    unflagged_review: str
    unflagged_hook: str
    interfaces: tuple[str, ...]
    lock_ttl: int
    lock_max: int
    lock_remote: str
    lock_namespace: str
    lock_paths_hook: str
    base_branch: str
    arbiter: tuple[str, ...]
    work_branch_lock: bool
    work_branch_release: bool
    scope_branches: int
    trust_branches: tuple[str, ...]
    trust_identities: tuple[str, ...]
    integrators: tuple[str, ...]
    require_signatures: bool
    require_identity: bool


def read_settings(repo: Repo) -> Settings:
    """Return the settings in force in this worktree.

    Raises:
        InvalidError: ``bad_settings``, naming every fault.
    """
    values: dict[str, object] = {}
    if repo.root is not None:
        values = _read_shared(repo, os.path.join(repo.root, SETTINGS_PATH))
    else:
        from flaggit.git.objects import read_objects

        found = read_objects(repo, [f"HEAD:{SETTINGS_PATH}"])
        for item in found.values():
            values = parse_values(item.content)
    return build_settings({**values, **read_git_settings(repo)})


def parse_settings(data: bytes) -> Settings:
    """Return the settings that the bytes of a ``config.yaml`` give. Raises InvalidError ``bad_settings``."""
    return build_settings(parse_values(data))


def settings_of(repo: Repo, data: bytes) -> Settings:
    """Return the settings that a ``config.yaml`` of another commit and this clone's git config give together.

    Raises:
        InvalidError: ``bad_settings``.
    """
    return build_settings({**parse_values(data), **read_git_settings(repo)})


def build_settings(values: Mapping[str, object]) -> Settings:
    """Return settings from dotted names; what is absent takes its default. Raises InvalidError ``bad_settings``."""
    faults = find_faults(values)
    if faults:
        sentence = "; ".join(message for _, message in faults)
        raise InvalidError("bad_settings", f"The settings cannot be used: {sentence}.", hint="See docs/settings.md.")
    fields: dict[str, Any] = {item.field: _checked(item, values.get(item.name, item.default)) for item in SETTINGS}
    return Settings(**fields)


def find_faults(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return (dotted name, what is wrong with it) for every setting that cannot be used."""
    faults = []
    for setting in SETTINGS:
        try:
            _checked(setting, values.get(setting.name, setting.default))
        except (ValueError, InvalidError) as error:
            faults.append((setting.name, str(error).rstrip(".")))
    return faults + [(name, _unknown(name)) for name in values if name not in _BY_NAME]


def load_settings(data: bytes) -> tuple[dict[str, object], dict[str, int]]:
    """Return the values by dotted name that a ``config.yaml`` holds, and the line of each of its top keys.

    Raises:
        CodecError: The bytes are no such document.
    """
    from flaggit.documents.codec import load_yaml

    if not data.strip():
        return {}, {}
    parsed = load_yaml(data, limit=LIMIT)
    values: dict[str, object] = {}
    for key, value in parsed.document.items():
        if key == "schema" and value == SCHEMA_VERSION:
            continue
        if key in _SECTIONS and isinstance(value, dict):
            values.update({f"{key}.{inner}": item for inner, item in value.items()})
        else:
            values[key] = value
    return values, parsed.lines


def _read_shared(repo: Repo, path: str) -> dict[str, object]:
    from flaggit.git import cache
    from flaggit.git.files import NotRegularError, read_file

    try:
        data = read_file(path, LIMIT)
    except FileNotFoundError:
        return {}
    except NotRegularError as error:
        raise InvalidError("bad_settings", f"{SETTINGS_PATH} {error}.") from None
    except OSError as error:
        raise UnavailableError("unreadable", f"{SETTINGS_PATH} cannot be read: {error.strerror}.") from None
    place = os.path.join(repo.state_dir, "settings.cache")
    key = cache.digest(data)
    values = cache.load(place, key)
    if not isinstance(values, dict):
        values = parse_values(data)
        cache.save(place, key, values)
    return values


def parse_values(data: bytes) -> dict[str, object]:
    """Return the values by dotted name of a ``config.yaml``. Raises InvalidError ``bad_settings``."""
    from flaggit.documents.codec import CodecError

    try:
        return load_settings(data)[0]
    except CodecError as error:
        where = f"{SETTINGS_PATH}:{error.line}" if error.line else SETTINGS_PATH
        raise InvalidError("bad_settings", f"{where} {error.message}.") from None


def _checked(setting: Setting, value: object) -> object:
    kind = setting.kind
    if kind == "duration":
        return parse_duration(str(value), field=setting.name)
    if kind == "list":
        if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ValueError(f"{setting.name} must be a list of texts")
    if kind == "number":
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise ValueError(f"{setting.name} must be a whole number, not {value!r}")
    if kind == "switch":
        if isinstance(value, bool):
            return value
        raise ValueError(f"{setting.name} must be true or false, not {value!r}")
    if not isinstance(value, str) or (setting.choices and value not in setting.choices):
        allowed = ", ".join(setting.choices) or "a text"
        raise ValueError(f"{setting.name} must be {allowed}, not {value!r}")
    return value


def _unknown(name: str) -> str:
    if name == "schema":
        return f"schema has to be {SCHEMA_VERSION}, the one version that this flaggit reads"
    from difflib import get_close_matches

    near = get_close_matches(name, list(_BY_NAME), 1)
    return f"there is no setting {name}" + (f" (did you mean {near[0]}?)" if near else "")


def read_git_value(repo: Repo, key: str) -> str | None:
    """Return the last value of git config ``flaggit.<key>`` here, or None."""
    found = read_git_values(repo, key)
    return found[-1] if found else None


def read_git_values(repo: Repo, key: str) -> list[str]:
    """Return every value of git config ``flaggit.<key>`` here, in order."""
    return [text for name, text in _git_values(repo) if name == key]


def read_git_settings(repo: Repo) -> dict[str, object]:
    """Return the settings that this clone's git config gives, by dotted name."""
    values: dict[str, object] = {}
    for key, text in _git_values(repo):
        setting = _find_by_git_key(key)
        if setting is not None:
            values[setting.name] = _from_text(setting, text, values.get(setting.name))
    return values


def _git_values(repo: Repo) -> list[tuple[str, str]]:
    """Return this clone's ``flaggit.*`` keys and values; git is asked only where one of its files mentions them."""
    if not may_be_configured(repo, _CONFIG_MARKS):
        return []
    files = None if may_be_configured(repo, (_INCLUDES,)) else [_read_config(path) for path in _config_files(repo)]
    known = _answered.get(repo.git_dir)
    if files is not None and known is not None and known[0] == files:
        return known[1]
    done = repo.run("config", "-z", "--get-regexp", r"^flaggit\.", check=False)
    if done.status not in (0, 1):  # 1: there are none
        raise UnavailableError(
            "git_failed", f"git cannot read its configuration: {done.first_line}", hint=repo.trust_hint(done)
        )
    items = done.stdout.decode("utf-8", "replace").split("\0")
    pairs = (item.partition("\n") for item in items if item)
    values = [(key.removeprefix("flaggit."), text) for key, _, text in pairs]
    if files is not None:
        _answered[repo.git_dir] = files, values
    return values


def may_be_configured(repo: Repo, marks: Sequence[bytes]) -> bool:
    """Return whether git's configuration may hold one of ``marks`` (lower case), so that asking git is worth its while.

    What the environment brings (``git -c``, GIT_CONFIG_COUNT) may always hold them.
    """
    if any(name in os.environ for name in _CONFIG_VARIABLES):
        return True
    return any(_mentions(path, marks) for path in _config_files(repo))


def config_digest(repo: Repo) -> bytes:
    """Return a fingerprint of git's configuration here; nothing where files may bring more, or the environment does."""
    from flaggit.git import cache

    if may_be_configured(repo, (_INCLUDES,)):
        return b""
    return cache.digest_all(_read_config(path) or b"" for path in _config_files(repo))


def _config_files(repo: Repo) -> list[str]:
    """Return where git reads its configuration from, whether the files exist or not."""
    home = os.path.expanduser("~")
    xdg = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    user = os.environ.get("GIT_CONFIG_GLOBAL")
    files = [user] if user is not None else [os.path.join(home, ".gitconfig"), os.path.join(xdg, "git", "config")]
    own = [os.path.join(repo.common_dir, "config"), os.path.join(repo.git_dir, "config.worktree")]
    return [*own, *files, os.environ.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig")]


def _mentions(path: str, marks: Sequence[bytes]) -> bool:
    data = _read_config(path)
    return data is None or any(mark in data.lower() for mark in marks)


def _read_config(path: str) -> bytes | None:
    """Return what a file of git's configuration holds, nothing where there is none; None: only git can say."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError:
        return None


def _find_by_git_key(key: str) -> Setting | None:
    """Return the setting of a git key; git allows no underscores, so hyphens and capitals stand for them."""
    plain = key.replace("-", "").replace("_", "").lower()
    return next((setting for setting in SETTINGS if setting.name.replace("_", "") == plain), None)


def _from_text(setting: Setting, text: str, earlier: object) -> object:
    if setting.kind == "list":  # a key given several times is a list
        return [*(earlier if isinstance(earlier, list) else []), text]
    if setting.kind == "switch":
        return {"true": True, "yes": True, "on": True, "1": True, "": True, "false": False, "no": False}.get(
            text.lower(), False if text.lower() in ("off", "0") else text
        )
    number = whole_number(text) if setting.kind == "number" else None
    return text if number is None else number
