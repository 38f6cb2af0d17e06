"""Runs a command in a pseudo-terminal of 100 columns; what it shows there goes to stdout, its exit code is this one's."""

import fcntl
import os
import pty
import struct
import sys
import termios


pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
while True:
    try:
        shown = os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side is closed.
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
