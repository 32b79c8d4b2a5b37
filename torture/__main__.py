"""Tries to break flaggit, and prints what held: ``python -m torture [CAMPAIGN...] [--long] [--seed N]``.

Every case follows from the seed but for what the operating system schedules. A case that fails is named with the
command that runs it alone. Exit status 1 where one failed.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys

from torture import adversary, cache, concurrency, crash, hostile, locking, malformed, merges, refused
from torture.case import Campaign, git, run

CAMPAIGNS: tuple[Campaign, ...] = (
    *crash.CAMPAIGNS,
    *refused.CAMPAIGNS,
    *locking.CAMPAIGNS,
    *concurrency.CAMPAIGNS,
    *merges.CAMPAIGNS,
    *malformed.CAMPAIGNS,
    *hostile.CAMPAIGNS,
    *cache.CAMPAIGNS,
    *adversary.CAMPAIGNS,
)


def main() -> int:
    """Run what the command line asks for."""
    names = [campaign.name for campaign in CAMPAIGNS]
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("campaigns", nargs="*", metavar="CAMPAIGN", help=f"one of {', '.join(names)}; none: all")
    parser.add_argument("--long", action="store_true", help="the long setting, which takes hours")
    parser.add_argument("--seed", type=int, default=None, help="default: another one each time")
    parser.add_argument("--cases", type=int, default=0, help="so many of each, whatever the setting says")
    parser.add_argument("--only", type=int, default=None, help="only the case of this number")
    options = parser.parse_args()
    unknown = [name for name in options.campaigns if name not in names]
    if unknown:
        parser.error(f"there is no campaign {unknown[0]}; there are {', '.join(names)}")
    seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    print(f"seed {seed}, {git_version()}, Python {platform.python_version()}", flush=True)
    failed = 0
    for campaign in CAMPAIGNS:
        if options.campaigns and campaign.name not in options.campaigns:
            continue
        why = campaign.missing()
        if why:
            print(f"{campaign.name}: left out, {why}")
            continue
        count = options.cases or (campaign.long if options.long else campaign.small)
        numbers = range(count) if options.only is None else range(options.only, options.only + 1)
        outcome = run(campaign, seed, numbers)
        failed += len(outcome.failures)
        done = f"{outcome.cases * campaign.each:,} {campaign.unit} in {outcome.seconds:.0f} s"
        print(f"{campaign.name}: {done}, {len(outcome.failures)} failed ({campaign.promise})", flush=True)
    print("seed", seed, "held" if not failed else f"broke {failed} times")
    return 1 if failed else 0


def git_version() -> str:
    """Return git's name for itself."""
    from pathlib import Path

    return git(Path(), "--version")


if __name__ == "__main__":
    sys.exit(main())
