"""Judge thousands of seeded sites twice, by lsgis and by an oracle that shares no code with it.

    python scripts/run_oracle.py [--plans 12] [--each 10] [--seed 339]

Prints what was compared and the worst errors; exit code 1 on any difference.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / name) for name in ("tests", "")]

from oracle_case import Tally, compare, limits_kept, make_case, make_sites  # noqa: E402


def main() -> int:
    """Compare, print, and say by exit code whether all agreed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plans", type=int, default=12, help="seeded plans")
    parser.add_argument("--each", type=int, default=10, help="sites of each kind and plan")
    parser.add_argument("--seed", type=int, default=339)
    asked = parser.parse_args()
    tally, start = Tally(), time.perf_counter()
    for seed in range(asked.seed, asked.seed + asked.plans):
        case = make_case(seed)
        for n, (kind, site) in enumerate(make_sites(case, seed, asked.each)):
            compare(case, kind, site, tally, place=f"{seed}/{n}")
        print(f"plan {seed}: {tally.sites} sites, {len(tally.wrong)} differences", flush=True)
    for told in tally.wrong[:40]:
        print(told[:600])
    print(f"sites {tally.sites} of {len(tally.by_kind)} kinds")
    print(f"layer states {tally.states}, findings {tally.findings}: {dict(tally.by_state)}")
    print(f"differences {len(tally.wrong)}, set aside as ties {tally.ties}")
    print("worst errors: " + ", ".join(f"{k} {v:.2e}" for k, v in tally.worst.items()))
    seconds = ", ".join(f"{name} {each:.0f} s" for name, each in tally.seconds.items())
    print(f"time {time.perf_counter() - start:.0f} s ({seconds})")
    return 0 if not tally.wrong and limits_kept(tally) else 1


if __name__ == "__main__":
    sys.exit(main())
