"""Runs a command in a pseudo-terminal of 100 columns; what it shows there goes to stdout, its exit code is this one's.

The first argument says in JSON what to type when what is asked: [["question", "answer"], …].
"""

import fcntl
import json
import os
import pty
import struct
import sys
import termios


waiting = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
unanswered = ""
while True:
    try:
        shown = os.read(terminal, 65536)
    except OSError:  # On Linux, the other side is closed.
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown)
    unanswered += shown.decode(errors="replace")
    if waiting and waiting[0][0] in unanswered:
        os.write(terminal, waiting.pop(0)[1].encode())
        unanswered = ""
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
