"""confine.py RULES PROGRAM [ARGUMENT...]: becomes the program under the filters that systemd would make of a unit."""
import errno
import json
import os
import sys

import seccomp

with open(sys.argv[1]) as file:
    rules = json.load(file)

# RestrictAddressFamilies=, as systemd.exec(5) says it: sockets of other families cannot be made.
families = seccomp.SyscallFilter(seccomp.ALLOW)
for family in range(64):
    if family not in rules["families"]:
        families.add_rule(
            seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.EQ, family)
        )
families.load()

# SystemCallFilter=: what is not named fails with SystemCallErrorNumber=.
calls = seccomp.SyscallFilter(seccomp.ERRNO(getattr(errno, rules["error"])))
for name in rules["calls"]:
    try:
        calls.add_rule(seccomp.ALLOW, name)
    except (RuntimeError, OSError, ValueError):
        # A system call of another kind of processor.
        continue
calls.load()

os.execv(sys.argv[2], sys.argv[2:])
