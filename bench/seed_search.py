"""The older system's search as a bare script, to compare times with: ``seed_search.py DATABASE QUERY [N]``.

It reads its catalog from SQLite and gives points for fields that the query's text touches, as that
system did, with no more imports than that takes. Nothing of flaggit is in it.
"""

import json
import sqlite3
import sys

FIELDS = "name, type, module, sub_module, role, tags, capabilities, description, scenarios"


def main() -> None:
    """Print the best agents as JSON."""
    query, limit = sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 5
    found = []
    for row in sqlite3.connect(sys.argv[1]).execute(f"SELECT {FIELDS} FROM agents_catalog"):
        tags, capabilities, scenarios = (json.loads(row[place]) for place in (5, 6, 8))
        points, reasons = score(query.lower(), row[2], tags, capabilities, row[7], scenarios)
        if points:
            found.append((-points, row[0], row, reasons))
    found.sort(key=lambda item: item[:2])
    results = [
        {
            **dict(zip(("name", "type", "module", "sub_module", "role"), row[:5], strict=True)),
            "score": -points,
            "reasons": reasons[:3],
            "rank": rank,
        }
        for rank, (points, _, row, reasons) in enumerate(found[:limit], 1)
    ]
    print(json.dumps({"query": query, "total_matches": len(found), "results": results}))


def score(
    query: str, module: str, tags: list[str], capabilities: list[str], description: str, scenarios: list[str]
) -> tuple[int, list[str]]:
    """Return an agent's points for a query in lower case, and the reasons for them."""
    words = query.split()
    tags = [tag.lower() for tag in tags]
    parts = [
        [(f"tag: {tag}", 50) for tag in tags if tag in query]
        + [(f"tag: {tag}", 40) for tag in tags for word in words if word in tag.split("-")],
        [(f"capability: {text}", 30) for text in capabilities if any(word in text.lower() for word in words)],
        [("description", 20) for word in words if word in description.lower()],
        [(f"scenario: {text}", 20) for text in scenarios if any(word in text.lower() for word in words)],
        [("module", 15)] if module in query else [],
    ]
    found = [item for part in parts for item in part]
    bonus = 25 if sum(map(bool, parts)) > 1 else 0
    return sum(points for _, points in found) + bonus, list(dict.fromkeys(reason for reason, _ in found))


if __name__ == "__main__":
    main()
