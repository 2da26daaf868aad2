#!/usr/bin/env python3
"""Random rules over random events, through Vedette and through the plain evaluator.

    random_rules.py BUILD [--comparisons N] [--seed S] [--rules N] [--events N] [--keep FOLDER]

BUILD is the build folder with both programs. A comparison is one rule on one event, a batch some hundred
rules on some hundred events; every other batch runs with a mapping. Prints the seed first: the same seed
draws the same. On a difference the rule and the first events that differ are printed, and with --keep the
batch's files stay in FOLDER. Closes with `N passed, N failed`, counting batches; exit status 1 if there
is a difference."""

import argparse
import collections
import json
import pathlib
import random
import sys
import tempfile

import draw
from compare import compare


def say_difference(rules, events, ours, theirs):
    by_rule = collections.defaultdict(list)
    for who, rows in (("only vedette ", ours), ("only vd_model", theirs)):
        for row in rows:
            m = json.loads(row)
            by_rule[m[0]].append((who, m))
    for rule_id, found in list(by_rule.items())[:8]:
        rule = next(r for r in rules if r["rule_id"] == rule_id)
        print(f"\n{rule_id}: {rule['query']}")
        print({k: v for k, v in rule.items() if k in ("tiebreaker_field", "index")} or "", len(found), "differ")
        for who, m in found[:3]:
            print(f"  {who} {m[2]} {m[3]} {m[4]}")
            if len(m[3]) == 1:
                print(f"    {json.dumps(events[int(m[3][0][1:])], ensure_ascii=False)}")
    if len(by_rule) > 8:
        print(f"\nand {len(by_rule) - 8} other rules")


def main():
    parser = argparse.ArgumentParser(description="random rules and events, two evaluators")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--comparisons", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--rules", type=int, default=400)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--keep", type=pathlib.Path)
    args = parser.parse_args()
    vedette, model = str(args.build / "src/cli/vedette"), str(args.build / "tests/model/vd_model")
    print(f"seed {args.seed}", flush=True)
    done = same = refused = differences = batch = 0
    while done < args.comparisons and not differences:
        rnd = random.Random(args.seed * 1000003 + batch)
        with tempfile.TemporaryDirectory() as temp:
            folder = args.keep or pathlib.Path(temp)
            folder.mkdir(parents=True, exist_ok=True)
            closed = batch % 2 == 1
            rules, events = draw.write_batch(rnd, folder, closed, args.rules, args.events)
            options = ["-r", str(folder / "rules.ndjson")]
            options += ["--field-types", str(folder / "mapping.json")] if closed else []
            ours, theirs, both, stderr = compare(vedette, model, options,
                                                 [str(folder / "events.ndjson")])
        refused += stderr.count("\nrule ") + stderr.startswith("rule ")
        done += args.rules * args.events
        same += both
        differences = sum(ours.values()) + sum(theirs.values())
        if differences:
            print(f"batch {batch} ({'mapping' if closed else 'no mapping'}):")
            say_difference(rules, events, ours, theirs)
        batch += 1
    print(f"{done} comparisons, {same} matches the same, {differences} differences, "
          f"{refused} of {args.rules * batch} rules refused")
    print(f"{batch - bool(differences)} passed, {int(bool(differences))} failed")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
