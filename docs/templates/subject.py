#!/usr/bin/env python3
"""A subject of mlsconform: reads a case per line, writes a verdict per line.

    mlsconform conformance --subject 'python3 subject.py'

The fields of a case are described in vectors.md, the protocol in subject.md.
Write your verdicts where it says "Here", and answer "unsupported" to what your
implementation does not do.
"""

import json
import sys


class Refused(Exception):
    """The implementation does not take the input."""


class Unsupported(Exception):
    """The implementation cannot be asked this."""


def key_package(case):
    """Returns the KeyPackageRef, as bytes, of a KeyPackage that is accepted."""
    encoded = bytes.fromhex(case["bytes"])
    tree = bytes.fromhex(case["ratchet_tree"]) if "ratchet_tree" in case else None
    # Here: decode encoded, an MLSMessage if case["form"] is "message" and else a
    # bare KeyPackage, and validate it for a group of suite case["suite"] at
    # case["time"] with the members in tree. Let what your library throws when it
    # refuses be a Refused.
    raise Unsupported("key packages")


def ciphersuite(case):
    """Returns whether what the case claims is right."""
    args = case["arguments"]
    if case["function"] == "hash":
        data, out = bytes.fromhex(args["data"]), bytes.fromhex(args["out"])
        # Here: return your_hash(case["suite"], data) == out
    raise Unsupported(case["function"])


def decoding(case):
    """Returns the message that was decoded, as bytes, in its encoding."""
    encoded = bytes.fromhex(case["bytes"])
    # Here: decode encoded, an MLSMessage, for all of its length, and return what it
    # is when you encode it again. Let what your library throws be a Refused.
    raise Unsupported(f"messages, this one of {len(encoded)} bytes")


def judge(case):
    if case["family"] == "key-package":
        return {"result": "accept", "reference": key_package(case).hex()}
    if case["family"] == "ciphersuite":
        return {"result": "accept" if ciphersuite(case) else "reject"}
    if case["family"] == "decoding":
        return {"result": "accept", "encoding": decoding(case).hex()}
    raise Unsupported(case["family"])


for line in sys.stdin:
    case = json.loads(line)
    try:
        verdict = judge(case)
    except Unsupported as e:
        verdict = {"result": "unsupported", "detail": str(e)}
    except Refused as e:
        verdict = {"result": "reject", "detail": str(e)}
    print(json.dumps({"id": case["id"], **verdict}), flush=True)
