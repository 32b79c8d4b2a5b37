"""How much flaggit reads or accepts of any one thing, the same at a client and at a server.

Files, branches, pushes and databases come from anybody, so each size is asked before its bytes are read, and what is
larger is reported instead. Every limit stands here, with its reason; where it is met the code names it from here.
"""

from __future__ import annotations

DAY = 86_400  # seconds
# Bytes
BLOB = 64 * 1024  # of a flag, a completion, a note or the settings, in a file as in a commit
CATALOG = 16 * 1024 * 1024  # of a file of the catalog
LOCK = 64 * 1024  # of the commit that is a lock
LOCK_LIST = 1024 * 1024  # of the commit that lists locked paths
TREE = 64 * 1024 * 1024  # of a git tree or commit: a folder of ENTRIES files takes about that much
READ_AT_ONCE = 512 * 1024 * 1024  # of all objects that one question needs
LISTING = 256 * 1024 * 1024  # of what git lists in one answer: ENTRIES lines of it
COMPARING = 2 * 1024 * 1024 * 1024  # of memory of a git that compares trees: it collects all before it answers

# Below .flags/ in one commit
ENTRIES = 1_000_000  # ten times what was measured to work well
DEPTH = 3  # folders and the file: .flags/<folder>/<file>, and one more for editors' files

# In a document
NODES = 5_000  # events of YAML in a flag, a completion or a note
CATALOG_NODES = 1_000_000
NESTING = 8  # mappings and lists within each other; PyYAML's own recursion ends at about 500
DIGITS = 15  # of a whole number: what every reader of JSON keeps exactly. Python itself refuses more than 4,300

# Patterns of paths
PATTERN = 1_000  # characters of one
PATTERN_WORK = 1_000_000  # comparisons of two sets of patterns, a second or three; without an end they could take days

# Time
LOCK_TTL = 30 * DAY  # seconds that a lock may live without being renewed
CLOCK_SKEW = 600  # seconds that clocks of different machines may differ
HOOK_SECONDS = 30  # that a hook may take: a client's lets the commit pass then, a server's refuses the push

# At a server
LOOKUPS = 500_000  # paths that one push may make it look up in its branches

# Of another program's database that is imported
DATABASE = 1024 * 1024 * 1024  # bytes of the file and what lies beside it
DATABASE_CELL = 4 * 1024 * 1024  # bytes of one value
DATABASE_ROWS = 1_000_000
DATABASE_COLUMNS = 200
DATABASE_SECONDS = 60.0  # that its queries may take
