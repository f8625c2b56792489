"""Runs the Autobahn cases against an echo server, directly and through the gateway: what they find
must be the same.

usage: autobahn.py BINARY [--quick]
"""

import asyncio
import os
import subprocess
import sys
import time

import gateway
from kosoku import FailureError, run_fuzzingclient

# Framing, pings, reserved bits, opcodes, fragments, UTF-8, closing and limits take little time; most
# of compression, 12 and 13, takes long, and a quick run has the smallest case of each group.
ALL = ["*"]
QUICK = [f"{group}.*" for group in (1, 2, 3, 4, 5, 6, 7, 9, 10)]
QUICK += [f"12.{group}.1" for group in range(1, 6)] + [f"13.{group}.1" for group in range(1, 8)]
AT_ONCE = 4
# A busy machine makes some cases end differently, which have limits of a second: those that differ
# are tried again, one by one.
TRIES = 50


def verdict(result):
    """What a case found out about the other end."""
    return (
        result.behavior.value,
        result.behavior_close.value,
        result.remote_close_code,
        result.remote_close_reason,
    )


async def run(port, cases, at_once):
    """The verdicts of cases, by their names."""
    try:
        results = await run_fuzzingclient(f"ws://127.0.0.1:{port}", cases, concurrency=at_once)
    except FailureError as failure:
        results = failure.results
    return {result.case_id: verdict(result) for result in results}


async def difference(direct, through, case):
    """The verdicts on a case on either way, unless one of them is found on both. What a server makes
    of a message with an error behind it hangs on whether both arrive in one piece, so that there may
    be several on the same way."""
    seen = [set(), set()]
    for _ in range(TRIES):
        for found, port in zip(seen, (direct, through)):
            found.add((await run(port, [case], 1))[case])
        if seen[0] & seen[1]:
            return None
    return seen


async def compare(direct, through, cases):
    started = time.monotonic()
    expected = await run(direct, cases, AT_ONCE)
    print(f"direct: {len(expected)} cases in {time.monotonic() - started:.0f} s", flush=True)
    started = time.monotonic()
    found = await run(through, cases, AT_ONCE)
    print(f"through the gateway: {len(found)} cases in {time.monotonic() - started:.0f} s", flush=True)
    differing = [case for case in expected if expected[case] != found.get(case)]
    differences = {case: await difference(direct, through, case) for case in differing}
    differences = {case: both for case, both in differences.items() if both}
    for case, (straight, carried) in differences.items():
        print(f"case {case}: {straight} directly, {carried} through the gateway")
    passed = sum(one[0] in ("OK", "NON-STRICT", "INFORMATIONAL") for one in expected.values())
    print(f"{len(expected)} cases, {passed} of which the echo server passes by itself")
    print(f"{len(expected) - len(differences)} the same, {len(differences)} different")
    return bool(expected) and not differences


def main():
    binary, *options = sys.argv[1:]
    cases = QUICK if "--quick" in options else ALL
    echo = os.path.join(os.path.dirname(os.path.abspath(__file__)), "echo.py")
    server = subprocess.Popen([sys.executable, echo], stdout=subprocess.PIPE, text=True)
    try:
        direct = int(server.stdout.readline())
        with gateway.running(binary, direct) as through:
            same = asyncio.run(compare(direct, through, cases))
    finally:
        server.kill()
        server.wait()
    sys.exit(0 if same else 1)


main()
